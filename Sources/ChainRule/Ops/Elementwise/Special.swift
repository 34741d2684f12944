import CKernels

/// Special functions.
enum Special {
  static let catalog: [OperationInfo] = [ErrorFunction.info, ComplementaryErrorFunction.info, Sinc.info, XLogY.info]
}

struct ErrorFunction: ElementwiseOperation {
  static let info = OperationInfo(
    "erf", "The error function.", call: "x.erf()", formula: "2/sqrt(pi) * integral of e^(-t^2) from 0 to x",
    derivative: "2/sqrt(pi) e^(-x^2)",
    samples: OperationSample.elementwise(.real) { $0.erf() })
  static var kernel: cr_unary_op { CR_ERF }
  var nodeName: String { "ErfBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { (-(s.x * s.x)).exp() * 1.12837916709551257390 }
}

struct ComplementaryErrorFunction: ElementwiseOperation {
  static let info = OperationInfo(
    "erfc", "One less the error function, without cancellation for large x.", call: "x.erfc()", formula: "1 - erf x",
    derivative: "-2/sqrt(pi) e^(-x^2)", samples: OperationSample.elementwise(.real) { $0.erfc() })
  static var kernel: cr_unary_op { CR_ERFC }
  var nodeName: String { "ErfcBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { (-(s.x * s.x)).exp() * -1.12837916709551257390 }
}

struct Sinc: PointwiseOperation {
  static let info = OperationInfo(
    "sinc", "The normalized sinc function; 1 at 0.", call: "x.sinc()", formula: "sin(pi x)/(pi x)",
    derivative: "(cos(pi x) - sinc x)/x, 0 at 0",
    samples: OperationSample.elementwise(.nonzero) { $0.sinc() })
  var nodeName: String { "SincBackward0" }
  var saves: Saves { [.x, .y] }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let angle = x * Double.pi
    return Tensor.where(x .== 0, 1, angle.sin() / angle)
  }
  func derivative(_ s: Saved) -> Tensor {
    // Near 0, where the difference cancels, the series: pi times the sum of (-1)^k 2k a^(2k - 1)/(2k + 1)! with a = pi x.
    let angle = s.x * Double.pi, isSmall = angle.abs() .< 1
    let x = Tensor.where(isSmall, 1, s.x), a = Tensor.where(isSmall, angle, 0), square = a * a
    let series = Self.coefficients.dropLast().reversed().reduce(square * 0 + Self.coefficients.last!) { $0 * square + $1 }
    return Tensor.where(isSmall, series * a * Double.pi, ((x * Double.pi).cos() - s.y) / x)
  }
  private static let coefficients: [Double] = [
    -1.0 / 3, 1.0 / 30, -1.0 / 840, 1.0 / 45360, -1.0 / 3_991_680, 1.0 / 518_918_400, -1.0 / 93_405_312_000, 1.0 / 22_230_464_256_000,
    -1.0 / 6_758_061_133_824_000,
  ]
}

struct XLogY: ElementwiseBinaryOperation {
  static let info = OperationInfo(
    "xlogy", "The product of x and ln w; 0 where x is 0, whatever w, unless it is NaN.", call: "x.xlogy(w)", formula: "x ln w",
    derivative: "ln w for x (0 where x = 0 and w <= 0), x/w for w", shapes: "broadcast",
    samples: OperationSample.binary(.real, .positive) { $0.xlogy($1) })
  var nodeName: String { "XlogyBackward0" }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [.x, .w] }
  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let common = Elementwise.promoted(x, w), dtype = common.isFloatingPoint ? common : defaultDType
    let a = try x.converted(to: dtype), b = try w.converted(to: dtype)
    let product = try Elementwise.binary(CR_MUL, a, b.log(), "xlogy")
    return Tensor.where((a .== 0).logicalAnd(b.isNaN().logicalNot()), 0, product)
  }
  private func logarithm(_ s: Saved) -> Tensor { s.w.mapped(exceptWhere: (s.x .== 0).logicalAnd(s.w .<= 0)) { $0.log() } }
  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    (s.needsX ? dy * logarithm(s) : nil, s.needsW ? dy * s.x / s.w : nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { Rules.sum(dx.map { $0 * logarithm(s) }, dw.map { $0 * s.x / s.w }) }
}

extension Tensor {
  /// Returns the error function of each element.
  public func erf() -> Tensor { ErrorFunction()(self) }
  /// Returns one less the error function of each element, without cancellation.
  public func erfc() -> Tensor { ComplementaryErrorFunction()(self) }
  /// Returns sin(pi x)/(pi x) of each element; 1 at 0, where the derivative is 0.
  public func sinc() -> Tensor { Sinc()(self) }
  /// Returns x ln w, element by element; 0 where x is 0, unless `other` is NaN.
  public func xlogy(_ other: some TensorOperand) -> Tensor { XLogY()(self, other.operand.real(beside: dtype)) }
}
