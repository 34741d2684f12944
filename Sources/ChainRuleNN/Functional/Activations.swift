public import ChainRule

extension Tensor {
  /// Returns max(0, x) + min(0, alpha (e^(x / alpha) - 1)), whose derivative is continuous (Barron 2017).
  public func celu(alpha: Double = 1) -> Tensor {
    if alpha == 0 {
      refuse(
        TensorError(
          .argument, "ZeroDivisionError: alpha cannot be 0 for CELU", hint: "The curve ends at -alpha.", operation: "celu",
          shapes: [shape]))
      return self
    }
    requireReal(self, "elu_cpu", "celu")
    return Tensor.where(self .> 0, self, (clamp(max: 0.0) / alpha).expm1() * alpha)
  }

  /// Returns x where |x| > lambd, else 0.
  public func hardshrink(lambd: Double = 0.5) -> Tensor {
    requireReal(self, "hardshrink_cpu", "hardshrink")
    // What is not a number is outside no bound, and stays.
    return Tensor.where((self .>= -lambd).logicalAnd(self .<= lambd), 0, self)
  }

  /// Returns x - lambd where x > lambd, x + lambd where x < -lambd, else 0.
  public func softshrink(lambd: Double = 0.5) -> Tensor {
    requireReal(self, "softshrink_check", "softshrink")
    if !(lambd >= 0) {
      refuse(
        TensorError(
          .argument, "lambda must be greater or equal to 0, but found to be \(lambd).", hint: "It is half the width of what becomes 0.",
          operation: "softshrink", shapes: [shape]))
      return self
    }
    let outer = Tensor.where(self .> lambd, self - lambd, Tensor.where(self .< -lambd, self + lambd, 0))
    return Tensor.where(isNaN(), self, outer)
  }

  /// Returns x - tanh x.
  public func tanhshrink() -> Tensor { self - tanh() }

  /// Returns x / (1 + |x|).
  public func softsign() -> Tensor { self / (abs() + 1) }

  /// Returns x where it is above `threshold`, else `value`.
  public func threshold(_ threshold: Double, _ value: Double) -> Tensor {
    // The value takes the type of the elements.
    Tensor.where(self .<= threshold, Tensor.full([], value, dtype: dtype), self)
  }

  /// Returns x where it is positive, else a x: a is drawn evenly from [lower, upper] for each such element while training, and is
  /// their middle otherwise (Xu et al. 2015).
  ///
  /// The draws are PyTorch's for the same seed.
  public func rrelu(
    lower: Double = 1.0 / 8, upper: Double = 1.0 / 3, training: Bool = false, generator: Generator? = nil
  ) -> Tensor {
    if !(lower <= upper && lower.isFinite && upper.isFinite) {
      refuse(
        TensorError(
          .argument, "Lower bound should be less than or equal to the upper bound", hint: "They are \(lower) and \(upper).",
          operation: "rrelu", shapes: [shape]))
      return self
    }
    guard training else { return leakyRelu(negativeSlope: (lower + upper) / 2) }
    let isSloped = detach() .<= 0, count = isSloped.sum().item(as: Int.self)
    if count == 0 { return self * 1 }
    let drawn = Tensor.uniform([count], from: lower, to: upper, dtype: .float64, generator: generator).to(dtype)
    return self * Tensor.ones(like: detach()).maskedScatter(isSloped, drawn)
  }
}
