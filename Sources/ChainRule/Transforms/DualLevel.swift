/// Opens a level of forward mode for dual numbers made by hand: as `torch.autograd.forward_ad.dual_level`.
///
///     let tangent = dualLevel {
///       let y = (makeDual(x, v) * w).sin()
///       return unpackDual(y).tangent            // the Jacobian-vector product
///     }
///
/// `jvp` is the same for a function whose inputs are known; here any tensor on the way may be given a tangent. Levels nest: `makeDual` and
/// `unpackDual` belong to the innermost that is open, and a tensor that leaves its level without `unpackDual` is refused where it is used.
public func dualLevel<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
  try Modes.atNewLevel { (modes, level) throws(E) -> R in
    modes.dualLevels.append(level)
    defer { modes.dualLevels.removeLast() }
    return try body()
  }
}

/// Returns `tensor` with `tangent` beside it: a dual number of the open `dualLevel`. What is computed from it carries the tangent on.
///
/// - Parameters:
///   - tensor: the value, of a floating-point type.
///   - tangent: the derivative along a direction, in the shape of `tensor`.
public func makeDual(_ tensor: Tensor, _ tangent: Tensor) -> Tensor {
  guard !isErrorPending, let level = Duals.level("makeDual", [tensor, tangent]), Forward.fits(tensor, tangent, "makeDual") else {
    return .poison
  }
  guard tensor.dtype.isFloatingPoint else {
    return fail(
      TensorError(
        .dtype, "Expected tensor to be floating point or complex, but got: \(tensor.dtype.name)",
        hint: "Integers have no derivative: convert with to(.float32).", operation: "makeDual"))
  }
  guard Levels.wrapper(tensor, Dual.self, level: level) == nil else {
    return fail(
      TensorError(
        .transform, "Trying to set a forward gradient on a Tensor that already has a forward gradient at the same level",
        hint: "unpackDual gives the value without its tangent.", operation: "makeDual"))
  }
  return Levels.dual(Levels.settled(tensor), Levels.settled(tangent).to(tensor.dtype), level: level)
}

/// The value and the tangent of a dual number of the open `dualLevel`; the tangent is nil where nothing dual went into it.
public func unpackDual(_ tensor: Tensor) -> (primal: Tensor, tangent: Tensor?) {
  guard !isErrorPending, let level = Duals.level("unpackDual", [tensor]) else { return (.poison, nil) }
  guard let dual = Levels.wrapper(tensor, Dual.self, level: level) else { return (tensor, nil) }
  return (dual.primal, dual.tangent)
}

/// What the functions above share.
private enum Duals {
  /// The level that is open, where `tensors` are of it or of outer ones; else refuses.
  static func level(_ operation: String, _ tensors: [Tensor]) -> Int? {
    guard let level = Modes.currentIfAny?.dualLevels.last else {
      fail(
        TensorError(
          .transform, "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first.",
          hint: "In Swift: dualLevel { ... }, with makeDual and unpackDual inside.", operation: operation))
      return nil
    }
    guard tensors.allSatisfy({ Levels.key(Levels.substituted($0)) <= 2 * level }) else {
      fail(
        TensorError(
          .transform, "\(operation): the tensor belongs to a transform that was opened inside the dual level",
          hint: "Open dualLevel inside the function of that vmap, grad or jvp.", operation: operation
        ).describing(tensors))
      return nil
    }
    return level
  }
}
