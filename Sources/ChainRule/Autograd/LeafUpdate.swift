package import CKernels

/// The steps of optimizers, in place where nothing else holds the parameter's elements.
///
/// An optimizer's arithmetic is in its own file and its kernel; here is how the kernel gets at the elements.
package enum LeafUpdate {
  /// One pass over the elements of a parameter, its gradient and its state: their type and number, the parameter's elements, the
  /// gradient's, and the state's buffers, nil for those that are not used.
  package typealias Kernel = (
    cr_dtype, Int64, UnsafeMutableRawPointer, UnsafeRawPointer, UnsafePointer<UnsafeMutableRawPointer?>
  ) -> Void

  /// Updates a leaf and its state by `kernel`, in blocks that nothing else can see, all contiguous and of one type.
  ///
  /// - Parameters:
  ///   - state: the buffers; empty at first.
  ///   - used: which buffers there are with the optimizer's options: those start from zeros, the others are empty or absent.
  package static func step(
    _ tensor: Tensor, _ gradient: Tensor, _ state: inout [Tensor], _ used: (Bool, Bool, Bool), _ kernel: Kernel
  ) {
    if isErrorPending { return }
    guard tensor.isCell else { return refuseUpdate(tensor, gradient) }
    if gradient.isIndirect || !gradient.box.isContiguous {
      let value = gradient.bare
      guard !value.isIndirect, let packed = value.orFailPacked("step") else { return refuseUpdate(tensor, gradient) }
      return step(tensor, packed, &state, used, kernel)
    }
    let count = used.2 ? 3 : used.1 ? 2 : used.0 ? 1 : 0
    for i in 0..<count { ensure(i, i == 0 ? used.0 : i == 1 ? used.1 : used.2, &state, tensor) }
    tensor.box.head.pointee.maker.unsafelyUnwrapped.asLeaf { leaf in
      Journal.note(leaf)
      // Out of the cell, so that it is unique and can be changed in place.
      var value = Tensor(leaf.take())
      guard value.box.dtype.isFloatingPoint, value.box.dtype == gradient.box.dtype,
        cr_same_sizes(value.box.meta, gradient.box.meta), !value.isIndirect
      else {
        leaf.replace(by: value.box)
        return refuseUpdate(tensor, gradient)
      }
      do throws(TensorError) {
        if !value.isUnique() { value = try Tensor.copied(value) }
        for i in 0..<count where !state[i].isUnique() || !state[i].box.isContiguous { state[i] = try Tensor.copied(state[i].bare) }
        if value.box.dtype.isNarrow {
          try runWidely(&value, gradient, &state, used, kernel)
        } else {
          run(value, gradient, state, used, kernel)
        }
      } catch {
        leaf.replace(by: value.box)
        fail(error.named("step").describing([tensor]))
        return
      }
      leaf.replace(by: (consume value).box)
    }
  }

  /// One pass over blocks that nothing else can see.
  @inline(__always)
  private static func run(_ value: Tensor, _ gradient: Tensor, _ state: [Tensor], _ used: (Bool, Bool, Bool), _ kernel: Kernel) {
    // A capacity that the compiler knows lies on the stack.
    withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: Int(CR_OPTIMIZER_BUFFERS)) { buffers in
      buffers.initializeElement(at: 0, to: used.0 ? state[0].box.c.pointee.data : nil)
      buffers.initializeElement(at: 1, to: used.1 ? state[1].box.c.pointee.data : nil)
      buffers.initializeElement(at: 2, to: used.2 ? state[2].box.c.pointee.data : nil)
      kernel(
        value.box.dtype.kernelType, Int64(value.box.count), value.box.c.pointee.data, gradient.box.c.pointee.data,
        UnsafePointer(buffers.baseAddress.unsafelyUnwrapped))
    }
  }

  /// A parameter of a narrow type is updated in the wide one, and rounded once, and so is its state.
  @inline(never)
  private static func runWidely(
    _ value: inout Tensor, _ gradient: Tensor, _ state: inout [Tensor], _ used: (Bool, Bool, Bool), _ kernel: Kernel
  ) throws(TensorError) {
    let type = value.box.dtype, wide = try value.converted(to: type.wide)
    let wideState = try state.map { (x) throws(TensorError) in try x.bare.converted(to: type.wide) }
    run(wide, try gradient.converted(to: type.wide), wideState, used, kernel)
    value = try wide.converted(to: type)
    state = try wideState.map { (x) throws(TensorError) in try x.converted(to: type) }
  }

  /// Makes buffer `i`, where it is used, as large as the leaf, starting from zeros; one that is not used is empty.
  private static func ensure(_ i: Int, _ isUsed: Bool, _ state: inout [Tensor], _ leaf: Tensor) {
    if i == state.count { state.append(Tensor.zeros([0], dtype: leaf.dtype)) }
    if isUsed, state[i].count != leaf.count || state[i].dtype != leaf.dtype { state[i] = Tensor.zeros(like: leaf) }
  }

  @inline(never)
  private static func refuseUpdate(_ tensor: Tensor, _ gradient: Tensor) {
    fail(
      TensorError(
        .gradient, "an optimizer updates floating-point leaves by gradients of their shape and type",
        hint: "Call step() outside jvp and vmap, and zeroGrad() after a parameter's type has changed.", operation: "step"
      ).describing([tensor, gradient]))
  }
}
