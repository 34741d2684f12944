import Foundation
import Testing

private let digitsDirectory = ProcessInfo.processInfo.environment["CHAINRULE_DATA"].map { $0 + "/mnist" }

/// The real digits, where CHAINRULE_DATA names their folder.
@Suite(
  .serialized,
  .enabled(if: digitsDirectory != nil, "CHAINRULE_DATA does not name a folder with the digits: skipped"))
struct DigitsTests {
  private struct Losses: Decodable {
    let losses: [Double]
    let threadDistance: Double
    let threadDistanceFirst50: Double
  }

  private struct Step: Decodable {
    let step: Int
    let loss: Double?
  }

  /// The same seed gives PyTorch's losses: same weights, same order, same steps.
  @Test func lossesArePyTorchs() throws {
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/digits_losses.json")
    let expected = try JSONDecoder().decode(Losses.self, from: Data(contentsOf: fixture))
    let data = try #require(digitsDirectory)
    let folder = try TemporaryFolder()
    let run = try Command.run(
      ["train", "mnist", "--data", data, "--out", folder.path, "--optimizer", "sgd", "--lr", "0.1", "--epochs", "3"])
    #expect(run.code == 0, "\(run.errors)")
    try #require(run.output.hasPrefix("10,000 images to learn from"), "the losses to compare with are of the first 10,000 digits")
    let losses = try folder.read("metrics.jsonl").split(separator: UInt8(ascii: "\n"))
      .compactMap { try JSONDecoder().decode(Step.self, from: $0).loss }
    #expect(losses.count == expected.losses.count)
    let distances = zip(losses, expected.losses).map { abs($0 - $1) / $1 }
    let all = distances.max() ?? .infinity, first = distances.prefix(50).max() ?? .infinity
    print("relative distance of the losses to PyTorch's: \(first) in the first 50 steps, \(all) in all \(losses.count)")
    #expect(first <= max(1e-5, 5 * expected.threadDistanceFirst50))
    #expect(all <= max(1e-3, 5 * expected.threadDistance))
  }

  /// Five epochs of Adam on 10,000 digits read at least 92 % of the test digits.
  @Test func fiveEpochsReadNineDigitsInTen() throws {
    let folder = try TemporaryFolder()
    let data = try #require(digitsDirectory)
    let run = try Command.run(["train", "mnist", "--data", data, "--out", folder.path])
    #expect(run.code == 0, "\(run.errors)")
    let line = run.output.split(separator: "\n").last { $0.hasPrefix("test accuracy ") }
    let percent = try #require(line.flatMap { Double($0.dropFirst("test accuracy ".count).prefix { $0 != "%" }) })
    #expect(percent >= 92)
    print("test accuracy after 5 epochs: \(percent) %")
  }
}
