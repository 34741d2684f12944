import CKernels

/// Circular functions and their inverses.
enum Trigonometric {
  static let catalog: [OperationInfo] = [
    Sine.info, Cosine.info, Tangent.info, ArcSine.info, ArcCosine.info, ArcTangent.info, ArcTangent2.info,
  ]
}

struct Sine: ElementwiseOperation {
  static let info = OperationInfo(
    "sin", "The sine of each element, in radians.", call: "x.sin()", formula: "sin x", derivative: "cos x",
    samples: OperationSample.elementwise(.real) { $0.sin() })
  static var kernel: cr_unary_op { CR_SIN }
  var nodeName: String { "SinBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { s.x.cos() }
}

struct Cosine: ElementwiseOperation {
  static let info = OperationInfo(
    "cos", "The cosine of each element, in radians.", call: "x.cos()", formula: "cos x", derivative: "-sin x",
    samples: OperationSample.elementwise(.real) { $0.cos() })
  static var kernel: cr_unary_op { CR_COS }
  var nodeName: String { "CosBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { -s.x.sin() }
}

struct Tangent: ElementwiseOperation {
  static let info = OperationInfo(
    "tan", "The tangent of each element, in radians.", call: "x.tan()", formula: "tan x", derivative: "1 + tan^2 x",
    samples: OperationSample.elementwise(.interval(-1.2, 1.2)) { $0.tan() })
  static var kernel: cr_unary_op { CR_TAN }
  var nodeName: String { "TanBackward0" }
  var saves: Saves { .y }
  func derivative(_ s: Saved) -> Tensor { s.y * s.y + 1 }
}

struct ArcSine: ElementwiseOperation {
  static let info = OperationInfo(
    "asin", "The angle whose sine is x.", call: "x.asin()", formula: "asin x", derivative: "1/sqrt(1 - x^2)",
    samples: OperationSample.elementwise(.interval(-0.8, 0.8)) { $0.asin() })
  static var kernel: cr_unary_op { CR_ASIN }
  var nodeName: String { "AsinBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { s.x.squareToOne.rsqrt() }
}

struct ArcCosine: ElementwiseOperation {
  static let info = OperationInfo(
    "acos", "The angle whose cosine is x.", call: "x.acos()", formula: "acos x", derivative: "-1/sqrt(1 - x^2)",
    samples: OperationSample.elementwise(.interval(-0.8, 0.8)) { $0.acos() })
  static var kernel: cr_unary_op { CR_ACOS }
  var nodeName: String { "AcosBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { -s.x.squareToOne.rsqrt() }
}

struct ArcTangent: ElementwiseOperation {
  static let info = OperationInfo(
    "atan", "The angle whose tangent is x.", call: "x.atan()", formula: "atan x", derivative: "1/(1 + x^2)",
    samples: OperationSample.elementwise(.real) { $0.atan() })
  static var kernel: cr_unary_op { CR_ATAN }
  var nodeName: String { "AtanBackward0" }
  var saves: Saves { .x }
  /// Written by 1/x far out, where the square of x may be infinite, and its derivative 0 times that.
  func derivative(_ s: Saved) -> Tensor {
    let isNear = s.x.abs() .< 1e9, x = Tensor.where(isNear, s.x, 0)
    return Tensor.where(isNear, 1 / (x * x + 1), s.x.mapped(exceptWhere: isNear) { (1 / $0).square() })
  }
}

struct ArcTangent2: ElementwiseBinaryOperation {
  static let info = OperationInfo(
    "atan2", "The angle of the point (w, x), in its quadrant.", call: "x.atan2(w)", formula: "atan(x/w), in (-pi, pi]",
    derivative: "w/(x^2 + w^2) for x, -x/(x^2 + w^2) for w; 0 at the origin", shapes: "broadcast",
    samples: OperationSample.binary(.positive, .real) { $0.atan2($1) })
  var nodeName: String { "Atan2Backward0" }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [.x, .w] }
  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    try Elementwise.binary(CR_ATAN2, x, w, "atan2", x.dtype.isFloatingPoint ? .arithmetic : .division)
  }

  /// x and w over a number u, 1/u, and 1 over the sum of the squares. u is 1 unless the squares would leave the range of the type.
  private func scaled(_ s: Saved) -> (x: Tensor, w: Tensor, unit: Tensor, inverseSquare: Tensor) {
    let largest = s.x.detach().abs().maximum(s.w.detach().abs())
    let low = largest.dtype == .float32 ? 1e-15 : 1e-140, high = 1 / low
    let isFar = (largest .> 0).logicalAnd((largest .< low).logicalOr(largest .> high)).logicalAnd(largest.isFinite())
    let unit = Tensor.where(isFar, largest, 1), x = s.x / unit, w = s.w / unit
    let square = x * x + w * w
    return (x, w, unit, square.mapped(exceptWhere: square .== 0) { 1 / $0 })
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    let (x, w, unit, inverseSquare) = scaled(s)
    let factor = dy * inverseSquare
    return (s.needsX ? factor * w / unit : nil, s.needsW ? -factor * x / unit : nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor {
    let (x, w, unit, inverseSquare) = scaled(s)
    return Rules.sum(dx.map { $0 * w }, dw.map { -$0 * x }) * inverseSquare / unit
  }
}

extension Tensor {
  /// 1 - x^2, near 1 as a product, which loses nothing of what a square there rounds away; near 0 as it is, so that its derivative -2x is
  /// no difference of two numbers near 1.
  var squareToOne: Tensor { Tensor.where(abs() .< 0.5, 1 - self * self, (1 - self) * (self + 1)) }

  /// Returns the sine of each element, in radians.
  public func sin() -> Tensor { Sine()(self) }
  /// Returns the cosine of each element, in radians.
  public func cos() -> Tensor { Cosine()(self) }
  /// Returns the tangent of each element, in radians.
  public func tan() -> Tensor { Tangent()(self) }
  /// Returns the angle in radians whose sine each element is; NaN outside [-1, 1].
  public func asin() -> Tensor { ArcSine()(self) }
  /// Returns the angle in radians whose cosine each element is; NaN outside [-1, 1].
  public func acos() -> Tensor { ArcCosine()(self) }
  /// Returns the angle in radians whose tangent each element is.
  public func atan() -> Tensor { ArcTangent()(self) }
  /// Returns the angle in radians of the point whose ordinate is this tensor's element and whose abscissa is `abscissa`'s.
  ///
  /// The gradient at the origin is 0.
  public func atan2(_ abscissa: some TensorOperand) -> Tensor { ArcTangent2()(self, abscissa.operand.real(beside: dtype)) }
}
