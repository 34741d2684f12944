public import ChainRule
import Foundation

/// The value in a file that `torch.save` wrote, with all its tensors.
///
///     try model.load(loadTorch("resnet18.pth").tensors)
///
/// Nothing in the file is run: a pickle that names anything but tensors, numbers, texts, lists and dictionaries is refused, with the name.
/// `TorchFile` reads tensors one by one.
///
/// - Throws: `FormatError` with the file, the place and what is wrong there.
public func loadTorch(_ path: String) throws -> TorchValue { try TorchFile(path).value() }

/// A file that `torch.save` wrote (the zip format of PyTorch 1.6 and later), open for reading: what it holds is known, each tensor is read when
/// it is asked for.
///
///     let file = try TorchFile("checkpoint.pt")
///     for array in file.arrays { print(array.name, array.shape, array.elementType) }
///     let weight = try file.tensor(named: "model.fc1.weight")
public struct TorchFile: Sendable {
  private let path: String
  private let storages: TorchStorages
  private let pickle: Pickle
  private let pickleName: String
  private let tensors: [(name: String, tensor: StoredTensor)]
  private let index: [String: Int]

  /// Opens the file at `path`. A large file is mapped, so only what describes the tensors is read here.
  ///
  /// - Throws: `FormatError` where it is no such file, a damaged one, or names something that is not read.
  public init(_ path: String) throws(FormatError) { try self.init(FileBytes.read(path), path: path) }

  /// Opens `bytes`, which errors call `path`.
  package init(_ bytes: Bytes, path: String) throws(FormatError) {
    self.path = path
    let archive: ZipArchive
    do throws(DataError) {
      archive = try ZipArchive(bytes)
    } catch {
      let isOld = bytes.count > 2 && bytes.withUnsafeBytes { $0[0] == 0x80 && $0[1] <= 5 }
      throw isOld
        ? FormatError(file: path, "is in the format of PyTorch before 1.6; torch.save(torch.load(path), path) writes it anew")
        : error.inFile(path)
    }
    let files = archive.members.filter { $0.name.split(separator: "/").count == 2 && $0.name.hasSuffix("/data.pkl") }
    guard let member = files.first, files.count == 1 else {
      throw FormatError(file: path, "is a zip archive without the member archive/data.pkl that torch.save writes")
    }
    let folder = member.name.dropLast("data.pkl".count)
    guard !archive.members.contains(where: { $0.name == folder + "constants.pkl" }) else {
      throw FormatError(file: path, "is a TorchScript program; save its state_dict() with torch.save")
    }
    pickleName = member.name
    storages = TorchStorages(archive, folder: String(folder), path: path)
    let contents = try storages.contents(member)
    do throws(DataError) {
      pickle = try contents.withUnsafeBytes { (buffer) throws(DataError) in try PickleReader.read(buffer) }
      tensors = try pickle.tensors()
    } catch {
      throw FormatError(file: path, place: .key(member.name), "byte \(error.offset) of the pickle: \(error.message)")
    }
    index = Dictionary(tensors.enumerated().map { ($1.name, $0) }) { first, _ in first }
  }

  /// The names of the tensors: the keys and positions that lead to each, joined by points, in the order of the file.
  public var names: [String] { tensors.map(\.name) }

  /// What the file says of each tensor; `problem` says which cannot be read, and why.
  public var arrays: [ArrayDescription] {
    tensors.map { name, tensor in
      ArrayDescription(
        name: name, shape: tensor.sizes, elementType: tensor.elementType.rawValue, type: tensor.elementType, problem: nil)
    }
  }

  /// The tensor of this name.
  ///
  /// - Throws: `FormatError` where there is none of this name, or it is damaged or of a type that no tensor has.
  public func tensor(named name: String) throws(FormatError) -> Tensor {
    guard let position = index[name] else {
      throw FormatError(file: path, place: .key(name), "no tensor of this name; the file has \(listed(names))")
    }
    return try read(tensors[position].tensor, name)
  }

  private func read(_ stored: StoredTensor, _ name: String) throws(FormatError) -> Tensor {
    try Tensor(storages.array(stored, name), file: path, place: .key(name))
  }

  /// The whole value, with all its tensors.
  ///
  /// - Throws: `FormatError` where a tensor is damaged or of a type that no tensor has.
  public func value() throws(FormatError) -> TorchValue {
    var made: [Int: TorchValue] = [:]
    return try value(pickle.root, "", &made)
  }

  /// The value of a node, made once: what a file names twice is not copied.
  private func value(_ id: Int, _ name: String, _ made: inout [Int: TorchValue]) throws(FormatError) -> TorchValue {
    if let value = made[id] { return value }
    let prefix = name.isEmpty ? "" : name + "."
    func values(_ items: [Int]) throws(FormatError) -> [TorchValue] {
      var result: [TorchValue] = []
      for (i, item) in items.enumerated() { result.append(try value(item, "\(prefix)\(i)", &made)) }
      return result
    }
    let result: TorchValue
    switch pickle.nodes[id] {
    case .none: result = .null
    case .bool(let value): result = .bool(value)
    case .int(let value): result = .int(value)
    case .double(let value): result = .double(value)
    case .string(let value): result = .string(value)
    case .global(.dtype(let type)): result = .string("torch.\(type.rawValue)")
    case .tensor(let stored): result = .tensor(try read(stored, name))
    case .list(let items): result = .list(try values(items))
    case .tuple(let items): result = .tuple(try values(items))
    case .dictionary(let flat):
      var entries: [TorchValue.Entry] = []
      for (key, item) in try checked({ () throws(DataError) in try pickle.entries(flat) }) {
        entries.append(.init(key, try value(item, prefix + key.description, &made)))
      }
      result = .dictionary(entries)
    case .global, .storage: throw FormatError(file: path, place: .key(name), "is neither a value nor a tensor")
    }
    made[id] = result
    return result
  }

  private func checked<R>(_ body: () throws(DataError) -> R) throws(FormatError) -> R {
    do throws(DataError) {
      return try body()
    } catch {
      throw FormatError(file: path, place: .key(pickleName), "byte \(error.offset) of the pickle: \(error.message)")
    }
  }
}

/// The members of an archive that hold elements. Each one's checksum is looked at once, however many tensors share it.
private final class TorchStorages: @unchecked Sendable {
  private let lock = NSLock()
  private let archive: ZipArchive
  private let members: [String: ZipArchive.Member]
  private let folder: String
  private let path: String
  private var checked: [String: Bytes] = [:]

  init(_ archive: ZipArchive, folder: String, path: String) {
    self.archive = archive
    self.folder = folder
    self.path = path
    members = Dictionary(archive.members.map { ($0.name, $0) }) { first, _ in first }
  }

  func contents(_ member: ZipArchive.Member) throws(FormatError) -> Bytes {
    // A deflated member could be expanded anew for each tensor that names it.
    guard !member.isDeflated else { throw FormatError(file: path, place: .key(member.name), "is compressed, which torch.save never does") }
    do throws(DataError) {
      return try archive.contents(member)
    } catch {
      throw FormatError(file: path, place: .key(member.name), "byte \(error.offset) of the archive: \(error.message)")
    }
  }

  private func bytes(_ name: String) throws(FormatError) -> Bytes {
    lock.lock()
    defer { lock.unlock() }
    if let bytes = checked[name] { return bytes }
    guard let member = members[name] else { throw FormatError(file: path, place: .key(name), "is missing from the archive") }
    let bytes = try contents(member)
    checked[name] = bytes
    return bytes
  }

  private func swapsBytes() throws(FormatError) -> Bool {
    let name = folder + "byteorder"
    if members[name] == nil { return false }
    return try bytes(name).array.starts(with: "big".utf8)
  }

  /// The elements of a tensor, row-major.
  func array(_ tensor: StoredTensor, _ name: String) throws(FormatError) -> UntypedArray {
    func error(_ message: String) -> FormatError { FormatError(file: path, place: .key(name), message) }
    let bytes = try bytes("\(folder)data/\(tensor.storage.key)"), size = tensor.elementType.bitCount / 8
    guard let extent = tensor.extent, extent.upperBound <= bytes.count / size else {
      throw error("its storage \(quoted(tensor.storage.key)) has \(bytes.count) bytes, too few for the tensor")
    }
    let part = bytes[extent.lowerBound * size..<extent.upperBound * size]
    let elements = try tensor.isContiguous || extent.isEmpty ? part : gathered(part, tensor, size, error)
    guard let native = try swapsBytes() ? elements.byteSwapped(wordSize: tensor.elementType.wordSize) : elements,
      let array = UntypedArray(tensor.elementType, tensor.sizes, native)
    else { throw error("there is no memory for its elements") }
    return array
  }

  /// How many more elements a view may have than there are in its storage: one with steps of 0 asks for memory it does not bring.
  private static let largestRepetition = 1 << 26

  private func gathered(
    _ bytes: Bytes, _ tensor: StoredTensor, _ size: Int, _ error: (String) -> FormatError
  ) throws(FormatError) -> Bytes {
    guard let count = elementCount(tensor.sizes), count <= max(bytes.count / size, Self.largestRepetition) else {
      throw error("a view of sizes \(shapeText(tensor.sizes)) of only \(bytes.count / size) elements")
    }
    guard let builder = ByteBuilder(capacity: count * size) else { throw error("there is no memory for its elements") }
    bytes.withUnsafeBytes { source in
      guard let base = source.baseAddress, let row = tensor.sizes.last, let step = tensor.strides.last else { return }
      var place = [Int](repeating: 0, count: tensor.sizes.count), target = builder.base
      for _ in 0..<count / row {
        var offset = 0
        for d in place.indices { offset += place[d] * tensor.strides[d] }
        for i in 0..<row {
          target.copyMemory(from: base + (offset + i * step) * size, byteCount: size)
          target += size
        }
        var d = place.count - 2
        while d >= 0 {
          place[d] += 1
          if place[d] < tensor.sizes[d] { break }
          place[d] = 0
          d -= 1
        }
      }
    }
    return builder.finish(count: count * size)
  }
}
