import CKernels

/// A host number that stands beside a tensor in an operation: never a tensor itself.
///
/// It stays an attribute of the recorded operation and converts at the tensor's own precision, so `x64 * 0.1` multiplies by
/// the double 0.1.
struct Scalar: Sendable, Equatable {
  enum Kind: Sendable { case bool, integer, real }

  let kind: Kind
  /// Whether it was written before the tensor, as in `2 * x`: for showing, since the arithmetic is the same.
  private(set) var isFirst = false
  let real: Double
  let integer: Int64

  @inline(__always)
  init(_ value: Double) {
    kind = .real
    real = value
    // A real number meets an integer kernel only where `fitting(_:_:)` has let it through, or in a bool one, which reads `real`.
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

  /// Whether the number has a place in `dtype`, as PyTorch asks before a number becomes an element: fractions are cut off, and integers
  /// below 0 wrap around in a type without sign where their magnitude is one of its values. 2^63, which PyTorch lets through, has none.
  func fits(_ dtype: DType) -> Bool {
    switch (dtype, kind) {
    case (.uint8, .real): real >= 0 && real <= 255
    case (.uint8, _): integer >= -255 && integer <= 255
    case (.int8, .real): real >= -128 && real <= 127
    case (.int8, _): Int8(exactly: integer) != nil
    case (.int16, .real): real >= -0x1p15 && real <= 0x1p15 - 1
    case (.int16, _): Int16(exactly: integer) != nil
    case (.int32, .real): real >= -0x1p31 && real <= 0x1p31 - 1
    case (.int32, _): Int32(exactly: integer) != nil
    case (.int64, .real): real >= -0x1p63 && real < 0x1p63
    case (.float16, _), (.bfloat16, _): !real.isFinite || real.magnitude <= dtype.largestFinite
    case (.float32, .real): !real.isFinite || real.magnitude <= Double(Float.greatestFiniteMagnitude)
    default: true
    }
  }

  /// The number, to become an element of `dtype`; refused where it does not fit. Where it is only stored, as PyTorch's fill_ does, one
  /// that is too large for float16 or bfloat16 becomes infinite.
  func fitting(_ dtype: DType, _ operation: String, isStored: Bool = false) throws(TensorError) -> Scalar {
    if fits(dtype) || isStored && dtype.isNarrow && dtype.isFloatingPoint { return self }
    throw Rules.overflow(text, dtype.fixedWidthName, dtype, operation)
  }

  /// The number, written before the tensor.
  @inline(__always) var first: Scalar {
    var result = self
    result.isFirst = true
    return result
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
  var scalar: Scalar {
    switch value {
    case .tensor(let t): t.dtype.isFloatingPoint ? Scalar(t.item()) : Scalar(t.item(as: Int.self))
    case .scalar(let s): s
    }
  }

  /// The operand as a tensor; a number becomes 0-dimensional in the type it has beside `other`, where an integer wraps around as it
  /// does in all arithmetic.
  func tensor(beside other: DType) -> Tensor {
    switch value {
    case .tensor(let t): t
    case .scalar(let s): Tensor.number(s, s.promoted(with: other))
    }
  }

  /// The same for a number that may become an element of the result: it must fit.
  func element(beside other: DType, _ operation: String, isStored: Bool = false) -> Tensor {
    switch value {
    case .tensor(let t): t
    case .scalar(let s): Tensor.element(s, s.promoted(with: other), operation, isStored: isStored)
    }
  }

  /// The same for a function that turns integers into real numbers first.
  func real(beside other: DType) -> Tensor { tensor(beside: other.isFloatingPoint ? other : defaultDType) }
}

extension Tensor {
  /// A 0-dimensional tensor of a number that must fit in `dtype`.
  static func element(_ value: Scalar, _ dtype: DType, _ operation: String, isStored: Bool = false) -> Tensor {
    do throws(TensorError) {
      return try filled([], value.fitting(dtype, operation, isStored: isStored), dtype)
    } catch {
      return fail(error)
    }
  }
}

extension DType {
  /// What PyTorch's refusals of numbers that do not fit call the type.
  fileprivate var fixedWidthName: String {
    switch self {
    case .uint8: "uint8_t"
    case .int8: "int8_t"
    case .int16: "int16_t"
    case .float16, .bfloat16: elementTypeName
    case .int32: "int"
    case .int64: "int64_t"
    case .float32: "float"
    default: name
    }
  }

  /// The numbers the type has a place for, in words.
  fileprivate var range: String {
    switch self {
    case .uint8: "0 to 255"
    case .int8: "-128 to 127"
    case .int16: "\(Int16.min) to \(Int16.max)"
    case .int32: "\(Int32.min) to \(Int32.max)"
    case .int64: "\(Int64.min) to \(Int64.max)"
    default: "-\(largestFinite) to \(largestFinite), and infinities"
    }
  }
}

extension DType {
  /// The largest finite number of a floating-point type.
  var largestFinite: Double {
    switch self {
    case .float16: 65504
    case .bfloat16: 0x1.FEp127
    case .float32: Double(Float.greatestFiniteMagnitude)
    default: Double.greatestFiniteMagnitude
    }
  }
}

extension Rules {
  /// A number in a sentence of PyTorch's: without the fraction of a whole one.
  static func short(_ x: Double) -> String {
    let text = "\(x)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// A number does not fit in a type. `place` says which of several numbers it is.
  static func overflow(_ number: String, _ typeName: String, _ dtype: DType, _ operation: String, place: String = "The number")
    -> TensorError
  {
    TensorError(
      .argument, "value cannot be converted to type \(typeName) without overflow",
      hint: "\(place) is \(number); \(dtype.name) holds \(dtype.range). Choose another type, or bring the number into that range.",
      operation: operation)
  }
}

extension Tensor: TensorOperand {
  /// The tensor as the operand of an operation.
  public var operand: Operand { Operand(tensor: self) }
}
