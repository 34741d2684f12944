import ChainRule
import ChainRuleDistributed
import ChainRuleNN

/// Batch normalisation over all ranks is that of the joined batch.
enum Synchronized {
  private static func network() -> Sequential {
    let generator = ChainRule.Generator(seed: 1)
    return Sequential {
      Linear(4, 3, dtype: .float64, generator: generator)
      BatchNorm1d(3, dtype: .float64)
      Tanh()
      BatchNorm1d(3, momentum: nil, dtype: .float64)
      Linear(3, 2, dtype: .float64, generator: generator)
    }
  }

  private static func expectClose(_ a: Tensor?, _ b: Tensor?, _ what: String) throws {
    guard let a, let b else { throw Check.Wrong(description: "wrong: \(what) is missing") }
    let off = a.shape == b.shape ? a.count == 0 ? 0 : (a - b).abs().max().item() : .infinity
    try Check.expect(off < 1e-10, "\(what) is off by \(off)")
  }

  private static func compareBuffers(_ a: Sequential, _ b: Sequential, _ what: String) throws {
    for ((name, buffer), (_, other)) in zip(a.namedBuffers(), b.namedBuffers()) {
      try expectClose(buffer.value.to(.float64), other.value.to(.float64), "\(name) of \(what)")
    }
  }

  static func run(_ arguments: [String]) throws {
    let world = try World(timeout: .seconds(60))
    try alone(world)
    for shards in [nil, world.size, 2 * world.size, 5 * world.size] { try together(world, shards) }
    if world.isFirst { print("synchronized: \(world.description)") }
  }

  private static func rows(_ sizes: [Int], _ rank: Int) -> Range<Int> {
    let start = sizes[..<rank].reduce(0, +)
    return start..<(start + sizes[rank])
  }

  /// Calls without a trainer: results, first and second derivatives.
  private static func alone(_ world: World) throws {
    let sizes = (0..<world.size).map { $0 + 1 }, all = sizes.reduce(0, +), own = rows(sizes, world.rank)
    let source = ChainRule.Generator(seed: 2)
    let data = Tensor.randn(all, 4, dtype: .float64, generator: source), weights = Tensor.randn(all, 2, dtype: .float64, generator: source)
    let joined = network(), parts = SyncBatchNorm.convert(network())
    if all == 1 { return }
    func run(_ model: Sequential, _ rows: Range<Int>) -> (y: Tensor, dx: Tensor) {
      let x = data[rows].asLeaf(requiresGrad: true), y = model(x)
      let first = gradients(of: (y * y * weights[rows]).sum(), withRespectTo: [x], createGraph: true)[0]
      (first * first).sum().backward()
      return (y, x.grad ?? Tensor(0.0))
    }
    let whole = run(joined, 0..<all), part = run(parts, own)
    try expectClose(part.y, whole.y[own], "a result")
    try expectClose(part.dx, whole.dx[own], "a second derivative")
    for ((name, parameter), other) in zip(parts.namedParameters(), joined.parameters()) where other.grad != nil {
      try expectClose(try world.allReduce(parameter.grad ?? Tensor.zeros(like: parameter)), other.grad, "the gradient of \(name)")
    }
    try compareBuffers(parts, joined, "calls")
    parts.eval()
    joined.eval()
    if world.isFirst { try expectClose(parts(data), joined(data), "an evaluation, which one rank does alone") }
  }

  /// The gradient of one batch of several ranks, of which the first has no samples where there are others.
  private static func together(_ world: World, _ shards: Int?) throws {
    let sizes = (0..<world.size).map { $0 == 0 && world.size > 1 ? 0 : 3 * $0 + 2 }, all = sizes.reduce(0, +)
    let own = rows(sizes, world.rank), source = ChainRule.Generator(seed: 3), what = "\(shards ?? 0) shards"
    let x = Tensor.randn(all, 4, dtype: .float64, generator: source), y = Tensor.randn(all, 2, dtype: .float64, generator: source)
    let joined = network(), model = SyncBatchNorm.convert(network()), trainer = try DataParallel(model, world, shards: shards)
    for _ in 0..<2 {
      let loss = mseLoss(joined(x), y)
      loss.backward()
      try expectClose(
        try trainer.backward(x[own], y[own]) { mseLoss(model($0), $1) }.to(.float64), loss.detach(), "the loss of \(what)")
    }
    for ((name, parameter), other) in zip(model.namedParameters(), joined.parameters()) {
      try expectClose(parameter.grad, other.grad, "the gradient of \(name) with \(what)")
    }
    try compareBuffers(model, joined, what)
  }
}
