import ChainRule
import ChainRuleDistributed
import ChainRuleExplain
import ChainRuleNN
import ChainRuleOptim

/// Times what ranks do together, under a launcher: sums of buffers beside the library's own call, and a step of a network with and without
/// them.
struct DistributedBench {
  let world: World
  let seconds: Double

  func run() throws {
    guard world.size > 1 else {
      throw OptionError(
        "--distributed: needs several ranks; mpiexec -n 2 backprop bench --distributed",
        "--distributed: 랭크가 여럿이어야 합니다. 예: mpiexec -n 2 backprop bench --distributed")
    }
    print("sums of float32 over all ranks, the median of many")
    row("size", "MPI_Allreduce", "any order", "fixed order", "any / MPI", "fixed / MPI")
    for bytes in [1 << 20, 16 << 20, 100_000_000] { try sums(bytes) }
    print("")
    print("a step of gpt_6x384_b4_t256_adamw in each rank, the median of \(Self.steps)")
    try steps()
  }

  private static let steps = 7

  private func sums(_ bytes: Int) throws {
    let measure = SumMeasurement(world, count: bytes / 4), ways = SumMeasurement.Way.allCases
    var times = [[Double]](repeating: [], count: ways.count)
    let clock = ContinuousClock(), end = clock.now + .seconds(seconds)
    // One after the other, so that what else the machine does falls on all alike; every rank decides alike when to end.
    repeat {
      for (i, way) in ways.enumerated() { times[i].append(try measure.time(way)) }
    } while try world.allReduce(Tensor([clock.now < end || times[0].count < 5 ? 0 : 1])).item(as: Int.self) == 0
    let medians = times.map(Self.median)
    row(
      NumberText.bytes(bytes), NumberText.duration(medians[0]), NumberText.duration(medians[1]), NumberText.duration(medians[2]),
      NumberText.fixed(medians[1] / medians[0], decimals: 2), NumberText.fixed(medians[2] / medians[0], decimals: 2))
  }

  private func steps() throws {
    manualSeed(0)
    let model = GPT(vocabulary: 65, context: 256, layers: 6, heads: 6, width: 384), optimizer = AdamW(model.parameters(), lr: 3e-4)
    let trainer = try DataParallel(model, world), x = Tensor.randint(0, 65, [4, 256]), y = Tensor.randint(0, 65, [4, 256])
    func step() throws {
      optimizer.zeroGrad()
      try trainer.backward(x, y) { crossEntropy(model($0).flattened(from: 0, through: 1), $1.flattened()) }
      optimizer.step()
    }
    let ways: [(name: String, run: () throws -> Void)] = [
      ("without sums (noSync)", { try trainer.noSync(step) }), ("sums during the pass", step),
      (
        "sums after the pass",
        {
          trainer.overlaps = false
          defer { trainer.overlaps = true }
          try step()
        }
      ),
    ]
    for way in ways { try way.run() }
    var times = [[Double]](repeating: [], count: ways.count), waits = times
    let clock = ContinuousClock()
    for _ in 0..<Self.steps {
      for (i, way) in ways.enumerated() {
        try world.barrier()
        let before = trainer.times.waiting
        times[i].append(try clock.measure(way.run).seconds)
        waits[i].append(trainer.times.waiting - before)
      }
    }
    let medians = times.map(Self.median)
    row("", "time", "waits for sums", "of noSync")
    for (i, way) in ways.enumerated() {
      row(
        way.name, NumberText.duration(medians[i]), NumberText.duration(Self.median(waits[i])),
        NumberText.fixed(medians[i] / medians[0], decimals: 2))
    }
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  private func row(_ cells: String...) {
    print(
      cells.enumerated().map { i, cell in
        let space = String(repeating: " ", count: Swift.max(0, (i == 0 ? 24 : 14) - cell.count))
        return i == 0 ? cell + space : space + cell
      }.joined(separator: " "))
  }
}
