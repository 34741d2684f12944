import CKernels

/// Softmax and its logarithm.
enum SoftmaxFamily {
  static let catalog: [OperationInfo] = [Softmax.info, LogSoftmax.info] + composed
}

struct Softmax: SoftmaxOperation {
  static let info = OperationInfo(
    "softmax", "Positive weights along a dimension that sum to 1.", call: "x.softmax(dim: 1)", formula: "e^x / sum e^x",
    derivative: "y (dy - sum(dy y))", shapes: "unchanged",
    takesIntegers: false, samples: OperationSample.alongDim { $0.softmax(dim: $1) })
  let dim: Int
  var nodeName: String { "SoftmaxBackward0" }
  var saves: Saves { .y }
  func compute(_ x: TensorBox, _ out: TensorBox) { cr_softmax(x.c, Int32(dim), out.c) }
  func at(_ dim: Int) -> Softmax { Softmax(dim: dim) }

  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor {
    fused(dy, s.y) { cr_softmax_backward($0.c, $1.c, Int32(dim), $2.c) } ?? jvp(dy, s)
  }
  /// The Jacobian diag(y) - y y' is symmetric, so the tangent rule is the gradient rule.
  ///
  /// As the weights sum to 1, their mean can be taken off twice: where one weight is nearly 1 it and the first mean cancel, and the second
  /// holds the digits that rounding took.
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor {
    func centered(_ t: Tensor) -> Tensor { t - (t * s.y).sum(dim: dim, keepDim: dx.rank > 0) }
    return centered(centered(dx)) * s.y
  }
}

struct LogSoftmax: SoftmaxOperation {
  static let info = OperationInfo(
    "logSoftmax", "The logarithm of softmax, without overflow.", call: "x.logSoftmax(dim: 1)", formula: "x - ln sum e^x",
    derivative: "dy - e^y sum(dy)",
    shapes: "unchanged", takesIntegers: false, samples: OperationSample.alongDim { $0.logSoftmax(dim: $1) })
  let dim: Int
  var nodeName: String { "LogSoftmaxBackward0" }
  var saves: Saves { .y }
  func compute(_ x: TensorBox, _ out: TensorBox) { cr_log_softmax(x.c, Int32(dim), out.c) }
  func at(_ dim: Int) -> LogSoftmax { LogSoftmax(dim: dim) }

  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor {
    fused(dy, s.y) { cr_log_softmax_backward($0.c, $1.c, Int32(dim), $2.c) }
      ?? dy - s.y.exp() * dy.sum(dim: dim, keepDim: dy.rank > 0)
  }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { dx - (dx * s.y.exp()).sum(dim: dim, keepDim: dx.rank > 0) }
}

/// What softmax and log-softmax share.
protocol SoftmaxOperation: UnaryOperation {
  var dim: Int { get }
  func compute(_ x: TensorBox, _ out: TensorBox)
  func at(_ dim: Int) -> Self
}

extension SoftmaxOperation {
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)")] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    guard x.dtype.isFloatingPoint else { throw Rules.notImplemented("softmax_lastdim_kernel_impl", x.dtype, "softmax") }
    let out = try TensorBox.uninitialized(like: x.box, x.box.dtype)
    compute(x.box, out)
    return Tensor(out)
  }

  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    // One 0-dimensional element is a softmax over one value.
    x.rank == 1 ? at(1)(x.unsqueezed(1)).squeezed(1) : at(dim + 1)(x)
  }

  /// The gradient in one pass, where nothing records or transforms it.
  func fused(_ dy: Tensor, _ y: Tensor, _ kernel: (TensorBox, TensorBox, TensorBox) -> Void) -> Tensor? {
    guard isPlain(dy, y) else { return nil }
    let a = dy.bare, b = y.bare
    guard a.dtype == b.dtype else { return nil }
    guard let out = try? TensorBox.uninitialized(like: b.box, b.box.dtype) else { return nil }
    kernel(a.box, b.box, out)
    return Tensor(out)
  }
}

struct LogSumExp: UnaryOperation {
  static let info = OperationInfo(
    "logsumexp", "The logarithm of the sum of exponentials, without overflow.", call: "x.logsumexp(dim: 1)", formula: "ln sum e^x",
    derivative: "e^(x - y)",
    shapes: "[a, b] -> [a]",
    samples: OperationSample.reductions(.real, empty: false) {
      $0.logsumexp(dim: 0)
    } dim: {
      $0.logsumexp(dim: $1, keepDim: $2)
    })
  let over: ReducedDims
  var nodeName: String { "LogsumexpBackward0" }
  var attributes: [(name: String, value: String)] { over.attributes }
  var saves: Saves { [.x, .y] }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let input = x.dtype.isFloatingPoint ? x : try x.converted(to: defaultDType)
    return try over.reduce(CR_LOGSUMEXP, input, input.box.dtype)
  }
  private func weights(_ s: Saved) -> Tensor { (s.x - over.spread(s.y, over: s.x.internalShape)).exp() }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { over.spread(dy, over: s.x.internalShape) * weights(s) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { (dx * weights(s)).sum(dim: over.dims, keepDim: over.keepDim) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    if x.rank == 1 { return x }
    return LogSumExp(over: over.behindBatch(x.rank - 1))(x)
  }
}

extension Tensor {
  /// Returns e^x / sum e^x along a dimension, computed in `dtype` where one is given.
  public func softmax(dim: Int, dtype: DType? = nil) -> Tensor {
    orFail([self]) { () throws(TensorError) in Softmax(dim: try Dims.wrapped(dim, rank, "softmax"))(dtype.map(to) ?? self) }
  }
  /// Returns ln softmax along a dimension, without overflow, computed in `dtype` where one is given.
  public func logSoftmax(dim: Int, dtype: DType? = nil) -> Tensor {
    orFail([self]) { () throws(TensorError) in LogSoftmax(dim: try Dims.wrapped(dim, rank, "logSoftmax"))(dtype.map(to) ?? self) }
  }
  /// Returns softmax of the negative along a dimension, computed in `dtype` where one is given.
  public func softmin(dim: Int, dtype: DType? = nil) -> Tensor { (-self).softmax(dim: dim, dtype: dtype) }
  /// Returns ln sum e^x along a dimension, without overflow.
  public func logsumexp(dim: Int, keepDim: Bool = false) -> Tensor { logsumexp(dim: [dim], keepDim: keepDim) }
  /// Returns ln sum e^x along several dimensions, without overflow.
  public func logsumexp(dim: [Int], keepDim: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      LogSumExp(over: ReducedDims(dims: try Dims.wrapped(dim, rank, "logsumexp"), keepDim: keepDim))(self)
    }
  }
}

extension SoftmaxFamily {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "softmin", "The softmax of the negative along a dimension.", call: "x.softmin(dim: 1)", formula: "e^-x/sum e^-x",
      derivative: "-y (dy - sum dy y)", shapes: "[a, b] -> [a, b]", takesIntegers: false,
      samples: OperationSample.alongDim { $0.softmin(dim: $1) })
  ]
}
