import CKernels

/// Elements in other places, or repeated: each result is a copy.
enum Rearranging {
  static let catalog: [OperationInfo] = [Flip.info] + composed
}

struct Flip: LinearOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "flip", "Dimensions in reverse.", call: "x.flip(0)", formula: "y[i] = x[n - 1 - i]", derivative: "1, flipped back", shapes: "unchanged",
    samples: OperationSample.alongDim { $0.rank == 0 ? $0 : $0.flip($1) }
      + [OperationSample("both", [.init([2, 3])]) { $0[0].flip(0, 1) }])
  let dims: [Int]
  var nodeName: String { "FlipBackward0" }
  var attributes: [(name: String, value: String)] { [("dims", "\(dims)")] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let shape = x.box.shape, rank = shape.rank
    let out = try TensorBox.uninitialized(shape, x.dtype)
    if shape.elements == 0 { return Tensor(out) }
    // The kernel walks the source backwards: last element first, strides negated.
    var strides = x.box.strides, offset = 0
    for d in dims {
      offset += (shape[d] - 1) * strides[d]
      strides[d] = -strides[d]
    }
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2 * rank + 1) { sizes in
      for d in 0..<rank {
        sizes[d] = Int64(shape[d])
        sizes[rank + d] = Int64(strides[d])
      }
      var source = x.box.c.pointee
      source.data += offset * x.dtype.size
      source.dims = sizes.baseAddress
      source.contiguous = false
      cr_copy(&source, out.c)
    }
    return Tensor(out)
  }
  func transpose(_ dy: Tensor) -> Tensor { self(dy) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { Flip(dims: dims.map { $0 + 1 })(x) }
}

extension Tensor {
  /// Returns the tensor with the dimensions in reverse.
  public func flip(_ dims: Int...) -> Tensor { flip(dims) }
  /// Returns the tensor with the dimensions in reverse; an empty list changes nothing.
  public func flip(_ dims: [Int]) -> Tensor {
    orFail([self]) { () throws(TensorError) in Flip(dims: dims.isEmpty ? [] : try Dims.wrapped(dims, rank, "flip"))(self) }
  }

  /// Returns the tensor with the elements of dimensions moved on by `shifts`, round the end to the front.
  ///
  /// Without dimensions the flattened tensor is rolled.
  public func roll(_ shifts: [Int], dims: [Int] = []) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      if dims.isEmpty, shifts.count == 1 {
        return flattened().roll(shifts, dims: [0]).reshaped(shape)
      }
      guard shifts.count == dims.count, !shifts.isEmpty else {
        throw TensorError(
          .argument, "shifts and dimensions must align. shifts: \(shifts.count), dims:\(dims.count)",
          hint: "Give one shift for each dimension.", operation: "roll")
      }
      var result = self
      for (shift, dim) in zip(shifts, dims) {
        try Rules.requireDimension(dim, of: self, "roll")
        let d = try Dims.wrapped(dim, rank, "roll"), n = rank == 0 ? 0 : size(d)
        guard n > 0 else { continue }
        let start = (n - (shift % n)) % n
        if start == 0 { continue }
        result = cat(
          [result.narrow(dim: d, start: start, count: n - start), result.narrow(dim: d, start: 0, count: start)], dim: d)
      }
      return result
    }
  }
  /// Returns the tensor with the elements of a dimension (of the flattened tensor without one) moved on by `shift`.
  public func roll(_ shift: Int, dim: Int? = nil) -> Tensor { roll([shift], dims: dim.map { [$0] } ?? []) }

  /// Returns copies of the tensor side by side: `counts[i]` of them along dimension i. Missing dimensions are added in front.
  public func repeated(_ counts: Int...) -> Tensor { repeated(counts) }
  /// Returns copies of the tensor side by side: `counts[i]` of them along dimension i.
  public func repeated(_ counts: [Int]) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      guard counts.count >= rank else {
        throw TensorError(
          .argument, "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
          hint: "Give a count for each of the \(rank) dimensions, or use tiled.", operation: "repeated")
      }
      guard counts.allSatisfy({ $0 >= 0 }) else {
        throw TensorError(
          .argument, "Trying to create tensor with negative dimension: repeats \(counts)", hint: "Counts are 0 or more.",
          operation: "repeated")
      }
      let own = Array(repeating: 1, count: counts.count - rank) + shape
      let apart = reshaped(own.flatMap { [1, $0] }).expanded(zip(counts, own).flatMap { [$0, $1] })
      return apart.reshaped(try zip(counts, own).map { (count, size) throws(TensorError) in try Sizes.product(count, size) })
    }
  }
  /// Returns copies of the tensor side by side; the last count is for the last dimension, missing ones are 1.
  public func tiled(_ counts: [Int]) -> Tensor {
    repeated(Array(repeating: 1, count: Swift.max(0, rank - counts.count)) + counts)
  }

  /// Returns each element (of the flattened tensor without a dimension) repeated in place.
  public func repeatInterleave(_ count: Int, dim: Int? = nil) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      if let dim, rank == 0 { _ = try Dims.wrapped(dim, 0, "repeatInterleave") }
      guard let dim, rank > 0 else { return flattened().unsqueezed(1).expanded(-1, try checked(count)).flattened() }
      let d = try Dims.wrapped(dim, rank, "repeatInterleave")
      var spread = shape, joined = shape
      spread.insert(try checked(count), at: d + 1)
      joined[d] = try Sizes.product(joined[d], count)
      return unsqueezed(d + 1).expanded(spread).reshaped(joined)
    }
  }

  private func checked(_ count: Int) throws(TensorError) -> Int {
    guard count >= 0 else {
      throw TensorError(
        .argument, "Repeats must be non-negative", hint: "\(count) copies cannot be made.", operation: "repeatInterleave")
    }
    return count
  }

  /// Returns each slice of a dimension repeated as often as `counts`, a vector of integers, says.
  public func repeatInterleave(_ counts: Tensor, dim: Int? = nil) -> Tensor {
    orFail([self, counts]) { () throws(TensorError) in
      guard let dim else { return flattened().repeatInterleave(counts, dim: 0) }
      guard counts.dtype == .int64 || counts.dtype == .int32 else {
        throw TensorError(
          .dtype, "\"repeat_interleave_cpu\" not implemented for '\(counts.dtype.scalarTypeName)'",
          hint: "Counts are integers: convert them with to(.int64).", operation: "repeatInterleave")
      }
      let d = try Dims.wrapped(dim, rank, "repeatInterleave"), n = size(d)
      guard counts.rank < 2, counts.count == n || counts.count == 1 else {
        throw TensorError(
          .shape,
          "repeats must have the same size as input along dim, but got repeats.size(0) = \(counts.count) and input.size(\(d)) = "
            + "\(n)",
          hint: "Give one count for each slice.", operation: "repeatInterleave")
      }
      let given = counts.array(of: Int.self)
      for count in given { _ = try checked(count) }
      var total = 0
      for i in 0..<n { total = try Sizes.sum(total, given[given.count == 1 ? 0 : i]) }
      let box = try TensorBox.uninitialized([total], .int64)
      var place = box.c.pointee.data.assumingMemoryBound(to: Int.self)
      for i in 0..<n {
        let count = given[given.count == 1 ? 0 : i]
        place.update(repeating: i, count: count)
        place += count
      }
      return indexSelect(dim: d, index: Tensor(box))
    }
  }
}

extension Rearranging {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "roll", "Elements moved along dimensions; those that leave come in at the other end.", call: "x.roll(1, dim: 0)",
      formula: "y[(i + s) mod n] = x[i]",
      derivative: "dy rolled back", shapes: "[a, b] -> [a, b]",
      samples: [
        .init("", [.init([3, 4])]) { $0[0].roll(1, dim: 0) },
        .init("several", [.init([3, 4])]) { $0[0].roll([1, -2], dims: [0, 1]) },
        .init("flat", [.init([2, 3])]) { $0[0].roll(2) },
      ]),
    OperationInfo(
      "repeated, tiled", "Copies of the tensor side by side along each dimension.", call: "x.repeated(2, 3)", formula: "y[i] = x[i mod n]",
      derivative: "the sum of dy over the copies", shapes: "[a, b] -> [a m, b n]",
      samples: [
        .init("", [.init([2, 3])]) { $0[0].repeated(2, 3) },
        .init("new dimension", [.init([3])]) { $0[0].repeated(2, 2) },
        .init("tiled", [.init([2, 3])]) { $0[0].tiled([2]) },
      ]),
    OperationInfo(
      "repeatInterleave", "Each element, or slice of a dimension, several times in a row.", call: "x.repeatInterleave(2, dim: 0)",
      formula: "y[i] = x[floor(i/k)]",
      derivative: "the sum of dy over the copies", shapes: "[a, b] -> [a k, b]",
      samples: [
        .init("", [.init([3, 2])]) { $0[0].repeatInterleave(2, dim: 0) },
        .init("flat", [.init([2, 2])]) { $0[0].repeatInterleave(3) },
      ]),
    OperationInfo(
      "diff", "The differences of neighbours along a dimension.", call: "x.diff()", formula: "y[i] = x[i + 1] - x[i]",
      derivative: "dy[i - 1] - dy[i]", shapes: "[a, b] -> [a, b - 1]",
      samples: [
        .init("", [.init([3, 4])]) { $0[0].diff() },
        .init("twice", [.init([4, 3])]) { $0[0].diff(2, dim: 0) },
      ]),
  ]
}
