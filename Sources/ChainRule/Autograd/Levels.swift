import CKernels

/// What a transform wraps around a tensor, with the level of the scope that made it.
class Wrapper {
  let level: Int
  init(level: Int) { self.level = level }
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

/// A value tracked by a tape of this level although the value itself belongs to an outer transform or tape.
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
/// Every `jvp` and `vmap` scope opens a level; a tape begun inside `d` of them has level `d`. An operation is interpreted by
/// the innermost scope any of its inputs belongs to, which unwraps that level and applies the operation again below: so
/// levels nest without confusing perturbations, and each sees only its own.
enum Levels {
  /// A number that is higher the further in the scope lies that interprets the tensor first; 0 for plain values.
  static func key(_ t: Tensor) -> Int {
    if t.isTracked, let node = t.box.head.pointee.maker { return node._withUnsafeGuaranteedRef { 2 * Int($0.level) + 1 } }
    // No leaf holds a value that belongs to a transform.
    return t.box.flags.contains(.wrapped) ? 2 * t.box.wrapper.level : 0
  }

  /// The wrapper of `level` around `t`, where it is the outermost thing about it.
  static func wrapper<W: Wrapper>(_ t: Tensor, _ type: W.Type, level: Int) -> W? {
    guard !t.isTracked, t.box.flags.contains(.wrapped), t.box.wrapper.level == level else { return nil }
    return t.box.wrapper as? W
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
