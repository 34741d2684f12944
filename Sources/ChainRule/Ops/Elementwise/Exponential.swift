import CKernels

/// Exponentials, logarithms, roots and powers.
enum Exponential {
  static let catalog: [OperationInfo] = [
    Exp.info, Expm1.info, Exp2.info, Log.info, Log1p.info, Log2.info, Log10.info, SquareRoot.info, ReciprocalRoot.info,
    Reciprocal.info, LogAddExp.info, LogAddExp2.info,
  ]
}

struct Exp: ElementwiseOperation {
  static let info = OperationInfo(
    "exp", "The exponential of each element.", call: "x.exp()", formula: "e^x", derivative: "e^x",
    samples: OperationSample.elementwise(.real) { $0.exp() })
  static var kernel: cr_unary_op { CR_EXP }
  var nodeName: String { "ExpBackward0" }
  var saves: Saves { .y }
  func derivative(_ s: Saved) -> Tensor { s.y }
}

struct Expm1: ElementwiseOperation {
  static let info = OperationInfo(
    "expm1", "The exponential less one, exact for small x.", call: "x.expm1()", formula: "e^x - 1", derivative: "e^x",
    samples: OperationSample.elementwise(.real) { $0.expm1() })
  static var kernel: cr_unary_op { CR_EXPM1 }
  var nodeName: String { "Expm1Backward0" }
  var saves: Saves { .x }
  /// Not y + 1, which is 0 where y has been rounded to -1.
  func derivative(_ s: Saved) -> Tensor { s.x.exp() }
}

struct Exp2: ElementwiseOperation {
  static let info = OperationInfo(
    "exp2", "Two to the power of each element.", call: "x.exp2()", formula: "2^x", derivative: "2^x ln 2",
    samples: OperationSample.elementwise(.real) { $0.exp2() })
  static var kernel: cr_unary_op { CR_EXP2 }
  var nodeName: String { "Exp2Backward0" }
  var saves: Saves { .y }
  func derivative(_ s: Saved) -> Tensor { s.y * 0.69314718055994530942 }
}

struct Log: ElementwiseOperation {
  static let info = OperationInfo(
    "log", "The natural logarithm of each element.", call: "x.log()", formula: "ln x", derivative: "1/x",
    samples: OperationSample.elementwise(.positive) { $0.log() })
  static var kernel: cr_unary_op { CR_LOG }
  var nodeName: String { "LogBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { 1 / s.x }
  func backward(_ dy: Tensor, _ s: Saved) -> Tensor { dy / s.x }
}

struct Log1p: ElementwiseOperation {
  static let info = OperationInfo(
    "log1p", "The logarithm of one more, exact for small x.", call: "x.log1p()", formula: "ln(1 + x)", derivative: "1/(1 + x)",
    samples: OperationSample.elementwise(.positive) { $0.log1p() })
  static var kernel: cr_unary_op { CR_LOG1P }
  var nodeName: String { "Log1PBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { 1 / (s.x + 1) }
  func backward(_ dy: Tensor, _ s: Saved) -> Tensor { dy / (s.x + 1) }
}

struct Log2: ElementwiseOperation {
  static let info = OperationInfo(
    "log2", "The logarithm to base 2.", call: "x.log2()", formula: "log2 x", derivative: "1/(x ln 2)",
    samples: OperationSample.elementwise(.positive) { $0.log2() })
  static var kernel: cr_unary_op { CR_LOG2 }
  var nodeName: String { "Log2Backward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { 1 / (s.x * 0.69314718055994530942) }
  func backward(_ dy: Tensor, _ s: Saved) -> Tensor { dy / (s.x * 0.69314718055994530942) }
}

struct Log10: ElementwiseOperation {
  static let info = OperationInfo(
    "log10", "The logarithm to base 10.", call: "x.log10()", formula: "log10 x", derivative: "1/(x ln 10)",
    samples: OperationSample.elementwise(.positive) { $0.log10() })
  static var kernel: cr_unary_op { CR_LOG10 }
  var nodeName: String { "Log10Backward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { 1 / (s.x * 2.30258509299404568402) }
  func backward(_ dy: Tensor, _ s: Saved) -> Tensor { dy / (s.x * 2.30258509299404568402) }
}

struct SquareRoot: ElementwiseOperation {
  static let info = OperationInfo(
    "sqrt", "The square root of each element; its derivative at 0 is infinite.", call: "x.sqrt()", formula: "sqrt x",
    derivative: "1/(2 sqrt x)", samples: OperationSample.elementwise(.positive) { $0.sqrt() })
  static var kernel: cr_unary_op { CR_SQRT }
  var nodeName: String { "SqrtBackward0" }
  var saves: Saves { .y }
  func derivative(_ s: Saved) -> Tensor { 1 / (s.y * 2) }
  func backward(_ dy: Tensor, _ s: Saved) -> Tensor { dy / (s.y * 2) }
}

struct ReciprocalRoot: ElementwiseOperation {
  static let info = OperationInfo(
    "rsqrt", "One over the square root.", call: "x.rsqrt()", formula: "1/sqrt x", derivative: "-x^(-3/2)/2",
    samples: OperationSample.elementwise(.positive) { $0.rsqrt() })
  static var kernel: cr_unary_op { CR_RSQRT }
  var nodeName: String { "RsqrtBackward0" }
  var saves: Saves { .y }
  func derivative(_ s: Saved) -> Tensor { s.y * s.y * s.y * -0.5 }
}

struct Reciprocal: ElementwiseOperation {
  static let info = OperationInfo(
    "reciprocal", "One over each element.", call: "x.reciprocal()", formula: "1/x", derivative: "-1/x^2",
    samples: OperationSample.elementwise(.nonzero) { $0.reciprocal() })
  static var kernel: cr_unary_op { CR_RECIPROCAL }
  var nodeName: String { "ReciprocalBackward0" }
  var saves: Saves { .y }
  func derivative(_ s: Saved) -> Tensor { -(s.y * s.y) }
}

/// The logarithm, to some base b, of the sum of two powers of b.
protocol LogarithmOfSum: ElementwiseBinaryOperation {
  static var name: StaticString { get }
  /// log(1 + b^-d): what the smaller operand, which is d below the larger, adds to it.
  func excess(_ d: Tensor) -> Tensor
  /// The natural logarithm of b.
  static var logarithm: Double { get }
}

extension LogarithmOfSum {
  func saves(needsX: Bool, needsW: Bool) -> Saves { [.x, .w] }
  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let common = Elementwise.promoted(x, w)
    guard common.isFloatingPoint else { throw Rules.notImplemented("\(Self.name)_cpu", common, "\(Self.name)") }
    let larger = try Elementwise.binary(CR_MAXIMUM, x, w, Self.name)
    // Where both are the same infinity their distance is NaN, and the sum is that infinity.
    return Tensor.where((x .== w).logicalAnd(larger.isInf()), larger, larger + excess((x.to(common) - w.to(common)).abs()))
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    (s.needsX ? dy * share(s.x, s.w) : nil, s.needsW ? dy * share(s.w, s.x) : nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor {
    Rules.sum(dx.map { $0 * share(s.x, s.w) }, dw.map { $0 * share(s.w, s.x) })
  }

  /// b^a/(b^a + b^c): the derivative for a. A share near 1 is written as what the other lacks, whose derivative does not round it to 1.
  private func share(_ a: Tensor, _ c: Tensor) -> Tensor {
    // Of two equal infinities each has a half, as of two equal numbers: their difference would be NaN.
    let difference = Tensor.where((a .== c).logicalAnd(a.isInf()), 0, a - c)
    return (Self.logarithm == 1 ? difference : difference * Self.logarithm).logistic
  }
}

struct LogAddExp: LogarithmOfSum {
  static let info = OperationInfo(
    "logaddexp", "The logarithm of the sum of two exponentials, without overflow.", call: "x.logaddexp(w)", formula: "ln(e^x + e^w)",
    derivative: "sigmoid(x - w) for x, sigmoid(w - x) for w", shapes: "broadcast",
    takesIntegers: false, samples: OperationSample.binary(.real, .real) { $0.logaddexp($1) })
  static var name: StaticString { "logaddexp" }
  static var logarithm: Double { 1 }
  var nodeName: String { "LogaddexpBackward0" }
  func excess(_ d: Tensor) -> Tensor { (-d).exp().log1p() }
}

struct LogAddExp2: LogarithmOfSum {
  static let info = OperationInfo(
    "logaddexp2", "The logarithm to base 2 of the sum of two powers of 2, without overflow.", call: "x.logaddexp2(w)",
    formula: "log2(2^x + 2^w)",
    derivative: "2^x/(2^x + 2^w) for x, 2^w/(2^x + 2^w) for w", shapes: "broadcast",
    takesIntegers: false, samples: OperationSample.binary(.real, .real) { $0.logaddexp2($1) })
  static var name: StaticString { "logaddexp2" }
  static var logarithm: Double { 0.69314718055994530942 }
  var nodeName: String { "Logaddexp2Backward0" }
  func excess(_ d: Tensor) -> Tensor { (-d).exp2().log1p() / Self.logarithm }
}

extension Tensor {
  /// Returns e to the power of each element; the derivative is the result itself.
  public func exp() -> Tensor { Exp()(self) }
  /// Returns e^x - 1, exact also for x near 0.
  public func expm1() -> Tensor { Expm1()(self) }
  /// Returns two to the power of each element.
  public func exp2() -> Tensor { Exp2()(self) }
  /// Returns the natural logarithm of each element; -inf at 0, NaN below.
  public func log() -> Tensor { Log()(self) }
  /// Returns ln(1 + x), exact also for x near 0.
  public func log1p() -> Tensor { Log1p()(self) }
  /// Returns the logarithm to base 2.
  public func log2() -> Tensor { Log2()(self) }
  /// Returns the logarithm to base 10.
  public func log10() -> Tensor { Log10()(self) }
  /// Returns ln(e^x + e^w), element by element, without overflow.
  public func logaddexp(_ other: Tensor) -> Tensor { LogAddExp()(self, other) }
  /// Returns log2(2^x + 2^w), element by element, without overflow.
  public func logaddexp2(_ other: Tensor) -> Tensor { LogAddExp2()(self, other) }
  /// Returns the square root of each element; NaN below 0. The derivative at 0 is infinite.
  public func sqrt() -> Tensor { SquareRoot()(self) }
  /// Returns one over the square root of each element.
  public func rsqrt() -> Tensor { ReciprocalRoot()(self) }
  /// Returns one over each element.
  public func reciprocal() -> Tensor { Reciprocal()(self) }
}
