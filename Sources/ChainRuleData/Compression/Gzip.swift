/// The gzip file format (RFC 1952).
package enum Gzip {
  /// What decompressing may fill where the caller knows no better: above any data set a program holds in memory at once,
  /// below what a small hostile file could ask for.
  package static let defaultLimit = 1 << 32

  /// Whether `bytes` begin as a gzip file does; its name says nothing.
  package static func isGzip(_ bytes: Bytes) -> Bool {
    bytes.withUnsafeBytes { $0.count >= 2 && $0[0] == 0x1F && $0[1] == 0x8B }
  }

  /// The contents of all members of a gzip file, one after the other. Zero bytes may pad the end.
  package static func decompress(_ bytes: Bytes, limit: Int = defaultLimit) throws(DataError) -> Bytes {
    try bytes.withUnsafeBytes { (input) throws(DataError) in
      // The last four bytes say how large the last member is, modulo 2^32. It is only a hint for how much room to start with.
      let hint = input.count >= 4 ? Int(input.littleEndian(UInt32.self, at: input.count - 4)) : 0
      var inflater = try Inflater.of(input, expected: hint, limit: limit)
      var position = 0
      repeat {
        position = try member(input, at: position, &inflater)
      } while input.count - position >= 2 && input[position] == 0x1F && input[position + 1] == 0x8B
      if let rest = input[position...].firstIndex(where: { $0 != 0 }) {
        throw DataError(
          rest, "\(input.count - rest) bytes after the end of the gzip data are neither a further member of it nor padding with zeros")
      }
      return inflater.finish()
    }
  }

  private static func member(
    _ input: UnsafeRawBufferPointer, at start: Int, _ inflater: inout Inflater
  ) throws(DataError) -> Int {
    let body = try header(input, at: start)
    let (end, output) = try inflater.stream(at: body)
    guard input.count - end >= 8 else {
      throw DataError(input.count, "the gzip data is cut short within its trailer")
    }
    guard input.littleEndian(UInt32.self, at: end) == CRC32.checksum(output) else {
      throw DataError(end, "the checksum does not match the data")
    }
    guard input.littleEndian(UInt32.self, at: end + 4) == UInt32(truncatingIfNeeded: output.count) else {
      throw DataError(end + 4, "the size in the trailer is not the \(output.count) bytes of the data")
    }
    return end + 8
  }

  /// Checks the header of a member and returns where its DEFLATE stream begins.
  private static func header(_ input: UnsafeRawBufferPointer, at start: Int) throws(DataError) -> Int {
    func need(_ count: Int, at position: Int) throws(DataError) {
      guard count <= input.count - position else {
        throw DataError(input.count, "the gzip header is cut short")
      }
    }
    try need(10, at: start)
    guard input[start] == 0x1F, input[start + 1] == 0x8B else {
      throw DataError(start, "not gzip data")
    }
    guard input[start + 2] == 8 else {
      throw DataError(start + 2, "compression method \(input[start + 2]); only 8, DEFLATE, is defined")
    }
    let flags = input[start + 3]
    guard flags & 0xE0 == 0 else {
      throw DataError(start + 3, "reserved header flags are set")
    }
    let hasHeaderCRC = flags & 2 != 0
    var position = start + 10
    if flags & 4 != 0 {  // FEXTRA
      try need(2, at: position)
      let count = Int(input.littleEndian(UInt16.self, at: position))
      position += 2
      try need(count, at: position)
      position += count
    }
    for flag: UInt8 in [8, 16] where flags & flag != 0 {  // FNAME, FCOMMENT: both end with a zero byte
      guard let end = input[position...].firstIndex(of: 0) else {
        throw DataError(input.count, "the gzip header is cut short")
      }
      position = end + 1
    }
    if hasHeaderCRC {
      try need(2, at: position)
      let header = UnsafeRawBufferPointer(rebasing: input[start..<position])
      guard input.littleEndian(UInt16.self, at: position) == UInt16(truncatingIfNeeded: CRC32.checksum(header)) else {
        throw DataError(position, "the checksum of the gzip header does not match")
      }
      position += 2
    }
    return position
  }
}

extension UnsafeRawBufferPointer {
  /// The little-endian integer at `offset`, which must be followed by all its bytes.
  func littleEndian<Integer: FixedWidthInteger & BitwiseCopyable>(_ type: Integer.Type, at offset: Int) -> Integer {
    guard offset >= 0, offset <= count - MemoryLayout<Integer>.size else { fatalError("an integer at \(offset) asked of \(count) bytes") }
    return Integer(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
  }
}
