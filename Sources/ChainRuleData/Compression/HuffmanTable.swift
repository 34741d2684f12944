/// A table that decodes one symbol of a Huffman code by looking at the next bits of the stream.
///
/// The first `bits` bits index the primary table; a longer code leads on to a subtable of what its prefix leaves open. An
/// entry is one word:
///
/// | bits   | a symbol                                 | a link                     |
/// |--------|------------------------------------------|----------------------------|
/// | 0-7    | code length; within a subtable, the rest | `bits`                     |
/// | 8-15   | number of extra bits                     | index bits of the subtable |
/// | 16     | is a literal                             | 0                          |
/// | 17     | ends the block                           | 0                          |
/// | 18     | 0                                        | 1                          |
/// | 19     | is no code                               | 0                          |
/// | 20-31  | literal byte, or offset into a base list | start of the subtable      |
///
/// A base (the least length or distance of a symbol) does not fit beside the flags, so the payload is its symbol's index.
struct HuffmanTable: ~Copyable {
  static let literal: UInt32 = 1 << 16
  static let endOfBlock: UInt32 = 1 << 17
  static let link: UInt32 = 1 << 18
  static let invalid: UInt32 = 1 << 19

  /// What the symbols of a code mean.
  enum Alphabet {
    case codeLengths, literalsAndLengths, distances

    /// The entry for `symbol`, without its code length.
    func entry(_ symbol: Int) -> UInt32 {
      switch self {
      case .codeLengths:
        return HuffmanTable.literal | UInt32(symbol) << 20
      case .literalsAndLengths where symbol < 256:
        return HuffmanTable.literal | UInt32(symbol) << 20
      case .literalsAndLengths where symbol == 256:
        return HuffmanTable.endOfBlock
      case .literalsAndLengths:
        let index = symbol - 257
        guard index < LengthCode.count else { return HuffmanTable.invalid }
        return LengthCode.extraBits(index) << 8 | UInt32(index) << 20
      case .distances:
        guard symbol < DistanceCode.count else { return HuffmanTable.invalid }
        return DistanceCode.extraBits(symbol) << 8 | UInt32(symbol) << 20
      }
    }
  }

  enum Failure: Error {
    case overSubscribed, incomplete
  }

  let bits: Int
  private let alphabet: Alphabet
  let entries: UnsafeMutablePointer<UInt32>
  private let sorted: UnsafeMutablePointer<UInt16>
  private static let maximumLength = 15
  private static let maximumSymbols = 320
  /// What a complete code of 288 symbols and at most 15 bits can need beside a primary table of 11 bits is 2342 entries in all
  /// (Mark Adler's `enough`); other alphabets need fewer.
  private static let maximumEntries = 2400

  /// A table that decodes nothing yet.
  init(_ alphabet: Alphabet, bits: Int) {
    self.bits = bits
    self.alphabet = alphabet
    entries = .allocate(capacity: Self.maximumEntries)
    sorted = .allocate(capacity: Self.maximumSymbols)
  }

  deinit {
    entries.deallocate()
    sorted.deallocate()
  }

  /// Builds the canonical code with these code lengths (RFC 1951, section 3.2.2).
  ///
  /// A code must be complete. As in zlib, a code of one symbol in one bit will do too, and a block without matches needs no
  /// distance code.
  func build(_ lengths: UnsafeBufferPointer<UInt8>) throws(Failure) {
    var counts = [Int](repeating: 0, count: Self.maximumLength + 1)
    for length in lengths {
      counts[Int(length)] += 1
    }
    counts[0] = 0
    var room = 1
    var used = 0
    for length in 1...Self.maximumLength {
      room = room << 1 - counts[length]
      used += counts[length]
      if room < 0 {
        throw .overSubscribed
      }
    }
    let primary = 1 << bits
    if room > 0 {
      guard used == 0 ? alphabet == .distances : alphabet != .codeLengths && used == 1 && counts[1] == 1 else {
        throw .incomplete
      }
      entries.update(repeating: Self.invalid | 1, count: primary)
    }

    // The symbols in the order of their codes.
    var offsets = [Int](repeating: 0, count: Self.maximumLength + 1)
    for length in 1..<Self.maximumLength {
      offsets[length + 1] = offsets[length] + counts[length]
    }
    for symbol in 0..<lengths.count where lengths[symbol] != 0 {
      let length = Int(lengths[symbol])
      sorted[offsets[length]] = UInt16(symbol)
      offsets[length] += 1
    }

    var next = 0
    var code = 0
    var length = 1
    var subtable = primary
    var subtablePrefix = -1
    var subtableBits = 0
    var remaining = counts
    while next < used {
      while remaining[length] == 0 {
        length += 1
        code <<= 1
      }
      let entry = alphabet.entry(Int(sorted[next]))
      // The stream sends a code from its highest bit on, and the table is indexed with the first bit lowest.
      let reversed = Int(reverse(UInt32(code), length))
      if length <= bits {
        fill(entries, entry | UInt32(length), from: reversed, step: 1 << length, count: primary)
      } else {
        let prefix = reversed & (primary - 1)
        if prefix != subtablePrefix {
          subtable += subtablePrefix < 0 ? 0 : 1 << subtableBits
          subtablePrefix = prefix
          // As wide as the codes with this prefix need: widen until they fill it.
          subtableBits = length - bits
          var open = 1 << subtableBits - remaining[length]
          while open > 0, bits + subtableBits < Self.maximumLength {
            subtableBits += 1
            open = open << 1 - remaining[bits + subtableBits]
          }
          entries[prefix] = Self.link | UInt32(bits) | UInt32(subtableBits) << 8 | UInt32(subtable) << 20
        }
        fill(
          entries + subtable, entry | UInt32(length - bits), from: reversed >> bits, step: 1 << (length - bits),
          count: 1 << subtableBits)
      }
      remaining[length] -= 1
      code += 1
      next += 1
    }
  }

  private func fill(_ table: UnsafeMutablePointer<UInt32>, _ entry: UInt32, from: Int, step: Int, count: Int) {
    var index = from
    while index < count {
      table[index] = entry
      index &+= step
    }
  }

  private func reverse(_ code: UInt32, _ length: Int) -> UInt32 {
    var code = code
    var result: UInt32 = 0
    for _ in 0..<length {
      result = result << 1 | code & 1
      code >>= 1
    }
    return result
  }
}

/// What the symbols 257...285 stand for (RFC 1951, section 3.2.5): a base, and a number of bits to add to it.
enum LengthCode {
  static let count = 29
  static let bases: [UInt16] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
  ]

  static func extraBits(_ index: Int) -> UInt32 {
    index < 8 || index == 28 ? 0 : UInt32(index / 4 - 1)
  }
}

/// What the distance symbols stand for.
enum DistanceCode {
  static let count = 30
  static let bases: [UInt16] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193,
    12289, 16385, 24577,
  ]

  static func extraBits(_ index: Int) -> UInt32 {
    index < 4 ? 0 : UInt32(index / 2 - 1)
  }
}
