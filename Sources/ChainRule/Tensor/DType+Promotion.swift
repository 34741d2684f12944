extension DType {
  /// One row for each type, one character for each partner; a character is the result's raw value counted from "0", so ":"
  /// is `complex64` and ";" `complex128`. A static string is constant data: reading it allocates and locks nothing.
  private static let promotionTable: StaticString = """
    0123456789:;
    1133456789:;
    2323456789:;
    3333456789:;
    4444456789:;
    5555556789:;
    6666666889:;
    7777778789:;
    8888888889:;
    9999999999;;
    :::::::::;:;
    ;;;;;;;;;;;;
    """

  /// The type that holds the values of both: PyTorch's `promote_types`.
  ///
  /// The higher category wins, then the wider type. Where neither holds the other, a third does: `uint8` with `int8` gives
  /// `int16`, `float16` with `bfloat16` gives `float32`.
  public static func promoted(_ a: DType, _ b: DType) -> DType {
    if a == b { return a }
    let rowLength = 13  // twelve types and the line's end
    let character = promotionTable.utf8Start[Int(a.rawValue) * rowLength + Int(b.rawValue)]
    return DType(rawValue: character - UInt8(ascii: "0"))!
  }

  /// The complex type with parts of this type. PyTorch's for `float16` is `complex32`, which has no row here.
  fileprivate var complexPartner: DType {
    switch self {
    case .float64, .complex128: .complex128
    default: .complex64
    }
  }
}

/// What an operand contributes to the type of a mixed operation: its element type, and how much say that has.
public struct PromotionOperand: Sendable, Hashable {
  /// The priority of an operand: a later kind cannot widen an earlier one, only lift it to a higher category.
  public enum Kind: UInt8, Sendable, CaseIterable {
    /// A tensor with at least one dimension.
    case tensor
    /// A tensor without dimensions.
    case zeroDim
    /// A number of the host language. Only its category counts: integers act as `int64`, real numbers as the default type.
    case scalar
  }

  /// The type of the operand's elements.
  public var dtype: DType
  /// How much say the operand has.
  public var kind: Kind

  /// An operand of the given type and kind.
  public init(_ dtype: DType, _ kind: Kind = .tensor) {
    self.dtype = dtype
    self.kind = kind
  }
}

/// The operands of an operation seen so far, folded into one type for each priority.
private struct PromotionState {
  var tensor: DType?
  var zeroDim: DType?
  var scalar: DType?

  mutating func insert(_ operand: PromotionOperand, default defaultDType: DType) {
    switch operand.kind {
    case .tensor: tensor = Self.widened(tensor, operand.dtype)
    case .zeroDim: zeroDim = Self.widened(zeroDim, operand.dtype)
    case .scalar:
      let dtype: DType =
        switch operand.dtype.category {
        case .bool: .bool
        case .integer: .int64
        case .float: defaultDType
        case .complex: defaultDType.complexPartner
        }
      scalar = Self.widened(scalar, dtype)
    }
  }

  var result: DType? { Self.lifted(tensor, by: Self.lifted(zeroDim, by: scalar)) }

  private static func widened(_ a: DType?, _ b: DType) -> DType {
    guard let a else { return b }
    return .promoted(a, b)
  }

  /// The type of the operands of higher priority, unless the others are of a higher category.
  private static func lifted(_ higher: DType?, by lower: DType?) -> DType? {
    guard let higher else { return lower }
    guard let lower, lower.category > higher.category else { return higher }
    // A real tensor keeps its precision when a complex operand makes it complex.
    return higher.isFloatingPoint ? higher.complexPartner : .promoted(higher, lower)
  }
}

extension DType {
  /// The type of the result of an operation on two operands, as PyTorch's `result_type` gives it.
  ///
  /// Tensors with dimensions decide first, then tensors without, then host scalars; within one priority the types are
  /// promoted, and a lower priority counts only where its category is higher. So an `int32` vector plus `1` stays `int32`,
  /// plus `1.5` becomes the default type, and a `float32` vector plus a `float64` tensor without dimensions stays `float32`.
  public static func resultType(_ a: PromotionOperand, _ b: PromotionOperand, default defaultDType: DType = .float32) -> DType {
    if a.dtype == b.dtype, a.kind != .scalar || b.kind != .scalar { return a.dtype }
    var state = PromotionState()
    state.insert(a, default: defaultDType)
    state.insert(b, default: defaultDType)
    return state.result ?? defaultDType
  }

  /// The type of the result of an operation on any number of operands; of none, the default type.
  public static func resultType(_ operands: some Sequence<PromotionOperand>, default defaultDType: DType = .float32) -> DType {
    var state = PromotionState()
    for operand in operands { state.insert(operand, default: defaultDType) }
    return state.result ?? defaultDType
  }
}
