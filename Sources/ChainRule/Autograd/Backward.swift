import CKernels

extension Tensor {
  /// Computes the gradient of this tensor for every leaf it was computed from, and adds it to their `grad`.
  ///
  /// The chain rule, applied from here back through the recorded graph. What the graph saved is freed as the pass goes.
  ///
  /// - Parameters:
  ///   - gradient: the gradient of some scalar for this tensor, in its shape: v in the vector-Jacobian product v'J. May be
  ///     left out for a tensor of one element.
  ///   - retainGraph: whether what the graph saved is kept for another pass; by default only where `createGraph` is set.
  ///   - createGraph: whether the pass is itself recorded, for derivatives of higher order.
  ///   - inputs: where given, only these receive gradients.
  public func backward(gradient: Tensor? = nil, retainGraph: Bool? = nil, createGraph: Bool = false, inputs: [Tensor]? = nil) {
    if isErrorPending { return }
    do throws(TensorError) {
      let recording = Recording(createGraph: createGraph)
      let seed = try Engine.seed(self, gradient, index: 0, recording)
      guard let inputs else {
        return try Engine.accumulate(self, seed, retain: retainGraph ?? createGraph, recording)
      }
      try Engine.accumulate([Root(self, seed)], into: inputs, retain: retainGraph ?? createGraph, recording)
    } catch {
      fail(error.describing([self]))
    }
  }
}

/// The gradients of the sum of `outputs` for `inputs`; no leaf's `grad` is touched.
///
/// - Parameters:
///   - output: the tensor to differentiate.
///   - inputs: tensors it was computed from: leaves, or any recorded ones.
///   - gradOutputs: the gradient of some scalar for the output, in its shape; may be left out for a tensor of one element.
///   - retainGraph: whether what the graph saved is kept; by default only where `createGraph` is set.
///   - createGraph: whether the gradients can themselves be differentiated.
///   - allowUnused: whether an input that the output does not depend on gives nil, rather than an error.
public func gradients(
  of output: Tensor, withRespectTo inputs: [Tensor], gradOutputs: Tensor? = nil, retainGraph: Bool? = nil,
  createGraph: Bool = false, allowUnused: Bool
) -> [Tensor?] {
  gradients(
    of: [output], withRespectTo: inputs, gradOutputs: [gradOutputs], retainGraph: retainGraph, createGraph: createGraph,
    allowUnused: allowUnused)
}

/// The gradients of `output` for `inputs`; every input must have been used.
///
///     let dx = gradients(of: z, withRespectTo: [x], createGraph: true)[0]
public func gradients(
  of output: Tensor, withRespectTo inputs: [Tensor], gradOutputs: Tensor? = nil, retainGraph: Bool? = nil,
  createGraph: Bool = false
) -> [Tensor] {
  gradients(
    of: [output], withRespectTo: inputs, gradOutputs: [gradOutputs], retainGraph: retainGraph, createGraph: createGraph,
    allowUnused: false
  ).map { $0 ?? .poison }
}

/// The gradients of the sum of several outputs, each with its own gradient, for `inputs`.
///
/// - Parameters:
///   - outputs: the tensors to differentiate.
///   - inputs: tensors they were computed from: leaves, or any recorded ones.
///   - gradOutputs: for each output the gradient of some scalar for it, in its shape; nil for a tensor of one element.
///   - retainGraph: whether what the graph saved is kept for another pass; by default only where `createGraph` is set.
///   - createGraph: whether the gradients can themselves be differentiated.
///   - allowUnused: whether an input that no output depends on gives nil, rather than an error.
///   - isGradsBatched: whether dimension 0 of each of `gradOutputs` counts vector-Jacobian products: all are computed in one pass by `vmap`,
///     and dimension 0 of the gradients counts them too.
public func gradients(
  of outputs: [Tensor], withRespectTo inputs: [Tensor], gradOutputs: [Tensor?]? = nil, retainGraph: Bool? = nil,
  createGraph: Bool = false, allowUnused: Bool = false, isGradsBatched: Bool = false
) -> [Tensor?] {
  if isErrorPending { return inputs.map { _ in nil } }
  if isGradsBatched {
    return Engine.batched(gradOutputs, outputs.count, inputs.count) { seeds in
      gradients(
        of: outputs, withRespectTo: inputs, gradOutputs: seeds, retainGraph: retainGraph, createGraph: createGraph,
        allowUnused: allowUnused)
    }
  }
  do throws(TensorError) {
    let recording = Recording(createGraph: createGraph)
    let roots = try Root.all(outputs, gradOutputs, recording, "gradients")
    let results = try Engine.gradients(roots, inputs, retain: retainGraph ?? createGraph, recording)
    if !allowUnused, let missing = results.firstIndex(where: { $0 == nil }) {
      throw TensorError(
        .gradient,
        "The differentiated Tensor at index \(missing) appears to not have been used in the graph. Set allow_unused=True if this is "
          + "the desired behavior.",
        hint: "\(inputs[missing].name.map { "\"\($0)\"" } ?? "It") does not influence the output: pass allowUnused: true to get nil for "
          + "it, or check that the output is computed from this very tensor and not from a copy outside the graph.",
        operation: "gradients"
      ).describing([inputs[missing]])
    }
    return results
  } catch {
    fail(error.describing(outputs))
    return inputs.map { _ in nil }
  }
}

/// The gradients of the sum of several outputs for `inputs`, with zeros for an input that no output depends on.
///
/// As `allowUnused: true` and zeros in the place of nil: what a program that goes on computing wants. PyTorch's `materialize_grads=True`.
/// With `createGraph` the zeros are leaves, so that the second derivative of an unused input is had in the same way.
public func gradients(
  of outputs: [Tensor], withRespectTo inputs: [Tensor], gradOutputs: [Tensor?]? = nil, retainGraph: Bool? = nil,
  createGraph: Bool = false, materializeGrads: Bool
) -> [Tensor] {
  let found = gradients(
    of: outputs, withRespectTo: inputs, gradOutputs: gradOutputs, retainGraph: retainGraph, createGraph: createGraph,
    allowUnused: materializeGrads)
  if isErrorPending { return inputs.map { _ in .poison } }
  return zip(found, inputs).map { gradient, input in
    if let gradient { return gradient }
    let zeros = Tensor.zeros(like: input)
    return createGraph ? zeros.asLeaf() : zeros
  }
}

/// The gradients of `output` for `inputs`, with zeros for an input that it does not depend on.
///
///     let g = gradients(of: loss, withRespectTo: [used, unused], materializeGrads: true)
public func gradients(
  of output: Tensor, withRespectTo inputs: [Tensor], gradOutputs: Tensor? = nil, retainGraph: Bool? = nil,
  createGraph: Bool = false, materializeGrads: Bool
) -> [Tensor] {
  gradients(
    of: [output], withRespectTo: inputs, gradOutputs: [gradOutputs], retainGraph: retainGraph, createGraph: createGraph,
    materializeGrads: materializeGrads)
}

extension Tensor {
  /// Notes that a pass has begun here and freed the graph. A leaf is not spent: it has none.
  @inline(__always)
  func markSpent() { if !isCell { cr_set_only_flag(box.meta, TensorFlags.spent.rawValue) } }
}

/// What backward passes share.
enum Engine {
  /// The gradient a root starts with: the one given, checked, or 1 for a tensor of one element.
  static func seed(_ output: Tensor, _ given: Tensor?, index: Int, _ recording: Recording) throws(TensorError) -> Tensor {
    guard output.isTracked else { throw untracked(output, index) }
    if cr_thread().pointee.slow != 0, let error = Modes.currentIfAny?.finite?.error(ofRoot: output) { throw error }
    guard let given else {
      guard output.count == 1 else {
        throw TensorError(
          .gradient, "grad can be implicitly created only for scalar outputs",
          hint: "\(output.name.map { "\"\($0)\"" } ?? "This tensor") has shape \(output.shape): reduce it to one number with sum() or "
            + "mean(), or pass gradient: a tensor of that shape.",
          operation: "backward")
      }
      return onesLike(output)
    }
    guard given.internalShape == output.internalShape else { throw mismatch(given, output.shape, index: index) }
    return passedOn(given, output.dtype, recording)
  }

  /// A gradient that was given, as a pass begins with it.
  static func passedOn(_ given: Tensor, _ dtype: DType, _ recording: Recording) -> Tensor {
    // A pass that is not recorded passes on values and tangents; one that is must not hand a leaf its own cell for a gradient.
    let value = recording == .off ? Levels.cut(given, tangents: false) : given.isCell ? Alias()(given) : given
    return value.dtype == dtype ? value : value.to(dtype)
  }

  /// Why `given` is no gradient of an output of this shape.
  static func mismatch(_ given: Tensor, _ shape: [Int], index: Int, operation: String = "backward") -> TensorError {
    TensorError(
      .shape,
      "Mismatch in shape: grad_output[\(index)] has a shape of torch.Size(\(given.shape)) and output[\(index)] has a shape of "
        + "torch.Size(\(shape)).",
      hint: "The gradient of a tensor has its shape.", operation: operation)
  }

  @inline(__always)
  private static func onesLike(_ output: Tensor) -> Tensor {
    let value = output.bare
    return orFail([value]) { () throws(TensorError) in
      let box = try TensorBox.uninitialized(like: value.box, value.box.dtype)
      cr_fill(box.c, cr_scalar(f: 1, i: 1))
      return Tensor(box)
    }
  }

  /// Why no gradient can be had from `output`.
  private static func untracked(_ output: Tensor, _ index: Int) -> TensorError {
    let why: String
    if !output.dtype.isFloatingPoint {
      why = "It is \(output.dtype.name): integers, indices (argmax) and comparisons have no gradient. "
    } else if !isGradEnabled {
      why = "Recording is off here: it was computed inside noGrad. "
    } else {
      why = "Nothing it was computed from requires a gradient, or the graph was cut by detach(), noGrad or a value read with item(). "
    }
    return TensorError(
      .gradient, "element \(index) of tensors does not require grad and does not have a grad_fn",
      hint: why + "Create the tensors to differentiate for with requiresGrad: true and compute from them outside noGrad.",
      operation: "backward")
  }

  /// Runs `pass` for all seeds of a batch at once.
  static func batched(
    _ seeds: [Tensor?]?, _ outputs: Int, _ inputs: Int, _ pass: ([Tensor]) -> [Tensor?]
  ) -> [Tensor?] {
    let given = seeds?.compactMap { $0 } ?? []
    guard given.count == outputs else {
      fail(
        TensorError(
          .argument, "is_grads_batched: got \(outputs) tensors and \(given.count) gradients",
          hint: "Give a batch of gradients for each output: dimension 0 counts them.", operation: "gradients"))
      return Array(repeating: nil, count: inputs)
    }
    var isThere: [Bool] = []
    let found = Vectorized.map(
      { seeds in
        let gradients = pass(seeds)
        isThere = gradients.map { $0 != nil }
        return gradients.compactMap { $0 }
      }, given, Vectorized.Options())
    if isErrorPending { return Array(repeating: nil, count: inputs) }
    var rest = found.makeIterator()
    return isThere.map { $0 ? rest.next() : nil }
  }

  /// Runs a pass whose gradients go into the leaves.
  @inline(__always)
  static func accumulate(
    _ root: Tensor, _ seed: consuming Tensor, retain: Bool, _ recording: Recording
  ) throws(TensorError) {
    // One root needs no array.
    var pass = Pass(retain: retain, recording: recording)
    if let node = root.box.head.pointee.maker { pass.deliver(seed, to: node, root.outputIndex) }
    pass.run()
    if let error = pass.error { throw error }
    if !retain { root.markSpent() }
  }

  /// Runs a pass that only walks the paths to `inputs`, and adds what it finds to their `grad`.
  static func accumulate(_ roots: [Root], into inputs: [Tensor], retain: Bool, _ recording: Recording) throws(TensorError) {
    guard !inputs.isEmpty else {
      throw TensorError(
        .argument, "`inputs` argument to `backward()` cannot be empty.", hint: "Leave it out for all leaves.", operation: "backward")
    }
    let gradients = try gradients(roots, inputs, retain: retain, recording)
    for (input, gradient) in zip(inputs, gradients) {
      guard let gradient, let node = input.box.head.pointee.node else { continue }
      if let leaf = input.leaf {
        leaf.receive(gradient, Tracer.current)
      } else {
        node.retain(gradient, input.outputIndex)
      }
    }
  }

  /// Runs one pass from several roots whose gradients go into the leaves.
  static func accumulate(_ roots: [Root], retain: Bool, _ recording: Recording) throws(TensorError) {
    var pass = Pass(retain: retain, recording: recording)
    for root in roots { pass.deliver(root.seed, to: .passUnretained(root.edge.node), root.edge.output) }
    pass.run()
    if let error = pass.error { throw error }
  }

  /// Runs a pass that only walks the paths to `inputs`, and gives their gradients.
  static func gradients(
    _ roots: [Root], _ inputs: [Tensor], retain: Bool, _ recording: Recording
  ) throws(TensorError) -> [Tensor?] {
    var targets: [Edge] = []
    for input in inputs {
      let input = Levels.substituted(input)
      guard input.isTracked, let node = input.box.head.pointee.node else {
        throw TensorError(
          .gradient, "One of the differentiated Tensors does not require grad",
          hint: "Create it with requiresGrad: true, before the output is computed from it.", operation: "gradients"
        ).describing([input])
      }
      targets.append(Edge(node: node, output: input.outputIndex))
    }
    return try gradients(roots, edges: targets, retain: retain, recording)
  }

  /// Runs a pass that only walks the paths to `edges`, and gives what arrives there; with `stopsThere` it walks no further, and calls
  /// no hooks there.
  static func gradients(
    _ roots: [Root], edges: [Edge], retain: Bool, _ recording: Recording, stopsThere: Bool = false
  ) throws(TensorError) -> [Tensor?] {
    var pass = Pass(
      retain: retain, recording: recording, roots: roots.map(\.edge.node), targets: edges, stopsAtTargets: stopsThere)
    for root in roots { pass.deliver(root.seed, to: .passUnretained(root.edge.node), root.edge.output) }
    pass.run()
    if let error = pass.error { throw error }
    return pass.captured
  }
}

extension Pass {
  /// Stops the pass: the node's saved values are gone.
  mutating func failFreed(_ node: Node) {
    stop(
      TensorError(
        .gradient,
        "Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
          + "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
          + "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors "
          + "after calling backward.",
        hint: "\(node.name)\(node.extra?.names[0].map { " of \"\($0)\"" } ?? "") no longer has what it saved: pass "
          + "retainGraph: true to the first backward, or compute the forward pass again before the second.",
        operation: "backward"))
  }
}
