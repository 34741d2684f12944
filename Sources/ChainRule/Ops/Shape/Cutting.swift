/// Cutting tensors.
enum Cutting {
  static let catalog: [OperationInfo] = [Split.info]
}

/// All the pieces of a dimension: views.
struct Split: VariadicOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "split, chunk, unbind", "All the pieces of a dimension, of one size, of given sizes, or one index each.", call: "split(x, 2)",
    formula: "x[0..<s], x[s..<2 s], ...", derivative: "the gradients of the pieces joined, 0 for those without one",
    shapes: "[a + b, c] -> [a, c] and [b, c]",
    samples: [
      OperationSample("last of 2 and 1", [.init([3, 2])]) { split($0[0], 2)[1] },
      OperationSample("all", [.init([2, 5])]) { x in
        let parts = split(x[0], [2, 0, 3], dim: 1)
        return cat([parts[2], parts[0] * 2], dim: 1)
      },
      OperationSample("unbind", [.init([3, 2])]) { x in
        let rows = x[0].unbind()
        return rows[0] * rows[2]
      },
      OperationSample("chunk", [.init([2, 4])]) { $0[0].chunk(2, dim: 1)[0] },
    ])
  enum Way { case even, bySizes, unbind }

  let dim: Int
  let sizes: [Int]
  let way: Way
  var name: String { way == .unbind ? "unbind" : "split" }
  var nodeName: String {
    switch way {
    case .even: "SplitBackward0"
    case .bySizes: "SplitWithSizesBackward0"
    case .unbind: "UnbindBackward0"
    }
  }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)")] + (way == .unbind ? [] : [("sizes", "\(sizes)")]) }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([false], sizes.map { _ in false }) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let box = x[0].box, strides = box.strides
    var start = 0
    return sizes.map { size in
      defer { start += size }
      let offset = size == 0 ? 0 : start * strides[dim]
      if way == .unbind { return Tensor(box.view(box.shape.removing(dim), strides: strides.removing(dim), offset: offset)) }
      return Tensor(box.view(box.shape.replacing(dim, with: size), strides: strides, offset: offset))
    }
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let known = dy.lazy.compactMap({ $0 }).first else { return [nil] }
    if way == .unbind { return [stack(dy.map { $0 ?? Tensor.zeros(like: known) }, dim: dim)] }
    let parts = zip(dy, sizes).map { $0 ?? Tensor.zeros(known.internalShape.replacing(dim, with: $1).array, dtype: known.dtype) }
    return [Concatenate(dim: dim)(parts)[0]]
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] { dx[0].map { self([$0]) } ?? sizes.map { _ in nil } }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    Split(dim: dim + 1, sizes: sizes, way: way)(x)
  }
}

/// What the object of a view takes, about: of an expanded dimension there may be more views than memory holds.
private let bytesOfView = 256

/// Returns pieces of `size` along a dimension; the last may be shorter.
public func split(_ x: Tensor, _ size: Int, dim: Int = 0) -> [Tensor] {
  do throws(TensorError) {
    let d = try Dims.wrapped(dim, x.rank, "split")
    guard x.rank > 0 else {
      throw TensorError(.shape, "split expects at least a 1-dimensional tensor", hint: "There is nothing to split.", operation: "split")
    }
    guard size > 0 else {
      throw TensorError(
        .argument, "split expects split_size be non-negative, but got split_size=\(size)", hint: "Pieces have at least one element.",
        operation: "split")
    }
    try Rules.checkMemory(x.size(d) / size, bytes: bytesOfView)
    let starts = stride(from: 0, to: Swift.max(x.size(d), 1), by: Swift.min(size, Swift.max(x.size(d), 1)))
    return Split(dim: d, sizes: starts.map { Swift.min(size, x.size(d) - $0) }, way: .even)([x])
  } catch {
    return [fail(error.named("split").describing([x]))]
  }
}

/// Returns pieces of the sizes given along a dimension.
public func split(_ x: Tensor, _ sizes: [Int], dim: Int = 0) -> [Tensor] {
  do throws(TensorError) {
    let d = try Dims.wrapped(dim, x.rank, "split")
    var total = 0
    for size in sizes { total = try Sizes.sum(total, size) }
    guard x.rank > 0, sizes.allSatisfy({ $0 >= 0 }), total == x.size(d) else {
      throw TensorError(
        .argument,
        "split_with_sizes expects split_sizes to sum exactly to \(x.rank > 0 ? x.size(d) : 1) (input tensor's size at dimension "
          + "\(d)), but got split_sizes=\(sizes)",
        hint: "Sizes are 0 or more and add up to the dimension's.", operation: "split")
    }
    return sizes.isEmpty ? [] : Split(dim: d, sizes: sizes, way: .bySizes)([x])
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
          hint: "Stay within the dimension.", operation: "narrow")
      }
      return Slice(dim: d, start: start, count: count, step: 1, size: size(d))(self)
    }
  }

  /// Returns index `index` of a dimension, which is dropped; negative ones count from the end.
  public func select(dim: Int, index: Int) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "select")
      guard rank > 0 else {
        throw TensorError(.index, "select() cannot be applied to a 0-dim tensor.", hint: "Read it with item().", operation: "select")
      }
      let n = size(d)
      guard index >= -n, index < n else {
        throw TensorError(
          .index, "index \(index) is out of bounds for dimension \(d) with size \(n)",
          hint: "Valid indices are \(-n) to \(n - 1).", operation: "select")
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
            .argument, "chunk expects `chunks` to be greater than 0, got: \(count)", hint: "Ask for at least one.", operation: "chunk"
          ).describing([self]))
      ]
    }
    guard rank > 0, dim >= -rank, dim < rank else { return split(self, 1, dim: dim) }
    let n = size(dim < 0 ? dim + rank : dim)
    return split(self, Swift.max(1, n / count + (n % count > 0 ? 1 : 0)), dim: dim)
  }

  /// Returns the slices along a dimension, which is dropped.
  public func unbind(dim: Int = 0) -> [Tensor] {
    guard rank > 0, dim >= -rank, dim < rank else { return [select(dim: dim, index: 0)] }
    let d = dim < 0 ? dim + rank : dim
    do throws(TensorError) {
      try Rules.checkMemory(size(d), bytes: bytesOfView)
    } catch {
      return [fail(error.named("unbind").describing([self]))]
    }
    return size(d) == 0 ? [] : Split(dim: d, sizes: Array(repeating: 1, count: size(d)), way: .unbind)([self])
  }
}
