import CKernels

/// The losses that are one node: what PyTorch fuses.
enum Losses {
  static let catalog: [OperationInfo] = [
    PointwiseLoss.info, PointwiseLoss.huber, PointwiseLoss.smoothL1, PointwiseLoss.crossEntropy, PointwiseLoss.logits,
    NegativeLogLikelihood.info,
  ]
}

/// What becomes of the losses of the single elements.
package enum LossReduction: Int, Sendable {
  case none, mean, sum

  func apply(_ x: Tensor) -> Tensor {
    switch self {
    case .none: x
    case .mean: x.mean()
    case .sum: x.sum()
    }
  }
}

/// A loss of each element and its target, reduced: both gradients follow from two slopes, in tensor operations, so that every
/// order of derivative works.
package struct PointwiseLoss: BinaryOperation {
  package enum Kind: Sendable, Equatable {
    /// (x - t)^2.
    case squaredError
    /// Quadratic up to `delta`, then linear with slope delta (Huber 1964).
    case huber(delta: Double)
    /// The Huber loss divided by beta.
    case smoothL1(beta: Double)
    /// -(t ln x + (1 - t) ln(1 - x)), each logarithm at least -100.
    case binaryCrossEntropy
    /// The same of sigmoid(x), without overflow.
    case binaryCrossEntropyWithLogits
  }

  let kind: Kind
  let reduction: LossReduction

  init(_ kind: Kind, _ reduction: LossReduction) {
    self.kind = kind
    self.reduction = reduction
  }

  static let info = describe("mseLoss", .squaredError, "The square of the error.", "(x - t)^2", "2 (x - t)", .real, .real)
  static let huber = describe(
    "huberLoss", .huber(delta: 0.7), "The square of small errors, the size of large ones.", "|d| < delta ? d^2/2 : delta (|d| - delta/2)",
    "clamp(d, -delta, delta) with d = x - t", .real, .interval(-5, -3))
  static let smoothL1 = describe(
    "smoothL1Loss", .smoothL1(beta: 8), "The Huber loss divided by beta.", "|d| < beta ? d^2/(2 beta) : |d| - beta/2",
    "clamp(d / beta, -1, 1) with d = x - t", .real, .interval(-5, -3))
  static let crossEntropy = describe(
    "binaryCrossEntropy", .binaryCrossEntropy, "The cross entropy of two outcomes.", "-(t ln x + (1 - t) ln(1 - x))",
    "(x - t) / (x (1 - x))", .unit, .unit)
  static let logits = describe(
    "binaryCrossEntropyWithLogits", .binaryCrossEntropyWithLogits, "The cross entropy of two outcomes, from logits.",
    "(1 - t) x - ln sigmoid(x)", "sigmoid(x) - t", .real, .unit)

  private static func describe(
    _ name: String, _ kind: Kind, _ summary: String, _ formula: String, _ derivative: String, _ x: Domain, _ t: Domain
  ) -> OperationInfo {
    let reductions: [LossReduction] = [.none, .mean, .sum]
    return OperationInfo(
      name, summary, formula: formula, derivative: derivative, shapes: "elementwise, then mean, sum or none",
      samples: reductions.flatMap { reduction in
        [[3, 3], [2, 5], []].map { shape in
          OperationSample("\(reduction) \(shape)", [.init(shape, x), .init(shape, t)]) { PointwiseLoss(kind, reduction)($0[0], $0[1]) }
        }
      })
  }

  var nodeName: String {
    switch kind {
    case .squaredError: "MseLossBackward0"
    case .huber: "HuberLossBackward0"
    case .smoothL1: "SmoothL1LossBackward0"
    case .binaryCrossEntropy: "BinaryCrossEntropyBackward0"
    case .binaryCrossEntropyWithLogits: "BinaryCrossEntropyWithLogitsBackward0"
    }
  }

  var attributes: [(name: String, value: String)] {
    var result = [("reduction", "\(reduction.rawValue)")]
    switch kind {
    case .huber(let delta): result.append(("delta", "\(delta)"))
    case .smoothL1(let beta): result.append(("beta", "\(beta)"))
    default: break
    }
    return result
  }

  func saves(needsX: Bool, needsW: Bool) -> Saves { [.x, .w] }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    _ = try Elementwise.broadcastShape(x, w, "loss")
    guard x.dtype.isFloatingPoint || w.dtype.isFloatingPoint else {
      throw TensorError(
        .dtype, "a loss of \(x.dtype.name) and \(w.dtype.name) has no gradient", mend: "Convert the input with to(.float32).",
        operation: "loss")
    }
    if kind == .binaryCrossEntropy, ((x .>= 0).logicalAnd(x .<= 1)).all().item() == 0 {
      throw TensorError(
        .argument, "all elements of input should be between 0 and 1",
        mend: "Apply sigmoid first, or use binaryCrossEntropyWithLogits.", operation: "binaryCrossEntropy")
    }
    return reduction.apply(value(x, w))
  }

  private func value(_ x: Tensor, _ t: Tensor) -> Tensor {
    switch kind {
    case .squaredError:
      let d = x - t
      return d * d
    case .huber(let delta):
      let d = (x - t).abs()
      return Tensor.where(d .<= delta, d * d * 0.5, (d - 0.5 * delta) * delta)
    case .smoothL1(let beta):
      let d = (x - t).abs()
      return beta == 0 ? d : Tensor.where(d .< beta, d * d * 0.5 / beta, d - 0.5 * beta)
    case .binaryCrossEntropy:
      return (t - 1) * (-x).log1p().clamp(min: -100) - t * x.log().clamp(min: -100)
    case .binaryCrossEntropyWithLogits:
      return (1 - t) * x - x.logSigmoid()
    }
  }

  /// The derivative of `value` by x.
  private func slope(_ x: Tensor, _ t: Tensor) -> Tensor {
    switch kind {
    case .squaredError:
      return (x - t) * 2
    case .huber(let delta):
      return (x - t).clamp(min: -delta, max: delta)
    case .smoothL1(let beta):
      return beta == 0 ? (x - t).sign() : ((x - t) / beta).clamp(min: -1, max: 1)
    case .binaryCrossEntropy:
      return (x - t) / ((1 - x) * x).clamp(min: 1e-12)
    case .binaryCrossEntropyWithLogits:
      return x.sigmoid() - t
    }
  }

  /// The derivative of `value` by the target.
  private func targetSlope(_ x: Tensor, _ t: Tensor) -> Tensor {
    switch kind {
    case .squaredError, .huber, .smoothL1: return -slope(x, t)
    case .binaryCrossEntropy: return (-x).log1p().clamp(min: -100) - x.log().clamp(min: -100)
    case .binaryCrossEntropyWithLogits: return -x
    }
  }

  /// `dy`, which stands for the reduced loss, on every element.
  private func spread(_ dy: Tensor, _ s: Saved) -> Tensor {
    guard reduction == .mean else { return dy }
    let count = Shape.broadcastCount(s.x, s.w)
    return dy / Double(count)
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    let each = spread(dy, s)
    let dx = s.needsX || kind.isSymmetric ? slope(s.x, s.w) * each : nil
    if s.needsW, kind.isSymmetric { return (s.needsX ? dx : nil, dx.map { -$0 }) }
    return (s.needsX ? dx : nil, s.needsW ? targetSlope(s.x, s.w) * each : nil)
  }

  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor {
    let tangent = Rules.sum(dx.map { $0 * slope(s.x, s.w) }, dw.map { $0 * targetSlope(s.x, s.w) })
    return reduction == .none ? tangent : reduction.apply(tangent.fitted(like: s.x + s.w))
  }

  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    let (a, b) = Elementwise.alignBatches(x, w, xBatched, wBatched)
    let each = PointwiseLoss(kind, .none)(a, b)
    if reduction == .none || each.rank == 1 { return each }
    let rows = each.flattened(from: 1)
    return reduction == .mean ? rows.mean(dim: 1) : rows.sum(dim: 1)
  }
}

extension PointwiseLoss.Kind {
  /// Whether the loss depends on the difference alone.
  fileprivate var isSymmetric: Bool {
    switch self {
    case .squaredError, .huber, .smoothL1: true
    case .binaryCrossEntropy, .binaryCrossEntropyWithLogits: false
    }
  }
}

extension Shape {
  /// The number of elements of both operands broadcast together.
  fileprivate static func broadcastCount(_ x: Tensor, _ w: Tensor) -> Int {
    guard case .success(let shape) = broadcast(x.internalShape, w.internalShape) else { return 1 }
    return shape.elements
  }
}

extension PointwiseLoss {
  /// The loss of this kind, for the module of losses.
  package static func apply(_ kind: Kind, _ x: Tensor, _ target: Tensor, _ reduction: LossReduction) -> Tensor {
    PointwiseLoss(kind, reduction)(x, target)
  }

  /// Warns that a loss will broadcast its target: a frequent mistake.
  package static func warnOfSizes(_ x: Tensor, _ target: Tensor) {
    if x.internalShape != target.internalShape { Warnings.lossSizes(x, target) }
  }
}

/// Minus the log-probability of the target class, weighted.
///
/// Linear in the log-probabilities, so its tangent rule is itself.
package struct NegativeLogLikelihood: BinaryOperation {
  static let info = OperationInfo(
    "nllLoss", "Minus the log-probability of the target class.", formula: "-sum w[t] x[t] / sum w[t]",
    derivative: "-w[t] / sum w[t] at the target", shapes: "[n, c], [n] -> [] or [n]",
    samples: [
      OperationSample("mean", [.init([4, 3]), .init([4], .index(3))]) { NegativeLogLikelihood()($0[0], $0[1]) },
      OperationSample("none", [.init([4, 3]), .init([4], .index(3))]) { NegativeLogLikelihood(reduction: .none)($0[0], $0[1]) },
      OperationSample("images", [.init([2, 3, 2, 2]), .init([2, 2, 2], .index(3))]) {
        NegativeLogLikelihood(reduction: .sum)($0[0], $0[1])
      },
      OperationSample("one", [.init([3]), .init([], .index(3))]) { NegativeLogLikelihood()($0[0], $0[1]) },
    ])

  /// A factor for each class; a constant.
  package var weight: Tensor?
  package var ignoreIndex = -100
  package var reduction = LossReduction.mean

  package init(weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: LossReduction = .mean) {
    self.weight = weight?.detach()
    self.ignoreIndex = ignoreIndex
    self.reduction = reduction
  }

  var nodeName: String { "NllLossBackward0" }
  var attributes: [(name: String, value: String)] { [("ignore_index", "\(ignoreIndex)"), ("reduction", "\(reduction.rawValue)")] }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [.x, .w] }

  package static func classDim(_ x: Tensor) -> Int { x.rank == 1 ? 0 : 1 }

  private func check(_ x: Tensor, _ target: Tensor) throws(TensorError) {
    func refusal(_ kind: TensorError.Kind, _ message: String, _ mend: String) -> TensorError {
      TensorError(kind, message, mend: mend, operation: "nllLoss")
    }
    guard x.dtype.isFloatingPoint else { throw Rules.notImplemented("nll_loss_out_frame", x.dtype, "nllLoss") }
    guard target.dtype == .int64 || target.dtype == .uint8 || target.dtype == .int32 else {
      throw refusal(
        .dtype, "expected target dtype to be Long or Byte, but got \(target.dtype.scalarTypeName)",
        "Class indices are integers: convert them with to(.int64). Probabilities have the input's shape.")
    }
    let shape = x.shape, classDim = Self.classDim(x)
    guard x.rank > 0 else { throw refusal(.shape, "input tensor should be 1D or more", "The classes need a dimension.") }
    var expected = shape
    expected.remove(at: classDim)
    guard target.shape == expected else {
      if x.rank == 2, target.rank == 1 {
        throw refusal(
          .shape, "Expected input batch_size (\(shape[0])) to match target batch_size (\(target.shape[0]))",
          "Give one class index for each row.")
      }
      throw refusal(
        .shape, "size mismatch (got input: \(shape), target: \(target.shape))", "The target has the input's shape without dimension "
          + "\(classDim), the classes: \(expected).")
    }
    if let weight, weight.shape != [shape[classDim]] {
      throw refusal(
        .shape,
        "weight tensor should be defined either for all \(shape[classDim]) classes or no classes but got weight tensor of shape: "
          + "\(weight.shape)", "Give one weight for each class.")
    }
  }

  /// The target with ignored places set to class 0, the factor of each place, and the sum of the factors.
  private func factors(_ x: Tensor, _ target: Tensor) throws(TensorError) -> (index: Tensor, factors: Tensor, total: Double) {
    let classes = x.size(Self.classDim(x))
    let source = target.converted(to: .int64), packed = source.box.isContiguous ? source : Tensor.copied(source)
    let weights = weight.map { $0.bare.converted(to: .float64).array(of: Double.self) }
    let index = TensorBox.uninitialized(packed.box.shape, .int64), factor = TensorBox.uninitialized(packed.box.shape, .float64)
    let t = packed.box.c.pointee.data.assumingMemoryBound(to: Int64.self)
    let to = index.c.pointee.data.assumingMemoryBound(to: Int64.self)
    let f = factor.c.pointee.data.assumingMemoryBound(to: Double.self)
    var total = 0.0
    for i in 0..<packed.count {
      let c = Int(t[i])
      if c == ignoreIndex {
        to[i] = 0
        f[i] = 0
        continue
      }
      guard c >= 0, c < classes else {
        throw TensorError(
          .index, "Target \(c) is out of bounds.", mend: "There are \(classes) classes: 0 to \(classes - 1).", operation: "nllLoss")
      }
      let w = weights?[c] ?? 1
      to[i] = Int64(c)
      f[i] = w
      total += w
    }
    return (Tensor(index), Tensor(factor).converted(to: x.dtype), total)
  }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    try check(x, w)
    let (index, factors, total) = try factors(x, w)
    let dim = Self.classDim(x)
    // An ignored place counts for nothing, also where its log-probability is infinite.
    let picked = Tensor.where(factors .== 0, 0, x.gather(dim: dim, index: index.unsqueezed(dim)).squeezed(dim) * factors)
    switch reduction {
    case .none: return -picked
    case .sum: return -picked.sum()
    case .mean: return -picked.sum() / total
    }
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    // In tensor operations throughout: inside vmap the target may be a batch.
    let dim = Self.classDim(s.x)
    let counts = s.w .!= ignoreIndex
    let index = Tensor.where(counts, s.w.to(.int64), 0)
    var factors = counts.to(s.x.dtype)
    if let weight { factors = factors * weight.to(s.x.dtype).indexSelect(dim: 0, index: index.flattened()).reshaped(index.shape) }
    let each = factors * (reduction == .mean ? -dy / factors.sum() : -dy)
    return (
      Tensor.zeros(s.x.shape, dtype: dy.dtype).scatterAdd(dim: dim, index: index.unsqueezed(dim), source: each.unsqueezed(dim)), nil
    )
  }

  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { dx.map { self($0, s.w) } ?? Tensor.zeros(like: s.y) }

  /// The loss, for the module of losses.
  package func apply(_ logProbabilities: Tensor, _ target: Tensor) -> Tensor { self(logProbabilities, target) }
}
