public import ChainRule
public import ChainRuleNN

/// The average of a model's weights over the course of training (Izmailov et al. 2018), beside the weights that train.
///
///     let averaged = AveragedModel(model, averaging: .ema(decay: 0.999))
///     for (x, y) in loader { train(x, y); averaged.updateParameters() }
///     let y = averaged(x)
///
/// The model itself is not changed: its parts see the averages only within `apply`, and only on this thread.
public final class AveragedModel {
  /// How a new value enters the average.
  public enum Averaging: Sendable {
    /// The plain mean of all values.
    case swa
    /// decay average + (1 - decay) value.
    case ema(decay: Double)
    /// What a function of the average, the value and the number of values so far gives.
    case function(@Sendable (_ average: Tensor, _ value: Tensor, _ count: Int) -> Tensor)
  }

  /// The model whose weights are averaged.
  public let module: any Module
  /// The averages by the names of the model's state; buffers are the model's last ones, or averaged too.
  public private(set) var averages: NamedTensors
  /// How many values there have been.
  public private(set) var averagedCount = 0
  private let averaging: Averaging
  private let useBuffers: Bool

  /// The average of `module`, which starts from its values at the first update.
  ///
  /// - Parameters:
  ///   - module: the module whose parameters are averaged.
  ///   - averaging: how a new value enters the average.
  ///   - useBuffers: whether buffers are averaged too.
  public init(_ module: any Module, averaging: Averaging = .swa, useBuffers: Bool = false) {
    self.module = module
    self.averaging = averaging
    self.useBuffers = useBuffers
    averages = module.stateDict()
    if case .ema(let decay) = averaging, !(decay >= 0 && decay <= 1) {
      refuse(
        TensorError(
          .argument, "Invalid decay value \(decay) provided. Please provide a value in [0,1] range.",
          hint: "0.999 averages over about the last thousand values.", operation: "AveragedModel"))
    }
  }

  /// Takes the values that the model has now into the averages.
  public func updateParameters() {
    if isErrorPending { return }
    _ = planned("AveragedModel.updateParameters()", []) { [self] _ in
      takeValues()
      return []
    }
  }

  private func takeValues() {
    let buffers = Set(module.namedBuffers().map(\.name))
    noGrad {
      for (name, value) in module.stateDict() {
        let isAveraged = useBuffers || !buffers.contains(name)
        if let average = averages[name], averagedCount > 0, isAveraged {
          averages[name] = next(average, value)
        } else {
          averages[name] = value
        }
      }
    }
    averagedCount += 1
  }

  private func next(_ average: Tensor, _ value: Tensor) -> Tensor {
    switch averaging {
    case .function(let function): return function(average, value, averagedCount).to(average.dtype)
    case .swa:
      if average.dtype.isFloatingPoint { return lerp(average, value, 1 / Double(averagedCount + 1)) }
      return average + ((value - average) / Double(averagedCount + 1)).to(average.dtype)
    case .ema(let decay):
      if average.dtype.isFloatingPoint { return lerp(average, value, 1 - decay) }
      return (average * decay + value * (1 - decay)).to(average.dtype)
    }
  }

  /// Runs `body` with the averages in place of the model's weights.
  public func apply<R>(_ body: () throws -> R) rethrows -> R { try functionalCall(module, averages, body) }

  /// Applies the model with the averages.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    guard let layer = module as? any Layer else {
      refuse(
        TensorError(
          .argument, "\(type(of: module)) is no Layer, so that an AveragedModel cannot call it", hint: "apply { model(...) } calls it.",
          operation: "AveragedModel"))
      return x
    }
    return apply { layer(x) }
  }

  /// Gives the model itself the averages: to save it, or to go on with it.
  public func copyToModule() throws { try module.load(averages) }

  /// Measures the running statistics of the batch norms anew for the averages, over what `pass` gives the model.
  ///
  ///     averaged.updateBatchNorm { for (x, _) in loader { _ = model(x) } }
  public func updateBatchNorm(_ pass: () throws -> Void) throws {
    let own = module.stateDict()
    try module.load(averages)
    defer { _ = try? module.load(own) }
    try ChainRuleNN.updateBatchNorm(module, pass)
    averages = module.stateDict()
  }

  // MARK: State

  /// The averages under `module.NAME` and their number under `n_averaged`, as in PyTorch.
  public func stateDict() -> NamedTensors {
    var result: NamedTensors = ["n_averaged": Tensor(averagedCount)]
    for (name, tensor) in averages { result["module.\(name)"] = tensor }
    return result
  }

  /// Goes on from a saved state.
  ///
  /// - Throws: `StateDictError` where names or shapes differ; nothing has been changed then.
  public func load(_ state: NamedTensors) throws {
    let prefix = "module."
    let values = NamedTensors(
      state.filter { $0.name.hasPrefix(prefix) }.map { (name: String($0.name.dropFirst(prefix.count)), tensor: $0.tensor) })
    let own = module.stateDict()
    defer { _ = try? module.load(own) }
    try module.load(values)
    averages = module.stateDict()
    averagedCount = state["n_averaged"].map { $0.item(as: Int.self) } ?? averagedCount
  }
}
