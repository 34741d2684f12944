/// An array as a file holds it: what the formats exchange among themselves and with tensors.
///
/// The bytes are little-endian, row-major and without gaps. They may be a part of a mapped file, at any alignment; the file
/// stays mapped as long as they are held.
package struct UntypedArray: Sendable, Equatable {
  package let elementType: ElementType
  package let shape: [Int]
  package let bytes: Bytes

  /// `bytes` as an array; nil unless they are exactly as many as the shape and type take.
  package init?(_ elementType: ElementType, _ shape: [Int], _ bytes: Bytes) {
    guard elementType.byteCount(shape) == bytes.count else { return nil }
    self.elementType = elementType
    self.shape = shape
    self.bytes = bytes
  }

  /// The number of elements.
  package var count: Int {
    shape.reduce(1, *)
  }
}

extension Bytes {
  /// These bytes with the order reversed in every word of `wordSize`; nil when there is no memory for them.
  func byteSwapped(wordSize: Int) -> Bytes? {
    switch wordSize {
    case 2: swapped(UInt16.self)
    case 4: swapped(UInt32.self)
    case 8: swapped(UInt64.self)
    default: self
    }
  }

  private func swapped<Word: FixedWidthInteger & BitwiseCopyable>(_ type: Word.Type) -> Bytes? {
    guard let builder = ByteBuilder(capacity: count) else { return nil }
    let size = MemoryLayout<Word>.size
    withUnsafeBytes { source in
      for offset in stride(from: 0, to: source.count / size * size, by: size) {
        let word = source.loadUnaligned(fromByteOffset: offset, as: type).byteSwapped
        (builder.base + offset).storeBytes(of: word, as: type)
      }
    }
    return builder.finish(count: count)
  }
}
