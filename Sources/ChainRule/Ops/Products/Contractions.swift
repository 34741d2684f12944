/// Products summed over several dimensions, and matrices put together of products: compositions.
enum Contractions {
  static let catalog: [OperationInfo] = [
    OperationInfo(
      "inner", "The products summed over the last dimensions of both.", call: "x.inner(w)",
      formula: "y[i, j] = sum over k of x[i, k] w[j, k]",
      derivative: "dy w for x, dy' x for w", shapes: "[a, c], [b, c] -> [a, b]",
      samples: [.init("", [.init([2, 3]), .init([4, 3])]) { $0[0].inner($0[1]) }]),
    OperationInfo(
      "vecdot", "The products summed over a dimension.", call: "x.vecdot(w)", formula: "sum over k of x[..., k] w[..., k]",
      derivative: "dy w for x, dy x for w", shapes: "[a, b], [a, b] -> [a]", takesIntegers: false,
      samples: [.init("", [.init([2, 3]), .init([3])]) { $0[0].vecdot($0[1]) }]),
    OperationInfo(
      "tensordot", "The products summed over several dimensions of both.", call: "tensordot(x, w, dims: 1)",
      formula: "y[i, j] = sum over k of x[i, k] w[k, j]", derivative: "dy w' for x, x' dy for w", shapes: "[a, b, c], [b, c, d] -> [a, d]",
      samples: [
        .init("last", [.init([2, 2, 3]), .init([2, 3, 2])]) { tensordot($0[0], $0[1]) },
        .init("chosen", [.init([2, 3]), .init([2, 4])]) { tensordot($0[0], $0[1], dims: ([0], [0])) },
      ]),
    OperationInfo(
      "kron", "The blocks that one matrix becomes where each element is multiplied by another matrix.", call: "x.kron(w)",
      formula: "y[i p + k, j q + l] = x[i, j] w[k, l]", derivative: "dy summed with w for x, with x for w",
      shapes: "[a, b], [c, d] -> [a c, b d]",
      samples: [.init("", [.init([2, 2]), .init([3])]) { $0[0].kron($0[1]) }]),
    OperationInfo(
      "cross", "The vectors at right angles to both, along a dimension of three.", call: "x.cross(w, dim: 1)",
      formula: "y[0] = x[1] w[2] - x[2] w[1], ...", derivative: "w x dy for x, dy x x for w", shapes: "[a, 3], [a, 3] -> [a, 3]",
      samples: [.init("", [.init([2, 3]), .init([3])]) { $0[0].cross($0[1], dim: -1) }]),
    OperationInfo(
      "cov", "The covariances of the rows of a matrix, weighted where weights are given.", call: "x.cov()",
      formula: "sum over k of (x[i, k] - m[i]) (x[j, k] - m[j])/(n - c)", derivative: "(dy + dy') (x - m)/(n - c)",
      shapes: "[a, n] -> [a, a]",
      samples: [.init("", [.init([2, 4])]) { $0[0].cov() }]),
    OperationInfo(
      "corrcoef", "The correlations of the rows of a matrix.", call: "x.corrcoef()", formula: "c[i, j]/sqrt(c[i, i] c[j, j])",
      derivative: "as of cov and the quotient", shapes: "[a, n] -> [a, a]",
      samples: [.init("", [.init([2, 4])]) { $0[0].corrcoef()[0, 1] as Tensor }]),
    OperationInfo(
      "cdist, pdist", "The distance of every row of one to every row of the other (of itself, each pair once).", call: "cdist(x, w)",
      formula: "y[i, j] = norm(x[i] - w[j])", derivative: "as of norm", shapes: "[a, c], [b, c] -> [a, b]",
      takesIntegers: false,
      samples: [
        .init("", [.init([2, 3], .interval(0, 1)), .init([4, 3], .interval(2, 3))]) { cdist($0[0], $0[1]) },
        .init("p", [.init([2, 3], .interval(0, 1)), .init([2, 3], .interval(2, 3))]) { cdist($0[0], $0[1], p: 3) },
        .init("itself", [.init([3, 2], .distinct)]) { $0[0].pdist() },
      ]),
    OperationInfo(
      "renorm", "Slices brought to a norm of at most so much.", call: "x.renorm(2, dim: 0, maxnorm: 1)",
      formula: "x m/norm(x) where that is above m",
      derivative: "as of the quotient where it is above, else 1", shapes: "unchanged", takesIntegers: false,
      samples: [.init("", [.init([3, 4], .nonzero)]) { $0[0].renorm(2, dim: 0, maxnorm: 0.5) }]),
    OperationInfo(
      "vander", "The powers of each element, side by side.", call: "x.vander(4)", formula: "y[..., k] = x^k", derivative: "k x^(k - 1)",
      shapes: "[a] -> [a, n]", samples: [.init("", [.init([3], .nonzero)]) { $0[0].vander(4) }]),
  ]
}

extension Tensor {
  /// Returns the products summed over the last dimensions of both; with a number the product.
  public func inner(_ other: Tensor) -> Tensor {
    if rank == 0 || other.rank == 0 { return self * other }
    guard size(rank - 1) == other.size(other.rank - 1) else {
      return fail(
        TensorError(
          .shape,
          "inner() the last dimension must match on both input tensors but got shapes \(shape) and \(other.shape)",
          hint: "Transpose one.", operation: "inner"
        ).describing([self, other]))
    }
    return tensordot(self, other, dims: ([-1], [-1]))
  }

  /// Returns the products summed over a dimension; both tensors broadcast.
  public func vecdot(_ other: Tensor, dim: Int = -1) -> Tensor {
    orFail([self, other]) { () throws(TensorError) in
      guard dtype.isFloatingPoint else {
        throw TensorError(
          .dtype, "linalg.vecdot: Expected a floating point or complex tensor as input. Got \(dtype.scalarTypeName)",
          hint: "Convert first: x.to(.float32).", operation: "vecdot")
      }
      guard dtype == other.dtype else {
        throw TensorError(
          .dtype,
          "linalg.vecdot: Expected x and y to have the same dtype, but found x of type \(dtype.scalarTypeName) and y of type "
            + "\(other.dtype.scalarTypeName) instead", hint: "Convert one with to(_:).", operation: "vecdot")
      }
      return (self * other).sum(dim: dim)
    }
  }

  /// Returns the Kronecker product: each element of this tensor becomes a block, `other` times it.
  public func kron(_ other: Tensor) -> Tensor {
    orFail([self, other]) { () throws(TensorError) in
      let n = Swift.max(rank, other.rank)
      func full(_ t: Tensor) -> [Int] { Array(repeating: 1, count: n - t.rank) + t.shape }
      let a = full(self), b = full(other)
      var sizes: [Int] = []
      for (x, y) in zip(a, b) { sizes.append(try Sizes.product(x, y)) }
      if 2 * n > Shape.mostDimensions { throw Rules.tooManyDimensions(2 * n) }
      return (reshaped(a.flatMap { [$0, 1] }) * other.reshaped(b.flatMap { [1, $0] })).reshaped(sizes)
    }
  }

  /// Returns the vectors at right angles to both, along a dimension of three; both tensors broadcast.
  public func cross(_ other: Tensor, dim: Int = -1) -> Tensor {
    orFail([self, other]) { () throws(TensorError) in
      let shape = try Elementwise.broadcastShape(self, other, "cross").array
      let d = try Dims.wrapped(dim, shape.count, "cross")
      guard !shape.isEmpty, shape[d] == 3, rank > 0, other.rank > 0 else {
        throw TensorError(
          .shape, "linalg.cross: inputs dimension \(dim) must have length 3. Got \(shape.isEmpty ? 1 : shape[d])",
          hint: "A cross product is one of vectors in space.", operation: "cross")
      }
      try Rules.refuseBool(self, "\"cross\" not implemented for 'Bool'", "cross")
      try Rules.requireScalarType(dtype, of: other, "cross")
      let x = expanded(shape), w = other.expanded(shape)
      func turned(_ t: Tensor, _ n: Int) -> Tensor { t.roll(-n, dim: d) }
      return turned(x, 1) * turned(w, 2) - turned(x, 2) * turned(w, 1)
    }
  }

  /// Returns the covariances of the rows of this matrix; of a vector its variance.
  ///
  /// - Parameters:
  ///   - correction: how much less than the number of observations is divided by.
  ///   - fweights: how often each column was observed, integers.
  ///   - aweights: how much each column counts.
  public func cov(correction: Int = 1, fweights: Tensor? = nil, aweights: Tensor? = nil) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      func refusal(_ message: String) -> TensorError {
        TensorError(.argument, message, hint: "Rows are variables, columns observations.", operation: "cov")
      }
      guard rank < 3 else {
        throw refusal("cov(): expected input to have two or fewer dimensions but got an input with \(rank) dimensions")
      }
      guard dtype != .bool else { throw refusal("cov(): bool dtype is not supported for input") }
      let x = (rank < 2 ? reshaped(1, -1) : self).to(dtype.isFloatingPoint ? dtype : defaultDType), n = x.size(1)
      if let fweights, fweights.dtype.isFloatingPoint || fweights.dtype == .bool {
        throw refusal("cov(): expected fweights to have integral dtype but got fweights with \(fweights.dtype.scalarTypeName) dtype")
      }
      if let aweights, !aweights.dtype.isFloatingPoint {
        throw refusal("cov(): expected aweights to have floating point dtype but got aweights with \(aweights.dtype.scalarTypeName) dtype")
      }
      for (name, weights) in [("fweights", fweights), ("aweights", aweights)] {
        if let weights, weights.rank > 1 || weights.count != n {
          throw refusal("cov(): expected \(name) to have one element for each of the \(n) observations, but got shape \(weights.shape)")
        }
      }
      for (name, weights) in [("fweights", fweights), ("aweights", aweights)] {
        if let weights, weights.count > 0, (weights.detach() .< 0).any().item(as: Bool.self) {
          throw refusal("cov(): \(name) cannot be negative")
        }
      }
      var weights = fweights?.detach().reshaped(-1)
      if let aweights { weights = weights.map { $0.to(aweights.dtype) * aweights.reshaped(-1) } ?? aweights.reshaped(-1) }
      // In the weights' own type, as in PyTorch.
      let w = weights, total = w?.sum() ?? Tensor.full([], Double(n), dtype: x.dtype)
      if let total = w?.detach().sum(), w?.count != 0, (total .== 0).item(as: Bool.self) {
        throw refusal("cov(): weights sum to zero, can't be normalized")
      }
      let mean = (w.map { x * $0 } ?? x).sum(dim: 1, keepDim: true) / total
      // How much of the weight the degrees of freedom are: with weights by importance the sum of their squares counts.
      var freedom = total - Double(correction)
      if let aweights, let w { freedom = total - (w * aweights.reshaped(-1)).sum() / total * Double(correction) }
      let deviation = x - mean
      let sums = (w.map { deviation * $0 } ?? deviation).matmul(deviation.T)
      let result = sums / freedom.clamp(min: 0)
      return x.size(0) == 1 ? result.reshaped([]) : result
    }
  }

  /// Returns the correlations of the rows of this matrix, between -1 and 1; of a vector 1.
  public func corrcoef() -> Tensor {
    // In double precision: of two observations what is left of the derivatives is rounding.
    let c = (dtype == .float32 ? to(.float64) : self).cov()
    if c.rank == 0 { return (c / c).to(dtype.isFloatingPoint ? dtype : defaultDType) }
    let deviation = c.diagonal().sqrt(), y = c / deviation.unsqueezed(1) / deviation.unsqueezed(0)
    return y.clamp(min: -1, max: 1).to(dtype.isFloatingPoint ? dtype : defaultDType)
  }

  /// Returns the distances of each pair of rows of this matrix, in the order (0, 1), (0, 2), ..., (1, 2), ...
  public func pdist(p: Double = 2) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      guard rank == 2 else {
        throw TensorError(.shape, "pdist only supports 2D tensors, got: \(rank)D", hint: "Rows are points.", operation: "pdist")
      }
      try Distances.check(self, self, p, "pdist")
      let pairs = Tensor.arange(size(0)).combinations(2)
      func side(_ i: Int) -> Tensor { indexSelect(dim: 0, index: pairs.select(dim: 1, index: i)) }
      return (side(0) - side(1)).norm(p, dim: 1)
    }
  }

  /// Returns the tensor with each slice of `dim` whose p-norm is above `maxnorm` brought to that.
  public func renorm(_ p: Double, dim: Int, maxnorm: Double) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "renorm")
      guard p > 0, maxnorm >= 0, rank > 1 else {
        throw TensorError(
          .argument,
          rank > 1
            ? "renorm: expected \(p > 0 ? "maxnorm to be >= 0 but got \(maxnorm)" : "non-negative-norm, p is \(p)")"
            : "renorm: input needs at least 2 dimensions, got \(rank) dimensions", hint: "Slices of a dimension are measured.",
          operation: "renorm")
      }
      try Rules.refuseIntegers(self, "renorm_cpu", "renorm")
      let length = norm(p, dim: (0..<rank).filter { $0 != d }, keepDim: true), isLong = length .> maxnorm
      return self * Tensor.where(isLong, maxnorm / (length + 1e-7), 1)
    }
  }

  /// Returns the powers 0 to n - 1 of each element, side by side; as many as the last dimension has elements where `n` is not given.
  public func vander(_ n: Int? = nil) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let x = dtype == .bool ? to(.int64) : self, count = n ?? (rank == 0 ? 1 : size(rank - 1))
      guard count > 1, n == nil || rank >= 0 else {
        throw TensorError(.argument, "N must be greater than 1.", hint: "It is \(count).", operation: "vander")
      }
      let ones = Tensor.ones(x.shape + [1], dtype: x.dtype)
      let repeated = x.atleast1d().unsqueezed(-1).expanded((rank == 0 ? [1] : shape) + [count - 1])
      return cat([rank == 0 ? ones.unsqueezed(0) : ones, repeated.cumprod(dim: -1)], dim: -1)
    }
  }
}

/// Returns the products summed over the last `dims` dimensions of `x` and the first of `w`.
public func tensordot(_ x: Tensor, _ w: Tensor, dims: Int = 2) -> Tensor {
  guard dims >= 0, dims <= x.rank, dims <= w.rank else {
    return fail(
      TensorError(
        .argument, "tensordot expects dims >= 0 and at most the tensors' dimensions, but got dims=\(dims)",
        hint: "They have \(x.rank) and \(w.rank) dimensions.", operation: "tensordot"
      ).describing([x, w]))
  }
  return tensordot(x, w, dims: (Array((x.rank - dims)..<x.rank), Array(0..<dims)))
}

/// Returns the products summed over the pairs of dimensions given: `dims.0[i]` of `x` with `dims.1[i]` of `w`.
public func tensordot(_ x: Tensor, _ w: Tensor, dims: ([Int], [Int])) -> Tensor {
  orFail([x, w]) { () throws(TensorError) in
    guard dims.0.count == dims.1.count else {
      throw TensorError(
        .argument, "both dimension lists should have same length", hint: "They pair dimensions.", operation: "tensordot")
    }
    let a = dims.0.isEmpty ? [] : try Dims.wrapped(dims.0, x.rank, "tensordot")
    let b = dims.1.isEmpty ? [] : try Dims.wrapped(dims.1, w.rank, "tensordot")
    // A size of 1 meets any other, which is summed.
    var x = x, w = w
    for (i, j) in zip(a, b) where x.size(i) != w.size(j) {
      if x.size(i) == 1 {
        w = w.sum(dim: j, keepDim: true).to(w.dtype)
      } else if w.size(j) == 1 {
        x = x.sum(dim: i, keepDim: true).to(x.dtype)
      }
    }
    for (i, j) in zip(a, b) where x.size(i) != w.size(j) {
      throw TensorError(
        .shape,
        "contracted dimensions need to match, but first has size \(x.size(i)) in dim \(i) and second has size \(w.size(j)) in dim \(j)",
        hint: "Name pairs of one size.", operation: "tensordot")
    }
    let keptX = (0..<x.rank).filter { !a.contains($0) }, keptW = (0..<w.rank).filter { !b.contains($0) }
    let inner = a.map { x.size($0) }.reduce(1, *)
    let left = x.permuted(keptX + a).reshaped([keptX.map { x.size($0) }.reduce(1, *), inner])
    let right = w.permuted(b + keptW).reshaped([inner, keptW.map { w.size($0) }.reduce(1, *)])
    return left.matmul(right).reshaped(keptX.map { x.size($0) } + keptW.map { w.size($0) })
  }
}

/// Returns the p-norm of the difference of every row of `x` and every row of `w`; what is before the last two dimensions broadcasts.
public func cdist(_ x: Tensor, _ w: Tensor, p: Double = 2) -> Tensor {
  orFail([x, w]) { () throws(TensorError) in
    guard x.rank > 1, w.rank > 1, x.size(x.rank - 1) == w.size(w.rank - 1) else {
      throw TensorError(
        .shape,
        x.rank > 1 && w.rank > 1
          ? "X1 and X2 must have the same number of columns. X1: \(x.size(x.rank - 1)) X2: \(w.size(w.rank - 1))"
          : "cdist only supports at least 2D tensors, X\(x.rank > 1 ? 2 : 1) got: \(x.rank > 1 ? w.rank : x.rank)D",
        hint: "Rows are points of one space.", operation: "cdist")
    }
    try Distances.check(x, w, p, "cdist")
    try Rules.requireScalarType(x.dtype, of: w, "cdist")
    return (x.unsqueezed(-2) - w.unsqueezed(-3)).norm(p, dim: -1)
  }
}

private enum Distances {
  static func check(_ x: Tensor, _ w: Tensor, _ p: Double, _ operation: String) throws(TensorError) {
    guard x.dtype.isFloatingPoint, w.dtype.isFloatingPoint else {
      throw TensorError(
        .dtype, "\(operation) only supports floating-point dtypes, X1 got: \(x.dtype.scalarTypeName)",
        hint: "Convert first: x.to(.float32).",
        operation: operation)
    }
    if operation == "cdist", let narrow = [x, w].map(\.dtype).first(where: \.isNarrow) {
      throw Rules.notImplemented("cdist", narrow, operation)
    }
    guard p >= 0 else {
      throw TensorError(
        .argument, "\(operation) only supports non-negative p values", hint: "It is \(p).", operation: operation)
    }
  }
}
