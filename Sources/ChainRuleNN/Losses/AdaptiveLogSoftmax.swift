public import ChainRule

/// A softmax over very many classes, of which frequent ones are cheap (Grave et al. 2017).
///
/// The first classes, the shortlist, and one entry for each cluster of the others share a head; within a cluster the classes have a softmax
/// of their own, over a projection that is smaller the rarer the cluster's classes are. Classes are numbered from frequent to rare.
public final class AdaptiveLogSoftmaxWithLoss: HookedModule, SelfCopying {
  private let head: Linear
  private let tail: [Sequential]
  private let cutoffs: [Int]
  private let inputs: Int

  /// A softmax over `classes` classes of vectors of `inputs` elements.
  ///
  /// - Parameters:
  ///   - inputs: the number of features of an input.
  ///   - classes: the number of classes.
  ///   - cutoffs: where clusters begin, increasing; the first is the size of the shortlist.
  ///   - divValue: how many times smaller the projection of each cluster is than that of the one before.
  ///   - headBias: whether the head has a bias.
  ///   - dtype: the type of the parameters; the default type where none is given.
  ///   - generator: where random numbers come from; the default generator where none is given.
  public init(
    _ inputs: Int, _ classes: Int, cutoffs: [Int], divValue: Double = 4, headBias: Bool = false, dtype: DType? = nil,
    generator: Generator? = nil
  ) {
    let name = "AdaptiveLogSoftmaxWithLoss", inputs = layerSize(inputs, "in_features", name),
      classes = layerSize(classes, "n_classes", name)
    var cutoffs = cutoffs
    if cutoffs.isEmpty || zip(cutoffs, cutoffs.dropFirst()).contains(where: { $0 >= $1 }) || cutoffs[0] <= 0
      || cutoffs[cutoffs.count - 1] > classes - 1
    {
      refuse(
        TensorError(
          .argument,
          "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is between 1 and "
            + "n_classes-1", hint: "They are \(cutoffs), of \(classes) classes.", operation: name))
      cutoffs = [classes]
    } else {
      cutoffs.append(classes)
    }
    if !(divValue > 0) {
      refuse(TensorError(.argument, "div_value must be positive, got \(divValue)", hint: "It divides sizes.", operation: name))
    }
    self.inputs = inputs
    self.cutoffs = cutoffs
    head = Linear(inputs, cutoffs[0] + cutoffs.count - 1, bias: headBias, dtype: dtype, generator: generator)
    var divisor = 1.0
    tail = zip(cutoffs, cutoffs.dropFirst()).map { start, end in
      divisor *= divValue
      let quotient = (Double(inputs) / divisor).rounded(.down), inner = quotient > 0 && quotient < 0x1p30 ? Int(quotient) : 0
      return Sequential(
        Linear(inputs, inner, bias: false, dtype: dtype, generator: generator),
        Linear(inner, end - start, bias: false, dtype: dtype, generator: generator))
    }
  }

  init(copying other: AdaptiveLogSoftmaxWithLoss, _ copier: ModuleCopier) {
    head = copier(other.head)
    tail = copier(other.tail)
    cutoffs = other.cutoffs
    inputs = other.inputs
  }

  /// Returns the log-probability of each example's class, and minus their mean.
  ///
  /// - Parameters:
  ///   - x: [n, inputs] or [inputs].
  ///   - target: classes, [n] or [].
  public func callAsFunction(_ x: Tensor, _ target: Tensor) -> (output: Tensor, loss: Tensor) {
    let all = withHooks([x, target]) {
      let found = classified($0[0], $0[1])
      return [found.output, found.loss]
    }
    return (all[0], all[1])
  }

  private func classified(_ x: Tensor, _ target: Tensor) -> (output: Tensor, loss: Tensor) {
    func problem(_ message: String, _ hint: String) -> (output: Tensor, loss: Tensor) {
      refuse(
        TensorError(.shape, message, hint: hint, operation: "AdaptiveLogSoftmaxWithLoss", shapes: [x.shape, target.shape]))
      return (x, x)
    }
    guard target.rank < 2, x.rank == target.rank + 1 else {
      return problem(
        "\(target.rank)D target tensor expects \(target.rank + 1)D input tensors, but found inputs with size \(x.shape)",
        "An example has one class.")
    }
    guard x.shape[x.rank - 1] == inputs, target.rank == 0 || x.shape[0] == target.shape[0] else {
      return problem("Input and target should have the same size in the batch dimension.", "The input's last dimension is \(inputs).")
    }
    let classes = target.array(of: Int.self), rows = target.rank == 0 ? x.unsqueezed(0) : x
    guard !isErrorPending, classes.allSatisfy({ $0 >= 0 && $0 < cutoffs[cutoffs.count - 1] }) else {
      return problem("Target values should be in [0, \(cutoffs[cutoffs.count - 1] - 1)]", "They number the classes.")
    }
    let logits = head(rows).logSoftmax(dim: 1)
    let entries = classes.map { c in c < cutoffs[0] ? c : cutoffs[0] + (cutoffs.lastIndex { $0 <= c } ?? 0) }
    var output = logits.gather(dim: 1, index: Tensor(entries, shape: [classes.count, 1], dtype: .int64)).squeezed(1)
    for (i, cluster) in tail.enumerated() {
      let own = classes.indices.filter { classes[$0] >= cutoffs[i] && classes[$0] < cutoffs[i + 1] }
      if own.isEmpty { continue }
      let at = Tensor(own, shape: [own.count], dtype: .int64)
      let within = Tensor(own.map { classes[$0] - cutoffs[i] }, shape: [own.count, 1], dtype: .int64)
      let found = cluster(rows.indexSelect(dim: 0, index: at)).logSoftmax(dim: 1).gather(dim: 1, index: within).squeezed(1)
      output = output.indexAdd(dim: 0, index: at, source: found)
    }
    return (target.rank == 0 ? output.squeezed(0) : output, -output.mean())
  }

  /// Returns the log-probabilities of all classes, [n, classes] for x of [n, inputs].
  public func logProbabilities(_ x: Tensor) -> Tensor {
    let all = head(x).logSoftmax(dim: -1)
    if isErrorPending { return x }
    var parts = [all.narrow(dim: -1, start: 0, count: cutoffs[0])]
    for (i, cluster) in tail.enumerated() {
      parts.append(cluster(x).logSoftmax(dim: -1) + all.narrow(dim: -1, start: cutoffs[0] + i, count: 1))
    }
    return cat(parts, dim: -1)
  }

  /// Returns the most probable class of each example, [n] for x of [n, inputs].
  public func predict(_ x: Tensor) -> Tensor { logProbabilities(x).argmax(dim: -1) }
}
