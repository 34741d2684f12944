import Foundation
import Testing

/// Whatever a user gets wrong is one line that names it, with exit code 1 for data and 2 for options; nothing is left behind.
@Suite(.serialized) struct BadInputTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ToyDigits.write(to: folder, train: 100, test: 50)
  }

  private func expectError(
    _ arguments: [String], code: Int32, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let run = try Command.run(arguments)
    #expect(run.code == code, "\(arguments): \(run.errors)", sourceLocation: sourceLocation)
    #expect(run.errors.hasPrefix("backprop: "), "\(run.errors)", sourceLocation: sourceLocation)
    #expect(run.errors.filter { $0 == "\n" }.count == 1, "\(run.errors)", sourceLocation: sourceLocation)
    for part in parts { #expect(run.errors.contains(part), "\(run.errors)", sourceLocation: sourceLocation) }
    #expect(!folder.has("out"), "a folder was made for nothing", sourceLocation: sourceLocation)
  }

  private var training: [String] { ["train", "mnist", "--data", folder.path, "--out", folder("out"), "--epochs", "1"] }

  @Test func options() throws {
    try expectError(["train", "mnist", "--data", folder.path, "--colour", "red"], code: 2, "--colour")
    try expectError(["trane"], code: 2, "trane")
    try expectError(training + ["--batch", "0"], code: 2, "--batch 0")
    try expectError(training + ["--batch", "\(Int.max)"], code: 2, "--batch")
    try expectError(training + ["--epochs", "\(Int.max)"], code: 2, "--epochs")
    try expectError(training + ["--hidden", "100000,100000"], code: 2, "hidden", "weights")
    try expectError(["train", "spirals", "--points", "3"], code: 2, "--points 3")
    try expectError(training + ["--lr", "fast"], code: 2, "lr", "fast")
    try expectError(training + ["--hidden", "12,,3"], code: 2, "hidden")
    try expectError(["train", "mnist"], code: 2, "--data")
    try expectError(["predict", "--data", folder.path], code: 2, "--model")
  }

  @Test func folders() throws {
    try expectError(["train", "mnist", "--data", folder("nowhere"), "--out", folder("out")], code: 1, folder("nowhere"))
    try FileManager.default.removeItem(atPath: folder("t10k-labels-idx1-ubyte"))
    try expectError(training, code: 1, "t10k-labels-idx1-ubyte")
    let file = folder("train-images-idx3-ubyte")
    try expectError(["train", "mnist", "--data", file, "--out", folder("out")], code: 1, file, "not a directory")
  }

  @Test func images() throws {
    let name = "train-images-idx3-ubyte"
    let good = try folder.read(name)
    for (bytes, place) in [
      (Data(), "empty"), (good.prefix(3), "byte 3"), (good.prefix(12), "byte 12"), (good.dropLast(1), "byte \(good.count - 1)"),
      (good + [0], "byte \(good.count)"), (Data([1]) + good.dropFirst(), "byte 0"),
      (Data([0x1F, 0x8B, 8, 0]) + good.dropFirst(4), "byte"),
    ] {
      try folder.write(name, bytes)
      try expectError(training, code: 1, folder(name), place)
    }
    try FileManager.default.removeItem(atPath: folder(name))
    try FileManager.default.createDirectory(atPath: folder(name), withIntermediateDirectories: false)
    try expectError(training, code: 1, folder(name), "directory")
  }

  @Test func labels() throws {
    try folder.write("t10k-labels-idx1-ubyte", ToyDigits.header([50]) + [UInt8](repeating: 77, count: 50))
    try expectError(training, code: 1, folder("t10k-labels-idx1-ubyte"), "label")
    try folder.write("t10k-labels-idx1-ubyte", ToyDigits.header([49]) + [UInt8](repeating: 7, count: 49))
    try expectError(training, code: 1, folder("t10k-labels-idx1-ubyte"), "49 labels")
  }

  @Test func models() throws {
    let run = try Command.run(["train", "mnist", "--data", folder.path, "--out", folder("run"), "--epochs", "1"])
    #expect(run.code == 0, "\(run.errors)")
    let model = folder("run/model.safetensors")
    let good = try folder.read("run/model.safetensors")
    func predict() -> [String] { ["predict", "--model", model, "--data", folder.path] }
    for bytes in [Data(), good.prefix(5), good.prefix(60), good.dropLast(1), good + [1], Data(repeating: 0x7B, count: 64)] {
      try folder.write("run/model.safetensors", bytes)
      try expectError(predict(), code: 1, model)
    }
    // A checkpoint is a good file, but no model.
    try folder.write("run/model.safetensors", try folder.read("run/checkpoint.safetensors"))
    try expectError(predict(), code: 1, model, "weight")
    try FileManager.default.removeItem(atPath: model)
    try expectError(predict(), code: 1, model, "no such file")
    try FileManager.default.createDirectory(atPath: model, withIntermediateDirectories: false)
    try expectError(predict(), code: 1, model, "directory")
  }

  @Test func resuming() throws {
    try expectError(training + ["--resume"], code: 1, folder("out/checkpoint.safetensors"), "no such file")
    let begin = ["train", "mnist", "--data", folder.path, "--out", folder("run"), "--epochs", "1"]
    #expect(try Command.run(begin).code == 0)
    try expectError(begin + ["--resume", "--batch", "7"], code: 2, "--batch 7", "64")
    try expectError(["train", "spirals", "--out", folder("run"), "--resume"], code: 1, "mnist", "spirals")
    let checkpoint = try folder.read("run/checkpoint.safetensors")
    try folder.write("run/checkpoint.safetensors", checkpoint.dropLast(100))
    try expectError(begin + ["--resume"], code: 1, folder("run/checkpoint.safetensors"))
    // Still as it was: a failed start writes nothing.
    #expect(try folder.read("run/checkpoint.safetensors") == checkpoint.dropLast(100))
  }

  @Test func outputFolder() throws {
    try folder.write("file", [1])
    try expectError(
      ["train", "mnist", "--data", folder.path, "--out", folder("file"), "--epochs", "1"], code: 1, folder("file"), "is a file")
    try expectError(["train", "mnist", "--data", folder.path, "--out", folder("file/out"), "--epochs", "1"], code: 1, folder("file/out"))
  }
}
