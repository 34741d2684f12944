import CKernels

/// Absolute value, sign, angle and rounding.
enum Rounding {
  static let catalog: [OperationInfo] =
    [Absolute.info, Sign.info, Angle.info, Floor.info, Ceiling.info, Round.info, Truncate.info] + composed
}

struct Absolute: ElementwiseOperation {
  static let info = OperationInfo(
    "abs", "The absolute value of each element.", call: "x.abs()", formula: "|x|", derivative: "sign(x), 0 at 0",
    samples: OperationSample.elementwise(.nonzero) { $0.abs() })
  static var kernel: cr_unary_op { CR_ABS }
  var nodeName: String { "AbsBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { s.x.sign() }
}

/// A function that is constant between its jumps: recorded, as PyTorch records it, with a derivative of zero.
protocol StepOperation: PointwiseOperation {}

extension StepOperation {
  var saves: Saves { [] }
  func derivative(_ s: Saved) -> Tensor { Tensor.zeros(like: s.y) }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { Tensor.zeros(like: dy) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { Tensor.zeros(like: dx) }
}

struct Sign: ElementwiseOperation, StepOperation {
  static let info = OperationInfo(
    "sign", "-1, 0 or 1, as the element is negative, zero (or NaN) or positive.", call: "x.sign()", formula: "sign x", derivative: "0",
    samples: OperationSample.elementwise(.nonzero) { $0.sign() })
  static var kernel: cr_unary_op { CR_SIGN }
  var nodeName: String { "SignBackward0" }
}

struct Angle: StepOperation {
  static let info = OperationInfo(
    "angle", "The angle of each element in the plane of complex numbers: pi where it is negative, else 0.",
    call: "x.angle()", formula: "pi for x < 0, else 0", derivative: "0", samples: OperationSample.elementwise(.nonzero) { $0.angle() })
  var nodeName: String { "AngleBackward0" }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let real = x.dtype.isFloatingPoint ? x : try x.converted(to: defaultDType)
    return Tensor.where(real.isNaN(), real, Tensor.where(real .< 0, Double.pi, Tensor.zeros(like: real)))
  }
}

struct Floor: ElementwiseOperation, StepOperation {
  static let info = OperationInfo(
    "floor", "The largest integer not above each element.", call: "x.floor()", formula: "floor x", derivative: "0",
    samples: OperationSample.elementwise(.interval(0.2, 0.8)) { $0.floor() })
  static var kernel: cr_unary_op { CR_FLOOR }
  var nodeName: String { "FloorBackward0" }
}

struct Ceiling: ElementwiseOperation, StepOperation {
  static let info = OperationInfo(
    "ceil", "The smallest integer not below each element.", call: "x.ceil()", formula: "ceil x", derivative: "0",
    samples: OperationSample.elementwise(.interval(0.2, 0.8)) { $0.ceil() })
  static var kernel: cr_unary_op { CR_CEIL }
  var nodeName: String { "CeilBackward0" }
}

struct Round: ElementwiseOperation, StepOperation {
  static let info = OperationInfo(
    "round", "The nearest integer, ties to the even one.", call: "x.round()", formula: "round x", derivative: "0",
    samples: OperationSample.elementwise(.interval(0.6, 0.9)) { $0.round() })
  static var kernel: cr_unary_op { CR_ROUND }
  var nodeName: String { "RoundBackward0" }
}

struct Truncate: ElementwiseOperation, StepOperation {
  static let info = OperationInfo(
    "trunc", "The integer part of each element.", call: "x.trunc()", formula: "trunc x", derivative: "0",
    samples: OperationSample.elementwise(.interval(0.2, 0.8)) { $0.trunc() })
  static var kernel: cr_unary_op { CR_TRUNC }
  var nodeName: String { "TruncBackward0" }
}

extension Tensor {
  /// Returns the absolute value of each element. The derivative at 0 is 0.
  public func abs() -> Tensor { Absolute()(self) }
  /// Returns the sign of each element; 0 for 0 and NaN.
  public func sign() -> Tensor { Sign()(self) }
  /// Returns the largest integer not above each element.
  public func floor() -> Tensor { Floor()(self) }
  /// Returns the smallest integer not below each element.
  public func ceil() -> Tensor { Ceiling()(self) }
  /// Returns the nearest integer, ties to the even one.
  public func round() -> Tensor { Round()(self) }
  /// Returns the integer part of each element.
  public func trunc() -> Tensor { Truncate()(self) }
  /// Returns pi for each negative element and 0 for the others: the angle of a real number. The derivative is 0.
  public func angle() -> Tensor { Angle()(self) }
  /// Returns the fractional part of each element, with its sign: x - trunc x. The derivative is 1.
  public func frac() -> Tensor {
    orFail([self]) { () throws(TensorError) in
      try Rules.refuseIntegers(self, "frac_cpu", "frac")
      return self - trunc()
    }
  }
}

extension Rounding {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "frac", "The fractional part of each element, with its sign.", call: "x.frac()", formula: "x - trunc x",
      derivative: "1", takesIntegers: false,
      samples: OperationSample.elementwise(.avoiding([-1, 0, 1], gap: 0.1, -2, 2)) { $0.frac() })
  ]
}
