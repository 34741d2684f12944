public import ChainRule

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#endif

/// Returns minus the logarithm of the probability that frames spell the targets, summed over all ways to align them (Graves et al. 2006).
///
/// - Parameters:
///   - logProbabilities: logarithms of softmax, [frames, n, classes] or [frames, classes].
///   - targets: the classes: [n, most], one row after the other in [all], or [length] where there is one example.
///   - inputLengths: how many frames each example has.
///   - targetLengths: how many classes each example's target has.
///   - blank: the class of no class.
///   - reduction: `.mean` divides each loss by its target's length, then takes the mean.
///   - zeroInfinity: whether losses that are infinite, and their gradients, become 0: those of targets too long for their frames.
///
/// As in PyTorch the gradient is the one that, through a softmax, reaches the logits right: e^x is part of it.
public func ctcLoss(
  _ logProbabilities: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int], blank: Int = 0,
  reduction: Reduction = .mean, zeroInfinity: Bool = false
) -> Tensor {
  let x = logProbabilities.rank == 2 ? logProbabilities.unsqueezed(1) : logProbabilities
  let function: ConnectionistTemporal
  do throws(TensorError) {
    function = try ConnectionistTemporal(x, targets, inputLengths, targetLengths, blank, zeroInfinity)
  } catch {
    refuse(error)
    return logProbabilities
  }
  let losses = function(x)
  switch reduction {
  case .none: return logProbabilities.rank == 2 ? losses.squeezed(0) : losses
  case .sum: return losses.sum()
  case .mean: return (losses / Tensor(targetLengths.map { Double(max($0, 1)) }, shape: [targetLengths.count], dtype: x.dtype)).mean()
  }
}

/// The losses of the examples, by the forward and backward variables of section 4.1 of the paper, in float64.
private struct ConnectionistTemporal: DifferentiableFunction {
  static let name = "ctcLoss"
  /// The targets of each example, with blanks before, between and after.
  let labels: [[Int]]
  let frames: [Int]
  let blank: Int
  let zeroInfinity: Bool

  init(
    _ x: Tensor, _ targets: Tensor, _ inputLengths: [Int], _ targetLengths: [Int], _ blank: Int, _ zeroInfinity: Bool
  ) throws(TensorError) {
    func require(_ holds: Bool, _ message: @autoclosure () -> String, _ hint: String) throws(TensorError) {
      if !holds { throw lossError(.argument, message(), hint, "ctcLoss", x) }
    }
    try require(x.rank == 3 && x.dtype.isFloatingPoint, "log_probs must be 2D or 3D and real", "They are [frames, n, classes].")
    let t = x.shape[0], n = x.shape[1], classes = x.shape[2]
    try require(blank >= 0 && blank < classes, "blank must be in label range", "There are \(classes) classes.")
    try require(
      inputLengths.count == n && targetLengths.count == n, "input_lengths and target_lengths must be of size batch_size",
      "There are \(n) examples.")
    try require(
      inputLengths.allSatisfy { $0 >= 0 && $0 <= t }, "Expected input_lengths to have value at most \(t), but got value \(inputLengths)",
      "They count frames.")
    try require(!targets.dtype.isFloatingPoint && targets.rank < 3, "targets must be integers, 1D or 2D", "They are classes.")
    let isPadded = targets.rank == 2, row = isPadded ? targets.shape[1] : 0
    try require(
      targetLengths.allSatisfy { $0 >= 0 && $0 <= (isPadded ? row : targets.count) },
      "Expected target_lengths to have value at most \(isPadded ? row : targets.count), but got value \(targetLengths)",
      "They count classes.")
    let needed = isPadded ? n * row : targetLengths.reduce(0, +)
    try require(
      targets.count == needed, "Expected targets to have \(needed) elements, but got \(targets.count)", "There is one row an example.")
    let values = targets.array(of: Int.self)
    var start = 0, labels: [[Int]] = []
    for (i, length) in targetLengths.enumerated() {
      let own = Array(values[(isPadded ? i * row : start)..<((isPadded ? i * row : start) + length)])
      try require(
        own.allSatisfy { $0 >= 0 && $0 < classes }, "target out of range", "Classes are 0 to \(classes - 1).")
      labels.append(own.flatMap { [blank, $0] } + [blank])
      start += length
    }
    self.labels = labels
    frames = inputLengths
    self.blank = blank
    self.zeroInfinity = zeroInfinity
  }

  private func logSum(_ a: Double, _ b: Double) -> Double {
    let top = max(a, b)
    return top == -.infinity ? top : top + log1p(exp(min(a, b) - top))
  }

  /// The logarithm of the probability of all ways into each label at each frame, that frame's own probability included. Of the ways out
  /// of them where `reversed`, with frames and labels counted from the end.
  private func variables(_ p: (Int, Int) -> Double, _ labels: [Int], _ frames: Int) -> [[Double]] {
    var all: [[Double]] = []
    for t in 0..<frames {
      all.append(
        labels.indices.map { s in
          if t == 0 { return s < 2 ? p(0, labels[s]) : -.infinity }
          var sum = all[t - 1][s]
          if s > 0 { sum = logSum(sum, all[t - 1][s - 1]) }
          if s > 1, labels[s] != blank, labels[s] != labels[s - 2] { sum = logSum(sum, all[t - 1][s - 2]) }
          return sum + p(t, labels[s])
        })
    }
    return all
  }

  private func loss(_ alpha: [[Double]], _ labels: [Int]) -> Double {
    guard let last = alpha.last else { return labels.count == 1 ? 0 : .infinity }
    let s = labels.count
    return -(s > 1 ? logSum(last[s - 1], last[s - 2]) : last[0])
  }

  func forward(_ inputs: [Tensor]) -> Tensor {
    let x = inputs[0], values = x.array(of: Double.self), n = x.shape[1], classes = x.shape[2]
    if values.count != x.count { return Tensor.zeros([n], dtype: x.dtype) }
    let losses = labels.enumerated().map { i, labels in
      let loss = loss(variables({ t, c in values[(t * n + i) * classes + c] }, labels, frames[i]), labels)
      return zeroInfinity && loss == .infinity ? 0 : loss
    }
    return Tensor(losses, shape: [n], dtype: x.dtype)
  }

  func vjp(_ dy: Tensor, _ inputs: [Tensor], _ y: Tensor) -> [Tensor?] {
    let x = inputs[0], values = x.array(of: Double.self), n = x.shape[1], classes = x.shape[2]
    var slopes = Array(repeating: 0.0, count: values.count)
    for (i, labels) in labels.enumerated() {
      let count = frames[i]
      func p(_ t: Int, _ c: Int) -> Double { values[(t * n + i) * classes + c] }
      let alpha = variables(p, labels, count), loss = loss(alpha, labels)
      if zeroInfinity && loss == .infinity { continue }
      let beta = variables({ t, c in p(count - 1 - t, c) }, labels.reversed(), count)
      for t in 0..<count {
        var through = Array(repeating: -Double.infinity, count: classes)
        for s in labels.indices {
          through[labels[s]] = logSum(through[labels[s]], alpha[t][s] + beta[count - 1 - t][labels.count - 1 - s])
        }
        for c in 0..<classes {
          slopes[(t * n + i) * classes + c] = exp(p(t, c)) - exp(through[c] + loss - p(t, c))
        }
      }
    }
    return [Tensor(slopes, shape: x.shape, dtype: x.dtype) * dy.reshaped(1, -1, 1)]
  }
}
