public import ChainRule

// Tensors in files. Writing goes beside the file, to the disk, and is then renamed over it: whatever fails, and wherever the
// process dies, there is the old file or the new one. Reading checks every rule of a format before it believes a size.

/// Writes tensors as a safetensors file, byte for byte as the reference library writes them.
///
///     try saveSafetensors(model.stateDict(), to: "model.safetensors")
///
/// - Parameters:
///   - tensors: the tensors.
///   - metadata: text to keep beside the tensors.
///   - path: the file.
/// - Throws: `FormatError` where the file cannot be written; what was there before is there still.
public func saveSafetensors(_ tensors: NamedTensors, metadata: [String: String] = [:], to path: String) throws {
  try SafetensorsFile.write(try untyped(tensors, path), metadata: metadata, to: path)
}

/// The bytes of a safetensors file of `tensors`, for a store that is no file.
///
///     let data = Data(try safetensorsBytes(model.stateDict()))
///
/// - Parameters:
///   - tensors: the tensors.
///   - metadata: text to keep beside them.
/// - Throws: `FormatError` where the format has no place for a name or a type.
public func safetensorsBytes(_ tensors: NamedTensors, metadata: [String: String] = [:]) throws -> [UInt8] {
  try SafetensorsFile.bytes(try untyped(tensors, "data"), metadata: metadata)
}

/// The tensors of a safetensors file, in the order of their bytes.
///
/// A large file is mapped, so only its header and the tensors themselves are read. float16 and bfloat16 become float32, and
/// integers that tensors lack the next wider ones. `SafetensorsFile` reads tensors one by one, also beside one that cannot be read.
///
/// - Throws: `FormatError` with the file, the place and the rule that the file breaks.
public func loadSafetensors(_ path: String) throws -> NamedTensors { try SafetensorsContents(path).tensors }

/// A safetensors file: its tensors and what its writer noted about them.
public struct SafetensorsContents: Sendable {
  /// The tensors, in the order of their bytes.
  public let tensors: NamedTensors
  /// The text beside them.
  public let metadata: [String: String]

  /// Reads the file at `path`.
  ///
  /// - Throws: `FormatError` with the file, the place and the rule that the file breaks.
  public init(_ path: String) throws {
    try self.init(SafetensorsFile(path))
  }

  /// Reads the bytes of a file that is already in memory: `Data`, `[UInt8]`. Errors call it `name`.
  ///
  /// - Throws: `FormatError` with the place and the rule that the bytes break.
  public init(data: some Collection<UInt8>, name: String = "data") throws {
    try self.init(SafetensorsFile(Bytes(data), path: name))
  }

  private init(_ file: SafetensorsFile) throws {
    tensors = try all(file.names, "SafetensorsFile", file.tensor(named:))
    metadata = file.metadata
  }
}

/// Writes one tensor as NumPy's `save` does.
///
/// - Throws: `FormatError` where the file cannot be written; what was there before is there still.
public func saveNpy(_ tensor: Tensor, to path: String) throws {
  guard let array = tensor.untyped else { throw FormatError(file: path, "npy has no type for \(tensor.dtype.name)") }
  try Npy.write(array, to: path)
}

/// The tensor in a file that NumPy's `save` wrote.
///
/// - Throws: `FormatError` with the file and the place.
public func loadNpy(_ path: String) throws -> Tensor { try Tensor(Npy.read(path), file: path, place: .file) }

/// Writes tensors by name as NumPy's `savez` does.
///
/// - Throws: `FormatError` where the file cannot be written; what was there before is there still.
public func saveNpz(_ tensors: NamedTensors, to path: String) throws { try NpzFile.write(try untyped(tensors, path), to: path) }

/// The tensors in a file that NumPy's `savez` or `savez_compressed` wrote, in the archive's order. `NpzFile` reads arrays one by one, also
/// beside one that cannot be read.
///
/// - Throws: `FormatError` with the file and the place.
public func loadNpz(_ path: String) throws -> NamedTensors {
  let file = try NpzFile(path)
  return try all(file.names, "NpzFile", file.tensor(named:))
}

/// All tensors of a file. Where one cannot be read, the error says how to have the others.
private func all(
  _ names: [String], _ reader: String, _ tensor: (String) throws(FormatError) -> Tensor
) throws(FormatError) -> NamedTensors {
  var tensors = NamedTensors()
  for name in names {
    do throws(FormatError) {
      tensors[name] = try tensor(name)
    } catch {
      guard names.count > 1 else { throw error }
      throw FormatError(
        file: error.file, place: error.place, "\(error.message); \(reader)(path).tensor(named:) reads the other arrays one by one")
    }
  }
  return tensors
}

private func untyped(_ tensors: NamedTensors, _ path: String) throws(FormatError) -> [String: UntypedArray] {
  var arrays: [String: UntypedArray] = [:]
  for (name, tensor) in tensors {
    guard let array = tensor.untyped else {
      throw FormatError(file: path, place: .key(name), "the format has no type for \(tensor.dtype.name)")
    }
    arrays[name] = array
  }
  return arrays
}
