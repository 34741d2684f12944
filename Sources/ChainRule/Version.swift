/// The version of this package.
public let chainRuleVersion = "0.1.0"
