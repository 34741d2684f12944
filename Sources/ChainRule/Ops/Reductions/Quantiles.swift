/// Quantiles, and medians that pass over NaN: compositions of sorting and picking.
enum Quantiles {
  static let catalog: [OperationInfo] = [
    OperationInfo(
      "quantile, nanquantile", "The value below which a share of the elements lies; NaN wins, or is passed over.",
      call: "x.quantile(0.25, dim: 1)", formula: "sort x at q (n - 1), interpolated", derivative: "the share of each of the two neighbours",
      shapes: "[a, b] -> [], [a] or [q, a]", takesIntegers: false,
      samples: [
        .init("dim", [.init([3, 4], .distinct)]) { $0[0].quantile(0.3, dim: 1) },
        .init("several", [.init([3, 2], .distinct), .init([2], .interval(0.3, 0.4))]) { $0[0].quantile($0[1]) },
        .init("passing over NaN", [.init([5], .distinct)]) { $0[0].nanquantile(0.7, keepDim: true) },
      ]),
    OperationInfo(
      "nanmedian", "The middle of the elements that are not NaN, the lower of two.", call: "x.nanmedian()", formula: "median x",
      derivative: "1/k at each of k equal middle elements; along a dimension 1 at the one taken", shapes: "[a, b] -> [] or [a]",
      samples: [
        .init("all", [.init([2, 3], .distinct)]) { $0[0].nanmedian() },
        .init("dim", [.init([3, 4], .distinct)]) { $0[0].nanmedian(dim: 0).values },
      ]),
    OperationInfo(
      "kthvalue", "The k-th smallest element of a dimension, and where it stood.", call: "x.kthvalue(2, dim: 1)",
      formula: "sort x at k - 1",
      derivative: "dy at the place it came from", shapes: "[a, b] -> [a] and [a]",
      samples: [.init("", [.init([3, 4], .distinct)]) { $0[0].kthvalue(2, dim: 1).values }]),
    OperationInfo(
      "mode", "The most frequent element of a dimension, the smallest of several, and where it last stood.", call: "x.mode(dim: 1)",
      formula: "the x that occurs most", derivative: "dy at the place it came from", shapes: "[a, b] -> [a] and [a]",
      samples: [.init("", [.init([3, 4], .distinct)]) { $0[0].mode(dim: 1).values }]),
  ]
}

/// What a quantile is between two elements.
public enum QuantileInterpolation: Sendable {
  /// On the straight line between them.
  case linear
  /// The lower one.
  case lower
  /// The higher one.
  case higher
  /// Their middle.
  case midpoint
  /// The nearer one; at a tie the one with the even place.
  case nearest
}

extension Tensor {
  /// Returns the value below which a share `q` of the elements lies, of all or along a dimension; NaN where one is NaN.
  ///
  ///     Tensor([1.0, 2, 3, 4]).quantile(0.5)   // 2.5
  public func quantile(
    _ q: some TensorOperand, dim: Int? = nil, keepDim: Bool = false, interpolation: QuantileInterpolation = .linear
  ) -> Tensor { quantile(q.operand, dim, keepDim, interpolation, ignoresNaN: false) }

  /// Returns the value below which a share `q` of the elements that are not NaN lies, of all or along a dimension.
  public func nanquantile(
    _ q: some TensorOperand, dim: Int? = nil, keepDim: Bool = false, interpolation: QuantileInterpolation = .linear
  ) -> Tensor { quantile(q.operand, dim, keepDim, interpolation, ignoresNaN: true) }

  private func quantile(
    _ q: Operand, _ dim: Int?, _ keepDim: Bool, _ interpolation: QuantileInterpolation, ignoresNaN: Bool
  ) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let shares = q.tensor(beside: dtype)
      try checkQuantile(shares, isTensor: q.isTensor)
      let d = try dim.map { (dim) throws(TensorError) in try Dims.wrapped(dim, rank, "quantile") }
      // The quantiles stand last until the end, in place of the dimension.
      let rows = (dim == nil ? flattened() : rank == 0 ? unsqueezed(0) : self).movedim(d ?? 0, -1)
      let picked = rows.quantiles(shares.rank == 0 ? shares.unsqueezed(0) : shares, interpolation, ignoresNaN)
      var result = picked.movedim(-1, 0)
      if keepDim, rank > 0 {
        result = d.map { result.unsqueezed($0 + 1) } ?? result.reshaped([result.size(0)] + shape.map { _ in 1 })
      }
      return shares.rank == 0 ? result.squeezed(0) : result
    }
  }

  private func checkQuantile(_ q: Tensor, isTensor: Bool) throws(TensorError) {
    func refusal(_ kind: TensorError.Kind, _ message: String, _ hint: String) -> TensorError {
      TensorError(kind, message, hint: hint, operation: "quantile")
    }
    guard dtype.isFloatingPoint else {
      throw refusal(.dtype, "quantile() input tensor must be either float or double dtype", "Convert first: x.to(.float32).")
    }
    guard count > 0 else { throw refusal(.shape, "quantile() input tensor must be non-empty", "There is no share of nothing.") }
    guard q.rank < 2 else {
      throw refusal(.shape, "quantile() q must be a scalar or 1D tensor", "Flatten it with flattened().")
    }
    guard q.dtype == dtype else {
      throw refusal(.dtype, "quantile() q tensor must be same dtype as the input tensor", "Convert q with to(.\(dtype.name)).")
    }
    let known = q.detach()
    guard known.box.flags.contains(.wrapped) || known.array(of: Double.self).allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      throw refusal(
        .argument, isTensor ? "quantile() q values must be in the range [0, 1]" : "quantile() q must be in the range [0, 1]",
        "It is a share of the elements.")
    }
  }

  /// The quantiles of the last dimension, in its place.
  private func quantiles(_ q: Tensor, _ interpolation: QuantileInterpolation, _ ignoresNaN: Bool) -> Tensor {
    let n = size(rank - 1), sorted = sort(dim: -1).values, isMissing = detach().isNaN()
    let length = ignoresNaN ? isMissing.logicalNot().sum(dim: -1, keepDim: true).to(dtype) : Tensor.full([1], Double(n), dtype: dtype)
    // [..., q]; without an element, or where NaN counts and is there, the last element is the answer: NaN.
    var ranks = q * (length - 1).clamp(min: 0.0)
    if !ignoresNaN { ranks = Tensor.where(isMissing.any(dim: -1, keepDim: true), Double(n - 1), ranks) }
    switch interpolation {
    case .lower: ranks = ranks.floor()
    case .higher: ranks = ranks.ceil()
    case .nearest: ranks = ranks.round()
    case .linear, .midpoint: break
    }
    ranks = ranks.expanded(Array(shape.dropLast()) + [q.count])
    let below = ranks.detach().floor()
    let low = sorted.gather(dim: -1, index: below.to(.int64))
    guard interpolation == .linear || interpolation == .midpoint else { return low }
    let high = sorted.gather(dim: -1, index: ranks.detach().ceil().to(.int64))
    return interpolation == .midpoint ? low.lerp(high, 0.5) : low.lerp(high, ranks - below)
  }

  /// Returns the middle of all elements that are not NaN, the lower of two. Several that are equal share the gradient.
  public func nanmedian() -> Tensor {
    if count == 0 { return median() }
    let flat = flattened(), middle = flat.detach().nanmedian(dim: 0).values
    let isTaken = (flat.detach() .== middle).logicalOr(flat.detach().isNaN().logicalAnd(middle.isNaN()))
    guard dtype.isFloatingPoint else { return middle }
    // The value itself, and a mean of its equals less that mean: 0, with their gradients.
    let share = Tensor.where(isTaken, flat, 0).sum() / isTaken.sum().to(dtype)
    return Tensor.where(middle.isNaN(), share, middle + (share - share.detach()))
  }

  /// Returns the middle of the elements along a dimension that are not NaN, the lower of two, and where it stood.
  public func nanmedian(dim: Int, keepDim: Bool = false) -> ValuesAndIndices {
    picked(dim, keepDim, "nanmedian") { x in
      let known = x.detach().isNaN().logicalNot().sum(dim: -1, keepDim: true)
      return (known - 1).clamp(min: 0).floorDivide(2)
    }
  }

  /// Returns the k-th smallest element along a dimension, counted from 1, and where it stood; NaN counts as the greatest.
  public func kthvalue(_ k: Int, dim: Int = -1, keepDim: Bool = false) -> ValuesAndIndices {
    let n = rank == 0 ? 1 : dim >= -rank && dim < rank ? size(dim < 0 ? dim + rank : dim) : k
    guard k >= 1, k <= n else {
      let error = TensorError(
        .index, "kthvalue(): selected number k out of range for dimension \(dim)", hint: "The dimension has \(n) elements; k is \(k).",
        operation: "kthvalue")
      return ValuesAndIndices(values: fail(error.describing([self])), indices: .poison)
    }
    return picked(dim, keepDim, "kthvalue") { x in Tensor.full(Array(x.shape.dropLast()) + [1], k - 1) }
  }

  /// Returns the most frequent element along a dimension, the smallest of several, and where it last stood.
  public func mode(dim: Int = -1, keepDim: Bool = false) -> ValuesAndIndices {
    picked(dim, keepDim, "mode") { x in
      let sorted = x.detach().sort(dim: -1).values, n = x.size(x.rank - 1), places = Tensor.arange(n)
      let isNew = cat(
        [
          Tensor.ones(Array(x.shape.dropLast()) + [1], dtype: .bool),
          sorted.narrow(dim: -1, start: 1, count: n - 1) .!= sorted.narrow(dim: -1, start: 0, count: n - 1),
        ], dim: -1)
      // How long each run of equals is up to each place: the first longest ends at the mode.
      let starts = Tensor.where(isNew, places, 0).cummax(dim: -1).values
      return (places - starts).argmax(dim: -1, keepDim: true)
    }
  }

  /// The element along a dimension whose place in the sorted order `place` says, given the dimension last.
  private func picked(_ dim: Int, _ keepDim: Bool, _ operation: String, _ place: (Tensor) -> Tensor) -> ValuesAndIndices {
    do throws(TensorError) {
      let d = try Dims.wrapped(dim, rank, operation)
      if operation != "mode" {
        try Rules.refuseBool(self, "\"\(operation == "kthvalue" ? "kthvalue_cpu" : "median_out")\" not implemented for 'Bool'", operation)
      }
      let rows = rank == 0 ? unsqueezed(0) : movedim(d, -1)
      guard rows.size(rows.rank - 1) > 0 else {
        throw TensorError(
          .index, "\(operation)(): Expected reduction dim \(d) to have non-zero size.", hint: "Nothing can be picked of nothing.",
          operation: operation)
      }
      let sorted = rows.sort(dim: -1), index = place(rows)
      func placed(_ t: Tensor) -> Tensor {
        let picked = t.gather(dim: -1, index: index)
        return keepDim && rank > 0 ? picked.movedim(-1, d) : picked.squeezed(-1)
      }
      return ValuesAndIndices(values: placed(sorted.values), indices: placed(sorted.indices))
    } catch {
      return ValuesAndIndices(values: fail(error.describing([self])), indices: .poison)
    }
  }
}

extension Operand {
  var isTensor: Bool {
    if case .tensor = value { return true }
    return false
  }
}
