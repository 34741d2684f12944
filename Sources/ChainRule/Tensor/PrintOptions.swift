/// How tensors are printed; the names and the defaults are PyTorch's.
public struct PrintOptions: Sendable, Hashable {
  /// Digits after the point. At most 1100 are printed: a double has none past the 1074th.
  public var precision: Int
  /// A tensor of more elements than this is summarised.
  public var threshold: Int
  /// How many items a summary shows at the beginning and at the end of each dimension.
  public var edgeItems: Int
  /// The width in characters at which lines are wrapped.
  public var lineWidth: Int
  /// Whether to print with an exponent; where `nil`, the values decide.
  public var sciMode: Bool?

  /// Options that differ from the default only where given.
  public init(precision: Int = 4, threshold: Int = 1000, edgeItems: Int = 3, lineWidth: Int = 80, sciMode: Bool? = nil) {
    self.precision = precision
    self.threshold = threshold
    self.edgeItems = edgeItems
    self.lineWidth = lineWidth
    self.sciMode = sciMode
  }

  /// Four digits, summaries beyond a thousand elements.
  public static let `default` = PrintOptions()
  /// Two digits, two edge items.
  public static let short = PrintOptions(precision: 2, edgeItems: 2)
  /// Every element, however many.
  public static let full = PrintOptions(threshold: .max)
}
