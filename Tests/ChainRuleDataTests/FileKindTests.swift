import ChainRule
import ChainRuleData
import Foundation
import Testing

/// Shards, tables, lines, events, checkpoints, Codable.
@Suite struct FileKindTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  @Test func safetensorsInShards() throws {
    let tensors: NamedTensors = ["b": Tensor([1.0, 2]), "a": Tensor([[3.0], [4], [5]]), "c": Tensor([6.0]), "d.\"e": Tensor([7])]
    let index = try saveShardedSafetensors(tensors, to: folder.path, shardBytes: 12)
    #expect(
      try folder.names() == [
        "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors",
        "model.safetensors.index.json",
      ])
    let read = try ShardedSafetensors(index)
    #expect(read.names == ["a", "b", "c", "d.\"e"])
    for (name, tensor) in tensors { #expect(try read.tensor(named: name).equal(tensor)) }
    #expect(try read.tensors().count == 4)
    #expect(message { _ = try read.tensor(named: "x") }.contains("no tensor of this name"))
    try FileManager.default.removeItem(atPath: folder("model-00002-of-00003.safetensors"))
    #expect(message { _ = try ShardedSafetensors(index).tensor(named: "a") }.contains("model-00002-of-00003.safetensors: cannot be opened"))
    for (text, sentence) in [
      (#"{"weight_map": {"a": "../x"}}"#, "which is no file beside the index"), (#"{"metadata": {}}"#, "the key \"weight_map\" is missing"),
      (#"{"weight_map": {"a": "x", "a": "y"}}"#, "appears twice"), ("[]", "expected an object"),
    ] {
      let path = try folder.write("index.json", text)
      #expect(message { _ = try ShardedSafetensors(path) }.contains(sentence))
    }
  }

  @Test func tablesAreWrittenAsTheyAreRead() throws {
    let rows = [["1", "a,b"], ["2", "say \"so\"\nand so"], ["", " x "], ["sep=;", "é"]], path = folder("a.csv")
    try saveCSV(rows, columns: ["n", "text"], to: path)
    let table = try Table(contentsOf: path)
    #expect(table.columnNames == ["n", "text"])
    #expect(try table.strings("n") == rows.map { $0[0] } && table.strings("text") == rows.map { $0[1] })
    try saveCSV([[""], ["x"]], columns: ["sep=;"], to: path)
    #expect(try Table(contentsOf: path).strings("sep=;") == ["", "x"])
    let numbers = Tensor([[0.1, 1e-40], [-2, 3e38]])
    try saveCSV(numbers, columns: ["a", "b"], delimiter: ";", to: path)
    let read = try Table(contentsOf: path, delimiter: ";")
    #expect(try Tensor(read.values(of: ["a", "b"]), shape: [2, 2], dtype: .float32).equal(numbers))
    let before = try contents(path)
    #expect(message { try saveCSV([["1"]], columns: ["a", "b"], to: path) } == "\(path): line 2: 1 fields, where there are 2 columns")
    #expect(
      message { try saveCSV([["1"]], columns: ["a"], delimiter: "\"", to: path) }.contains("is not one ASCII character that can delimit"))
    #expect(throws: FormatError.self) { try saveCSV(Tensor([1.0]), columns: ["a"], to: path) }
    #expect(try contents(path) == before)
  }

  private struct Note: Codable, Equatable {
    var text: String
    var label: Int
    var weights: Tensor?
    static func == (a: Note, b: Note) -> Bool { a.text == b.text && a.label == b.label }
  }

  @Test func jsonLines() throws {
    let notes = [Note(text: "a\nb/é", label: 1), Note(text: "", label: -2)], path = folder("a.jsonl")
    try saveJSONLines(notes, to: path)
    #expect(String(decoding: try contents(path), as: UTF8.self) == "{\"label\":1,\"text\":\"a\\nb/é\"}\n{\"label\":-2,\"text\":\"\"}\n")
    #expect(try loadJSONLines(path, as: Note.self) == notes)
    try folder.write("a.jsonl", "{\"text\":\"x\",\"label\":1}\r\n\n{\"text\":\"y\"}")
    #expect(message { _ = try loadJSONLines(path, as: Note.self) } == "\(path): line 3: the key \"label\" is missing")
    try folder.write("a.jsonl", "{\"text\":\"x\",\"label\":\"1\"}")
    #expect(message { _ = try loadJSONLines(path, as: Note.self) }.hasPrefix("\(path): line 1: label: "))
    try folder.write("a.jsonl", "{\"text\"")
    #expect(message { _ = try loadJSONLines(path, as: Note.self) }.hasPrefix("\(path): line 1: "))
  }

  @Test func tensorsInJSON() throws {
    for tensor in [
      Tensor([[1.5, -0.1], [.infinity, 1e-40]]), Tensor([0.1], dtype: .float64), Tensor([true, false]), Tensor([Int.min, Int.max]),
      Tensor.zeros([0, 3]), Tensor(3.0), Tensor([UInt8(0), 255]),
    ] {
      let data = try JSONEncoder().encode(tensor), read = try JSONDecoder().decode(Tensor.self, from: data)
      #expect(read.dtype == tensor.dtype && read.equal(tensor) && read.shape == tensor.shape)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(
      String(decoding: try encoder.encode(Tensor([0.1, .nan])), as: UTF8.self)
        == #"{"dtype":"float32","shape":[2],"values":[0.1,"nan"]}"#)
    for text in [
      #"{"dtype":"float99","shape":[1],"values":[1]}"#, #"{"dtype":"float32","shape":[2],"values":[1]}"#,
      #"{"dtype":"uint8","shape":[1],"values":[300]}"#, #"{"dtype":"float32","shape":[-1],"values":[]}"#,
      #"{"dtype":"float32","shape":[1],"values":["x"]}"#, #"{"dtype":"int64","shape":[9223372036854775807,4],"values":[]}"#,
    ] {
      #expect(throws: DecodingError.self, "\(text)") { try JSONDecoder().decode(Tensor.self, from: Data(text.utf8)) }
    }
  }

  @Test func aDamagedCheckpointIsNamedAndTheOneBeforeUsed() throws {
    let checkpoints = CheckpointFolder(folder("run"), keep: 3)
    #expect(try checkpoints.latest() == nil && checkpoints.steps() == [])
    for step in [10, 20, 30, 1_000_000_000] {
      try checkpoints.save(["model": TorchValue(["w": Tensor([Double(step), 1])]), "epoch": .int(step)], step: step)
    }
    #expect(try checkpoints.steps() == [20, 30, 1_000_000_000])
    #expect(try checkpoints.latest()?.value["epoch"]?.int == 1_000_000_000)
    let last = folder("run/step-1000000000.pt"), whole = try contents(last)
    // Every byte that holds anything, changed in turn: refused, or nothing of the value is other.
    for i in stride(from: 0, to: whole.count, by: 7) {
      var bytes = whole
      bytes[i] ^= 0x10
      try folder.write("run/step-1000000000.pt", bytes)
      let latest = try #require(try checkpoints.latest())
      if latest.step == 30 {
        #expect(latest.damaged.count == 1 && latest.damaged[0].file == last)
      } else {
        #expect(latest.value["epoch"]?.int == 1_000_000_000 && latest.value.tensors["model.w"]!.array(of: Double.self) == [1e9, 1])
      }
    }
    for step in [20, 30] { try FileManager.default.removeItem(atPath: folder("run/step-0000000\(step).pt")) }
    try folder.write("run/step-1000000000.pt", Array(whole.dropLast(5)))
    #expect(throws: FormatError.self) { try checkpoints.latest() }
  }

  /// The records are whole; Fixtures/read_events.py reads them with TensorBoard (EVENT_FILES=FOLDER).
  @Test func eventsForTensorBoard() throws {
    let path = ProcessInfo.processInfo.environment["EVENT_FILES"] ?? folder("events")
    let writer = try SummaryWriter(path)
    for step in 0..<3 { try writer.addScalar("loss/train", 1 / Double(step + 1), step: step) }
    try writer.addHistogram("weights", Tensor([-1.5, 0, 0, 0.25, 1e-3]), step: 1)
    try writer.addImage("picture", Tensor([[UInt8(0), 255], [7, 9]]), step: 2)
    try writer.addText("note", "so **it** is", step: 2)
    #expect(throws: FormatError.self) { try writer.addHistogram("bad", Tensor([Double.nan]), step: 0) }
    #expect(throws: FormatError.self) { try writer.addImage("bad", Tensor([1.0]), step: 0) }
    let bytes = try contents(writer.path)
    var position = 0, count = 0
    while position < bytes.count {
      let length = (0..<8).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
      position += 12 + length + 4
      count += 1
    }
    #expect(position == bytes.count && count == 7)
    #expect(throws: FormatError.self) { try SummaryWriter(folder.write("file", "x") + "/below") }
  }
}
