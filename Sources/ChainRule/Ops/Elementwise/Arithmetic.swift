import CKernels

/// Sums, differences, products and quotients.
enum Arithmetic {
  static let catalog: [OperationInfo] = [
    Add.info, AddScalar.info, Subtract.info, SubtractScalar.info, SubtractFromScalar.info, Multiply.info, MultiplyScalar.info, Divide.info,
    DivideScalar.info, Negate.info,
  ]
}

struct Add: ElementwiseBinaryOperation {
  static let info = OperationInfo(
    "add", "The sum of two tensors.", call: "x + w", formula: "x + w", derivative: "1 for x, 1 for w", shapes: "broadcast",
    samples: OperationSample.binary(.real, .real) { $0 + $1 })
  var nodeName: String { "AddBackward0" }
  @inline(__always) func saves(needsX: Bool, needsW: Bool) -> Saves { [] }
  @inline(__always) func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    try Elementwise.binary(CR_ADD, x, w, "add")
  }
  @inline(__always) func vjp(_ dy: consuming Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    // The last to get the gradient gets the reference too.
    if !s.needsW { return (dy, nil) }
    return (s.needsX ? copy dy : nil, dy)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { Rules.sum(dx, dw) }
}

struct AddScalar: LinearlyShifted {
  static let info = OperationInfo(
    "add (scalar)", "The sum of a tensor and a number.", call: "x + 1.5", formula: "x + c", derivative: "1",
    samples: OperationSample.elementwise(.real) { $0 + 1.5 })
  let scalar: Scalar
  var nodeName: String { "AddBackward0" }
  @inline(__always) func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    try Elementwise.scalar(CR_ADD, x, scalar, "add")
  }
  func scaled(_ d: Tensor) -> Tensor { d }
}

struct Subtract: ElementwiseBinaryOperation {
  static let info = OperationInfo(
    "sub", "The difference of two tensors.", call: "x - w", formula: "x - w", derivative: "1 for x, -1 for w", shapes: "broadcast",
    samples: OperationSample.binary(.real, .real) { $0 - $1 })
  var nodeName: String { "SubBackward0" }
  @inline(__always) func saves(needsX: Bool, needsW: Bool) -> Saves { [] }
  @inline(__always) func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let (a, b) = (x.box.dtype, w.box.dtype)
    if a == .bool || b == .bool { throw a == b ? Rules.boolSubtraction : Rules.boolScalarSubtraction }
    return try Elementwise.binary(CR_SUB, x, w, "sub")
  }
  @inline(__always) func vjp(_ dy: consuming Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    let dw = s.needsW ? -(copy dy) : nil
    return (s.needsX ? dy : nil, dw)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { Rules.sum(dx, dw.map { -$0 }) }
}

struct SubtractScalar: LinearlyShifted {
  static let info = OperationInfo(
    "sub (scalar)", "A tensor less a number.", call: "x - 1.5", formula: "x - c", derivative: "1",
    samples: OperationSample.elementwise(.real) { $0 - 1.5 })
  let scalar: Scalar
  var nodeName: String { "SubBackward0" }
  @inline(__always) func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    if x.box.dtype == .bool { throw Rules.boolScalarSubtraction }
    return try Elementwise.scalar(CR_SUB, x, scalar, "sub")
  }
  func scaled(_ d: Tensor) -> Tensor { d }
}

struct SubtractFromScalar: LinearlyShifted {
  static let info = OperationInfo(
    "rsub", "A number less a tensor.", call: "1.5 - x", formula: "c - x", derivative: "-1",
    samples: OperationSample.elementwise(.real) { 1.5 - $0 })
  let scalar: Scalar
  var nodeName: String { "RsubBackward1" }
  @inline(__always) func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    if x.box.dtype == .bool { throw Rules.boolScalarSubtraction }
    return try Elementwise.scalar(CR_SUB, x, scalar, onLeft: true, "rsub")
  }
  func scaled(_ d: Tensor) -> Tensor { -d }
}

struct Multiply: ElementwiseBinaryOperation {
  static let info = OperationInfo(
    "mul", "The product of two tensors, element by element.", call: "x * w", formula: "x w", derivative: "w for x, x for w",
    shapes: "broadcast", samples: OperationSample.binary(.real, .real) { $0 * $1 })
  var nodeName: String { "MulBackward0" }
  @inline(__always) func saves(needsX: Bool, needsW: Bool) -> Saves {
    needsX ? (needsW ? [.x, .w] : .w) : .x
  }
  @inline(__always) func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    try Elementwise.binary(CR_MUL, x, w, "mul")
  }
  @inline(__always) func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    (s.needsX ? dy * s.w : nil, s.needsW ? dy * s.x : nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { Rules.sum(dx.map { $0 * s.w }, dw.map { s.x * $0 }) }
}

struct MultiplyScalar: LinearlyShifted {
  static let info = OperationInfo(
    "mul (scalar)", "The product of a tensor and a number.", call: "x * 2.5", formula: "c x", derivative: "c",
    samples: OperationSample.elementwise(.real) { $0 * 2.5 })
  let scalar: Scalar
  var nodeName: String { "MulBackward0" }
  @inline(__always) func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    try Elementwise.scalar(CR_MUL, x, scalar, "mul")
  }
  @inline(__always) func scaled(_ d: Tensor) -> Tensor { MultiplyScalar(scalar: scalar)(d) }
}

struct Divide: ElementwiseBinaryOperation {
  static let info = OperationInfo(
    "div", "The quotient of two tensors; of integers it is a real number.", call: "x / w", formula: "x / w",
    derivative: "1/w for x, -x/w^2 for w", shapes: "broadcast",
    samples: OperationSample.binary(.real, .nonzero) { $0 / $1 })
  var nodeName: String { "DivBackward0" }
  @inline(__always) func saves(needsX: Bool, needsW: Bool) -> Saves { needsW ? [.x, .w] : .w }
  @inline(__always) func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    try Elementwise.binary(CR_DIV, x, w, "div", x.box.dtype.isFloatingPoint ? .arithmetic : .division)
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    // The gradient of x is a factor of that of w, so that in x/|x|, where both cancel, nothing of their rounding is left.
    let dx = dy / s.w
    return (s.needsX ? dx : nil, s.needsW ? -dx * (s.x / s.w) : nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor {
    // One division of the difference: where both parts cancel, nothing of their rounding is left.
    Rules.sum(dx, dw.map { -$0 * s.y }) / s.w
  }
}

struct DivideScalar: LinearlyShifted {
  static let info = OperationInfo(
    "div (scalar)", "A tensor divided by a number.", call: "x / 2.5", formula: "x / c", derivative: "1/c",
    samples: OperationSample.elementwise(.real) { $0 / 2.5 })
  let scalar: Scalar
  var nodeName: String { "DivBackward0" }
  @inline(__always) func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    try Elementwise.scalar(CR_DIV, x, scalar, "div", .division)
  }
  func scaled(_ d: Tensor) -> Tensor { d / scalar.real }
}

struct Negate: LinearOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "neg", "The negative of each element.", call: "-x", formula: "-x", derivative: "-1",
    samples: OperationSample.elementwise(.real) { -$0 })
  var nodeName: String { "NegBackward0" }
  @inline(__always) func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    if x.box.dtype == .bool {
      throw TensorError(
        .dtype,
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or "
          + "`logical_not()` operator instead.",
        hint: "In Swift: mask.logicalNot().", operation: "neg")
    }
    return try Elementwise.unary(CR_NEG, x)
  }
  func transpose(_ dy: Tensor) -> Tensor { -dy }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { -x }
}

/// x plus a constant, or times one: linear but for a shift, so gradient and tangent are both `scaled`.
protocol LinearlyShifted: UnaryOperation {
  var scalar: Scalar { get }
  func scaled(_ d: Tensor) -> Tensor
}

extension LinearlyShifted {
  static var takesNumber: Bool { true }
  static var takesNarrow: Bool { true }
  @inline(__always) var saves: Saves { [] }
  var attributes: [(name: String, value: String)] { [("scalar", scalar.text)] }
  @inline(__always) func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { scaled(dy) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { scaled(dx) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}
