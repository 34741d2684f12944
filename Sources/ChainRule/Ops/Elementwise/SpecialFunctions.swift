import CKernels

/// Functions of probability and physics: the gamma function's kin, the normal distribution's, Bessel's.
enum SpecialFunctions {
  static let catalog: [OperationInfo] = [SpecialFunction.info] + SpecialFunction.others + composed

  private static let composed: [OperationInfo] = [
    OperationInfo(
      "logit", "The logarithm of the odds of a probability; clamped to [eps, 1 - eps] where eps is given.", call: "x.logit()",
      formula: "ln(x/(1 - x))", derivative: "1/(x (1 - x)), 0 beyond the clamp",
      samples: [
        .init("", [.init([3, 4], .unit)]) { $0[0].logit() }, .init("eps", [.init([4], .interval(0.3, 0.7))]) { $0[0].logit(eps: 0.2) },
      ]),
    OperationInfo(
      "xlog1py", "The product of x and ln(1 + w); 0 where x is 0, whatever w, unless it is NaN.", call: "x.xlog1py(w)",
      formula: "x ln(1 + w)", derivative: "ln(1 + w) for x, x/(1 + w) for w", shapes: "broadcast",
      samples: [.init("", [.init([3, 4]), .init([4], .positive)]) { $0[0].xlog1py($0[1]) }]),
    OperationInfo(
      "ndtr", "The distribution function of the standard normal distribution.", call: "x.ndtr()", formula: "Phi(x) = erfc(-x/sqrt 2)/2",
      derivative: "e^(-x^2/2)/sqrt(2 pi)", samples: [.init("", [.init([3, 4])]) { $0[0].ndtr() }]),
  ]
}

/// A function of each element that is computed in double precision.
struct SpecialFunction: PointwiseOperation {
  static let info = OperationInfo(
    "lgamma", "The logarithm of the magnitude of the gamma function.", call: "x.lgamma()", formula: "ln |Gamma(x)|",
    derivative: "digamma(x)", samples: [.init("", [.init([3, 4], .positive)]) { $0[0].lgamma() }])
  static let others = [
    OperationInfo(
      "digamma, polygamma", "The derivative of the logarithm of the gamma function, and its n-th derivative.", call: "x.digamma()",
      formula: "psi(x), the n-th derivative of psi", derivative: "polygamma(n + 1, x)",
      samples: [
        .init("", [.init([3, 4], .interval(1, 3))]) { $0[0].digamma() }, .init("2", [.init([3], .interval(1, 3))]) { $0[0].polygamma(2) },
      ]),
    OperationInfo(
      "erfinv", "The inverse of the error function.", call: "x.erfinv()", formula: "y with erf y = x", derivative: "sqrt(pi)/2 e^(y^2)",
      samples: [.init("", [.init([3, 4], .interval(-0.8, 0.8))]) { $0[0].erfinv() }]),
    OperationInfo(
      "erfcx", "The complementary error function, scaled.", call: "x.erfcx()", formula: "e^(x^2) erfc x", derivative: "2 x y - 2/sqrt(pi)",
      samples: [.init("", [.init([3, 4])]) { $0[0].erfcx() }]),
    OperationInfo(
      "logNdtr", "The logarithm of the normal distribution function, without underflow.", call: "x.logNdtr()", formula: "ln Phi(x)",
      derivative: "e^(-x^2/2 - y)/sqrt(2 pi)", samples: [.init("", [.init([3, 4])]) { $0[0].logNdtr() }]),
    OperationInfo(
      "ndtri", "The inverse of the normal distribution function.", call: "x.ndtri()", formula: "y with Phi(y) = x",
      derivative: "sqrt(2 pi) e^(y^2/2)", samples: [.init("", [.init([3, 4], .unit)]) { $0[0].ndtri() }]),
    OperationInfo(
      "i0, i1", "The modified Bessel function of the first kind of order 0 (1).", call: "x.i0()",
      formula: "sum over k of (x/2)^(2 k + n)/(k! (k + n)!)", derivative: "i1(x); i0(x) - i1(x)/x, 1/2 at 0",
      samples: [
        .init("0", [.init([3, 4], .nonzero)]) { $0[0].i0() }, .init("1", [.init([3], .nonzero)]) { $0[0].i1() },
      ]),
    OperationInfo(
      "i0e, i1e", "The modified Bessel function of order 0 (1), scaled.", call: "x.i0e()", formula: "e^-|x| i0(x)",
      derivative: "i1e(x) - sign(x) y; i0e(x) - y (sign(x) + 1/x), 1/2 at 0",
      samples: [
        .init("0", [.init([3, 4], .nonzero)]) { $0[0].i0e() }, .init("1", [.init([3], .nonzero)]) { $0[0].i1e() },
      ]),
    OperationInfo(
      "entr", "Each element's share of an entropy; 0 at 0, -inf below.", call: "x.entr()", formula: "-x ln x", derivative: "-1 - ln x",
      samples: [.init("", [.init([3, 4], .positive)]) { $0[0].entr() }]),
  ]

  enum Kind: Sendable, Equatable { case lgamma, polygamma(Int), erfinv, erfcx, logNdtr, ndtri, i0, i1, i0e, i1e, entr }
  let kind: Kind

  /// What stands for the kind here and elsewhere: its kernel, its place among the entries, PyTorch's node.
  private var names: (kernel: cr_special_op, entry: Int?, node: String) {
    switch kind {
    case .lgamma: (CR_LGAMMA, nil, "LgammaBackward0")
    case .polygamma(let n): (CR_POLYGAMMA, 0, n == 0 ? "DigammaBackward0" : "PolygammaBackward0")
    case .erfinv: (CR_ERFINV, 1, "ErfinvBackward0")
    case .erfcx: (CR_ERFCX, 2, "SpecialErfcxBackward0")
    case .logNdtr: (CR_LOG_NDTR, 3, "SpecialLogNdtrBackward0")
    case .ndtri: (CR_NDTRI, 4, "SpecialNdtriBackward0")
    case .i0: (CR_I0, 5, "I0Backward0")
    case .i1: (CR_I1, 5, "SpecialI1Backward0")
    case .i0e: (CR_I0E, 6, "SpecialI0EBackward0")
    case .i1e: (CR_I1E, 6, "SpecialI1EBackward0")
    case .entr: (CR_ENTR, 7, "SpecialEntrBackward0")
    }
  }
  var entry: OperationInfo { names.entry.map { Self.others[$0] } ?? Self.info }
  var name: String {
    if case .polygamma(let n) = kind { return n == 0 ? "digamma" : "polygamma" }
    return "\(kind)"
  }
  var attributes: [(name: String, value: String)] {
    if case .polygamma(let n) = kind, n > 0 { return [("n", "\(n)")] }
    return []
  }
  var nodeName: String { names.node }
  var saves: Saves { [.x, .y] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let input = try x.converted(to: x.dtype.isFloatingPoint ? x.dtype : defaultDType).packed
    let out = try TensorBox.uninitialized(input.box.shape, input.dtype)
    var order: Int32 = 0
    if case .polygamma(let n) = kind { order = Int32(n) }
    withExtendedLifetime(input) { cr_special(names.kernel, order, input.box.c, out.c) }
    return Tensor(out)
  }

  func derivative(_ s: Saved) -> Tensor {
    switch kind {
    case .lgamma: s.x.digamma()
    case .polygamma(let n): SpecialFunction(kind: .polygamma(n + 1))(s.x)
    case .erfinv: (s.y * s.y).exp() * 0.88622692545275801365
    case .erfcx: s.x * s.y * 2 - 1.12837916709551257390
    case .logNdtr: (-(s.y + s.x * s.x * 0.5)).exp() * 0.39894228040143267794
    case .ndtri: (s.y * s.y * 0.5).exp() * 2.50662827463100050242
    case .i0: s.x.i1()
    case .i1: Tensor.where(s.x .== 0, 0.5, s.x.i0() - s.x.mapped(exceptWhere: s.x .== 0) { s.y / $0 })
    case .i0e: s.x.i1e() - s.x.sign() * s.y
    case .entr: -(s.x.log() + 1)
    case .i1e: Tensor.where(s.x .== 0, 0.5, s.x.i0e() - s.x.mapped(exceptWhere: s.x .== 0) { s.y * ($0.sign() + 1 / $0) })
    }
  }
}

extension Tensor {
  /// Returns ln |Gamma(x)| of each element; infinite at 0 and the negative integers.
  public func lgamma() -> Tensor { SpecialFunction(kind: .lgamma)(self) }
  /// Returns the derivative of ln Gamma of each element; NaN at the negative integers.
  public func digamma() -> Tensor { SpecialFunction(kind: .polygamma(0))(self) }
  /// Returns the n-th derivative of digamma of each element, for n up to 50.
  public func polygamma(_ n: Int) -> Tensor {
    guard n >= 0, n <= 50 else {
      return fail(
        TensorError(
          .argument, n < 0 ? "polygamma(n, x) does not support negative n." : "polygamma(n, x) does not support n above 50",
          hint: "It is the order of a derivative; n is \(n).", operation: "polygamma"
        ).describing([self]))
    }
    return SpecialFunction(kind: .polygamma(n))(self)
  }
  /// Returns the number whose error function each element is; infinite at -1 and 1, NaN beyond.
  public func erfinv() -> Tensor { SpecialFunction(kind: .erfinv)(self) }
  /// Returns e^(x^2) erfc x of each element, which does not underflow.
  public func erfcx() -> Tensor { SpecialFunction(kind: .erfcx)(self) }
  /// Returns the distribution function of the standard normal distribution at each element.
  public func ndtr() -> Tensor { (self * -0.70710678118654752440).erfc() * 0.5 }
  /// Returns the logarithm of the normal distribution function at each element, right also where that underflows.
  public func logNdtr() -> Tensor { SpecialFunction(kind: .logNdtr)(self) }
  /// Returns the number below which a standard normal variable is with each probability; NaN outside [0, 1].
  public func ndtri() -> Tensor { SpecialFunction(kind: .ndtri)(self) }
  /// Returns the modified Bessel function of the first kind of order 0.
  public func i0() -> Tensor { SpecialFunction(kind: .i0)(self) }
  /// Returns the modified Bessel function of the first kind of order 1.
  public func i1() -> Tensor { SpecialFunction(kind: .i1)(self) }
  /// Returns e^-|x| i0(x), which does not overflow.
  public func i0e() -> Tensor { SpecialFunction(kind: .i0e)(self) }
  /// Returns e^-|x| i1(x), which does not overflow.
  public func i1e() -> Tensor { SpecialFunction(kind: .i1e)(self) }

  /// Returns ln(x/(1 - x)) of each element, which is brought within [eps, 1 - eps] first where `eps` is given.
  public func logit(eps: Double? = nil) -> Tensor {
    let x = dtype.isFloatingPoint ? self : to(defaultDType)
    // The lower bound wins where the two cross.
    let z = eps.map { Tensor.where(x .< $0, $0, x.clamp(max: 1 - $0)) } ?? x
    return (z / (1 - z)).log()
  }

  /// Returns x ln(1 + w), element by element; 0 where x is 0, unless `other` is NaN.
  public func xlog1py(_ other: some TensorOperand) -> Tensor {
    let w = other.operand.real(beside: dtype), real = w.dtype.isFloatingPoint || dtype.isFloatingPoint ? w : w.to(defaultDType)
    let isNothing = (self .== 0).logicalAnd(w.isNaN().logicalNot())
    // The derivative for x is ln(1 + w) also where x is 0, unless that does not exist.
    let isOutside = isNothing.logicalAnd((w .<= -1).logicalOr(w.isPosInf()))
    return self * real.mapped(exceptWhere: isOutside) { $0.log1p() }
  }

  /// Returns -x ln x of each element: 0 at 0, -infinity below.
  public func entr() -> Tensor { SpecialFunction(kind: .entr)(self) }
}
