/// Reads a stream of bits, the lowest of each byte first (RFC 1951, section 3.1.1).
struct BitReader {
  let input: UnsafePointer<UInt8>
  let inputCount: Int
  /// The next byte to enter the buffer.
  private(set) var position: Int
  /// Bits read ahead, the next one lowest. Above `available` it holds zeros or bits of the bytes from `position` on.
  private(set) var buffer: UInt64 = 0
  /// How many bits of the buffer count. Negative when more were dropped than there were: the input is cut short.
  private(set) var available = 0

  init(_ input: UnsafePointer<UInt8>, count: Int, at position: Int) {
    self.input = input
    inputCount = count
    self.position = position
  }

  var isPastEnd: Bool {
    @inline(__always) get { available < 0 }
  }

  /// Where the next bit is, to the byte.
  var byteOffset: Int {
    min(position - max(available, 0) / 8, inputCount)
  }

  /// Fills the buffer to at least 56 bits, or with all that is left. Not to be called past the end.
  @inline(__always)
  mutating func refill() {
    if position &+ 8 <= inputCount {
      let word = UnsafeRawPointer(input + position).loadUnaligned(as: UInt64.self)
      buffer |= UInt64(littleEndian: word) &<< UInt64(truncatingIfNeeded: available)
      position &+= (63 &- available) &>> 3
      available |= 56
    } else {
      refillAtEnd()
    }
  }

  private mutating func refillAtEnd() {
    while available <= 56, position < inputCount {
      buffer |= UInt64(input[position]) &<< UInt64(truncatingIfNeeded: available)
      position &+= 1
      available &+= 8
    }
  }

  /// The next `count` bits, fewer than 32, zeros beyond the end; they stay.
  @inline(__always)
  func peek(_ count: UInt32) -> Int {
    Int(truncatingIfNeeded: buffer & (1 &<< UInt64(count) &- 1))
  }

  @inline(__always)
  mutating func drop(_ count: UInt32) {
    buffer &>>= UInt64(count)
    available &-= Int(truncatingIfNeeded: count)
  }

  /// Looks up the next symbol of a code and drops its bits.
  @inline(__always)
  mutating func symbol(_ entries: UnsafeMutablePointer<UInt32>, bits: UInt32) -> UInt32 {
    var entry = entries[peek(bits)]
    if entry & HuffmanTable.link != 0 {
      drop(bits)
      entry = entries[Int(truncatingIfNeeded: entry &>> 20) &+ peek((entry &>> 8) & 0xFF)]
    }
    drop(entry & 0xFF)
    return entry
  }

  /// Gives back the whole bytes read ahead and forgets the rest of the current one.
  mutating func alignToByte() {
    position -= available / 8
    buffer = 0
    available = 0
  }

  /// Moves past `count` bytes; only when aligned.
  mutating func advance(_ count: Int) {
    position += count
  }
}
