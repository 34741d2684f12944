/// The cyclic redundancy check of gzip and zip: the reflected polynomial 0xEDB88320 (RFC 1952, section 8).
package enum CRC32 {
  /// The check of `bytes`, or of everything so far when `seed` is the check of what went before.
  package static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
    tables.withUnsafeBufferPointer { tables in
      guard let table = tables.baseAddress, let base = bytes.baseAddress else { return seed }
      var crc = ~seed
      var offset = 0
      let count = bytes.count
      // Eight bytes a round, one table each ("slicing by 8", Kounavis and Berry, 2005).
      while offset &+ 8 <= count {
        let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) ^ UInt64(crc)
        crc =
          table[1792 &+ Int(word & 0xFF)] ^ table[1536 &+ Int((word &>> 8) & 0xFF)]
          ^ table[1280 &+ Int((word &>> 16) & 0xFF)] ^ table[1024 &+ Int((word &>> 24) & 0xFF)]
        crc ^=
          table[768 &+ Int((word &>> 32) & 0xFF)] ^ table[512 &+ Int((word &>> 40) & 0xFF)]
          ^ table[256 &+ Int((word &>> 48) & 0xFF)] ^ table[Int(word &>> 56)]
        offset &+= 8
      }
      while offset < count {
        let byte = base.load(fromByteOffset: offset, as: UInt8.self)
        crc = table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc &>> 8)
        offset &+= 1
      }
      return ~crc
    }
  }

  package static func checksum(_ bytes: Bytes) -> UInt32 {
    bytes.withUnsafeBytes { checksum($0) }
  }

  /// Eight tables of 256: table k holds the check of a byte followed by k zero bytes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 {
        crc = crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1
      }
      tables[byte] = crc
    }
    for entry in 256..<tables.count {
      let previous = tables[entry - 256]
      tables[entry] = tables[Int(previous & 0xFF)] ^ (previous >> 8)
    }
    return tables
  }()
}
