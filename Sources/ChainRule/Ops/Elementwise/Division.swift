import CKernels

/// Division with a whole quotient, and what it leaves over.
enum Division {
  static let catalog: [OperationInfo] = [RoundedDivision.info, Remainder.info, TruncatedRemainder.info] + composed

  /// Refuses element types that a kernel does not take.
  static func check(_ op: cr_binary_op, _ x: Tensor, _ w: Tensor, _ kernel: String, _ operation: String) throws(TensorError) {
    let common = Elementwise.promoted(x, w)
    if !cr_has_binary(op, common.kernelType) { throw Rules.notImplemented(kernel, common, operation) }
  }
}

/// How a quotient becomes whole.
public enum DivisionRounding: Sendable {
  /// To the nearest integer not above, as Python's `//`.
  case floor
  /// Towards zero, as Swift's `/` of integers.
  case trunc
}

struct RoundedDivision: ElementwiseBinaryOperation {
  static let info = OperationInfo(
    "div (rounding)", "The whole quotient of two tensors; of integers it is an integer.", call: "x.div(w, rounding: .floor)",
    formula: "floor(x / w) or trunc(x / w)",
    derivative: "0", shapes: "broadcast",
    samples: OperationSample.binary(.interval(1.2, 1.8), .interval(0.9, 1.1)) { $0.div($1, rounding: .floor) }
      + OperationSample.binary(.interval(1.2, 1.8), .interval(0.9, 1.1)) { $0.div($1, rounding: .trunc) })
  let rounding: DivisionRounding
  var nodeName: String { "DivBackward2" }
  var attributes: [(name: String, value: String)] { [("rounding_mode", "\(rounding)")] }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [] }
  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let kernel = rounding == .floor ? CR_FLOOR_DIVIDE : CR_TRUNC_DIVIDE
    try Division.check(kernel, x, w, "div_\(rounding)_cpu", "div")
    return try Elementwise.binary(kernel, x, w, "div")
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    (s.needsX ? Tensor.zeros(like: dy) : nil, s.needsW ? Tensor.zeros(like: dy) : nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { Tensor.zeros(like: s.y) }
}

struct Remainder: RemainderOperation {
  static let info = OperationInfo(
    "remainder", "What floor division leaves over: it has the sign of w.", call: "x.remainder(w)", formula: "x - w floor(x / w)",
    derivative: "1 for x, -floor(x / w) for w", shapes: "broadcast",
    samples: OperationSample.binary(.interval(1.2, 1.8), .interval(0.9, 1.1)) { $0.remainder($1) })
  static var kernel: cr_binary_op { CR_REMAINDER }
  static var rounding: DivisionRounding { .floor }
  let isByNumber: Bool
  var nodeName: String { isByNumber ? "RemainderBackward0" : "RemainderBackward1" }
}

struct TruncatedRemainder: RemainderOperation {
  static let info = OperationInfo(
    "fmod", "What truncated division leaves over: it has the sign of x.", call: "x.fmod(w)", formula: "x - w trunc(x / w)",
    derivative: "1 for x, -trunc(x / w) for w", shapes: "broadcast",
    samples: OperationSample.binary(.interval(-1.8, -1.2), .interval(0.9, 1.1)) { $0.fmod($1) })
  static var kernel: cr_binary_op { CR_FMOD }
  static var rounding: DivisionRounding { .trunc }
  let isByNumber: Bool
  var nodeName: String { isByNumber ? "FmodBackward0" : "FmodBackward1" }
}

protocol RemainderOperation: ElementwiseBinaryOperation {
  static var kernel: cr_binary_op { get }
  /// The division that leaves this remainder.
  static var rounding: DivisionRounding { get }
  /// Whether the divisor was a number and no tensor, which PyTorch counts as another operation.
  var isByNumber: Bool { get }
  init(isByNumber: Bool)
}

extension RemainderOperation {
  static func of(_ x: Tensor, by divisor: Operand) -> Tensor {
    var isByNumber = false
    if case .scalar = divisor.value { isByNumber = true }
    return Self(isByNumber: isByNumber)(x, divisor.tensor(beside: x.dtype))
  }

  func saves(needsX: Bool, needsW: Bool) -> Saves { needsW ? [.x, .w] : [] }
  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let name: StaticString = Self.rounding == .floor ? "remainder" : "fmod"
    try Division.check(Self.kernel, x, w, "\(name)_cpu", "\(name)")
    return try Elementwise.binary(Self.kernel, x, w, name)
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    (s.needsX ? dy : nil, s.needsW ? -dy * s.x.div(s.w, rounding: Self.rounding) : nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor {
    Rules.sum(dx, dw.map { -$0 * s.x.div(s.w, rounding: Self.rounding) })
  }
}

extension Tensor {
  /// Returns the quotient made whole; of integers it is an integer. Its derivative is 0.
  ///
  /// An integer divided by 0 is an error; a real number gives an infinity or NaN.
  public func div(_ divisor: some TensorOperand, rounding: DivisionRounding) -> Tensor {
    RoundedDivision(rounding: rounding)(self, divisor.operand.tensor(beside: dtype))
  }
  /// Returns the largest integer not above each quotient, as Python's `//`; no gradient flows through it.
  public func floorDivide(_ divisor: some TensorOperand) -> Tensor {
    RoundedDivision(rounding: .floor)(detach(), divisor.operand.tensor(beside: dtype).detach())
  }
  /// Returns what floor division leaves over, with the sign of the divisor, as Python's `%`.
  public func remainder(_ divisor: some TensorOperand) -> Tensor { Remainder.of(self, by: divisor.operand) }
  /// Returns what truncated division leaves over, with the sign of the dividend, as Swift's `%`.
  public func fmod(_ divisor: some TensorOperand) -> Tensor { TruncatedRemainder.of(self, by: divisor.operand) }
}

extension Division {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "floorDivide", "The largest integer not above each quotient.", call: "x.floorDivide(w)", formula: "floor(x/w)",
      derivative: "none: no gradient flows through it", shapes: "broadcast", isDifferentiable: false,
      samples: OperationSample.binary(.real, .positive) { $0.floorDivide($1) })
  ]
}
