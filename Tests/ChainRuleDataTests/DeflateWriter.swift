/// Writes DEFLATE streams that use all of the format, for tests of its decoder: any block type, any complete code, matches at
/// any distance. It compresses nothing.
struct DeflateWriter {
  private(set) var bytes: [UInt8] = []
  /// What a decoder must make of it.
  private(set) var output: [UInt8] = []
  private var bitCount = 0

  /// Bits, the lowest first.
  mutating func bits(_ value: Int, _ count: Int) {
    for bit in 0..<count {
      if bitCount % 8 == 0 { bytes.append(0) }
      bytes[bytes.count - 1] |= UInt8(value >> bit & 1) << UInt8(bitCount % 8)
      bitCount += 1
    }
  }

  mutating func align() {
    bitCount = bytes.count * 8
  }

  mutating func header(isLast: Bool, type: Int) {
    bits(isLast ? 1 : 0, 1)
    bits(type, 2)
  }

  mutating func stored(_ data: [UInt8], isLast: Bool) {
    header(isLast: isLast, type: 0)
    align()
    bits(data.count, 16)
    bits(data.count ^ 0xFFFF, 16)
    bytes += data
    align()
    output += data
  }

  /// A block of `count` random symbols, with the fixed codes or with random complete ones.
  mutating func block(_ count: Int, fixed: Bool, isLast: Bool, _ generator: inout SeededGenerator) {
    header(isLast: isLast, type: fixed ? 1 : 2)
    let lengths: [Int]
    let distances: [Int]
    if fixed {
      lengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
      distances = Array(repeating: 5, count: 32)
    } else {
      lengths = Self.randomCode(286, using: Int.random(in: 2...286, using: &generator), keeping: 256, &generator)
      distances = Self.randomCode(30, using: Int.random(in: 2...30, using: &generator), keeping: 0, &generator)
      dynamicHeader(lengths, distances)
    }
    let literals = (0..<256).filter { lengths[$0] > 0 }
    let matches = (257..<286).filter { lengths[$0] > 0 }
    let lengthCodes = Self.canonical(lengths)
    let distanceCodes = Self.canonical(distances)
    for _ in 0..<count {
      let isMatch = !output.isEmpty && !matches.isEmpty && Bool.random(using: &generator)
      if isMatch, let symbol = matches.randomElement(using: &generator) {
        let reachable = (0..<30).filter { distances[$0] > 0 && Self.distanceBases[$0] <= output.count }
        guard let distanceSymbol = reachable.randomElement(using: &generator) else { continue }
        code(lengthCodes[symbol], lengths[symbol])
        let lengthExtra = symbol < 265 || symbol == 285 ? 0 : (symbol - 261) / 4
        let length = Int.random(in: 0..<1 << lengthExtra, using: &generator)
        bits(length, lengthExtra)
        code(distanceCodes[distanceSymbol], distances[distanceSymbol])
        let distanceExtra = distanceSymbol < 4 ? 0 : distanceSymbol / 2 - 1
        let most = min(1 << distanceExtra, output.count - Self.distanceBases[distanceSymbol] + 1)
        let distance = Int.random(in: 0..<most, using: &generator)
        bits(distance, distanceExtra)
        for _ in 0..<Self.lengthBases[symbol - 257] + length {
          output.append(output[output.count - Self.distanceBases[distanceSymbol] - distance])
        }
      } else if let symbol = literals.randomElement(using: &generator) {
        code(lengthCodes[symbol], lengths[symbol])
        output.append(UInt8(symbol))
      }
    }
    code(lengthCodes[256], lengths[256])
  }

  /// The code lengths, each written out with a code of 16 symbols of 4 bits; that of the third kind of zeros is left out.
  mutating func dynamicHeader(_ lengths: [Int], _ distances: [Int]) {
    bits(lengths.count - 257, 5)
    bits(distances.count - 1, 5)
    bits(19 - 4, 4)
    for symbol in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] {
      bits(symbol < 16 ? 4 : 0, 3)
    }
    for length in lengths + distances {
      code(length, 4)
    }
  }

  /// A Huffman code, whose highest bit comes first.
  mutating func code(_ code: Int, _ length: Int) {
    for bit in (0..<length).reversed() {
      bits(code >> bit & 1, 1)
    }
  }

  /// Random lengths of a complete code: leaves of a tree, split at random.
  private static func randomCode(
    _ symbols: Int, using used: Int, keeping kept: Int, _ generator: inout SeededGenerator
  ) -> [Int] {
    var leaves = [1, 1]
    while leaves.count < used {
      // Splitting a late leaf makes lopsided trees, hence long codes.
      let first = Bool.random(using: &generator) ? 0 : max(0, leaves.count - 3)
      let place = Int.random(in: first..<leaves.count, using: &generator)
      guard leaves[place] < 15 else { continue }
      leaves[place] += 1
      leaves.append(leaves[place])
    }
    var order = Array(0..<symbols).shuffled(using: &generator)
    order.removeAll { $0 == kept }
    order.insert(kept, at: 0)
    var lengths = [Int](repeating: 0, count: symbols)
    for (symbol, length) in zip(order, leaves.shuffled(using: &generator)) {
      lengths[symbol] = length
    }
    return lengths
  }

  private static func canonical(_ lengths: [Int]) -> [Int] {
    var codes = [Int](repeating: 0, count: lengths.count)
    var next = 0
    for length in 1...15 {
      next <<= 1
      for symbol in lengths.indices where lengths[symbol] == length {
        codes[symbol] = next
        next += 1
      }
    }
    return codes
  }

  private static let lengthBases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
  ]
  private static let distanceBases = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193,
    12289, 16385, 24577,
  ]
}
