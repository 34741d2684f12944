/// The type of a tensor's elements.
///
/// The raw values are the rows of every table indexed by type, in the kernels too (`cr_dtype`). `int8`, `int16`, `float16` and `bfloat16`
/// are computed in `int32` and `float32`, and each operation's result is rounded, or wraps around, once. The complex types have their row
/// in the promotion table but no kernels: see ``hasKernels``.
@frozen public enum DType: UInt8, Sendable, CaseIterable {
  /// True or false, one byte each.
  case bool = 0
  /// Unsigned integers of 8 bits.
  case uint8 = 1
  /// Signed integers of 8 bits.
  case int8 = 2
  /// Signed integers of 16 bits.
  case int16 = 3
  /// Signed integers of 32 bits.
  case int32 = 4
  /// Signed integers of 64 bits: Swift's `Int`, and the type of indices.
  case int64 = 5
  /// IEEE 754 binary16.
  case float16 = 6
  /// The upper half of a `float32`.
  case bfloat16 = 7
  /// IEEE 754 binary32: Swift's `Float`, and the default type.
  case float32 = 8
  /// IEEE 754 binary64: Swift's `Double`.
  case float64 = 9
  /// A real and an imaginary part in `float32`.
  case complex64 = 10
  /// A real and an imaginary part in `float64`.
  case complex128 = 11
}

extension DType {
  /// What kind of number a type holds; in a mixed operation the greatest category wins before any width is looked at.
  @frozen public enum Category: UInt8, Sendable, Comparable, CaseIterable {
    /// Truth values.
    case bool
    /// Integers, signed or not.
    case integer
    /// Real numbers.
    case float
    /// Complex numbers.
    case complex

    /// Orders the categories as promotion does: bool, integer, float, complex.
    public static func < (a: Category, b: Category) -> Bool { a.rawValue < b.rawValue }
  }

  /// The category of the type.
  public var category: Category {
    switch self {
    case .bool: .bool
    case .uint8, .int8, .int16, .int32, .int64: .integer
    case .float16, .bfloat16, .float32, .float64: .float
    case .complex64, .complex128: .complex
    }
  }

  /// Whether the type holds real numbers; only such tensors, and complex ones, can require a gradient.
  public var isFloatingPoint: Bool { category == .float }

  /// Whether the type holds complex numbers.
  public var isComplex: Bool { category == .complex }

  /// The size of one element in bytes.
  public var size: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .int16, .float16, .bfloat16: 2
    case .int32, .float32: 4
    case .int64, .float64, .complex64: 8
    case .complex128: 16
    }
  }

  /// Whether tensors of the type can be made and computed with; the other types only reserve their row.
  public var hasKernels: Bool {
    switch self {
    case .bool, .uint8, .int8, .int16, .int32, .int64, .float16, .bfloat16, .float32, .float64: true
    case .complex64, .complex128: false
    }
  }
}

extension DType: CustomStringConvertible {
  /// The name, such as `float32`.
  public var name: String {
    switch self {
    case .bool: "bool"
    case .uint8: "uint8"
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    case .float32: "float32"
    case .float64: "float64"
    case .complex64: "complex64"
    case .complex128: "complex128"
    }
  }

  /// The type as PyTorch prints it, such as `torch.float32`: the text a printed tensor shows too.
  public var description: String { "torch." + name }

  /// The name PyTorch's messages use for the type, such as `Float`.
  public var scalarTypeName: String {
    switch self {
    case .bool: "Bool"
    case .uint8: "Byte"
    case .int8: "Char"
    case .int16: "Short"
    case .int32: "Int"
    case .int64: "Long"
    case .float16: "Half"
    case .bfloat16: "BFloat16"
    case .float32: "Float"
    case .float64: "Double"
    case .complex64: "ComplexFloat"
    case .complex128: "ComplexDouble"
    }
  }
}
