import CKernels

/// Operations on the bits of integers and bools.
enum Bitwise {
  static let catalog: [OperationInfo] = [BitwisePair.info, BitwiseNot.info, shifts]

  private static let shifts = OperationInfo(
    "bitwiseLeftShift, bitwiseRightShift", "The bits of each integer moved up (down, with the sign kept).", call: "x.bitwiseLeftShift(w)",
    formula: "x 2^w, floor(x 2^-w)", derivative: "none: the result is an integer", shapes: "broadcast", isDifferentiable: false,
    samples: [
      .init("up", [.init([3, 4], .index(9)), .init([4], .index(4))]) { $0[0].bitwiseLeftShift($0[1]) },
      .init("down", [.init([3, 4], .index(9)), .init([4], .index(4))]) { $0[0].bitwiseRightShift($0[1]) },
    ])
}

struct BitwisePair: ElementwiseBinaryOperation, @unchecked Sendable {
  static let info = OperationInfo(
    "bitwiseAnd, bitwiseOr, bitwiseXor", "Combines the bits of two integers or bools.", call: "x.bitwiseAnd(w)",
    formula: "x and w, bit by bit",
    derivative: "none: the result is an integer", shapes: "broadcast", isDifferentiable: false,
    samples: [
      .init("and", [.init([3, 4], .index(9)), .init([4], .index(9))]) { $0[0].bitwiseAnd($0[1]) },
      .init("or", [.init([3, 4], .index(9)), .init([4], .index(9))]) { $0[0].bitwiseOr($0[1]) },
      .init("xor", [.init([3, 4], .index(9)), .init([4], .index(9))]) { $0[0].bitwiseXor($0[1]) },
    ])
  let kernel: cr_binary_op
  /// PyTorch's name for it.
  let function: String
  var name: String { kernel == CR_BITWISE_AND ? "bitwiseAnd" : kernel == CR_BITWISE_OR ? "bitwiseOr" : "bitwiseXor" }
  var nodeName: String { name }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [] }
  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let common = Elementwise.promoted(x, w)
    if common.isFloatingPoint { throw Rules.notImplemented("\(function)_cpu", common, name) }
    return try Elementwise.binary(kernel, x, w, "bitwise")
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) { (nil, nil) }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { s.y }
}

struct BitwiseNot: NonDifferentiableOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "bitwiseNot", "Every bit of an integer turned; of a bool the opposite.", call: "x.bitwiseNot()", formula: "-x - 1",
    derivative: "none: the result is an integer", isDifferentiable: false,
    samples: [.init("", [.init([3, 4], .index(9))]) { $0[0].bitwiseNot() }])
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    if x.dtype.isFloatingPoint { throw Rules.notImplemented("bitwise_not_cpu", x.dtype, "bitwiseNot") }
    return try Elementwise.unary(x.dtype == .bool ? CR_LOGICAL_NOT : CR_BITWISE_NOT, x)
  }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

extension Tensor {
  /// Returns the bits that are set in both integers; of bools whether both are true.
  public func bitwiseAnd(_ other: some TensorOperand) -> Tensor {
    BitwisePair(kernel: CR_BITWISE_AND, function: "bitwise_and")(self, other.operand.tensor(beside: dtype))
  }
  /// Returns the bits that are set in either integer; of bools whether either is true.
  public func bitwiseOr(_ other: some TensorOperand) -> Tensor {
    BitwisePair(kernel: CR_BITWISE_OR, function: "bitwise_or")(self, other.operand.tensor(beside: dtype))
  }
  /// Returns the bits that are set in just one integer; of bools whether just one is true.
  public func bitwiseXor(_ other: some TensorOperand) -> Tensor {
    BitwisePair(kernel: CR_BITWISE_XOR, function: "bitwise_xor")(self, other.operand.tensor(beside: dtype))
  }
  /// Returns the integers with every bit turned; of bools the opposites.
  public func bitwiseNot() -> Tensor { BitwiseNot()(self) }

  /// Returns x 2^w, with the bits beyond the type dropped; 0 where w is negative or the number of bits or more.
  public func bitwiseLeftShift(_ other: some TensorOperand) -> Tensor {
    shifted(other.operand, "lshift_cpu", "bitwiseLeftShift") { $0 * $1 }
  }
  /// Returns floor(x 2^-w); the sign alone is left where w is negative or the number of bits or more.
  public func bitwiseRightShift(_ other: some TensorOperand) -> Tensor {
    shifted(other.operand, "rshift_cpu", "bitwiseRightShift") { $0.floorDivide($1) }
  }

  private func shifted(_ other: Operand, _ kernel: String, _ operation: String, _ by: (Tensor, Tensor) -> Tensor) -> Tensor {
    let w = other.tensor(beside: dtype).detach(), x = detach()
    return orFail([self, w]) { () throws(TensorError) in
      let common = Elementwise.promoted(x, w)
      guard !common.isFloatingPoint, common != .bool else { throw Rules.notImplemented(kernel, common, operation) }
      // The highest bit's power of two is negative in types with a sign: nothing but the sign is left of a shift so far down.
      let most = common.size * 8 - (common == .uint8 || operation == "bitwiseLeftShift" ? 1 : 2)
      let a = x.to(common), n = w.to(common), isFar = (n .< 0).logicalOr(n .> most)
      let near = by(a, PowerScalar.two(to: Tensor.where(isFar, 0, n)))
      let rest = operation == "bitwiseLeftShift" ? Tensor.zeros(like: a) : -((a .< 0).to(common))
      return Tensor.where(isFar, rest, near)
    }
  }
}

extension PowerScalar {
  /// 2^n in the type of n.
  static func two(to n: Tensor) -> Tensor { Tensor.full(like: n, 2).pow(n) }
}
