/// Elements taken from, and put into, places of the whole tensor or of a dimension: compositions.
enum Placing {
  static let catalog: [OperationInfo] = [
    OperationInfo(
      "indexPut", "A tensor with values put, or added, at index tensors.", call: "x.indexPut([index], w, accumulate: true)",
      formula: "x with x[i] = w or x[i] += w", derivative: "dy, with 0 where replaced, for x, dy[i] for w",
      shapes: "[a, b], [n, b] -> [a, b]",
      samples: [
        .init("", [.init([4, 3]), .init([2, 3])]) { $0[0].indexPut([Tensor([2, 0])], $0[1]) },
        .init("added", [.init([4, 3]), .init([3])]) { $0[0].indexPut([Tensor([2, 2]), Tensor([0, 1])], $0[1][0..<2], accumulate: true) },
      ]),
    OperationInfo(
      "indexFill", "Slices of a dimension at given indices filled with a number.", call: "x.indexFill(dim: 0, index: index, value: 2.5)",
      formula: "x with x[i] = c", derivative: "dy with 0 at the indices for x, the sum of dy there for c", shapes: "[a, b], [n] -> [a, b]",
      samples: [
        .init("number", [.init([4, 3]), .init([2], .index(4))]) { $0[0].indexFill(dim: 0, index: $0[1], value: 2) },
        .init("tensor", [.init([4, 3]), .init([])]) { $0[0].indexFill(dim: 1, index: Tensor([2, 0]), value: $0[1]) },
      ]),
    OperationInfo(
      "takeAlongDim", "Elements picked along a dimension; index and tensor broadcast in the others.", call: "x.takeAlongDim(index, dim: 1)",
      formula: "y[i, j] = x[i, index[i, j]]", derivative: "dy added where it was taken", shapes: "[a, b], [a, n] -> [a, n]",
      samples: [.init("", [.init([3, 4]), .init([1, 2], .index(4))]) { $0[0].takeAlongDim($0[1], dim: 1) }]),
    OperationInfo(
      "take", "Elements picked from the flattened tensor.", call: "x.take(index)", formula: "y[i] = x[index[i]]",
      derivative: "dy added where it was taken", shapes: "[...], [n, m] -> [n, m]",
      samples: [.init("", [.init([3, 4]), .init([2, 2], .index(12))]) { $0[0].take($0[1]) }]),
    OperationInfo(
      "put", "Elements of the flattened tensor replaced, or added to.", call: "x.put(index, w)", formula: "x with x[i] = w or x[i] += w",
      derivative: "dy, with 0 where replaced, for x, dy[i] for w", shapes: "[...], [n], [n] -> [...]",
      samples: [.init("", [.init([3, 4]), .init([2], .index(12)), .init([2])]) { $0[0].put($0[1], $0[2], accumulate: true) }]),
    OperationInfo(
      "selectScatter, sliceScatter", "A tensor with one index, or a range, of a dimension replaced.",
      call: "x.selectScatter(w, dim: 0, index: 1)", formula: "x with x[i] = w", derivative: "dy with 0 there for x, dy[i] for w",
      shapes: "[a, b], [b] -> [a, b]",
      samples: [
        .init("one", [.init([3, 4]), .init([4])]) { $0[0].selectScatter($0[1], dim: 0, index: 1) },
        .init("range", [.init([3, 4]), .init([3, 2])]) { $0[0].sliceScatter($0[1], dim: 1, start: 0, end: 4, step: 2) },
      ]),
    OperationInfo(
      "diagonalScatter", "A tensor with a diagonal replaced.", call: "x.diagonalScatter(w)", formula: "x with x[i, i + k] = w[i]",
      derivative: "dy with 0 on the diagonal for x, the diagonal of dy for w", shapes: "[a, a], [a] -> [a, a]",
      samples: [.init("", [.init([3, 4]), .init([3])]) { $0[0].diagonalScatter($0[1], offset: 1) }]),
    OperationInfo(
      "unfold", "The windows of a dimension, as a new last one.", call: "x.unfold(dim: 0, size: 3, step: 2)",
      formula: "y[i, ..., j] = x[i step + j, ...]", derivative: "the sum of dy over the windows", shapes: "[a, b] -> [n, b, size]",
      samples: [.init("", [.init([5, 2])]) { $0[0].unfold(dim: 0, size: 3, step: 2) }]),
  ]
}

extension Tensor {
  /// Returns the tensor with the slices at the indices, a vector, filled with a number or a 0-dimensional tensor.
  public func indexFill(dim: Int, index: Tensor, value: some TensorOperand) -> Tensor {
    orFail([self, index]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "indexFill"), filling = value.operand.element(beside: dtype, "indexFill")
      guard filling.rank == 0 else {
        throw TensorError(
          .shape, "index_fill_ only supports a 0-dimensional value tensor, but got tensor with \(filling.rank) dimension(s).",
          hint: "For a value for each slice use indexCopy.", operation: "indexFill")
      }
      try IndexedRows.checkVector(index, "index_fill_")
      let n = rank == 0 ? 1 : size(d), isFilled = Tensor.zeros([n], dtype: .bool).scatter(dim: 0, index: index.reshaped(-1), value: 1)
      return Tensor.where(
        rank == 0 ? isFilled.reshaped([]) : isFilled.reshaped((0..<rank).map { $0 == d ? n : 1 }), filling.to(dtype), self)
    }
  }

  /// Returns the elements along a dimension at the indices, which broadcast with the tensor in the other dimensions; of the flattened
  /// tensor without a dimension. Negative indices count from the end.
  public func takeAlongDim(_ indices: Tensor, dim: Int? = nil) -> Tensor {
    orFail([self, indices]) { () throws(TensorError) in
      guard indices.dtype == .int64 else {
        throw TensorError(
          .dtype, "torch.take_along_dim(): dtype of indices should be Long but got \(indices.dtype.scalarTypeName)",
          hint: "Convert with to(.int64).", operation: "takeAlongDim")
      }
      guard let dim else { return flattened().takeAlongDim(indices.flattened(), dim: 0) }
      guard rank == indices.rank else {
        throw TensorError(
          .shape,
          "torch.take_along_dim(): input and indices should have the same number of dimensions, but got \(rank) dimensions for "
            + "input, and \(indices.rank) dimensions for indices", hint: "Add dimensions with unsqueezed(_:).", operation: "takeAlongDim")
      }
      let d = try Dims.wrapped(dim, rank, "takeAlongDim")
      let n = rank == 0 ? 1 : size(d), wrapped = Tensor.where(indices .< 0, indices + n, indices)
      if rank == 0 { return gather(dim: 0, index: wrapped) }
      var one = shape, other = indices.shape
      (one[d], other[d]) = (1, 1)
      guard case .success(let common) = Shape.broadcast(Shape(one), Shape(other)) else {
        throw TensorError(
          .shape, "The size of tensor a (\(one)) must match the size of tensor b (\(other)) in all but the dimension taken along",
          hint: "Sizes are equal or 1.", operation: "takeAlongDim")
      }
      return expanded(common.replacing(d, with: n).array)
        .gather(dim: d, index: wrapped.expanded(common.replacing(d, with: indices.size(d)).array))
    }
  }

  /// Returns the elements of the flattened tensor at the indices, in the indices' shape; negative ones count from the end.
  public func take(_ index: Tensor) -> Tensor {
    if index.dtype != .int64 { return Placing.refused("take", index) }
    let picked: Tensor = flattened()[index.flattened()]
    return picked.reshaped(index.shape)
  }

  /// Returns the tensor with elements of its flattened form replaced by those of `source` at the indices, or with `accumulate` increased.
  public func put(_ index: Tensor, _ source: Tensor, accumulate: Bool = false) -> Tensor {
    if index.dtype != .int64 { return Placing.refused("put", index) }
    if index.count != source.count {
      return fail(
        TensorError(
          .shape,
          "put_(): Expected source and index to have the same number of elements, but got source.numel() = \(source.count), "
            + "index.numel() = \(index.count)", hint: "Give one element for each index.", operation: "put"
        ).describing([self, index, source]))
    }
    return flattened().indexPut([index.flattened()], source.flattened(), accumulate: accumulate).reshaped(shape)
  }

  /// Returns the tensor with one index of a dimension replaced by `source`, which lacks the dimension.
  public func selectScatter(_ source: Tensor, dim: Int, index: Int) -> Tensor {
    orFail([self, source]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "selectScatter"), slice = select(dim: dim, index: index)
      guard isErrorPending || slice.shape == source.shape else {
        throw TensorError(
          .shape, "expected src to have a size equal to the slice of self. src size = \(source.shape), slice size = \(slice.shape)",
          hint: "The source has every dimension but \(d).", operation: "selectScatter")
      }
      return replaced(d, index < 0 ? index + size(d) : index, 1, 1, source.unsqueezed(d))
    }
  }

  /// Returns the tensor with the part of a dimension from `start` to, not including, `end` replaced by `source`.
  public func sliceScatter(_ source: Tensor, dim: Int = 0, start: Int? = nil, end: Int? = nil, step: Int = 1) -> Tensor {
    orFail([self, source]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "sliceScatter")
      guard rank > 0, step > 0 else {
        throw TensorError(
          .argument, "slice step must be positive", hint: "Give a dimension, and a step of 1 or more.", operation: "sliceScatter")
      }
      let n = size(d)
      func bound(_ b: Int?, _ otherwise: Int) -> Int { b.map { Swift.min(Swift.max($0 < 0 ? $0 &+ n : $0, 0), n) } ?? otherwise }
      let from = bound(start, 0), to = bound(end, n), pace = Swift.min(step, Swift.max(n, 1))
      let count = to > from ? (to - from - 1) / pace + 1 : 0
      guard source.internalShape == internalShape.replacing(d, with: count) else {
        throw TensorError(
          .shape,
          "expected src to have a size equal to the slice of self. src size = \(source.shape), slice size = "
            + "\(internalShape.replacing(d, with: count).array)", hint: "Give as many slices as the range has.", operation: "sliceScatter")
      }
      return replaced(d, from, count, pace, source)
    }
  }

  private func replaced(_ dim: Int, _ start: Int, _ count: Int, _ step: Int, _ source: Tensor) -> Tensor {
    let parts = shape.enumerated().map { d, size in
      d == dim ? Region.Part.slice(start: start, count: count, step: step) : .slice(start: 0, count: size, step: 1)
    }
    return PutRegion(region: Region(parts: parts))(self, source.to(dtype))
  }

  /// Returns the tensor with a diagonal of two dimensions replaced by `source`, whose last dimension runs along it.
  public func diagonalScatter(_ source: Tensor, offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
    orFail([self, source]) { () throws(TensorError) in
      let (a, b) = try DiagonalPlace.wrapped(dim1, dim2, rank, "diagonalScatter")
      _ = try Sizes.sum(Int(clamping: offset.magnitude), Swift.max(size(a), size(b)))
      let place = DiagonalPlace(shape: internalShape, offset: offset, dim1: a, dim2: b)
      guard source.internalShape == place.result else {
        throw TensorError(
          .shape, "expected src to have a size equal to the slice of self. src size = \(source.shape), slice size = \(place.result.array)",
          hint: "The last dimension runs along the diagonal.", operation: "diagonalScatter")
      }
      let isOn = DiagonalPlacement(place: place)(Tensor.ones(source.shape, dtype: .bool))
      return Tensor.where(isOn, DiagonalPlacement(place: place)(source.to(dtype)), self)
    }
  }

  /// Returns the windows of `size` elements of a dimension, `step` apart, as a new last dimension.
  public func unfold(dim: Int, size: Int, step: Int) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "unfold"), n = rank == 0 ? 1 : self.size(d)
      guard size >= 0, size <= n else {
        throw TensorError(
          .argument, "maximum size for tensor at dimension \(d) is \(n) but size is \(size)", hint: "A window lies within the dimension.",
          operation: "unfold")
      }
      guard step > 0 else {
        throw TensorError(.argument, "step is \(step) but must be > 0", hint: "Windows move forwards.", operation: "unfold")
      }
      let count = (n - size) / Swift.min(step, n + 1) + 1, starts = Tensor.arange(count) * Swift.min(step, n + 1)
      let index = (starts.unsqueezed(1) + Tensor.arange(size)).flattened()
      if rank == 0 { return unsqueezed(0).indexSelect(dim: 0, index: index) }
      return indexSelect(dim: d, index: index).unflattened(d, [count, size]).movedim(d + 1, -1)
    }
  }
}

extension Placing {
  fileprivate static func refused(_ operation: String, _ index: Tensor) -> Tensor {
    fail(
      TensorError(
        .dtype, "\(operation)(): Expected a long tensor for index, but got \(index.dtype.scalarTypeName)", hint: "Convert with to(.int64).",
        operation: operation
      ).describing([index]))
  }
}
