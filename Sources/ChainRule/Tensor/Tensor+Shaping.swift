extension Tensor {
  /// Returns the same elements in other sizes; one of them may be -1 and is inferred.
  public func reshaped(_ sizes: Int...) -> Tensor { reshaped(sizes) }

  /// Returns the same elements in other sizes; one of them may be -1 and is inferred.
  public func reshaped(_ sizes: [Int]) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let from = internalShape
      let to = try Tensor.inferred(sizes, count: from.elements)
      return Reshape(shape: to, from: from)(self)
    }
  }

  /// `sizes` with -1 replaced by what is left of `count`.
  private static func inferred(_ sizes: [Int], count: Int) throws(TensorError) -> Shape {
    func invalid(_ why: String) -> TensorError {
      TensorError(.shape, "shape '\(sizes)' is invalid for input of size \(count)", hint: why, operation: "reshaped")
    }
    if sizes.count > Shape.mostDimensions { throw Rules.tooManyDimensions(sizes.count) }
    guard let open = sizes.firstIndex(of: -1) else {
      guard sizes.allSatisfy({ $0 >= 0 }), product(sizes) == count else {
        throw invalid("The sizes must multiply to \(count); one may be -1, to be inferred.")
      }
      return Shape(sizes)
    }
    var others = sizes
    others.remove(at: open)
    guard others.allSatisfy({ $0 >= 0 }), let known = product(others) else {
      throw invalid("Only one dimension can be inferred, and no other may be negative.")
    }
    guard known > 0, count % known == 0 else { throw invalid("The other sizes must divide \(count).") }
    var shape = Shape(sizes)
    shape[open] = count / known
    return shape
  }

  /// The product of sizes, nil where it overflows.
  static func product(_ sizes: [Int]) -> Int? {
    var result = 1
    for size in sizes {
      let (next, overflow) = result.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      result = next
    }
    return result
  }

  /// Returns the tensor with dimensions `first` through `last` made one.
  public func flattened(from first: Int = 0, through last: Int = -1) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let shape = self.shape
      let a = try Dims.wrapped(first, rank, "flattened"), b = try Dims.wrapped(last, rank, "flattened")
      if shape.isEmpty { return reshaped(1) }
      guard a <= b else {
        throw TensorError(
          .argument, "flatten() has invalid args: start_dim cannot come after end_dim", hint: "Swap them.", operation: "flattened")
      }
      if a == b { return self }
      return reshaped(Array(shape[..<a]) + [shape[a...b].reduce(1, *)] + Array(shape[(b + 1)...]))
    }
  }

  /// Returns the tensor with two dimensions exchanged.
  public func transposed(_ a: Int, _ b: Int) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let i = try Dims.wrapped(a, rank, "transposed"), j = try Dims.wrapped(b, rank, "transposed")
      if rank == 0 { return self }
      var order = Array(0..<rank)
      order.swapAt(i, j)
      return Permute(order: order, nodeName: "TransposeBackward0")(self)
    }
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// The transposed matrix; of a tensor of other rank, the dimensions reversed, with a warning above rank 2.
  public var T: Tensor {
    let n = rank
    if n > 2 { Warnings.transposeOfRank(n) }
    return n < 2 ? self : Permute(order: Array((0..<n).reversed()), nodeName: n == 2 ? "TBackward0" : "PermuteBackward0")(self)
  }

  /// The matrices in the last two dimensions, transposed.
  public var mT: Tensor { rank == 0 ? self : transposed(-2, -1) }

  /// Returns the tensor with its dimensions in another order: dimension i of the result is dimension `order[i]`.
  public func permuted(_ order: Int...) -> Tensor { permuted(order) }

  /// Returns the tensor with its dimensions in another order.
  public func permuted(_ order: [Int]) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      guard order.count == rank else {
        throw TensorError(
          .argument,
          "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of "
            + "dimensions i.e. input.dim() = \(rank) is not equal to len(dims) = \(order.count)",
          hint: "Name each of the \(rank) dimensions once.", operation: "permuted")
      }
      let wrapped = try Dims.wrapped(order, rank, "permuted")
      return Permute(order: wrapped, nodeName: "PermuteBackward0")(self)
    }
  }

  /// Returns the tensor with dimension `source[i]` moved to place `destination[i]`; the others keep their order.
  public func movedim(_ source: [Int], _ destination: [Int]) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      guard source.count == destination.count else {
        throw TensorError(
          .argument,
          "movedim: Invalid source or destination dims: source (\(source) dims) should contain the same number of dims as destination "
            + "(\(destination) dims)",
          hint: "Name a destination for each source.", operation: "movedim")
      }
      if source.isEmpty { return self }
      let from = try Dims.wrapped(source, rank, "movedim"), to = try Dims.wrapped(destination, rank, "movedim")
      var others = (0..<rank).filter { !from.contains($0) }[...]
      let order = (0..<rank).map { place in to.firstIndex(of: place).map { from[$0] } ?? others.removeFirst() }
      return permuted(order)
    }
  }

  /// Returns the tensor with a dimension moved to another place; the others keep their order.
  public func movedim(_ source: Int, _ destination: Int) -> Tensor { movedim([source], [destination]) }

  /// Returns the tensor with sizes of 1 repeated to `sizes`, without copying; -1 keeps a size.
  public func expanded(_ sizes: Int...) -> Tensor { expanded(sizes) }

  /// Returns the tensor with sizes of 1 repeated to `sizes`, without copying; -1 keeps a size.
  public func expanded(_ sizes: [Int]) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let from = internalShape
      let lead = sizes.count - from.rank
      guard lead >= 0 else {
        throw TensorError(
          .shape,
          "expand(\(dtype.scalarTypeName){\(shape)}, size=\(sizes)): the number of sizes provided (\(sizes.count)) must be greater or "
            + "equal to the number of dimensions in the tensor (\(from.rank))",
          hint: "Give a size for each dimension, new ones first.", operation: "expanded")
      }
      var to = Shape(sizes)
      for i in 0..<sizes.count {
        let have = i < lead ? 1 : from[i - lead]
        if sizes[i] == -1, i >= lead {
          to[i] = have
          continue
        }
        guard sizes[i] >= 0, have == sizes[i] || have == 1 else {
          throw TensorError(
            .shape,
            "The expanded size of the tensor (\(sizes[i])) must match the existing size (\(have)) at non-singleton dimension \(i). "
              + " Target sizes: \(sizes).  Tensor sizes: \(shape)",
            hint: "Only sizes of 1 can be repeated; -1 keeps a size.", operation: "expanded")
        }
      }
      return to == from ? self : Expand(shape: to, from: from)(self)
    }
  }

  /// Returns the tensor with a new dimension of size 1 at `dim`.
  public func unsqueezed(_ dim: Int) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      if rank == Shape.mostDimensions { throw Rules.tooManyDimensions(rank + 1) }
      return Unsqueeze(dim: try Dims.wrapped(dim, rank + 1, "unsqueezed"))(self)
    }
  }

  /// Returns the tensor without its dimensions of size 1.
  public func squeezed() -> Tensor {
    let ones = internalShape.indices.filter { internalShape[$0] == 1 }
    return Squeeze(dims: ones)(self)
  }

  /// Returns the tensor without dimension `dim` where its size is 1; else as it is.
  public func squeezed(_ dim: Int) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "squeezed")
      return rank > 0 && size(d) == 1 ? Squeeze(dims: [d])(self) : self
    }
  }

  /// Returns the tensor without those of the dimensions `dims` whose size is 1.
  public func squeezed(_ dims: [Int]) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      if dims.isEmpty { return self }
      let ones = try Dims.wrapped(dims, rank, "squeezed").filter { size($0) == 1 }
      return Squeeze(dims: ones.sorted())(self)
    }
  }

  /// Returns the tensor with one dimension split into `sizes`, of which one may be -1.
  public func unflattened(_ dim: Int, _ sizes: [Int]) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "unflattened"), shape = self.shape
      guard rank > 0, !sizes.isEmpty else {
        throw TensorError(.argument, "unflatten: sizes must be non-empty", hint: "Name the sizes to split into.", operation: "unflattened")
      }
      let parts = try Tensor.inferred(sizes, count: shape[d]).array
      return reshaped(Array(shape[..<d]) + parts + Array(shape[(d + 1)...]))
    }
  }

  /// Returns the same elements in the sizes of `other`.
  public func reshaped(like other: Tensor) -> Tensor { reshaped(other.shape) }
  /// Returns the tensor with sizes of 1 repeated to the sizes of `other`, without copying.
  public func expanded(like other: Tensor) -> Tensor { expanded(other.shape) }

  /// Returns the sum over the dimensions that broadcasting from `sizes` would enlarge: the reverse of broadcasting.
  func summed(to shape: Shape) -> Tensor { SumTo(shape: shape, from: internalShape)(self) }

  /// The tensor in the shape and type of `other`, as a tangent must be: broadcast and converted where needed.
  func fitted(like other: Tensor) -> Tensor {
    var result = self
    let shape = other.internalShape
    if result.internalShape != shape { result = result.expanded(shape.array) }
    return result.to(other.dtype)
  }
}

/// Returns the tensors in the shape they all broadcast to, without copying.
public func broadcastTensors(_ tensors: [Tensor]) -> [Tensor] {
  do throws(TensorError) {
    var common: Shape = []
    for t in tensors {
      guard case .success(let shape) = Shape.broadcast(common, t.internalShape) else {
        throw TensorError(
          .shape, "Shape mismatch: objects cannot be broadcast to a single shape",
          hint: "Shapes are compared from the last dimension; each must be equal or hold a 1.", operation: "broadcastTensors")
      }
      common = shape
    }
    return tensors.map { $0.expanded(common.array) }
  } catch {
    return [fail(error.describing(tensors))]
  }
}

/// Which of the first two vectors a mesh runs along in its first dimension.
public enum MeshIndexing: Sendable {
  /// As matrices are indexed: the first vector along the first dimension.
  case ij
  /// As points are plotted: the second vector along the first dimension.
  case xy
}

/// Returns the coordinates of every point of a grid: for each vector its values, repeated along the other dimensions.
public func meshgrid(_ vectors: [Tensor], indexing: MeshIndexing = .ij) -> [Tensor] {
  if let bad = vectors.first(where: { $0.rank > 1 }) {
    return [
      fail(
        TensorError(
          .shape, "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: \(bad.shape)", hint: "Flatten it first.",
          operation: "meshgrid"))
    ]
  }
  if let first = vectors.first, let other = vectors.first(where: { $0.dtype != first.dtype }) {
    let error = TensorError(
      .dtype, "meshgrid expects all tensors to have the same dtype",
      hint: "They are \(first.dtype.name) and \(other.dtype.name): convert with to(_:).", operation: "meshgrid")
    return Array(repeating: fail(error.describing(vectors)), count: vectors.count)
  }
  let swaps = indexing == .xy && vectors.count > 1
  let order = swaps ? [vectors[1], vectors[0]] + vectors[2...] : vectors
  let sizes = order.map(\.count)
  let grids = order.enumerated().map { i, vector in
    vector.reshaped(sizes.indices.map { $0 == i ? sizes[i] : 1 }).expanded(sizes)
  }
  return swaps ? [grids[1], grids[0]] + grids[2...] : grids
}
