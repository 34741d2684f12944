/// Two reductions at once, and counts of values in bins: compositions.
enum Summaries {
  static let catalog: [OperationInfo] = [
    OperationInfo(
      "aminmax", "The smallest and the largest, of all or along a dimension.", call: "x.aminmax(dim: 1)", formula: "min x, max x",
      derivative: "1/k at each of k extreme ones, else 0", shapes: "[a, b] -> [a] and [a]",
      samples: [.init("", [.init([3, 4], .distinct)]) { $0[0].aminmax(dim: 1).max }]),
    OperationInfo(
      "varMean, stdMean", "The variance (standard deviation) and the mean, over all or some dimensions.", call: "x.varMean(dim: [1])",
      formula: "var x, mean x", derivative: "as of var and mean", shapes: "[a, b] -> [a] and [a]", takesIntegers: false,
      samples: [
        .init("variance", [.init([3, 4])]) { x in
          let both = x[0].varMean(dim: [1])
          return both.var * both.mean
        },
        .init("deviation", [.init([3, 4])]) { $0[0].stdMean().std },
      ]),
    OperationInfo(
      "histc, histogram", "How many elements lie in each of equal bins, or between given edges.", call: "x.histc(4, min: 0, max: 1)",
      formula: "the number of x in each bin, the last one with its upper edge", derivative: "none: the result counts",
      shapes: "[...] -> [bins]", isDifferentiable: false, takesIntegers: false,
      samples: [
        .init("equal", [.init([3, 4])]) { $0[0].histc(4, min: -1, max: 1) },
        .init("edges", [.init([6])]) { $0[0].histogram(Tensor([-1.0, 0, 0.5, 2], dtype: .float64)).hist },
      ]),
    OperationInfo(
      "bincount", "How often each integer occurs, or the sum of its weights.", call: "x.bincount()", formula: "y[i] = count of x = i",
      derivative: "none: the result counts", shapes: "[n] -> [max x + 1]", isDifferentiable: false, isMappable: false,
      samples: [.init("", [.init([6], .index(4))]) { $0[0].bincount() }]),
  ]
}

extension Tensor {
  /// Returns the smallest and the largest element, of all or along a dimension; several that are equal share the gradient.
  public func aminmax(dim: Int? = nil, keepDim: Bool = false) -> (min: Tensor, max: Tensor) {
    let dims = dim.map { [$0] } ?? []
    return (amin(dim: dims, keepDim: keepDim), amax(dim: dims, keepDim: keepDim))
  }

  /// Returns the variances and the means over several dimensions; an empty list means all.
  public func varMean(dim: [Int] = [], correction: Double = 1, keepDim: Bool = false) -> (var: Tensor, mean: Tensor) {
    (self.var(dim: dim, correction: correction, keepDim: keepDim), mean(dim: dim, keepDim: keepDim))
  }

  /// Returns the standard deviations and the means over several dimensions; an empty list means all.
  public func stdMean(dim: [Int] = [], correction: Double = 1, keepDim: Bool = false) -> (std: Tensor, mean: Tensor) {
    (std(dim: dim, correction: correction, keepDim: keepDim), mean(dim: dim, keepDim: keepDim))
  }

  /// Returns how many elements lie in each of `bins` equal parts of [min, max]; of the elements' own range where both are 0.
  ///
  /// The upper bound belongs to the last bin; elements outside and NaN are not counted.
  public func histc(_ bins: Int = 100, min: Double = 0, max: Double = 0) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let x = try binnable(bins, "histc"), (low, high) = try x.range(min, max, widenedBy: 1, "histc")
      return x.binned(((x - low) * Double(bins) / (high - low)).floor(), bins, low, high, nil)
    }
  }

  /// Returns the elements counted, or their weights summed, in `bins` equal parts of a range, by default the elements' own, and the edges.
  ///
  /// - Parameters:
  ///   - bins: how many parts there are.
  ///   - range: from where to where they go.
  ///   - weight: what each element counts, in the tensor's shape; 1 where not given.
  ///   - density: whether the result is a density, whose integral is 1.
  public func histogram(_ bins: Int, range: ClosedRange<Double>? = nil, weight: Tensor? = nil, density: Bool = false)
    -> (hist: Tensor, binEdges: Tensor)
  {
    do throws(TensorError) {
      let x = try binnable(bins, "histogram")
      let (low, high) = try x.range(range?.lowerBound ?? 0, range?.upperBound ?? 0, widenedBy: 0.5, "histogram")
      let steps = Tensor.arange(try Sizes.sum(bins, 1)).to(dtype) / Double(bins)
      // Each half from its own end, so that both ends are exact.
      let edges = Tensor.where(steps .< 0.5, low + (high - low) * steps, high - (high - low) * (1 - steps))
      return try x.histogram(edges, weight, density)
    } catch {
      return (fail(error.describing([self])), .poison)
    }
  }

  /// Returns the elements counted, or their weights summed, between rising edges, and those edges.
  public func histogram(_ edges: Tensor, weight: Tensor? = nil, density: Bool = false) -> (hist: Tensor, binEdges: Tensor) {
    do throws(TensorError) {
      guard edges.rank == 1, edges.count > 1, edges.dtype == dtype else {
        throw TensorError(
          .shape, "torch.histogramdd(): bins tensor should have the same dtype as input, one dimension and two elements or more",
          hint: "It has shape \(edges.shape) and type \(edges.dtype.name).", operation: "histogram")
      }
      return try binnable(edges.count - 1, "histogram").histogram(edges.detach(), weight, density)
    } catch {
      return (fail(error.describing([self, edges])), .poison)
    }
  }

  private func histogram(_ edges: Tensor, _ weight: Tensor?, _ density: Bool) throws(TensorError) -> (hist: Tensor, binEdges: Tensor) {
    if let weight, weight.count != count || weight.dtype != dtype {
      throw TensorError(
        .shape, "torch.histogramdd(): if weight tensor is provided it should have the same shape and type as the input tensor",
        hint: "There are \(count) elements and \(weight.count) weights.", operation: "histogram")
    }
    let bins = edges.count - 1, low = edges.select(dim: 0, index: 0), high = edges.select(dim: 0, index: bins)
    let place = (searchsorted(edges, self, right: true) - 1).to(dtype)
    let hist = binned(place, bins, low, high, weight?.detach().flattened())
    if !density { return (hist, edges) }
    return (hist / hist.sum() / (edges.narrow(dim: 0, start: 1, count: bins) - edges.narrow(dim: 0, start: 0, count: bins)), edges)
  }

  private func binnable(_ bins: Int, _ operation: String) throws(TensorError) -> Tensor {
    try Rules.refuseIntegers(self, "\(operation)_cpu", operation)
    guard bins > 0 else {
      throw TensorError(
        .argument, "torch.\(operation)(): bins must be > 0, but got \(bins)", hint: "Count in one bin or more.", operation: operation)
    }
    return detach().flattened()
  }

  /// The bounds, of the elements where they are not given; a range of one number is widened on both sides.
  private func range(_ min: Double, _ max: Double, widenedBy width: Double, _ operation: String) throws(TensorError) -> (Tensor, Tensor) {
    let isOwn = min == max && count > 0, max = min == max && count == 0 && width < 1 ? min + 1 : max
    var low = isOwn ? self.min() : Tensor.full([], min, dtype: dtype), high = isOwn ? self.max() : Tensor.full([], max, dtype: dtype)
    if !isOwn || !(low.box.flags.contains(.wrapped)) {
      let (a, b) = (low.item(), high.item())
      guard a.isFinite, b.isFinite, a <= b else {
        throw TensorError(
          .argument,
          a <= b || a.isNaN || b.isNaN
            ? "torch.\(operation)(): range of [\(Rules.short(a)), \(Rules.short(b))] is not finite"
            : "torch.\(operation)(): max must be larger than min",
          hint: "Give bounds that are numbers, the lower one first.", operation: operation)
      }
    }
    let isPoint = low .== high
    (low, high) = (Tensor.where(isPoint, low - width, low), Tensor.where(isPoint, high + width, high))
    return (low, high)
  }

  /// A count, or a sum of weights, for each bin, given for each element its bin.
  private func binned(_ place: Tensor, _ bins: Int, _ low: Tensor, _ high: Tensor, _ weight: Tensor?) -> Tensor {
    let isInside = (self .>= low).logicalAnd(self .<= high)
    let index = Tensor.where(isInside, place, 0).clamp(min: 0, max: bins - 1).to(.int64)
    let ones = weight ?? Tensor.ones([], dtype: dtype)
    return Tensor.zeros([bins], dtype: dtype).scatterAdd(dim: 0, index: index, source: Tensor.where(isInside, ones, 0))
  }

  /// Returns how often each of 0, 1, ... occurs among the integers of a vector, or the sum of their weights.
  ///
  /// - Parameters:
  ///   - weights: one for each element; the result has their type, else int64.
  ///   - minlength: the least length of the result.
  public func bincount(weights: Tensor? = nil, minlength: Int = 0) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      func refusal(_ message: String, _ hint: String) -> TensorError {
        TensorError(.argument, message, hint: hint, operation: "bincount")
      }
      guard dtype == .int64 || dtype == .int32 || dtype == .uint8 else {
        throw Rules.notImplemented("bincount_cpu", dtype, "bincount")
      }
      guard minlength >= 0 else { throw refusal("minlength should be >= 0", "It is \(minlength).") }
      guard rank == 1 else {
        throw refusal("bincount only supports 1-d non-negative integral inputs.", "Flatten it with flattened().")
      }
      if let weights, weights.shape != shape {
        throw refusal("weights should be 1-d and have the same length as input", "There are \(count) elements.")
      }
      let x = detach().to(.int64)
      let largest = count > 0 ? x.max().item(as: Int.self) : -1
      guard count == 0 || x.min().item(as: Int.self) >= 0 else {
        throw refusal("bincount only supports 1-d non-negative integral inputs.", "One is negative.")
      }
      let length = Swift.max(try Sizes.sum(largest, 1), minlength)
      let source = weights.map { $0.detach().dtype == .float32 ? $0.detach() : $0.detach().to(.float64) } ?? Tensor.ones(like: x)
      return try Tensor.filled([length], Scalar(0), source.dtype).scatterAdd(dim: 0, index: x, source: source)
    }
  }
}
