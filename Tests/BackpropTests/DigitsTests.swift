import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
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

  private func network() -> Sequential {
    Sequential {
      Flatten()
      Linear(784, 128)
      ReLU()
      Linear(128, 10)
    }
  }

  /// The same seed gives PyTorch's losses: same weights, same order, same steps.
  @Test func lossesArePyTorchs() throws {
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/digits_losses.json")
    let expected = try JSONDecoder().decode(Losses.self, from: Data(contentsOf: fixture))
    let train = try MNIST(directory: try #require(digitsDirectory), split: .train)
    try #require(train.count == 10_000, "the fixture is of the first 10,000 digits")
    manualSeed(0)
    let model = network()
    let optimizer = SGD(model.parameters(), lr: 0.1)
    let loader = DataLoader(train, batchSize: 64, shuffle: true, workers: 2)
    var losses: [Double] = []
    for _ in 0..<3 {
      for (x, y) in loader {
        let loss = crossEntropy(model(x), y)
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
      }
    }
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
