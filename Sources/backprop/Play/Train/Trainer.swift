import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN
import ChainRuleOptim

/// A run that goes on step by step, and back: the last steps are kept whole.
final class Trainer {
  /// All that decides what comes after a step.
  struct Moment {
    var step = 0
    var epoch = 0
    var stepInEpoch = 0
    /// The random numbers at the beginning of the epoch, which drew its order, and now.
    var epochStart: Generator.State
    var random: Generator.State
    var weights: NamedTensors
    var rule: OptimizerState
    var rates: [String: Double]
    var lossSum = 0.0
    var samples = 0
    var hits = 0
    /// What the step before was.
    var last: Last?
    /// The gradients that step used.
    var gradients: [Tensor]
  }

  /// A step, in numbers.
  struct Last {
    let loss: Double
    /// The norms of all gradients and of the whole update.
    let gradient: Double
    let update: Double
    /// Gradient times update: by how much the loss changes to first order.
    let change: Double
  }

  /// What was measured after an epoch; the first is from before training.
  struct Measured {
    let step: Int
    let train: Double?
    /// The share of right answers in the epoch's batches, or R2.
    let trainScore: Double
    let test: Double
    let score: Double
  }

  /// Steps that can be gone back to; fewer of a large network.
  static let momentLimit = 500
  /// No run is longer, so that its losses have room.
  private static let stepLimit = 1_000_000
  /// Bytes that the kept steps of a session take at most.
  private static let memoryLimit = 48 << 20

  let plan: PlayPlan
  let data: PlayData
  let model: Sequential
  let parameters: [Tensor]
  let optimizer: Optimizer
  let schedule: RateSchedule
  private let loader: DataLoader<TensorDataset>
  let generator: Generator
  private let limit: Int
  private var batches: IteratorSequence<DataLoader<TensorDataset>.Iterator>?
  /// The batch that the next step will use, where somebody looked at it.
  private var pending: (Tensor, Tensor)?
  private(set) var moments: [Moment] = []
  /// Which of the moments is now.
  private(set) var place = 0
  /// The loss of each step, those after the present too.
  private var allLosses: [Double] = []
  private var allEpochs: [Measured] = []
  /// Why nothing can be learned any more.
  private(set) var failure: Phrase?

  init(_ plan: PlayPlan, table: PlayTable?, stored: PlayStored? = nil) throws {
    try plan.check()
    self.plan = plan
    let generator = Generator(seed: plan.seed)
    self.generator = generator
    let data = try Generator.withDefault(generator) { try PlayData(plan, table) }
    self.data = data
    guard plan.lossIsOfClasses != data.classes.isEmpty else {
      throw PlayError(
        "\(plan.loss.rawValue) is a loss of \(plan.lossIsOfClasses ? "classes" : "numbers"), and these data have \(data.classes.isEmpty ? "numbers" : "classes")",
        "\(plan.loss.rawValue)는 \(plan.lossIsOfClasses ? "클래스" : "수")의 손실인데, 이 데이터의 답은 \(data.classes.isEmpty ? "수" : "클래스")입니다",
        field: "loss")
    }
    // A batch of one has no variance.
    guard plan.norm != .batch || plan.batch > 1 && data.train.count % plan.batch != 1 else {
      throw PlayError(
        "batch normalisation needs two samples in every batch, the last too", "배치 정규화에는 마지막까지 모든 배치에 샘플이 둘 이상 있어야 합니다", field: "batch")
    }
    model = Generator.withDefault(generator) { plan.network(inputs: data.inputs, outputs: data.outputs) }
    if plan.start == .stored { try Self.load(stored, model) }
    parameters = model.parameters()
    optimizer = plan.rule(parameters)
    loader = DataLoader(data.train, batchSize: plan.batch, shuffle: true)
    schedule = RateSchedule(plan.schedule, optimizer, lr: plan.lr, steps: plan.epochs * loader.batchCount)
    // Weights, their gradients, and two averages of an optimizer.
    limit = max(2, min(Self.momentLimit, Self.memoryLimit / max(1, 16 * parameters.reduce(0) { $0 + $1.count })))
    measure(train: nil, step: 0)
    moments = [moment(after: nil)]
  }

  private static func load(_ stored: PlayStored?, _ model: Sequential) throws(PlayError) {
    guard let stored else {
      throw PlayError("no run has been opened: start with backprop play RUN", "열린 실행이 없습니다. backprop play RUN으로 시작하세요", field: "start")
    }
    do { try model.load(stored.weights) } catch {
      throw PlayError(
        "the weights of \(stored.folder) are of another network: choose other initial weights",
        "\(stored.folder)의 가중치는 다른 신경망의 것입니다. 초기 가중치를 바꾸세요", field: "start")
    }
  }

  var now: Moment { moments[place] }
  /// What right answers are.
  var objective: Objective { data.classes.isEmpty ? .quantity : .classes(weights: nil) }
  var batchCount: Int { loader.batchCount }
  /// Whether nothing is left to do.
  var isOver: Bool { failure != nil || now.epoch >= plan.epochs || now.step >= Self.stepLimit }
  /// The loss of each step up to now.
  var losses: ArraySlice<Double> { allLosses.prefix(now.step) }
  /// What was measured up to now.
  var epochs: [Measured] { allEpochs.filter { $0.step <= now.step } }

  // MARK: Forward in time

  /// The batch of the next step.
  func nextBatch() -> (Tensor, Tensor)? {
    if let pending { return pending }
    Generator.withDefault(generator) {
      if batches == nil {
        if now.stepInEpoch > 0 {
          let random = generator.snapshot
          generator.snapshot = now.epochStart
          batches = loader.epoch(from: now.stepInEpoch)
          generator.snapshot = random
        } else {
          moments[place].epochStart = generator.snapshot
          batches = loader.epoch(from: 0)
        }
      }
      pending = batches?.next()
    }
    return pending
  }

  /// One step of the optimizer; false where there is none to take.
  @discardableResult
  func step() -> Bool {
    guard !isOver, let (x, y) = nextBatch() else { return false }
    let before = now
    moments.removeLast(moments.count - place - 1)
    allLosses.removeLast(allLosses.count - before.step)
    allEpochs.removeAll { $0.step > before.step }
    pending = nil
    return Generator.withDefault(generator) {
      let output = model(x), loss = plan.lossValue(output, y)
      optimizer.zeroGrad()
      let value = loss.item()
      guard value.isFinite else { return fail("the loss is \(nonFiniteText(value))", "손실이 \(nonFiniteText(value))입니다") }
      loss.backward()
      optimizer.step()
      guard parameters.allSatisfy(\.isAllFinite) else {
        return fail("the update made a weight infinite: the step was too large", "갱신한 가중치가 무한대가 되었습니다. 한 걸음이 너무 컸습니다")
      }
      allLosses.append(value)
      schedule.endStep(before.step + 1)
      var next = moment(after: before)
      next.step = before.step + 1
      next.stepInEpoch = before.stepInEpoch + 1
      next.lossSum = before.lossSum + value * Double(x.shape[0])
      next.samples = before.samples + x.shape[0]
      next.hits = before.hits + objective.hits(output, y)
      next.last = Last(loss: value, before: before.weights, after: next.weights, model.namedParameters())
      if next.stepInEpoch == loader.batchCount {
        batches = nil
        next.epoch += 1
        let train = next.lossSum / Double(next.samples)
        let score = objective.score(hits: next.hits, targets: next.samples, loss: train)
        let measured = measure(train: train, score: score, step: next.step)
        schedule.endEpoch(measured.test)
        next.rates = schedule.numbers
        next.rule = optimizer.stateDict()
        (next.stepInEpoch, next.lossSum, next.samples, next.hits) = (0, 0, 0, 0)
      }
      next.random = generator.snapshot
      moments.append(next)
      if moments.count > limit { moments.removeFirst() }
      place = moments.count - 1
      return true
    }
  }

  private func fail(_ english: String, _ korean: String) -> Bool {
    failure = Phrase(
      "Step \(now.step + 1): \(english). Go back in time, or start again with a smaller rate.",
      "\(now.step + 1)단계: \(korean). 시간을 되돌리거나 더 작은 학습률로 다시 시작하세요.")
    let kept = place
    go(to: kept)
    return false
  }

  private func moment(after before: Moment?) -> Moment {
    Moment(
      step: before?.step ?? 0, epoch: before?.epoch ?? 0, epochStart: before?.epochStart ?? generator.snapshot, random: generator.snapshot,
      weights: NamedTensors(model.stateDict().map { (name: $0.name, tensor: $0.tensor.detach()) }), rule: optimizer.stateDict(),
      rates: schedule.numbers, gradients: parameters.map { $0.grad?.detach() ?? Tensor.zeros($0.shape) })
  }

  // MARK: Back in time

  /// Makes one of the kept moments the present; the later ones stay until a step is taken.
  func go(to index: Int) {
    place = min(max(index, 0), moments.count - 1)
    let moment = now
    // A state of this very network and optimizer.
    _ = try? model.load(moment.weights)
    try? optimizer.load(moment.rule)
    try? schedule.load(moment.rates)
    for (parameter, gradient) in zip(parameters, moment.gradients) { parameter.grad = gradient }
    generator.snapshot = moment.random
    (batches, pending) = (nil, nil)
    if place < moments.count - 1 { failure = nil }
  }

  // MARK: Measuring

  /// Loss and score of samples, as they are in evaluation.
  func tally(_ samples: TensorDataset) -> (loss: Double, score: Double) {
    model.eval()
    defer { model.train() }
    return noGrad {
      let (x, y) = (samples.inputs, samples.targets), output = model(x)
      let loss = plan.lossValue(output, y).item()
      guard data.classes.isEmpty else {
        return (loss, (output.argmax(dim: -1) .== y).to(.float32).mean().item())
      }
      let error = ((output.flattened() - y).pow(2)).sum().item(), spread = ((y - y.mean()).pow(2)).sum().item()
      return (loss, spread > 0 ? 1 - error / spread : 0)
    }
  }

  @discardableResult
  private func measure(train: Double?, score trainScore: Double = 0, step: Int) -> Measured {
    let (loss, score) = tally(data.test)
    let measured = Measured(step: step, train: train, trainScore: trainScore, test: loss, score: score)
    allEpochs.append(measured)
    return measured
  }

  /// What `body` computes, with the random numbers and the buffers as they were.
  func looking<R>(_ body: () throws -> R) rethrows -> R {
    let random = generator.snapshot
    defer { generator.snapshot = random }
    return try Generator.withDefault(generator) { try body() }
  }
}

extension Trainer.Last {
  init(loss: Double, before: NamedTensors, after: NamedTensors, _ parameters: [(name: String, tensor: Tensor)]) {
    var (gradients, updates, change) = (0.0, 0.0, 0.0)
    noGrad {
      for (name, parameter) in parameters {
        guard let gradient = parameter.grad, let old = before[name], let new = after[name] else { continue }
        let update = new - old
        gradients += gradient.pow(2).sum().item()
        updates += update.pow(2).sum().item()
        change += (gradient * update).sum().item()
      }
    }
    self.init(loss: loss, gradient: gradients.squareRoot(), update: updates.squareRoot(), change: change)
  }
}
