import CKernels

/// A host number that stands beside a tensor in an operation: never a tensor itself.
///
/// It stays an attribute of the recorded operation and converts at the tensor's own precision, so `x64 * 0.1` multiplies by
/// the double 0.1.
struct Scalar: Sendable, Equatable {
  enum Kind: Sendable { case bool, integer, real }

  let kind: Kind
  let real: Double
  let integer: Int64

  @inline(__always)
  init(_ value: Double) {
    kind = .real
    real = value
    // A real number meets an integer kernel only after promotion has made it whole, or in `fill`.
    integer = Int64(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
  }

  @inline(__always)
  init(_ value: Int) {
    kind = .integer
    real = Double(value)
    integer = Int64(value)
  }

  @inline(__always)
  init(_ value: Bool) {
    kind = .bool
    real = value ? 1 : 0
    integer = value ? 1 : 0
  }

  @inline(__always) var kernel: cr_scalar { cr_scalar(f: real, i: integer) }

  /// The element type a tensor filled with this number has.
  var dtype: DType {
    switch kind {
    case .bool: .bool
    case .integer: .int64
    case .real: defaultDType
    }
  }

  /// The result type of an arithmetic operation with a tensor of type `dtype`.
  @inline(__always)
  func promoted(with dtype: DType) -> DType {
    switch kind {
    case .real: dtype.isFloatingPoint ? dtype : (dtype.isComplex ? dtype : defaultDType)
    case .integer: dtype == .bool ? .int64 : dtype
    case .bool: dtype
    }
  }

  var text: String { kind == .real ? "\(real)" : kind == .bool ? "\(integer != 0)" : "\(integer)" }
}

/// A host number that tensors compute with: `Int`, `Float` or `Double`.
public protocol TensorScalar: TensorOperand, Sendable {
  /// The number as a `Double`.
  var doubleValue: Double { get }
  /// The number as an `Int`, where it is an integer.
  var intValue: Int? { get }
}

extension TensorScalar {
  @inline(__always) var scalar: Scalar { intValue.map { Scalar($0) } ?? Scalar(doubleValue) }
  /// The number as the operand of an operation.
  public var operand: Operand { Operand(scalar: scalar) }
}

extension Int: TensorScalar {
  /// The number as a `Double`.
  public var doubleValue: Double { Double(self) }
  /// The number itself.
  public var intValue: Int? { self }
}

extension Float: TensorScalar {
  /// The number as a `Double`.
  public var doubleValue: Double { Double(self) }
  /// Nil: a real number.
  public var intValue: Int? { nil }
}

extension Double: TensorScalar {
  /// The number itself.
  public var doubleValue: Double { self }
  /// Nil: a real number.
  public var intValue: Int? { nil }
}

/// What a named function takes for a second operand: a tensor or a number.
public protocol TensorOperand {
  /// The tensor or number.
  var operand: Operand { get }
}

/// A tensor or a number.
public struct Operand: Sendable {
  enum Value: Sendable {
    case tensor(Tensor)
    case scalar(Scalar)
  }
  let value: Value

  init(scalar: Scalar) { value = .scalar(scalar) }
  init(tensor: Tensor) { value = .tensor(tensor) }

  /// The number, or the one element of the tensor.
  var number: Double {
    switch value {
    case .tensor(let t): t.item()
    case .scalar(let s): s.real
    }
  }

  /// The operand as a tensor; a number becomes 0-dimensional in the type it has beside `other`.
  func tensor(beside other: DType) -> Tensor {
    switch value {
    case .tensor(let t): t
    case .scalar(let s): Tensor.filled([], s, s.promoted(with: other))
    }
  }
}

extension Tensor: TensorOperand {
  /// The tensor as the operand of an operation.
  public var operand: Operand { Operand(tensor: self) }
}
