import ChainRule
import ChainRuleData
import Foundation
import Testing

/// A file of torch.save's with this pickle and nothing else.
func torchArchive(_ pickle: [UInt8]) -> [UInt8] {
  var archive = TestArchive()
  archive.add("archive/data.pkl", pickle)
  return archive.finished()
}

/// Files of PyTorch's: Fixtures/make_torch.py wrote them, and reads what is written here (TORCH_FILES).
@Suite struct TorchFileTests {
  private struct Expected: Decodable {
    let dtype: String
    let shape: [Int]
    let values: [Double]
  }

  @Test func aCheckpointHasPyTorchsTensors() throws {
    let expected = try JSONDecoder().decode([String: Expected].self, from: Data(contentsOf: fixture("checkpoint.json")))
    let file = try TorchFile(fixture("checkpoint.pt").path)
    #expect(Set(file.names) == Set(expected.keys).union(["other.complex64", "other.float8_e4m3fn"]))
    for array in file.arrays {
      guard let wanted = expected[array.name] else {
        #expect(array.problem == "no tensor type holds the values of \(array.elementType)", "\(array.name)")
        #expect(throws: FormatError.self) { try file.tensor(named: array.name) }
        continue
      }
      let tensor = try file.tensor(named: array.name)
      #expect(array.elementType == wanted.dtype && array.dtype == tensor.dtype && array.shape == wanted.shape, "\(array.name)")
      #expect(tensor.shape == wanted.shape && tensor.array(of: Double.self) == wanted.values, "\(array.name)")
    }
  }

  /// The checkpoint without the types that no tensor has.
  private func checkpoint() throws -> TorchValue {
    let directory = try TemporaryDirectory(), file = try TorchFile(fixture("checkpoint.pt").path)
    var readable: [TorchValue.Entry] = []
    #expect(message { _ = try file.value() }.contains(#""other.complex64": no tensor type holds the values of complex64"#))
    // Its own part of the file, by way of a copy that PyTorch would give too.
    for name in ["types.", "views."] {
      var tensors = NamedTensors()
      for full in file.names where full.hasPrefix(name) { tensors[String(full.dropFirst(name.count))] = try file.tensor(named: full) }
      readable.append(.init(.string(String(name.dropLast())), TorchValue(tensors)))
    }
    try saveTorch(.dictionary(readable), to: directory("a.pt"))
    return try loadTorch(directory("a.pt"))
  }

  @Test func whatIsWrittenIsRead() throws {
    let value = try checkpoint(), file = try TorchFile(fixture("checkpoint.pt").path)
    #expect(value["views"]?["transposed"]?.tensor?.shape == [4, 3, 2])
    for (name, tensor) in value.tensors { #expect(try tensor.equal(file.tensor(named: name)), "\(name)") }
    let directory = try TemporaryDirectory()
    let nested: TorchValue = [
      "epoch": 3, "loss": 0.25, "large": 4_611_686_018_427_387_904, "list": [1, .null, true, "naïve"], 7: "seven", "empty": [],
      "tuple": .tuple([-1, 2]), "model": TorchValue(["w": Tensor([[1.5, 2]])]),
    ]
    for name in ["b.pt", "c.pt"] { try saveTorch(nested, to: directory(name)) }
    #expect(try contents(directory("b.pt")) == contents(directory("c.pt")))
    let read = try loadTorch(directory("b.pt"))
    #expect(read["epoch"]?.int == 3 && read["loss"]?.double == 0.25 && read["large"]?.int == 1 << 62 && read[7]?.string == "seven")
    #expect(read["list"]?[3]?.string == "naïve" && read["tuple"]?[0]?.int == -1 && read["list"]?[4] == nil)
    #expect(read.tensors.names == ["model.w"] && read.tensors["model.w"]!.array(of: Double.self) == [1.5, 2])
  }

  /// For make_torch.py FOLDER: torch.load(weights_only=True) reads these.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["TORCH_FILES"] != nil)) func writesForPyTorch() throws {
    let folder = ProcessInfo.processInfo.environment["TORCH_FILES"]!, file = try TorchFile(fixture("checkpoint.pt").path)
    func part(_ prefix: String) throws -> TorchValue {
      var tensors = NamedTensors()
      for name in file.names where name.hasPrefix(prefix + ".") {
        tensors[String(name.dropFirst(prefix.count + 1))] = try file.tensor(named: name)
      }
      return TorchValue(tensors)
    }
    let state = try TorchValue.dictionary(
      (0..<4).map { i in
        .init(
          .int(i),
          try .dictionary(
            ["step", "exp_avg", "exp_avg_sq"].map { .init(.string($0), .tensor(try file.tensor(named: "optimizer.state.\(i).\($0)"))) }))
      })
    let group: TorchValue = [
      "lr": 0.01, "betas": .tuple([0.9, 0.999]), "eps": 1e-8, "weight_decay": 0, "amsgrad": false, "params": [0, 1, 2, 3],
    ]
    try saveTorch(
      [
        "model": part("model"), "optimizer": ["state": state, "param_groups": [group]], "epoch": 3, "loss": 0.25,
        "large": 4_611_686_018_427_387_904, "negative": -5, "list": [1, .null, true, "naïve"], "tuple": .tuple([1, 2]),
        "views": part("views"), "types": part("types"),
      ], to: folder + "/checkpoint.pt")
    try saveTorch(NamedTensors(), to: folder + "/empty.pt")
  }

  /// Nothing is run, nothing recurses, nothing is allocated that the file does not bring.
  @Test func pickledProgramsAreRefused() throws {
    let refused = try JSONDecoder().decode([String: Data].self, from: Data(contentsOf: fixture("refused.json")))
    let sentences = [
      "system": #"byte 2 of the pickle: the global "posix.system" is not among those that are read"#,
      "eval": #"byte 2 of the pickle: the global "__builtin__.eval" is not among those that are read"#,
      "sparse": #"the global "torch._utils._rebuild_sparse_tensor" is not among those"#,
      "itself": "values nested more than 200 deep, or within themselves", "deep": "values nested more than 200 deep",
      "long": "the pickle is cut short", "cut": "the pickle is cut short", "bomb": "a value that repeats its parts more than",
    ]
    #expect(Set(refused.keys) == Set(sentences.keys))
    for (name, data) in refused {
      let text = message { _ = try TorchFile(Bytes([UInt8](data)), path: "f.pt") }
      #expect(
        text.hasPrefix(#"f.pt: "archive/data.pkl": byte"#) && text.contains(sentences[name]!) && !text.contains("(no error)"),
        "\(name): \(text)")
    }
  }

  @Test func laterProtocols() throws {
    let data = try #require(JSONDecoder().decode([String: Data].self, from: Data(contentsOf: fixture("pickles.json")))["protocol 4"])
    let value = try TorchFile(Bytes(torchArchive([UInt8](data))), path: "f").value()
    #expect(value["a"]?[3]?.int == 1 << 40 && value["a"]?[4]?.int == -1 && value["b"]?[0]?.double == 1.5 && value["d"]?[1]?.int == 2)
    #expect(value["e"]?.string == String(repeating: "é", count: 300) && value["c"]?[1]?.string != nil && value[3]?[0] == nil)
  }

  @Test func otherFilesAreNamed() throws {
    var archive = TestArchive()
    archive.add("x.npy", [1, 2])
    #expect(
      message { _ = try TorchFile(Bytes(archive.finished()), path: "f") }
        == "f: is a zip archive without the member archive/data.pkl that torch.save writes")
    #expect(message { _ = try TorchFile(Bytes([0x80, 2, 0x8A, 10]), path: "f") }.contains("PyTorch before 1.6"))
    var script = TestArchive()
    script.add("m/data.pkl", [0x80, 2, 0x4E, 0x2E])
    script.add("m/constants.pkl", [])
    #expect(message { _ = try TorchFile(Bytes(script.finished()), path: "f") }.contains("TorchScript"))
  }

  /// A view that is larger than its storage, and one outside it.
  @Test func viewsBeyondTheirStorage() throws {
    func file(sizes: [Int], strides: [Int], offset: Int = 0) throws -> TorchFile {
      func text(_ s: String) -> [UInt8] { [0x58] + TestArchive.little(s.utf8.count, 4) + Array(s.utf8) }
      func number(_ n: Int) -> [UInt8] { [0x8A, 8] + TestArchive.little(n, 8) }
      func tuple(_ parts: [[UInt8]]) -> [UInt8] { [0x28] + parts.flatMap { $0 } + [0x74] }
      let storage = tuple([text("storage"), Array("ctorch\nFloatStorage\n".utf8), text("0"), text("cpu"), number(2)]) + [0x51]
      let arguments = tuple([storage, number(offset), tuple(sizes.map(number)), tuple(strides.map(number)), [0x89], [0x4E]])
      var archive = TestArchive()
      archive.add("a/data.pkl", [0x80, 2] + Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8) + arguments + [0x52, 0x2E])
      archive.add("a/data/0", [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
      return try TorchFile(Bytes(archive.finished()), path: "f")
    }
    #expect(try file(sizes: [3, 2], strides: [0, 1]).tensor(named: "").array(of: Double.self) == [1, 2, 1, 2, 1, 2])
    #expect(message { _ = try file(sizes: [1 << 40], strides: [0]).tensor(named: "") }.contains("of only 1 elements"))
    for (sizes, strides, offset) in [
      ([3], [1], 0), ([2], [1], 1), ([1 << 62, 4], [1, 1], 0), ([2], [Int.max], 1), ([2], [-1], 1), ([1], [1], -1),
    ] {
      #expect(message { _ = try file(sizes: sizes, strides: strides, offset: offset) }.contains("is not within its storage of 2 elements"))
    }
  }
}
