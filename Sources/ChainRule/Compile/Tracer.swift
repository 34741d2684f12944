import CKernels

/// Writes down what a function does to tensors while it runs, so that it can be done again without the function.
///
/// Everything passes it: operations where they are applied, nodes where a backward pass runs them, leaves where they are read and written,
/// generators where they are drawn from, and what `planned(_:_:_:)` hands it. Boxes are known by their identity, and are kept until the
/// recording ends so that none has the address of another.
final class Tracer {
  private(set) var steps: [PlanStep] = []
  /// What each place held.
  private(set) var boxes: [TensorBox] = []
  /// The places that hold what the function did not compute: tensors from outside, and new ones of given numbers.
  private(set) var constants: [Slot] = []
  /// What must be as it was for the recording to hold, beside the arguments.
  private(set) var conditions: [PlanCondition] = []
  /// Why no plan can be made of it, though what was computed is right.
  private(set) var obstacle: String?
  let argumentCount: Int

  private var places: [ObjectIdentifier: Slot] = [:]
  private var aliases: [ObjectIdentifier: (box: TensorBox, of: TensorBox)] = [:]
  private var nodes: [ObjectIdentifier: Recorded] = [:]
  /// The nodes whose graph has been used up; kept, so that none has the address of another.
  private var walked: [ObjectIdentifier: Node] = [:]
  /// The leaves whose value is in a place, and those whose gradient this run has made.
  private var leafPlaces: [ObjectIdentifier: (leaf: LeafNode, box: TensorBox)] = [:]
  private var gradientsSet: Set<ObjectIdentifier> = []
  private var hasCalled = false
  private var asked: Set<ObjectIdentifier> = []
  /// The number above which nodes and leaves are made by the function. Each recording takes numbers of its own, so that a leaf from another
  /// thread, whose numbers rise by themselves, is none of them.
  private let start: UInt64
  private let generator = Generator.default

  nonisolated(unsafe) private static var recordings: UInt64 = 0

  /// An operation whose node may run later.
  private struct Recorded {
    let node: Node
    let operation: ArityOperation
    let inputs: [Slot]
    let outputs: [Slot]
    let savedInputs: [Slot?]
    let savedOutputs: [Slot?]
    let forms: [InputForm?]
  }

  init(arguments: [TensorBox]) {
    argumentCount = arguments.count
    let thread = cr_thread()!
    start = max(thread.pointee.sequence, cr_next(&Tracer.recordings) << 36)
    thread.pointee.sequence = start
    for box in arguments { _ = place(box) }
  }

  /// The recording that is being made on this thread.
  static var current: Tracer? { cr_thread().pointee.slow == 0 ? nil : Modes.currentIfAny?.tracer }

  // MARK: Places

  /// A new place that holds `box` from here on.
  @discardableResult
  private func place(_ box: TensorBox) -> Slot {
    places[ObjectIdentifier(box)] = boxes.count
    boxes.append(box)
    return boxes.count - 1
  }

  /// Where `box` is; a constant where nothing recorded made it.
  func slot(of box: TensorBox) -> Slot {
    if let known = known(box) { return known }
    constants.append(place(box))
    return boxes.count - 1
  }

  /// Whether the elements of `t` are the same at every run, as far as the recording knows.
  func isFixed(_ t: Tensor) -> Bool {
    if t.isCell { return false }
    guard let place = known(t.box) else { return true }
    return constants.contains(place)
  }

  /// A second box with the elements of another is in its place, also where that one is told of later.
  func alias(_ new: TensorBox, of box: TensorBox) { aliases[ObjectIdentifier(new)] = (new, box) }

  /// The place of a box that is known itself, or as an alias.
  private func known(_ box: TensorBox) -> Slot? {
    var box = box
    while true {
      if let place = places[ObjectIdentifier(box)] { return place }
      guard let alias = aliases[ObjectIdentifier(box)] else { return nil }
      box = alias.of
    }
  }

  // MARK: What happens

  func observe(_ op: ErasedOperation, _ inputs: [Tensor], _ values: [Tensor], _ outputs: [Tensor], _ node: Node?) {
    let from = values.map { slot(of: $0.box) }, to = outputs.map { place($0.box) }, operation = ArityOperation(op)
    steps.append(.apply(Applied(operation: operation, inputs: from, outputs: to)))
    // The node's operation knows more than the one that was applied, where it is the user's.
    guard let node, let operation = node.operation.map(ArityOperation.init) else { return }
    let tracked = inputs.map(\.isTracked)
    let saved = operation.saves(tracked: tracked, outputs: to.count)
    nodes[ObjectIdentifier(node)] = Recorded(
      node: node, operation: operation, inputs: from, outputs: to, savedInputs: from.indices.map { saved.inputs[$0] ? from[$0] : nil },
      savedOutputs: to.indices.map { saved.outputs[$0] ? to[$0] : nil }, forms: operation.forms(values, outputs))
  }

  /// Whether the node's rule can be a step of its own.
  func knows(_ node: Node) -> Bool { nodes[ObjectIdentifier(node)] != nil }

  /// Whether the node was made by the function.
  func isOwn(_ node: Node) -> Bool { node.sequence >= start }

  func observeRule(_ node: Node, _ arrived: [Tensor?], needs: [Bool], _ gradients: [Tensor?]) {
    guard let recorded = nodes[ObjectIdentifier(node)] else { return }
    let cotangents = arrived.map { $0.map { slot(of: $0.box) } }
    steps.append(
      .rule(
        AppliedRule(
          operation: recorded.operation, inputs: recorded.inputs, outputs: recorded.outputs, savedInputs: recorded.savedInputs,
          savedOutputs: recorded.savedOutputs, cotangents: cotangents,
          needs: needs, forms: recorded.forms, gradients: gradients.map { $0.map { place($0.box) } })))
  }

  /// A pass has used up what the node saved.
  func noteWalked(_ node: Node) {
    walked[ObjectIdentifier(node)] = node
  }

  /// Whether the graph of a tracked tensor has been used up.
  func isWalked(_ t: Tensor) -> Bool { t.box.head.pointee.node.map { walked[ObjectIdentifier($0)] != nil } ?? false }

  // MARK: Leaves

  /// The value of the leaf that `cell` points to is about to be computed with.
  func noteValue(of cell: Tensor, _ box: TensorBox) {
    guard let leaf = cell.leaf else { return }
    if isOwn(leaf) { return refuseLeaf() }
    let key = ObjectIdentifier(leaf)
    if asked.insert(key).inserted { conditions += [.leaf(leaf, .description(of: box)), .tracking(cell, cell.isTracked)] }
    if leafPlaces[key]?.box === box { return }
    leafPlaces[key] = (leaf, box)
    steps.append(.readLeaf(leaf, place(box)))
  }

  private func refuseLeaf() {
    refuse("a leaf is made inside", "Make it outside, or differentiate with grad { }, which needs none.")
  }

  func write(_ leaf: LeafNode, _ box: TensorBox) {
    let from = slot(of: box)
    steps.append(.write(leaf, from))
    leafPlaces[ObjectIdentifier(leaf)] = (leaf, box)
  }

  func accumulate(_ leaf: LeafNode, _ gradient: Tensor) {
    if isOwn(leaf) { return refuseLeaf() }
    // What a call has changed by then is not what the leaf begins with.
    if gradientsSet.insert(ObjectIdentifier(leaf)).inserted, !hasCalled { conditions.append(.gradient(leaf, leaf.grad != nil)) }
    steps.append(.accumulate(leaf, slot(of: gradient.box)))
    suspended { leaf.accumulate(gradient) }
  }

  func noteGradient(of leaf: LeafNode, _ gradient: Tensor?) {
    if gradientsSet.insert(ObjectIdentifier(leaf)).inserted { conditions.append(.gradient(leaf, gradient != nil)) }
    if let gradient { steps.append(.readGradient(leaf, place(gradient.box))) }
  }

  func assignGradient(_ leaf: LeafNode, _ gradient: Tensor?) {
    gradientsSet.insert(ObjectIdentifier(leaf))
    steps.append(.assignGradient(leaf, gradient.map { slot(of: $0.box) }))
  }

  // MARK: The world outside

  func draw(_ draw: Draw) -> Tensor {
    if draw.generator == nil, Generator.default !== generator {
      refuse("random numbers of a generator for a while", "A checkpoint that draws runs outside compile { } only.")
    }
    let result = suspended { draw.result() }
    steps.append(.draw(draw, place(result.box)))
    return result
  }

  func call(_ name: String, _ inputs: [Tensor], _ body: @escaping ([Tensor]) -> [Tensor]) -> [Tensor] {
    let from = inputs.map { slot(of: $0.box) }, outputs = suspended { body(inputs) }
    steps.append(.call(HostCall(name: name, inputs: from, outputs: outputs.map { place($0.box) }, body: body)))
    // Whatever it was, it may have changed any leaf.
    leafPlaces = [:]
    hasCalled = true
    return outputs
  }

  func require(_ condition: PlanCondition) { conditions.append(condition) }

  /// Runs `body` with nothing recorded.
  private func suspended<R>(_ body: () -> R) -> R {
    guard let modes = Modes.currentIfAny else { return body() }
    let thread = cr_thread()!
    modes.tracer = nil
    thread.pointee.slow -= 1
    defer {
      thread.pointee.slow += 1
      modes.tracer = self
    }
    return body()
  }

  // MARK: What no plan has

  /// Refuses what cannot be in a plan.
  func refuse(_ what: String, _ hint: String) {
    fail(TensorError(.transform, "a compiled function cannot be recorded: \(what)", hint: hint, operation: "compile"))
  }

  /// Notes that the function computes what it should but is no plan.
  func giveUp(_ reason: String) { if obstacle == nil { obstacle = reason } }

  /// A number is to be read out of `t`; true where that has been refused.
  static func refusesReading(_ t: Tensor, _ operation: String) -> Bool {
    guard let tracer = current, !tracer.isFixed(t), !isErrorPending else { return false }
    tracer.refuse(
      "\(operation) reads numbers out of a tensor that is computed anew at each run, and what is made of them would stay as it is now",
      "Return the tensor and read it after the call, choose with Tensor.where instead of if, or leave this part outside compile { }.")
    return true
  }
}

/// What must be as it was when a plan was recorded.
enum PlanCondition {
  /// The shape, strides and type of a leaf's value: those of the box.
  case leaf(LeafNode, TensorBox)
  /// Whether the leaf that the cell points to is tracked.
  case tracking(Tensor, Bool)
  /// Whether a leaf has a gradient.
  case gradient(LeafNode, Bool)
  case other(() -> Bool)
}

extension ArityOperation {
  /// Which inputs and outputs the operation saves where these inputs are tracked.
  func saves(tracked: [Bool], outputs: Int) -> (inputs: [Bool], outputs: [Bool]) {
    switch self {
    case .unary(let op):
      let saves = op.saves
      return ([saves.contains(.x)], [saves.contains(.y)])
    case .binary(let op):
      let saves = op.saves(needsX: tracked[0], needsW: tracked[1])
      return ([saves.contains(.x), saves.contains(.w)], [saves.contains(.y)])
    case .affine: return ([tracked[1], tracked[0]] + tracked.dropFirst(2).map { _ in false }, [false])
    case .variadic(let op): return op.saves(needs: tracked)
    }
  }

  /// The forms that the node of this operation makes the gradients of its inputs fit.
  func forms(_ inputs: [Tensor], _ outputs: [Tensor]) -> [InputForm?] {
    switch self {
    case .unary, .affine: inputs.map { _ in nil }
    case .binary:
      Restoration.needed(inputs[0].box, inputs[1].box, outputs[0].box) == nil
        ? [nil, nil] : inputs.map { InputForm($0.box) }
    case .variadic: inputs.map { InputForm($0.box) }
    }
  }
}
