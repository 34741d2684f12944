import CKernels

/// Powers with a tensor or a number in either place.
enum Power {
  static let catalog: [OperationInfo] = [PowerScalar.info, PowerTensor.info, ScalarPower.info] + composed
}

struct PowerScalar: UnaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "pow", "Each element to a fixed power.", call: "x.pow(2.5)", formula: "x^c", derivative: "c x^(c - 1); 0 for c = 0",
    samples: OperationSample.elementwise(.positive) { $0.pow(2.5) } + OperationSample.elementwise(.real) { $0.pow(3) }
      + OperationSample.elementwise(.real) { $0.pow(2) })
  let exponent: Scalar
  var nodeName: String { "PowBackward0" }
  var attributes: [(name: String, value: String)] { [("exponent", exponent.text)] }
  var saves: Saves { .x }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    if !x.dtype.isFloatingPoint, exponent.kind != .real, exponent.integer < 0 {
      throw TensorError(
        .argument, "Integers to negative integer powers are not allowed.",
        hint: "Convert to a floating-point type first: x.to(.float32).pow(-1).", operation: "pow")
    }
    // Of integers, unlike in other arithmetic, PyTorch refuses an exponent that does not fit.
    let type = exponent.promoted(with: x.dtype)
    if exponent.kind != .real || type == .float16 || type == .bfloat16 { _ = try exponent.fitting(type, "pow") }
    if exponent.real == 2, type == x.dtype { return try Elementwise.unary(CR_SQUARE, x) }
    return try Elementwise.scalar(CR_POW, x, exponent, "pow")
  }

  private func slope(_ s: Saved) -> Tensor? {
    if exponent.real == 0 { return nil }
    if exponent.real == 2 { return s.x * 2 }
    return s.x.pow(exponent.real - 1) * exponent.real
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { slope(s).map { dy * $0 } ?? Tensor.zeros(like: dy) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { slope(s).map { dx * $0 } ?? Tensor.zeros(like: dx) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

struct PowerTensor: ElementwiseBinaryOperation {
  static let info = OperationInfo(
    "pow (tensors)", "Each element to the power of another.", call: "x.pow(w)", formula: "x^w",
    derivative: "w x^(w - 1) for x, x^w ln x for w", shapes: "broadcast",
    samples: OperationSample.binary(.positive, .real) { $0.pow($1) })
  var nodeName: String { "PowBackward1" }
  func saves(needsX: Bool, needsW: Bool) -> Saves { needsW ? [.x, .w, .y] : [.x, .w] }
  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    try Elementwise.binary(CR_POW, x, w, "pow")
  }

  private func slopeX(_ s: Saved) -> Tensor {
    // 0 for w = 0 also where x is 0, and the product would be 0 * inf.
    s.w.mapped(exceptWhere: s.w .== 0) { $0 * s.x.pow($0 - 1) }
  }

  private func slopeW(_ s: Saved) -> Tensor {
    // x^w does not change with w >= 0 where x is 0.
    s.x.mapped(exceptWhere: (s.x .== 0).logicalAnd(s.w .>= 0)) { s.y * $0.log() }
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    (s.needsX ? dy * slopeX(s) : nil, s.needsW ? dy * slopeW(s) : nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor {
    Rules.sum(dx.map { $0 * slopeX(s) }, dw.map { $0 * slopeW(s) })
  }
}

struct ScalarPower: PointwiseOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "pow (number to a tensor)", "A number to the power of each element.", call: "Tensor.pow(2.5, x)", formula: "c^x",
    derivative: "c^x ln c; 0 for c = 0",
    samples: OperationSample.elementwise(.real) { Tensor.pow(2.5, $0) })
  let base: Scalar
  var nodeName: String { "PowBackward2" }
  var attributes: [(name: String, value: String)] { [("base", base.text)] }
  var saves: Saves { base.real == 0 ? .x : .y }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    try Elementwise.scalar(CR_POW, x, base, onLeft: true, "pow")
  }

  func derivative(_ s: Saved) -> Tensor {
    if base.real == 0 { return Tensor.where(s.x .>= 0, 0.0, Tensor.full([], -Double.infinity, dtype: s.x.dtype)) }
    return s.y * cr_log_f64(base.real)
  }
}

extension Tensor {
  /// Returns each element to the power of a number or, element by element, of a tensor.
  ///
  /// The derivative for x is c x^(c - 1), and 0 for c = 0; for the exponent x^c ln x. Integers stay integers.
  public func pow(_ exponent: some TensorOperand) -> Tensor {
    switch exponent.operand.value {
    case .scalar(let c): PowerScalar(exponent: c)(self)
    case .tensor(let w): PowerTensor()(self, w)
    }
  }

  /// Returns a number to the power of each element of `exponent`.
  public static func pow(_ base: some TensorScalar, _ exponent: Tensor) -> Tensor {
    ScalarPower(base: base.scalar)(exponent)
  }

  /// Returns the square of each element.
  public func square() -> Tensor { pow(2) }
}

extension Power {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "square", "The square of each element.", call: "x.square()", formula: "x^2",
      derivative: "2 x",
      samples: OperationSample.elementwise(.real) { $0.square() })
  ]
}
