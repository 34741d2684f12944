/// Sums of a tensor and something scaled: compositions.
enum Blending {
  static let catalog: [OperationInfo] = [
    OperationInfo(
      "lerp", "The point on the way from one tensor to another; the weight is a number or a tensor.", call: "x.lerp(w, 0.4)",
      formula: "x + c (w - x)", derivative: "1 - c for x, c for w, w - x for c", shapes: "broadcast", takesIntegers: false,
      samples: [
        .init("number", [.init([3, 4]), .init([4])]) { $0[0].lerp($0[1], 0.4) },
        .init("tensor", [.init([3, 4]), .init([3, 1]), .init([4], .avoiding([0.5], gap: 0.05, 0, 1))]) { $0[0].lerp($0[1], $0[2]) },
      ]),
    OperationInfo(
      "addcmul", "A tensor plus the product of two others, scaled.", call: "x.addcmul(w, b, value: 0.5)", formula: "x + c w b",
      derivative: "1 for x, c b for w, c w for b", shapes: "broadcast",
      samples: [.init("", [.init([3, 4]), .init([4]), .init([3, 1])]) { $0[0].addcmul($0[1], $0[2], value: 2) }]),
    OperationInfo(
      "addcdiv", "A tensor plus the quotient of two others, scaled.", call: "x.addcdiv(w, b, value: 0.5)", formula: "x + c w/b",
      derivative: "1 for x, c/b for w, -c w/b^2 for b", shapes: "broadcast", takesIntegers: false,
      samples: [.init("", [.init([3, 4]), .init([4]), .init([3, 1], .nonzero)]) { $0[0].addcdiv($0[1], $0[2], value: 2) }]),
  ]
}

extension Tensor {
  /// Returns the points on the way to `end`: x + weight (end - x), for a weight that is a number or a tensor.
  ///
  /// From weight 0.5 on it is computed from the end, so that weight 1 gives exactly `end`.
  public func lerp(_ end: Tensor, _ weight: some TensorOperand) -> Tensor {
    orFail([self, end]) { () throws(TensorError) in
      guard dtype == end.dtype else {
        throw TensorError(
          .dtype, "expected dtype \(dtype.elementTypeName) for `end` but got dtype \(end.dtype.elementTypeName)",
          hint: "Convert one with to(.\(dtype.name)).", operation: "lerp")
      }
      try Rules.refuseIntegers(self, "lerp_kernel", "lerp")
      let way = end - self
      switch weight.operand.value {
      case .scalar(let c):
        return c.real.magnitude < 0.5 ? self + way * c.real : end - way * (1 - c.real)
      case .tensor(let w):
        guard w.dtype == dtype else {
          throw TensorError(
            .dtype, "expected dtype \(dtype.elementTypeName) for `weight` but got dtype \(w.dtype.elementTypeName)",
            hint: "Convert the weight with to(.\(dtype.name)).", operation: "lerp")
        }
        return Tensor.where(w.abs() .< 0.5, self + w * way, end - way * (1 - w))
      }
    }
  }

  /// Returns x + value (a b), element by element; integers take an integer `value`.
  public func addcmul(_ a: Tensor, _ b: Tensor, value: some TensorScalar = 1) -> Tensor {
    self + MultiplyScalar.unlessOne(value.scalar, a * b)
  }

  /// Returns x + value (a / b), element by element; refused for integers.
  public func addcdiv(_ a: Tensor, _ b: Tensor, value: some TensorScalar = 1) -> Tensor {
    if !a.dtype.isFloatingPoint, !b.dtype.isFloatingPoint {
      return fail(
        TensorError(
          .dtype,
          "Integer division with addcdiv is no longer supported, and in a future release addcdiv will perform a true division of tensor1 "
            + "and tensor2.",
          hint: "Convert to a floating-point type first.", operation: "addcdiv"
        ).describing([self, a, b]))
    }
    return self + MultiplyScalar.unlessOne(value.scalar, a / b)
  }
}

extension MultiplyScalar {
  /// `x` times a number, which need not be done for 1.
  static func unlessOne(_ c: Scalar, _ x: Tensor) -> Tensor { c.real == 1 ? x : MultiplyScalar(scalar: c)(x) }
}
