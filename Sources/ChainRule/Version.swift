/// The version of this package.
public let chainRuleVersion = "0.2.0"
