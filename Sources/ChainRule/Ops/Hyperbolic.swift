import CKernels

/// Hyperbolic functions.
enum Hyperbolic {
  static let catalog: [OperationInfo] = [HyperbolicSine.info, HyperbolicCosine.info, HyperbolicTangent.info]
}

struct HyperbolicSine: ElementwiseOperation {
  static let info = OperationInfo(
    "sinh", "The hyperbolic sine of each element.", formula: "sinh x", derivative: "cosh x",
    samples: OperationSample.elementwise(.real) { $0.sinh() })
  static var kernel: cr_unary_op { CR_SINH }
  var nodeName: String { "SinhBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { s.x.cosh() }
}

struct HyperbolicCosine: ElementwiseOperation {
  static let info = OperationInfo(
    "cosh", "The hyperbolic cosine of each element.", formula: "cosh x", derivative: "sinh x",
    samples: OperationSample.elementwise(.real) { $0.cosh() })
  static var kernel: cr_unary_op { CR_COSH }
  var nodeName: String { "CoshBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { s.x.sinh() }
}

struct HyperbolicTangent: ElementwiseOperation {
  static let info = OperationInfo(
    "tanh", "The hyperbolic tangent of each element.", formula: "tanh x", derivative: "1 - tanh^2 x",
    samples: OperationSample.elementwise(.real) { $0.tanh() })
  static var kernel: cr_unary_op { CR_TANH }
  var nodeName: String { "TanhBackward0" }
  var saves: Saves { .y }
  func derivative(_ s: Saved) -> Tensor { 1 - s.y * s.y }
  func backward(_ dy: Tensor, _ s: Saved) -> Tensor { fusedBackward(CR_TANH_BACKWARD, dy, s.y) ?? dy * derivative(s) }
}

extension Tensor {
  /// Returns the hyperbolic sine of each element.
  public func sinh() -> Tensor { HyperbolicSine()(self) }
  /// Returns the hyperbolic cosine of each element.
  public func cosh() -> Tensor { HyperbolicCosine()(self) }
  /// Returns the hyperbolic tangent of each element.
  public func tanh() -> Tensor { HyperbolicTangent()(self) }
}
