import CKernels

/// Running sums of exponentials.
enum LogCumulative {
  static let catalog: [OperationInfo] = [LogCumulativeSum.info]
}

struct LogCumulativeSum: UnaryOperation {
  static let info = OperationInfo(
    "logcumsumexp", "The logarithm of the sums of exponentials up to each element, without overflow.", call: "x.logcumsumexp(dim: 1)",
    formula: "y[i] = ln(e^x[0] + ... + e^x[i])", derivative: "dy[j]/dx[i] = e^(x[i] - y[j]) for i <= j", shapes: "unchanged",
    takesIntegers: false,
    samples: [.init("", [.init([3, 4])]) { $0[0].logcumsumexp(dim: 1) }, .init("0-dim", [.init([])]) { $0[0].logcumsumexp(dim: 0) }])
  let dim: Int
  var nodeName: String { "LogcumsumexpBackward0" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)")] }
  var saves: Saves { [.x, .y] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    try Rules.refuseIntegers(x, "logcumsumexp_out_cpu", "logcumsumexp")
    return try Product.accumulate(CR_LOGCUMSUMEXP, x, dim: dim)
  }

  /// The running sums of d e^exponent, forwards or back, times e^`outer`. The positive and the negative part are summed as logarithms, so
  /// that nothing overflows on the way.
  private func weighted(_ d: Tensor, _ exponent: Tensor, _ outer: Tensor, reversed: Bool) -> Tensor {
    if d.rank == 0 { return d * (exponent + outer).exp() }
    func part(_ isOfSign: Tensor, _ d: Tensor) -> Tensor {
      let none = d.dtype == .float32 ? -Double(Float.greatestFiniteMagnitude) : -Double.greatestFiniteMagnitude
      let logarithm = Tensor.where(isOfSign, Tensor.where(isOfSign, d, 1).log(), none) + exponent
      let sums = reversed ? logarithm.flip(dim).logcumsumexp(dim: dim).flip(dim) : logarithm.logcumsumexp(dim: dim)
      return (sums + outer).exp()
    }
    return part(d .> 0, d) - part(d .< 0, -d)
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { weighted(dy, -s.y, s.x, reversed: true) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { weighted(dx, s.x, -s.y, reversed: false) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { x.rank == 1 ? x : LogCumulativeSum(dim: dim + 1)(x) }
}

extension Tensor {
  /// Returns the logarithms of the sums of exponentials of a dimension up to each element.
  public func logcumsumexp(dim: Int) -> Tensor {
    orFail([self]) { () throws(TensorError) in LogCumulativeSum(dim: try Dims.wrapped(dim, rank, "logcumsumexp"))(self) }
  }
}
