/// How random numbers drawn inside `vmap` relate to the elements of the batch.
public enum VmapRandomness: Sendable {
  /// Drawing is an error: the numbers would differ from those of a loop.
  case error
  /// Every element of the batch sees the same numbers.
  case same
  /// Every element of the batch sees numbers of its own.
  case different
}

/// A function of one example, applied to a batch of them at once: as `torch.func.vmap`.
///
///     vmap { $0.dot(w) }(x)                    // x: [batch, n] -> [batch]
///     vmap { (a, b) in a.matmul(b) }(x, y)     // matrices, batch by batch
///
/// Inside, a tensor looks like one example. Transforms nest: `vmap(grad(f))` gives per-example gradients.
///
/// - Parameters:
///   - f: a function of one example; it may compute with other tensors too, which all examples share.
///   - inDim: the dimension of the argument that is the batch.
///   - outDim: where the batch stands in the result.
///   - randomness: what random calls inside do.
///   - chunkSize: how many examples are computed at once, and after them the next; nil for all. Less memory, more time.
public func vmap(
  _ f: @escaping (Tensor) -> Tensor, inDim: Int = 0, outDim: Int = 0, randomness: VmapRandomness = .error, chunkSize: Int? = nil
) -> (Tensor) -> Tensor {
  let options = Vectorized.Options(inDims: [inDim], outDims: [outDim], randomness: randomness, chunkSize: chunkSize)
  return { x in Vectorized.map({ [f($0[0])] }, [x], options)[0] }
}

/// A function of two arguments, applied to a batch; an argument with `nil` for its dimension is shared by all examples.
public func vmap(
  _ f: @escaping (Tensor, Tensor) -> Tensor, inDims: (Int?, Int?) = (0, 0), outDim: Int = 0, randomness: VmapRandomness = .error,
  chunkSize: Int? = nil
) -> (Tensor, Tensor) -> Tensor {
  let options = Vectorized.Options(inDims: [inDims.0, inDims.1], outDims: [outDim], randomness: randomness, chunkSize: chunkSize)
  return { x, w in Vectorized.map({ [f($0[0], $0[1])] }, [x, w], options)[0] }
}

/// A function of a list, applied to a batch; an element with `nil` for its dimension is shared by all examples.
public func vmap(
  _ f: @escaping ([Tensor]) -> Tensor, inDims: [Int?]? = nil, outDim: Int = 0, randomness: VmapRandomness = .error,
  chunkSize: Int? = nil
) -> ([Tensor]) -> Tensor {
  let options = Vectorized.Options(inDims: inDims, outDims: [outDim], randomness: randomness, chunkSize: chunkSize)
  return { x in Vectorized.map({ [f($0)] }, x, options)[0] }
}

/// A function from trees to trees, applied to a batch.
///
///     vmap { (x: Tensor) in ["mean": x.mean(), "norm": x.norm()] }(batch)       // ["mean": [batch], "norm": [batch]]
///
/// - Parameters:
///   - f: a function of one example.
///   - inDims: for each tensor of the argument, in order, the dimension that is the batch, or nil where all examples share it; 0 for all
///     where left out.
///   - outDims: for each tensor of the result, in order, where the batch stands in it, or nil where it is the same for all examples; 0 for
///     all where left out.
///   - randomness: what random calls inside do.
///   - chunkSize: how many examples are computed at once; nil for all.
@_disfavoredOverload
public func vmap<Input: TensorTree, Output: TensorTree>(
  _ f: @escaping (Input) -> Output, inDims: [Int?]? = nil, outDims: [Int?]? = nil, randomness: VmapRandomness = .error,
  chunkSize: Int? = nil
) -> (Input) -> Output {
  let options = Vectorized.Options(inDims: inDims, outDims: outDims, randomness: randomness, chunkSize: chunkSize)
  return { x in Vectorized.map(f, x, options) }
}

/// A function of two trees, applied to a batch: an ensemble of models, or each example with its target.
///
///     let (parameters, buffers) = stackModuleState(models)
///     vmap({ (p: NamedTensors, x: Tensor) in functionalCall(models[0], p, x) }, inDims: (0, nil))(parameters, x)
///
/// - Parameters:
///   - f: a function of one example.
///   - inDims: the dimension that is the batch, of every tensor of the first and of the second argument; nil for an argument that all
///     examples share.
///   - outDims: as above.
///   - randomness: what random calls inside do.
///   - chunkSize: how many examples are computed at once; nil for all.
@_disfavoredOverload
public func vmap<First: TensorTree, Second: TensorTree, Output: TensorTree>(
  _ f: @escaping (First, Second) -> Output, inDims: (Int?, Int?) = (0, 0), outDims: [Int?]? = nil, randomness: VmapRandomness = .error,
  chunkSize: Int? = nil
) -> (First, Second) -> Output {
  { first, second in
    let pair = TreePair(first: first, second: second)
    let dims = first.tensors.map { _ in inDims.0 } + second.tensors.map { _ in inDims.1 }
    let options = Vectorized.Options(inDims: dims, outDims: outDims, randomness: randomness, chunkSize: chunkSize)
    return Vectorized.map({ f($0.first, $0.second) }, pair, options)
  }
}

/// Two trees as one.
private struct TreePair<First: TensorTree, Second: TensorTree>: TensorTree {
  var first: First
  var second: Second
  mutating func visitParts(_ visit: TensorTreeVisitor) {
    visit("0", &first)
    visit("1", &second)
  }
}

/// What the functions above share.
enum Vectorized {
  /// A `vmap` scope, as random calls inside it need to know it.
  struct Scope {
    let level: Int
    let size: Int
    let randomness: VmapRandomness
  }

  /// A batch that a rule takes apart: a user's function runs for one example after the other, and may draw random numbers each time.
  struct Loop {
    let level: Int
    /// What was drawn for the first example, which the others draw again where all see the same.
    var drawn: [Tensor] = []
    var next = 0
  }

  /// Runs the batch rule of an operation in the `vmap` of this level.
  static func takenApart<R>(_ level: Int, _ rule: () throws(TensorError) -> R) throws(TensorError) -> R {
    guard let modes = Modes.currentIfAny else { return try rule() }
    modes.loops.append(Loop(level: level))
    defer { modes.loops.removeLast() }
    return try rule()
  }

  /// Goes on to the next example of the batch that is being taken apart.
  static func nextExample() {
    guard let modes = Modes.currentIfAny, !modes.loops.isEmpty else { return }
    modes.loops[modes.loops.count - 1].next = 0
  }

  /// How a function is applied to a batch.
  struct Options {
    /// For each input; nil stands for 0 everywhere.
    var inDims: [Int?]?
    /// For each output; nil stands for 0 everywhere.
    var outDims: [Int?]?
    var randomness = VmapRandomness.error
    var chunkSize: Int?
  }

  static func map<Input: TensorTree, Output: TensorTree>(_ f: (Input) -> Output, _ x: Input, _ options: Options) -> Output {
    let (results, output) = TreeForm.flattened(f, x) { map($0, x.tensors, options) }
    return results.isEmpty || isErrorPending ? output.mapTensors { _ in .poison } : output.replacingTensors(results)
  }

  /// The results; where it refuses at least one, empty.
  static func map(_ f: ([Tensor]) -> [Tensor], _ x: [Tensor], _ options: Options) -> [Tensor] {
    if isErrorPending { return [.poison] }
    do throws(TensorError) {
      let dims = try wrapped(options.inDims ?? x.map { _ in 0 }, x)
      let size = try batchSize(x, dims)
      guard let chunkSize = options.chunkSize else { return try mapAtOnce(f, x, dims, size, options) }
      guard chunkSize > 0 else {
        throw TensorError(
          .argument, "vmap: chunk_size should be None or greater than 0. (got \(chunkSize))",
          hint: "Leave it out to compute the whole batch at once.", operation: "vmap")
      }
      if size <= chunkSize { return try mapAtOnce(f, x, dims, size, options) }
      return try mapInChunks(f, x, dims, size, chunkSize, options)
    } catch {
      return [fail(error.describing(x))]
    }
  }

  private static func mapInChunks(
    _ f: ([Tensor]) -> [Tensor], _ x: [Tensor], _ dims: [Int?], _ size: Int, _ chunkSize: Int, _ options: Options
  ) throws(TensorError) -> [Tensor] {
    try Rules.checkMemory(size / chunkSize, bytes: 256 * x.count)
    // What is the same for all examples is the same for all chunks.
    let start = options.randomness == .same ? Generator.default.snapshot : nil
    var chunks: [[Tensor]] = []
    for first in stride(from: 0, to: size, by: chunkSize) {
      let count = min(chunkSize, size - first)
      if let start { Generator.default.snapshot = start }
      let part = zip(x, dims).map { t, dim in dim.map { t.narrow(dim: $0, start: first, count: count) } ?? t }
      chunks.append(try mapAtOnce(f, part, dims, count, options))
      if isErrorPending { return [.poison] }
    }
    return chunks[0].indices.map { i in
      let dim = options.outDims.map { $0[i] } ?? 0
      return dim.map { dim in cat(chunks.map { $0[i] }, dim: dim) } ?? chunks[0][i]
    }
  }

  private static func mapAtOnce(
    _ f: ([Tensor]) -> [Tensor], _ x: [Tensor], _ dims: [Int?], _ size: Int, _ options: Options
  ) throws(TensorError) -> [Tensor] {
    try Modes.atNewLevel { (modes, level) throws(TensorError) in
      modes.vmaps.append(Scope(level: level, size: size, randomness: options.randomness))
      defer { modes.vmaps.removeLast() }
      let inputs = zip(x, dims).map { t, dim in
        dim.map { Levels.batched(moved(Levels.settled(t), from: $0, to: 0), level: level) } ?? t
      }
      let results = f(inputs).map { Levels.left($0, limit: 2 * level) }
      if isErrorPending { return results.map { _ in .poison } }
      let outDims = options.outDims ?? results.map { _ in 0 }
      guard outDims.count == results.count else {
        throw TensorError(
          .argument, "vmap(f, ..., out_dims=...)(<inputs>): out_dims is not compatible with the structure of `outputs`",
          hint: "Give one dimension, or nil, for each of the \(results.count) outputs; there are \(outDims.count).", operation: "vmap")
      }
      var all: [Tensor] = []
      for (y, dim) in zip(results, outDims) {
        let values = Levels.wrapper(y, Batched.self, level: level)?.values
        guard let dim else {
          guard values == nil else {
            throw TensorError(
              .transform, "vmap(f, ...): `f` can not return a BatchedTensor when out_dim is None",
              hint: "The output differs from example to example: give the dimension where the batch stands.", operation: "vmap")
          }
          all.append(y)
          continue
        }
        let batch = values ?? y.unsqueezed(0).expanded([size] + y.shape)
        all.append(moved(batch, from: 0, to: try Dims.wrapped(dim, batch.rank, "vmap")))
      }
      return all
    }
  }

  private static func wrapped(_ inDims: [Int?], _ x: [Tensor]) throws(TensorError) -> [Int?] {
    guard !x.isEmpty else {
      throw TensorError(
        .argument,
        "vmap(f, in_dims, ...)(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function with "
          + "no inputs. The latter is unsupported.",
        hint: "Pass at least one tensor.", operation: "vmap")
    }
    guard inDims.count == x.count else {
      throw TensorError(
        .argument, "vmap(f, in_dims, ...)(<inputs>): in_dims is not compatible with the structure of inputs",
        hint: "Give one dimension, or nil, for each of the \(x.count) inputs; there are \(inDims.count).", operation: "vmap")
    }
    guard inDims.contains(where: { $0 != nil }) else {
      throw TensorError(
        .argument, "vmap(f, in_dims, ...)(<inputs>): no input is mapped over", hint: "Give at least one input a dimension.",
        operation: "vmap")
    }
    var result: [Int?] = []
    for (t, dim) in zip(x, inDims) {
      guard let dim else {
        result.append(nil)
        continue
      }
      guard dim >= -t.rank, dim < t.rank else {
        throw TensorError(
          .index,
          "vmap(f, in_dims, ...)(<inputs>): Got in_dim=\(dim) for some input, but that input is a Tensor of dimensionality \(t.rank) so "
            + "expected in_dim to satisfy -\(t.rank) <= in_dim < \(t.rank).",
          hint: t.rank == 0 ? "A 0-dimensional tensor holds no batch: give nil for it." : "Name the dimension that is the batch.",
          operation: "vmap")
      }
      result.append(dim < 0 ? dim + t.rank : dim)
    }
    return result
  }

  private static func batchSize(_ x: [Tensor], _ dims: [Int?]) throws(TensorError) -> Int {
    let sizes = zip(x, dims).compactMap { t, dim in dim.map { t.size($0) } }
    guard sizes.allSatisfy({ $0 == sizes[0] }) else {
      throw TensorError(
        .shape, "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes \(sizes) for the mapped dimension",
        hint: "All inputs that are mapped hold one batch.", operation: "vmap")
    }
    return sizes[0]
  }

  private static func moved(_ t: Tensor, from: Int, to: Int) -> Tensor {
    if from == to { return t }
    var order = Array(0..<t.rank)
    order.insert(order.remove(at: from), at: to)
    return t.permuted(order)
  }

  /// Draws random numbers as the open `vmap` scopes want them: `draw` is given the shape.
  static func random(_ shape: [Int], _ draw: ([Int]) -> Tensor) -> Tensor {
    guard let modes = Modes.currentIfAny, !modes.vmaps.isEmpty else { return draw(shape) }
    return random(shape, modes, modes.vmaps[...], draw)
  }

  private static func random(_ shape: [Int], _ modes: Modes, _ scopes: ArraySlice<Scope>, _ draw: ([Int]) -> Tensor) -> Tensor {
    guard let scope = scopes.last else { return draw(shape) }
    let outer = scopes.dropLast(), loop = modes.loops.lastIndex { $0.level == scope.level }
    switch scope.randomness {
    case .error:
      return fail(
        TensorError(
          .transform,
          "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness flags "
            + "on vmap or perform the randomness operation out of vmap",
          hint: "In Swift: vmap(f, randomness: .different).", operation: "vmap"))
    case .same:
      guard let loop else { return random(shape, modes, outer, draw) }
      let next = modes.loops[loop].next
      if next < modes.loops[loop].drawn.count, modes.loops[loop].drawn[next].shape == shape {
        modes.loops[loop].next += 1
        return modes.loops[loop].drawn[next]
      }
      let values = random(shape, modes, outer, draw)
      modes.loops[loop].drawn.append(values)
      modes.loops[loop].next = modes.loops[loop].drawn.count
      return values
    case .different:
      // Each example draws for itself.
      if loop != nil { return random(shape, modes, outer, draw) }
      if scope.level <= modes.forwardDepth {
        return fail(
          TensorError(
            .transform, "vmap: a function whose inputs are no part of the batch drew random numbers, which cannot differ for its examples",
            hint: "Draw the numbers outside its forward and pass them as an input, or use vmap(f, randomness: .same).", operation: "vmap"))
      }
      let values = random([scope.size] + shape, modes, outer, draw)
      return isErrorPending ? .poison : Levels.batched(values, level: scope.level)
    }
  }
}
