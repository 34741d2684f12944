import CKernels

/// Joining and cutting tensors.
enum Joining {
  static let catalog: [OperationInfo] = [Concatenate.info]
}

struct Concatenate: VariadicOperation {
  static let info = OperationInfo(
    "cat", "Tensors one after another along a dimension.", call: "cat([x, w], dim: 0)", formula: "[x, w, ...]",
    derivative: "the slice of dy that belongs to each",
    shapes: "[a, c], [b, c] -> [a + b, c]",
    samples: [
      OperationSample("dim 0", [.init([2, 3]), .init([1, 3])]) { cat([$0[0], $0[1]], dim: 0) },
      OperationSample("dim 1", [.init([2, 2]), .init([2, 3]), .init([2, 0])]) { cat([$0[0], $0[1], $0[2]], dim: -1) },
      OperationSample("stack", [.init([2, 3]), .init([2, 3])]) { stack([$0[0], $0[1]], dim: 1) },
    ])
  let dim: Int
  var nodeName: String { "CatBackward0" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)")] }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { (needs.map { _ in true }, [false]) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let common = DType.resultType(x.map(\.promotionOperand), default: defaultDType)
    let first = x[0].box.shape
    var total = 0
    for (i, t) in x.enumerated() {
      let shape = t.box.shape
      guard shape.rank == first.rank else {
        throw TensorError(
          .shape, "Tensors must have same number of dimensions: got \(first.rank) and \(shape.rank)",
          mend: "Add dimensions with unsqueezed(_:), or use stack.", operation: "cat")
      }
      for d in 0..<shape.rank where d != dim && shape[d] != first[d] {
        throw TensorError(
          .shape,
          "Sizes of tensors must match except in dimension \(dim). Expected size \(first[d]) but got size \(shape[d]) for tensor "
            + "number \(i) in the list.",
          mend: "Only dimension \(dim), along which they are joined, may differ.", operation: "cat")
      }
      total += shape[dim]
    }
    let out = TensorBox.uninitialized(first.replacing(dim, with: total), common)
    let strides = out.strides
    var start = 0
    for t in x {
      let part = t.converted(to: common)
      out.write(part.box, first.replacing(dim, with: t.box.shape[dim]), strides: strides, offset: start * strides[dim])
      start += t.box.shape[dim]
    }
    return [Tensor(out)]
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return s.needs.map { _ in nil } }
    var start = 0
    return s.needs.indices.map { i in
      let size = s.input(i).size(dim)
      defer { start += size }
      return s.needs[i] ? Slice(dim: dim, start: start, count: size, step: 1, size: dy.size(dim))(dy) : nil
    }
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    [Concatenate(dim: dim)(dx.indices.map { dx[$0] ?? Tensor.zeros(like: s.input($0)) })[0]]
  }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    let whole = zip(x, batched).map { $0.whole($1, size) }
    return Concatenate(dim: dim + 1)(whole)
  }
}

extension TensorBox {
  /// Copies `source` into the part of this fresh box that starts at `offset` and has these sizes and strides.
  func write(_ source: TensorBox, _ shape: Shape, strides: Shape, offset: Int) {
    let rank = shape.rank
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2 * rank + 1) { dims in
      for d in 0..<rank {
        dims[d] = Int64(shape[d])
        dims[rank + d] = Int64(strides[d])
      }
      var part = c.pointee
      part.data = c.pointee.data + offset * dtype.size
      part.dims = dims.baseAddress
      part.rank = UInt8(rank)
      part.count = Int64(shape.elements)
      part.contiguous = shape.isRowMajor(strides)
      if part.count > 0 { cr_copy(source.c, &part) }
    }
  }
}

/// Returns the tensors one after another along a dimension; types promote.
public func cat(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
  orFail(tensors) { () throws(TensorError) in
    guard let first = tensors.first else {
      throw TensorError(.argument, "expected a non-empty list of Tensors", mend: "Join at least one.", operation: "cat")
    }
    guard tensors.allSatisfy({ $0.rank > 0 }) else {
      throw TensorError(
        .shape, "zero-dimensional tensor (at position \(tensors.firstIndex { $0.rank == 0 } ?? 0)) cannot be concatenated",
        mend: "Use stack for 0-dimensional tensors.", operation: "cat")
    }
    // A vector of no elements fits everywhere, so that joining can start from nothing.
    let joined = tensors.contains { $0.rank != 1 } ? tensors.filter { $0.shape != [0] } : tensors
    let rank = joined.first?.rank ?? first.rank
    return Concatenate(dim: try Dims.wrapped(dim, rank, "cat"))(joined)[0]
  }
}

/// Returns the tensors, of one shape, side by side along a new dimension.
public func stack(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
  orFail(tensors) { () throws(TensorError) in
    guard let first = tensors.first else {
      throw TensorError(.argument, "stack expects a non-empty TensorList", mend: "Stack at least one.", operation: "stack")
    }
    for (i, t) in tensors.enumerated() where t.shape != first.shape {
      throw TensorError(
        .shape, "stack expects each tensor to be equal size, but got \(first.shape) at entry 0 and \(t.shape) at entry \(i)",
        mend: "Use cat to join tensors that differ along one dimension.", operation: "stack")
    }
    let d = try Dims.wrapped(dim, first.rank + 1, "stack")
    return Concatenate(dim: d)(tensors.map { $0.unsqueezed(d) })[0]
  }
}

/// Returns the tensors side by side: vectors end to end, others along dimension 1.
public func hstack(_ tensors: [Tensor]) -> Tensor {
  let atLeast1D = tensors.map { $0.rank == 0 ? $0.unsqueezed(0) : $0 }
  return cat(atLeast1D, dim: atLeast1D.first?.rank == 1 ? 0 : 1)
}

/// Returns the tensors one below the other along dimension 0; vectors count as rows.
public func vstack(_ tensors: [Tensor]) -> Tensor {
  cat(tensors.map { $0.rank < 2 ? $0.reshaped(1, -1) : $0 }, dim: 0)
}

/// Returns pieces of `size` along a dimension; the last may be shorter.
public func split(_ x: Tensor, _ size: Int, dim: Int = 0) -> [Tensor] {
  do throws(TensorError) {
    let d = try Dims.wrapped(dim, x.rank, "split")
    guard x.rank > 0 else {
      throw TensorError(.shape, "split expects at least a 1-dimensional tensor", mend: "There is nothing to split.", operation: "split")
    }
    guard size > 0 else {
      throw TensorError(
        .argument, "split expects split_size be non-negative, but got split_size=\(size)", mend: "Pieces have at least one element.",
        operation: "split")
    }
    return stride(from: 0, to: Swift.max(x.size(d), 1), by: size).map {
      x.narrow(dim: d, start: $0, count: Swift.min(size, x.size(d) - $0))
    }
  } catch {
    return [fail(error.describing([x]))]
  }
}

/// Returns pieces of the sizes given along a dimension.
public func split(_ x: Tensor, _ sizes: [Int], dim: Int = 0) -> [Tensor] {
  do throws(TensorError) {
    let d = try Dims.wrapped(dim, x.rank, "split")
    guard x.rank > 0, sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, +) == x.size(d) else {
      throw TensorError(
        .argument,
        "split_with_sizes expects split_sizes to sum exactly to \(x.rank > 0 ? x.size(d) : 1) (input tensor's size at dimension "
          + "\(d)), but got split_sizes=\(sizes)",
        mend: "Sizes are 0 or more and add up to the dimension's.", operation: "split")
    }
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return x.narrow(dim: d, start: start, count: size)
    }
  } catch {
    return [fail(error.describing([x]))]
  }
}

extension Tensor {
  /// Returns `count` elements of a dimension from `start`.
  public func narrow(dim: Int, start: Int, count: Int) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "narrow")
      guard rank > 0, start >= 0, count >= 0, start <= size(d) - count else {
        throw TensorError(
          .index, "start (\(start)) + length (\(count)) exceeds dimension size (\(rank > 0 ? size(d) : 0)).",
          mend: "Stay within the dimension.", operation: "narrow")
      }
      return Slice(dim: d, start: start, count: count, step: 1, size: size(d))(self)
    }
  }

  /// Returns index `index` of a dimension, which is dropped; negative ones count from the end.
  public func select(dim: Int, index: Int) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "select")
      guard rank > 0 else {
        throw TensorError(.index, "select() cannot be applied to a 0-dim tensor.", mend: "Read it with item().", operation: "select")
      }
      let n = size(d)
      guard index >= -n, index < n else {
        throw TensorError(
          .index, "index \(index) is out of bounds for dimension \(d) with size \(n)",
          mend: "Valid indices are \(-n) to \(n - 1).", operation: "select")
      }
      return Select(dim: d, index: index < 0 ? index + n : index, size: n)(self)
    }
  }

  /// Returns `count` pieces along a dimension, as equal as can be.
  public func chunk(_ count: Int, dim: Int = 0) -> [Tensor] {
    guard count > 0 else {
      return [
        fail(
          TensorError(
            .argument, "chunk expects `chunks` to be greater than 0, got: \(count)", mend: "Ask for at least one.", operation: "chunk"
          ).describing([self]))
      ]
    }
    guard rank > 0, dim >= -rank, dim < rank else { return split(self, 1, dim: dim) }
    let n = size(dim < 0 ? dim + rank : dim)
    return split(self, Swift.max(1, (n + count - 1) / count), dim: dim)
  }

  /// Returns the slices along a dimension, which is dropped.
  public func unbind(dim: Int = 0) -> [Tensor] {
    guard rank > 0, dim >= -rank, dim < rank else { return [select(dim: dim, index: 0)] }
    let d = dim < 0 ? dim + rank : dim
    return (0..<size(d)).map { select(dim: d, index: $0) }
  }
}
