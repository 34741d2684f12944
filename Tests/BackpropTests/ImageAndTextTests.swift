import ChainRule
import ChainRuleData
import Foundation
import Testing

@testable import backprop

/// Folders of images and texts, from training to prediction.
@Suite(.serialized) struct ImageAndTextTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Images that are brighter on the left, or at the top, in noise and in several sizes.
  private func writeImages(_ root: String, _ count: Int) throws {
    let generator = ChainRule.Generator(seed: 3)
    for (label, name) in ["left", "top"].enumerated() {
      try FileManager.default.createDirectory(atPath: folder("\(root)/\(name)"), withIntermediateDirectories: true)
      for i in 0..<count {
        let size = 16 + 4 * (i % 2)
        let ramp = Tensor.linspace(1, 0, size), noise = Tensor.rand(3, size, size, generator: generator)
        let image = (label == 0 ? ramp : ramp.unsqueezed(1)) * 0.6 + noise * 0.4
        try writePNG(image, to: folder("\(root)/\(name)/\(i).png"))
      }
    }
  }

  @Test func imagesAreLearnedAndPredicted() throws {
    try writeImages("images", 30)
    let train = ["train", "images", "--data", folder("images"), "--hidden", "8,16", "--epochs", "6", "--batch", "8"]
    let run = try Command.run(train + ["--out", folder("run")])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("48 images to learn from, 12 to test on, of 16 x 16 pixels; 2 classes"), "\(run.output)")
    for name in ["mistakes.svg", "confusion.svg", "calibration.svg"] { #expect(folder.has("run/\(name)"), "\(name)") }
    let predicted = try Command.run(["predict", "--model", folder("run"), "--data", folder("images"), "--out", folder("out.csv")])
    #expect(predicted.code == 0, "\(predicted.errors)")
    let out = try Table(contentsOf: folder("out.csv"))
    #expect(out.columnNames == ["image", "label", "prediction", "probability left", "probability top"] && out.rowCount == 60)
    let right = zip(try out.strings("label"), try out.strings("prediction")).count { $0 == $1 }
    #expect(right >= 54, "\(right) of 60 right")
    // One image alone, and a folder of images without classes.
    for (path, count) in [("images/top/3.png", 1), ("images/left", 30)] {
      let run = try Command.run(["predict", "--model", folder("run"), "--data", folder(path), "--out", folder("out.csv")])
      #expect(run.code == 0 && run.output.contains("wrote \(count) predictions"), "\(run.errors)")
      #expect(try Table(contentsOf: folder("out.csv")).columnNames.prefix(2) == ["image", "prediction"])
    }
    // Other classes begin with these weights, and a last layer of their own.
    try FileManager.default.copyItem(atPath: folder("images/top"), toPath: folder("images/up"))
    let begun = try Command.run(train + ["--from", folder("run/model.safetensors"), "--out", folder("more"), "--epochs", "1"])
    #expect(begun.code == 0 && begun.output.contains("and a new last layer"), "\(begun.errors)")
    let first = try SafetensorsContents(folder("run/model.safetensors")).tensors["0.weight"]
    let moved = try SafetensorsContents(folder("more/model.safetensors")).tensors["0.weight"]
    let distance = try (#require(first) - #require(moved)).abs().max().item()
    #expect(distance > 0 && distance < 0.1)
    let wrong = try Command.run(train + ["--hidden", "4,4", "--from", folder("run/model.safetensors"), "--out", folder("wrong")])
    #expect(wrong.code == 1 && wrong.errors.contains(folder("run/model.safetensors")), "\(wrong.errors)")
  }

  @Test func bothGoOnToTheSameBits() throws {
    try writeImages("images", 12)
    try folder.write("text.txt", (0..<900).map { UInt8(97 + $0 * $0 % 7) })
    for job in [
      ["images", "--data", folder("images"), "--hidden", "4,8"],
      ["text", "--data", folder("text.txt"), "--hidden", "8", "--context", "12", "--patience", "9"],
    ] {
      for (out, epochs, more) in [("a", "4", []), ("b", "2", []), ("b", "4", ["--resume"])] {
        let run = try Command.run(["train"] + job + ["--out", folder("\(job[0])-\(out)"), "--batch", "8", "--epochs", epochs] + more)
        #expect(run.code == 0, "\(run.errors)")
      }
      for file in ["model.safetensors", "checkpoint.safetensors", "metrics.jsonl"] {
        #expect(try folder.read("\(job[0])-a/\(file)") == folder.read("\(job[0])-b/\(file)"), "\(job[0]) \(file)")
      }
    }
  }

  @Test func badImages() throws {
    try writeImages("images", 3)
    let train = ["train", "images", "--data", folder("images"), "--out", folder("run"), "--epochs", "1"]
    let good = try folder.read("images/top/1.png")
    try folder.write("images/top/1.png", good.prefix(60))
    let cut = try Command.run(train)
    #expect(cut.code == 1 && cut.errors.contains("images/top/1.png: byte"), "\(cut.errors)")
    #expect(cut.errors.filter { $0 == "\n" }.count == 1 && !folder.has("run"))
    try folder.write("images/top/1.png", good)
    #expect(try Command.run(train + ["--network", "lstm"]).code == 2)
    #expect(try Command.run(train + ["--size", "8", "--hidden", "8,8,8,8,8"]).code == 2)
    try FileManager.default.removeItem(atPath: folder("images/left"))
    let one = try Command.run(train)
    #expect(one.code == 1 && one.errors.contains("one class"), "\(one.errors)")
  }

  private static let verse = "the quick brown fox jumps over the lazy dog; "

  @Test(arguments: [("lstm", "32", "12"), ("gpt", "32,32", "20")])
  func textsAreLearnedAndGoneOnWith(network: String, hidden: String, epochs: String) throws {
    try folder.write("text.txt", String(repeating: Self.verse, count: 120).utf8)
    let train = [
      "train", "text", "--data", folder("text.txt"), "--network", network, "--hidden", hidden, "--context", "24", "--out", folder("run"),
      "--lr", "0.01", "--batch", "8", "--epochs", epochs, "--schedule", "cosine",
    ]
    let run = try Command.run(train)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("perplexity"))
    let sample = ["sample", "--model", folder("run"), "--prompt", "the quick ", "--length", "40"]
    let written = try Command.run(sample + ["--temperature", "0"])
    #expect(written.code == 0, "\(written.errors)")
    #expect((Self.verse + Self.verse).hasPrefix(written.output.trimmingCharacters(in: .newlines)), "\(written.output)")
    let drawn = try Command.run(sample + ["--temperature", "2"]), again = try Command.run(sample + ["--temperature", "2"])
    #expect(drawn.output == again.output && drawn.output != written.output)
    #expect(try Command.run(sample + ["--temperature", "2", "--seed", "1"]).output != drawn.output)
    let foreign = try Command.run(["sample", "--model", folder("run"), "--prompt", "ß"])
    #expect(foreign.code == 1 && foreign.errors.contains("\"ß\""), "\(foreign.errors)")
    try folder.write("new.txt", "the lazy\nquick brown\n".utf8)
    let unknown = try Command.run(["predict", "--model", folder("run"), "--data", folder("new.txt"), "--out", folder("out.csv")])
    // There was no line end in the text.
    #expect(unknown.code == 1 && unknown.errors.contains("new.txt"), "\(unknown.errors)")
    try folder.write("new.txt", "the lazy dog; the qu".utf8)
    let predicted = try Command.run(["predict", "--model", folder("run"), "--data", folder("new.txt"), "--out", folder("out.csv")])
    #expect(predicted.code == 0, "\(predicted.errors)")
    let out = try Table(contentsOf: folder("out.csv"))
    #expect(out.columnNames == ["text", "prediction", "perplexity"])
    #expect(try out.strings("prediction")[0].hasPrefix("ick brown fox"))
    // Lines are read together: what each says is what it says alone.
    let writer = try TextWriter(folder("run"))
    let texts = try ["the lazy dog; the qu", "fox", "o", Self.verse + Self.verse].map { try writer.tokens($0, "") }
    func continued(_ texts: [[Int]]) -> [[Int]] { writer.continuations(of: texts, length: 30) { sampleTokens($0, temperature: 0) } }
    let together = (continued(texts), writer.perplexities(texts + [[]]))
    for (i, text) in texts.enumerated() {
      #expect(continued([text])[0] == together.0[i] && together.0[i].count == 30)
      let alone = writer.perplexities([text])[0], beside = together.1[i]
      #expect((alone == nil) == (text.count < 2) && abs((alone ?? 0) - (beside ?? 0)) <= 1e-4 * (alone ?? 0), "\(text.count)")
    }
    #expect(together.1[4] == nil)
  }

  @Test func badTexts() throws {
    try folder.write("short.txt", "too short".utf8)
    let train = ["train", "text", "--out", folder("run"), "--data"]
    for (name, part) in [("short.txt", "has 9 characters"), ("nowhere.txt", "no such file")] {
      let run = try Command.run(train + [folder(name)])
      #expect(run.code == 1 && run.errors.contains(part) && run.errors.contains(name), "\(run.errors)")
    }
    try folder.write("latin.txt", [0x61, 0xE9, 0x61])
    #expect(try Command.run(train + [folder("latin.txt")]).errors.contains("latin.txt: byte 1: is no UTF-8"))
    try folder.write("long.txt", String(repeating: "ab", count: 1000).utf8)
    #expect(try Command.run(train + [folder("long.txt"), "--hidden", "8,16"]).code == 2)
    #expect(!folder.has("run"))
  }
}
