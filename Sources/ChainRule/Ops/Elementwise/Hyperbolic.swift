import CKernels

/// Hyperbolic functions.
enum Hyperbolic {
  static let catalog: [OperationInfo] = [
    HyperbolicSine.info, HyperbolicCosine.info, HyperbolicTangent.info, AreaSine.info, AreaCosine.info, AreaTangent.info,
  ]
}

struct HyperbolicSine: ElementwiseOperation {
  static let info = OperationInfo(
    "sinh", "The hyperbolic sine of each element.", call: "x.sinh()", formula: "sinh x", derivative: "cosh x",
    samples: OperationSample.elementwise(.real) { $0.sinh() })
  static var kernel: cr_unary_op { CR_SINH }
  var nodeName: String { "SinhBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { s.x.cosh() }
}

struct HyperbolicCosine: ElementwiseOperation {
  static let info = OperationInfo(
    "cosh", "The hyperbolic cosine of each element.", call: "x.cosh()", formula: "cosh x", derivative: "sinh x",
    samples: OperationSample.elementwise(.real) { $0.cosh() })
  static var kernel: cr_unary_op { CR_COSH }
  var nodeName: String { "CoshBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { s.x.sinh() }
}

struct HyperbolicTangent: ElementwiseOperation {
  static let info = OperationInfo(
    "tanh", "The hyperbolic tangent of each element.", call: "x.tanh()", formula: "tanh x", derivative: "1 - tanh^2 x",
    samples: OperationSample.elementwise(.real) { $0.tanh() })
  static var kernel: cr_unary_op { CR_TANH }
  var nodeName: String { "TanhBackward0" }
  var saves: Saves { .y }
  func derivative(_ s: Saved) -> Tensor { 1 - s.y * s.y }
  func backward(_ dy: Tensor, _ s: Saved) -> Tensor { fusedBackward(CR_TANH_BACKWARD, dy, s.y) ?? dy * derivative(s) }
}

struct AreaSine: ElementwiseOperation {
  static let info = OperationInfo(
    "asinh", "The number whose hyperbolic sine is x.", call: "x.asinh()", formula: "ln(x + sqrt(x^2 + 1))", derivative: "1/sqrt(x^2 + 1)",
    samples: OperationSample.elementwise(.real) { $0.asinh() })
  static var kernel: cr_unary_op { CR_ASINH }
  var nodeName: String { "AsinhBackward0" }
  var saves: Saves { .x }
  /// Far out 1/|x|: the square may be infinite.
  func derivative(_ s: Saved) -> Tensor {
    let isNear = s.x.abs() .< 1e9, x = Tensor.where(isNear, s.x, 0)
    return Tensor.where(isNear, (x * x + 1).rsqrt(), s.x.mapped(exceptWhere: isNear) { 1 / $0.abs() })
  }
}

struct AreaCosine: ElementwiseOperation {
  static let info = OperationInfo(
    "acosh", "The number, 0 or above, whose hyperbolic cosine is x.", call: "x.acosh()", formula: "ln(x + sqrt(x^2 - 1))",
    derivative: "1/sqrt(x^2 - 1)",
    samples: OperationSample.elementwise(.interval(1.2, 3)) { $0.acosh() })
  static var kernel: cr_unary_op { CR_ACOSH }
  var nodeName: String { "AcoshBackward0" }
  var saves: Saves { .x }
  /// Not x^2 - 1, which loses what a square near 1 rounds away, and may be infinite.
  func derivative(_ s: Saved) -> Tensor { (s.x - 1).rsqrt() * (s.x + 1).rsqrt() }
}

struct AreaTangent: ElementwiseOperation {
  static let info = OperationInfo(
    "atanh", "The number whose hyperbolic tangent is x.", call: "x.atanh()", formula: "ln((1 + x)/(1 - x))/2", derivative: "1/(1 - x^2)",
    samples: OperationSample.elementwise(.interval(-0.8, 0.8)) { $0.atanh() })
  static var kernel: cr_unary_op { CR_ATANH }
  var nodeName: String { "AtanhBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { 1 / s.x.squareToOne }
}

extension Tensor {
  /// Returns the hyperbolic sine of each element.
  public func sinh() -> Tensor { HyperbolicSine()(self) }
  /// Returns the hyperbolic cosine of each element.
  public func cosh() -> Tensor { HyperbolicCosine()(self) }
  /// Returns the hyperbolic tangent of each element.
  ///
  /// The derivative 1 - y^2 is computed from the result y, as in PyTorch: it is 0 where y has been rounded to 1 or -1.
  public func tanh() -> Tensor { HyperbolicTangent()(self) }
  /// Returns the number whose hyperbolic sine each element is.
  public func asinh() -> Tensor { AreaSine()(self) }
  /// Returns the number, 0 or above, whose hyperbolic cosine each element is; NaN below 1.
  public func acosh() -> Tensor { AreaCosine()(self) }
  /// Returns the number whose hyperbolic tangent each element is; NaN outside [-1, 1].
  public func atanh() -> Tensor { AreaTangent()(self) }
}
