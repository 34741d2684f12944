/// Arrays as NumPy's `save` writes them, one to a file.
package enum Npy {
  /// Reads the file at `path`: any version of the format, either byte order, either order of dimensions.
  package static func read(_ path: String) throws(FormatError) -> UntypedArray {
    let bytes = try FileBytes.read(path)
    do throws(DataError) {
      return try decode(bytes)
    } catch {
      throw error.inFile(path)
    }
  }

  package static func decode(_ bytes: Bytes) throws(DataError) -> UntypedArray {
    let header = try bytes.withUnsafeBytes { (buffer) throws(DataError) in try NpyHeader(buffer) }
    guard let type = header.elementType else {
      throw header.problem ?? DataError(0, "elements of an unknown type")
    }
    guard let size = type.byteCount(header.shape) else {
      throw DataError(header.end, "shape \(shapeText(header.shape)) of \(type.rawValue) takes too many bytes")
    }
    let rest = bytes.count - header.end
    guard rest == size else {
      throw DataError(
        rest < size ? bytes.count : header.end + size,
        "shape \(shapeText(header.shape)) of \(type.rawValue) takes \(size) bytes, the file has \(rest) after its header")
    }
    var elements: Bytes? = bytes[header.end..<bytes.count]
    if header.isBigEndian {
      elements = elements?.byteSwapped(wordSize: type.wordSize)
    }
    if header.isColumnMajor {
      elements = elements?.rowMajor(header.shape, itemSize: type.bitCount / 8)
    }
    guard let array = elements.flatMap({ UntypedArray(type, header.shape, $0) }) else {
      throw DataError(header.end, "there is no memory for \(size) bytes")
    }
    return array
  }

  /// Writes `array` to `path` as NumPy would, as a whole or not at all.
  package static func write(_ array: UntypedArray, to path: String) throws {
    guard let header = NpyHeader.encoded(array) else {
      throw FormatError(file: path, "npy has no type for \(array.elementType.rawValue)")
    }
    try writeAtomically(to: path) { writer in
      try writer.write(header)
      try writer.write(array.bytes)
    }
  }
}

extension Bytes {
  /// These items, whose first index runs fastest, in an order where the last one does; nil when there is no memory for them.
  func rowMajor(_ shape: [Int], itemSize: Int) -> Bytes? {
    guard shape.count > 1, count > 0 else { return self }
    guard let builder = ByteBuilder(capacity: count) else { return nil }
    var strides: [Int] = []
    var stride = itemSize
    for size in shape {
      strides.append(stride)
      stride *= size
    }
    let last = shape.count - 1
    withUnsafeBytes { source in
      guard var from = source.baseAddress else { return }
      var to = builder.base
      var index = [Int](repeating: 0, count: shape.count)
      let end = to + count
      while true {
        copyItems(from, strides[last], to, itemSize, shape[last])
        to += shape[last] * itemSize
        if to == end { break }
        // The next row: as on an odometer, what comes round carries.
        var dimension = last - 1
        while index[dimension] == shape[dimension] - 1 {
          from -= index[dimension] * strides[dimension]
          index[dimension] = 0
          dimension -= 1
        }
        index[dimension] += 1
        from += strides[dimension]
      }
    }
    return builder.finish(count: count)
  }
}

/// Copies `count` items that lie `stride` bytes apart to where they lie side by side.
private func copyItems(_ from: UnsafeRawPointer, _ stride: Int, _ to: UnsafeMutableRawPointer, _ size: Int, _ count: Int) {
  func copy<Item: BitwiseCopyable>(_ type: Item.Type) {
    for index in 0..<count {
      to.storeBytes(of: from.loadUnaligned(fromByteOffset: index &* stride, as: type), toByteOffset: index &* size, as: type)
    }
  }
  switch size {
  case 1: copy(UInt8.self)
  case 2: copy(UInt16.self)
  case 4: copy(UInt32.self)
  case 8: copy(UInt64.self)
  default:
    for index in 0..<count {
      (to + index * size).copyMemory(from: from + index * stride, byteCount: size)
    }
  }
}
