// Loops and choices by the values of tensors. Outside `vmap` Swift's own `if`, `for` and `while` do the same, and are differentiated as
// they run; these work inside `vmap` too, where examples choose for themselves.

/// Returns what `then` computes where `predicate` is true, else what `otherwise` does: as `torch.cond`.
///
///     vmap { x in cond(x .> 0) { x.sqrt() } otherwise: { -x } }(batch)
///
/// Inside `vmap`, where examples differ, both are computed and each example takes its own: see the advice on masked division for gradients
/// of a branch that is not taken. Both give tensors of the same shapes.
///
/// - Parameters:
///   - predicate: one truth value.
///   - then: what is computed where it is true.
///   - otherwise: what is computed where it is false.
public func cond<Output: TensorTree>(_ predicate: Tensor, _ then: () -> Output, otherwise: () -> Output) -> Output {
  guard let choice = Choice(predicate, "cond") else { return then().mapTensors { _ in .poison } }
  if choice.isMixed { return choice.select(then(), otherwise(), "cond") }
  return choice.isAll ? then() : otherwise()
}

/// Repeats `body` while `condition` is true: as JAX's `while_loop`, and differentiable in reverse too.
///
///     let root = whileLoop({ abs($0 * $0 - a) .> 1e-12 }, { 0.5 * ($0 + a / $0) }, a)
///
/// Inside `vmap` it goes on until it is false for every example; an example that has ended stays as it is. The state keeps its form, shapes
/// and types.
///
/// - Parameters:
///   - condition: one truth value.
///   - body: from one state to the next.
///   - initial: the first state.
public func whileLoop<State: TensorTree>(
  _ condition: (State) -> Tensor, _ body: (State) -> State, _ initial: State
) -> State {
  var state = initial
  while let choice = Choice(condition(state), "whileLoop"), choice.isMixed || choice.isAll {
    let next = body(state)
    guard Choice.haveSameTypes(state, next, "whileLoop") else { break }
    state = choice.isMixed ? choice.select(next, state, "whileLoop") : next
  }
  return isErrorPending ? state.mapTensors { _ in .poison } : state
}

/// Carries a state along the first dimension of `xs` and stacks what each step gives beside it: as JAX's `scan`.
///
///     let (last, all) = scan({ (h: Tensor, x: Tensor) in
///       let next = (h * decay + x).tanh()
///       return (next, next)
///     }, Tensor.zeros(3), xs)                   // xs: [time, 3]; all: [time, 3]
///
/// - Parameters:
///   - f: from the state and a slice of `xs` to the next state, of the same form, shapes and types, and an output.
///   - initial: the first state.
///   - xs: a tree of tensors that all have as many slices along dimension 0.
///   - reverse: whether it goes from the last slice to the first; outputs keep the place of their slices.
/// - Returns: the last state and the outputs, stacked along a new first dimension.
public func scan<State: TensorTree, Slice: TensorTree, Output: TensorTree>(
  _ f: (State, Slice) -> (State, Output), _ initial: State, _ xs: Slice, reverse: Bool = false
) -> (state: State, outputs: Output) {
  let tensors = xs.tensors
  func failed() -> (State, Output) {
    let none = f(initial.mapTensors { _ in .poison }, xs.mapTensors { _ in .poison })
    return (none.0.mapTensors { _ in .poison }, none.1.mapTensors { _ in .poison })
  }
  guard let count = Choice.commonCount(tensors, "scan") else { return failed() }
  if count == 0 {
    // One step on zeros shows the form of the outputs.
    let slice = xs.mapTensors { Tensor.zeros(Array($0.shape.dropFirst()), dtype: $0.dtype) }
    return (initial, f(initial, slice).1.mapTensors { Tensor.zeros([0] + $0.shape, dtype: $0.dtype) })
  }
  let slices = tensors.map { $0.unbind(dim: 0) }
  if isErrorPending { return failed() }
  var state = initial, outputs: [Output] = []
  for i in reverse ? Array((0..<count).reversed()) : Array(0..<count) {
    let (next, output) = f(state, xs.replacingTensors(slices.map { $0[i] }))
    outputs.append(output)
    guard Choice.haveSameTypes(state, next, "scan") else { break }
    state = next
  }
  if reverse { outputs.reverse() }
  let rows = outputs.map(\.tensors), form = outputs[0]
  guard !isErrorPending, outputs.allSatisfy({ TreeForm.tensors(of: $0, like: form, "scan", "the outputs of all steps") != nil }) else {
    return (state.mapTensors { _ in .poison }, form.mapTensors { _ in .poison })
  }
  return (state, form.replacingTensors(rows[0].indices.map { i in stack(rows.map { $0[i] }) }))
}

/// What `combine` makes of all slices up to each one: of x, y, z it gives x, x y, (x y) z, in as many steps as the number of slices has
/// binary digits. As `jax.lax.associative_scan` and PyTorch's `associative_scan`.
///
///     associativeScan({ (a: Tensor, b: Tensor) in a.matmul(b) }, matrices)      // [time, n, n]: all products of the first matrices
///
/// A linear recurrence h = a h' + b is one of pairs: `[p[0] * q[0], q[0] * p[1] + q[1]]` of `[a, b]` (Blelloch 1990, "Prefix sums and
/// their applications"). Whether `combine` is associative is not tried.
///
/// - Parameters:
///   - combine: from two slices of the form of `xs`, without the dimension, to one: the same form, shapes and types. It is applied to many
///     pairs at once, as inside `vmap`.
///   - xs: a tree of tensors that all have as many slices.
///   - dim: the dimension along which they are combined.
///   - reverse: whether it goes from the last slice to the first.
/// - Returns: a tree of the form and the shapes of `xs`.
public func associativeScan<Tree: TensorTree>(
  _ combine: (Tree, Tree) -> Tree, _ xs: Tree, dim: Int = 0, reverse: Bool = false
) -> Tree {
  func failed() -> Tree { xs.mapTensors { _ in .poison } }
  let rows = xs.tensors.map { $0.movedim(dim, 0) }
  if rows.isEmpty { return xs }
  guard Choice.commonCount(rows, "associativeScan") != nil else { return failed() }
  func combined(_ a: [Tensor], _ b: [Tensor]) -> [Tensor] {
    let slices = Vectorized.map(
      { pair in
        let first = xs.replacingTensors(Array(pair.prefix(a.count))), second = xs.replacingTensors(Array(pair.dropFirst(a.count)))
        let next = combine(first, second)
        return Choice.haveSameTypes(first, next, "associativeScan") ? next.tensors : first.tensors.map { _ in .poison }
      }, a + b, Vectorized.Options())
    return isErrorPending ? a : slices
  }
  // Pairs of neighbours first, then the scan of those, which are every second result; the others are one step further.
  func scanned(_ x: [Tensor]) -> [Tensor] {
    let count = x[0].size(0)
    if count < 2 || isErrorPending { return x }
    let even = x.map { $0[.slice(to: count - 1, by: 2)] }, odd = x.map { $0[.slice(from: 1, by: 2)] }
    let atOdd = scanned(combined(even, odd))
    if count == 2 { return zip(x, atOdd).map { cat([$0[..<1], $1]) } }
    let later = x.map { $0[.slice(from: 2, by: 2)] }
    let atEven = combined(atOdd.map { $0[..<later[0].size(0)] }, later)
    return zip(zip(x, atEven), atOdd).map { sides, odd in
      let even = cat([sides.0[..<1], sides.1])
      let pairs = stack([even[..<odd.size(0)], odd], dim: 1).flattened(from: 0, through: 1)
      return count % 2 == 0 ? pairs : cat([pairs, even[(-1)...]])
    }
  }
  let turned = reverse ? rows.map { $0.flip(0) } : rows, result = scanned(turned)
  if isErrorPending { return failed() }
  return xs.replacingTensors((reverse ? result.map { $0.flip(0) } : result).map { $0.movedim(0, dim) })
}

/// A truth value that may differ from example to example.
private struct Choice {
  private let predicate: Tensor
  /// Whether it is true for every example.
  let isAll: Bool
  /// Whether it is true for some examples only.
  let isMixed: Bool

  /// Reads it; nil where it is none, which is refused.
  init?(_ predicate: Tensor, _ operation: String) {
    let predicate = Levels.substituted(predicate)
    if isErrorPending || predicate.box.flags.contains(.poison) { return nil }
    guard predicate.dtype == .bool, predicate.count == 1 else {
      fail(
        TensorError(
          .argument,
          "Expected pred to be bool or tensor of one truth value, but got one of dtype \(predicate.dtype.name) and shape "
            + "\(predicate.shape)",
          hint: "Compare: x.sum() .> 0; of many truth values take all() or any().", operation: operation
        ).describing([predicate]))
      return nil
    }
    var values = predicate
    while !values.isTracked, values.box.flags.contains(.wrapped), let batch = values.box.wrapper as? Batched, batch.isLive {
      values = batch.values
    }
    let truths = values.array(of: Bool.self)
    if isErrorPending { return nil }
    self.predicate = predicate.reshaped([])
    isAll = truths.allSatisfy { $0 }
    isMixed = !isAll && truths.contains(true)
  }

  /// For each example what it has chosen.
  func select<Tree: TensorTree>(_ yes: Tree, _ no: Tree, _ operation: String) -> Tree {
    guard Choice.haveSameTypes(yes, no, operation) else { return yes.mapTensors { _ in .poison } }
    return yes.mapTensors(with: no) { Tensor.where(predicate, $0, $1) }
  }

  static func haveSameTypes<Tree: TensorTree>(_ a: Tree, _ b: Tree, _ operation: String) -> Bool {
    guard !isErrorPending, let others = TreeForm.tensors(of: b, like: a, operation, "states and branches") else { return false }
    for (x, y) in zip(a.namedTensors, others) where x.tensor.internalShape != y.internalShape || x.tensor.dtype != y.dtype {
      fail(
        TensorError(
          .shape,
          "\(operation): must have equal types, got \(x.tensor.dtype.name)\(x.tensor.shape) and \(y.dtype.name)\(y.shape)"
            + (x.path.isEmpty ? "" : " at \(x.path)"),
          hint: "A state keeps its shapes and types from step to step; both branches give the same.", operation: operation
        ).describing([x.tensor, y]))
      return false
    }
    return true
  }

  /// How many slices all tensors have along dimension 0.
  static func commonCount(_ tensors: [Tensor], _ operation: String) -> Int? {
    if isErrorPending { return nil }
    let sizes = tensors.compactMap(\.shape.first)
    guard let first = sizes.first, sizes.count == tensors.count, sizes.allSatisfy({ $0 == first }) else {
      fail(
        TensorError(
          .shape, "\(operation) got values with different leading axis sizes: \(sizes.map(String.init).joined(separator: ", ")).",
          hint: "Each tensor has as many slices along the dimension.", operation: operation
        ).describing(tensors))
      return nil
    }
    do throws(TensorError) {
      // A descriptor for each slice, and as much again.
      try Rules.checkMemory(first, bytes: 256 * tensors.count)
      return first
    } catch {
      fail(error.named(operation).describing(tensors))
      return nil
    }
  }
}
