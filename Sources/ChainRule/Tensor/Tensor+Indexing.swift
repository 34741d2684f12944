import CKernels

// Reading is a chain of views (Select, Slice, Unsqueeze) and, where index tensors are among the parts, one gather of rows.
// Writing puts the value into the same region of a copy, which is recorded, so gradients flow; COW makes the copy the variable's own.

extension Tensor {
  /// Part of the tensor: numbers, ranges, `.all`, `.ellipsis`, `.newAxis`, masks (bool or uint8) and index tensors (int64 or
  /// int32), as in PyTorch.
  ///
  ///     b[0]; b[0, 1...]; b[.ellipsis, 0]; b[mask]; b[indexTensor]
  ///     v[1...] = 0
  ///
  /// Reading shares memory where it can; writing changes this variable only, and is recorded.
  public subscript(_ parts: any TensorIndex...) -> Tensor {
    get { part(parts.map(\.indexPart)) }
    set { write(newValue, at: parts.map(\.indexPart)) }
  }

  /// One element as a number: `let p: Float = v[0]`.
  ///
  /// The compiler tries this one too in each line of arithmetic. It gives up on a line of four parts if all the places may be of any kind; so
  /// only the first may.
  @_disfavoredOverload
  public subscript<S: TensorElement & TensorScalar>(_ first: any TensorIndex, _ rest: Int...) -> S {
    part([first.indexPart] + rest.map(\.indexPart)).item(as: S.self)
  }

  /// Part of the tensor, to be set to a number: `v[0] = 5`.
  ///
  /// An existential, and apart from the one that reads numbers, so that `v[0] *= 3` cannot mean reading a number, multiplying it
  /// and writing it back: no gradient would flow.
  @_disfavoredOverload
  public subscript(_ parts: any TensorIndex...) -> any TensorOperand {
    get { part(parts.map(\.indexPart)) }
    set { write(newValue.operand.element(beside: dtype, "subscript", isStored: true), at: parts.map(\.indexPart)) }
  }

  // MARK: Resolution

  /// A subscript matched to a tensor's dimensions: the basic region, then what index tensors pick of it.
  private struct Resolved {
    /// What is taken of each dimension of the tensor.
    var region: [Region.Part] = []
    /// Where new dimensions of size 1 stand in the view.
    var newAxes: [Int] = []
    /// Index tensors, by dimension of the view; a mask stands at the first of its dimensions.
    var tensors: [(dim: Int, index: Tensor)] = []
    var viewRank = 0
  }

  private func resolve(_ parts: [IndexPart]) throws(TensorError) -> Resolved {
    var consumed = 0, ellipses = 0
    for part in parts {
      switch part.kind {
      case .at, .slice: consumed += 1
      case .tensor(let t):
        guard t.dtype == .int64 || t.dtype == .int32 || t.isMask else {
          throw TensorError(
            .index, "tensors used as indices must be long, int, byte or bool tensors",
            hint: "The index has type \(t.dtype.name): convert it with to(.int64), or compare to get a mask.", operation: "subscript")
        }
        consumed += t.isMask ? t.rank : 1
      case .newAxis: break
      case .ellipsis: ellipses += 1
      }
    }
    let shape = internalShape
    guard consumed <= shape.rank, ellipses <= 1 else {
      throw TensorError(
        .index,
        ellipses > 1
          ? "an index can only have a single ellipsis ('...')" : "too many indices for tensor of dimension \(shape.rank)",
        hint: ellipses > 1 ? "Write one .ellipsis." : "Give at most \(shape.rank).", operation: "subscript")
    }
    var result = Resolved()
    func whole(_ n: Int) {
      for _ in 0..<n {
        result.region.append(.slice(start: 0, count: shape[result.region.count], step: 1))
        result.viewRank += 1
      }
    }
    for part in parts {
      let d = result.region.count
      switch part.kind {
      case .at(let i):
        guard i >= -shape[d], i < shape[d] else {
          throw TensorError(
            .index, "index \(i) is out of bounds for dimension \(d) with size \(shape[d])",
            hint: shape[d] == 0 ? "The dimension is empty." : "Valid indices are \(-shape[d]) to \(shape[d] - 1).",
            operation: "subscript")
        }
        result.region.append(.at(i < 0 ? i + shape[d] : i))
      case .slice(let start, let end, let step):
        guard step > 0 else {
          throw TensorError(.argument, "step must be greater than zero", hint: "Reverse with flip.", operation: "subscript")
        }
        func bound(_ b: Int?, _ otherwise: Int) -> Int {
          guard let b else { return otherwise }
          return Swift.min(Swift.max(b < 0 ? b + shape[d] : b, 0), shape[d])
        }
        let from = bound(start, 0), to = bound(end, shape[d])
        // A step beyond the dimension takes one element, as the dimension's own size does.
        let pace = Swift.min(step, Swift.max(shape[d], 1))
        result.region.append(.slice(start: from, count: to > from ? (to - from - 1) / pace + 1 : 0, step: pace))
        result.viewRank += 1
      case .newAxis:
        result.newAxes.append(result.viewRank)
        result.viewRank += 1
      case .ellipsis: whole(shape.rank - consumed)
      case .tensor(let t) where t.isMask && t.rank == 0:
        // One truth value: a new dimension, of which it takes all or nothing.
        result.newAxes.append(result.viewRank)
        result.tensors.append((result.viewRank, Tensor.zeros([t.item(as: Bool.self) ? 1 : 0], dtype: .int64)))
        result.viewRank += 1
      case .tensor(let t):
        if t.isMask { try checkMask(t, shape, d) }
        result.tensors.append((result.viewRank, t))
        whole(t.isMask ? t.rank : 1)
      }
    }
    whole(shape.rank - result.region.count)
    return result
  }

  /// Whether a subscript reads the tensor as a mask: one of uint8 too, as in PyTorch.
  fileprivate var isMask: Bool { dtype == .bool || dtype == .uint8 }

  private func checkMask(_ mask: Tensor, _ shape: Shape, _ dim: Int) throws(TensorError) {
    for (i, size) in mask.shape.enumerated() where size != shape[dim + i] {
      throw TensorError(
        .index,
        "The shape of the mask \(mask.shape) at index \(i) does not match the shape of the indexed tensor \(shape.array) at index "
          + "\(dim + i)",
        hint: "A mask has the sizes of the dimensions it selects from.", operation: "subscript")
    }
  }

  // MARK: Reading

  private func part(_ parts: [IndexPart]) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let resolved = try resolve(parts)
      var view = resolved.region.enumerated().reduce((self, 0)) { state, entry in
        let (view, dim) = state
        let next = Region.take(entry.element, view, dim: dim)
        if case .at = entry.element { return (next, dim) }
        return (next, dim + 1)
      }.0
      // New axes are placed in the numbering of the finished view, left to right.
      for axis in resolved.newAxes { view = Unsqueeze(dim: axis)(view) }
      return resolved.tensors.isEmpty ? view : try Advanced(view, resolved.tensors).read()
    }
  }

  // MARK: Writing

  private mutating func write(_ value: Tensor, at parts: [IndexPart]) {
    let before = self
    assign { current in
      orFail([before, value]) { () throws(TensorError) in try current.written(value, at: parts) }
    }
  }

  /// Returns the tensor with `values` in the part that `indices` name, as a subscript does, or added to what is there: of places named
  /// several times each value counts then.
  ///
  ///     x.indexPut([rows, columns], values, accumulate: true)
  public func indexPut(_ indices: [any TensorIndex], _ values: Tensor, accumulate: Bool = false) -> Tensor {
    orFail([self, values]) { () throws(TensorError) in
      guard dtype == values.dtype else {
        throw TensorError(
          .dtype,
          "Index put requires the source and destination dtypes match, got \(dtype.scalarTypeName) for the destination and "
            + "\(values.dtype.scalarTypeName) for the source.",
          hint: "Convert the values with to(.\(dtype.name)).", operation: "indexPut")
      }
      return try written(values, at: indices.map(\.indexPart), adding: accumulate)
    }
  }

  private func written(_ value: Tensor, at parts: [IndexPart], adding: Bool = false) throws(TensorError) -> Tensor {
    let resolved = try resolve(parts)
    if value.dtype.category > dtype.category { throw Rules.castRefusal(value.dtype, dtype, "subscript") }
    let region = Region(parts: resolved.region), shape = region.result
    if resolved.tensors.isEmpty {
      let seen = resolved.newAxes.reduce(shape) { $0.inserting(1, at: $1) }
      let stretched = try value.stretched(to: seen)
      let part = resolved.newAxes.isEmpty ? stretched : stretched.reshaped(shape.array)
      return PutRegion(region: region)(self, adding ? region.take(self) + part : part)
    }
    let view = region.take(self)
    var inserted = view
    for axis in resolved.newAxes { inserted = Unsqueeze(dim: axis)(inserted) }
    let written = try Advanced(inserted, resolved.tensors).write(value, adding: adding)
    return PutRegion(region: region)(self, written.reshaped(shape.array))
  }

  /// The value broadcast to the region it is written to; leading sizes of 1 more than the region has are dropped.
  fileprivate func stretched(to shape: Shape) throws(TensorError) -> Tensor {
    var value = self
    while value.rank > shape.rank, value.size(0) == 1 { value = value.squeezed(0) }
    let own = value.internalShape
    guard case .success(let common) = Shape.broadcast(own, shape), common == shape else {
      throw TensorError(
        .shape, "shape mismatch: value tensor of shape \(self.shape) cannot be broadcast to indexing result of shape \(shape.array)",
        hint: "Give a value of that shape, or one that broadcasts to it.", operation: "subscript")
    }
    return own == shape ? value : value.expanded(shape.array)
  }

  /// The indices of the elements that are not 0 or false: [count, rank], int64, in row-major order.
  public func nonzero() -> Tensor {
    let rank = self.rank
    guard let value = readable("nonzero") else { return .poison }
    return orFail([self]) { () throws(TensorError) in
      let value = try value.packed
      let n = Int(cr_nonzero(value.box.c, nil))
      let out = try TensorBox.uninitialized([n, rank], .int64)
      if n > 0, rank > 0 { _ = cr_nonzero(value.box.c, out.c.pointee.data.assumingMemoryBound(to: Int64.self)) }
      return Tensor(out)
    }
  }
}

/// Index tensors applied to a view: rows of the indexed dimensions, flattened, are picked or written.
private struct Advanced {
  private let view: Tensor
  /// Indexed dimensions of the view, and for each the indices, all of one shape.
  private let dims: [Int]
  private let index: Tensor
  private let indexShape: [Int]

  init(_ view: Tensor, _ tensors: [(dim: Int, index: Tensor)]) throws(TensorError) {
    self.view = view
    var dims: [Int] = [], indices: [Tensor] = []
    for (dim, t) in tensors {
      if t.isMask {
        let positions = t.nonzero()
        for i in 0..<t.rank {
          dims.append(dim + i)
          indices.append(positions.select(dim: 1, index: i))
        }
      } else {
        dims.append(dim)
        indices.append(t.to(.int64))
      }
    }
    self.dims = dims
    var shape: Shape = []
    for t in indices {
      switch Shape.broadcast(shape, t.internalShape) {
      case .success(let common): shape = common
      case .failure:
        throw TensorError(
          .index,
          "shape mismatch: indexing tensors could not be broadcast together with shapes "
            + indices.map { "\($0.shape)" }.joined(separator: ", "),
          hint: "Index tensors must have one shape, or broadcast to one.", operation: "subscript")
      }
    }
    indexShape = shape.array
    index = try Advanced.flat(indices, dims, view, shape)
  }

  /// One index into the indexed dimensions flattened, range-checked dimension by dimension.
  private static func flat(_ indices: [Tensor], _ dims: [Int], _ view: Tensor, _ shape: Shape) throws(TensorError) -> Tensor {
    var flat: Tensor?
    for (t, d) in zip(indices, dims) {
      let size = view.size(d)
      if t.detach().box.flags.contains(.wrapped) {
        // The numbers belong to a transform and cannot be looked at: only the range of all dimensions together is checked.
        let wrapped = Tensor.where(t .< 0, t + size, t)
        flat = flat.map { $0 * size + wrapped } ?? wrapped
        continue
      }
      let source = try IndexedRows.integers(t.detach(), "subscript")
      let wrapped = try TensorBox.uninitialized(source.internalShape, .int64)
      let bad = cr_wrap_indices(
        IndexedRows.pointer(source), Int64(source.count), Int64(size),
        wrapped.c.pointee.data.assumingMemoryBound(to: Int64.self))
      guard bad < 0 else { throw IndexedRows.outOfBounds(source, bad, dim: d, size: size, "subscript") }
      flat = flat.map { $0 * size + Tensor(wrapped) } ?? Tensor(wrapped)
    }
    guard let flat else { return Tensor.zeros([1], dtype: .int64) }
    return (flat.internalShape == shape ? flat : flat.expanded(shape.array)).reshaped(-1)
  }

  /// Whether the indexed dimensions stand side by side: then the result's index dimensions take their place, else the front.
  private var isAdjacent: Bool { zip(dims, dims.dropFirst()).allSatisfy { $1 == $0 + 1 } }

  private var others: [Int] { view.shape.indices.filter { !dims.contains($0) } }

  /// The view as [indexed, others].
  private var rows: Tensor {
    let order = dims + others
    let moved = order == Array(0..<view.rank) ? view : view.permuted(order)
    let indexed = dims.map { view.size($0) }
    return dims.count == 1 ? moved : moved.reshaped([indexed.reduce(1, *)] + others.map { view.size($0) })
  }

  private var place: Int { isAdjacent ? (dims.first ?? 0) : 0 }

  func read() throws(TensorError) -> Tensor {
    if dims.count == 1, indexShape.count == 1 { return IndexSelect(dim: dims[0], nodeName: "IndexBackward0")(view, index) }
    let picked = IndexSelect(dim: 0, nodeName: "IndexBackward0")(rows, index)
    let rest = others.map { view.size($0) }
    let shaped = picked.reshaped(indexShape + rest)
    guard place > 0 else { return shaped }
    // The index dimensions go where the indexed ones stood.
    let n = indexShape.count
    return shaped.permuted(Array(n..<(n + place)) + Array(0..<n) + Array((n + place)..<(n + rest.count)))
  }

  func write(_ value: Tensor, adding: Bool) throws(TensorError) -> Tensor {
    let rest = others.map { view.size($0) }, n = indexShape.count
    let before = place
    let target = Shape(Array(rest[..<before]) + indexShape + Array(rest[before...]))
    let stretched = try value.stretched(to: target)
    let front =
      before == 0
      ? stretched : stretched.permuted(Array(before..<(before + n)) + Array(0..<before) + Array((before + n)..<(n + rest.count)))
    let source = front.reshaped([index.count] + rest)
    let operands = [rows, index, source], node = "IndexPutBackward0"
    let written = adding ? IndexAdd(dim: 0, nodeName: node)(operands)[0] : IndexCopy(dim: 0, nodeName: node)(operands)[0]
    let order = dims + others
    let moved = written.reshaped(order.map { view.size($0) })
    var inverse = order
    for (i, d) in order.enumerated() { inverse[d] = i }
    return moved.permuted(inverse)
  }
}
