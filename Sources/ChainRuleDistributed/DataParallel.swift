public import ChainRule
public import ChainRuleData
public import ChainRuleNN

/// Trains one model on several ranks: each computes the gradients of its part of a batch, and all get the gradients of the whole batch.
///
///     let world = try World()
///     let trainer = try DataParallel(model, world)
///     for (x, y) in DataLoader(trainer.part(of: data), batchSize: 256, shuffle: true) {
///       optimizer.zeroGrad()
///       let loss = try trainer.backward(x, y) { crossEntropy(model($0), $1) }
///       optimizer.step()
///     }
///
/// The gradient is that of the mean over all samples of all ranks, whatever the sizes of their parts: the mean loss of n of N samples counts
/// n / N. It is summed in buckets while the backward pass goes on (Li et al. 2020, "PyTorch distributed"). A parameter that no rank has used
/// keeps no gradient. Every rank then takes the same step.
///
/// With `shards`, a batch is cut into so many parts whatever the number of ranks, and their gradients are summed as a binary tree: the
/// weights have the same bits with 1, 2, 4, ... ranks, up to the number of shards. Batch normalisation sees one shard at a time; the running
/// statistics become their mean. `SyncBatchNorm` sees all shards of all ranks: a rank then computes its shards in turns, and keeps the graphs
/// of all of them at once. Random numbers are drawn for each shard anew.
public final class DataParallel {
  /// The ranks.
  public let world: World
  /// In how many parts a batch is cut.
  public let shards: Int
  /// How long the ranks' sums took, and how long the backward passes waited for them, in seconds.
  public private(set) var times = (sums: 0.0, waiting: 0.0)

  /// Whether sums begin during the backward pass; where not, at its end, to measure what that is worth.
  package var overlaps = true

  let parameters: [Tensor]
  let names: [String]
  let buffers: [(name: String, buffer: Buffer)]
  /// Whether layers take their statistics over all shards.
  private let isSynchronized: Bool
  private let bucketBytes: Int
  private let order: SumOrder
  private let ownShards: Range<Int>
  private var buckets: [Bucket] = []
  private var places: [(bucket: Int, place: Int)] = []
  private var hooks: [HookHandle] = []
  private var steps = 0
  private var skipsSums = false
  /// Whether the gradients that stand in the leaves are this rank's own, not yet summed.
  private var areLocal = false
  private var collection: Collection?
  /// The order in which the gradients of the last pass came, and whether buckets follow such an order.
  private var arrivals: [Int] = []
  private var isOrdered = false

  /// What the backward pass of the last shard hands over, as it comes.
  private struct Collection {
    var sum: TreeSum
    var carried: [Tensor?]
    var isTaken: [Bool]
    var arrivals: [Int] = []
    var submitted = 0
  }

  /// Gives every rank the parameters and buffers of rank 0.
  ///
  /// - Parameters:
  ///   - model: the model, made alike on every rank.
  ///   - world: the ranks.
  ///   - shards: a multiple of the number of ranks; by default the number of ranks, where sums are in the library's own order: faster, and the
  ///     same bits only for the same ranks and library.
  ///   - bucketBytes: how many bytes are summed at a time.
  /// - Throws: `DistributedError` where the ranks' models differ.
  public init(_ model: some Module, _ world: World, shards: Int? = nil, bucketBytes: Int = 25 << 20) throws(DistributedError) {
    let count = shards ?? world.size
    if count < world.size || count % world.size != 0 || count > 1 << 20 {
      refuse(
        TensorError(
          .argument, "\(count) shards cannot be shared between \(world.size) ranks", hint: "Give a multiple of the number of ranks.",
          operation: "DataParallel"))
    }
    self.world = world
    self.shards = Swift.max(count / world.size, 1) * world.size
    order = shards == nil ? .any : .fixed
    let own = Swift.max(count / world.size, 1)
    ownShards = (world.rank * own)..<(world.rank * own + own)
    self.bucketBytes = Swift.max(bucketBytes, 1)
    let named = model.namedParameters().filter { $0.tensor.requiresGrad }
    (parameters, names) = (named.map(\.tensor), named.map(\.name))
    buffers = model.namedBuffers().filter { $0.buffer.tensor.dtype != .bool }
    isSynchronized = model.hasSynchronizedNorms
    guard world.size > 1 else { return }
    try compare(model)
    for tensor in model.parameters() + model.namedBuffers().map(\.buffer.tensor) { tensor.data = try world.broadcast(tensor.data) }
    makeBuckets(Array(parameters.indices.reversed()))
    hooks = parameters.indices.map { i in
      parameters[i].registerPostAccumulateGradHook { [weak self] _ in self?.arrived(i) }
    }
  }

  deinit { for hook in hooks { hook.remove() } }

  /// Which rows of a batch of so many, of all ranks, are this rank's.
  public var ownRows: @Sendable (Int) -> Range<Int> {
    let (rank, size) = (world.rank, world.size)
    return { Shares.cut(Swift.max($0, 0), into: size)[rank] }
  }

  /// A dataset whose batches hold only this rank's rows.
  public func part<Base: Dataset>(of data: Base) -> RankPart<Base> { RankPart(data, rank: world.rank, size: world.size) }

  /// Runs `body`, in which gradients are not summed over the ranks but stay in each, until the next `backward` outside sums them all: for
  /// batches in several pieces.
  public func noSync<R>(_ body: () throws -> R) rethrows -> R {
    let outer = skipsSums
    skipsSums = true
    defer { skipsSums = outer }
    return try body()
  }

  /// Computes the gradients of the mean loss over all samples of all ranks; returns that loss.
  ///
  /// - Parameters:
  ///   - x: this rank's inputs; dimension 0 counts samples, of which there may be none.
  ///   - y: their targets.
  ///   - loss: the mean loss of some samples.
  @discardableResult
  public func backward(_ x: Tensor, _ y: Tensor, _ loss: (Tensor, Tensor) -> Tensor) throws(DistributedError) -> Tensor {
    guard x.rank > 0, y.rank > 0, x.shape[0] == y.shape[0] else {
      refuse(
        TensorError(
          .shape, "inputs of shape \(x.shape) and targets of shape \(y.shape) are not samples of one batch",
          hint: "Dimension 0 of both counts the samples.", operation: "DataParallel.backward", shapes: [x.shape, y.shape]))
      return Tensor(0.0)
    }
    return try backward(samples: x.shape[0]) { rows in
      rows.count == x.shape[0]
        ? loss(x, y)
        : loss(
          x.narrow(dim: 0, start: rows.lowerBound, count: rows.count), y.narrow(dim: 0, start: rows.lowerBound, count: rows.count))
    }
  }

  /// Computes the gradients of the mean loss over all samples of all ranks; returns that loss.
  ///
  /// - Parameters:
  ///   - samples: how many this rank has.
  ///   - weight: what the mean loss of some of them weighs among the others', where that is not their number: the sum of their weights.
  ///   - loss: the mean loss of some of them, by their numbers.
  @discardableResult
  public func backward(
    samples: Int, weight: (Range<Int>) -> Double = { Double($0.count) }, _ loss: (Range<Int>) -> Tensor
  ) throws(DistributedError) -> Tensor {
    guard samples >= 0 else {
      refuse(
        TensorError(
          .argument, "the number of samples is negative: \(samples)", hint: "0 or more.", operation: "DataParallel.backward"))
      return Tensor(0.0)
    }
    if isErrorPending { return Tensor(0.0) }
    refuseInPlan(
      "DataParallel sums gradients over ranks",
      hint: "Call backward outside compile { }; the loss, and the optimizer's step, may be compiled each for itself.")
    steps += 1
    world.step = steps
    let shards = Shares.cut(samples, into: ownShards.count), weights = shards.map { $0.isEmpty ? 0 : weight($0) }
    var ownWeight = TreeSum()
    for weight in weights { ownWeight.add([Tensor(weight, dtype: .float64)]) }
    let total = PendingSum([ownWeight.total(0)?.item() ?? 0], world, "the number of samples")
    let batch = Batch(
      shards: shards, weights: weights, total: total, seed: Generator.default.nextSeed(), before: buffers.map(\.buffer.value))
    let carried = takeGradients(), dtype = parameters.first?.dtype ?? .float32, isSummed = world.size > 1 && !skipsSums
    var gradients = TreeSum(), losses = TreeSum(), changes = TreeSum(), changed = [Bool](repeating: false, count: buffers.count)
    let together = isSynchronized && shards.count > 1 ? try passesInTurns(batch, loss) : nil
    var last: [Tensor?] = []
    for k in shards.indices {
      let begins = isSummed && k == shards.count - 1
      if begins, together != nil { begin(gradients, carried) }
      let pass: Pass
      if let together { pass = together[k] } else { pass = try self.pass(k, of: batch, loss) { if begins { begin(gradients, carried) } } }
      if isErrorPending { return Tensor(0.0) }
      losses.add([pass.loss])
      changes.add(pass.changes)
      for (i, change) in pass.changes.enumerated() where change != nil { changed[i] = true }
      if begins { last = pass.gradients } else { gradients.add(pass.gradients) }
    }
    if isSynchronized, together == nil, world.size > 1 { try RankSums(world).finish() }
    // A value kept from before would let the next update copy it.
    put(batch.before)
    let late = isSummed ? try finishSums(last) : []
    let own = [losses.total(0)?.item() ?? 0, late.contains { $0 != nil } ? 1 : 0] + changed.map { $0 ? 1 : 0 }
    let sums = try world.sums(own, "the loss")
    if isSummed {
      try putSums(areLocal ? [] : carried, late, hasLate: sums[1] > 0)
    } else {
      putBack(carried) { gradients.total($0) }
    }
    areLocal = skipsSums
    try settle(changes, batch.before, areChanged: sums.dropFirst(2).map { $0 > 0 })
    return Tensor(sums[0], dtype: dtype)
  }

  // MARK: One shard

  /// A batch of this rank's samples.
  struct Batch {
    let shards: [Range<Int>]
    let weights: [Double]
    /// The weight of all ranks' samples.
    let total: PendingSum
    let seed: Int
    /// The values of the buffers.
    let before: [Tensor]
  }

  /// What a shard has given: its part of the loss, of the gradients where nobody else has taken them, and of the change of the buffers.
  struct Pass {
    var loss: Tensor?
    var gradients: [Tensor?] = []
    var changes: [Tensor?] = []
  }

  /// Computes a shard.
  ///
  /// - Parameter begin: called before its backward pass.
  func pass(_ k: Int, of batch: Batch, _ loss: (Range<Int>) -> Tensor, begin: () -> Void = {}) throws(DistributedError) -> Pass {
    put(batch.before)
    var pass = Pass(), failure: DistributedError?
    Generator.withDefault(Generator(seed: batch.seed &+ ownShards.lowerBound &+ k)) {
      do throws(DistributedError) {
        let rows = batch.shards[k], result = rows.isEmpty ? nil : checked(loss(rows))
        let share = batch.weights[k] / (try batch.total.result()[0])
        pass.loss = result.map { $0.detach().to(.float64) * share }
        begin()
        if let result { differentiate(result, share, early: collection != nil) }
        pass.changes = changes(from: batch.before, share)
      } catch { failure = error }
    }
    if let failure { throw failure }
    if collection == nil { pass.gradients = parameters.map { take($0) } }
    return pass
  }

  /// Gives the buffers these values.
  func put(_ values: [Tensor]) { for (buffer, value) in zip(buffers, values) { buffer.buffer.value = value } }

  private func checked(_ loss: Tensor) -> Tensor {
    if loss.count == 1 { return loss }
    refuse(
      TensorError(
        .shape, "the loss of a batch has shape \(loss.shape)", hint: "Reduce it to one number with mean().",
        operation: "DataParallel.backward", shapes: [loss.shape]))
    return Tensor(0.0)
  }

  private func differentiate(_ loss: Tensor, _ share: Double, early: Bool) {
    let seed = Tensor.full(loss.shape, share, dtype: loss.dtype)
    if early { loss.backwardWithEarlyLeaves(gradient: seed) } else { loss.backward(gradient: seed) }
  }

  private func take(_ parameter: Tensor) -> Tensor? {
    defer { parameter.grad = nil }
    guard let gradient = parameter.grad else { return nil }
    return gradient.dtype == .float64 ? gradient : gradient.to(.float32)
  }

  /// The gradients that stand in the leaves, and their end there.
  ///
  /// Where this pass is not summed over the ranks, what has been summed before it counts once over all of them.
  private func takeGradients() -> [Tensor?] {
    parameters.map { parameter in
      guard let gradient = take(parameter) else { return nil }
      return skipsSums && !areLocal && world.size > 1 ? gradient * (1 / Double(world.size)) : gradient
    }
  }

  /// How a shard has changed the buffers, by its weight.
  private func changes(from before: [Tensor], _ share: Double) -> [Tensor?] {
    zip(buffers, before).map { buffer, old in
      let new = buffer.buffer.value
      return new.elementsAddress == old.elementsAddress ? nil : (new.to(.float64) - old.to(.float64)) * share
    }
  }

  private func putBack(_ carried: [Tensor?], _ sum: (Int) -> Tensor?) {
    for (i, parameter) in parameters.enumerated() {
      let new = sum(i)?.reshaped(parameter.shape)
      let old = carried.isEmpty ? nil : carried[i]
      guard let all = new.map({ new in old.map { $0 + new } ?? new }) ?? old else { continue }
      parameter.grad = all.to(parameter.dtype)
    }
  }

  // MARK: Sums over the ranks

  private func makeBuckets(_ order: [Int]) {
    buckets = Bucket.all(order, parameters, bytes: bucketBytes, self.order)
    places = .init(repeating: (0, 0), count: parameters.count)
    for (b, bucket) in buckets.enumerated() { for (place, i) in bucket.parameters.enumerated() { places[i] = (b, place) } }
  }

  private func begin(_ sum: TreeSum, _ carried: [Tensor?]) {
    for (b, bucket) in buckets.enumerated() {
      let ends = [bucket.parameters[0], bucket.parameters[bucket.parameters.count - 1]].map { names[$0] }
      bucket.begin(world.label("the sum of bucket \(b) of \(buckets.count) (\(ends[0]) to \(ends[1]))"))
    }
    collection = Collection(
      sum: sum, carried: areLocal ? carried : [Tensor?](repeating: nil, count: parameters.count),
      isTaken: [Bool](repeating: false, count: parameters.count))
  }

  /// The gradient of a parameter is whole: it goes into its bucket, which goes off where it is full and those before it have gone.
  private func arrived(_ i: Int) {
    guard collection?.isTaken[i] == false else { return }
    collection?.arrivals.append(i)
    hand(i, take(parameters[i]))
  }

  private func hand(_ i: Int, _ gradient: Tensor?) {
    guard let now = collection else { return }
    collection?.isTaken[i] = true
    let whole = now.sum.total(i, with: gradient)
    let all = whole.map { whole in now.carried[i].map { $0 + whole } ?? whole } ?? now.carried[i]
    buckets[places[i].bucket].fill(places[i].place, all)
    if overlaps || collection?.isTaken.contains(false) == false { submitFull() }
  }

  private func submitFull() {
    while let next = collection?.submitted, next < buckets.count, buckets[next].missing == 0 {
      buckets[next].submit()
      collection?.submitted = next + 1
    }
  }

  /// Hands over what has not come, and waits for the sums. Gives what leaves got after their gradients had been taken for whole.
  ///
  /// - Parameter last: the last shard's gradients where they have been taken; empty where they come as they are computed.
  private func finishSums(_ last: [Tensor?]) throws(DistributedError) -> [Tensor?] {
    for i in parameters.indices where collection?.isTaken[i] == false { hand(i, last.isEmpty ? nil : last[i]) }
    arrivals = collection?.arrivals ?? []
    collection = nil
    let clock = ContinuousClock(), began = clock.now
    for (b, bucket) in buckets.enumerated() {
      let (error, seconds) = bucket.wait()
      times.sums += seconds
      if error != 0 { throw world.failure(world.label("the sum of bucket \(b) of \(buckets.count)"), error) }
    }
    let waited = (clock.now - began).components
    times.waiting += Double(waited.seconds) + Double(waited.attoseconds) * 1e-18
    return parameters.map { take($0) }
  }

  /// Gives the leaves the sums, beside what stood there before.
  private func putSums(_ before: [Tensor?], _ late: [Tensor?], hasLate: Bool) throws(DistributedError) {
    var rest = [Tensor?](repeating: nil, count: parameters.count)
    if hasLate {
      for (i, parameter) in parameters.enumerated() {
        rest[i] = try world.allReduce(late[i] ?? Tensor.zeros(like: parameter).to(parameter.dtype == .float64 ? .float64 : .float32))
      }
    }
    putBack(before) { i in
      let sum = buckets[places[i].bucket].sum(places[i].place)
      guard let more = rest[i] else { return sum }
      return sum.map { $0 + more.flattened() } ?? (late[i] == nil ? nil : more.flattened())
    }
    guard !isOrdered else { return }
    // From now on buckets are filled in the order in which gradients come, rank 0's.
    isOrdered = true
    let order = arrivals + parameters.indices.reversed().filter { !arrivals.contains($0) }
    makeBuckets(try world.broadcast(Tensor(order)).array(of: Int.self))
  }

  /// The buffers take the mean of what the shards did to them.
  private func settle(_ changes: TreeSum, _ before: [Tensor], areChanged: [Bool]) throws(DistributedError) {
    for (i, buffer) in buffers.enumerated() where areChanged[i] {
      let own = changes.total(i) ?? Tensor.zeros(before[i].shape, dtype: .float64)
      let new = before[i].to(.float64) + (try world.allReduce(own))
      buffer.buffer.value = before[i].dtype.isFloatingPoint ? new.to(before[i].dtype) : new.round().to(before[i].dtype)
    }
  }

  /// Throws where a rank has another model than rank 0.
  private func compare(_ model: some Module) throws(DistributedError) {
    let lines = (model.namedParameters() + model.namedBuffers().map { (name: $0.name, tensor: $0.buffer.tensor) }).map {
      "\"\($0.name)\" of shape \($0.tensor.shape) and type \($0.tensor.dtype.name)"
    }
    let text = lines.joined(separator: "\n")
    let summaries = try world.allGather(Tensor([text.utf8.count, Int(bitPattern: UInt(fingerprint(text)))]))
    let first = summaries[0].array(of: Int.self)
    guard let other = summaries.firstIndex(where: { $0.array(of: Int.self) != first }) else { return }
    let length = Swift.max(first[0], 1)
    let bytes = world.isFirst ? Array(text.utf8) : [UInt8](repeating: 0, count: first[0])
    let told = first[0] == 0 ? bytes : try world.broadcast(Tensor(bytes, shape: [length])).array(of: UInt8.self)
    let theirs = String(decoding: told, as: UTF8.self).split(separator: "\n").map(String.init)
    let i = zip(lines, theirs).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? Swift.min(lines.count, theirs.count)
    func line(_ lines: [String]) -> String { lines.indices.contains(i) ? lines[i] : "none" }
    let what =
      world.isFirst || lines == theirs
      ? "rank \(other)'s model is another than rank 0's"
      : "its model is another than rank 0's: parameter or buffer \(i) is \(line(lines)), not \(line(theirs))"
    throw DistributedError(
      .disagreement, "rank \(world.rank) of \(world.size), DataParallel: \(what); hint: every rank makes the same model")
  }

  /// FNV-1a, of 64 bits.
  private func fingerprint(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
