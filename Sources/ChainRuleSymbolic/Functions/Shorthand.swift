// Functions under leading-dot names, so that the tables read `.cos($0)` without meeting the C library's names.

extension Formula {
  static func exp(_ x: Formula) -> Formula { call(.exponential, [x]) }
  static func log(_ x: Formula) -> Formula { call(.logarithm, [x]) }
  static func sin(_ x: Formula) -> Formula { call(.sine, [x]) }
  static func cos(_ x: Formula) -> Formula { call(.cosine, [x]) }
  static func tan(_ x: Formula) -> Formula { call(.tangent, [x]) }
  static func abs(_ x: Formula) -> Formula { call(.abs, [x]) }
}
