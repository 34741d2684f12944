import ChainRule
import ChainRuleData
public import ChainRuleNN

extension Module {
  /// Writes the parameters and persistent buffers to a file: PyTorch's where the name ends in `.pt`, `.pth` or `.bin`, else safetensors.
  ///
  ///     try model.save(to: "net.safetensors")
  ///     try model.load("net.safetensors")
  ///
  /// - Throws: `FormatError` where the file cannot be written; what was there before is there still.
  public func save(to path: String) throws {
    let state = try catching { stateDict() }
    if isTorch(path) { try saveTorch(state, to: path) } else { try saveSafetensors(state, metadata: ["format": "pt"], to: path) }
  }

  /// Gives the parameters and buffers the values of a file that `save(to:)` or PyTorch wrote; the options are those of
  /// `load(_:strict:assign:renaming:)` of a state.
  ///
  /// - Returns: the names that one side lacks; empty where `strict`.
  /// - Throws: `FormatError` where the file cannot be read, or does not fit: nothing has been changed then.
  @discardableResult
  public func load(
    _ path: String, strict: Bool = true, assign: Bool = false, renaming: KeyValuePairs<String, String> = [:]
  ) throws -> (missing: [String], unexpected: [String]) {
    let state = isTorch(path) ? try loadTorch(path).tensors : try loadSafetensors(path)
    do {
      return try load(state, strict: strict, assign: assign, renaming: renaming)
    } catch {
      throw FormatError(file: path, error.description)
    }
  }
}

/// Whether a file is one of PyTorch's own, by its name.
private func isTorch(_ path: String) -> Bool { [".pt", ".pth", ".bin"].contains { path.hasSuffix($0) } }
