public import ChainRule

/// A safetensors file, open for reading: its header is checked as a whole; each tensor is read when it is asked for, so one that cannot
/// be read hides none of the others.
///
///     let file = try SafetensorsFile("model.safetensors")
///     for array in file.arrays { print(array.name, array.shape, array.elementType, array.problem ?? "") }
///     let weight = try file.tensor(named: "fc1.weight")
public struct SafetensorsFile: Sendable {
  private let path: String
  private let bytes: Bytes
  private let entries: [SafetensorsHeader.Entry]
  private let index: [String: Int]
  /// What the writer noted about the file.
  public let metadata: [String: String]

  /// Opens the file at `path`. A large file is mapped, so only its header is read here.
  ///
  /// - Throws: `FormatError` unless it keeps every rule of the format.
  public init(_ path: String) throws(FormatError) {
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
  public var names: [String] {
    entries.map(\.name)
  }

  /// What the file says of each tensor; `problem` says which cannot be read, and why.
  public var arrays: [ArrayDescription] {
    entries.map { entry in
      ArrayDescription(name: entry.name, shape: entry.shape, elementType: entry.dtype, type: entry.elementType, problem: entry.problem)
    }
  }

  /// The tensor of this name.
  ///
  /// - Throws: `FormatError` where there is none of this name, or it is of a type that no tensor has.
  public func tensor(named name: String) throws(FormatError) -> Tensor {
    try Tensor(array(name), file: path, place: .key(name))
  }

  /// The tensor of this name. Its bytes are those of the file, not a copy.
  package func array(_ name: String) throws(FormatError) -> UntypedArray {
    guard let position = index[name] else {
      throw FormatError(file: path, place: .key(name), "no tensor of this name; the file has \(listed(names))")
    }
    let entry = entries[position]
    if let problem = entry.problem { throw FormatError(file: path, place: .key(name), problem) }
    guard let type = entry.elementType, let array = UntypedArray(type, entry.shape, bytes[entry.range]) else {
      throw FormatError(file: path, place: .key(name), "its size is not that of its shape")
    }
    return array
  }
}
