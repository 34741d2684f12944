import ChainRule

/// The number that the layers of a `LayerGraph` compute with.
///
/// A layer is written once and differentiated in two ways, so its numbers must serve both. Numerically, a value is a plain double: the
/// rounding of a finite difference is then that of the arithmetic on paper. Automatically, it is a recorded scalar tensor: the local
/// derivatives then come from the engine itself, by the same rules as a network's, and every function here needs no derivative of its own.
/// Constants stay doubles in both.
public struct LayerValue: Sendable {
  enum Storage: Sendable {
    case number(Double)
    case tensor(Tensor)
  }

  let storage: Storage

  /// A constant.
  public init(_ value: Double) { storage = .number(value) }

  init(_ tensor: Tensor) { storage = .tensor(tensor) }

  /// The number, for branches such as `x.value > 0`; what is computed from it is a constant to the derivative.
  public var value: Double {
    switch storage {
    case .number(let value): value
    case .tensor(let tensor): tensor.item()
    }
  }
}

extension LayerValue: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// A constant.
  public init(floatLiteral value: Double) { self.init(value) }
  /// A constant.
  public init(integerLiteral value: Int) { self.init(Double(value)) }
}

extension LayerValue: CustomStringConvertible {
  /// The number.
  public var description: String { "\(value)" }
}

extension LayerValue {
  private static func combined(
    _ left: LayerValue, _ right: LayerValue, _ numbers: (Double, Double) -> Double, _ both: (Tensor, Tensor) -> Tensor,
    _ first: (Tensor, Double) -> Tensor, _ second: (Double, Tensor) -> Tensor
  ) -> LayerValue {
    switch (left.storage, right.storage) {
    case (.number(let a), .number(let b)): LayerValue(numbers(a, b))
    case (.tensor(let a), .tensor(let b)): LayerValue(both(a, b))
    case (.tensor(let a), .number(let b)): LayerValue(first(a, b))
    case (.number(let a), .tensor(let b)): LayerValue(second(a, b))
    }
  }

  /// The sum.
  public static func + (left: LayerValue, right: LayerValue) -> LayerValue { combined(left, right, +, +, { $0 + $1 }, { $0 + $1 }) }
  /// The difference.
  public static func - (left: LayerValue, right: LayerValue) -> LayerValue { combined(left, right, -, -, { $0 - $1 }, { $0 - $1 }) }
  /// The product.
  public static func * (left: LayerValue, right: LayerValue) -> LayerValue { combined(left, right, *, *, { $0 * $1 }, { $0 * $1 }) }
  /// The quotient.
  public static func / (left: LayerValue, right: LayerValue) -> LayerValue { combined(left, right, /, /, { $0 / $1 }, { $0 / $1 }) }
  /// The negation.
  public static prefix func - (value: LayerValue) -> LayerValue { value.mapped({ -$0 }, { -$0 }) }

  func mapped(_ number: (Double) -> Double, _ tensor: (Tensor) -> Tensor) -> LayerValue {
    switch storage {
    case .number(let value): LayerValue(number(value))
    case .tensor(let value): LayerValue(tensor(value))
    }
  }
}
