import CKernels

/// Elements brought within bounds.
enum Clamping {
  static let catalog: [OperationInfo] = [Clamp.info, ClampTensor.info]
}

struct Clamp: UnaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "clamp", "Each element, brought within bounds; NaN stays.", call: "x.clamp(min: -1, max: 1)", formula: "min(max(x, lower), upper)",
    derivative: "1 within the bounds, which included, else 0",
    samples: OperationSample.elementwise(.avoiding([-1, 1], gap: 0.2, -2, 2)) { $0.clamp(min: -1, max: 1) })
  let lower: Scalar?
  let upper: Scalar?
  var nodeName: String { "ClampBackward1" }
  var attributes: [(name: String, value: String)] { [("min", lower?.text ?? "nil"), ("max", upper?.text ?? "nil")] }
  var saves: Saves { .x }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    // The bounds take part in the result's type before anything is compared, and must fit in it.
    let dtype = [lower, upper].reduce(x.dtype) { $1?.promoted(with: $0) ?? $0 }
    let lower = try lower?.fitting(dtype, "clamp"), upper = try upper?.fitting(dtype, "clamp")
    if dtype.isFloatingPoint {
      // A bound that is NaN leaves nothing: as PyTorch, and as a bound that is a tensor does.
      if lower?.real.isNaN == true || upper?.real.isNaN == true { return try Tensor.filled(x.box.shape, Scalar(Double.nan), dtype) }
      return try Elementwise.unary(CR_CLAMP, x.converted(to: dtype), lower?.real ?? -.infinity, upper?.real ?? .infinity)
    }
    var y = try x.converted(to: dtype)
    if let lower { y = try Elementwise.scalar(CR_MAXIMUM, y, lower, "clamp") }
    if let upper { y = try Elementwise.scalar(CR_MINIMUM, y, upper, "clamp") }
    return y
  }

  private func masked(_ d: Tensor, _ x: Tensor) -> Tensor {
    var inside = x .>= (lower?.real ?? -.infinity)
    if let upper { inside = inside.logicalAnd(x .<= upper.real) }
    return Tensor.where(inside, d, 0)
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { masked(dy, s.x) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { masked(dx, s.x) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

/// Bounds that are tensors: each takes the gradient where it decides.
struct ClampTensor: VariadicOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "clamp (tensors)", "Each element, brought within the bounds at its place; NaN stays.", call: "x.clamp(min: w, max: b)",
    formula: "min(max(x, lower), upper)",
    derivative: "1 for x within the bounds, for a bound where it decides", shapes: "broadcast",
    samples: [
      OperationSample("both", [.init([3, 4]), .init([4], .interval(-1.2, -0.8)), .init([3, 1], .interval(0.8, 1.2))]) {
        $0[0].clamp(min: $0[1], max: $0[2])
      },
      OperationSample("min", [.init([3, 4], .positive), .init([3, 4], .interval(-1, 0.2))]) { $0[0].clamp(min: $0[1]) },
      OperationSample("max", [.init([4]), .init([], .interval(2.1, 3))]) { $0[0].clamp(max: $0[1]) },
    ])
  /// Whether the second input is a lower bound.
  let hasLower: Bool
  /// Whether the last input is an upper bound.
  let hasUpper: Bool
  var nodeName: String { "ClampBackward0" }
  var attributes: [(name: String, value: String)] {
    (hasLower ? [("min", "tensor")] : []) + (hasUpper ? [("max", "tensor")] : [])
  }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { (needs.map { _ in true }, [false]) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    var y = x[0]
    if hasLower { y = try Elementwise.binary(CR_MAXIMUM, y, x[1], "clamp") }
    if hasUpper { y = try Elementwise.binary(CR_MINIMUM, y, x[x.count - 1], "clamp") }
    return [y]
  }

  /// Where the element itself, the lower and the upper bound are the result; where the bounds cross, the upper one wins.
  private func masks(_ s: SavedList) -> [Tensor] {
    let x = s.input(0)
    if hasLower, hasUpper {
      let lower = s.input(1), upper = s.input(2)
      return [
        (x .>= lower).logicalAnd(x .<= upper), (x .< lower).logicalAnd(lower .< upper), (x .> upper).logicalOr(upper .< lower),
      ]
    }
    let bound = s.input(1)
    return hasLower ? [x .>= bound, x .< bound] : [x .<= bound, x .> bound]
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return s.needs.map { _ in nil } }
    return zip(masks(s), s.needs).map { $1 ? Tensor.where($0, dy, 0) : nil }
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    [zip(masks(s), dx).reduce(nil) { sum, part in part.1.map { Rules.sum(Tensor.where(part.0, $0, 0), sum) } ?? sum }]
  }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] { self(Elementwise.alignBatches(x, batched)) }
}

extension Tensor {
  private func clamp(_ lower: Operand?, _ upper: Operand?) -> Tensor {
    func number(_ bound: Operand?) -> Scalar? {
      if case .scalar(let scalar)? = bound?.value { return scalar }
      return nil
    }
    let lowerNumber = number(lower), upperNumber = number(upper)
    if (lower == nil) == (lowerNumber == nil), (upper == nil) == (upperNumber == nil) {
      return Clamp(lower: lowerNumber, upper: upperNumber)(self)
    }
    let bounds = [lower, upper].compactMap { $0?.element(beside: dtype, "clamp") }
    return ClampTensor(hasLower: lower != nil, hasUpper: upper != nil)([self] + bounds)[0]
  }

  /// Returns each element brought between `min` and `max`, numbers or tensors; `max` where the two cross, and NaN where one
  /// is NaN. The derivative is 1 at the bounds themselves.
  public func clamp(min: some TensorOperand, max: some TensorOperand) -> Tensor { clamp(min.operand, max.operand) }
  /// Returns each element, at least `min`, a number or a tensor.
  public func clamp(min: some TensorOperand) -> Tensor { clamp(min.operand, nil) }
  /// Returns each element, at most `max`, a number or a tensor.
  public func clamp(max: some TensorOperand) -> Tensor { clamp(nil, max.operand) }
}
