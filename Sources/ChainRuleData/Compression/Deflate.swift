/// Writes the zlib format (RFC 1950) around one DEFLATE block with fixed Huffman codes (RFC 1951, section 3.2.6).
///
/// Enough for drawings: images of digits shrink to a third, and no dependency is needed.
package enum Deflate {
  /// The data as a zlib stream.
  package static func zlib(_ data: [UInt8]) -> [UInt8] {
    var bits = BitWriter(bytes: [0x78, 0x01])
    bits.append(0b011, count: 3)  // last block, fixed codes
    compress(data, into: &bits)
    bits.appendLiteral(256)
    bits.flush()
    let sum = data.withUnsafeBytes { Adler32.checksum($0) }
    return bits.bytes + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) }
  }

  /// Greedy LZ77: the latest earlier place with the same hash of three bytes is the only candidate. Places are kept in 32 bits; beyond 2 GiB
  /// they are mere bad guesses, which the comparison finds out.
  private static func compress(_ data: [UInt8], into bits: inout BitWriter) {
    var latest = [Int32](repeating: -1, count: 1 << 15)
    var position = 0
    while position < data.count {
      var length = 0
      if position + 3 <= data.count {
        let three = UInt32(data[position]) << 16 | UInt32(data[position + 1]) << 8 | UInt32(data[position + 2])
        // Multiplicative hashing (Knuth, TAOCP volume 3, 6.4).
        let key = Int((three &* 0x9E37_79B1) >> 17)
        let candidate = Int(latest[key])
        latest[key] = Int32(truncatingIfNeeded: position)
        if candidate >= 0 && candidate < position && position - candidate <= 32768 {
          let limit = min(258, data.count - position)
          while length < limit && data[candidate + length] == data[position + length] { length += 1 }
          if length >= 3 { bits.appendMatch(length: length, distance: position - candidate) }
        }
      }
      if length < 3 {
        bits.appendLiteral(Int(data[position]))
        length = 1
      }
      position += length
    }
  }
}

/// Bits gathered into bytes, lowest first.
private struct BitWriter {
  var bytes: [UInt8]
  private var pending: UInt32 = 0
  private var count = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func append(_ value: Int, count added: Int) {
    pending |= UInt32(value) << UInt32(count)
    count += added
    while count >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: pending))
      pending >>= 8
      count -= 8
    }
  }

  mutating func flush() {
    if count > 0 { append(0, count: 8 - count) }
  }

  /// A literal byte, the end of the block (256) or a length code (257...285).
  mutating func appendLiteral(_ symbol: Int) {
    switch symbol {
    case 0...143: appendCode(0b0011_0000 + symbol, count: 8)
    case 144...255: appendCode(0b1_1001_0000 + symbol - 144, count: 9)
    case 256...279: appendCode(symbol - 256, count: 7)
    default: appendCode(0b1100_0000 + symbol - 280, count: 8)
    }
  }

  mutating func appendMatch(length: Int, distance: Int) {
    if length == 258 {
      appendLiteral(285)
    } else {
      // Groups of four codes share a number of extra bits.
      let (symbol, extra, rest) = Self.code(length - 3, perGroup: 4)
      appendLiteral(257 + symbol)
      append(rest, count: extra)
    }
    let (symbol, extra, rest) = Self.code(distance - 1, perGroup: 2)
    appendCode(symbol, count: 5)
    append(rest, count: extra)
  }

  /// The tables of RFC 1951 section 3.2.5 as a formula: the first two groups have no extra bits, each further group one more.
  private static func code(_ value: Int, perGroup: Int) -> (symbol: Int, extra: Int, rest: Int) {
    guard value >= 2 * perGroup else { return (value, 0, 0) }
    let groupBits = perGroup.trailingZeroBitCount
    let extra = Int.bitWidth - 1 - value.leadingZeroBitCount - groupBits
    return (perGroup * extra + value >> extra, extra, value & (1 << extra - 1))
  }

  /// Huffman codes go highest bit first.
  private mutating func appendCode(_ code: Int, count: Int) {
    for bit in stride(from: count - 1, through: 0, by: -1) { append(code >> bit & 1, count: 1) }
  }
}
