public import ChainRule

/// The factor of the chain rule on one edge: the derivative of what is made for what it is made of.
public enum LocalDerivative: Sendable {
  /// Of one number for another.
  case number(Double)
  /// Of an elementwise operation: broadcasting aside the Jacobian is diagonal, and this is its diagonal, in the result's shape.
  case diagonal(Tensor)
  /// Of one number for a tensor: the Jacobian is one row, in the input's shape.
  case row(Tensor)
  /// A Jacobian of this many rows (elements of the result) and columns (elements of the input), applied without being written out.
  case jacobian(rows: Int, columns: Int)
  /// No gradient flows along the edge.
  case none
  /// The tape did not keep what it takes.
  case unknown

  /// Whether the text says the factor to its last digit.
  var isExact: Bool {
    switch self {
    case .number(let value): TensorSummary.isExact(value, NumberText.significant(value, digits: 6))
    case .diagonal(let tensor), .row(let tensor): TensorSummary(tensor).isExact
    case .jacobian, .none, .unknown: true
    }
  }

  /// The factor in a few words; empty where there is none.
  public var text: String {
    switch self {
    case .number(let value): NumberText.significant(value, digits: 6)
    case .diagonal(let tensor): "diag " + TensorSummary(tensor).short
    case .row(let tensor): TensorSummary(tensor).short
    case .jacobian(let rows, let columns): "J \(rows)x\(columns)"
    case .none, .unknown: ""
    }
  }
}

/// A tensor in a few words: the elements of a small one, statistics of a large one.
public struct TensorSummary: Sendable {
  /// The sizes, as in `2x3`.
  public let shape: String
  /// All elements, where there are few of them.
  public let elements: [Double]?
  /// The smallest element, NaN where one is.
  public let minimum: Double
  /// The largest element, NaN where one is.
  public let maximum: Double
  /// The mean.
  public let mean: Double
  /// The number of elements.
  public let count: Int

  /// The elements' type, whose numbers the texts are compared with.
  private let isSingle: Bool

  /// Up to this many elements are listed.
  private static let listed = 6

  /// Reads the tensor.
  public init(_ tensor: Tensor) {
    shape = tensor.shape.map { "\($0)" }.joined(separator: "x")
    count = tensor.count
    isSingle = tensor.dtype == .float32
    guard tensor.hasOwnElements else {
      (elements, minimum, maximum, mean) = (nil, .nan, .nan, .nan)
      return
    }
    let values = tensor.detach().array(of: Double.self)
    elements = values.count <= Self.listed && tensor.rank <= 1 ? values : nil
    var (low, high, sum) = (Double.infinity, -Double.infinity, 0.0)
    for value in values {
      low = value.isNaN || low.isNaN ? .nan : min(low, value)
      high = value.isNaN || high.isNaN ? .nan : max(high, value)
      sum += value
    }
    (minimum, maximum, mean) = (low, high, sum / Double(values.count))
  }

  /// `6`, `[1, 2]`, `2x3 in -1...4`.
  public var short: String {
    if count == 0 { return "\(shape) empty" }
    if count == 1, minimum == maximum { return NumberText.significant(minimum, digits: 6) }
    if let elements { return "[" + elements.map(listedText).joined(separator: ", ") + "]" }
    if minimum == maximum { return "\(shape) all \(NumberText.significant(minimum, digits: 4))" }
    return "\(shape) in \(NumberText.significant(minimum, digits: 3))...\(NumberText.significant(maximum, digits: 3))"
  }

  private func listedText(_ element: Double) -> String { NumberText.significant(element, digits: count > 3 ? 3 : 4) }

  /// Whether `short` says every element to its last digit. A summary of many says what it is.
  var isExact: Bool {
    if count == 1, minimum == maximum { return Self.isExact(minimum, short, isSingle: isSingle) }
    return elements?.allSatisfy { Self.isExact($0, listedText($0), isSingle: isSingle) } ?? true
  }

  /// Whether the text reads back as the number, but for the rounding of its last bits.
  static func isExact(_ value: Double, _ text: String, isSingle: Bool = false) -> Bool {
    guard value.isFinite, let shown = Double(text) else { return true }
    return (shown - value).magnitude <= 4 * (isSingle ? Double(Float(value).ulp) : value.ulp)
  }

  /// The shape, the extremes and the mean.
  public var long: String {
    if count <= 1 || elements != nil { return short }
    let number = { NumberText.significant($0, digits: 5) }
    return "\(shape), min \(number(minimum)), max \(number(maximum)), mean \(number(mean))"
  }
}
