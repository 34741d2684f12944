import CKernels

/// The non-linearities of networks.
enum Activation {
  static let catalog: [OperationInfo] = [Relu.info, Sigmoid.info, Gelu.info, Silu.info, LeakyRelu.info, LogSigmoid.info]
}

struct Relu: ElementwiseOperation {
  static let info = OperationInfo(
    "relu", "The element where it is positive, else 0.", call: "x.relu()", formula: "max(x, 0)", derivative: "1 for x > 0, else 0 (0 at 0)",
    samples: OperationSample.elementwise(.nonzero) { $0.relu() })
  static var kernel: cr_unary_op { CR_RELU }
  var nodeName: String { "ReluBackward0" }
  var saves: Saves { .y }
  func derivative(_ s: Saved) -> Tensor { (s.y .<= 0).logicalNot().to(s.y.dtype) }
  func backward(_ dy: Tensor, _ s: Saved) -> Tensor {
    fusedBackward(CR_RELU_BACKWARD, dy, s.y) ?? Tensor.where(s.y .<= 0, 0, dy)
  }
}

struct Sigmoid: ElementwiseOperation {
  static let info = OperationInfo(
    "sigmoid", "The logistic function.", call: "x.sigmoid()", formula: "1/(1 + e^-x)", derivative: "y (1 - y)",
    samples: OperationSample.elementwise(.real) { $0.sigmoid() })
  static var kernel: cr_unary_op { CR_SIGMOID }
  var nodeName: String { "SigmoidBackward0" }
  var saves: Saves { .y }
  func derivative(_ s: Saved) -> Tensor { s.y * (1 - s.y) }
  func backward(_ dy: Tensor, _ s: Saved) -> Tensor { fusedBackward(CR_SIGMOID_BACKWARD, dy, s.y) ?? dy * derivative(s) }
}

struct LogSigmoid: ElementwiseOperation {
  static let info = OperationInfo(
    "logSigmoid", "The logarithm of the logistic function, without overflow.", call: "x.logSigmoid()", formula: "-ln(1 + e^-x)",
    derivative: "sigmoid(-x)", takesIntegers: false, samples: OperationSample.elementwise(.real) { $0.logSigmoid() })
  static var kernel: cr_unary_op { CR_LOG_SIGMOID }
  var nodeName: String { "LogSigmoidBackward0" }
  var saves: Saves { .x }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    try Rules.refuseIntegers(x, "log_sigmoid_cpu", "logSigmoid")
    return try Elementwise.unary(CR_LOG_SIGMOID, x)
  }
  func derivative(_ s: Saved) -> Tensor { (-s.x).logistic }
}

struct Gelu: UnaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "gelu", "The Gaussian error linear unit, exact or by its tanh approximation (Hendrycks and Gimpel 2016, section 2).",
    call: "x.gelu()", formula: "x Phi(x)", derivative: "Phi(x) + x phi(x)",
    takesIntegers: false,
    samples: OperationSample.elementwise(.real) { $0.gelu() }
      + OperationSample.elementwise(.real) { $0.gelu(approximate: .tanh) })
  let approximation: GeluApproximation
  var nodeName: String { "GeluBackward0" }
  var attributes: [(name: String, value: String)] { [("approximate", "\(approximation)")] }
  var saves: Saves { .x }
  var isRepeated: Bool { true }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    try Rules.refuseIntegers(x, "GeluKernelImpl", "gelu")
    return try Elementwise.unary(approximation == .none ? CR_GELU_ERF : CR_GELU_TANH, x)
  }

  private func derivative(_ x: Tensor) -> Tensor {
    switch approximation {
    case .none:
      let density = (x * x * -0.5).exp() * 0.39894228040143267794
      // Not 1 + erf, of which nothing is left below -6.
      let cumulative = (x * -0.70710678118654752440).erfc() * 0.5
      return cumulative + x * density
    case .tanh:
      // (1 + tanh u)/2 is sigmoid(2u), whose tails keep their digits.
      let c = 2 * 0.79788456080286535588, k = 0.044715
      let u = (x + x * x * x * k) * c, slope = (x * x * (3 * k) + 1) * c
      let share = u.logistic
      return share + x * (share * (-u).logistic) * slope
    }
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor {
    fusedBackward(approximation == .none ? CR_GELU_ERF_BACKWARD : CR_GELU_TANH_BACKWARD, dy, s.x) ?? dy * derivative(s.x)
  }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { dx * derivative(s.x) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

/// How `gelu` is computed.
public enum GeluApproximation: Sendable {
  /// Exactly, with the error function.
  case none
  /// By the tanh formula of the paper.
  case tanh
}

struct Silu: ElementwiseOperation {
  static let info = OperationInfo(
    "silu", "The sigmoid-weighted linear unit, also called swish.", call: "x.silu()", formula: "x sigmoid(x)",
    derivative: "s (1 + x (1 - s)) with s = sigmoid(x)", takesIntegers: false, samples: OperationSample.elementwise(.real) { $0.silu() })
  static var kernel: cr_unary_op { CR_SILU }
  var nodeName: String { "SiluBackward0" }
  var saves: Saves { .x }
  var isRepeated: Bool { true }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    try Rules.refuseIntegers(x, "silu_cpu", "silu")
    return try Elementwise.unary(CR_SILU, x)
  }
  func derivative(_ s: Saved) -> Tensor {
    let g = s.x.logistic
    return g + s.x * (g * (-s.x).logistic)
  }
  func backward(_ dy: Tensor, _ s: Saved) -> Tensor { fusedBackward(CR_SILU_BACKWARD, dy, s.x) ?? dy * derivative(s) }
}

struct LeakyRelu: UnaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "leakyRelu", "The element where it is positive, else a small multiple of it.", call: "x.leakyRelu(negativeSlope: 0.1)",
    formula: "x > 0 ? x : a x",
    derivative: "1 for x > 0, else a", takesIntegers: false,
    samples: OperationSample.elementwise(.nonzero) { $0.leakyRelu(negativeSlope: 0.1) })
  let slope: Double
  var nodeName: String { "LeakyReluBackward0" }
  var attributes: [(name: String, value: String)] { [("negative_slope", "\(slope)")] }
  var saves: Saves { .x }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    try Rules.refuseIntegers(x, "leaky_relu_cpu", "leakyRelu")
    return try Elementwise.unary(CR_LEAKY_RELU, x, slope, 0)
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { Tensor.where(s.x .> 0, dy, dy * slope) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { Tensor.where(s.x .> 0, dx, dx * slope) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

extension Rules {
  /// Refuses what is no real number, in the words of PyTorch's kernel.
  static func refuseIntegers(_ x: Tensor, _ kernel: String, _ operation: String) throws(TensorError) {
    if !x.dtype.isFloatingPoint { throw notImplemented(kernel, x.dtype, operation) }
  }

  /// PyTorch's refusal of an element type that a kernel does not take.
  static func notImplemented(_ kernel: String, _ dtype: DType, _ operation: String) -> TensorError {
    TensorError(
      .dtype, "\"\(kernel)\" not implemented for '\(dtype.scalarTypeName)'",
      hint: "Convert to a floating-point type first: x.to(.float32).", operation: operation)
  }
}

/// Refuses integers, for which PyTorch's `kernel` is not implemented; says whether `x` is of real numbers.
@discardableResult
package func requireReal(_ x: Tensor, _ kernel: String, _ operation: String) -> Bool {
  if x.dtype.isFloatingPoint { return true }
  fail(Rules.notImplemented(kernel, x.dtype, operation).describing([x]))
  return false
}

extension Tensor {
  /// sigmoid(x), for positive x as 1 - sigmoid(-x): its derivatives then keep their digits at both ends.
  var logistic: Tensor {
    let isNegative = self .< 0, tail = Tensor.where(isNegative, self, -self).sigmoid()
    return Tensor.where(isNegative, tail, 1 - tail)
  }

  /// Returns max(x, 0), element by element. The derivative at 0 is 0.
  public func relu() -> Tensor { Relu()(self) }
  /// Returns the logistic function 1/(1 + e^-x) of each element.
  ///
  /// The derivative y (1 - y) is computed from the result y, as in PyTorch: it is 0 where y has been rounded to 1.
  public func sigmoid() -> Tensor { Sigmoid()(self) }
  /// Returns ln sigmoid(x), without overflow.
  public func logSigmoid() -> Tensor { LogSigmoid()(self) }
  /// Returns x Phi(x), with the Gaussian distribution function Phi.
  public func gelu(approximate: GeluApproximation = .none) -> Tensor { Gelu(approximation: approximate)(self) }
  /// Returns x sigmoid(x).
  public func silu() -> Tensor { Silu()(self) }
  /// Returns x where it is positive, else `negativeSlope` x. The derivative at 0 is the slope.
  public func leakyRelu(negativeSlope: Double = 0.01) -> Tensor { LeakyRelu(slope: negativeSlope)(self) }
}
