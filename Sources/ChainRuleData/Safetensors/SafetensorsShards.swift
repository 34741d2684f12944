public import ChainRule
import Foundation

/// Tensors in several safetensors files with an index, as large models come: `model.safetensors.index.json` says which file has which tensor.
///
///     let model = try ShardedSafetensors("gpt/model.safetensors.index.json")
///     let weight = try model.tensor(named: "h.0.attn.c_attn.weight")
///
/// The files are beside the index. Each is opened when a tensor of it is asked for first, and mapped where it is large.
public struct ShardedSafetensors: Sendable {
  private let path: String
  private let places: [String: String]
  private let shards: Shards
  /// The names of the tensors, in order.
  public let names: [String]

  /// Reads the index at `path`.
  ///
  /// - Throws: `FormatError` where it is no such index.
  public init(_ path: String) throws(FormatError) { try self.init(FileBytes.read(path), path: path) }

  /// Reads the index in `bytes`, which errors call `path`.
  package init(_ bytes: Bytes, path: String) throws(FormatError) {
    self.path = path
    places = try bytes.withUnsafeBytes { (buffer) throws(FormatError) in
      if let bad = firstInvalidUTF8(buffer) { throw FormatError(file: path, place: .byte(bad), "the index is not UTF-8") }
      var scanner = JSONScanner(buffer, file: path, name: "index")
      return try Self.weightMap(&scanner)
    }
    names = places.keys.sorted()
    shards = Shards(folder: path.lastIndex(of: "/").map { String(path[...$0]) } ?? "")
  }

  private static func weightMap(_ scanner: inout JSONScanner) throws(FormatError) -> [String: String] {
    var map: [String: String]?
    try scanner.object { (scanner, key) throws(FormatError) in
      guard key == "weight_map" else { return try scanner.skipValue() }
      guard map == nil else { throw scanner.error("the key \"weight_map\" appears twice") }
      var places: [String: String] = [:]
      try scanner.object { (scanner, name) throws(FormatError) in
        let file = try scanner.string()
        // The index says which of the files beside it, never a place elsewhere.
        guard !file.isEmpty, !file.contains("/"), file != ".." else {
          throw scanner.error("the tensor \(quoted(name)) is in \(quoted(file)), which is no file beside the index")
        }
        guard places.updateValue(file, forKey: name) == nil else { throw scanner.error("the key \(quoted(name)) appears twice") }
      }
      map = places
    }
    try scanner.onlySpaceRemains()
    guard let map else { throw scanner.error("the key \"weight_map\" is missing") }
    return map
  }

  /// The tensor of this name.
  ///
  /// - Throws: `FormatError` where there is none of this name, or its file is missing or damaged.
  public func tensor(named name: String) throws(FormatError) -> Tensor {
    guard let file = places[name] else {
      throw FormatError(file: path, place: .key(name), "no tensor of this name; the files have \(listed(names))")
    }
    return try shards.file(file).tensor(named: name)
  }

  /// All tensors, by name.
  ///
  /// - Throws: `FormatError` for the first that cannot be read.
  public func tensors() throws(FormatError) -> NamedTensors {
    var result = NamedTensors()
    for name in names { result[name] = try tensor(named: name) }
    return result
  }

  /// The files that are open.
  private final class Shards: @unchecked Sendable {
    private let folder: String
    private let lock = NSLock()
    private var files: [String: SafetensorsFile] = [:]

    init(folder: String) { self.folder = folder }

    func file(_ name: String) throws(FormatError) -> SafetensorsFile {
      lock.lock()
      defer { lock.unlock() }
      if let file = files[name] { return file }
      let file = try SafetensorsFile(folder + name)
      files[name] = file
      return file
    }
  }
}

/// Writes tensors as several safetensors files of at most `shardBytes` each, unless one tensor is larger, and an index, as the library
/// `huggingface_hub` names them: `model-00001-of-00002.safetensors` and `model.safetensors.index.json` in `folder`.
///
/// - Returns: the path of the index.
/// - Throws: `FormatError` where a file cannot be written; the index is written last.
@discardableResult
public func saveShardedSafetensors(_ tensors: NamedTensors, to folder: String, shardBytes: Int = 5_000_000_000) throws -> String {
  var shards: [NamedTensors] = [], size = 0, total = 0
  for (name, tensor) in tensors {
    let bytes = tensor.count * tensor.dtype.size
    if shards.isEmpty || size > 0 && (bytes > shardBytes || size > shardBytes - bytes) {
      shards.append(NamedTensors())
      size = 0
    }
    shards[shards.count - 1][name] = tensor
    size += bytes
    total += bytes
  }
  let prefix = folder.hasSuffix("/") ? folder : folder + "/"
  func five(_ number: Int) -> String { String(repeating: "0", count: Swift.max(0, 5 - String(number).count)) + String(number) }
  var places: [(name: String, file: String)] = []
  for (i, shard) in shards.enumerated() {
    let file = "model-\(five(i + 1))-of-\(five(shards.count)).safetensors"
    try saveSafetensors(shard, metadata: ["format": "pt"], to: prefix + file)
    places += shard.names.map { ($0, file) }
  }
  let map = places.sorted { $0.name < $1.name }.map { "\n    \(jsonText($0.name)): \(jsonText($0.file))" }.joined(separator: ",")
  let text = "{\n  \"metadata\": {\n    \"total_size\": \(total)\n  },\n  \"weight_map\": {\(map)\n  }\n}\n"
  let index = prefix + "model.safetensors.index.json"
  try writeAtomically(to: index) { try $0.write(Bytes(text.utf8)) }
  return index
}
