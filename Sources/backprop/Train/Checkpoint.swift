import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim

/// Where a run stands: all that the rest of it depends on, so that it goes on as if it had never stopped.
struct RunProgress {
  /// Finished epochs.
  var epoch = 0
  /// Finished steps of the epoch under way.
  var stepInEpoch = 0
  /// Right answers (of all targets), summed loss and samples of the epoch under way.
  var correct = 0
  var lossSum = 0.0
  var samples = 0
  /// The loss of every step so far.
  var losses: [Double] = []
  /// What was measured at the end of each epoch.
  var epochs: [EpochRecord] = []
  /// The epoch with the least loss on the samples kept back, and the weights after it; 0 and none where none are watched.
  var bestEpoch = 0
  var best = NamedTensors()
  /// The generator before the epoch drew its order; drawing it again finds the place in it.
  var epochStart = Generator.default.snapshot
}

/// What is measured at the end of an epoch.
struct EpochRecord: Equatable {
  var trainLoss: Double
  var trainScore: Double
  var testLoss: Double
  var testScore: Double

  var values: [Double] { [trainLoss, trainScore, testLoss, testScore] }
}

/// The file of a run that can be gone on with: model, optimizer, generator, and the place in the data.
struct Checkpoint {
  static let name = "checkpoint.safetensors"

  let path: String
  let metadata: [String: String]
  private let tensors: NamedTensors

  /// Reads the file at `path`.
  init(_ path: String) throws {
    self.path = path
    let contents = try SafetensorsContents(path)
    metadata = contents.metadata
    tensors = contents.tensors
  }

  /// Writes the file, as a whole or not at all.
  static func save(
    _ model: any Module, _ state: OptimizerState, _ schedule: RateSchedule, _ progress: RunProgress, metadata: [String: String],
    to path: String
  ) throws {
    var tensors = NamedTensors()
    for (name, tensor) in model.stateDict() { tensors["model.\(name)"] = tensor }
    for (name, tensor) in state.tensors { tensors["optimizer.\(name)"] = tensor }
    var metadata = metadata
    for (part, numbers) in [("optimizer", state.numbers), ("schedule", schedule.numbers)] where !numbers.isEmpty {
      let sorted = numbers.sorted { $0.key < $1.key }
      metadata["\(part).numbers"] = sorted.map(\.key).joined(separator: " ")
      tensors["\(part).numbers"] = Tensor(sorted.map(\.value), dtype: .float64)
    }
    for (name, tensor) in progress.best { tensors["best.\(name)"] = tensor }
    if !progress.best.isEmpty { tensors["run.bestEpoch"] = Tensor([progress.bestEpoch]) }
    tensors["generator.now"] = Tensor(Generator.default.snapshot.values)
    tensors["generator.epoch"] = Tensor(progress.epochStart.values)
    tensors["run.losses"] = Tensor(progress.losses, dtype: .float64)
    tensors["run.epochs"] = Tensor(progress.epochs.flatMap(\.values), shape: [progress.epochs.count, 4], dtype: .float64)
    tensors["run.place"] = Tensor([progress.epoch, progress.stepInEpoch, progress.correct, progress.samples])
    tensors["run.lossSum"] = Tensor([progress.lossSum], dtype: .float64)
    try saveSafetensors(tensors, metadata: metadata, to: path)
  }

  /// Brings the model, the optimizer and the generator to where the run was, and says where that is.
  func restore(_ model: any Module, _ optimizer: Optimizer, _ schedule: RateSchedule) throws -> RunProgress {
    var progress = RunProgress()
    let place = try numbers("run.place", count: 4)
    (progress.epoch, progress.stepInEpoch, progress.correct, progress.samples) = (place[0], place[1], place[2], place[3])
    guard place.allSatisfy({ $0 >= 0 }) else { throw FormatError(file: path, place: .key("run.place"), "holds a negative number") }
    progress.lossSum = try tensor("run.lossSum", [1]).item()
    progress.losses = try tensor("run.losses", nil).array(of: Double.self)
    let records = try tensor("run.epochs", [progress.epoch, 4]).array(of: Double.self)
    progress.epochs = stride(from: 0, to: records.count, by: 4).map {
      EpochRecord(trainLoss: records[$0], trainScore: records[$0 + 1], testLoss: records[$0 + 2], testScore: records[$0 + 3])
    }
    let now = try generator("generator.now")
    progress.epochStart = try generator("generator.epoch")

    progress.best = part("best.", keeping: "")
    if !progress.best.isEmpty {
      progress.bestEpoch = try numbers("run.bestEpoch", count: 1)[0]
      guard (1...Swift.max(progress.epoch, 1)).contains(progress.bestEpoch), progress.best.firstNonFinite == nil else {
        throw FormatError(file: path, place: .key("run.bestEpoch"), "is no epoch of the run, or its weights are not finite")
      }
    }
    var state = OptimizerState()
    state.numbers = try named("optimizer")
    state.tensors = part("optimizer.state.", keeping: "state.")
    do {
      try model.load(part("model.", keeping: ""))
      try optimizer.load(state)
      if metadata["schedule.numbers"] != nil { try schedule.load(named("schedule")) }
    } catch let error as FormatError {
      throw error
    } catch let error as any ChainRuleError {
      throw FormatError(file: path, error.description.split(whereSeparator: \.isNewline).joined(separator: " "))
    }
    for (part, tensors) in [("model", model.stateDict()), ("optimizer", state.tensors)] {
      guard let bad = tensors.firstNonFinite else { continue }
      throw FormatError(
        file: path, place: .key("\(part).\(bad.name)"), "holds \(nonFiniteText(bad.value)): nothing can be learned from there")
    }
    Generator.default.snapshot = now
    return progress
  }

  /// The numbers of a part, by the names that the text beside the tensors gives.
  private func named(_ part: String) throws(FormatError) -> [String: Double] {
    let names = (metadata["\(part).numbers"] ?? "").split(separator: " ").map(String.init)
    let values = try tensor("\(part).numbers", [names.count]).array(of: Double.self)
    return Dictionary(zip(names, values)) { first, _ in first }
  }

  private func part(_ prefix: String, keeping kept: String) -> NamedTensors {
    NamedTensors(
      tensors.filter { $0.name.hasPrefix(prefix) }.map { (name: kept + $0.name.dropFirst(prefix.count), tensor: $0.tensor) })
  }

  private func tensor(_ name: String, _ shape: [Int]?) throws(FormatError) -> Tensor {
    guard let tensor = tensors[name] else { throw FormatError(file: path, place: .key(name), "is missing: no checkpoint of a run") }
    guard shape == nil || tensor.shape == shape else {
      throw FormatError(file: path, place: .key(name), "has shape \(tensor.shape), expected \(shape ?? [])")
    }
    return tensor
  }

  private func numbers(_ name: String, count: Int?) throws(FormatError) -> [Int] {
    let tensor = try tensor(name, count.map { [$0] })
    guard tensor.dtype == .int64 else {
      throw FormatError(file: path, place: .key(name), "has type \(tensor.dtype.name), expected int64")
    }
    return tensor.array(of: Int.self)
  }

  private func generator(_ name: String) throws(FormatError) -> Generator.State {
    guard let state = Generator.State(try numbers(name, count: nil)) else {
      throw FormatError(file: path, place: .key(name), "is no state of the generator")
    }
    return state
  }
}
