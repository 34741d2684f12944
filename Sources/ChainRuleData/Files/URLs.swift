public import ChainRule

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

// Files by URL. A URL that names no file is refused: nothing is fetched from a network.

/// Writes tensors as a safetensors file; see `saveSafetensors(_:metadata:to:)` for a path.
///
/// - Throws: `FormatError` where the URL names no file, or the file cannot be written.
public func saveSafetensors(_ tensors: NamedTensors, metadata: [String: String] = [:], to url: URL) throws {
  try saveSafetensors(tensors, metadata: metadata, to: path(of: url))
}

/// The tensors of a safetensors file; see `loadSafetensors(_:)` for a path.
///
/// - Throws: `FormatError` where the URL names no file, else with the place and the rule that the file breaks.
public func loadSafetensors(_ url: URL) throws -> NamedTensors { try loadSafetensors(path(of: url)) }

extension Table {
  /// Reads the file at `url`; see `init(contentsOf:delimiter:columnNames:)` for a path.
  ///
  /// - Throws: `FormatError` where the URL names no file, else with the place.
  public init(contentsOf url: URL, delimiter: Character = ",", columnNames: [String]? = nil) throws {
    try self.init(contentsOf: path(of: url), delimiter: delimiter, columnNames: columnNames)
  }
}

private func path(of url: URL) throws(FormatError) -> String {
  guard url.isFileURL else { throw FormatError(file: url.absoluteString, "is no file: only file URLs are read and written") }
  return url.path
}
