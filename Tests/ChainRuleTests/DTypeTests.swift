import ChainRule
import Testing

struct DTypeTests {
  /// PyTorch's `promote_types`, row by row in the order of the raw values.
  static let promotion = """
    b1   u8   i8  i16  i32  i64  f16 bf16  f32  f64  c64 c128
    u8   u8  i16  i16  i32  i64  f16 bf16  f32  f64  c64 c128
    i8  i16   i8  i16  i32  i64  f16 bf16  f32  f64  c64 c128
    i16  i16  i16  i16  i32  i64  f16 bf16  f32  f64  c64 c128
    i32  i32  i32  i32  i32  i64  f16 bf16  f32  f64  c64 c128
    i64  i64  i64  i64  i64  i64  f16 bf16  f32  f64  c64 c128
    f16  f16  f16  f16  f16  f16  f16  f32  f32  f64  c64 c128
    bf16 bf16 bf16 bf16 bf16 bf16  f32 bf16  f32  f64  c64 c128
    f32  f32  f32  f32  f32  f32  f32  f32  f32  f64  c64 c128
    f64  f64  f64  f64  f64  f64  f64  f64  f64  f64 c128 c128
    c64  c64  c64  c64  c64  c64  c64  c64  c64 c128  c64 c128
    c128 c128 c128 c128 c128 c128 c128 c128 c128 c128 c128 c128
    """
  static let shortNames = ["b1", "u8", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64", "c64", "c128"]

  @Test func wholePromotionTable() {
    let rows = Self.promotion.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(rows.count == 12)
    for a in DType.allCases {
      for b in DType.allCases {
        let expected = rows[Int(a.rawValue)][Int(b.rawValue)]
        #expect(Self.shortNames[Int(DType.promoted(a, b).rawValue)] == expected, "\(a) with \(b)")
      }
    }
  }

  @Test func rowsMatchTheKernels() {
    // The numbers of cr_dtype, and cr_dtype_size.
    let rows: [(DType, UInt8, Int)] = [
      (.bool, 0, 1), (.uint8, 1, 1), (.int8, 2, 1), (.int16, 3, 2), (.int32, 4, 4), (.int64, 5, 8), (.float16, 6, 2), (.bfloat16, 7, 2),
      (.float32, 8, 4), (.float64, 9, 8), (.complex64, 10, 8), (.complex128, 11, 16),
    ]
    #expect(rows.map(\.0) == DType.allCases)
    for (dtype, raw, size) in rows {
      #expect(dtype.rawValue == raw)
      #expect(dtype.size == size)
    }
    #expect(DType.allCases.filter(\.hasKernels) == [.bool, .uint8, .int8, .int16, .int32, .int64, .float16, .bfloat16, .float32, .float64])
  }

  @Test func names() {
    #expect(
      DType.allCases.map(\.name).joined(separator: " ")
        == "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128")
    #expect(
      DType.allCases.map(\.scalarTypeName).joined(separator: " ")
        == "Bool Byte Char Short Int Long Half BFloat16 Float Double ComplexFloat ComplexDouble")
    #expect("\(DType.float32)" == "torch.float32")
  }

  @Test func categories() {
    #expect(DType.Category.bool < .integer && DType.Category.integer < .float && DType.Category.float < .complex)
    #expect(DType.allCases.filter(\.isFloatingPoint) == [.float16, .bfloat16, .float32, .float64])
    #expect(DType.allCases.filter(\.isComplex) == [.complex64, .complex128])
    #expect(DType.allCases.filter { $0.category == .integer } == [.uint8, .int8, .int16, .int32, .int64])
    #expect(DType.bool.category == .bool)
  }

  /// Mixed operations PyTorch was asked about, with the type it gave.
  @Test func resultTypesOfMixedOperands() {
    typealias Operand = PromotionOperand
    let cases: [(Operand, Operand, DType)] = [
      (.init(.int64), .init(.float64, .scalar), .float32),  // T([1,2])+1.5
      (.init(.int32), .init(.int64, .scalar), .int32),  // T([1,2],dtype=int32)+1
      (.init(.float32), .init(.float64, .zeroDim), .float32),  // T([1.,2.])+T(1.,dtype=float64)
      (.init(.float16), .init(.float32, .zeroDim), .float16),  // T([1.,2.],dtype=float16)+T(1e10)
      (.init(.int64), .init(.float32, .zeroDim), .float32),  // T([1,2])+T(1.5)
      (.init(.int64), .init(.float32), .float32),  // T([1,2])+T([1.5])
      (.init(.bool), .init(.bool), .bool),  // T([True])+T([True])
      (.init(.bool), .init(.int64, .scalar), .int64),  // T([True])*2
      (.init(.bool), .init(.float64, .scalar), .float32),  // T([True])*1.5
      (.init(.float32), .init(.complex128, .scalar), .complex64),  // T([1.])+1j
      (.init(.float64), .init(.complex128, .scalar), .complex128),
      (.init(.uint8), .init(.int64, .scalar), .uint8),  // T([250],dtype=uint8)+10
      (.init(.float32), .init(.bool, .scalar), .float32),  // T([1.5])+True
      (.init(.uint8), .init(.int8), .int16),
      (.init(.float16), .init(.bfloat16), .float32),
      (.init(.int64, .zeroDim), .init(.float64, .scalar), .float32),
      (.init(.float64, .scalar), .init(.float64, .scalar), .float32),  // two numbers: the default type, not double
      (.init(.int32, .scalar), .init(.int32, .scalar), .int64),
    ]
    for (a, b, expected) in cases {
      #expect(DType.resultType(a, b) == expected, "\(a) with \(b)")
      #expect(DType.resultType(b, a) == expected, "\(b) with \(a)")
      #expect(DType.resultType([a, b]) == expected, "\(a) with \(b)")
    }
  }

  @Test func defaultTypeIsWhatRealScalarsBecome() {
    let number = PromotionOperand(.float64, .scalar)
    #expect(DType.resultType(.init(.int64), number, default: .float64) == .float64)
    #expect(DType.resultType(.init(.float32), number, default: .float64) == .float32)
    #expect(DType.resultType(.init(.int64), .init(.complex64, .scalar), default: .float64) == .complex128)
    #expect(DType.resultType([], default: .float64) == .float64)
  }

  /// PyTorch's `result_type` of every pair: 12 vectors, 12 tensors without dimensions, then True, 1, 1.5 and 1j. The characters
  /// are raw values counted from "0"; "?" is complex32, which has no row here.
  static let resultTypes = """
    0123456789:;0123456789:;058:
    1133456789:;1111116789:;118:
    2323456789:;2222226789:;228:
    3333456789:;3333336789:;338:
    4444456789:;4444446789:;448:
    5555556789:;5555556789:;558:
    6666666889:;6666666666??666?
    7777778789:;7777777777::777:
    8888888889:;8888888888::888:
    9999999999;;9999999999;;999;
    :::::::::;:;::::::::::::::::
    ;;;;;;;;;;;;;;;;;;;;;;;;;;;;
    0123456789:;0123456789:;058:
    1123456789:;1133456789:;118:
    2123456789:;2323456789:;228:
    3123456789:;3333456789:;338:
    4123456789:;4444456789:;448:
    5123456789:;5555556789:;558:
    6666666789:;6666666889:;666?
    7777776789:;7777778789:;777:
    8888886789:;8888888889:;888:
    9999996789:;9999999999;;999;
    ::::::?::;:;:::::::::;:;::::
    ;;;;;;?::;:;;;;;;;;;;;;;;;;;
    0123456789:;0123456789:;058:
    5123456789:;5123456789:;558:
    8888886789:;8888886789:;888:
    ::::::?::;:;::::::?::;:;::::
    """

  @Test func everyPairOfOperands() {
    let operands =
      DType.allCases.map { PromotionOperand($0, .tensor) } + DType.allCases.map { PromotionOperand($0, .zeroDim) }
      + [DType.bool, .int64, .float64, .complex128].map { PromotionOperand($0, .scalar) }
    let rows = Self.resultTypes.split(separator: "\n").map { Array($0.utf8) }
    #expect(rows.count == operands.count)
    for (a, row) in zip(operands, rows) {
      for (b, character) in zip(operands, row) where character != UInt8(ascii: "?") {
        #expect(DType.resultType(a, b).rawValue == character - UInt8(ascii: "0"), "\(a) with \(b)")
      }
    }
  }

  @Test func prioritiesFoldOverManyOperands() {
    // Types widen within a priority only, and a lower priority counts by its category.
    #expect(DType.resultType([.init(.int32), .init(.float64, .zeroDim), .init(.float64, .scalar)]) == .float64)
    #expect(DType.resultType([.init(.int32), .init(.int64, .zeroDim), .init(.float64, .scalar)]) == .float32)
    #expect(DType.resultType([.init(.uint8), .init(.int8), .init(.int64, .zeroDim)]) == .int16)
    #expect(DType.resultType([.init(.float32), .init(.float64), .init(.int64)]) == .float64)
  }
}
