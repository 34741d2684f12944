import CKernels

/// Non-linearities made of pieces, and those composed of them.
enum PiecewiseActivation {
  static let catalog: [OperationInfo] = [Hardtanh.info, Elu.info, Softplus.info] + composed
}

struct Hardtanh: UnaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "hardtanh", "The identity between two bounds, constant outside.", call: "x.hardtanh()", formula: "min(max(x, a), b)",
    derivative: "1 strictly between the bounds, else 0",
    samples: OperationSample.elementwise(.avoiding([-1, 1], gap: 0.2, -2, 2)) { $0.hardtanh() })
  let lower: Double
  let upper: Double
  let nodeName: String
  var attributes: [(name: String, value: String)] { [("min_val", "\(lower)"), ("max_val", "\(upper)")] }
  var saves: Saves { .x }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    if x.dtype == .bool {
      throw TensorError(
        .dtype, "Bool inputs not supported for hardtanh", hint: "Convert to a number first: x.to(.float32).", operation: "hardtanh")
    }
    if x.dtype.isFloatingPoint { return try Clamp(lower: Scalar(lower), upper: Scalar(upper)).forward(x) }
    func whole(_ bound: Double) throws(TensorError) -> Scalar { Scalar(Int(try Scalar(bound).fitting(.int64, "hardtanh").integer)) }
    let lower = try whole(lower), upper = try whole(upper)
    if x.dtype == .uint8, lower.integer < 0 {
      throw TensorError(
        .argument, "cannot do hardtanh on an unsigned type with negative limits", hint: "Give limits of 0 or more.", operation: "hardtanh")
    }
    return try Clamp(lower: lower, upper: upper).forward(x)
  }
  private func masked(_ d: Tensor, _ x: Tensor) -> Tensor { Tensor.where((x .<= lower).logicalOr(x .>= upper), 0, d) }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { masked(dy, s.x) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { masked(dx, s.x) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

struct Elu: UnaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "elu", "The exponential linear unit (Clevert et al. 2016, section 3); scaled it is selu.",
    call: "x.elu()", formula: "s x for x > 0, else s a (e^x - 1)", derivative: "s for x > 0, else s a e^x",
    takesIntegers: false,
    samples: OperationSample.elementwise(.nonzero) { $0.elu(alpha: 1.5) } + OperationSample.elementwise(.nonzero) { $0.selu() })
  let alpha: Double
  let scale: Double
  var nodeName: String { "EluBackward0" }
  var attributes: [(name: String, value: String)] { [("alpha", "\(alpha)"), ("scale", "\(scale)")] }
  var saves: Saves { .x }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    try Rules.refuseIntegers(x, "elu_cpu", "elu")
    return try Elementwise.unary(CR_ELU, x, alpha, scale)
  }
  private func scaled(_ d: Tensor, _ x: Tensor) -> Tensor {
    // The branch that is not taken must stay finite, or its own derivative would be 0 * inf.
    Tensor.where(x .> 0, d * scale, d * (x.clamp(max: 0).exp() * (alpha * scale)))
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { scaled(dy, s.x) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { scaled(dx, s.x) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

struct Softplus: UnaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "softplus", "A smooth relu; linear where that is the same to working precision.",
    call: "x.softplus()", formula: "ln(1 + e^(b x))/b, x for b x > t", derivative: "sigmoid(b x), 1 for b x > t",
    takesIntegers: false,
    samples: OperationSample.elementwise(.real) { $0.softplus() }
      + OperationSample.elementwise(.avoiding([0.5], gap: 0.2, -2, 2)) { $0.softplus(beta: 2, threshold: 1) })
  let beta: Double
  let threshold: Double
  var nodeName: String { "SoftplusBackward0" }
  var attributes: [(name: String, value: String)] { [("beta", "\(beta)"), ("threshold", "\(threshold)")] }
  var saves: Saves { .x }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    try Rules.refuseIntegers(x, "softplus_cpu", "softplus")
    return try Elementwise.unary(CR_SOFTPLUS_SCALED, x, beta, threshold)
  }
  private func scaled(_ d: Tensor, _ x: Tensor) -> Tensor {
    let z = x * beta
    return Tensor.where(z .> threshold, d, d * z.logistic)
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { scaled(dy, s.x) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { scaled(dx, s.x) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

extension Tensor {
  /// Returns each element brought between the bounds. Unlike `clamp`, the derivative at the bounds is 0.
  ///
  /// Bounds that cross are refused; one that is NaN makes all NaN.
  public func hardtanh(min: Double = -1, max: Double = 1) -> Tensor {
    if min > max {
      return fail(
        TensorError(
          .argument, "min_val cannot be greater than max_val", hint: "min is \(min), max \(max).", operation: "hardtanh"
        ).describing([self]))
    }
    return Hardtanh(lower: min, upper: max, nodeName: "HardtanhBackward0")(self)
  }
  /// Returns each element brought between 0 and 6. The derivative at both is 0.
  public func relu6() -> Tensor { hardtanh(min: 0, max: 6) }
  /// Returns relu6(x + 3)/6, a sigmoid of three straight pieces (Howard et al. 2019, section 5.2).
  public func hardsigmoid() -> Tensor { real("hardsigmoid") { ($0 + 3).relu6() / 6 } }
  /// Returns x hardsigmoid(x) (Howard et al. 2019, section 5.2).
  public func hardswish() -> Tensor { real("hardswish") { $0 * $0.hardsigmoid() } }
  /// Returns x where it is positive, else alpha (e^x - 1).
  public func elu(alpha: Double = 1) -> Tensor { Elu(alpha: alpha, scale: 1)(self) }
  /// Returns the self-normalising elu: the constants keep mean 0 and variance 1 (Klambauer et al. 2017, section 2).
  public func selu() -> Tensor { Elu(alpha: 1.6732632423543772848, scale: 1.0507009873554804934)(self) }
  /// Returns ln(1 + e^(beta x))/beta, and x itself where beta x > threshold.
  public func softplus(beta: Double = 1, threshold: Double = 20) -> Tensor { Softplus(beta: beta, threshold: threshold)(self) }
  /// Returns x tanh(softplus(x)) (Misra 2019).
  public func mish() -> Tensor { real("mish") { $0 * $0.softplus().tanh() } }

  private func real(_ name: String, _ body: (Tensor) -> Tensor) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      try Rules.refuseIntegers(self, "\(name)_cpu", name)
      return body(self)
    }
  }

  /// Returns a sigmoid(b), where a and b are the two halves of a dimension (Dauphin et al. 2017, section 2).
  public func glu(dim: Int = -1) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      try Rules.refuseIntegers(self, "glu_cpu", "glu")
      guard rank > 0 else {
        throw TensorError(.shape, "glu does not support 0-dimensional tensors", hint: "There is nothing to halve.", operation: "glu")
      }
      let d = try Dims.wrapped(dim, rank, "glu"), n = size(d)
      guard n % 2 == 0 else {
        throw TensorError(
          .shape, "Halving dimension must be even, but dimension \(d) is size \(n)", hint: "The two halves have one size.",
          operation: "glu")
      }
      return narrow(dim: d, start: 0, count: n / 2) * narrow(dim: d, start: n / 2, count: n / 2).sigmoid()
    }
  }
  /// Returns x where it is positive, else a x, with a learned slope: one, or one for each channel (dimension 1).
  ///
  /// The derivative at 0 is the slope (He et al. 2015, section 2.1).
  public func prelu(_ weight: Tensor) -> Tensor {
    orFail([self, weight]) { () throws(TensorError) in
      try Rules.refuseIntegers(self, "prelu_cpu", "prelu")
      let channels = rank > 1 ? size(1) : 1
      guard weight.dtype == dtype else {
        throw TensorError(
          .dtype, "prelu: Type promoting not supported. Got \(dtype.scalarTypeName) and \(weight.dtype.scalarTypeName)",
          hint: "Convert one with to(_:).", operation: "prelu")
      }
      guard weight.rank < 2, weight.count == 1 || weight.count == channels else {
        throw TensorError(
          .shape,
          "Mismatch of parameter numbers and input channel size. Found parameter numbers = \(weight.count) and channel size = "
            + "\(channels).",
          hint: "Give one slope, or one for each channel.", operation: "prelu")
      }
      let slope = weight.count == 1 ? weight.reshaped([]) : weight.reshaped([channels] + Array(repeating: 1, count: rank - 2))
      return Tensor.where(self .> 0, self, slope * self)
    }
  }
}

extension PiecewiseActivation {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "relu6", "The element brought between 0 and 6.", call: "x.relu6()", formula: "min(max(x, 0), 6)",
      derivative: "1 between 0 and 6, else 0",
      samples: OperationSample.elementwise(.avoiding([0, 6], gap: 0.3, -2, 8)) { $0.relu6() }),
    OperationInfo(
      "hardsigmoid", "A sigmoid of three straight pieces.", call: "x.hardsigmoid()", formula: "relu6(x + 3)/6",
      derivative: "1/6 between -3 and 3, else 0", takesIntegers: false,
      samples: OperationSample.elementwise(.avoiding([-3, 3], gap: 0.3, -5, 5)) { $0.hardsigmoid() }),
    OperationInfo(
      "hardswish", "The element times its hardsigmoid.", call: "x.hardswish()", formula: "x hardsigmoid(x)",
      derivative: "(2 x + 3)/6 between -3 and 3, 1 above, 0 below", takesIntegers: false,
      samples: OperationSample.elementwise(.avoiding([-3, 3], gap: 0.3, -5, 5)) { $0.hardswish() }),
    OperationInfo(
      "selu", "The self-normalizing elu (Klambauer et al. 2017).", call: "x.selu()", formula: "1.0507 (x for x > 0, else 1.6733 (e^x - 1))",
      derivative: "1.0507 for x > 0, else 1.7581 e^x", takesIntegers: false,
      samples: OperationSample.elementwise(.avoiding([0], gap: 0.3, -2, 2)) { $0.selu() }),
    OperationInfo(
      "mish", "The element times tanh of its softplus (Misra 2019).", call: "x.mish()", formula: "x tanh(ln(1 + e^x))",
      derivative: "tanh u + x (1 - tanh^2 u) sigmoid(x), u = softplus(x)", takesIntegers: false,
      samples: OperationSample.elementwise(.real) { $0.mish() }),
    OperationInfo(
      "glu", "The first half of a dimension times the sigmoid of the second.", call: "x.glu(dim: 1)", formula: "a sigmoid(b)",
      derivative: "sigmoid(b) for a, a sigmoid(b) (1 - sigmoid(b)) for b", shapes: "[a, 2 b] -> [a, b]", takesIntegers: false,
      samples: [
        .init("last", [.init([3, 4])]) { $0[0].glu() },
        .init("first", [.init([4, 3])]) { $0[0].glu(dim: 0) },
        .init("empty", [.init([0, 4])]) { $0[0].glu() },
      ]),
    OperationInfo(
      "prelu", "The element where it is positive, else a learned slope times it.", call: "x.prelu(w)", formula: "x for x > 0, else w x",
      derivative: "1 or w for x; 0 or x for w, summed over its channel", shapes: "[n, c, ...], [c] -> [n, c, ...]", takesIntegers: false,
      samples: [
        .init("one slope", [.init([3, 4], .nonzero), .init([1])]) { $0[0].prelu($0[1]) },
        .init("a channel", [.init([2, 3, 2], .nonzero), .init([3])]) { $0[0].prelu($0[1]) },
      ]),
  ]
}
