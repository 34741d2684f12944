import ChainRule
import ChainRuleDistributed
import ChainRuleNN
import Foundation

enum Check {
  typealias Body = ([String]) throws -> Void

  nonisolated(unsafe) static let all: [String: Body] = [
    "calls": calls, "disagreement": disagreement, "hang": hang, "error": error, "errors": errors, "stop": stop,
    "train": Training.run, "gradients": gradients, "together": together, "models": models, "cut": cut,
    "synchronized": Synchronized.run,
  ]

  struct Wrong: Error, CustomStringConvertible {
    let description: String
  }

  static func expect(_ condition: Bool, _ what: String) throws {
    if !condition { throw Wrong(description: "wrong: \(what)") }
  }

  /// Every call, with sizes on both sides of where the way changes.
  private static func calls(_ arguments: [String]) throws {
    let world = try World(timeout: .seconds(60)), n = world.size, r = world.rank
    try world.barrier()
    for count in [0, 1, 7, 1023 * n + 1, 5000, 70_001] {
      for dtype in [DType.float32, .float64, .int64, .bfloat16, .int32] {
        let own = (Tensor.arange(count).to(.int64).remainder(13) + r).to(dtype)
        let expected = (0..<n).map { (Tensor.arange(count).to(.int64).remainder(13) + $0).to(.float64) }
        let sum = expected.dropFirst().reduce(expected[0], +)
        for order in [SumOrder.fixed, .any] {
          let got = try world.allReduce(own, order: order)
          try expect(got.dtype == dtype && got.shape == [count], "allReduce's type and shape")
          try expect((got.to(.float64) .== sum).all().item(as: Bool.self), "allReduce of \(count) \(dtype.name)")
        }
        let gathered = try world.allGather(own)
        for (rank, tensor) in gathered.enumerated() {
          try expect((tensor.to(.float64) .== expected[rank]).all().item(as: Bool.self), "allGather of \(count) \(dtype.name)")
        }
        let from = try world.broadcast(own, from: n - 1)
        try expect((from.to(.float64) .== expected[n - 1]).all().item(as: Bool.self), "broadcast of \(count) \(dtype.name)")
      }
    }
    let rows = Tensor.arange(3 * n * 2).to(.float32).reshaped(3 * n, 2) * Double(r + 1)
    let part = try world.reduceScatter(rows)
    let all = Tensor.arange(3 * n * 2).to(.float32).reshaped(3 * n, 2) * Double(n * (n + 1) / 2)
    try expect((part .== all[(3 * r)..<(3 * r + 3)]).all().item(as: Bool.self), "reduceScatter")
    // Around a ring, with an empty tensor among them.
    for tensor in [Tensor.full([2, 3], Double(r)), Tensor.zeros([0, 4]), Tensor([r, -r])] where n > 1 {
      let next = (r + 1) % n, before = (r + n - 1) % n
      if r % 2 == 0 { try world.send(tensor, to: next) }
      let came = try world.receive(from: before)
      if r % 2 == 1 { try world.send(tensor, to: next) }
      try expect(came.dtype == tensor.dtype && came.shape == tensor.shape, "receive's type and shape")
      if tensor.count > 2 { try expect(came[0, 0].item() == Double(before), "receive") }
    }
    // Sums whose order shows: what is promised is a binary tree over the ranks.
    let values = (0..<n).map { Tensor.randn(4000, generator: Generator(seed: $0)) * pow(10, Double($0 % 3) * 4) }
    var level = values
    while level.count > 1 {
      level = stride(from: 0, to: level.count, by: 2).map { $0 + 1 < level.count ? level[$0] + level[$0 + 1] : level[$0] }
    }
    let summed = try world.allReduce(values[r])
    try expect((summed .== level[0]).all().item(as: Bool.self), "the order of allReduce")
    if world.isFirst { print("calls: \(world.description)") }
  }

  /// Ranks that call with other sizes: an error on each.
  private static func disagreement(_ arguments: [String]) throws {
    let world = try World(timeout: .seconds(20))
    world.step = 3
    do {
      _ = try world.allReduce(Tensor.zeros(world.rank == 1 ? 6 : 5))
    } catch {
      print(error)
      return
    }
    throw Wrong(description: "no error on rank \(world.rank)")
  }

  /// Rank 1 stays away: the others end with a look at it.
  private static func hang(_ arguments: [String]) throws {
    let world = try World(timeout: .seconds(1))
    world.step = 17
    try world.barrier()
    if world.rank == 1 { Thread.sleep(forTimeInterval: 60) }
    _ = try world.allReduce(Tensor.zeros(10))
  }

  /// Rank 1 has an error, the others wait for it.
  private static func error(_ arguments: [String]) throws {
    let world = try World()
    try world.barrier()
    if world.rank == 1 { throw Wrong(description: "rank 1 gives up") }
    _ = try world.allReduce(Tensor.zeros(10))
  }

  /// Rank 1 has an error that all are told of.
  private static func errors(_ arguments: [String]) throws {
    let world = try World()
    try world.together { if world.rank == 1 { throw Wrong(description: "no such file") } }
  }

  /// Many calls, during which the link between the ranks is cut.
  private static func cut(_ arguments: [String]) throws {
    let world = try World(timeout: .seconds(2))
    for _ in 0..<1000 {
      _ = try world.allReduce(Tensor.zeros(10))
      Thread.sleep(forTimeInterval: 0.02)
    }
  }

  /// One rank is killed while the others wait for it.
  private static func stop(_ arguments: [String]) throws {
    let world = try World()
    try world.barrier()
    if world.rank == 1 { kill(getpid(), SIGKILL) }
    _ = try world.allReduce(Tensor.zeros(10))
  }

  /// The gradient of uneven parts is that of all samples; a parameter that no rank uses has none, one that one rank uses has its share.
  private static func gradients(_ arguments: [String]) throws {
    let world = try World(timeout: .seconds(60)), sizes = (0..<world.size).map { $0 == 0 ? 0 : 3 * $0 + 1 }, all = sizes.reduce(0, +)
    final class Net: Module {
      let a = Linear(4, 3, dtype: .float64), b = Linear(3, 2), c = Linear(3, 2), unused = Linear(2, 2), often = Linear(3, 3)
      func callAsFunction(_ x: Tensor, _ usesC: Bool) -> Tensor {
        let h = often(often(a(x).tanh().to(.float32)).relu())
        return usesC ? c(h) : b(h)
      }
    }
    manualSeed(0)
    let net = Net(), x = Tensor.randn(all, 4, dtype: .float64), y = Tensor.randn(all, 2)
    let start = sizes[..<world.rank].reduce(0, +), rows = start..<(start + sizes[world.rank]), usesC = world.rank == world.size - 1
    func loss(_ x: Tensor, _ y: Tensor, _ usesC: Bool) -> Tensor { mseLoss(net(x, usesC), y) }
    for (rank, size) in sizes.enumerated() where size > 0 {
      let from = sizes[..<rank].reduce(0, +)
      (loss(x[from..<(from + size)], y[from..<(from + size)], rank == world.size - 1) * (Double(size) / Double(all))).backward()
    }
    let expected = net.parameters().map(\.grad)
    for bytes in [1, 60, 1 << 20] {
      let trainer = try DataParallel(net, world, bucketBytes: bytes)
      net.zeroGrad()
      for pass in 1...3 {
        // Gradients add up, also what has been summed before, and what has not been yet.
        let run = { try trainer.backward(x[rows], y[rows]) { loss($0, $1, usesC) } }
        if pass == 2 { _ = try trainer.noSync(run) } else { _ = try run() }
        if pass == 2 { continue }
        for ((name, parameter), gradient) in zip(net.namedParameters(), expected) {
          guard let gradient, let got = parameter.grad else {
            try expect(gradient == nil && parameter.grad == nil, "who has a gradient: \(name)")
            continue
          }
          let off = (got - gradient * Double(pass)).abs().max().item() / gradient.abs().max().item()
          try expect(off < 1e-5, "the gradient of \(name) in pass \(pass) is off by \(off)")
        }
      }
    }
  }

  /// Ranks with other numbers of batches come to the end together.
  private static func together(_ arguments: [String]) throws {
    let world = try World(timeout: .seconds(60))
    manualSeed(0)
    let model = Linear(2, 1), trainer = try DataParallel(model, world)
    let batches = (0..<(3 * world.rank)).map { i in (Tensor.full([i + 1, 2], 1.0), Tensor.full([i + 1, 1], Double(i))) }
    var counts: [Int] = []
    for (x, y) in trainer.together(batches) {
      counts.append(x.shape[0])
      try trainer.backward(x, y) { mseLoss(model($0), $1) }
    }
    let most = 3 * (world.size - 1)
    try expect(counts == (0..<most).map { $0 < 3 * world.rank ? $0 + 1 : 0 }, "the sizes of batches: \(counts)")
  }

  /// Rank 1 has another model.
  private static func models(_ arguments: [String]) throws {
    let world = try World(timeout: .seconds(60))
    _ = try DataParallel(Sequential { Linear(2, world.rank == 1 ? 4 : 3) }, world)
  }
}
