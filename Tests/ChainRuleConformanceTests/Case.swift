import ChainRule
import ChainRuleData

/// One operator of the table with its samples.
struct Case: Sendable {
  let name: String
  let samples: [Sample]
}

/// One call and what PyTorch found for it. Keys name tensors of the file; nil stands where there is no gradient.
struct Sample: Sendable {
  let args: [Argument]
  let kwargs: [String: Argument]
  let outputs: [Argument]
  let inputs: [String]
  let cotangents: [String?]
  let grads: [String?]
  let tangents: [String?]?
  let outputTangents: [String?]
  let directions: [String?]?
  let second: [String?]
  /// Whether PyTorch refuses the call.
  let isRefused: Bool

  init(_ json: JSONValue) throws {
    func keys(_ name: String) -> [String?]? { json[name]?.array?.map(\.string) }
    guard let args = json["args"]?.array, let outputs = json["outputs"]?.array, case .object(let kwargs)? = json["kwargs"] else {
      throw CaseError("a sample without args, kwargs or outputs")
    }
    self.args = try args.map(Argument.init)
    self.kwargs = try kwargs.mapValues(Argument.init)
    self.outputs = try outputs.map(Argument.init)
    inputs = (keys("inputs") ?? []).compactMap { $0 }
    cotangents = keys("cotangents") ?? []
    grads = keys("grads") ?? []
    tangents = keys("tangents")
    outputTangents = keys("output_tangents") ?? []
    directions = keys("directions")
    second = keys("second") ?? []
    isRefused = json["refused"]?.bool ?? false
  }
}

/// Where cases come from: a directory of NAME.json and NAME.safetensors, or one pack of all of them.
struct CaseSource: Sendable {
  private enum Kind { case directory, pack(SafetensorsFile, JSONValue) }
  private let kind: Kind
  private let path: String
  let names: [String]

  /// A directory as generate.py writes it; `names` are the files to read.
  init(directory path: String, names: [String]) {
    kind = .directory
    self.path = path
    self.names = names
  }

  /// A pack as make_fixture.py writes it: PATH.json maps names to samples, tensors of NAME are called NAME/KEY in PATH.safetensors.
  init(pack path: String) throws {
    let json = try JSONParser.parse(FileBytes.read(path + ".json").array)
    guard case .object(let members) = json else { throw CaseError("\(path).json is no object") }
    kind = .pack(try SafetensorsFile(path + ".safetensors"), json)
    self.path = path
    names = members.keys.sorted()
  }

  func load(_ name: String) throws -> (Case, Tensors) {
    let (json, tensors) = try entry(name)
    guard let samples = json["samples"]?.array else { throw CaseError("no samples") }
    return (Case(name: name, samples: try samples.map(Sample.init)), tensors)
  }

  /// What the files say of one name, and its tensors.
  func entry(_ name: String) throws -> (JSONValue, Tensors) {
    let json: JSONValue, file: SafetensorsFile, prefix: String
    switch kind {
    case .directory:
      json = try JSONParser.parse(FileBytes.read("\(path)/\(name).json").array)
      file = try SafetensorsFile("\(path)/\(name).safetensors")
      prefix = ""
    case .pack(let packed, let all):
      guard let entry = all[name] else { throw CaseError("no case \(name)") }
      (json, file, prefix) = (entry, packed, name + "/")
    }
    return (json, Tensors(file: file, prefix: prefix))
  }
}

/// The tensors of one case, by key.
struct Tensors {
  let file: SafetensorsFile
  let prefix: String

  func callAsFunction(_ key: String) throws -> Tensor {
    let array = try file.array(prefix + key)
    guard let dtype = DType.allCases.first(where: { $0.name == array.elementType.rawValue }), dtype.hasKernels else {
      throw CaseError("\(array.elementType.rawValue) has no kernels")
    }
    let plain = array.bytes.withUnsafeBytes { Tensor(bytes: $0, shape: array.shape, dtype: dtype) }
    guard let text = file.metadata[prefix + key + ".strides"],
      let strides = try JSONParser.parse(Array(text.utf8)).array?.compactMap(\.integer)
    else { return plain }
    return laidOut(plain, strides)
  }

  /// The same elements in a layout like the one PyTorch had: dimensions in the order of their strides, repeated elements
  /// repeated, and gaps between elements where it had gaps.
  private func laidOut(_ x: Tensor, _ strides: [Int]) -> Tensor {
    var result = x
    for d in strides.indices where strides[d] == 0 && x.shape[d] > 1 { result = result.narrow(dim: d, start: 0, count: 1) }
    let order = strides.indices.sorted { strides[$0] > strides[$1] }
    var inverse = order
    for (i, d) in order.enumerated() { inverse[d] = i }
    result = result.permuted(order).contiguous()
    if let last = order.last, strides[last] > 1 {
      // Every other element of a tensor twice as long.
      let n = result.rank
      result = stack([result, result], dim: n).reshaped(result.shape.dropLast() + [2 * result.shape[n - 1]])
      result = result[.ellipsis, .slice(by: 2)]
    }
    return result.permuted(inverse).expanded(x.shape)
  }
}
