import CKernels
import ChainRule
import ChainRuleData
import ChainRuleDistributed
import ChainRuleExplain
import ChainRuleNN
import ChainRuleOptim
import Foundation

/// One training run, the same for every job: data, network, optimizer, and what has been measured so far.
final class TrainingRun {
  let settings: RunSettings
  let form: ModelForm
  let objective: Objective
  let model: any Layer
  let train: Samples
  /// What is measured after each epoch: samples kept back where training ends early, else those to test on.
  let validation: Samples
  let test: Samples
  let optimizer: Optimizer
  let folder: RunFolder
  private let metadata: [String: String]
  private(set) var progress = RunProgress()
  private let parameters: [Tensor]
  private let schedule: RateSchedule
  let world: World
  /// How several ranks compute one gradient; nil where no launcher started the process.
  private var trainer: DataParallel?
  /// Whether each of them keeps a part of the optimizer's state.
  private let isSharded: Bool
  /// Whether this process, or another of its world, has been asked to end.
  private var isAskedToEnd = false
  private let events: SummaryWriter?
  private let flow: GradientFlow?
  /// The step after which this run's checkpoint was written; nil before the first.
  private var savedStep: Int?
  /// Who is told while the run goes on.
  private var live: LiveRun?

  /// A run of `form`, or with `checkpoint` the rest of one.
  ///
  /// - Parameters:
  ///   - begin: gives the network other weights to begin with.
  init(
    _ settings: RunSettings, _ options: TrainingOptions, train: Samples, test: Samples, form: ModelForm, objective: Objective,
    folder: RunFolder, checkpoint: Checkpoint?, begin: (any Layer) throws -> Void = { _ in }
  ) throws {
    self.settings = settings
    self.form = form
    self.objective = objective
    self.test = test
    self.folder = folder
    if settings.patience > 0 {
      guard train.count > 1 else { throw FormatError(file: folder.path, "one sample alone leaves none for --patience to watch") }
      let (kept, rest) = Samples.split(train.count, fraction: 0.1, seed: settings.seed)
      (self.train, validation) = (train.part(rest), train.part(kept))
    } else {
      (self.train, validation) = (train, test)
    }
    world = try Ranks.world()
    isSharded = options.isSharded
    model = form.network()
    try begin(model)
    parameters = model.parameters()
    optimizer = settings.optimizer.optimizer(parameters, lr: settings.lr)
    let batches = (self.train.count + settings.batch - 1) / settings.batch
    schedule = RateSchedule(settings.schedule, optimizer, lr: settings.lr, steps: settings.epochs * batches)
    var metadata = try form.metadata()
    for (name, text) in settings.texts { metadata["run.\(name)"] = text }
    metadata["run.samples"] = "\(self.train.count)"
    self.metadata = metadata
    events = options.tensorboard && folder.isWritten ? try SummaryWriter(folder.file("tensorboard")) : nil
    flow = options.gradients ? GradientFlow(model) : nil
    guard let checkpoint else { return }
    if let text = checkpoint.metadata["run.samples"], text != metadata["run.samples"] {
      throw FormatError(
        file: checkpoint.path, place: .key("run.samples"), "the run was begun with \(text) samples, not \(self.train.count)")
    }
    progress = try checkpoint.restore(model, optimizer, schedule)
    guard progress.stepInEpoch < batches, progress.samples <= self.train.count, progress.correct >= 0 else {
      throw FormatError(file: checkpoint.path, place: .key("run.place"), "lies behind the end of an epoch")
    }
    savedStep = progress.losses.count
    try flow?.goOn(folder, epochs: progress.epoch)
  }

  /// Whether nothing is left to do: the last epoch is over, or the last ones brought nothing.
  private var isOver: Bool {
    progress.epoch >= settings.epochs || settings.patience > 0 && progress.epoch - progress.bestEpoch >= settings.patience
  }

  /// Trains to the end, or until the process is asked to end; either way the folder then holds all there is.
  ///
  /// - Returns: whether the end was reached.
  /// - Throws: `TrainingFailure` at the first loss, gradient or parameter that is not finite; nothing of that step is written.
  func run() throws -> Bool {
    cr_interrupt_watch()
    if world.library != nil { trainer = try DataParallel(model, world, shards: Ranks.shards(world)) }
    if isSharded { _ = trainer?.shardedOptimizer(optimizer) }
    let own = trainer.map { train.part($0.ownRows) } ?? train
    let loader = DataLoader(own, batchSize: settings.batch, shuffle: true, workers: 1)
    let steps = settings.epochs * loader.batchCount
    var line = progressLine()
    let clock = ContinuousClock()
    var lastSave = clock.now, pause = Duration.milliseconds(50)
    while !isOver, !isAskedToEnd {
      for (x, y) in epoch(of: loader) {
        do {
          try step(x, y, isLast: progress.stepInEpoch + 1 == loader.batchCount)
        } catch {
          line.finish(note: standing)
          throw error
        }
        line.update(
          progress.epoch * train.count + progress.samples,
          note: spoken("epoch", "에폭") + " \(progress.epoch + 1)/\(settings.epochs)  " + spoken("step", "단계")
            + " \(progress.losses.count)/\(steps)  \(standing)")
        if isAskedToEnd { break }
      }
      if progress.stepInEpoch == loader.batchCount { try endEpoch(&line) }
      // A checkpoint costs a write to the disk; short epochs share one, so that saving takes a twentieth of the run at most.
      guard try isOver || isAskedToEnd || isTime(clock.now - lastSave > pause) else { continue }
      pause = try max(.milliseconds(50), clock.measure { try save() } * 20)
      lastSave = clock.now
    }
    line.finish(note: progress.samples > 0 ? standing : "")
    var names = [Checkpoint.name, "metrics.jsonl", "model.safetensors", "settings.json"]
    if !progress.best.isEmpty {
      try model.load(progress.best)
      if isOver {
        print(
          spoken(
            "the weights of epoch \(progress.bestEpoch) are kept: the least loss on the samples kept back",
            "\(progress.bestEpoch)번째 에폭의 가중치를 남깁니다. 떼어 둔 샘플의 손실이 가장 작았습니다"))
      }
    }
    if folder.isWritten { try saveSafetensors(model.stateDict(), metadata: metadata, to: folder.file("model.safetensors")) }
    if let flow { names += try flow.write(to: folder) }
    for name in names { folder.tell(name) }
    live?.end()
    // The page asks thirty times a second, and has the end before the process does.
    if live != nil { Thread.sleep(forTimeInterval: 0.3) }
    return isOver
  }

  /// Serves a page that shows how the run goes on.
  func goLive() throws {
    let live = LiveRun(self, perEpoch: (train.count + settings.batch - 1) / settings.batch)
    try live.serve()
    self.live = live
  }

  /// The batches of the epoch under way that have not been seen, in the order that its beginning drew.
  private func epoch(of loader: DataLoader<Samples>) -> some Sequence<(Tensor, Tensor)> {
    guard progress.stepInEpoch > 0 else {
      progress.epochStart = Generator.default.snapshot
      return loader.epoch(from: 0)
    }
    let now = Generator.default.snapshot
    Generator.default.snapshot = progress.epochStart
    defer { Generator.default.snapshot = now }
    return loader.epoch(from: progress.stepInEpoch)
  }

  private func step(_ x: Tensor, _ y: Tensor, isLast: Bool) throws {
    optimizer.zeroGrad()
    let (value, hits, samples) = try differentiate(x, y)
    if settings.clip > 0 { clipGradNorm(parameters, maxNorm: settings.clip) }
    if isLast { flow?.before() }
    optimizer.step()
    if isLast { flow?.after(epoch: progress.epoch + 1) }
    // A gradient that is not finite makes its parameter so: one look finds both.
    guard parameters.allSatisfy(\.isAllFinite) else { throw failureOfUpdate() }
    progress.losses.append(value)
    try events?.addScalar("loss/step", value, step: progress.losses.count)
    try events?.addScalar("learning rate", optimizer.lr, step: progress.losses.count)
    live?.endStep(loss: value, rate: optimizer.lr)
    schedule.endStep(progress.losses.count)
    progress.stepInEpoch += 1
    progress.correct += hits
    progress.lossSum += value * Double(samples)
    progress.samples += samples
  }

  /// The gradients of a batch; its loss, right answers and samples, those of all ranks.
  private func differentiate(_ x: Tensor, _ y: Tensor) throws -> (loss: Double, hits: Int, samples: Int) {
    guard let trainer else {
      let output = model(x), loss = objective.loss(output, y), value = loss.item()
      guard value.isFinite else { throw failure(lossOf: x, y, value) }
      loss.backward()
      isAskedToEnd = cr_interrupted()
      return (value, objective.hits(output, y), x.shape[0])
    }
    func cut(_ tensor: Tensor, _ rows: Range<Int>) -> Tensor { tensor.narrow(dim: 0, start: rows.lowerBound, count: rows.count) }
    var hits = 0
    let value = try trainer.backward(samples: x.shape[0], weight: { objective.weight(cut(y, $0)) }) { rows in
      let output = model(cut(x, rows)), target = cut(y, rows)
      hits += objective.hits(output, target)
      return objective.loss(output, target)
    }.item()
    guard value.isFinite else { throw failure(lossOf: x, y, value) }
    let counts = try world.allReduce(Tensor([hits, x.shape[0], cr_interrupted() ? 1 : 0])).array(of: Int.self)
    isAskedToEnd = counts[2] > 0
    return (value, counts[0], counts[1])
  }

  /// Loss and score of samples.
  ///
  /// - Parameter isShared: whether every rank asks for it, and measures its part.
  func measure(_ samples: Samples, isShared: Bool = true) throws -> Tally {
    model.eval()
    defer { model.train() }
    // The chunks are added up in their order, whoever measured them. Where units are watched each rank measures all.
    let shared = isShared && trainer != nil && flow == nil, chunks = (samples.count + form.evaluationBatch - 1) / form.evaluationBatch
    var numbers = [Double](repeating: 0, count: chunks * Tally(objective).numbers.count)
    let width = numbers.count / Swift.max(chunks, 1)
    noGrad {
      for (i, (x, y)) in samples.chunks(of: form.evaluationBatch, where: { [world] in !shared || $0 % world.size == world.rank }) {
        var tally = Tally(objective)
        tally.add(model(x), y)
        numbers.replaceSubrange((i * width)..<((i + 1) * width), with: tally.numbers)
      }
    }
    if shared { numbers = try world.allReduce(Tensor(numbers, dtype: .float64)).array(of: Double.self) }
    var all = Tally(objective)
    for i in 0..<chunks { all.add(Array(numbers[(i * width)..<((i + 1) * width)])) }
    return all
  }

  private func progressLine() -> ProgressLine {
    let total = settings.epochs * train.count
    if folder.isWritten { return ProgressLine(spoken("training", "학습"), total: total, unit: spoken("samples", "샘플"), language: .spoken) }
    return ProgressLine("training", total: total, terminal: .error, now: { 0 }, write: { _ in })
  }

  private func endEpoch(_ line: inout ProgressLine) throws {
    let measured = try flow?.watchingUnits(epoch: progress.epoch + 1) { try measure(validation) } ?? measure(validation)
    guard measured.loss.isFinite else {
      line.finish(note: standing)
      throw failureOfTest(measured.loss)
    }
    let record = EpochRecord(
      trainLoss: progress.lossSum / Double(progress.samples), trainScore: trainScore, testLoss: measured.loss, testScore: measured.score)
    progress.epochs.append(record)
    live?.endEpoch(record)
    progress.epoch += 1
    (progress.stepInEpoch, progress.correct, progress.lossSum, progress.samples) = (0, 0, 0, 0)
    schedule.endEpoch(measured.loss)
    if settings.patience > 0, progress.best.isEmpty || measured.loss < progress.epochs[progress.bestEpoch - 1].testLoss {
      progress.bestEpoch = progress.epoch
      // Tensors are values: what the optimizer does to the parameters later is not seen here.
      progress.best = NamedTensors(model.stateDict().map { (name: $0.name, tensor: ($0.tensor.detach() + 0).to($0.tensor.dtype)) })
    }
    for (name, value) in zip(recordNames, record.values) { try events?.addScalar("epoch/\(name)", value, step: progress.losses.count) }
    if settings.epochs <= 20 || isOver { line.log(spoken("epoch", "에폭") + " \(progress.epoch)/\(settings.epochs)  \(text(record))") }
  }

  /// Whether rank 0 finds that it is: ranks save together, as each may have a part of the optimizer's state.
  private func isTime(_ own: Bool) throws -> Bool {
    world.size == 1 ? own : try world.broadcast(Tensor([own ? 1 : 0])).array(of: Int.self) == [1]
  }

  private func save() throws {
    let state = optimizer.stateDict()
    if let bad = model.stateDict().firstNonFinite ?? state.tensors.firstNonFinite {
      throw failure("after it \"\(bad.name)\" has \(nonFiniteText(bad.value))", step: progress.losses.count)
    }
    if folder.isWritten { try Checkpoint.save(model, state, schedule, progress, metadata: metadata, to: folder.file(Checkpoint.name)) }
    savedStep = progress.losses.count
    try folder.write(metrics(), to: "metrics.jsonl")
  }

  // MARK: What went wrong

  /// The step once more, this time looking at every layer; the weights are still those that gave this loss.
  private func failure(lossOf x: Tensor, _ y: Tensor, _ value: Double) -> TrainingFailure {
    failure("the loss is \(nonFiniteText(value))\(origin(x, y))")
  }

  /// Where the first result of these samples' loss is that is not finite, as the end of a sentence; empty where all are.
  private func origin(_ x: Tensor, _ y: Tensor) -> String {
    do {
      try withFiniteChecks(model) { objective.loss(model(x), y).backward() }
    } catch {
      return ((error as? NonFiniteError)?.output).map { "; \($0)" } ?? ""
    }
    return ""
  }

  private func failureOfUpdate() -> TrainingFailure {
    if let gradient = model.firstNonFinite(\.grad) {
      return failure("the gradient of \"\(gradient.name)\" has \(nonFiniteText(gradient.value)), the first of all layers")
    }
    let (name, value) = model.firstNonFinite() ?? ("a parameter", .nan)
    return failure("the update made \"\(name)\" \(nonFiniteText(value)): the step was too large")
  }

  private func failureOfTest(_ loss: Double) -> TrainingFailure {
    let places = validation.chunks(of: form.evaluationBatch) { _ in true }.lazy.map { self.origin($0.batch.0, $0.batch.1) }
    return failure(
      "after it the loss on the test data is \(nonFiniteText(loss))\(places.first { !$0.isEmpty } ?? "")", step: progress.losses.count)
  }

  private func failure(_ what: String, step: Int? = nil) -> TrainingFailure {
    TrainingFailure(
      what, step: step ?? progress.losses.count + 1, rate: optimizer.lr,
      checkpoint: savedStep.map { (folder.file(Checkpoint.name), $0) })
  }
}
