public import ChainRule

/// A file of tokens, numbers of 16 or 32 bits one after the other, as nanoGPT prepares them. A large file is mapped: only what is used is read.
///
///     try TokenFile.write(tokens, as: .uint16, to: "train.bin")
///     let file = try TokenFile("train.bin", .uint16)
///     for (x, y) in DataLoader(TokenWindows(file, length: 256), batchSize: 12, shuffle: true) { ... }   // y is x one token later
public struct TokenFile: Sendable {
  /// The size of a token.
  public enum Width: Sendable, Hashable {
    /// Up to 65535.
    case uint16
    /// Up to 4294967295.
    case uint32

    var size: Int { self == .uint16 ? 2 : 4 }
  }

  private let bytes: Bytes
  private let width: Width
  /// The number of tokens.
  public let count: Int

  /// Opens the file at `path`, little-endian.
  ///
  /// - Throws: `FormatError` where its size is no whole number of tokens.
  public init(_ path: String, _ width: Width) throws(FormatError) {
    bytes = try FileBytes.read(path)
    self.width = width
    guard bytes.count % width.size == 0 else {
      throw FormatError(
        file: path, place: .byte(bytes.count / width.size * width.size), "the last token is cut short; each has \(width.size) bytes")
    }
    count = bytes.count / width.size
  }

  /// The tokens in `range`, int64.
  public subscript(range: Range<Int>) -> Tensor {
    guard range.lowerBound >= 0, range.upperBound <= count else {
      refuse(
        TensorError(
          .index, "tokens \(range) are out of range", hint: "There are \(count) tokens, counted from 0.", operation: "TokenFile"))
      return Tensor.zeros([0], dtype: .int64)
    }
    let part = bytes[range.lowerBound * width.size..<range.upperBound * width.size]
    return part.withUnsafeBytes { buffer in
      let tokens = (0..<range.count).map { i in
        width == .uint16 ? Int(buffer.littleEndian(UInt16.self, at: 2 * i)) : Int(buffer.littleEndian(UInt32.self, at: 4 * i))
      }
      return Tensor(tokens)
    }
  }

  /// Writes tokens.
  ///
  /// - Throws: `FormatError` for a token that does not fit, or where the file cannot be written; what was there before is there still.
  public static func write(_ tokens: [Int], as width: Width, to path: String) throws {
    let largest = width == .uint16 ? Int(UInt16.max) : Int(UInt32.max)
    try writeAtomically(to: path) { writer in
      var part: [UInt8] = []
      for (i, token) in tokens.enumerated() {
        guard (0...largest).contains(token) else {
          throw FormatError(file: path, place: .byte(i * width.size), "the token \(token) does not fit into \(8 * width.size) bits")
        }
        for byte in 0..<width.size { part.append(UInt8(truncatingIfNeeded: token >> (8 * byte))) }
        if part.count >= 1 << 16 {
          try writer.write(part)
          part.removeAll(keepingCapacity: true)
        }
      }
      try writer.write(part)
    }
  }
}

/// Every stretch of so many tokens of a file, with the stretch one token later: what a language model learns from.
public struct TokenWindows: SampleDataset {
  private let file: TokenFile
  private let length: Int

  /// The stretches of `length` tokens of `file`.
  public init(_ file: TokenFile, length: Int) {
    self.file = file
    self.length = Swift.max(length, 1)
    if length < 1 || length >= file.count {
      refuse(
        TensorError(
          .argument, "stretches of \(length) tokens of a file of \(file.count)", hint: "A stretch and the token behind it are in the file.",
          operation: "TokenWindows"))
    }
  }

  /// One for each token that a stretch can begin with.
  public var count: Int { Swift.max(file.count - length, 0) }

  /// The tokens from `index` on, and those one later.
  public subscript(index: Int) -> (Tensor, Tensor) {
    get throws {
      let start = try checked(index), tokens = file[start..<start + length + 1]
      return (tokens.narrow(dim: 0, start: 0, count: length), tokens.narrow(dim: 0, start: 1, count: length))
    }
  }
}
