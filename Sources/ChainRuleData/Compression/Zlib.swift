/// The zlib format (RFC 1950).
enum Zlib {
  /// The contents of the stream in `bytes`, which must be `count` bytes.
  static func decompress(_ bytes: UnsafeRawBufferPointer, count: Int) throws(DataError) -> Bytes {
    guard bytes.count >= 6 else { throw DataError(bytes.count, "the zlib stream is cut short") }
    let method = bytes[0], flags = bytes[1]
    guard method & 0x0F == 8, method >> 4 <= 7, (Int(method) << 8 | Int(flags)) % 31 == 0 else {
      throw DataError(0, "not a zlib stream")
    }
    guard flags & 0x20 == 0 else { throw DataError(1, "a zlib stream with a dictionary of its own") }
    var inflater = try Inflater.of(bytes, expected: count, limit: count)
    let (end, output) = try inflater.stream(at: 2)
    guard output.count == count else { throw DataError(end, "the data expands to \(output.count) bytes, where \(count) are needed") }
    guard bytes.count - end >= 4 else { throw DataError(bytes.count, "the zlib stream is cut short within its checksum") }
    guard UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self)) == Adler32.checksum(output) else {
      throw DataError(end, "the checksum does not match the data")
    }
    guard bytes.count == end + 4 else { throw DataError(end + 4, "\(bytes.count - end - 4) bytes after the end of the zlib stream") }
    return inflater.finish()
  }
}

/// The checksum of RFC 1950, section 9.
package enum Adler32 {
  /// The check of `bytes`.
  package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var (a, b): (UInt32, UInt32) = (1, 0)
    var start = 0
    while start < bytes.count {
      // So many bytes cannot make the sums overflow 32 bits.
      let end = min(start &+ 5552, bytes.count)
      for i in start..<end {
        a &+= UInt32(bytes[i])
        b &+= a
      }
      a %= 65521
      b %= 65521
      start = end
    }
    return b << 16 | a
  }
}
