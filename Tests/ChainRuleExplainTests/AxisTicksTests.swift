import Testing

@testable import ChainRuleExplain

struct AxisTicksTests {}
