/// A zip archive, open for reading: its directory is checked as a whole, its members are read when they are asked for.
///
/// The format is PKWARE's APPNOTE 6.3. A member's description is there twice, before its data and in the directory at the end,
/// and readers that trust different ones can be told different stories; so both must agree, and no two members may share
/// bytes. Stored and deflated members are read, with 64-bit sizes; archives in parts are not. A member that is encrypted or compressed
/// otherwise hides none of the others.
struct ZipArchive {
  struct Member {
    let name: String
    let isDeflated: Bool
    /// Why its contents cannot be read, and where the file says so; nil where they can.
    let problem: DataError?
    let checksum: UInt32
    let size: Int
    /// Where its local header begins.
    let start: Int
    /// Where its data is.
    let data: Range<Int>
  }

  private let bytes: Bytes
  let members: [Member]

  init(_ bytes: Bytes) throws(DataError) {
    self.bytes = bytes
    members = try bytes.withUnsafeBytes { (buffer) throws(DataError) in
      let directory = try ZipDirectory(buffer)
      let members = try directory.members()
      try Self.checkLayout(members, end: directory.range.lowerBound)
      return members
    }
  }

  /// The contents of `member`, expanded and checked.
  func contents(_ member: Member) throws(DataError) -> Bytes {
    if let problem = member.problem { throw problem }
    let data = bytes[member.data]
    let contents = member.isDeflated ? try inflate(data, member) : data
    guard CRC32.checksum(contents) == member.checksum else {
      throw DataError(member.data.lowerBound, "the checksum does not match the data")
    }
    return contents
  }

  /// The beginning of the contents, at least `count` bytes of them or all; the checksum, which is that of all, is not looked at.
  func prefix(_ member: Member, count: Int) throws(DataError) -> Bytes {
    if let problem = member.problem { throw problem }
    guard member.isDeflated else { return bytes[member.data.prefix(count)] }
    do throws(DataError) {
      return try bytes[member.data].withUnsafeBytes { (buffer) throws(DataError) in try Inflater.prefix(of: buffer, count: count) }
    } catch {
      throw DataError(member.data.lowerBound + error.offset, error.message)
    }
  }

  private func inflate(_ data: Bytes, _ member: Member) throws(DataError) -> Bytes {
    let base = member.data.lowerBound
    do throws(DataError) {
      return try data.withUnsafeBytes { (buffer) throws(DataError) in
        var inflater = try Inflater.of(buffer, expected: member.size, limit: member.size)
        let (end, output) = try inflater.stream(at: 0)
        guard end == buffer.count, output.count == member.size else {
          throw DataError(end, "the data expands to \(output.count) bytes, \(member.size) were announced")
        }
        return inflater.finish()
      }
    } catch {
      throw DataError(base + error.offset, error.message)
    }
  }

  private static func checkLayout(_ members: [Member], end: Int) throws(DataError) {
    var names: Set<String> = []
    for member in members where !names.insert(member.name).inserted {
      throw DataError(member.start, "the name \(quoted(member.name)) appears twice")
    }
    var previousEnd = 0
    for member in members.sorted(by: { $0.start < $1.start }) {
      guard member.start >= previousEnd else {
        throw DataError(member.start, "the member \(quoted(member.name)) overlaps another")
      }
      previousEnd = member.data.upperBound
    }
    guard previousEnd <= end else {
      throw DataError(end, "the data of a member runs into the directory")
    }
  }
}

/// The directory at the end of a zip archive.
private struct ZipDirectory {
  let bytes: UnsafeRawBufferPointer
  let range: Range<Int>
  let count: Int

  private static let endSize = 22
  private static let locatorSize = 20
  private static let end64Size = 56
  private static let entrySize = 46
  private static let localSize = 30

  init(_ bytes: UnsafeRawBufferPointer) throws(DataError) {
    self.bytes = bytes
    let end = try Self.findEnd(bytes)
    var directoryEnd = end
    var (count, size) = (Int(bytes.littleEndian(UInt16.self, at: end + 10)), Int(bytes.littleEndian(UInt32.self, at: end + 12)))
    var start = Int(bytes.littleEndian(UInt32.self, at: end + 16))
    guard bytes.littleEndian(UInt32.self, at: end + 4) == 0, bytes.littleEndian(UInt16.self, at: end + 8) == count else {
      throw DataError(end, "the archive is one part of several")
    }
    let locator = end - Self.locatorSize
    if locator >= 0, bytes.littleEndian(UInt32.self, at: locator) == 0x0706_4B50 {
      let claimed = bytes.littleEndian(UInt64.self, at: locator + 8)
      guard let end64 = Int(exactly: claimed), end64 == locator - Self.end64Size, end64 >= 0,
        bytes.littleEndian(UInt32.self, at: end64) == 0x0606_4B50,
        bytes.littleEndian(UInt64.self, at: end64 + 4) == UInt64(Self.end64Size - 12)
      else {
        throw DataError(locator, "the 64-bit end of the directory is not where it is said to be")
      }
      let values = [UInt64](unsafeUninitializedCapacity: 4) { buffer, count in
        for index in 0..<4 { buffer.initializeElement(at: index, to: bytes.littleEndian(UInt64.self, at: end64 + 24 + 8 * index)) }
        count = 4
      }
      guard bytes.littleEndian(UInt64.self, at: end64 + 16) == 0, values[0] == values[1] else {
        throw DataError(end64, "the archive is one part of several")
      }
      for (small, sentinel, large) in [(count, 0xFFFF, values[1]), (size, 0xFFFF_FFFF, values[2]), (start, 0xFFFF_FFFF, values[3])]
      where small != sentinel && UInt64(small) != large {
        throw DataError(end64, "the 64-bit end of the directory disagrees with the other")
      }
      guard let count64 = Int(exactly: values[1]), let size64 = Int(exactly: values[2]), let start64 = Int(exactly: values[3]) else {
        throw DataError(end64, "the directory is larger than the file")
      }
      (count, size, start) = (count64, size64, start64)
      directoryEnd = end64
    }
    guard size <= directoryEnd, start == directoryEnd - size else {
      throw DataError(end, "the directory is not where it is said to be")
    }
    guard count <= size / Self.entrySize else {
      throw DataError(end, "the directory is too small for its \(count) entries")
    }
    range = start..<directoryEnd
    self.count = count
  }

  /// The end record, which a comment may follow up to the end of the file.
  private static func findEnd(_ bytes: UnsafeRawBufferPointer) throws(DataError) -> Int {
    var position = bytes.count - endSize
    let lowest = max(0, position - 0xFFFF)
    while position >= lowest {
      if bytes.littleEndian(UInt32.self, at: position) == 0x0605_4B50,
        Int(bytes.littleEndian(UInt16.self, at: position + 20)) == bytes.count - position - endSize
      {
        return position
      }
      position -= 1
    }
    throw DataError(bytes.count, "not a zip archive, or cut short: there is no directory at its end")
  }

  func members() throws(DataError) -> [ZipArchive.Member] {
    var members: [ZipArchive.Member] = []
    var position = range.lowerBound
    for _ in 0..<count {
      guard range.upperBound - position >= Self.entrySize, bytes.littleEndian(UInt32.self, at: position) == 0x0201_4B50 else {
        throw DataError(position, "expected an entry of the directory")
      }
      let lengths = [28, 30, 32].map { Int(bytes.littleEndian(UInt16.self, at: position + $0)) }
      let end = position + Self.entrySize + lengths.reduce(0, +)
      guard end <= range.upperBound else {
        throw DataError(position, "an entry of the directory runs past its end")
      }
      members.append(try member(at: position, nameLength: lengths[0], extraLength: lengths[1]))
      position = end
    }
    guard position == range.upperBound else {
      throw DataError(position, "bytes after the last entry of the directory")
    }
    return members
  }

  private func member(at entry: Int, nameLength: Int, extraLength: Int) throws(DataError) -> ZipArchive.Member {
    let nameStart = entry + Self.entrySize
    let nameBytes = UnsafeRawBufferPointer(rebasing: bytes[nameStart..<nameStart + nameLength])
    let flags = bytes.littleEndian(UInt16.self, at: entry + 8)
    let isUTF8 = firstInvalidUTF8(nameBytes) == nil
    guard isUTF8 || flags & 0x800 == 0 else {
      throw DataError(nameStart, "a name that is not UTF-8, though the entry says so")
    }
    let name = isUTF8 ? String(decoding: nameBytes, as: UTF8.self) : String(nameBytes.map(Self.codePage437))
    let method = bytes.littleEndian(UInt16.self, at: entry + 10)
    var problem: DataError?
    if flags & 0x2061 != 0 {
      problem = DataError(entry, "the member \(quoted(name)) is encrypted or patched")
    } else if method != 0 && method != 8 {
      problem = DataError(entry, "the member \(quoted(name)) is compressed by method \(method); only DEFLATE, 8, is read")
    }
    guard bytes.littleEndian(UInt16.self, at: entry + 34) == 0 else {
      throw DataError(entry, "the archive is one part of several")
    }
    let checksum = bytes.littleEndian(UInt32.self, at: entry + 16)
    var extra = Zip64Extra(bytes, nameStart + nameLength..<nameStart + nameLength + extraLength)
    guard let size = extra.value(bytes.littleEndian(UInt32.self, at: entry + 24)),
      let packed = extra.value(bytes.littleEndian(UInt32.self, at: entry + 20)),
      let start = extra.value(bytes.littleEndian(UInt32.self, at: entry + 42))
    else {
      throw DataError(entry, "the member \(quoted(name)) has no valid size")
    }

    guard start <= range.lowerBound - Self.localSize, bytes.littleEndian(UInt32.self, at: start) == 0x0403_4B50 else {
      throw DataError(entry, "the member \(quoted(name)) is not where the directory says")
    }
    let localName = start + Self.localSize
    let localExtra = localName + Int(bytes.littleEndian(UInt16.self, at: start + 26))
    let dataStart = localExtra + Int(bytes.littleEndian(UInt16.self, at: start + 28))
    guard dataStart <= range.lowerBound, packed <= range.lowerBound - dataStart else {
      throw DataError(start, "the data of the member \(quoted(name)) runs into the directory")
    }
    guard bytes[localName..<localExtra].elementsEqual(nameBytes), bytes.littleEndian(UInt16.self, at: start + 6) == flags,
      bytes.littleEndian(UInt16.self, at: start + 8) == method
    else {
      throw DataError(start, "the member \(quoted(name)) and its entry in the directory disagree")
    }
    var local64 = Zip64Extra(bytes, localExtra..<dataStart)
    let sizes = [
      local64.value(bytes.littleEndian(UInt32.self, at: start + 22)), local64.value(bytes.littleEndian(UInt32.self, at: start + 18)),
    ]
    let localChecksum = bytes.littleEndian(UInt32.self, at: start + 14)
    // A writer that could not go back says so with a flag, and leaves zeros.
    let isUnknown = flags & 8 != 0 && sizes == [0, 0] && localChecksum == 0
    guard isUnknown || (sizes == [size, packed] && localChecksum == checksum) else {
      throw DataError(start, "the member \(quoted(name)) and its entry in the directory disagree about its size")
    }
    guard method != 0 || packed == size || problem != nil else {
      throw DataError(start, "the member \(quoted(name)) is stored in \(packed) bytes but has \(size)")
    }
    return .init(
      name: name, isDeflated: method == 8, problem: problem, checksum: checksum, size: size, start: start,
      data: dataStart..<dataStart + packed)
  }
}

extension ZipDirectory {
  /// The upper half of the code page of the first PCs, in which names are written that no flag calls UTF-8.
  private static let upperHalf: [Character] = Array(
    ("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀"
      + "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}"))

  fileprivate static func codePage437(_ byte: UInt8) -> Character {
    byte < 0x80 ? Character(Unicode.Scalar(byte)) : upperHalf[Int(byte) - 0x80]
  }
}

/// The extra field that holds, in turn, the 64-bit values of those fields that are all ones.
private struct Zip64Extra {
  private let bytes: UnsafeRawBufferPointer
  private var rest = 0..<0

  init(_ bytes: UnsafeRawBufferPointer, _ fields: Range<Int>) {
    self.bytes = bytes
    var position = fields.lowerBound
    while fields.upperBound - position >= 4 {
      let length = Int(bytes.littleEndian(UInt16.self, at: position + 2))
      guard length <= fields.upperBound - position - 4 else { return }
      if bytes.littleEndian(UInt16.self, at: position) == 1 {
        rest = position + 4..<position + 4 + length
        return
      }
      position += 4 + length
    }
  }

  /// The value of a field; nil when its 64-bit value is missing or too large.
  mutating func value(_ field: UInt32) -> Int? {
    guard field == .max else { return Int(field) }
    guard rest.count >= 8 else { return nil }
    let value = bytes.littleEndian(UInt64.self, at: rest.lowerBound)
    rest = rest.lowerBound + 8..<rest.upperBound
    return Int(exactly: value)
  }
}
