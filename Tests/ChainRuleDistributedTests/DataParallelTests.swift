import ChainRule
import ChainRuleNN
import Foundation
import Testing

@testable import ChainRuleDistributed

@Suite(.serialized, .enabled(if: !Launcher.all.isEmpty, "no MPI launcher is installed: apt-get install mpich openmpi-bin"))
struct DataParallelTests {
  private let check = Launcher.product("RankCheck")
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ranks-\(UUID().uuidString)")

  /// How many steps, ranks and launchers: `.ci/long` asks for all.
  private static let isLong = ProcessInfo.processInfo.environment["CHAINRULE_RANKS"] == "all"
  private static let ranks = isLong ? [1, 2, 4, 8] : [1, 2, 4]
  private static let launchers = isLong ? Launcher.all : Array(Launcher.all.prefix(1))
  private static let runs = ["mlp sgd", "mlp adam", "cnn sgd", "cnn adam", "sync adam"] + (isLong ? ["gpt sgd", "gpt adam"] : [])

  @Test(arguments: launchers, runs)
  func `Eight shards give the same bits on any number of ranks`(launcher: Launcher, run: String) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let words = run.split(separator: " ").map(String.init), steps = Self.isLong ? "200" : "20"
    var first: Data?
    for ranks in Self.ranks {
      let file = folder.appendingPathComponent("\(ranks).safetensors")
      let result = try launcher.run(ranks, check, ["train"] + words + ["8", steps, file.path, "clip"])
      #expect(result.code == 0, "\(result.output)")
      let state = try Data(contentsOf: file)
      if let first { #expect(first == state, "\(ranks) ranks") } else { first = state }
    }
  }

  @Test(arguments: launchers, ["mlp adam", "cnn sgd"] + (isLong ? ["gpt adam"] : []))
  func `A shared optimizer takes the steps of a whole one, and its state is whole in a file`(launcher: Launcher, run: String) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var first: Data?
    for ranks in Self.ranks {
      let file = folder.appendingPathComponent("\(ranks).safetensors"), words = run.split(separator: " ").map(String.init)
      let steps = Self.isLong ? "200" : "6"
      let result = try launcher.run(ranks, check, ["train"] + words + ["8", steps, file.path] + (ranks == 1 ? [] : ["sharded"]))
      #expect(result.code == 0, "\(result.output)")
      let state = try Data(contentsOf: file)
      if let first { #expect(first == state, "\(ranks) ranks") } else { first = state }
    }
  }

  @Test(arguments: launchers.prefix(1), [1, 2])
  func `A compiled loss and a compiled update lead to the same weights`(launcher: Launcher, ranks: Int) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var states: [Data] = []
    for flags in [[], ["compiled"]] {
      let file = folder.appendingPathComponent("\(flags.count).safetensors")
      let result = try launcher.run(ranks, check, ["train", "mlp", "adam", "8", "20", file.path, "clip"] + flags)
      #expect(result.code == 0, "\(result.output)")
      states.append(try Data(contentsOf: file))
    }
    #expect(states[0] == states[1])
  }

  @Test(arguments: launchers, [2, 3])
  func `The gradient is that of all samples, whatever each rank has`(launcher: Launcher, ranks: Int) throws {
    let result = try launcher.run(ranks, check, ["gradients"])
    #expect(result.code == 0, "\(result.output)")
  }

  @Test(arguments: launchers, [1, 2, 3])
  func `Synchronised batch normalisation is that of the joined batch`(launcher: Launcher, ranks: Int) throws {
    let result = try launcher.run(ranks, check, ["synchronized"])
    #expect(result.code == 0 && result.output.contains("synchronized: \(ranks) rank"), "\(result.output)")
  }

  @Test(arguments: launchers, [2, 3])
  func `Ranks with other numbers of batches end together`(launcher: Launcher, ranks: Int) throws {
    let result = try launcher.run(ranks, check, ["together"])
    #expect(result.code == 0, "\(result.output)")
  }

  @Test(arguments: launchers)
  func `Another model on one rank is named`(launcher: Launcher) throws {
    let result = try launcher.run(2, check, ["models"])
    #expect(result.code != 0)
    let told = "rank 1 of 2, DataParallel: its model is another than rank 0's: parameter or buffer 0 is \"0.weight\" of shape [4, 2]"
    #expect(result.output.contains(told) || result.output.contains("rank 1's model is another than rank 0's"), "\(result.output)")
  }
}

@Suite struct LonelyDataParallelTests {
  @Test func `Shards of one process give the gradient of the whole batch`() throws {
    let generator = Generator(seed: 0)
    let
      model = Sequential {
        Linear(4, 8, generator: generator)
        Tanh()
        Linear(8, 2, generator: generator)
      }, x = Tensor.randn(21, 4, generator: generator), y = Tensor.randn(21, 2, generator: generator)
    mseLoss(model(x), y).backward()
    let expected = model.parameters().map { $0.grad! }
    for shards in [1, 2, 3, 8, 32] {
      model.zeroGrad()
      let loss = try DataParallel(model, World(), shards: shards).backward(x, y) { mseLoss(model($0), $1) }
      #expect(abs(loss.item() - mseLoss(model(x), y).item()) < 1e-6)
      for (parameter, gradient) in zip(model.parameters(), expected) {
        #expect((parameter.grad! - gradient).abs().max().item() < 1e-6)
      }
    }
  }

  @Test func `Shards that take turns hand on what goes wrong in one of them`() throws {
    let model = SyncBatchNorm.convert(BatchNorm1d(2)), other = SyncBatchNorm.convert(BatchNorm1d(3)), world = try World()
    let trainer = try DataParallel(Sequential(model, Linear(2, 1)), world, shards: 4), x = Tensor.ones(8, 2)
    #expect(throws: TensorError.self) {
      try catching { try trainer.backward(samples: 8) { $0.contains(3) ? model(Tensor.ones(2, 5)).mean() : model(x).mean() } }
    }
    let error = #expect(throws: DistributedError.self) {
      try trainer.backward(samples: 8) { $0.contains(3) ? other(Tensor.ones(2, 3)).mean() : model(x).mean() }
    }
    #expect(error?.description.contains("batch statistics in step 2: a shard has 3 numbers, another 4") == true)
    // Modes of the thread hold in the shards too.
    let types = try withDefaultDType(.float64) {
      var types: [DType] = []
      try trainer.backward(samples: 8) { _ in
        types.append(Tensor([1.5]).dtype)
        return model(x).mean()
      }
      return types
    }
    #expect(types == [.float64, .float64, .float64, .float64])
    // Neither of the two passes that failed has left anything.
    #expect(model.runningMean!.value.allClose(Tensor([0.1, 0.1])))
  }

  @Test func `The parts of shards are the parts of parts`() throws {
    for count in [0, 1, 5, 8, 20, 21, 1000] {
      let whole = Shares.cut(count, into: 8)
      #expect(whole.first?.lowerBound == 0 && whole.last?.upperBound == count)
      #expect(zip(whole, whole.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
      for ranks in [1, 2, 4, 8] {
        let parts = Shares.cut(count, into: ranks).flatMap { part in
          Shares.cut(part.count, into: 8 / ranks).map { ($0.lowerBound + part.lowerBound)..<($0.upperBound + part.lowerBound) }
        }
        #expect(parts == whole)
      }
    }
  }

  @Test func `Wrong numbers of shards and batches are refused`() throws {
    func message(_ body: () throws -> Void) -> String {
      do { try catching { try body() } } catch { return "\(error)" }
      return ""
    }
    let model = Linear(2, 1), world = try World(), x = Tensor.zeros(3, 2)
    #expect(message { _ = try DataParallel(model, world, shards: 0) }.contains("0 shards cannot be shared between 1 ranks"))
    let trainer = try DataParallel(model, world)
    #expect(message { try trainer.backward(x, Tensor.zeros(2)) { a, _ in model(a).mean() } }.contains("are not samples of one batch"))
    #expect(message { try trainer.backward(x, x) { a, _ in model(a) } }.contains("the loss of a batch has shape [3, 1]"))
    let whole = compile { (x: Tensor) in (try? trainer.backward(samples: 3) { _ in model(x).mean() }) ?? x }
    #expect(message { _ = whole(x) }.contains("DataParallel sums gradients over ranks"))
    #expect(message { try trainer.backward(samples: -1) { _ in model(x).mean() } }.contains("is negative"))
  }
}
