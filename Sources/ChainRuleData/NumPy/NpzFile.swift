public import ChainRule

/// Arrays as NumPy's `savez` and `savez_compressed` write them: a zip archive of npy files. It is open for reading; each array is read
/// when it is asked for, so one that cannot be read hides none of the others.
///
///     let file = try NpzFile("data.npz")
///     for array in file.arrays { print(array.name, array.shape, array.elementType, array.problem ?? "") }
///     let x = try file.tensor(named: "x")
public struct NpzFile: Sendable {
  private let path: String
  private let archive: ZipArchive
  private let members: [String: ZipArchive.Member]
  /// The names of the arrays, in the order of the archive's directory: those of members that end with `.npy`, without it, and of other
  /// members that hold an array all the same.
  public let names: [String]
  /// The names of the members that hold no arrays, such as notes and what macOS adds (`__MACOSX/._x.npy`).
  public let otherNames: [String]

  /// Opens the file at `path`; its arrays are read when they are asked for.
  ///
  /// - Throws: `FormatError` where it is no zip archive, or a damaged one.
  public init(_ path: String) throws(FormatError) {
    try self.init(FileBytes.read(path), path: path)
  }

  /// Opens `bytes`, which errors call `path`.
  package init(_ bytes: Bytes, path: String) throws(FormatError) {
    do throws(DataError) {
      archive = try ZipArchive(bytes)
    } catch {
      throw error.inFile(path)
    }
    self.path = path
    let all = Set(archive.members.map(\.name))
    var members: [String: ZipArchive.Member] = [:], names: [String] = [], otherNames: [String] = []
    for member in archive.members {
      let hasSuffix = member.name.hasSuffix(".npy")
      // The second half of a file of macOS's has the file's name and other contents.
      let isShadow = member.name.hasPrefix("__MACOSX/") || member.name.split(separator: "/").last?.hasPrefix("._") ?? false
      guard hasSuffix && !isShadow || archive.isArray(member) else {
        otherNames.append(member.name)
        continue
      }
      // As in NumPy, a member of the very name comes first.
      let short = String(member.name.dropLast(4)), name = hasSuffix && !all.contains(short) ? short : member.name
      names.append(name)
      members[name] = member
    }
    (self.members, self.names, self.otherNames) = (members, names, otherNames)
  }

  /// What the file says of each array; `problem` says which cannot be read, and why.
  public var arrays: [ArrayDescription] { names.map(description) }

  /// The array of this name, as it was given to `savez`, with or without `.npy`.
  ///
  /// - Throws: `FormatError` where there is none of this name, or it is damaged or of a type that no tensor has.
  public func tensor(named name: String) throws(FormatError) -> Tensor {
    try Tensor(array(name), file: path, place: .key(name))
  }

  /// The array of this name, as it was given to `savez`.
  package func array(_ name: String) throws(FormatError) -> UntypedArray {
    guard let member = members[name] ?? (name.hasSuffix(".npy") ? members[String(name.dropLast(4))] : nil) else {
      throw FormatError(file: path, place: .key(name), "no array of this name; the file has \(listed(names))")
    }
    let contents: Bytes
    do throws(DataError) {
      contents = try archive.contents(member)
    } catch {
      throw FormatError(file: path, place: .key(name), "byte \(error.offset) of the archive: \(error.message)")
    }
    do throws(DataError) {
      return try Npy.decode(contents)
    } catch {
      throw FormatError(file: path, place: .key(name), "byte \(error.offset) of the member: \(error.message)")
    }
  }

  private func description(_ name: String) -> ArrayDescription {
    do throws(DataError) {
      guard let member = members[name] else { throw DataError(0, "no array of this name") }
      let header = try archive.npyHeader(member)
      return ArrayDescription(
        name: name, shape: header.shape, elementType: header.description, type: header.elementType, problem: header.problem?.message)
    } catch {
      return ArrayDescription(name: name, shape: [], elementType: "", type: nil, problem: error.message)
    }
  }

  /// Writes `arrays` to `path`, by name and uncompressed, as a whole or not at all.
  ///
  /// Sizes and places above `largestField` are written with 64 bits; only tests need another value.
  package static func write(
    _ arrays: [String: UntypedArray], to path: String, largestField: Int = ZipWriter.largestField
  ) throws {
    var members: [(name: String, parts: [Bytes])] = []
    for (name, array) in arrays {
      guard let header = NpyHeader.encoded(array) else {
        throw FormatError(file: path, place: .key(name), "npy has no type for \(array.elementType.rawValue)")
      }
      guard name.utf8.count <= 0xFFFF - 4 else {
        throw FormatError(file: path, place: .key(name), "the name is too long for a zip archive")
      }
      members.append(("\(name).npy", [Bytes(header), array.bytes]))
    }
    members.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    let sorted = members
    try writeAtomically(to: path) { writer in
      var zip = ZipWriter(largestField: largestField)
      for (name, parts) in sorted {
        try zip.add(name, parts, to: &writer)
      }
      try zip.finish(&writer)
    }
  }
}

extension ZipArchive {
  /// Whether a member begins as an npy file does.
  fileprivate func isArray(_ member: Member) -> Bool {
    guard let start = try? prefix(member, count: NpyHeader.magic.count) else { return false }
    return start.withUnsafeBytes { $0.starts(with: NpyHeader.magic) }
  }

  fileprivate func npyHeader(_ member: Member) throws(DataError) -> NpyHeader {
    func header(_ bytes: Bytes) throws(DataError) -> NpyHeader {
      try bytes.withUnsafeBytes { (buffer) throws(DataError) in try NpyHeader(buffer) }
    }
    // What version 1 of the format can hold; later versions may have longer headers.
    let start = try prefix(member, count: 10 + 0xFFFF)
    do throws(DataError) {
      return try header(start)
    } catch {
      if start.count >= member.size { throw error }
      return try header(contents(member))
    }
  }
}
