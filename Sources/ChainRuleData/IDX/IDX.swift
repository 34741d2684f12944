/// The IDX format of the MNIST database: a magic number with the element type and the rank, the big-endian sizes, the elements
/// (http://yann.lecun.com/exdb/mnist, "The IDX file format").
package enum IDX {
  /// Reads the file at `path`, which may be gzipped, whatever its name says.
  package static func read(_ path: String) throws(FormatError) -> UntypedArray {
    let bytes = try FileBytes.read(path)
    do throws(DataError) {
      return try decode(Gzip.isGzip(bytes) ? Gzip.decompress(bytes) : bytes)
    } catch {
      throw error.inFile(path)
    }
  }

  package static func decode(_ bytes: Bytes) throws(DataError) -> UntypedArray {
    let (elementType, shape, start) = try bytes.withUnsafeBytes { (bytes) throws(DataError) in try header(bytes) }
    guard let size = elementType.byteCount(shape) else {
      throw DataError(4, "the sizes \(shapeText(shape)) are too large to multiply")
    }
    guard bytes.count - start == size else {
      let rest = bytes.count - start
      throw DataError(
        rest < size ? bytes.count : start + size,
        "\(shapeText(shape)) of \(elementType.rawValue) take \(size) bytes, the file has \(rest) after its header")
    }
    let elements = bytes[start..<bytes.count]
    guard let native = elements.byteSwapped(wordSize: elementType.wordSize),
      let array = UntypedArray(elementType, shape, native)
    else {
      throw DataError(start, "there is no memory for \(size) bytes")
    }
    return array
  }

  private static func header(
    _ bytes: UnsafeRawBufferPointer
  ) throws(DataError) -> (elementType: ElementType, shape: [Int], end: Int) {
    guard bytes.count >= 4 else {
      throw DataError(bytes.count, "the file is cut short within its magic number")
    }
    guard bytes[0] == 0, bytes[1] == 0 else {
      throw DataError(0, "not an IDX file: it does not begin with two zero bytes")
    }
    let elementType: ElementType
    switch bytes[2] {
    case 0x08: elementType = .uint8
    case 0x09: elementType = .int8
    case 0x0B: elementType = .int16
    case 0x0C: elementType = .int32
    case 0x0D: elementType = .float32
    case 0x0E: elementType = .float64
    default: throw DataError(2, "\(bytes[2]) is no element type of IDX")
    }
    let end = 4 + 4 * Int(bytes[3])
    guard bytes.count >= end else {
      throw DataError(bytes.count, "the file is cut short within its \(bytes[3]) sizes")
    }
    let shape = stride(from: 4, to: end, by: 4).map { offset in
      Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }
    return (elementType, shape, end)
  }
}
