import ChainRule
import ChainRuleData
import Foundation
import Testing

/// No run learns from, or saves, numbers that are no numbers; and none begins that has nothing to learn.
@Suite(.serialized) struct FiniteRunTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let rows = (0..<60).map { "\(Double($0 % 7) / 3),\(Double($0 % 5) - 2),\($0 % 7 < 3 ? "cat" : "dog")" }

  private func table(_ name: String, _ rows: [String] = rows, header: String = "x,y,label") throws {
    try folder.write(name, (header + "\n" + rows.map { $0 + "\n" }.joined()).utf8)
  }

  private func train(_ more: String...) throws -> Command {
    try Command.run(
      [
        "train", "table", "--data", folder("train.csv"), "--test", folder("test.csv"), "--out", folder("out"), "--epochs", "2",
        "--schedule", "constant",
      ] + more)
  }

  private func expectRefusal(_ run: Command, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(run.code == 1, "\(run.errors)", sourceLocation: sourceLocation)
    #expect(
      run.errors.hasPrefix("backprop: ") && run.errors.filter { $0 == "\n" }.count == 1, "\(run.errors)", sourceLocation: sourceLocation)
    for part in parts { #expect(run.errors.contains(part), "\(run.errors)", sourceLocation: sourceLocation) }
    #expect(!folder.has("out"), "a folder was made for nothing", sourceLocation: sourceLocation)
  }

  @Test func cellsThatAreNotFinite() throws {
    for (bad, good, cells) in [("train.csv", "test.csv", ["nan", "1e400"]), ("test.csv", "train.csv", ["NaN", "-Infinity"])] {
      for cell in cells {
        var rows = Self.rows
        rows[10] = "1,\(cell),cat"
        try table(bad, rows)
        try table(good)
        expectRefusal(try train(), folder(bad), "line 12, column \"y\"", "\"\(cell)\"")
      }
    }
  }

  @Test func magnitudesAtTheEndsOfTheRange() throws {
    func accuracy() throws -> Substring {
      let run = try train("--epochs", "5", "--batch", "8", "--lr", "0.02")
      #expect(run.code == 0, "\(run.errors)")
      try FileManager.default.removeItem(atPath: folder("out"))
      return try #require(run.output.split(separator: "\n").first { $0.hasPrefix("test accuracy") })
    }
    for name in ["train.csv", "test.csv"] { try table(name) }
    let plain = try accuracy()
    let large = Self.rows.map { row in
      let fields = row.split(separator: ",")
      return "\((Double(fields[0]) ?? 0) * 0x1p1022),\((Double(fields[1]) ?? 0) * 0x1p-1030),\(fields[2])"
    }
    for name in ["train.csv", "test.csv"] { try table(name, large) }
    #expect(try accuracy() == plain)
    // A cell that is fine by itself, and out of reach of 32 bits by the scale of its column.
    try table("train.csv")
    try table("test.csv", Self.rows + ["1,1e300,cat"])
    expectRefusal(try train(), folder("test.csv"), "line 62, column \"y\"", "32-bit")
  }

  @Test func separatorsAndComments() throws {
    func write(_ change: (String) -> String) throws {
      for name in ["train.csv", "test.csv"] { try table(name, Self.rows.map(change), header: change("x,y,label")) }
    }
    try write { $0.replacing(",", with: ";") }
    expectRefusal(try train(), "column \"label\"", "the fields are separated by \";\", not by \",\"")
    #expect(try train("--separator", ";").code == 0)
    try write { $0.replacing(",", with: "\t") }
    #expect(try train("--separator", "tab").code == 0)
    #expect(try train("--separator", ";;").code == 2)
    try FileManager.default.removeItem(atPath: folder("out"))
    for name in ["train.csv", "test.csv"] {
      try table(name, ["x;y;label"] + Self.rows.map { $0.replacing(",", with: ";") }, header: "sep=;")
    }
    #expect(try train().code == 0)
    try FileManager.default.removeItem(atPath: folder("out"))
    for name in ["train.csv", "test.csv"] { try table(name, ["x,y,label"] + Self.rows, header: "# made by hand") }
    expectRefusal(try train(), "line 2", "line 1 begins with #")
    try write { $0 + "," }
    #expect(try train().code == 0)
    try FileManager.default.removeItem(atPath: folder("out"))
    for name in ["train.csv", "test.csv"] { try table(name, Self.rows.enumerated().map { "\($0),\($1)" }, header: ",x,y,label") }
    expectRefusal(try train(), "column 1 has no name")
    try write { $0.replacing("cat", with: "c\0at") }
    expectRefusal(try train(), folder("train.csv"), "line 2", "zero byte in field 3")
  }

  @Test func whatIsNoTaskForAClassifier() throws {
    try table("train.csv", Self.rows.map { $0.replacing("dog", with: "cat") })
    try table("test.csv", Self.rows.map { $0.replacing("dog", with: "cat") })
    expectRefusal(try train(), "column \"label\"", "every row has the label \"cat\"")
    for name in ["train.csv", "test.csv"] { try table(name, Self.rows.map { _ in "1,2,7" }) }
    expectRefusal(try train("--task", "regression"), "column \"label\"", "every row has 7.0")
    // Many numbers are a quantity, and classes only where they are called so.
    for values in [(0..<60).map { "\(50 + $0)" }, (0..<60).map { "\(Double($0) * 1.37)" }] {
      let rows = zip(Self.rows, values).map { $0.split(separator: ",").dropLast().joined(separator: ",") + ",\($1)" }
      for name in ["train.csv", "test.csv"] { try table(name, rows) }
      let run = try train()
      #expect(run.code == 0 && run.output.contains("\"label\" is a quantity from") && run.output.contains("test R2 "), "\(run.errors)")
    }
    let run = try train("--task", "classification")
    #expect(run.code == 0 && run.output.contains("60 classes"), "\(run.errors)")
  }

  @Test func digitsThatTeachNothing() throws {
    func write(_ shape: [Int], _ labels: [UInt8]) throws {
      for name in ["train", "t10k"] {
        try folder.write("\(name)-images-idx3-ubyte", ToyDigits.header(shape) + [UInt8](repeating: 1, count: shape.reduce(1, *)))
        try folder.write("\(name)-labels-idx1-ubyte", ToyDigits.header([labels.count]) + labels)
      }
    }
    func train() throws -> Command { try Command.run(["train", "mnist", "--data", folder.path, "--out", folder("out"), "--epochs", "1"]) }
    try write([4, 0, 0], [0, 1, 2, 3])
    expectRefusal(try train(), folder("train-images-idx3-ubyte"), "images of no pixels")
    try write([4, 2, 2], [3, 3, 3, 3])
    expectRefusal(try train(), folder("train-labels-idx1-ubyte"), "every image has the label 3")
  }

  /// A run that diverges ends with the step, the rate and the place; what was good is still there.
  @Test func aRunThatDiverges() throws {
    try table("train.csv")
    try table("test.csv")
    for rate in ["1e8", "1e300"] {
      let run = try train("--optimizer", "sgd", "--lr", rate, "--epochs", "50", "--hidden", "16,16", "--batch", "60")
      #expect(run.code == 1, "\(rate): \(run.output)")
      let line = try #require(run.errors.split(separator: "\n").last)
      #expect(line.hasPrefix("backprop: step ") && line.contains("learning rate \(Double(rate)!): "), "\(run.errors)")
      #expect(
        line.contains("the loss is ") || line.contains("the loss on the test data is ") || line.contains("the update made \"")
          || line.contains("the gradient of \""), "\(line)")
      #expect(line.hasSuffix("; no checkpoint had been written yet"), "\(line)")
      for name in ["model.safetensors", "checkpoint.safetensors", "loss.svg"] { #expect(!folder.has("out/\(name)"), "\(name)") }
    }
  }

  @Test func theLastGoodCheckpointIsKeptAndNamed() throws {
    try table("train.csv")
    try table("test.csv")
    #expect(try train("--batch", "60").code == 0)
    // The run goes on from weights that are finite, and too large for what comes.
    let path = folder("out/checkpoint.safetensors")
    let contents = try SafetensorsContents(path)
    func edit(_ change: (Tensor) -> Tensor) throws -> Data {
      var tensors = contents.tensors
      for (name, tensor) in contents.tensors where name.hasPrefix("model.") && name.hasSuffix("weight") { tensors[name] = change(tensor) }
      try saveSafetensors(tensors, metadata: contents.metadata, to: path)
      return try folder.read("out/checkpoint.safetensors")
    }
    let model = try folder.read("out/model.safetensors"), large = try edit { $0 * 1e38 }
    let run = try train("--resume", "--epochs", "9")
    #expect(run.code == 1)
    let line = try #require(run.errors.split(separator: "\n").last)
    #expect(line.contains("step 3, learning rate 0.002: the loss is ") && line.contains("layer \""), "\(line)")
    #expect(line.hasSuffix("; the last good checkpoint, of step 2, is kept: \(path)"), "\(line)")
    #expect(try folder.read("out/checkpoint.safetensors") == large)
    #expect(try folder.read("out/model.safetensors") == model)
    // Weights that are none are no place to go on from.
    _ = try edit { $0 * Double.nan }
    let refused = try train("--resume", "--epochs", "9")
    #expect(refused.code == 1 && refused.errors.contains("holds nan: nothing can be learned from there"), "\(refused.errors)")
  }
}
