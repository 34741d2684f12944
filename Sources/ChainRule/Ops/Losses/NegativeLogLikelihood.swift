import CKernels

/// Minus the log-probability of the target class, weighted.
///
/// Linear in the log-probabilities, so its tangent rule is itself.
package struct NegativeLogLikelihood: BinaryOperation {
  static let info = OperationInfo(
    "nllLoss", "Minus the log-probability of the target class.", call: "nllLoss(x, t)", formula: "-sum w[t] x[t] / sum w[t]",
    derivative: "-w[t] / sum w[t] at the target", shapes: "[n, c], [n] -> [] or [n]",
    takesIntegers: false,
    samples: [
      OperationSample("mean", [.init([4, 3]), .init([4], .index(3))]) { NegativeLogLikelihood()($0[0], $0[1]) },
      OperationSample("none", [.init([4, 3]), .init([4], .index(3))]) { NegativeLogLikelihood(reduction: .none)($0[0], $0[1]) },
      OperationSample("images", [.init([2, 3, 2, 2]), .init([2, 2, 2], .index(3))]) {
        NegativeLogLikelihood(reduction: .sum)($0[0], $0[1])
      },
      OperationSample("weighted, a class ignored", [.init([6, 3]), .init([6], .index(3))]) {
        NegativeLogLikelihood(weight: Tensor([0.5, 2, 1], dtype: $0[0].dtype), ignoreIndex: 1)($0[0], $0[1])
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
  var attributes: [(name: String, value: String)] {
    [("ignore_index", "\(ignoreIndex)"), ("reduction", "\(reduction)")] + (weight == nil ? [] : [("weight", "tensor")])
  }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [.x, .w] }

  private static func classDim(_ x: Tensor) -> Int { x.rank == 1 ? 0 : 1 }

  /// Refuses tensors, or batches of them, in which one example has these shapes.
  private func check(_ x: Tensor, _ shape: [Int], _ target: Tensor, _ targetShape: [Int]) throws(TensorError) {
    func refusal(_ kind: TensorError.Kind, _ message: String, _ hint: String) -> TensorError {
      TensorError(kind, message, hint: hint, operation: "nllLoss")
    }
    guard x.dtype.isFloatingPoint else { throw Rules.notImplemented("nll_loss_out_frame", x.dtype, "nllLoss") }
    guard target.dtype == .int64 || target.dtype == .uint8 || target.dtype == .int32 else {
      throw refusal(
        .dtype, "expected target dtype to be Long or Byte, but got \(target.dtype.scalarTypeName)",
        "Class indices are integers: convert them with to(.int64). Probabilities have the input's shape.")
    }
    let rank = shape.count, classDim = rank == 1 ? 0 : 1
    guard rank > 0 else { throw refusal(.shape, "input tensor should be 1D or more", "The classes need a dimension.") }
    var expected = shape
    expected.remove(at: classDim)
    guard targetShape == expected else {
      if rank == 2, targetShape.count == 1 {
        throw refusal(
          .shape, "Expected input batch_size (\(shape[0])) to match target batch_size (\(targetShape[0]))",
          "Give one class index for each row.")
      }
      throw refusal(
        .shape, "size mismatch (got input: \(shape), target: \(targetShape))",
        "The target has the input's shape without dimension "
          + "\(classDim), the classes: \(expected).")
    }
    if let weight, weight.shape != [shape[classDim]] {
      throw refusal(
        .shape,
        "weight tensor should be defined either for all \(shape[classDim]) classes or no classes but got weight tensor of shape: "
          + "\(weight.shape)", "Give one weight for each class.")
    }
  }

  /// One target: where its log-probability lies among the elements, and its factor; ignored ones have no place.
  private struct Place {
    let offset: Int?
    let weight: Double
  }

  /// The places of all targets in a contiguous tensor of `shape`, and the sum of their factors.
  private func places(_ shape: Shape, _ target: Tensor) throws(TensorError) -> (places: [Place], total: Double) {
    let classDim = shape.rank == 1 ? 0 : 1, classes = shape[classDim]
    let inner = shape.array[(classDim + 1)...].reduce(1, *)
    let weights = try weight?.bare.converted(to: .float64).array(of: Double.self)
    let targets = try target.converted(to: .int64).array(of: Int.self)
    var places: [Place] = []
    places.reserveCapacity(targets.count)
    var total = 0.0
    for (i, c) in targets.enumerated() {
      if c == ignoreIndex {
        places.append(Place(offset: nil, weight: 0))
        continue
      }
      guard c >= 0, c < classes else {
        throw TensorError(
          .index, "Target \(c) is out of bounds.", hint: "There are \(classes) classes: 0 to \(classes - 1).", operation: "nllLoss")
      }
      let factor = weights?[c] ?? 1
      places.append(Place(offset: (i / inner * classes + c) * inner + i % inner, weight: factor))
      total += factor
    }
    return (places, total)
  }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    try check(x, x.shape, w, w.shape)
    let (places, total) = try places(x.box.shape, w)
    return x.dtype == .float32 ? try reduce(x, w, places, total, Float.self) : try reduce(x, w, places, total, Double.self)
  }

  private func reduce<T: BinaryFloatingPoint>(
    _ x: Tensor, _ target: Tensor, _ places: [Place], _ total: Double, _ type: T.Type
  ) throws(TensorError) -> Tensor {
    let packed = try x.packed
    let out = try TensorBox.uninitialized(reduction == .none ? target.box.shape : [], x.box.dtype)
    let values = packed.box.c.pointee.data.assumingMemoryBound(to: T.self)
    let results = out.c.pointee.data.assumingMemoryBound(to: T.self)
    var sum = 0.0
    for (i, place) in places.enumerated() {
      // An ignored place counts for nothing, also where its log-probability is infinite.
      let loss = place.offset.map { -place.weight * Double(values[$0]) } ?? 0
      if reduction == .none { results[i] = T(loss) } else { sum += loss }
    }
    withExtendedLifetime(packed) {}
    if reduction != .none { results[0] = T(reduction == .mean ? sum / total : sum) }
    return Tensor(out)
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    if let fused = fused(dy, s) { return (fused, nil) }
    // In tensor operations throughout: inside vmap the target may be a batch.
    let dim = Self.classDim(s.x)
    let (counts, index, factors) = factors(s.w, s.x.dtype)
    // An ignored place has gradient 0 also where all are ignored and the mean is 0 / 0.
    let each = reduction == .mean ? Tensor.where(counts, factors * (-dy / factors.sum()), 0) : factors * -dy
    return (
      Rules.zeroBase(s.x.shape, dy.dtype).scatterAdd(dim: dim, index: index.unsqueezed(dim), source: each.unsqueezed(dim)), nil
    )
  }

  /// Of each target whether it counts, a class that exists, and the factor of its log-probability.
  private func factors(_ target: Tensor, _ dtype: DType) -> (counts: Tensor, index: Tensor, factors: Tensor) {
    let counts = target .!= ignoreIndex
    let index = Tensor.where(counts, target.to(.int64), 0)
    let factors = counts.to(dtype)
    guard let weight else { return (counts, index, factors) }
    return (counts, index, factors * weight.to(dtype).indexSelect(dim: 0, index: index.flattened()).reshaped(index.shape))
  }

  /// The gradient in one pass, where nothing records or transforms it.
  private func fused(_ dy: Tensor, _ s: Saved) -> Tensor? {
    guard isPlain(dy, s.x), isPlain(s.w), dy.dtype == s.x.dtype, let (places, total) = try? places(s.x.internalShape, s.w.bare),
      let gradient = try? Tensor.filled(s.x.internalShape, Scalar(0), s.x.dtype), let given = try? dy.bare.packed
    else { return nil }
    func fill<T: BinaryFloatingPoint>(_ type: T.Type) {
      let values = given.box.c.pointee.data.assumingMemoryBound(to: T.self)
      let results = gradient.box.c.pointee.data.assumingMemoryBound(to: T.self)
      for (i, place) in places.enumerated() {
        guard let offset = place.offset else { continue }
        let dy = -place.weight * Double(values[reduction == .none ? i : 0])
        results[offset] = T(reduction == .mean ? dy / total : dy)
      }
    }
    if s.x.dtype == .float32 { fill(Float.self) } else { fill(Double.self) }
    withExtendedLifetime(given) {}
    return gradient
  }

  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { dx.map { self($0, s.w) } ?? Tensor.zeros(like: s.y) }

  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    let x = x.whole(xBatched, size), target = w.whole(wBatched, size), shape = x.shape, targetShape = target.shape
    try check(x, Array(shape.dropFirst()), target, Array(targetShape.dropFirst()))
    // All examples of all batches as one batch; what belongs together is summed afterwards.
    let isSingle = x.rank == 2
    let rows = isSingle ? x : x.reshaped([size * shape[1]] + shape.dropFirst(2))
    let targets = isSingle ? target : target.reshaped([size * shape[1]] + targetShape.dropFirst(2))
    let losses = NegativeLogLikelihood(weight: weight, ignoreIndex: ignoreIndex, reduction: .none)(rows, targets).reshaped(targetShape)
    if reduction == .none { return losses }
    let sums = isSingle ? losses : losses.flattened(from: 1).sum(dim: 1)
    if reduction == .sum { return sums }
    let factors = factors(target, x.dtype).factors
    return sums / (isSingle ? factors : factors.flattened(from: 1).sum(dim: 1))
  }

  /// The loss, for the module of losses.
  package func apply(_ logProbabilities: Tensor, _ target: Tensor) -> Tensor { self(logProbabilities, target) }
}
