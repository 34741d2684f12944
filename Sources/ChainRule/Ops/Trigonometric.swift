import CKernels

/// Circular functions and their inverses.
enum Trigonometric {
  static let catalog: [OperationInfo] = [Sine.info, Cosine.info, Tangent.info, ArcSine.info, ArcCosine.info, ArcTangent.info]
}

struct Sine: ElementwiseOperation {
  static let info = OperationInfo(
    "sin", "The sine of each element, in radians.", formula: "sin x", derivative: "cos x",
    samples: OperationSample.elementwise(.real) { $0.sin() })
  static var kernel: cr_unary_op { CR_SIN }
  var nodeName: String { "SinBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { s.x.cos() }
}

struct Cosine: ElementwiseOperation {
  static let info = OperationInfo(
    "cos", "The cosine of each element, in radians.", formula: "cos x", derivative: "-sin x",
    samples: OperationSample.elementwise(.real) { $0.cos() })
  static var kernel: cr_unary_op { CR_COS }
  var nodeName: String { "CosBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { -s.x.sin() }
}

struct Tangent: ElementwiseOperation {
  static let info = OperationInfo(
    "tan", "The tangent of each element, in radians.", formula: "tan x", derivative: "1 + tan^2 x",
    samples: OperationSample.elementwise(.interval(-1.2, 1.2)) { $0.tan() })
  static var kernel: cr_unary_op { CR_TAN }
  var nodeName: String { "TanBackward0" }
  var saves: Saves { .y }
  func derivative(_ s: Saved) -> Tensor { s.y * s.y + 1 }
}

struct ArcSine: ElementwiseOperation {
  static let info = OperationInfo(
    "asin", "The angle whose sine is x.", formula: "asin x", derivative: "1/sqrt(1 - x^2)",
    samples: OperationSample.elementwise(.interval(-0.8, 0.8)) { $0.asin() })
  static var kernel: cr_unary_op { CR_ASIN }
  var nodeName: String { "AsinBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { (1 - s.x * s.x).rsqrt() }
}

struct ArcCosine: ElementwiseOperation {
  static let info = OperationInfo(
    "acos", "The angle whose cosine is x.", formula: "acos x", derivative: "-1/sqrt(1 - x^2)",
    samples: OperationSample.elementwise(.interval(-0.8, 0.8)) { $0.acos() })
  static var kernel: cr_unary_op { CR_ACOS }
  var nodeName: String { "AcosBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { -(1 - s.x * s.x).rsqrt() }
}

struct ArcTangent: ElementwiseOperation {
  static let info = OperationInfo(
    "atan", "The angle whose tangent is x.", formula: "atan x", derivative: "1/(1 + x^2)",
    samples: OperationSample.elementwise(.real) { $0.atan() })
  static var kernel: cr_unary_op { CR_ATAN }
  var nodeName: String { "AtanBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { 1 / (s.x * s.x + 1) }
  func backward(_ dy: Tensor, _ s: Saved) -> Tensor { dy / (s.x * s.x + 1) }
}

extension Tensor {
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
}
