/// Decodes DEFLATE streams (RFC 1951), strictly: whatever the format forbids is an error, and no input can make it write
/// beyond `limit` or read what is not there.
struct Inflater: ~Copyable {
  private var bits: BitReader
  private var output: ByteBuilder
  private(set) var count = 0
  /// Where the output of the current stream began: a distance may not reach before it.
  private var streamStart = 0
  private let limit: Int

  /// Whether the tables hold the fixed codes: a file of many tiny blocks must not have them built for each.
  private var hasFixedCodes = false
  private let codeLengthTable = HuffmanTable(.codeLengths, bits: 7)
  private let lengthTable = HuffmanTable(.literalsAndLengths, bits: 11)
  private let distanceTable = HuffmanTable(.distances, bits: 8)

  /// Room beyond what must fit: two literals, the longest match, and a word because matches are copied in whole words.
  private static let slack = 2 + 258 + 8

  private init(_ bits: BitReader, output: consuming ByteBuilder, limit: Int) {
    self.bits = bits
    self.output = output
    self.limit = limit
  }

  /// A decoder of streams in `input`, with room for `expected` bytes at first; more than `limit` bytes are an error.
  static func of(_ input: UnsafeRawBufferPointer, expected: Int, limit: Int) throws(DataError) -> Inflater {
    guard let base = input.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
      throw DataError(0, cutShort)
    }
    // DEFLATE expands at most 1032-fold, so a false expectation costs no more memory than the input could fill.
    let most = input.count.multipliedReportingOverflow(by: 1032)
    let limit = min(limit, .max - slack)
    let room = min(expected, limit, most.overflow ? .max : most.partialValue)
    guard let output = ByteBuilder(capacity: room + slack) else {
      throw DataError(0, "there is no memory for \(room) bytes")
    }
    return Inflater(BitReader(base, count: input.count, at: 0), output: output, limit: limit)
  }

  /// Decodes the stream that begins at byte `start`, and returns the offset of the byte after it and its output, which is valid
  /// until the next call.
  mutating func stream(at start: Int) throws(DataError) -> (end: Int, output: UnsafeRawBufferPointer) {
    bits = BitReader(bits.input, count: bits.inputCount, at: start)
    streamStart = count
    var isLast = false
    repeat {
      isLast = try take(1) == 1
      switch try take(2) {
      case 0: try stored()
      case 1:
        try fixedCodes()
        try symbols()
      case 2:
        try dynamicCodes()
        try symbols()
      default: throw error("a block of the reserved type 3")
      }
    } while !isLast
    bits.alignToByte()
    return (bits.position, UnsafeRawBufferPointer(start: output.base + streamStart, count: count - streamStart))
  }

  /// The beginning of what the stream in `input` expands to: at least `count` bytes, or all there are.
  static func prefix(of input: UnsafeRawBufferPointer, count: Int) throws(DataError) -> Bytes {
    // The limit is noticed between symbols or stored blocks, which are at most this long.
    let limit = count + 0xFFFF
    var inflater = try of(input, expected: limit, limit: limit)
    do throws(DataError) {
      _ = try inflater.stream(at: 0)
    } catch {
      if inflater.count < count { throw error }
    }
    return inflater.finish()
  }

  /// The output of all streams.
  consuming func finish() -> Bytes {
    output.finish(count: count)
  }

  private static let cutShort = "the compressed data is cut short"

  private func error(_ message: String) -> DataError {
    DataError(bits.byteOffset, message)
  }

  private mutating func take(_ count: UInt32) throws(DataError) -> Int {
    bits.refill()
    let result = bits.peek(count)
    bits.drop(count)
    guard !bits.isPastEnd else {
      throw error(Self.cutShort)
    }
    return result
  }

  /// Makes room for `more` bytes.
  private mutating func reserve(_ more: Int) throws(DataError) {
    let needed = count + more + Self.slack
    if needed > output.capacity {
      let capacity = max(needed, min(output.capacity * 2, limit + Self.slack))
      guard output.grow(to: capacity) else {
        throw error("there is no memory for \(capacity) bytes")
      }
    }
  }

  private func limitError() -> DataError {
    error("the data expands to more than the \(limit) bytes accepted here")
  }

  private mutating func stored() throws(DataError) {
    bits.alignToByte()
    guard bits.inputCount - bits.position >= 4 else {
      throw error(Self.cutShort)
    }
    let header = UnsafeRawPointer(bits.input + bits.position)
    let length = UInt16(littleEndian: header.loadUnaligned(as: UInt16.self))
    let complement = UInt16(littleEndian: header.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
    guard length == ~complement else {
      throw error("the length of a stored block and its complement disagree")
    }
    bits.advance(4)
    let size = Int(length)
    guard bits.inputCount - bits.position >= size else {
      throw error(Self.cutShort)
    }
    guard size <= limit - count else {
      throw limitError()
    }
    try reserve(size)
    (output.base + count).copyMemory(from: bits.input + bits.position, byteCount: size)
    bits.advance(size)
    count += size
  }

  private mutating func fixedCodes() throws(DataError) {
    guard !hasFixedCodes else { return }
    hasFixedCodes = true
    var lengths = [UInt8](repeating: 8, count: 288)
    for symbol in 144..<256 { lengths[symbol] = 9 }
    for symbol in 256..<280 { lengths[symbol] = 7 }
    try build(lengthTable, lengths[...], "length")
    try build(distanceTable, [UInt8](repeating: 5, count: 32)[...], "distance")
  }

  private mutating func dynamicCodes() throws(DataError) {
    hasFixedCodes = false
    let lengthCount = try take(5) + 257
    let distanceCount = try take(5) + 1
    let codeLengthCount = try take(4) + 4
    guard lengthCount <= 286 else {
      throw error("\(lengthCount) literal and length codes, where 286 are the most")
    }
    guard distanceCount <= DistanceCode.count else {
      throw error("\(distanceCount) distance codes, where \(DistanceCode.count) are the most")
    }
    let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    var codeLengths = [UInt8](repeating: 0, count: 19)
    for symbol in order.prefix(codeLengthCount) {
      codeLengths[symbol] = UInt8(try take(3))
    }
    try build(codeLengthTable, codeLengths[...], "code length")

    let total = lengthCount + distanceCount
    var lengths: [UInt8] = []
    lengths.reserveCapacity(total + 138)
    while lengths.count < total {
      bits.refill()
      let symbol = UInt8(bits.symbol(codeLengthTable.entries, bits: 7) >> 20)
      guard !bits.isPastEnd else {
        throw error(Self.cutShort)
      }
      switch symbol {
      case 16:
        guard let last = lengths.last else {
          throw error("the first code length repeats the one before it")
        }
        try lengths.append(contentsOf: repeatElement(last, count: take(2) + 3))
      case 17: try lengths.append(contentsOf: repeatElement(0, count: take(3) + 3))
      case 18: try lengths.append(contentsOf: repeatElement(0, count: take(7) + 11))
      default: lengths.append(symbol)
      }
    }
    guard lengths.count == total else {
      throw error("more code lengths than the \(total) announced")
    }
    guard lengths[256] != 0 else {
      throw error("no code ends the block")
    }
    try build(lengthTable, lengths[..<lengthCount], "length")
    try build(distanceTable, lengths[lengthCount...], "distance")
  }

  private func build(_ table: borrowing HuffmanTable, _ lengths: ArraySlice<UInt8>, _ name: String) throws(DataError) {
    do throws(HuffmanTable.Failure) {
      try lengths.withUnsafeBufferPointer { (lengths) throws(HuffmanTable.Failure) in try table.build(lengths) }
    } catch {
      switch error {
      case .overSubscribed: throw self.error("the \(name) code has more symbols than its lengths leave room for")
      case .incomplete: throw self.error("the \(name) code is incomplete")
      }
    }
  }

  /// The symbols of one block, up to its end.
  ///
  /// The state is in local variables here, and the end of the input is looked for once a round: past it there are only zeros,
  /// which decode to something, and the error follows.
  private mutating func symbols() throws(DataError) {
    let lengthEntries = lengthTable.entries
    let distanceEntries = distanceTable.entries
    let lengthBases = LengthCode.bases
    let distanceBases = DistanceCode.bases
    var bits = self.bits
    var count = self.count
    var bytes = output.base.assumingMemoryBound(to: UInt8.self)
    /// Up to this count a round needs no look at the capacity or the limit.
    var safeCount = min(output.capacity - Self.slack, limit)
    let failure: String?
    rounds: while true {
      if count > safeCount {
        self.count = count
        self.bits = bits
        guard count <= limit else { throw limitError() }
        try reserve(Self.slack)
        bytes = output.base.assumingMemoryBound(to: UInt8.self)
        safeCount = min(output.capacity - Self.slack, limit)
      }
      bits.refill()
      var entry = bits.symbol(lengthEntries, bits: 11)
      if entry & HuffmanTable.literal != 0 {
        bytes[count] = UInt8(truncatingIfNeeded: entry &>> 20)
        count &+= 1
        entry = bits.symbol(lengthEntries, bits: 11)
        if entry & HuffmanTable.literal != 0 {
          bytes[count] = UInt8(truncatingIfNeeded: entry &>> 20)
          count &+= 1
          if bits.isPastEnd {
            failure = Self.cutShort
            break
          }
          continue
        }
        if bits.isPastEnd {
          failure = Self.cutShort
          break
        }
        bits.refill()
      }
      if entry & (HuffmanTable.endOfBlock | HuffmanTable.invalid) != 0 {
        failure =
          bits.isPastEnd ? Self.cutShort : entry & HuffmanTable.invalid != 0 ? "a code without a symbol" : nil
        break
      }
      // A length and a distance with their extra bits take at most 48 bits together.
      let lengthBits = (entry &>> 8) & 0xFF
      let length = Int(lengthBases[Int(truncatingIfNeeded: entry &>> 20)]) &+ bits.peek(lengthBits)
      bits.drop(lengthBits)
      entry = bits.symbol(distanceEntries, bits: 8)
      if entry & HuffmanTable.invalid != 0 {
        failure = bits.isPastEnd ? Self.cutShort : "a distance code without a distance"
        break
      }
      let distanceBits = (entry &>> 8) & 0xFF
      let distance = Int(distanceBases[Int(truncatingIfNeeded: entry &>> 20)]) &+ bits.peek(distanceBits)
      bits.drop(distanceBits)
      if bits.isPastEnd {
        failure = Self.cutShort
        break
      }
      guard distance <= count &- streamStart else {
        failure = "a distance of \(distance) where the output has \(count - streamStart) bytes"
        break
      }
      copyMatch(bytes + count, distance, length)
      count &+= length
    }
    self.bits = bits
    self.count = count
    if let failure { throw error(failure) }
    guard count <= limit else { throw limitError() }
  }
}

/// Repeats `length` bytes from `distance` back, which may overlap what is being written; up to seven bytes more are written.
@inline(__always)
private func copyMatch(_ to: UnsafeMutablePointer<UInt8>, _ distance: Int, _ length: Int) {
  let from = to - distance
  if distance >= 8 {
    let from = UnsafeRawPointer(from)
    let to = UnsafeMutableRawPointer(to)
    var index = 0
    repeat {
      to.storeBytes(of: from.loadUnaligned(fromByteOffset: index, as: UInt64.self), toByteOffset: index, as: UInt64.self)
      index &+= 8
    } while index < length
  } else if distance == 1 {
    to.update(repeating: from.pointee, count: length)
  } else {
    for index in 0..<length {
      to[index] = from[index]
    }
  }
}
