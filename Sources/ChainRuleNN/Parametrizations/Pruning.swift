public import ChainRule

/// Sets parameters to zero for good: which, a mask says that is kept beside them.
///
///     Prune.l1Unstructured(layer, "weight", amount: 0.3)     // the 30 % smallest
///     Prune.remove(layer, "weight")                          // makes it permanent
///
/// The parameter is trained as before, under the name `NAME_orig`, and the mask `NAME_mask` is a buffer; what the module reads is their product,
/// which each call computes anew. What is pruned again loses more: the amount is then that of what is left. All is PyTorch's
/// (torch.nn.utils.prune), with its numbers for a seed.
public enum Prune {
  /// How much is set to zero.
  public enum Amount: Sendable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    /// So many elements, rows or whatever is pruned.
    case count(Int)
    /// This share of them, from 0 to 1.
    case share(Double)

    /// So many.
    public init(integerLiteral value: Int) { self = .count(value) }
    /// This share.
    public init(floatLiteral value: Double) { self = .share(value) }

    /// How many of `size`; nil, and refused, where that is none.
    func of(_ size: Int) -> Int? {
      func problem(_ message: String, _ hint: String) -> Int? {
        refuse(TensorError(.argument, message, hint: hint, operation: "Prune"))
        return nil
      }
      switch self {
      case .count(let count):
        if count < 0 { return problem("amount=\(count) should be greater than 0", "Give a number of elements, or a share.") }
        if count > size {
          return problem("amount=\(count) should be smaller than the number of parameters to prune=\(size)", "Prune less.")
        }
        return count
      case .share(let share):
        guard share >= 0, share <= 1 else {
          return problem("amount=\(share) should be a float in the range [0, 1]", "It is a share; .count(n) is a number.")
        }
        return Int((share * Double(size)).rounded(.toNearestOrEven))
      }
    }
  }

  /// Sets the elements of least magnitude to zero.
  @discardableResult
  public static func l1Unstructured<M: Module>(_ module: M, _ name: String, amount: Amount) -> M {
    prune(module, name, amount) { values, count in smallest(values.abs(), count) }
  }

  /// Sets elements that are drawn to zero.
  @discardableResult
  public static func randomUnstructured<M: Module>(_ module: M, _ name: String, amount: Amount, generator: Generator? = nil) -> M {
    prune(module, name, amount) { values, count in
      smallest(-Tensor.rand(values.shape, dtype: values.dtype, generator: generator), count)
    }
  }

  /// Sets those indices of `dim` to zero whose elements have the least n-norm.
  @discardableResult
  public static func lnStructured<M: Module>(_ module: M, _ name: String, amount: Amount, n: Double = 2, dim: Int = 0) -> M {
    pruneIndices(module, name, amount, dim) { rows, count in smallest(rows.norm(n, dim: 1), count) }
  }

  /// Sets indices of `dim` to zero that are drawn.
  @discardableResult
  public static func randomStructured<M: Module>(
    _ module: M, _ name: String, amount: Amount, dim: Int = 0, generator: Generator? = nil
  ) -> M {
    pruneIndices(module, name, amount, dim) { rows, count in
      smallest(Tensor.rand([rows.shape[0]], generator: generator), count)
    }
  }

  /// Sets the elements of least magnitude among all these parameters to zero.
  public static func globalL1Unstructured(_ parameters: [(module: any Module, name: String)], amount: Amount) {
    let targets = parameters.map { target(of: $0.module, $0.name) }
    if targets.contains(where: { $0 == nil }) || isErrorPending { return }
    let all = targets.compactMap { $0 }
    let kept = all.map { $0.mask.flattened().array(of: Double.self) }
    let magnitudes = all.map { $0.original.detach().abs().flattened().array(of: Double.self) }
    let places = kept.indices.flatMap { i in kept[i].indices.filter { kept[i][$0] != 0 }.map { (parameter: i, element: $0) } }
    guard let count = amount.of(places.count) else { return }
    let order = places.indices.sorted { a, b in
      let (x, y) = (places[a], places[b])
      let (p, q) = (magnitudes[x.parameter][x.element], magnitudes[y.parameter][y.element])
      return p == q ? a < b : p < q
    }
    var masks = kept
    for place in order.prefix(count) { masks[places[place].parameter][places[place].element] = 0 }
    for (i, target) in all.enumerated() {
      target.install(Tensor(masks[i], shape: target.mask.shape, dtype: target.mask.dtype), on: parameters[i].module)
    }
  }

  /// Sets those elements to zero where `mask`, of the parameter's shape, is 0.
  @discardableResult
  public static func customFromMask<M: Module>(_ module: M, _ name: String, mask: Tensor) -> M {
    guard let target = target(of: module, name), !isErrorPending else { return module }
    guard mask.shape == target.mask.shape else {
      refuse(
        TensorError(
          .shape, "the mask of '\(name)' has shape \(mask.shape), the parameter \(target.mask.shape)",
          hint: "It has a 0 or 1 for each element.", operation: "Prune", shapes: [mask.shape]))
      return module
    }
    target.install(target.mask * mask.to(target.mask.dtype), on: module)
    return module
  }

  /// Whether a parameter of `module`, or of a part of it, is pruned.
  public static func isPruned(_ module: any Module) -> Bool {
    module.namedModules().contains { HookTable.reparametrized(of: $0.module).contains { $0.pruned != nil } }
  }

  /// Makes the pruning of a parameter permanent: it is a plain parameter again, with its zeros.
  @discardableResult
  public static func remove<M: Module>(_ module: M, _ name: String) -> M {
    guard let known = Reparametrized.of(module, name), known.pruned != nil else {
      refuse(
        Reparametrized.problem(
          module, "Parameter '\(name)' of module \(type(of: module)) has to be pruned before pruning can be removed", "isPruned tells."))
      return module
    }
    known.uninstall(from: module)
    return module
  }

  // MARK: How masks are made

  /// A parameter that is, or is to be, pruned.
  private struct Target {
    let name: String
    let original: Tensor
    /// Ones where there is none yet.
    let mask: Tensor
    let known: Reparametrized?

    func install(_ mask: Tensor, on module: any Module) {
      if let known, let pruned = known.pruned {
        pruned.mask.value = mask
        known.cell.data = known.value().detach()
        return
      }
      let parameter = original.detach().asParameter(requiresGrad: original.requiresGrad)
      let item = Reparametrized(name: name, cell: original, original: parameter, mask: Buffer(mask, name: "\(name)_mask"))
      item.install(on: module, value: noGrad { item.value().detach() })
    }
  }

  private static func target(of module: any Module, _ name: String) -> Target? {
    if let known = Reparametrized.of(module, name) {
      guard let pruned = known.pruned else {
        refuse(
          Reparametrized.problem(module, "'\(name)' has a parametrization: it cannot be pruned", "removeParametrizations makes it plain."))
        return nil
      }
      return Target(name: name, original: pruned.original, mask: pruned.mask.value, known: known)
    }
    guard let cell = Reparametrized.parameter(module, name) else { return nil }
    return Target(name: name, original: cell, mask: Tensor.ones(cell.shape, dtype: cell.dtype), known: nil)
  }

  /// Prunes elements that are left: `choose` gives which, of their values in order.
  private static func prune<M: Module>(
    _ module: M, _ name: String, _ amount: Amount, _ choose: (_ values: Tensor, _ count: Int) -> [Int]
  ) -> M {
    guard let target = target(of: module, name), !isErrorPending else { return module }
    var mask = target.mask.flattened().array(of: Double.self)
    let left = mask.indices.filter { mask[$0] != 0 }
    guard let count = amount.of(left.count) else { return module }
    let all = target.original.detach().flattened()
    // PyTorch draws in the parameter's own shape, which for what is drawn evenly is the same.
    let values = all.indexSelect(dim: 0, index: Tensor(left, shape: [left.count], dtype: .int64))
    for place in count == 0 ? [] : choose(values, count) { mask[left[place]] = 0 }
    target.install(Tensor(mask, shape: target.mask.shape, dtype: target.mask.dtype), on: module)
    return module
  }

  /// Prunes indices of `dim` that are left: `choose` gives which, of a matrix with a row for each.
  private static func pruneIndices<M: Module>(
    _ module: M, _ name: String, _ amount: Amount, _ dim: Int, _ choose: (_ rows: Tensor, _ count: Int) -> [Int]
  ) -> M {
    guard let target = target(of: module, name), !isErrorPending else { return module }
    let rank = target.mask.rank
    guard rank > 1, dim >= -rank, dim < rank else {
      refuse(
        TensorError(
          .argument,
          rank > 1
            ? "Invalid index \(dim) for tensor of size \(target.mask.shape)"
            : "Structured pruning can only be applied to multidimensional tensors.", hint: "Name one of the parameter's dimensions.",
          operation: "Prune", shapes: [target.mask.shape]))
      return module
    }
    func rows(_ x: Tensor) -> Tensor { x.transposed(0, dim).flattened(from: 1) }
    let isLeft = rows(target.mask).sum(dim: 1).array(of: Double.self).map { $0 > 0 }
    let left = isLeft.indices.filter { isLeft[$0] }
    guard let count = amount.of(left.count) else { return module }
    var kept = [Double](repeating: 1, count: isLeft.count)
    let all = rows(target.original.detach()).indexSelect(dim: 0, index: Tensor(left, shape: [left.count], dtype: .int64))
    for place in count == 0 ? [] : choose(all, count) { kept[left[place]] = 0 }
    var shape = Array(repeating: 1, count: rank)
    shape[dim < 0 ? dim + rank : dim] = kept.count
    target.install(target.mask * Tensor(kept, shape: shape, dtype: target.mask.dtype), on: module)
    return module
  }

  /// The places of the `count` smallest elements; of equal ones the first.
  private static func smallest(_ x: Tensor, _ count: Int) -> [Int] {
    let values = x.array(of: Double.self)
    return Array(values.indices.sorted { values[$0] == values[$1] ? $0 < $1 : values[$0] < values[$1] }.prefix(count))
  }
}
