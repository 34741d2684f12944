#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where the fields of a CSV file are (RFC 4180): records end with CRLF or LF, or with CR where the file has no LF at all, fields with
/// the delimiter; a field in quotes may hold all of these, and quotes that are doubled. The text stays where it is.
struct CSVIndex: Sendable {
  struct Field {
    /// The text without its quotes.
    var start: Int
    var count: Int
    /// Whether doubled quotes in it stand for single ones.
    var hasDoubledQuotes: Bool
    var isQuoted: Bool
  }

  struct Record {
    /// The index of its first field.
    let start: Int
    /// The line it begins on, from one; a quoted field may continue it on further lines.
    let line: Int
    /// The byte it begins with.
    let offset: Int
  }

  /// The most bytes a record may have: two bits beside their number say whether a field is quoted, and has doubled quotes.
  private static let longest = 1 << 30
  private static let quotedBit: UInt32 = 1 << 31
  private static let doubledBit: UInt32 = 1 << 30

  let bytes: Bytes
  /// What stands between fields: as given, or as the file's own first line, `sep=;`, says.
  private(set) var delimiter: UInt8
  /// Whether lines end with CR, as old systems wrote them: the file has no LF.
  private var hasOnlyReturns = false
  /// Where each field ends, from the beginning of its record, with its quotes and the two bits: a table has many, so they are small.
  private var ends: [UInt32] = []
  private(set) var records: [Record] = []

  init(_ bytes: Bytes, delimiter: UInt8, file: String) throws(FormatError) {
    self.bytes = bytes
    self.delimiter = delimiter
    try bytes.withUnsafeBytes { (buffer) throws(FormatError) in
      if buffer.starts(with: [0xFF, 0xFE]) || buffer.starts(with: [0xFE, 0xFF]) {
        throw FormatError(file: file, place: .byte(0), "the text is UTF-16; save it as UTF-8")
      }
      if let offset = firstInvalidUTF8(buffer) {
        let line = buffer[..<offset].reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
        throw FormatError(file: file, place: .line(line), "byte \(offset) of the file is not UTF-8")
      }
      if let base = buffer.baseAddress, let zero = memchr(base, 0, buffer.count) {
        throw Self.zeroByte(buffer, at: base.distance(to: UnsafeRawPointer(zero)), delimiter, file)
      }
      try scan(buffer.bindMemory(to: UInt8.self), file)
    }
  }

  /// No text holds a zero byte: it is UTF-16 without a byte order mark, or a damaged or binary file.
  private static func zeroByte(_ text: UnsafeRawBufferPointer, at offset: Int, _ delimiter: UInt8, _ file: String) -> FormatError {
    let before = text[..<offset], newline = UInt8(ascii: "\n")
    let line = before.count { $0 == newline } + 1
    let start = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
    let field = before[start...].count { $0 == delimiter } + 1
    return FormatError(
      file: file, place: .line(line),
      "a zero byte in field \(field) (byte \(offset) of the file): the file is damaged, or no UTF-8 text")
  }

  /// Passes a first line of the form `sep=;`, by which Excel is told the delimiter.
  private mutating func readSeparatorLine(_ text: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ line: inout Int) {
    let key = Array("sep=".utf8)
    guard text.count >= position + key.count + 1, text[position...].starts(with: key) else { return }
    let separator = text[position + key.count]
    guard separator < 0x80, !"\"\n\r".utf8.contains(separator) else { return }
    var end = position + key.count + 1
    if end < text.count, text[end] == UInt8(ascii: "\r") { end += 1 }
    let isEnd = end == text.count || hasOnlyReturns && text[end - 1] == UInt8(ascii: "\r")
    guard isEnd || text[end] == UInt8(ascii: "\n") else { return }
    delimiter = separator
    position = isEnd ? end : end + 1
    line = 2
  }

  /// The number of fields of a record.
  func fieldCount(_ record: Int) -> Int {
    (record + 1 < records.count ? records[record + 1].start : ends.count) - records[record].start
  }

  /// A field of a record.
  func field(_ record: Int, _ position: Int) -> Field {
    let place = records[record], index = place.start + position
    func end(_ index: Int) -> Int { place.offset + Int(ends[index] & (Self.doubledBit - 1)) }
    // What stands between fields is one byte.
    let start = position == 0 ? place.offset : end(index - 1) + 1, bits = ends[index], quote = bits & Self.quotedBit == 0 ? 0 : 1
    return Field(
      start: start + quote, count: end(index) - start - 2 * quote, hasDoubledQuotes: bits & Self.doubledBit != 0, isQuoted: quote == 1)
  }

  /// The text of a field, as it is meant.
  func text(_ field: Field) -> String {
    withBytes(field) { bytes in
      guard field.hasDoubledQuotes else { return String(decoding: bytes, as: UTF8.self) }
      var result: [UInt8] = []
      var position = 0
      while position < bytes.count {
        result.append(bytes[position])
        position += bytes[position] == UInt8(ascii: "\"") ? 2 : 1
      }
      return String(decoding: result, as: UTF8.self)
    }
  }

  /// The bytes of a field as they stand in the file.
  func withBytes<Result>(_ field: Field, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    bytes.withUnsafeBytes {
      body(UnsafeBufferPointer(rebasing: $0.bindMemory(to: UInt8.self)[field.start..<field.start + field.count]))
    }
  }

  private mutating func scan(_ text: UnsafeBufferPointer<UInt8>, _ file: String) throws(FormatError) {
    var line = 1
    hasOnlyReturns = !text.contains(UInt8(ascii: "\n"))
    // Editors of one system put a byte order mark before UTF-8.
    var position = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    readSeparatorLine(text, &position, &line)
    let delimiter = delimiter
    // The text has about as many fields as delimiters in its first part say.
    let sample = text.prefix(1 << 16)
    let ends = sample.reduce(0) { $0 + ($1 == delimiter || $1 == UInt8(ascii: "\n") ? 1 : 0) }
    self.ends.reserveCapacity(ends * (text.count / max(sample.count, 1) + 1))
    while position < text.count {
      let record = Record(start: self.ends.count, line: line, offset: position)
      records.append(record)
      var isOpen = true
      while isOpen {
        var bits: UInt32 = 0
        if position < text.count && text[position] == UInt8(ascii: "\"") {
          bits = Self.quotedBit | (try quoted(text, &position, &line, file) ? Self.doubledBit : 0)
        } else {
          try unquoted(text, &position, delimiter, line, file)
        }
        guard position - record.offset < Self.longest else {
          throw FormatError(file: file, place: .line(record.line), "a row of more than \(Self.longest - 1) bytes")
        }
        self.ends.append(UInt32(position - record.offset) | bits)
        isOpen = try endOfField(text, &position, delimiter, &line, file)
      }
    }
  }

  /// Passes a field without quotes.
  private func unquoted(
    _ text: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ delimiter: UInt8, _ line: Int, _ file: String
  ) throws(FormatError) {
    while position < text.count {
      let byte = text[position]
      if byte == delimiter || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
      if byte == UInt8(ascii: "\"") {
        throw FormatError(file: file, place: .line(line), "a quotation mark within a field that does not begin with one")
      }
      position &+= 1
    }
  }

  /// Passes a field in quotes; whether quotes are doubled in it.
  private func quoted(
    _ text: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ line: inout Int, _ file: String
  ) throws(FormatError) -> Bool {
    let firstLine = line
    var hasDoubledQuotes = false
    position += 1
    while position < text.count {
      if text[position] == UInt8(ascii: "\n") || hasOnlyReturns && text[position] == UInt8(ascii: "\r") {
        line += 1
      } else if text[position] == UInt8(ascii: "\"") {
        guard position + 1 < text.count, text[position + 1] == UInt8(ascii: "\"") else {
          position += 1
          return hasDoubledQuotes
        }
        hasDoubledQuotes = true
        position += 1
      }
      position &+= 1
    }
    throw FormatError(file: file, place: .line(firstLine), "a quoted field without an end")
  }

  /// Passes what ends a field; false when it ends the record too.
  private func endOfField(
    _ text: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ delimiter: UInt8, _ line: inout Int, _ file: String
  ) throws(FormatError) -> Bool {
    guard position < text.count else { return false }
    switch text[position] {
    case UInt8(ascii: "\r") where hasOnlyReturns:
      position &+= 1
    case delimiter:
      position &+= 1
      return true
    case UInt8(ascii: "\n"):
      position &+= 1
    case UInt8(ascii: "\r"):
      guard position + 1 < text.count, text[position + 1] == UInt8(ascii: "\n") else {
        throw FormatError(
          file: file, place: .line(line), "a carriage return without a line feed after it; lines end with LF or CRLF")
      }
      position &+= 2
    default:
      throw FormatError(file: file, place: .line(line), "text after the end of a quoted field")
    }
    line += 1
    return false
  }
}
