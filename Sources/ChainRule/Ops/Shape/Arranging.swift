/// Joins, cuts and turns of PyTorch's other names: compositions.
enum Arranging {
  static let catalog: [OperationInfo] = [
    OperationInfo(
      "atleast1d, atleast2d, atleast3d", "The tensor with dimensions of size 1 added until it has that many.", call: "x.atleast2d()",
      formula: "x", derivative: "1", shapes: "[] -> [1], [a] -> [1, a], [a, b] -> [a, b, 1]",
      samples: [
        .init("1", [.init([])]) { $0[0].atleast1d() }, .init("2", [.init([3])]) { $0[0].atleast2d() },
        .init("3", [.init([2, 3])]) { $0[0].atleast3d() },
      ]),
    OperationInfo(
      "tensorSplit, hsplit, vsplit, dsplit", "Pieces of a dimension: so many, nearly equal, or cut at given indices.",
      call: "x.tensorSplit([1, 3])", formula: "x[..<1], x[1..<3], x[3...]", derivative: "the gradients of the pieces joined",
      shapes: "[a, b] -> pieces",
      samples: [
        .init("number", [.init([5])]) { $0[0].tensorSplit(2)[0] }, .init("indices", [.init([2, 4])]) { $0[0].hsplit([1, 3])[1] },
        .init("rows", [.init([4, 2])]) { $0[0].vsplit(2)[1] }, .init("depth", [.init([2, 2, 4])]) { $0[0].dsplit(2)[0] },
      ]),
    OperationInfo(
      "columnStack, dstack", "Tensors side by side as columns (one behind the other).", call: "columnStack([x, w])", formula: "[x, w]",
      derivative: "the slice of dy that belongs to each", shapes: "[a], [a, b] -> [a, 1 + b]",
      samples: [
        .init("columns", [.init([3]), .init([3, 2])]) { columnStack([$0[0], $0[1]]) },
        .init("depth", [.init([3]), .init([3])]) { dstack([$0[0], $0[1]]) },
      ]),
    OperationInfo(
      "blockDiag", "Matrices one after another along the diagonal of zeros.", call: "blockDiag([x, w])", formula: "diag(x, w)",
      derivative: "the block of dy that belongs to each", shapes: "[a, b], [c, d] -> [a + c, b + d]",
      samples: [.init("", [.init([2, 3]), .init([2])]) { blockDiag([$0[0], $0[1]]) }]),
    OperationInfo(
      "cartesianProd", "Every choice of one element from each vector, as rows.", call: "cartesianProd([x, w])", formula: "(x[i], w[j])",
      derivative: "dy summed where each was taken", shapes: "[a], [b] -> [a b, 2]",
      samples: [.init("", [.init([3]), .init([2])]) { cartesianProd([$0[0], $0[1]]) }]),
    OperationInfo(
      "combinations", "Every choice of r elements of a vector in their order, as rows.", call: "x.combinations(2)",
      formula: "(x[i], x[j]) for i < j", derivative: "dy summed where each was taken", shapes: "[n] -> [n over r, r]",
      samples: [.init("", [.init([4])]) { $0[0].combinations(2) }]),
    OperationInfo(
      "rot90", "The plane of two dimensions turned by a quarter, so many times.", call: "x.rot90()", formula: "y[i, j] = x[j, n - 1 - i]",
      derivative: "dy turned back", shapes: "[a, b] -> [b, a]",
      samples: [.init("", [.init([2, 3])]) { $0[0].rot90() }, .init("half", [.init([2, 3])]) { $0[0].rot90(-2) }]),
  ]

  /// Where pieces end: as equal as can be, the first ones longer by one.
  static func ends(_ count: Int, _ size: Int, _ operation: String) throws(TensorError) -> [Int] {
    guard count > 0, count <= 1 << 24 else {
      throw TensorError(
        .argument, "number of sections must be larger than 0, got \(count)", hint: "Ask for one or more, up to 2^24.", operation: operation)
    }
    return (1..<count).map { $0 * (size / count) + Swift.min($0, size % count) }
  }
}

extension Tensor {
  /// Returns the tensor with at least one dimension.
  public func atleast1d() -> Tensor { rank == 0 ? unsqueezed(0) : self }
  /// Returns the tensor with at least two dimensions; a vector becomes a row.
  public func atleast2d() -> Tensor { rank < 2 ? atleast1d().unsqueezed(0) : self }
  /// Returns the tensor with at least three dimensions; new ones are in front of a vector's and behind a matrix's.
  public func atleast3d() -> Tensor { rank < 3 ? atleast2d().unsqueezed(-1) : self }

  /// Returns `sections` pieces of a dimension, as equal as can be, the first ones longer by one.
  public func tensorSplit(_ sections: Int, dim: Int = 0) -> [Tensor] {
    cut(dim, "tensorSplit") { size throws(TensorError) in try Arranging.ends(sections, size, "tensorSplit") }
  }
  /// Returns the pieces of a dimension between the indices given, one more than there are; negative indices count from the end.
  public func tensorSplit(_ indices: [Int], dim: Int = 0) -> [Tensor] { cut(dim, "tensorSplit") { _ in indices } }

  /// Returns `sections` equal pieces of dimension 1, of a vector of dimension 0.
  public func hsplit(_ sections: Int) -> [Tensor] { evenly(sections, rank == 1 ? 0 : 1, 1, "hsplit") }
  /// Returns the pieces of dimension 1, of a vector of dimension 0, between the indices given.
  public func hsplit(_ indices: [Int]) -> [Tensor] { tensorSplit(indices, dim: rank == 1 ? 0 : 1) }
  /// Returns `sections` equal pieces of dimension 0.
  public func vsplit(_ sections: Int) -> [Tensor] { evenly(sections, 0, 2, "vsplit") }
  /// Returns the pieces of dimension 0 between the indices given.
  public func vsplit(_ indices: [Int]) -> [Tensor] { tensorSplit(indices, dim: 0) }
  /// Returns `sections` equal pieces of dimension 2.
  public func dsplit(_ sections: Int) -> [Tensor] { evenly(sections, 2, 3, "dsplit") }
  /// Returns the pieces of dimension 2 between the indices given.
  public func dsplit(_ indices: [Int]) -> [Tensor] { tensorSplit(indices, dim: 2) }

  private func evenly(_ sections: Int, _ dim: Int, _ least: Int, _ operation: String) -> [Tensor] {
    guard rank >= least, sections > 0, size(dim) % sections == 0 else {
      return [
        fail(
          TensorError(
            .shape,
            rank < least
              ? "torch.\(operation) requires a tensor with at least \(least) dimension, but got a tensor with \(rank) dimensions!"
              : "torch.\(operation) attempted to split along dimension \(dim), but the size of the dimension \(size(dim)) is not divisible by "
                + "the split_size \(sections)!", hint: "tensorSplit takes any number of pieces.", operation: operation
          ).describing([self]))
      ]
    }
    return tensorSplit(sections, dim: dim)
  }

  private func cut(_ dim: Int, _ operation: String, _ ends: (Int) throws(TensorError) -> [Int]) -> [Tensor] {
    do throws(TensorError) {
      guard rank > 0 else {
        throw TensorError(
          .shape, "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims", hint: "There is nothing to split.",
          operation: operation)
      }
      let d = try Dims.wrapped(dim, rank, operation), n = size(d)
      // Within the dimension; a piece that would end before it starts is empty.
      let bounds = [0] + (try ends(n)).map { Swift.min(Swift.max($0 < 0 ? $0 &+ n : $0, 0), n) } + [n]
      return zip(bounds, bounds.dropFirst()).map { narrow(dim: d, start: $0, count: Swift.max($1 - $0, 0)) }
    } catch {
      return [fail(error.describing([self]))]
    }
  }

  /// Returns every choice of `r` elements of this vector, in their order, as rows; with `withReplacement` each may be taken again.
  public func combinations(_ r: Int = 2, withReplacement: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      guard rank == 1 else {
        throw TensorError(.shape, "Expect a 1D vector, but got shape \(shape)", hint: "Flatten it.", operation: "combinations")
      }
      guard r >= 0, r <= 64 else {
        throw TensorError(
          .argument, r < 0 ? "Expect a non-negative number, but got \(r)" : "combinations of \(r) elements are too many",
          hint: "Rows have 0 to 64 elements.", operation: "combinations")
      }
      if r == 0 { return Tensor.zeros([0], dtype: dtype) }
      let places = Tensor.arange(count), grids = meshgrid(Array(repeating: places, count: r))
      var isKept = Tensor.ones([], dtype: .bool)
      for (a, b) in zip(grids, grids.dropFirst()) { isKept = isKept.logicalAnd(withReplacement ? a .<= b : a .< b) }
      let kept = isKept.expanded(grids[0].shape)
      return stack(grids.map { flattened().indexSelect(dim: 0, index: $0.maskedSelect(kept)) }, dim: 1)
    }
  }

  /// Returns the tensor with the plane of two dimensions turned by a quarter `k` times, from the first towards the second.
  public func rot90(_ k: Int = 1, dims: [Int] = [0, 1]) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      guard dims.count == 2, rank > 1 else {
        throw TensorError(
          .argument,
          dims.count != 2
            ? "expected total rotation dims == 2, but got dims = \(dims.count)" : "expected total dims >= 2, but got total dims = \(rank)",
          hint: "A plane has two dimensions.", operation: "rot90")
      }
      let d = try Dims.wrapped(dims, rank, "rot90")
      return switch ((k % 4) + 4) % 4 {
      case 1: flip(d[1]).transposed(d[0], d[1])
      case 2: flip(d)
      case 3: flip(d[0]).transposed(d[0], d[1])
      default: clone()
      }
    }
  }

  /// Returns the sums over the dimensions that broadcasting from `sizes` would enlarge.
  public func sumToSize(_ sizes: [Int]) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      guard sizes.count <= rank, case .success(let common) = Shape.broadcast(Shape(sizes), internalShape), common == internalShape else {
        throw TensorError(
          .shape, "size {\(sizes)} is not expandable to size {\(shape)}.", hint: "Sizes are the tensor's or 1, without leading ones.",
          operation: "sumToSize")
      }
      if sizes.isEmpty { return sum() }
      return Shape(sizes) == internalShape ? self : (dtype.isFloatingPoint ? self : to(.int64)).summed(to: Shape(sizes))
    }
  }
}

/// Returns the tensors, each with at least one dimension.
public func atleast1d(_ tensors: [Tensor]) -> [Tensor] { tensors.map { $0.atleast1d() } }
/// Returns the tensors, each with at least two dimensions.
public func atleast2d(_ tensors: [Tensor]) -> [Tensor] { tensors.map { $0.atleast2d() } }
/// Returns the tensors, each with at least three dimensions.
public func atleast3d(_ tensors: [Tensor]) -> [Tensor] { tensors.map { $0.atleast3d() } }

/// Returns the tensors side by side along dimension 1; vectors and numbers count as columns.
public func columnStack(_ tensors: [Tensor]) -> Tensor { hstack(tensors.map { $0.rank < 2 ? $0.reshaped(-1, 1) : $0 }) }

/// Returns the tensors one behind the other along dimension 2.
public func dstack(_ tensors: [Tensor]) -> Tensor { cat(atleast3d(tensors), dim: 2) }

/// Returns the matrix of zeros with the matrices along its diagonal; vectors and numbers count as rows.
public func blockDiag(_ tensors: [Tensor]) -> Tensor {
  orFail(tensors) { () throws(TensorError) in
    if let bad = tensors.firstIndex(where: { $0.rank > 2 }) {
      throw TensorError(
        .shape, "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input \(bad) has \(tensors[bad].rank) dimensions",
        hint: "A block is a matrix.", operation: "blockDiag")
    }
    if tensors.isEmpty { return Tensor.zeros([1, 0]) }
    let blocks = atleast2d(tensors)
    var width = 0, start = 0
    for block in blocks { width = try Sizes.sum(width, block.size(1)) }
    return cat(
      blocks.map { block in
        defer { start += block.size(1) }
        return block.padded([start, width - start - block.size(1)])
      })
  }
}

/// Returns every choice of one element from each vector, as rows, the last vector's changing fastest; of one vector itself.
public func cartesianProd(_ vectors: [Tensor]) -> Tensor {
  if let bad = vectors.first(where: { $0.rank != 1 }) {
    return fail(TensorError(.shape, "Expect a 1D vector, but got shape \(bad.shape)", hint: "Flatten it.", operation: "cartesianProd"))
  }
  if vectors.count == 1 { return vectors[0] }
  let columns = meshgrid(vectors).map { $0.flattened() }
  return stack(columns, dim: 1)
}
