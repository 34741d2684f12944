import CKernels

/// Comparisons, logic and selection.
enum Comparison {
  static let catalog: [OperationInfo] =
    [
      Compare.info, CompareScalar.info, LogicalNot.info, FloatTest.info, Where.info, Maximum.info, Minimum.info, MaskedFill.info,
    ] + composed
}

/// One of the comparisons, or a logical connective: the result is bool, so nothing is recorded.
struct Compare: ElementwiseBinaryOperation {
  static let info = OperationInfo(
    "eq, ne, lt, le, gt, ge", "Compares element by element.", call: "x .< w", formula: "x < w", derivative: "none: the result is bool",
    shapes: "broadcast", isDifferentiable: false,
    samples: OperationSample.binary(.real, .real) { $0 .< $1 })
  let kernel: cr_binary_op
  let result: Elementwise.ResultType
  let function: StaticString
  var name: String { "\(function)" }
  var nodeName: String { "\(function)" }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [] }
  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor { try Elementwise.binary(kernel, x, w, function, result) }
  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) { (nil, nil) }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { s.y }
}

extension Compare: @unchecked Sendable {}

struct CompareScalar: NonDifferentiableOperation, @unchecked Sendable {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "eq, ne, lt, le, gt, ge (scalar)", "Compares each element with a number.", call: "x .< 0.5", formula: "x < c",
    derivative: "none: the result is bool", isDifferentiable: false,
    samples: OperationSample.elementwise(.real) { $0 .< 0.5 })
  let kernel: cr_binary_op
  let scalar: Scalar
  let function: StaticString
  var name: String { "\(function) (scalar)" }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    // An integer tensor beside a real number compares as real numbers.
    try Elementwise.scalar(kernel, x, scalar, function, .comparison)
  }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

struct LogicalNot: NonDifferentiableOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "logicalNot", "True where the element is 0 or false.", call: "x.logicalNot()", formula: "not x", derivative: "none: the result is bool",
    isDifferentiable: false, samples: OperationSample.elementwise(.mask) { $0.logicalNot() })
  func forward(_ x: Tensor) throws(TensorError) -> Tensor { try Elementwise.unary(CR_LOGICAL_NOT, x) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

/// Tests for NaN and infinities.
struct FloatTest: NonDifferentiableOperation, @unchecked Sendable {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "isnan, isinf, isfinite", "Tests each element.", call: "x.isNaN()", formula: "isnan x", derivative: "none: the result is bool",
    isDifferentiable: false, samples: OperationSample.elementwise(.real) { $0.isNaN() })
  let kernel: cr_unary_op
  let name: String
  func forward(_ x: Tensor) throws(TensorError) -> Tensor { try Elementwise.unary(kernel, x) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

struct Where: VariadicOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "where", "Takes each element from one tensor or the other.", call: "Tensor.where(mask, x, w)", formula: "condition ? x : w",
    derivative: "dy where it was taken, else 0", shapes: "broadcast",
    samples: [
      OperationSample("", [.init([3, 4], .mask), .init([3, 4]), .init([4])]) { Tensor.where($0[0], $0[1], $0[2]) },
      OperationSample("broadcast", [.init([3, 1], .mask), .init([]), .init([3, 2])]) { Tensor.where($0[0], $0[1], $0[2]) },
    ])
  var nodeName: String { "WhereBackward0" }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([true, false, false], [false]) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    guard x[0].dtype == .bool || x[0].dtype == .uint8 else {
      throw TensorError(
        .dtype, "where expected condition to be a boolean tensor, but got a tensor with dtype \(x[0].dtype.scalarTypeName)",
        hint: "Compare first: x .!= 0.", operation: "where")
    }
    let common = Elementwise.promoted(x[1], x[2])
    let condition = try x[0].converted(to: .bool)
    let a = try x[1].converted(to: common), b = try x[2].converted(to: common)
    var shape = try Elementwise.broadcastShape(a, b, "where")
    switch Shape.broadcast(shape, condition.internalShape) {
    case .success(let all): shape = all
    case .failure:
      _ = try Elementwise.broadcastShape(condition, a, "where")
      _ = try Elementwise.broadcastShape(condition, b, "where")
    }
    let out = try TensorBox.uninitialized(shape, common)
    cr_where(condition.box.c, a.box.c, b.box.c, out.c)
    return [Tensor(out)]
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return [nil, nil, nil] }
    let condition = s.input(0)
    return [nil, s.needs[1] ? Tensor.where(condition, dy, 0) : nil, s.needs[2] ? Tensor.where(condition, 0, dy) : nil]
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    if dx[1] == nil, dx[2] == nil { return [nil] }
    return [Tensor.where(s.input(0), dx[1] ?? 0.0.tensor(like: dx[2]), dx[2] ?? 0.0.tensor(like: dx[1]))]
  }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    self(Elementwise.alignBatches(x, batched))
  }
}

extension Double {
  /// A 0-dimensional tensor of this number in the type of `other`.
  fileprivate func tensor(like other: Tensor?) -> Tensor { Tensor.number(Scalar(self), other?.dtype ?? defaultDType) }
}

/// The larger or smaller of two elements; at a tie each gets half the gradient.
struct Maximum: ExtremumOfTwo {
  static let info = OperationInfo(
    "maximum", "The larger of two elements; NaN wins.", call: "x.maximum(w)", formula: "max(x, w)",
    derivative: "1 for the larger, 0.5 each at a tie", shapes: "broadcast",
    samples: OperationSample.binary(.interval(0, 1), .interval(1.1, 2)) { $0.maximum($1) })
  static var kernel: cr_binary_op { CR_MAXIMUM }
  var nodeName: String { "MaximumBackward0" }
  func wins(_ x: Tensor, _ w: Tensor) -> Tensor { x .> w }
}

struct Minimum: ExtremumOfTwo {
  static let info = OperationInfo(
    "minimum", "The smaller of two elements; NaN wins.", call: "x.minimum(w)", formula: "min(x, w)",
    derivative: "1 for the smaller, 0.5 each at a tie", shapes: "broadcast",
    samples: OperationSample.binary(.interval(0, 1), .interval(1.1, 2)) { $0.minimum($1) })
  static var kernel: cr_binary_op { CR_MINIMUM }
  var nodeName: String { "MinimumBackward0" }
  func wins(_ x: Tensor, _ w: Tensor) -> Tensor { x .< w }
}

protocol ExtremumOfTwo: ElementwiseBinaryOperation {
  static var kernel: cr_binary_op { get }
  func wins(_ x: Tensor, _ w: Tensor) -> Tensor
}

extension ExtremumOfTwo {
  func saves(needsX: Bool, needsW: Bool) -> Saves { [.x, .w] }
  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    try Elementwise.binary(Self.kernel, x, w, Self.kernel == CR_MAXIMUM ? "maximum" : "minimum")
  }

  /// The share of x: 1, 0, or one half at a tie.
  private func share(_ x: Tensor, _ w: Tensor, _ d: Tensor) -> Tensor {
    Tensor.where(x .== w, d * 0.5, Tensor.where(wins(x, w), d, 0))
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    (s.needsX ? share(s.x, s.w, dy) : nil, s.needsW ? share(s.w, s.x, dy) : nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor {
    Rules.sum(dx.map { share(s.x, s.w, $0) }, dw.map { share(s.w, s.x, $0) })
  }
}

struct MaskedFill: BinaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "maskedFill", "The tensor with a number where the mask is true.", call: "x.maskedFill(mask, 2.5)", formula: "mask ? c : x",
    derivative: "0 where the mask is true, else 1", shapes: "broadcast",
    samples: [
      OperationSample("", [.init([3, 4]), .init([3, 4], .mask)]) { $0[0].maskedFill($0[1], 2.5) },
      OperationSample("broadcast", [.init([2, 3]), .init([3], .mask)]) { $0[0].maskedFill($0[1], -1) },
    ])
  let value: Scalar
  var nodeName: String { "MaskedFillBackward0" }
  var attributes: [(name: String, value: String)] { [("value", value.text)] }
  func saves(needsX: Bool, needsW: Bool) -> Saves { .w }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    guard w.dtype == .bool else { throw Self.refusal(w.dtype) }
    let shape = try Elementwise.broadcastShape(x, w, "maskedFill")
    let out = try TensorBox.uninitialized(shape, x.dtype)
    // A name of its own keeps the tensor alive through the call; a temporary would be gone before the kernel reads it.
    let filling = try Tensor.filled([], value.fitting(x.dtype, "maskedFill"), x.dtype)
    withExtendedLifetime(filling) { cr_where(w.box.c, filling.box.c, x.box.c, out.c) }
    return Tensor(out)
  }

  static func refusal(_ mask: DType) -> TensorError {
    TensorError(
      .dtype, "masked_fill_ only supports boolean masks, but got mask with dtype \(mask.elementTypeName)",
      hint: "Compare first: mask .!= 0.", operation: "maskedFill")
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) { (dy.maskedFill(s.w, 0), nil) }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor {
    dx.map { $0.maskedFill(s.w, 0) } ?? Tensor.zeros(like: s.y)
  }
  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    let (a, b) = Elementwise.alignBatches(x, w, xBatched, wBatched)
    return self(a, b)
  }
}

extension Tensor {
  /// Returns the larger of each element and the operand's; NaN wins. At a tie each side gets half the gradient.
  public func maximum(_ other: some TensorOperand) -> Tensor { Maximum()(self, other.operand.element(beside: dtype, "maximum")) }
  /// Returns the smaller of each element and the operand's; NaN wins. At a tie each side gets half the gradient.
  public func minimum(_ other: some TensorOperand) -> Tensor { Minimum()(self, other.operand.element(beside: dtype, "minimum")) }

  /// `of(self)`, but 0 with derivatives 0 where `mask` is true: `of` sees 1 in its place. A `where` around the result alone would multiply
  /// a gradient of 0 by what is infinite there, and give NaN in reverse mode and 0 in forward mode.
  func mapped(exceptWhere mask: Tensor, _ of: (Tensor) -> Tensor) -> Tensor { Tensor.where(mask, 0, of(Tensor.where(mask, 1, self))) }

  /// Returns the tensor with `value` where `mask`, a bool tensor that broadcasts to it, is true.
  public func maskedFill(_ mask: Tensor, _ value: some TensorScalar) -> Tensor {
    MaskedFill(value: value.scalar)(self, mask)
  }

  /// Takes each element from `x` where `condition` is true, else from `w`; all three broadcast.
  ///
  ///     Tensor.where(a .> 0, a, 0)
  public static func `where`(_ condition: Tensor, _ x: some TensorOperand, _ w: some TensorOperand) -> Tensor {
    let a: Tensor, b: Tensor
    switch (x.operand.value, w.operand.value) {
    case (.tensor(let t), .tensor(let u)): (a, b) = (t, u)
    case (.tensor(let t), .scalar): (a, b) = (t, w.operand.element(beside: t.dtype, "where", isStored: true))
    case (.scalar, .tensor(let u)): (a, b) = (x.operand.element(beside: u.dtype, "where", isStored: true), u)
    case (.scalar(let s), .scalar(let r)): (a, b) = (Tensor.element(s, s.dtype, "where"), Tensor.element(r, r.dtype, "where"))
    }
    return Where()([condition, a, b])[0]
  }

  /// Returns whether each element is 0 or false.
  public func logicalNot() -> Tensor { LogicalNot()(self) }
  /// Returns whether both elements are true (or not 0).
  public func logicalAnd(_ other: Tensor) -> Tensor {
    Compare(kernel: CR_LOGICAL_AND, result: .logical, function: "logicalAnd")(self, other)
  }
  /// Returns whether either element is true (or not 0).
  public func logicalOr(_ other: Tensor) -> Tensor { Compare(kernel: CR_LOGICAL_OR, result: .logical, function: "logicalOr")(self, other) }
  /// Returns whether exactly one element is true (or not 0).
  public func logicalXor(_ other: Tensor) -> Tensor {
    Compare(kernel: CR_LOGICAL_XOR, result: .logical, function: "logicalXor")(self, other)
  }
  /// Returns whether each element is NaN.
  public func isNaN() -> Tensor { FloatTest(kernel: CR_ISNAN, name: "isnan")(self) }
  /// Returns whether each element is infinite.
  public func isInf() -> Tensor { FloatTest(kernel: CR_ISINF, name: "isinf")(self) }
  /// Returns whether each element is neither infinite nor NaN.
  public func isFinite() -> Tensor { FloatTest(kernel: CR_ISFINITE, name: "isfinite")(self) }
}

extension Comparison {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "isPosInf, isNegInf", "Whether each element is positive (negative) infinity.", call: "x.isPosInf()", formula: "x = inf",
      derivative: "none: the result is bool", isDifferentiable: false,
      samples: OperationSample.elementwise(.real) { $0.isPosInf() }
        + OperationSample.elementwise(.real) { $0.isNegInf() }),
    OperationInfo(
      "logicalAnd, logicalOr, logicalXor", "A connective of two truth values; a number is true where it is not 0.", call: "x.logicalAnd(w)",
      formula: "x and w",
      derivative: "none: the result is bool", shapes: "broadcast", isDifferentiable: false,
      samples: OperationSample.binary(.mask, .mask) { $0.logicalAnd($1) }
        + OperationSample.binary(.mask, .mask) { $0.logicalOr($1) }
        + OperationSample.binary(.mask, .mask) { $0.logicalXor($1) }),
    OperationInfo(
      "isClose", "Whether two elements agree within a relative and an absolute tolerance.", call: "x.isClose(w)",
      formula: "|x - w| <= absolute + relative |w|",
      derivative: "none: the result is bool", shapes: "broadcast", isDifferentiable: false,
      samples: OperationSample.binary(.real, .real) { $0.isClose($1, absolute: 1) }),
    OperationInfo(
      "maskedSelect", "The elements where the mask is true, one after another.", call: "x.maskedSelect(mask)", formula: "x[mask]",
      derivative: "dy where the mask is true, else 0", shapes: "[a, b], [a, b] -> [k]", isMappable: false,
      samples: [
        .init("", [.init([3, 4]), .init([3, 4], .mask)]) { $0[0].maskedSelect($0[1]) },
        .init("broadcast", [.init([3, 4]), .init([4], .mask)]) { $0[0].maskedSelect($0[1]) },
      ]),
    OperationInfo(
      "maskedScatter", "The tensor with the elements of another, in order, where the mask is true.", call: "x.maskedScatter(mask, w)",
      formula: "x[mask] = w",
      derivative: "dy where the mask is false for x, where it is true for w", shapes: "[a, b], [a, b], [n] -> [a, b]", isMappable: false,
      samples: [
        .init("", [.init([3, 4]), .init([3, 4], .mask), .init([12])]) { $0[0].maskedScatter($0[1], $0[2]) }
      ]),
  ]
}
