import CKernels

/// What a transform wraps around a tensor, with the level of the scope that made it.
class Wrapper {
  let level: Int
  /// The transform that made it, of all that ever have this level.
  private let id: UInt64?

  init(level: Int) {
    self.level = level
    id = Wrapper.open(level)
  }

  private static func open(_ level: Int) -> UInt64? {
    guard let modes = Modes.currentIfAny, level > 0, level <= modes.depth else { return nil }
    return modes.levels[level - 1].id
  }

  /// Whether the transform that made it still runs.
  var isLive: Bool { id != nil && id == Wrapper.open(level) }
}

/// A value with its tangent beside it, inside the `jvp` of this level.
final class Dual: Wrapper {
  let primal: Tensor
  let tangent: Tensor

  init(level: Int, primal: Tensor, tangent: Tensor) {
    self.primal = primal
    self.tangent = tangent
    super.init(level: level)
  }
}

/// A whole batch seen as one element of it, inside the `vmap` of this level; dimension 0 of `values` is the batch.
final class Batched: Wrapper {
  let values: Tensor

  init(level: Int, values: Tensor) {
    self.values = values
    super.init(level: level)
  }
}

/// A value tracked by the tape of this level although the value itself belongs to an outer transform or tape.
final class Taped: Wrapper {
  let inner: Tensor

  init(level: Int, inner: Tensor) {
    self.inner = inner
    super.init(level: level)
  }
}

extension TensorBox {
  /// What a box flagged as wrapped holds.
  @inline(__always) var wrapper: Wrapper { unsafeDowncast(head.pointee.payload.unsafelyUnwrapped, to: Wrapper.self) }
}

/// How transforms nest.
///
/// Every `jvp`, `vmap` and reverse-mode scope opens a level. An operation is interpreted by the innermost one any of its inputs belongs
/// to, which unwraps that level and applies the operation again below: so levels nest without confusing perturbations, and each sees
/// only its own. What a level keeps (a tape's saved values, a primal, a batch) has only outer levels about it. So a pullback may be
/// called under any other transforms: its rules combine values of outer levels with the cotangent, at whatever levels that is, and
/// every level takes part that an outer scope will ask.
///
/// Reverse mode outside all other transforms has no level of its own: there the tape is the one of `backward()`, without wrappers,
/// and gradients of gradients are recorded on it.
enum Levels {
  /// A number that is higher the further in the scope lies that interprets the tensor first; 0 for plain values.
  static func key(_ t: Tensor) -> Int {
    if t.isTracked, let node = t.box.head.pointee.maker { return node._withUnsafeGuaranteedRef { 2 * Int($0.level) + 1 } }
    if t.isCell { return key(t.bare) }
    return t.box.flags.contains(.wrapped) ? 2 * t.box.wrapper.level : 0
  }

  /// The key of the tape of `level`.
  static func tapeKey(_ level: Int) -> Int { 2 * level + 1 }

  /// What stands for `t` in a `functionalCall`; `t` itself where nothing does.
  static func substituted(_ t: Tensor) -> Tensor { t.isCell ? Modes.currentIfAny?.substituted(t) ?? t : t }

  /// `t` as a transform may keep it: a leaf, or what a `functionalCall` puts for it, as its value now, linked to the leaf.
  static func settled(_ t: Tensor) -> Tensor { linked(substituted(t)) }

  /// A leaf's value now, linked to the leaf but no cell: no `functionalCall` puts anything else for it, as one may that has already put
  /// this leaf for another.
  static func linked(_ t: Tensor) -> Tensor {
    guard let leaf = t.leaf else { return t }
    return t.isTracked ? tracked(t.bare, by: leaf, output: 0) : t.bare
  }

  /// `t` as the scope whose tape has the key `limit` sees it: without the tapes of scopes inside, which have ended. A batch or a tangent
  /// of one of those has no meaning any more.
  static func left(_ t: Tensor, limit: Int) -> Tensor {
    // A leaf that the function returns as it is stands for what a functionalCall around the transform says.
    var t = substituted(t)
    while t.isTracked, key(t) > limit { t = stripped(t) }
    let isDead = !t.isTracked && t.box.flags.contains(.wrapped) && !t.box.wrapper.isLive
    return isDead || key(t) > limit ? fail(Rules.escapedTransform) : t
  }

  /// The wrapper of `level` around `t`, where it is the outermost thing about it.
  static func wrapper<W: Wrapper>(_ t: Tensor, _ type: W.Type, level: Int) -> W? {
    guard !t.isTracked, t.box.flags.contains(.wrapped), t.box.wrapper.level == level else { return nil }
    return t.box.wrapper as? W
  }

  /// `t` without the tapes of any level and, where `tangents` says so, without tangents: values alone, or batches of them.
  static func cut(_ t: Tensor, tangents: Bool) -> Tensor {
    let value = stripped(t)
    guard value.box.flags.contains(.wrapped), value.box.wrapper.isLive else { return value }
    switch value.box.wrapper {
    case let dual as Dual:
      let primal = cut(dual.primal, tangents: tangents)
      return tangents ? primal : Levels.dual(primal, cut(dual.tangent, tangents: false), level: dual.level)
    case let series as Series:
      let terms = series.terms.map { cut($0, tangents: tangents) }
      return tangents ? terms[0] : Levels.series(terms, level: series.level)
    case let batch as Batched: return batched(cut(batch.values, tangents: tangents), level: batch.level)
    case let taped as Taped: return cut(taped.inner, tangents: tangents)
    default: return value
    }
  }

  /// Whether a tape of any level tracks `t`, also inside a batch or beside a tangent.
  static func isTracked(_ t: Tensor) -> Bool {
    if t.isTracked { return true }
    guard t.box.flags.contains(.wrapped) else { return false }
    switch t.box.wrapper {
    case let dual as Dual: return isTracked(dual.primal) || isTracked(dual.tangent)
    case let series as Series: return series.terms.contains(where: isTracked)
    case let batch as Batched: return isTracked(batch.values)
    default: return false
    }
  }

  /// Whether a tape of any level tracks `t` or a tangent is beside it, also inside a batch.
  static func isDifferentiated(_ t: Tensor) -> Bool {
    if t.isTracked { return true }
    guard t.box.flags.contains(.wrapped) else { return false }
    return (t.box.wrapper as? Batched).map { isDifferentiated($0.values) } ?? true
  }

  /// The levels whose batch `t` is, outermost last; of a tensor that nothing differentiates.
  static func batches(_ t: Tensor) -> [Int] {
    guard !t.isTracked, t.box.flags.contains(.wrapped), let batch = t.box.wrapper as? Batched else { return [] }
    return [batch.level] + batches(batch.values)
  }

  /// `t` without the tape it is tracked by.
  static func stripped(_ t: Tensor) -> Tensor {
    let value = t.bare
    guard value.box.head.pointee.maker != nil else { return value }
    if let taped = value.box.head.pointee.payload as? Taped { return taped.inner }
    return Tensor(value.box.alias())
  }

  /// `t` tracked as an output of `node`, whatever else it is.
  static func tracked(_ t: Tensor, by node: Node, output: Int) -> Tensor {
    let box: TensorBox
    if t.isTracked || t.box.head.pointee.maker != nil || t.box.flags.contains(.wrapped) {
      box = TensorBox.wrapping(Taped(level: Int(node.level), inner: t), t.internalShape, t.dtype)
    } else {
      box = t.box.alias()
    }
    box.attach(node, output: output)
    return Tensor(box)
  }

  static func dual(_ primal: Tensor, _ tangent: Tensor, level: Int) -> Tensor {
    Tensor(TensorBox.wrapping(Dual(level: level, primal: primal, tangent: tangent), primal.internalShape, primal.dtype))
  }

  static func batched(_ values: Tensor, level: Int) -> Tensor {
    Tensor(TensorBox.wrapping(Batched(level: level, values: values), values.internalShape.removing(0), values.dtype))
  }
}
