import ChainRule

extension ElementType {
  /// The tensor type that holds every value of this type, the type itself where tensors have it; nil where there is none.
  var dtype: DType? {
    switch self {
    case .bool: .bool
    case .uint8: .uint8
    case .int8: .int8
    case .int16: .int16
    case .uint16, .int32: .int32
    case .uint32, .int64: .int64
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float32: .float32
    case .float64: .float64
    default: nil
    }
  }

  init?(_ dtype: DType) {
    switch dtype {
    case .bool: self = .bool
    case .uint8: self = .uint8
    case .int8: self = .int8
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .float32: self = .float32
    case .float64: self = .float64
    default: return nil
    }
  }
}

extension Tensor {
  /// A tensor of the elements of `array`, widened where tensors lack its type; nil where no tensor type holds its values.
  init?(_ array: UntypedArray) {
    guard let dtype = array.elementType.dtype else { return nil }
    let shape = array.shape
    self = array.bytes.withUnsafeBytes { bytes in
      switch array.elementType {
      case .uint16: Tensor(widened(bytes, UInt16.self, Int32.init), shape: shape, dtype: dtype)
      case .uint32: Tensor(widened(bytes, UInt32.self, Int64.init), shape: shape, dtype: dtype)
      // Any byte but zero is true in NumPy; in a tensor true is 1.
      case .bool: Tensor(bytes.map { $0 != 0 }, shape: shape, dtype: dtype)
      default: Tensor(bytes: bytes, shape: shape, dtype: dtype)
      }
    }
  }

  /// A tensor of `array`, or an error that names the file and the place in it.
  init(_ array: UntypedArray, file: String, place: FormatError.Place) throws(FormatError) {
    guard let tensor = Tensor(array) else {
      throw FormatError(file: file, place: place, ElementType.noTensorType(array.elementType.rawValue))
    }
    self = tensor
  }

  /// The elements as files hold them; nil where no file format has the type.
  var untyped: UntypedArray? {
    guard let type = ElementType(dtype) else { return nil }
    return UntypedArray(type, shape, withBytes { Bytes($0) })
  }
}

private func widened<From: BitwiseCopyable, To>(_ bytes: UnsafeRawBufferPointer, _ type: From.Type, _ convert: (From) -> To) -> [To] {
  stride(from: 0, to: bytes.count, by: MemoryLayout<From>.size).map { convert(bytes.loadUnaligned(fromByteOffset: $0, as: type)) }
}
