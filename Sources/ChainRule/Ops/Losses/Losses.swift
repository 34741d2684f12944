import CKernels

/// The losses that are one node: what PyTorch fuses.
enum Losses {
  static let catalog: [OperationInfo] = [
    PointwiseLoss.info, PointwiseLoss.huber, PointwiseLoss.smoothL1, PointwiseLoss.crossEntropy, PointwiseLoss.logits,
    NegativeLogLikelihood.info,
  ]
}

/// What becomes of the losses of the single elements.
package enum LossReduction: Sendable {
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
      name, summary, call: "\(name)(x, t)", formula: formula, derivative: derivative, shapes: "elementwise, then mean, sum or none",
      takesIntegers: false,
      samples: reductions.flatMap { reduction in
        [[3, 3], [2, 5], []].map { shape in
          OperationSample("\(reduction) \(shape)", [.init(shape, x), .init(shape, t)]) { PointwiseLoss(kind, reduction)($0[0], $0[1]) }
        }
      })
  }

  var entry: OperationInfo {
    switch kind {
    case .squaredError: Self.info
    case .huber: Self.huber
    case .smoothL1: Self.smoothL1
    case .binaryCrossEntropy: Self.crossEntropy
    case .binaryCrossEntropyWithLogits: Self.logits
    }
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

  /// PyTorch's kernel, which its refusals name.
  private var kernel: String {
    switch kind {
    case .squaredError: "mse_cpu"
    case .huber: "huber_cpu"
    case .smoothL1: "smooth_l1_cpu"
    case .binaryCrossEntropy: "binary_cross_entropy"
    case .binaryCrossEntropyWithLogits: "log_sigmoid_cpu"
    }
  }

  var attributes: [(name: String, value: String)] {
    var result = [("reduction", "\(reduction)")]
    switch kind {
    case .huber(let delta): result.append(("delta", "\(delta)"))
    case .smoothL1(let beta): result.append(("beta", "\(beta)"))
    default: break
    }
    return result
  }

  func saves(needsX: Bool, needsW: Bool) -> Saves { [.x, .w] }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    _ = try Elementwise.broadcastShape(x, w, name)
    guard x.dtype.isFloatingPoint || w.dtype.isFloatingPoint else { throw Rules.notImplemented(kernel, x.dtype, name) }
    switch kind {
    case .binaryCrossEntropy:
      if w.dtype != x.dtype {
        throw TensorError(
          .dtype, "Found dtype \(w.dtype.scalarTypeName) but expected \(x.dtype.scalarTypeName)",
          hint: "Convert the target with to(.\(x.dtype.name)).", operation: name)
      }
      for (subject, t) in [("input", x), ("target", w)] where ((t .>= 0).logicalAnd(t .<= 1)).all().item() == 0 {
        throw TensorError(
          .argument, "all elements of \(subject) should be between 0 and 1",
          hint: subject == "input" ? "Apply sigmoid first, or use binaryCrossEntropyWithLogits." : "Targets are probabilities.",
          operation: name)
      }
    case .huber:
      if DType.promoted(x.dtype, w.dtype) != x.dtype, !x.dtype.isFloatingPoint {
        throw TensorError(
          .dtype, "result type \(w.dtype.scalarTypeName) can't be cast to the desired output type \(x.dtype.scalarTypeName)",
          hint: "Convert the input with to(.\(w.dtype.name)).", operation: name)
      }
    default: break
    }
    let losses = value(x, w)
    // PyTorch's Huber loss alone keeps the input's type.
    if case .huber = kind { return reduction.apply(losses.to(x.dtype)) }
    return reduction.apply(losses)
  }

  private func value(_ x: Tensor, _ t: Tensor) -> Tensor {
    switch kind {
    case .squaredError:
      let d = x - (t.dtype == .bool ? t.to(x.dtype) : t)
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
