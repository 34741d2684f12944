import CKernels

/// Functions of two elements beside the arithmetic ones.
enum Pairs {
  static let catalog: [OperationInfo] =
    [FloatPair.info, FloatPair.hypotenuse, FloatPair.signs, FloatPair.neighbour] + composed

  private static let composed: [OperationInfo] = [
    OperationInfo(
      "heaviside", "The step function: 0 below 0, 1 above, and the other element at 0.", call: "x.heaviside(w)",
      formula: "0 for x < 0, w for x = 0, 1 for x > 0", derivative: "none: PyTorch has none", shapes: "broadcast", isDifferentiable: false,
      samples: [.init("", [.init([3, 4]), .init([4])]) { $0[0].heaviside($0[1]) }]),
    OperationInfo(
      "ldexp", "Each element times a power of two.", call: "x.ldexp(w)", formula: "x 2^w", derivative: "2^w for x, x 2^w ln 2 for w",
      shapes: "broadcast", samples: [.init("", [.init([3, 4]), .init([4])]) { $0[0].ldexp($0[1]) }]),
    OperationInfo(
      "floatPower", "Each element to the power of another, in float64.", call: "x.floatPower(w)", formula: "x^w",
      derivative: "w x^(w - 1) for x, x^w ln x for w", shapes: "broadcast",
      samples: [
        .init("", [.init([3, 4], .positive), .init([4])]) { $0[0].floatPower($0[1]) },
        .init("number", [.init([3], .positive)]) { $0[0].floatPower(1.5) },
      ]),
  ]
}

/// The larger or smaller of two elements that passes over NaN, the length of their vector, one with the other's sign, and the next number.
struct FloatPair: ElementwiseBinaryOperation {
  static let info = OperationInfo(
    "fmax, fmin", "The larger (smaller) of two elements; NaN counts only where both are.", call: "x.fmax(w)", formula: "max(x, w)",
    derivative: "1 for the one taken, x at a tie", shapes: "broadcast",
    samples: [
      .init("larger", [.init([3, 4], .interval(0, 1)), .init([4], .interval(1.1, 2))]) { $0[0].fmax($0[1]) },
      .init("smaller", [.init([3, 4], .interval(0, 1)), .init([4], .interval(1.1, 2))]) { $0[0].fmin($0[1]) },
    ])
  static let hypotenuse = OperationInfo(
    "hypot", "The length of the vector of two elements, without overflow.", call: "x.hypot(w)", formula: "sqrt(x^2 + w^2)",
    derivative: "x/y for x, w/y for w", shapes: "broadcast", takesIntegers: false,
    samples: [.init("", [.init([3, 4], .nonzero), .init([4], .nonzero)]) { $0[0].hypot($0[1]) }])
  static let signs = OperationInfo(
    "copysign", "The magnitude of one element with the sign of the other.", call: "x.copysign(w)", formula: "|x| sign w",
    derivative: "y/x for x, 0 where x is 0; 0 for w", shapes: "broadcast",
    samples: [.init("", [.init([3, 4], .nonzero), .init([4], .nonzero)]) { $0[0].copysign($0[1]) }])
  static let neighbour = OperationInfo(
    "nextafter", "The next number of the type on the way to another.", call: "x.nextafter(w)", formula: "x + one step towards w",
    derivative: "1 for x, 0 where x = w; 0 for w", shapes: "broadcast", takesIntegers: false,
    samples: [.init("", [.init([3, 4], .interval(0, 1)), .init([4], .interval(2, 3))]) { $0[0].nextafter($0[1]) }])

  enum Kind: Sendable { case fmax, fmin, hypot, copysign, nextafter }
  let kind: Kind
  var entry: OperationInfo {
    switch kind {
    case .fmax, .fmin: Self.info
    case .hypot: Self.hypotenuse
    case .copysign: Self.signs
    case .nextafter: Self.neighbour
    }
  }
  var name: String { "\(kind)" }
  var nodeName: String {
    switch kind {
    case .fmax: "FmaxBackward0"
    case .fmin: "FminBackward0"
    case .hypot: "HypotBackward0"
    case .copysign: "CopysignBackward0"
    case .nextafter: "NextafterBackward0"
    }
  }
  func saves(needsX: Bool, needsW: Bool) -> Saves { kind == .copysign ? [.x, .y] : [.x, .w, .y] }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let common = Elementwise.promoted(x, w)
    switch kind {
    case .fmax: return try Elementwise.binary(CR_FMAX, x, w, "fmax")
    case .fmin: return try Elementwise.binary(CR_FMIN, x, w, "fmin")
    case .copysign: return try Elementwise.binary(CR_COPYSIGN, x, w, "copysign", x.dtype.isFloatingPoint ? .arithmetic : .division)
    case .hypot, .nextafter:
      guard common.isFloatingPoint else { throw Rules.notImplemented("\(kind)_cpu", common, "\(kind)") }
      if kind == .hypot { return try Elementwise.binary(CR_HYPOT, x, w, "hypot") }
      let shape = try Elementwise.broadcastShape(x, w, "nextafter")
      let (a, b) = try (x.converted(to: common).expanded(shape.array).packed, w.converted(to: common).expanded(shape.array).packed)
      let out = try TensorBox.uninitialized(shape, common)
      withExtendedLifetime((a, b)) { cr_nextafter(a.box.c, b.box.c, out.c) }
      return Tensor(out)
    }
  }

  /// `d` times dy/dx.
  private func first(_ d: Tensor, _ s: Saved) -> Tensor {
    switch kind {
    case .fmax: Tensor.where((s.x .>= s.w).logicalOr(s.w.isNaN()), d, 0)
    case .fmin: Tensor.where((s.x .<= s.w).logicalOr(s.w.isNaN()), d, 0)
    case .hypot: d * (s.x / s.y)
    case .copysign: d * s.x.mapped(exceptWhere: s.x .== 0) { s.y / $0 }
    case .nextafter: Tensor.where(s.x .!= s.w, d, 0)
    }
  }

  /// `d` times dy/dw.
  private func second(_ d: Tensor, _ s: Saved) -> Tensor {
    switch kind {
    case .fmax: Tensor.where((s.x .>= s.w).logicalOr(s.w.isNaN()), 0, d)
    case .fmin: Tensor.where((s.x .<= s.w).logicalOr(s.w.isNaN()), 0, d)
    case .hypot: d * (s.w / s.y)
    case .copysign, .nextafter: Tensor.zeros(like: d)
    }
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) { (s.needsX ? first(dy, s) : nil, s.needsW ? second(dy, s) : nil) }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { Rules.sum(dx.map { first($0, s) }, dw.map { second($0, s) }) }
}

extension Tensor {
  /// Returns the larger of each element and the operand's; NaN only where both are. At a tie this tensor takes the gradient.
  public func fmax(_ other: some TensorOperand) -> Tensor { FloatPair(kind: .fmax)(self, other.operand.element(beside: dtype, "fmax")) }
  /// Returns the smaller of each element and the operand's; NaN only where both are. At a tie this tensor takes the gradient.
  public func fmin(_ other: some TensorOperand) -> Tensor { FloatPair(kind: .fmin)(self, other.operand.element(beside: dtype, "fmin")) }
  /// Returns sqrt(x^2 + w^2), without overflow on the way.
  public func hypot(_ other: some TensorOperand) -> Tensor { FloatPair(kind: .hypot)(self, other.operand.tensor(beside: dtype)) }
  /// Returns the magnitude of each element with the sign of the operand's; -0 counts as negative.
  public func copysign(_ other: some TensorOperand) -> Tensor { FloatPair(kind: .copysign)(self, other.operand.tensor(beside: dtype)) }
  /// Returns the next number of the element type on the way to `other`.
  public func nextafter(_ other: Tensor) -> Tensor { FloatPair(kind: .nextafter)(self, other) }

  /// Returns 0 for each negative element, 1 for each positive one, and for 0 the element of `values`, which has the same type.
  public func heaviside(_ values: Tensor) -> Tensor {
    guard dtype == values.dtype else {
      return fail(
        TensorError(
          .dtype, "heaviside is not yet implemented for tensors with different dtypes.",
          hint: "Convert the values with to(.\(dtype.name)).", operation: "heaviside"
        ).describing([self, values]))
    }
    let x = detach()
    return Tensor.where(x .== 0, values.detach(), (x .> 0).to(dtype))
  }

  /// Returns x 2^w, element by element.
  public func ldexp(_ other: some TensorOperand) -> Tensor { self * Tensor.pow(2.0, other.operand.tensor(beside: dtype)) }

  /// Returns each element to the power of the operand's, computed in float64 whatever the types.
  public func floatPower(_ exponent: some TensorOperand) -> Tensor {
    switch exponent.operand.value {
    case .scalar(let c): PowerScalar(exponent: Scalar(c.real))(to(.float64))
    case .tensor(let w): to(.float64).pow(w.to(.float64))
    }
  }
}
