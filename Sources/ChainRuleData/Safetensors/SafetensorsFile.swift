/// A safetensors file, open for reading: its header is checked as a whole, its tensors are read when they are asked for.
package struct SafetensorsFile: Sendable {
  private let path: String
  private let bytes: Bytes
  private let entries: [SafetensorsHeader.Entry]
  private let index: [String: Int]
  /// What the writer noted about the file.
  package let metadata: [String: String]

  /// Opens the file at `path`; throws `FormatError` unless it keeps every rule of the format.
  package init(_ path: String) throws(FormatError) {
    try self.init(FileBytes.read(path), path: path)
  }

  /// Opens `bytes`, which errors call `path`.
  package init(_ bytes: Bytes, path: String) throws(FormatError) {
    let header = try bytes.withUnsafeBytes { (buffer) throws(FormatError) in
      try SafetensorsHeader(buffer, file: path)
    }
    self.path = path
    self.bytes = bytes
    entries = header.entries
    metadata = header.metadata
    index = Dictionary(uniqueKeysWithValues: header.entries.enumerated().map { ($1.name, $0) })
  }

  /// The names of the tensors, in the order of their bytes in the file.
  package var names: [String] {
    entries.map(\.name)
  }

  /// The tensor of this name. Its bytes are those of the file, not a copy.
  package func array(_ name: String) throws(FormatError) -> UntypedArray {
    guard let position = index[name] else {
      throw FormatError(file: path, place: .key(name), "no tensor of this name; the file has \(listed(names))")
    }
    let entry = entries[position]
    guard let array = UntypedArray(entry.elementType, entry.shape, bytes[entry.range]) else {
      throw FormatError(file: path, place: .key(name), "its size is not that of its shape")
    }
    return array
  }
}
