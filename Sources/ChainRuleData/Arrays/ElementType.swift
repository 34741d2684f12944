/// The types of array elements that the file formats know, under NumPy's names. A tensor need not have them all: a file with
/// an element type that its reader cannot use is still a good file.
///
/// In the order of the safetensors format, by increasing alignment: its writer sorts tensors by it.
package enum ElementType: String, Sendable, Hashable, CaseIterable {
  case bool
  case float4E2M1 = "float4_e2m1fn"
  case float6E2M3 = "float6_e2m3fn"
  case float6E3M2 = "float6_e3m2fn"
  case uint8, int8
  case float8E5M2 = "float8_e5m2"
  case float8E4M3 = "float8_e4m3fn"
  case float8E8M0 = "float8_e8m0fnu"
  case float8E4M3FNUZ = "float8_e4m3fnuz"
  case float8E5M2FNUZ = "float8_e5m2fnuz"
  case int16, uint16, float16, bfloat16
  case int32, uint32, float32
  case complex64
  case float64, int64, uint64
  case complex128

  /// The size of an element; less than eight where several share a byte.
  package var bitCount: Int {
    switch self {
    case .float4E2M1: 4
    case .float6E2M3, .float6E3M2: 6
    case .bool, .uint8, .int8, .float8E5M2, .float8E4M3, .float8E8M0, .float8E4M3FNUZ, .float8E5M2FNUZ: 8
    case .int16, .uint16, .float16, .bfloat16: 16
    case .int32, .uint32, .float32: 32
    case .complex64, .float64, .int64, .uint64: 64
    case .complex128: 128
    }
  }

  /// The size of what a machine's byte order applies to: each half of a complex number.
  var wordSize: Int {
    switch self {
    case .complex64: 4
    case .complex128: 8
    default: max(bitCount / 8, 1)
    }
  }

  /// The bytes an array of this type and `shape` takes; nil when that is no whole number of bytes or does not fit an `Int`.
  package func byteCount(_ shape: [Int]) -> Int? {
    guard let count = elementCount(shape) else { return nil }
    let bits = count.multipliedReportingOverflow(by: bitCount)
    guard !bits.overflow, bits.partialValue % 8 == 0 else { return nil }
    return bits.partialValue / 8
  }
}

/// The product of `shape`; nil when a size is negative or the product does not fit an `Int`. Zeros are left out of the check:
/// a reader that multiplies in another order would overflow.
func elementCount(_ shape: [Int]) -> Int? {
  var count = 1
  for size in shape where size != 0 {
    let product = count.multipliedReportingOverflow(by: size)
    guard size > 0, !product.overflow else { return nil }
    count = product.partialValue
  }
  return shape.contains(0) ? 0 : count
}
