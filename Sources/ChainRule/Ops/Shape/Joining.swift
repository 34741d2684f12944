import CKernels

/// Joining tensors.
enum Joining {
  static let catalog: [OperationInfo] = [Concatenate.info, Stack.info] + composed
}

struct Concatenate: VariadicOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "cat", "Tensors one after another along a dimension.", call: "cat([x, w], dim: 0)", formula: "[x, w, ...]",
    derivative: "the slice of dy that belongs to each",
    shapes: "[a, c], [b, c] -> [a + b, c]",
    samples: [
      OperationSample("dim 0", [.init([2, 3]), .init([1, 3])]) { cat([$0[0], $0[1]], dim: 0) },
      OperationSample("dim 1", [.init([2, 2]), .init([2, 3]), .init([2, 0])]) { cat([$0[0], $0[1], $0[2]], dim: -1) },
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
          hint: "Add dimensions with unsqueezed(_:), or use stack.", operation: "cat")
      }
      for d in 0..<shape.rank where d != dim && shape[d] != first[d] {
        throw TensorError(
          .shape,
          "Sizes of tensors must match except in dimension \(dim). Expected size \(first[d]) but got size \(shape[d]) for tensor "
            + "number \(i) in the list.",
          hint: "Only dimension \(dim), along which they are joined, may differ.", operation: "cat")
      }
      total += shape[dim]
    }
    let out = try TensorBox.uninitialized(first.replacing(dim, with: total), common)
    let strides = out.strides
    var start = 0
    for t in x {
      let part = try t.converted(to: common)
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

/// Tensors of one shape side by side along a new dimension.
struct Stack: VariadicOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "stack", "Tensors of one shape side by side along a new dimension.", call: "stack([x, w], dim: 1)", formula: "[x, w, ...]",
    derivative: "the slice of dy that belongs to each", shapes: "[a, b], [a, b] -> [a, 2, b]",
    samples: [
      OperationSample("dim 1", [.init([2, 3]), .init([2, 3])]) { stack([$0[0], $0[1]], dim: 1) },
      OperationSample("numbers", [.init([]), .init([]), .init([])]) { stack($0) },
      OperationSample("empty", [.init([0, 2]), .init([0, 2])]) { stack($0, dim: -1) },
    ])
  let dim: Int
  var nodeName: String { "StackBackward0" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)")] }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { (needs.map { _ in false }, [false]) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let slices = x.map { Tensor($0.box.view($0.box.shape.inserting(1, at: dim), strides: $0.box.strides.inserting(1, at: dim), offset: 0)) }
    return try Concatenate(dim: dim).forward(slices)
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return s.needs.map { _ in nil } }
    return s.needs.indices.map { s.needs[$0] ? Select(dim: dim, index: $0, size: s.needs.count)(dy) : nil }
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    [self(dx.indices.map { dx[$0] ?? Tensor.zeros(like: s.input($0)) })[0]]
  }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    Stack(dim: dim + 1)(zip(x, batched).map { $0.whole($1, size) })
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
      throw TensorError(.argument, "expected a non-empty list of Tensors", hint: "Join at least one.", operation: "cat")
    }
    guard tensors.allSatisfy({ $0.rank > 0 }) else {
      throw TensorError(
        .shape, "zero-dimensional tensor (at position \(tensors.firstIndex { $0.rank == 0 } ?? 0)) cannot be concatenated",
        hint: "Use stack for 0-dimensional tensors.", operation: "cat")
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
      throw TensorError(.argument, "stack expects a non-empty TensorList", hint: "Stack at least one.", operation: "stack")
    }
    for (i, t) in tensors.enumerated() where t.shape != first.shape {
      throw TensorError(
        .shape, "stack expects each tensor to be equal size, but got \(first.shape) at entry 0 and \(t.shape) at entry \(i)",
        hint: "Use cat to join tensors that differ along one dimension.", operation: "stack")
    }
    let d = try Dims.wrapped(dim, first.rank + 1, "stack")
    return Stack(dim: d)(tensors)[0]
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

extension Joining {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "hstack, vstack", "Tensors side by side in columns (one below the other in rows).", call: "hstack([x, w])", formula: "[x w]",
      derivative: "the part of dy that lies where the tensor went", shapes: "[a, b], [a, c] -> [a, b + c]",
      samples: [
        .init("columns", [.init([2, 3]), .init([2, 1])]) { hstack($0) },
        .init("vectors", [.init([3]), .init([2])]) { hstack($0) },
        .init("rows", [.init([3]), .init([2, 3])]) { vstack($0) },
      ])
  ]
}
