import CKernels

// A leaf is one cell: every copy of the variable, in a module or an optimizer, sees the same value and gradient.

extension Tensor {
  /// Whether operations on this tensor are recorded so that a gradient can flow back into it.
  ///
  /// Setting it turns a plain tensor into a leaf; on a leaf it freezes or thaws the one cell that all copies share.
  public var requiresGrad: Bool {
    get { isTracked }
    set {
      if let leaf { return setRequiresGrad(newValue, leaf) }
      if isTracked {
        if newValue { return }
        fail(
          TensorError(
            .gradient,
            "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph "
              + "that doesn't require differentiation use var_no_grad = var.detach().",
            hint: "In Swift: let value = tensor.detach().", operation: "requiresGrad"
          ).describing([self]))
      } else if newValue, checkFloating("requiresGrad") {
        self = asLeaf(requiresGrad: true)
      }
    }
  }

  private func setRequiresGrad(_ requires: Bool, _ leaf: LeafNode) {
    if requires, !checkFloating("requiresGrad") { return }
    if box.flags.contains(.seenFromGraph) {
      fail(
        TensorError(
          .gradient, "requiresGrad cannot be set on the leaf that a node of the graph gives",
          hint: "Set it on the tensor itself, whose copies all see it.", operation: "requiresGrad"
        ).describing([self]))
      return
    }
    cr_set_flag(box.meta, TensorFlags.tracked.rawValue, requires)
  }

  private func checkFloating(_ operation: String) -> Bool {
    if dtype.isFloatingPoint { return true }
    fail(
      TensorError(
        .dtype, "Only Tensors of floating point and complex dtype can require gradients",
        hint: "This one is \(dtype.name): convert it with to(.float32) first.", operation: operation
      ).describing([self]))
    return false
  }

  /// A leaf with this value, outside every graph.
  public func asLeaf(requiresGrad: Bool = true) -> Tensor {
    if requiresGrad, !checkFloating("requiresGrad") { return .poison }
    let value = detach().contiguous()
    let leaf = LeafNode(value.box)
    Modes.currentIfAny?.adopt(leaf)
    let cell = TensorBox.cell(leaf)
    if requiresGrad { cell.flags.insert(.tracked) }
    if let name { leaf.changeExtra { $0.names[0] = name } }
    return Tensor(cell)
  }

  /// A leaf with this value that is a parameter: something that a model learns. It prints as PyTorch's `nn.Parameter` does.
  ///
  ///     let w = Tensor([1.0, 2.0]).asParameter()
  ///     print(w)   // Parameter containing:
  ///                // tensor([1., 2.], requires_grad=True)
  ///
  /// The layers' own leaves are parameters. In all else it is a leaf as `asLeaf()` makes it: a module learns from every leaf it stores.
  /// - Parameter requiresGrad: false for one that is frozen.
  public func asParameter(requiresGrad: Bool = true) -> Tensor {
    let result = asLeaf(requiresGrad: requiresGrad)
    result.leaf?.isParameter = true
    return result
  }

  /// Whether this is a leaf that was made by `asParameter()`, as those of the layers are.
  public var isParameter: Bool { leaf?.isParameter ?? false }

  /// Whether no recorded operation computed this tensor.
  public var isLeaf: Bool { !isTracked || isCell }

  /// The node that computed this tensor; nil for leaves and for tensors without a graph.
  public var gradFn: Node? { isTracked && !isCell ? box.head.pointee.node : nil }

  /// The same values outside every graph: no gradient flows back through the result, and no tangent through it on.
  ///
  /// Inside transforms it is a constant to all of them, as in PyTorch and as JAX's `stop_gradient`: `jvp { $0 * $0.detach() }` and
  /// `grad { ($0 * $0.detach()).sum() }` give x, however they are nested. Inside `vmap` it stays a batch.
  public func detach() -> Tensor {
    let plain: TensorFlags = []
    if box.flags == plain, box.head.pointee.maker == nil { return self }
    return detachedCarefully()
  }

  @inline(never)
  private func detachedCarefully() -> Tensor {
    // In a functionalCall a leaf stands for another tensor, here as in every operation.
    Levels.cut(cr_thread().pointee.slow == 0 ? self : Levels.substituted(self), tangents: true)
  }

  /// A leaf's value, outside every graph and without a tangent: `detach()`. Writing replaces it in the one cell that all copies share.
  ///
  /// What a recorded graph saved is never disturbed; where nothing else holds the elements the update is in place.
  ///
  ///     w.data -= 0.01 * w.grad!
  ///
  /// Inside a `functionalCall` both are those of the tensor that stands for the leaf; the leaf itself stays as it is.
  public var data: Tensor {
    get { detach() }
    nonmutating set {
      if isErrorPending { return }
      guard let leaf else { return refuseDataWrite() }
      guard acceptsData(newValue) else { return }
      let value = newValue.detach()
      Journal.note(leaf)
      if Modes.replaceSubstitution(of: leaf, by: value) { return }
      let box = value.contiguous().box
      Tracer.current?.write(leaf, box)
      leaf.replace(by: box)
    }
    nonmutating _modify {
      guard let leaf, !isErrorPending, !Modes.isSubstituted(leaf) else {
        var copy = detach()
        if !isCell, !isErrorPending { refuseDataWrite() }
        yield &copy
        if isCell { data = copy }
        return
      }
      Journal.note(leaf)
      var value: Tensor? = Tensor(leaf.take())
      if let tracer = Tracer.current, let value { tracer.noteValue(of: self, value.box) }
      let thread = cr_thread()!
      // Inside `catching` a refused write must leave the old value, so it is kept, at the price of a copy.
      let before = Modes.currentIfAny?.catching == nil ? nil : value
      // Moved back: what is optional can be taken out of a variable that `defer` has captured.
      defer { replaceValue(of: leaf, by: value.take().unsafelyUnwrapped, before) }
      let previous = thread.pointee.no_grad
      thread.pointee.no_grad = 1
      defer { thread.pointee.no_grad = previous }
      yield &value!
    }
  }

  /// Puts a changed value back into the cell, or the one before where the change is refused.
  @inline(__always)
  private func replaceValue(of leaf: LeafNode, by value: consuming Tensor, _ before: Tensor?) {
    let plain: TensorFlags = []
    let isPlain = value.box.flags == plain && value.box.head.pointee.maker == nil && value.box.isContiguous
    if isPlain, before == nil, value.box.dtype.isFloatingPoint, cr_thread().pointee.slow == 0 {
      leaf.replace(by: value.box)
    } else {
      replaceCarefully(leaf, value, before)
    }
  }

  @inline(never)
  private func replaceCarefully(_ leaf: LeafNode, _ value: Tensor, _ before: Tensor?) {
    if !isErrorPending, acceptsData(value) {
      let box = value.detach().contiguous().box
      Tracer.current?.write(leaf, box)
      leaf.replace(by: box)
    } else if let before {
      leaf.replace(by: before.box)
    }
  }

  private func refuseDataWrite() {
    fail(
      TensorError(
        .gradient, "data can be written on leaves only",
        hint: "This tensor is computed or a plain value: assign the variable itself, or make it a leaf with asLeaf().",
        operation: "data"
      ).describing([self]))
  }

  /// The gradient that `backward()` has summed up here; nil at first.
  ///
  /// Dense, contiguous, in the leaf's shape and type. For a computed tensor it is kept only after `retainGrad()`.
  public var grad: Tensor? {
    get {
      if isCell {
        return box.head.pointee.maker.unsafelyUnwrapped.asLeaf { leaf in
          let gradient = leaf.grad
          if cr_thread().pointee.slow != 0 { Tracer.current?.noteGradient(of: leaf, gradient) }
          return gradient
        }
      }
      guard isTracked, let node = box.head.pointee.node else { return nil }
      guard let retained = node.extra?.retained[outputIndex] else {
        Warnings.nonLeafGradient(self)
        return nil
      }
      return retained
    }
    nonmutating set {
      if newValue == nil, isCell { return zeroGrad() }
      if isErrorPending { return }
      guard let leaf, let newValue else {
        fail(
          TensorError(
            .gradient, "a gradient can be assigned to leaves only", hint: "Make the tensor a leaf with asLeaf().",
            operation: "grad"
          ).describing([self]))
        return
      }
      if newValue.internalShape != internalShape {
        fail(
          TensorError(
            .gradient,
            "attempting to assign a gradient of size '\(newValue.shape)' to a tensor of size '\(shape)'. Please ensure that the "
              + "gradient and the tensor are the same size",
            hint: "Reduce or reshape the gradient to \(shape).", operation: "grad"
          ).describing([self]))
      } else if newValue.dtype != dtype {
        fail(
          TensorError(
            .dtype,
            "attempting to assign a gradient with dtype '\(newValue.dtype.scalarTypeName.lowercased())' to a tensor with "
              + "grad_dtype '\(dtype.scalarTypeName)'. The gradient must match the tensor's grad_dtype (defaults to the tensor's "
              + "dtype).",
            hint: "Convert it with to(.\(dtype.name)).", operation: "grad"
          ).describing([self]))
      } else {
        let gradient = newValue.contiguous()
        Tracer.current?.assignGradient(leaf, gradient)
        leaf.grad = gradient
      }
    }
  }

  /// Forgets the gradient: the next `backward()` starts a new sum.
  public func zeroGrad() {
    guard isCell, !isErrorPending else { return }
    box.head.pointee.maker.unsafelyUnwrapped.asLeaf { leaf in
      if cr_thread().pointee.slow != 0 { Tracer.current?.assignGradient(leaf, nil) }
      leaf.grad = nil
    }
  }

  /// Keeps the gradient of this computed tensor in `grad`. A leaf keeps its own anyway.
  public func retainGrad() {
    guard isTracked, let node = box.head.pointee.node else {
      fail(
        TensorError(
          .gradient, "can't retain_grad on Tensor that has requires_grad=False",
          hint: "Create it with requiresGrad: true, or compute it from a tensor that was.", operation: "retainGrad"
        ).describing([self]))
      return
    }
    if isCell { return }
    let output = outputIndex
    node.changeExtra { if $0.retained[output] == nil { $0.retained[output] = .some(nil) } }
  }

  /// Whether the gradient of this computed tensor is kept.
  public var retainsGrad: Bool {
    guard !isCell, let extra = box.head.pointee.node?.extra else { return false }
    return extra.retained[outputIndex] != nil
  }

  private func acceptsData(_ value: Tensor) -> Bool {
    if Levels.stripped(value).box.flags.contains(.wrapped) {
      fail(
        TensorError(
          .transform, "a leaf cannot hold a value that belongs to a transform", hint: "Write it after jvp or vmap has ended.",
          operation: "data"))
      return false
    }
    if isTracked, !value.dtype.isFloatingPoint {
      fail(
        TensorError(
          .dtype, "data set to a tensor that requires gradients must be floating point or complex dtype",
          hint: "The new value is \(value.dtype.name): convert it with to(.float32).", operation: "data"))
      return false
    }
    return true
  }
}
