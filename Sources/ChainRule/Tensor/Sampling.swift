import CKernels

extension Tensor {
  /// Random numbers of the standard normal distribution in the shape and type of this tensor: `torch.randn_like`'s for the same seed.
  public func randnLike(dtype: DType? = nil, generator: Generator? = nil, requiresGrad: Bool = false) -> Tensor {
    let result = drawnInMemoryOrder { Tensor.normal($0, dtype: dtype ?? self.dtype, generator: generator, oneByOne: $1) }
    return requiresGrad ? result.asLeaf() : result
  }

  /// Random numbers spread evenly over [0, 1) in the shape and type of this tensor: `torch.rand_like`'s for the same seed.
  public func randLike(dtype: DType? = nil, generator: Generator? = nil, requiresGrad: Bool = false) -> Tensor {
    let result = drawnInMemoryOrder { shape, _ in .rand(shape, dtype: dtype ?? self.dtype, generator: generator) }
    return requiresGrad ? result.asLeaf() : result
  }

  /// Random numbers in this tensor's shape, drawn in the order in which its elements lie in memory, as PyTorch draws: those of a transposed
  /// tensor are transposed.
  ///
  /// - Parameter draw: draws a tensor of a shape; told whether dimensions are reordered.
  package func drawnInMemoryOrder(_ draw: (_ shape: [Int], _ isReordered: Bool) -> Tensor) -> Tensor {
    let strides = isContiguous ? [] : strides, places = strides.indices.filter { size($0) != 1 }
    let order = strides.indices.sorted { strides[$0] != strides[$1] ? strides[$0] > strides[$1] : $0 < $1 }
    guard !strides.contains(0), order.filter(places.contains) != places else { return draw(shape, false) }
    return draw(order.map { size($0) }, true).permuted(order.indices.sorted { order[$0] < order[$1] })
  }

  /// Random integers from `low` up to, not including, `high`, in the shape and type of this tensor: `torch.randint_like`'s.
  public func randintLike(_ low: Int, _ high: Int, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
    .randint(low, high, shape, dtype: dtype ?? self.dtype, generator: generator)
  }

  /// 1 with the probability that this tensor has at each place, else 0: `torch.bernoulli(p)`'s for the same seed. No gradient goes through.
  public func bernoulli(generator: Generator? = nil) -> Tensor {
    guard dtype.isFloatingPoint else {
      return fail(
        TensorError(
          .dtype, "\"bernoulli_tensor_cpu_p_\" not implemented for '\(dtype.scalarTypeName)'",
          hint: "Probabilities are real numbers: convert them with to(.float32).", operation: "bernoulli", shapes: [shape]))
    }
    guard let p = to(dtype.wide).readable("bernoulli") else { return .poison }
    guard p.isWithin(0, 1) else {
      return fail(
        TensorError(
          .argument, "Expected p_in >= 0 && p_in <= 1 to be true, but got false.", hint: "A probability lies between 0 and 1.",
          operation: "bernoulli", shapes: [shape]))
    }
    return .drawn(shape, dtype, generator) { state, box in
      let data = box.c.pointee.data, source = p.box.c.pointee.data, n = Int64(box.count)
      guard n > 0, let source else { return }
      if box.dtype == .float32 {
        cr_random_bernoulli_f32(state, box.dtype.kernelType, data, n, source.assumingMemoryBound(to: Float.self))
      } else {
        cr_random_bernoulli_f64(state, box.dtype.kernelType, data, n, source.assumingMemoryBound(to: Double.self))
      }
    }
  }

  /// Random numbers of normal distributions, each with its own mean and standard deviation: `torch.normal(mean, std)`'s for the same
  /// seed. The two broadcast; gradients go through both.
  public static func normal(mean: Tensor, std: Tensor, generator: Generator? = nil) -> Tensor {
    if let error = normalRefusal(std) { return fail(error) }
    let shape = (mean + std).shape
    return .randn(shape, dtype: (mean + std).dtype, generator: generator) * std + mean
  }

  /// Random numbers of normal distributions with these means and one standard deviation: `torch.normal(mean, std)`'s.
  public static func normal(mean: Tensor, std: Double = 1, generator: Generator? = nil) -> Tensor {
    guard std >= 0 else { return normal([0], std: std) }
    return .normal(mean.shape, mean: 0, std: std, dtype: mean.dtype, generator: generator) + mean
  }

  /// Random numbers of normal distributions with one mean and these standard deviations: `torch.normal(mean, std)`'s.
  public static func normal(mean: Double, std: Tensor, generator: Generator? = nil) -> Tensor {
    if let error = normalRefusal(std) { return fail(error) }
    return .randn(std.shape, dtype: std.dtype, generator: generator) * std + mean
  }

  private static func normalRefusal(_ std: Tensor) -> TensorError? {
    guard let values = std.readable("normal"), !values.isWithin(0, .infinity) else { return nil }
    return TensorError(
      .argument, "normal expects all elements of std >= 0.0", hint: "It is the width of the distribution.", operation: "normal",
      shapes: [std.shape])
  }

  /// Whether every element lies in [low, high]; NaN does not.
  private func isWithin(_ low: Double, _ high: Double) -> Bool {
    count == 0 || (self .>= low).logicalAnd(self .<= high).all().item(as: Bool.self)
  }

  /// Numbers of categories drawn by weight, from each row of a matrix or from a vector: `torch.multinomial`'s for the same seed; int64.
  ///
  ///     let token = (logits / temperature).softmax(dim: -1).multinomial(1)
  ///
  /// - Parameters:
  ///   - numSamples: how many are drawn from each row.
  ///   - replacement: whether a category may be drawn again.
  ///   - generator: the source; by default the process-wide one.
  public func multinomial(_ numSamples: Int, replacement: Bool = false, generator: Generator? = nil) -> Tensor {
    if let error = multinomialRefusal(numSamples, replacement) { return fail(error) }
    guard let weights = readable("multinomial") else { return .poison }
    let rows = weights.reshaped([-1, shape[rank - 1]])
    let sums = rows.sum(dim: [1])
    guard weights.isWithin(0, .infinity), (sums .< Double.infinity).all().item(as: Bool.self) else {
      return fail(multinomialError("probability tensor contains either `inf`, `nan` or element < 0"))
    }
    guard (sums .> 0).all().item(as: Bool.self) else {
      return fail(multinomialError("invalid multinomial distribution (sum of probabilities <= 0)"))
    }
    let result: Tensor
    if replacement && numSamples > 1 {
      result = rows.drawnByBounds(numSamples, generator)
    } else {
      // The largest of p / e with e exponential: the exponential race.
      let e = Tensor.exponential(rows.shape, dtype: dtype, generator: generator)
      let race = rows / e
      result = numSamples == 1 ? race.argmax(dim: 1, keepDim: true) : race.topk(numSamples, dim: 1).indices
    }
    return result.reshaped(shape.dropLast() + [numSamples])
  }

  /// Random numbers of the exponential distribution, `torch.empty(shape).exponential_(lambd)`'s for the same seed.
  ///
  /// - Parameters:
  ///   - shape: the sizes.
  ///   - lambd: the rate; the mean is 1 / lambd.
  ///   - dtype: the type; the default type where none is given.
  ///   - generator: the source; by default the process-wide one.
  public static func exponential(
    _ shape: [Int], lambd: Double = 1, dtype: DType? = nil, generator: Generator? = nil
  ) -> Tensor {
    let type = dtype ?? defaultDType
    guard lambd > 0, type.isFloatingPoint else {
      return fail(
        TensorError(
          .argument, "exponential_ expects lambda > 0.0, but found lambda=\(lambd)",
          hint: "It is the rate, of real numbers: the type is \(type.name).", operation: "exponential"))
    }
    return drawn(shape, type, generator) { state, box in
      guard let data = box.c.pointee.data else { return }
      if box.dtype == .float32 {
        cr_random_exponential_f32(state, data.assumingMemoryBound(to: Float.self), Int64(box.count), lambd)
      } else {
        cr_random_exponential_f64(state, data.assumingMemoryBound(to: Double.self), Int64(box.count), lambd)
      }
    }
  }

  /// A sample of a category for each row of logits, as numbers through which gradients flow (Jang et al. 2017): softmax((x + g) / tau), with g
  /// from the Gumbel distribution. `torch.nn.functional.gumbel_softmax`'s for the same seed.
  ///
  /// - Parameters:
  ///   - tau: the temperature: near 0 nearly one category alone.
  ///   - hard: whether the result is exactly one category, with the gradient of the soft one.
  ///   - dim: the dimension of the categories.
  ///   - generator: the source; by default the process-wide one.
  public func gumbelSoftmax(tau: Double = 1, hard: Bool = false, dim: Int = -1, generator: Generator? = nil) -> Tensor {
    guard dtype.isFloatingPoint else {
      return fail(
        TensorError(
          .dtype, "\"gumbel_softmax\" not implemented for '\(dtype.scalarTypeName)'", hint: "Convert the logits: to(.float32).",
          operation: "gumbelSoftmax", shapes: [shape]))
    }
    let gumbels = -Tensor.exponential(shape, dtype: dtype, generator: generator).log()
    let soft = ((self + gumbels) / tau).softmax(dim: dim)
    if !hard || isErrorPending { return soft }
    let value = soft.detach()
    let one = Tensor.zeros(like: value).scatter(dim: dim, index: value.argmax(dim: dim, keepDim: true), value: 1)
    return one - value + soft
  }

  /// With replacement, from rows: a uniform number of double precision each, looked for among the bounds of the categories.
  private func drawnByBounds(_ count: Int, _ generator: Generator?) -> Tensor {
    let rows = shape[0], categories = shape[1], isSingle = dtype == .float32, weights = array(of: Double.self)
    let uniform = Tensor.rand([rows, count], dtype: .float64, generator: generator).array(of: Double.self)
    if isErrorPending { return .poison }
    var result: [Int] = []
    for row in 0..<rows {
      // Sums and quotients in the weights' own precision, as PyTorch has them.
      var bounds: [Double] = [], sum = 0.0
      for weight in weights[row * categories..<(row + 1) * categories] {
        sum = isSingle ? Double(Float(sum) + Float(weight)) : sum + weight
        bounds.append(sum)
      }
      bounds = bounds.map { isSingle ? Double(Float($0) / Float(sum)) : $0 / sum }
      bounds[categories - 1] = 1
      for u in uniform[row * count..<(row + 1) * count] {
        var low = 0, high = categories
        while low < high {
          let middle = low + (high - low) / 2
          if bounds[middle] < u { low = middle + 1 } else { high = middle }
        }
        result.append(low)
      }
    }
    return Tensor(result, shape: [rows, count])
  }

  private func multinomialRefusal(_ numSamples: Int, _ replacement: Bool) -> TensorError? {
    guard dtype.isFloatingPoint else {
      return multinomialError("multinomial only supports floating-point dtypes for input, got: \(dtype.scalarTypeName)")
    }
    guard (1...2).contains(rank), shape[rank - 1] > 0 else { return multinomialError("prob_dist must be 1 or 2 dim") }
    guard numSamples > 0 else { return multinomialError("cannot sample n_sample <= 0 samples") }
    guard replacement || numSamples <= shape[rank - 1] else {
      return multinomialError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    }
    return nil
  }

  private func multinomialError(_ message: String) -> TensorError {
    TensorError(
      .argument, message, hint: "A row of weights has one for each category, none negative, not all 0.", operation: "multinomial",
      shapes: [shape])
  }
}
