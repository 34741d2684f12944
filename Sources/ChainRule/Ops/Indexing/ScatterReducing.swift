import CKernels

/// Elements brought together at an index of their own shape.
enum ScatterReducing {
  static let catalog: [OperationInfo] = [ScatterCombine.info] + composed

  private static let composed: [OperationInfo] = [
    OperationInfo(
      "indexReduce", "Slices brought together with those of a dimension at given indices.",
      call: "x.indexReduce(dim: 0, index: index, source: w, .amax)", formula: "x with x[i] = reduce(x[i], w)",
      derivative: "as of scatterReduce", shapes: "[a, b], [n], [n, b] -> [a, b]",
      samples: [
        .init("", [.init([4, 3], .distinct), .init([5], .index(4)), .init([5, 3], .distinct)]) {
          $0[0].indexReduce(dim: 0, index: $0[1], source: $0[2], .mean)
        }
      ])
  ]
}

/// How elements that meet at one place become one.
public enum ScatterReduction: String, Sendable, CaseIterable {
  /// Their sum.
  case sum
  /// Their product.
  case prod
  /// Their mean.
  case mean
  /// The largest.
  case amax
  /// The smallest.
  case amin

  fileprivate var kernel: cr_combination { self == .amax ? CR_COMBINE_MAX : self == .amin ? CR_COMBINE_MIN : CR_COMBINE_PRODUCT }

  /// What changes nothing it is brought together with.
  func identity(_ dtype: DType) -> Scalar {
    if self == .sum || self == .mean { return Scalar(0) }
    if self == .prod { return Scalar(1) }
    let isMax = self == .amax
    switch dtype {
    case .float16, .bfloat16, .float32, .float64: return Scalar(isMax ? -Double.infinity : .infinity)
    case .int64: return Scalar(isMax ? Int.min : .max)
    case .int32: return Scalar(Int(isMax ? Int32.min : .max))
    case .int16: return Scalar(Int(isMax ? Int16.min : .max))
    case .int8: return Scalar(Int(isMax ? Int8.min : .max))
    default: return Scalar(isMax ? 0 : dtype == .bool ? 1 : 255)
    }
  }
}

/// The product, the largest or the smallest of what meets at each place.
struct ScatterCombine: VariadicOperation {
  static let info = OperationInfo(
    "scatterReduce", "Elements brought together along a dimension at an index of their own shape: sum, prod, mean, amax, amin.",
    call: "x.scatterReduce(dim: 0, index: index, source: w, .amax)", formula: "x with x[index[i, j], j] = reduce(x[...], w[i, j])",
    derivative: "of a product the product of the others, of an extremum 1/k at each of k equal ones",
    shapes: "[a, b], [n, b], [n, b] -> [a, b]",
    samples: [ScatterReduction.prod, .mean, .amax].map { reduction in
      .init("\(reduction)", [.init([4, 3], .distinct), .init([5, 3], .index(4)), .init([5, 3], .distinct)]) {
        $0[0].scatterReduce(dim: 0, index: $0[1], source: $0[2], reduction)
      }
    } + [
      .init("without itself", [.init([3, 2]), .init([2, 2], .index(3)), .init([2, 2], .nonzero)]) {
        $0[0].scatterReduce(dim: 0, index: $0[1], source: $0[2], .prod, includeSelf: false)
      }
    ])
  let dim: Int
  let reduction: ScatterReduction
  var nodeName: String { "ScatterReduceBackward0" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)"), ("reduce", reduction.rawValue)] }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([true, true, true], [true]) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    [
      try Scattering.write(x[0], dim, x[1], "scatter") { cr_scatter_combine(reduction.kernel, $0.c, Int32(dim), $1.c, x[2].box.c) }
    ]
  }

  /// dy/dx for each element of x and of the source.
  private func slopes(_ s: SavedList) -> (Tensor, Tensor) {
    let x = s.input(0), index = s.input(1), w = s.input(2), y = s.output(0)
    func gathered(_ t: Tensor) -> Tensor { t.gather(dim: dim, index: index) }
    if reduction != .prod {
      let isX = (x .== y).to(y.dtype), isW = (w .== gathered(y)).to(y.dtype)
      let share = 1 / isX.scatterAdd(dim: dim, index: index, source: isW)
      return (isX * share, isW * gathered(share))
    }
    // The product of the others: that of all which are not 0, over the element where it is one of them; times the one that is 0; and 0
    // where more are.
    let isXZero = x .== 0, isWZero = w .== 0
    let zeros = isXZero.to(y.dtype).scatterAdd(dim: dim, index: index, source: isWZero.to(y.dtype)).detach()
    let nothing = Tensor.where(isXZero, x, 0).scatterAdd(dim: dim, index: index, source: Tensor.where(isWZero, w, 0))
    let rest = self([x.maskedFill(isXZero, 1), index, w.maskedFill(isWZero, 1)])[0]
    func slope(_ isZero: Tensor, _ zeros: Tensor, _ rest: Tensor, _ nothing: Tensor, _ element: Tensor) -> Tensor {
      let others = Tensor.where(isZero, rest, element.mapped(exceptWhere: isZero) { rest / $0 })
      let count = zeros - isZero.to(zeros.dtype), factor = nothing - Tensor.where(isZero, element, 0)
      return Tensor.where(count .== 0, others, Tensor.where(count .== 1, others * factor, 0))
    }
    return (slope(isXZero, zeros, rest, nothing, x), slope(isWZero, gathered(zeros), gathered(rest), gathered(nothing), w))
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return [nil, nil, nil] }
    let (x, w) = slopes(s)
    return [s.needs[0] ? dy * x : nil, nil, s.needs[2] ? dy.gather(dim: dim, index: s.input(1)) * w : nil]
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let (x, w) = slopes(s), base = dx[0].map { $0 * x } ?? Tensor.zeros(like: s.output(0))
    return [dx[2].map { base.scatterAdd(dim: dim, index: s.input(1), source: $0 * w) } ?? base]
  }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    ScatterCombine(dim: dim + 1, reduction: reduction)(zip(x, batched).map { $0.whole($1, size) })
  }
}

extension Tensor {
  /// Returns the tensor with the elements of `source` brought together with it along a dimension at the index, which has their shape.
  ///
  /// - Parameters:
  ///   - dim: the dimension along which the index counts.
  ///   - index: int64, of as many dimensions as the tensor: where each element of `source` goes.
  ///   - source: what comes in.
  ///   - reduce: how elements that meet are brought together.
  ///   - includeSelf: whether the tensor's own element takes part where others come.
  public func scatterReduce(dim: Int, index: Tensor, source: Tensor, _ reduce: ScatterReduction, includeSelf: Bool = true) -> Tensor {
    orFail([self, index, source]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "scatterReduce")
      if rank == 0 || index.rank == 0 || source.rank == 0 {
        func vector(_ t: Tensor) -> Tensor { t.rank == 0 ? t.unsqueezed(0) : t }
        let y = vector(self).scatterReduce(dim: 0, index: vector(index), source: vector(source), reduce, includeSelf: includeSelf)
        return rank == 0 ? y.squeezed(0) : y
      }
      try Scattering.requireType(of: source, like: self, "scatterReduce")
      if index.count == 0 { return self }
      let w = try Scattering.fitted(source, to: index, "scatterReduce")
      let base = includeSelf ? self : ScatterValue(dim: d, value: reduce.identity(dtype))(self, index)
      if reduce != .sum, reduce != .mean { return ScatterCombine(dim: d, reduction: reduce)([base, index, w])[0] }
      let sum = base.scatterAdd(dim: d, index: index, source: w)
      if reduce == .sum { return sum }
      let own = includeSelf ? Tensor.ones(like: detach()) : ScatterValue(dim: d, value: Scalar(0))(Tensor.ones(like: detach()), index)
      let count = own.scatterAdd(dim: d, index: index, source: Tensor.ones(like: w.detach()))
      return dtype.isFloatingPoint ? sum / count : sum.floorDivide(count)
    }
  }

  /// Returns the tensor with the slices of `source` brought together with those at the indices, a vector.
  public func indexReduce(dim: Int, index: Tensor, source: Tensor, _ reduce: ScatterReduction, includeSelf: Bool = true) -> Tensor {
    orFail([self, index, source]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "indexReduce")
      try IndexedRows.checkVector(index, "index_reduce")
      guard reduce != .sum else {
        throw TensorError(
          .argument, "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got sum.", hint: "Use indexAdd.",
          operation: "indexReduce")
      }
      guard index.dtype == .int64 || index.dtype == .int32 else {
        throw TensorError(
          .dtype, "index_reduce_(): Expected dtype int32/int64 for index but got: \(index.dtype.scalarTypeName)",
          hint: "Convert with to(.int64).", operation: "indexReduce")
      }
      try IndexedRows.requireType(of: source, like: self, "index_reduce_", "indexReduce")
      var others = source.shape, own = shape
      if d < others.count, d < own.count { (others[d], own[d]) = (0, 0) }
      guard others == own else {
        throw TensorError(
          .shape,
          "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = \(shape) "
            + "source.shape = \(source.shape)", hint: "The source has one slice for each index.", operation: "indexReduce")
      }
      if rank == 0 {
        return unsqueezed(0).indexReduce(dim: 0, index: index.reshaped(-1), source: source.unsqueezed(0), reduce, includeSelf: includeSelf)
          .squeezed(0)
      }
      var sizes = Array(repeating: 1, count: source.rank)
      guard source.size(d) == index.count else {
        throw TensorError(
          .shape, "index_reduce(): Number of indices (\(index.count)) should be equal to source.size(dim)",
          hint: "The source has one slice for each index; its shape is \(source.shape).", operation: "indexReduce")
      }
      sizes[d] = index.count
      let places = index.to(.int64).reshaped(sizes).expanded(source.shape)
      return scatterReduce(dim: d, index: places, source: source, reduce, includeSelf: includeSelf)
    }
  }
}
