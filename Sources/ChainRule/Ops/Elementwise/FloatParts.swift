import CKernels

/// The parts of floating-point numbers, and replacements for those that are none.
enum FloatParts {
  static let catalog: [OperationInfo] = [Frexp.info] + composed

  private static let composed: [OperationInfo] = [
    OperationInfo(
      "signbit", "Whether the sign is set: true for -0 as well.", call: "x.signbit()", formula: "x < 0 or x = -0",
      derivative: "none: the result is bool", isDifferentiable: false, samples: [.init("", [.init([3, 4])]) { $0[0].signbit() }]),
    OperationInfo(
      "nanToNum", "Each element, with numbers in place of NaN and the infinities.", call: "x.nanToNum()",
      formula: "0 for NaN, the largest (smallest) number for inf (-inf), else x", derivative: "0 where replaced, else 1",
      samples: [.init("", [.init([3, 4])]) { $0[0].nanToNum() }]),
    OperationInfo(
      "deg2rad, rad2deg", "Degrees as radians (radians as degrees).", call: "x.deg2rad()", formula: "pi/180 x", derivative: "pi/180",
      samples: [
        .init("", [.init([3, 4])]) { $0[0].deg2rad() }, .init("back", [.init([3])]) { $0[0].rad2deg() },
      ]),
  ]
}

/// x = m 2^e with |m| in [0.5, 1): mantissas and exponents.
struct Frexp: VariadicOperation {
  static let info = OperationInfo(
    "frexp", "The mantissa in [0.5, 1) of each element and its exponent, int32.", call: "x.frexp()", formula: "x = m 2^e",
    derivative: "2^-e for m", takesIntegers: false, samples: [.init("", [.init([3, 4], .nonzero)]) { $0[0].frexp().mantissa }])
  var nodeName: String { "FrexpBackward0" }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([false], [false, true]) }
  func isDifferentiable(output i: Int) -> Bool { i == 0 }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    guard x[0].dtype.isFloatingPoint else {
      throw TensorError(
        .dtype, "torch.frexp() only supports floating-point dtypes", hint: "Convert to a floating-point type first.", operation: "frexp")
    }
    let input = try x[0].packed
    let mantissa = try TensorBox.uninitialized(input.box.shape, input.dtype)
    let exponent = try TensorBox.uninitialized(input.box.shape, .int32)
    withExtendedLifetime(input) { cr_frexp(input.box.c, mantissa.c, exponent.c) }
    return [Tensor(mantissa), Tensor(exponent)]
  }

  private func scaled(_ d: Tensor, _ s: SavedList) -> Tensor { d / s.output(1).to(d.dtype).exp2() }
  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] { [dy[0].map { scaled($0, s) }] }
  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] { [dx[0].map { scaled($0, s) }, nil] }
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] { self(x) }
}

extension Tensor {
  /// Returns for each element its mantissa, of magnitude in [0.5, 1) or 0, and its exponent of two, int32.
  public func frexp() -> (mantissa: Tensor, exponent: Tensor) {
    let parts = Frexp()([self])
    return (parts[0], parts.last ?? .poison)
  }

  /// Returns whether each element has its sign set: also -0.
  public func signbit() -> Tensor {
    dtype.isFloatingPoint ? Tensor.ones(like: detach()).copysign(detach()) .< 0 : detach().to(.int64) .< 0
  }

  /// Returns the elements with numbers in place of NaN, infinity and -infinity: 0, the largest and the smallest number of the type, unless
  /// others are given. Integers stay as they are.
  public func nanToNum(nan: Double = 0, posinf: Double? = nil, neginf: Double? = nil) -> Tensor {
    guard dtype.isFloatingPoint else { return self }
    let largest = dtype.largestFinite
    let finite = Tensor.where(isPosInf(), posinf ?? largest, Tensor.where(isNegInf(), neginf ?? -largest, self))
    return Tensor.where(isNaN(), nan, finite)
  }

  /// Returns degrees as radians.
  public func deg2rad() -> Tensor { self * 0.017453292519943295769236907684886 }
  /// Returns radians as degrees.
  public func rad2deg() -> Tensor { self * 57.295779513082320876798154814105 }

  /// Returns each element rounded to `decimals` digits behind the point, or, where that is negative, to a power of ten before it.
  public func round(decimals: Int) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      try Rules.refuseIntegers(self, "round_vml_cpu", "round")
      if decimals == 0 { return round() }
      guard decimals.magnitude <= 400 else {
        throw TensorError(
          .argument, "round(): decimals \(decimals) is out of range", hint: "No number has more than 400 digits.", operation: "round")
      }
      var power = 1.0
      for _ in 0..<decimals.magnitude { power *= 10 }
      return decimals > 0 ? (self * power).round() / power : (self / power).round() * power
    }
  }
}
