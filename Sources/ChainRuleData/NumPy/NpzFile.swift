/// Arrays as NumPy's `savez` and `savez_compressed` write them: a zip archive of npy files.
package struct NpzFile: Sendable {
  private let path: String
  private let archive: ZipArchive
  private let arrays: [String: ZipArchive.Member]
  /// The names of the arrays, in the order of the archive's directory.
  package let names: [String]

  /// Opens the file at `path`; its arrays are read when they are asked for.
  package init(_ path: String) throws(FormatError) {
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
    // Other members are no arrays; NumPy hands them out as bytes.
    let members = archive.members.filter { $0.name.hasSuffix(".npy") }
    names = members.map { String($0.name.dropLast(4)) }
    arrays = Dictionary(zip(names, members), uniquingKeysWith: { first, _ in first })
  }

  /// The array of this name, as it was given to `savez`.
  package func array(_ name: String) throws(FormatError) -> UntypedArray {
    guard let member = arrays[name] else {
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
