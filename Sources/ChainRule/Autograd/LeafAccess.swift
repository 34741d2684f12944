import CKernels

// What modules and optimizers must know of leaves: who is who, and how to change a value in place.

extension Tensor {
  /// Whether this tensor is a leaf's cell, which modules count as a parameter.
  package var isLeafCell: Bool { isCell }

  /// What all copies of a leaf have in common; nil for computed and plain tensors.
  package var leafIdentity: ObjectIdentifier? { isCell ? box.head.pointee.maker.unsafelyUnwrapped.asLeaf { ObjectIdentifier($0) } : nil }

  /// Where the elements lie now, so that a test can see whether an update was in place.
  package var elementsAddress: UInt { UInt(bitPattern: bare.box.c.pointee.data) }

  /// Where the words that threads share lie in a leaf, so that a test can see whether the compiler passes their own addresses.
  package var leafWordOffsets: [UInt] { leaf?.wordOffsets ?? [] }

  /// Whether no transform has wrapped the elements, so that they may be read and written here.
  package var hasOwnElements: Bool { !bare.box.flags.contains(.wrapped) }
}

/// Runs `body` with each of these leaves standing for another tensor, on this thread.
package func withSubstitutions<R>(_ pairs: [(leaf: Tensor, value: Tensor)], _ body: () throws -> R) rethrows -> R {
  try Modes.slowly { modes in
    let outer = modes.substitutions
    defer { modes.substitutions = outer }
    // A value that is itself a leaf may stand for another tensor outside.
    let values = pairs.map { modes.substituted($0.value) }
    for (pair, value) in zip(pairs, values) { if let identity = pair.leaf.leafIdentity { modes.substitutions[identity] = value } }
    return try body()
  }
}

/// Warns, once, that a schedule was stepped before its optimizer.
package func warnOfScheduleBeforeOptimizer() { Warnings.scheduleBeforeOptimizer() }

/// The steps of optimizers, in place where nothing else holds the parameter's elements.
///
/// The arithmetic is that of PyTorch's single-tensor implementations, in one pass over parameter, gradient and state.
package enum LeafUpdate {
  package struct SGD {
    package var lr = 0.0, momentum = 0.0, dampening = 0.0, weightDecay = 0.0
    package var nesterov = false, maximize = false
    package init() {}
  }

  package struct Adam {
    package var beta1 = 0.0, beta2 = 0.0, eps = 0.0, weightDecay = 0.0
    /// 1 - lr weightDecay where the decay is decoupled, else 1.
    package var decay = 1.0
    /// lr / (1 - beta1^t).
    package var stepSize = 0.0
    /// sqrt(1 - beta2^t).
    package var correction = 1.0
    package var maximize = false
    package init() {}
  }

  package struct RMSprop {
    package var lr = 0.0, alpha = 0.0, eps = 0.0, weightDecay = 0.0, momentum = 0.0
    package var centered = false, maximize = false
    package init() {}
  }

  package struct Adagrad {
    package var lr = 0.0, eps = 0.0, weightDecay = 0.0
    package var maximize = false
    package init() {}
  }

  /// - Parameter state: empty at first; with momentum, the buffer.
  package static func step(_ leaf: Tensor, _ gradient: Tensor, _ state: inout [Tensor], _ o: SGD) {
    let isFirst = o.momentum != 0 && (state.isEmpty || state[0].count != leaf.count)
    ensure(0, o.momentum != 0, &state, leaf)
    var options = cr_sgd(
      lr: o.lr, momentum: o.momentum, dampening: o.dampening, weight_decay: o.weightDecay, nesterov: o.nesterov,
      maximize: o.maximize, first: isFirst)
    update(leaf, gradient, &state) { dtype, count, p, g, s in
      cr_sgd_step(&options, dtype, count, p, g, o.momentum != 0 ? s[0] : nil)
    }
  }

  /// - Parameter state: mean and mean square of the gradient; with amsgrad, the largest mean square.
  package static func step(_ leaf: Tensor, _ gradient: Tensor, _ state: inout [Tensor], amsgrad: Bool, _ o: Adam) {
    ensure(0, true, &state, leaf)
    ensure(1, true, &state, leaf)
    ensure(2, amsgrad, &state, leaf)
    var options = cr_adam(
      beta1: o.beta1, beta2: o.beta2, eps: o.eps, weight_decay: o.weightDecay, decay: o.decay, step_size: o.stepSize,
      correction: o.correction, maximize: o.maximize)
    update(leaf, gradient, &state) { dtype, count, p, g, s in
      cr_adam_step(&options, dtype, count, p, g, s[0], s[1], amsgrad ? s[2] : nil)
    }
  }

  /// - Parameter state: mean square, mean and momentum buffer; the last two are kept only where they are used.
  package static func step(_ leaf: Tensor, _ gradient: Tensor, _ state: inout [Tensor], _ o: RMSprop) {
    ensure(0, true, &state, leaf)
    ensure(1, o.centered, &state, leaf)
    ensure(2, o.momentum > 0, &state, leaf)
    var options = cr_rmsprop(
      lr: o.lr, alpha: o.alpha, eps: o.eps, weight_decay: o.weightDecay, momentum: o.momentum, maximize: o.maximize)
    update(leaf, gradient, &state) { dtype, count, p, g, s in
      cr_rmsprop_step(&options, dtype, count, p, g, s[0], o.centered ? s[1] : nil, o.momentum > 0 ? s[2] : nil)
    }
  }

  /// - Parameter state: the sum of squares, which the optimizer starts.
  package static func step(_ leaf: Tensor, _ gradient: Tensor, _ state: inout [Tensor], _ o: Adagrad) {
    ensure(0, true, &state, leaf)
    var options = cr_adagrad(lr: o.lr, eps: o.eps, weight_decay: o.weightDecay, maximize: o.maximize)
    update(leaf, gradient, &state) { dtype, count, p, g, s in cr_adagrad_step(&options, dtype, count, p, g, s[0]) }
  }

  /// Makes buffer `i`, where it is used, as large as the leaf, starting from zeros; one that is not used stays empty.
  private static func ensure(_ i: Int, _ isUsed: Bool, _ state: inout [Tensor], _ leaf: Tensor) {
    if i == state.count { state.append(Tensor.zeros([0], dtype: leaf.dtype)) }
    if isUsed, state[i].count != leaf.count || state[i].dtype != leaf.dtype { state[i] = Tensor.zeros(like: leaf) }
  }

  /// No kernel reads more of what is remembered of a parameter.
  private static let mostBuffers = 3

  private typealias Kernel = (
    cr_dtype, Int64, UnsafeMutableRawPointer, UnsafeRawPointer, UnsafeMutableBufferPointer<UnsafeMutableRawPointer>
  ) -> Void

  /// Gives `kernel` the elements of the leaf, its gradient and its state, all contiguous and of one type, the leaf's and the
  /// state's in blocks that nothing else can see.
  private static func update(_ tensor: Tensor, _ gradient: Tensor, _ state: inout [Tensor], _ kernel: Kernel) {
    if isErrorPending { return }
    guard tensor.isCell else { return refuseUpdate(tensor, gradient) }
    if gradient.isIndirect || !gradient.box.isContiguous {
      let value = gradient.bare
      guard !value.isIndirect, let packed = value.orFailPacked("step") else { return refuseUpdate(tensor, gradient) }
      return update(tensor, packed, &state, kernel)
    }
    tensor.box.head.pointee.maker.unsafelyUnwrapped.asLeaf { leaf in
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
        for i in state.indices where !state[i].isUnique() { state[i] = try Tensor.copied(state[i].bare) }
      } catch {
        leaf.replace(by: value.box)
        fail(error.named("step").describing([tensor]))
        return
      }
      // A capacity that the compiler knows lies on the stack.
      withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: mostBuffers) { buffers in
        for i in 0..<min(state.count, mostBuffers) { buffers.initializeElement(at: i, to: state[i].box.c.pointee.data) }
        kernel(value.box.dtype.kernelType, Int64(value.box.count), value.box.c.pointee.data, gradient.box.c.pointee.data, buffers)
      }
      leaf.replace(by: (consume value).box)
    }
  }

  @inline(never)
  private static func refuseUpdate(_ tensor: Tensor, _ gradient: Tensor) {
    fail(
      TensorError(
        .gradient, "an optimizer updates floating-point leaves by gradients of their shape and type",
        mend: "Call step() outside jvp and vmap, and zeroGrad() after a parameter's type has changed.", operation: "step"
      ).describing([tensor, gradient]))
  }
}
