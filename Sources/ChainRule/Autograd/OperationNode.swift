import CKernels

/// The shape and type a gradient must have to belong to an input.
struct InputForm {
  let shape: Shape
  let dtype: DType

  init(_ box: TensorBox) {
    shape = box.shape
    dtype = box.dtype
  }

  /// `gradient` summed over broadcast dimensions and converted to the input's type: broadcasting and promotion undone.
  func fit(_ gradient: Tensor) -> Tensor {
    var result = gradient
    if result.internalShape != shape { result = result.summed(to: shape) }
    if result.dtype != dtype { result = result.to(dtype) }
    return result
  }
}

/// Both inputs' forms, where broadcasting or promotion made one differ from the result.
final class Restoration {
  let x: InputForm
  let w: InputForm

  private init(_ x: TensorBox, _ w: TensorBox) {
    self.x = InputForm(x)
    self.w = InputForm(w)
  }

  /// The forms of the inputs of `y`; nil where they are its own. No failable initializer, which would allocate before it fails.
  @inline(__always)
  static func needed(_ x: TensorBox, _ w: TensorBox, _ y: TensorBox) -> Restoration? {
    differs(x.meta, y.meta) || differs(w.meta, y.meta) ? Restoration(x, w) : nil
  }

  @inline(__always)
  private static func differs(_ a: UnsafeMutablePointer<cr_tensor>, _ y: UnsafeMutablePointer<cr_tensor>) -> Bool {
    a.pointee.dtype != y.pointee.dtype || !cr_same_sizes(a, y)
  }

  func fitX(_ gradient: Tensor) -> Tensor { x.fit(gradient) }
  func fitW(_ gradient: Tensor) -> Tensor { w.fit(gradient) }
}

extension Node {
  /// Numbers the node above all its inputs, also those made on another thread.
  @inline(__always)
  final func number(after first: Unmanaged<Node>?, _ second: Unmanaged<Node>? = nil, _ third: Unmanaged<Node>? = nil) {
    let thread = cr_thread()!
    var next = thread.pointee.sequence
    rise(above: first, &next)
    rise(above: second, &next)
    rise(above: third, &next)
    sequence = next
    thread.pointee.sequence = next &+ 1
  }

  @inline(__always)
  private func rise(above input: Unmanaged<Node>?, _ next: inout UInt64) {
    input?._withUnsafeGuaranteedRef { input in
      next = max(next, input.sequence &+ 1)
      level = max(level, input.level)
    }
  }

  /// The saved `box` as rules see it: linked to the graph where the pass records itself, bare where it does not.
  @inline(__always)
  final func unpack(_ box: consuming TensorBox?, _ node: Unmanaged<Node>?, _ output: Int32, _ recording: Recording) -> Tensor? {
    recording == .off ? box.map(Tensor.init) : unpack(box, node?.takeUnretainedValue(), Int(output), isLinked: recording == .graph)
  }

  /// The saved result as rules see it.
  @inline(__always)
  final func unpackResult(_ box: consuming TensorBox?, _ output: Int, _ recording: Recording) -> Tensor? {
    recording == .off ? box.map(Tensor.init) : unpack(box, self, output, isLinked: recording == .graph)
  }

  @inline(never)
  private func unpack(_ box: TensorBox?, _ node: Node?, _ output: Int, isLinked: Bool) -> Tensor? {
    guard let box else { return nil }
    // On the tape that has no level a saved tensor may itself be tracked by it; on others it belongs to outer levels alone.
    if level == 0, box.head.pointee.maker != nil { return isLinked ? Tensor(box) : Levels.stripped(Tensor(box)) }
    guard isLinked, let node else { return Tensor(box) }
    return Levels.tracked(Tensor(box), by: node, output: output)
  }

  /// What is kept of a result: a box apart from the one that will belong to this node, which would keep itself alive; the box itself
  /// where an outer level tracks it, as this one will get a box around it.
  static func kept(result: Tensor) -> TensorBox { result.isTracked ? result.box : result.box.alias() }
}

/// What a backward pass leaves behind in graphs.
enum Recording {
  /// Nothing.
  case off
  /// Its operations are recorded for what the cotangents and outer levels want, but not for the inputs of the tape it walks.
  case others
  /// The pass is itself recorded on the tape it walks: derivatives of higher order go through it.
  case graph

  init(createGraph: Bool) { self = createGraph ? .graph : .off }
}

/// Where an input's gradient goes on. The node that owns it counts its reference by hand: looking at a neighbour costs none.
struct InputLink {
  let node: Unmanaged<Node>?
  let output: Int32

  /// The link to what computed `input`; none where it is not tracked. A leaf may be frozen at any moment, so whether it is tracked is
  /// asked once for an operation, and what is saved agrees with where gradients go.
  @inline(__always)
  init(_ input: borrowing Tensor, isTracked: Bool) {
    node = isTracked ? input.box.head.pointee.maker?.retain() : nil
    output = Int32(bitPattern: input.box.meta.pointee.output)
  }

  @inline(__always)
  func release() { if let node { ReleaseQueue.release(node) } }

  var edge: Edge? { node.map { Edge(node: $0.takeUnretainedValue(), output: Int(output)) } }
}

/// A recorded operation of one input.
final class UnaryNode<Op: UnaryOperation>: Node, @unchecked Sendable {
  let op: Op
  private let next: InputLink
  @exclusivity(unchecked) private var kept: KeptBoxes

  @inline(__always)
  init(_ op: Op, _ input: borrowing Tensor, x: consuming TensorBox?, y: consuming TensorBox?) {
    self.op = op
    next = InputLink(input, isTracked: true)
    kept = KeptBoxes(x: x, y: y)
    super.init()
    number(after: next.node)
  }

  deinit { next.release() }

  override var name: String { op.nodeName }
  override var operation: ErasedOperation? { ErasedOperation(value: op) }
  override var attributes: [(name: String, value: String)] { op.attributes }
  override var isNumberFirst: Bool { op.isNumberFirst }
  override func forEachEdge(_ body: (Edge?) -> Void) { body(next.edge) }

  override var saved: [(name: String, value: Tensor)] {
    let (x, _, y) = kept.boxes(keeping: true)
    return [("self", x), ("result", y)].compactMap { entry in entry.1.map { (entry.0, Tensor($0)) } }
  }

  override func inputValues(_ form: (Edge) -> InputForm?) -> [Tensor]? {
    (kept.boxes(keeping: true).x.map(Tensor.init) ?? zeros(along: next.edge, form)).map { [$0] }
  }

  override func repeatedResult() -> TensorBox? {
    guard op.isRepeated else { return nil }
    guard let saved = kept.boxes(keeping: true).x, saved.count * saved.dtype.size >= Recipe.repeatedBytes else { return nil }
    guard let result = try? op.computed(Tensor(saved)), result.box.isPending else { return nil }
    return result.box
  }

  override func releaseSaved() { kept.release() }

  override func packSaved(_ pack: (_ box: TensorBox, _ source: Node?) -> TensorBox) {
    kept.replaceEach { pack($0, $1 == 0 ? next.edge?.node : nil) }
  }

  override func run(_ gradient: consuming Tensor?, _ pass: inout Pass) {
    guard let dy = consume gradient else { return }
    let saves = op.saves
    var savedX: TensorBox?, savedY: TensorBox?
    if !saves.isEmpty {
      (savedX, _, savedY) = kept.boxes(keeping: pass.retain)
      if (savedX == nil && saves.contains(.x)) || (savedY == nil && saves.contains(.y)) { return pass.failFreed(self) }
    }
    let s = Saved(
      x: unpack(consume savedX, next.node, next.output, pass.recording), y: unpackResult(consume savedY, 0, pass.recording))
    pass.deliver(op.vjp(consume dy, s), to: next)
  }
}

/// A recorded operation of two inputs.
final class BinaryNode<Op: BinaryOperation>: Node, @unchecked Sendable {
  let op: Op
  private let next0: InputLink
  private let next1: InputLink
  @exclusivity(unchecked) private var kept: KeptBoxes
  private let saves: Saves
  private let restoration: Restoration?

  @inline(__always)
  init(
    _ op: Op, _ first: borrowing Tensor, _ second: borrowing Tensor, tracked: (Bool, Bool), x: consuming TensorBox?,
    w: consuming TensorBox?, y: consuming TensorBox?, _ restoration: consuming Restoration?
  ) {
    var saves: Saves = []
    if x != nil { saves.insert(.x) }
    if w != nil { saves.insert(.w) }
    if y != nil { saves.insert(.y) }
    self.op = op
    next0 = InputLink(first, isTracked: tracked.0)
    next1 = InputLink(second, isTracked: tracked.1)
    kept = KeptBoxes(x: x, w: w, y: y)
    self.saves = saves
    self.restoration = restoration
    super.init()
    number(after: next0.node, next1.node)
  }

  deinit {
    next0.release()
    next1.release()
  }

  override var name: String { op.nodeName }
  override var operation: ErasedOperation? { ErasedOperation(value: op) }
  override var attributes: [(name: String, value: String)] { op.attributes }
  override var isNumberFirst: Bool { op.isNumberFirst }

  override func forEachEdge(_ body: (Edge?) -> Void) {
    body(next0.edge)
    body(next1.edge)
  }

  override var saved: [(name: String, value: Tensor)] {
    let (x, w, y) = kept.boxes(keeping: true)
    return [("self", x), ("other", w), ("result", y)].compactMap { entry in entry.1.map { (entry.0, Tensor($0)) } }
  }

  override func inputValues(_ form: (Edge) -> InputForm?) -> [Tensor]? {
    let (savedX, savedW, _) = kept.boxes(keeping: true)
    let x = savedX.map(Tensor.init) ?? restoration.map { InputForm.zeros($0.x) } ?? zeros(along: next0.edge, form)
    let w = savedW.map(Tensor.init) ?? restoration.map { InputForm.zeros($0.w) } ?? zeros(along: next1.edge, form)
    // Without a restoration both have the form of the result.
    guard let first = x ?? w, let second = w ?? x, x != nil && w != nil || op is any ElementwiseBinaryOperation else { return nil }
    return [first, second]
  }

  override func releaseSaved() { kept.release() }

  override func packSaved(_ pack: (_ box: TensorBox, _ source: Node?) -> TensorBox) {
    kept.replaceEach { pack($0, $1 == 0 ? next0.edge?.node : $1 == 1 ? next1.edge?.node : nil) }
  }

  override func run(_ gradient: consuming Tensor?, _ pass: inout Pass) {
    guard let dy = consume gradient else { return }
    var savedX: TensorBox?, savedW: TensorBox?, savedY: TensorBox?
    if !saves.isEmpty {
      (savedX, savedW, savedY) = kept.boxes(keeping: pass.retain)
      let freed =
        (savedX == nil && saves.contains(.x)) || (savedW == nil && saves.contains(.w))
        || (savedY == nil && saves.contains(.y))
      if freed { return pass.failFreed(self) }
    }
    let records = pass.recording
    let s = Saved(
      x: unpack(consume savedX, next0.node, next0.output, records), w: unpack(consume savedW, next1.node, next1.output, records),
      y: unpackResult(consume savedY, 0, records), needsX: pass.needs(next0.node), needsW: pass.needs(next1.node))
    var (dx, dw) = op.vjp(consume dy, s)
    if let restoration {
      if s.needsX, let dx { pass.deliver(restoration.fitX(dx), to: next0) }
      if s.needsW, let dw { pass.deliver(restoration.fitW(dw), to: next1) }
    } else {
      // Taken, so that each gradient is handed on rather than held here too.
      if let dx = dx.take() { pass.deliver(dx, to: next0) }
      if let dw = dw.take() { pass.deliver(dw, to: next1) }
    }
  }
}

/// A link with the form the gradient must have.
///
/// Not inside the generic class, where arrays of it would look their type up at run time.
struct VariadicLink {
  let to: InputLink
  let form: InputForm?

  init(_ input: Tensor, isTracked: Bool, _ value: Tensor) {
    to = InputLink(input, isTracked: isTracked)
    form = to.node == nil ? nil : InputForm(value.box)
  }
}

/// What an operation of any number of inputs keeps for its backward pass: one object, so that it is read and taken as a whole.
private final class KeptLists {
  fileprivate private(set) var inputs: [TensorBox?]
  let outputs: [TensorBox?]

  var unpackedInputs: [TensorBox?] { inputs.map { $0?.unpacked } }
  var unpackedOutputs: [TensorBox?] { outputs.map { $0?.unpacked } }

  init(inputs: [TensorBox?], outputs: [TensorBox?]) {
    self.inputs = inputs
    self.outputs = outputs
  }

  deinit { for i in inputs.indices { ReleaseQueue.release(&inputs[i]) } }
}

/// A recorded operation of any number of inputs and outputs.
final class VariadicNode<Op: VariadicOperation>: Node, @unchecked Sendable {
  let op: Op
  private let links: [VariadicLink]
  private let outputs: Int
  @exclusivity(unchecked) private var kept: SharedReference<KeptLists>
  /// Whether a pass has anything to take out.
  private let isFreed: Bool

  init(_ op: Op, _ inputs: [Tensor], tracked: [Bool], values: [Tensor], savedInputs: [TensorBox?], savedOutputs: [TensorBox?]) {
    self.op = op
    links = inputs.indices.map { VariadicLink(inputs[$0], isTracked: tracked[$0], values[$0]) }
    outputs = savedOutputs.count
    isFreed = savedInputs.contains { $0 != nil } || savedOutputs.contains { $0 != nil }
    kept = SharedReference(KeptLists(inputs: savedInputs, outputs: savedOutputs))
    super.init()
    number(after: nil)
    for link in links where link.to.node != nil { number(after: link.to.node) }
  }

  deinit { for link in links { link.to.release() } }

  override var name: String { op.nodeName }
  override var operation: ErasedOperation? { ErasedOperation(value: op) }
  override var attributes: [(name: String, value: String)] { op.attributes }
  override var isNumberFirst: Bool { op.isNumberFirst }
  override var outputCount: Int { outputs }

  override func forEachEdge(_ body: (Edge?) -> Void) {
    for link in links { body(link.to.edge) }
  }

  override var saved: [(name: String, value: Tensor)] {
    var result: [(name: String, value: Tensor)] = []
    guard let kept = kept.read() else { return [] }
    for (i, box) in kept.unpackedInputs.enumerated() { if let box { result.append(("input\(i)", Tensor(box))) } }
    for (i, box) in kept.unpackedOutputs.enumerated() { if let box { result.append(("result\(i)", Tensor(box))) } }
    return result
  }

  override func inputValues(_ form: (Edge) -> InputForm?) -> [Tensor]? {
    let saved = kept.read()?.unpackedInputs
    let values = links.indices.map { i in
      saved?[i].map(Tensor.init) ?? links[i].form.map(InputForm.zeros) ?? zeros(along: links[i].to.edge, form)
    }
    return values.contains { $0 == nil } ? nil : values.compactMap { $0 }
  }

  override func releaseSaved() { if isFreed { kept.exchange(nil) } }

  override func packSaved(_ pack: (_ box: TensorBox, _ source: Node?) -> TensorBox) {
    guard isFreed, let saved = kept.read() else { return }
    let inputs = saved.inputs.indices.map { i in saved.inputs[i].map { pack($0, links[i].to.edge?.node) } }
    kept.exchange(KeptLists(inputs: inputs, outputs: saved.outputs.map { $0.map { pack($0, nil) } }))
  }

  override func run(_ gradient: consuming Tensor?, _ pass: inout Pass) {
    guard let saved = pass.retain || !isFreed ? kept.read() : kept.exchange(nil) else { return pass.failFreed(self) }
    let inputs = saved.unpackedInputs, results = saved.unpackedOutputs
    var gradients = pass.takeOutputs(self, count: outputs)
    gradients[0] = gradient
    let s = SavedList(
      inputs: inputs.indices.map { unpack(inputs[$0], links[$0].to.node, links[$0].to.output, pass.recording) },
      outputs: results.indices.map { unpackResult(results[$0], $0, pass.recording) },
      needs: links.map { pass.needs($0.to.node) })
    for (i, gradient) in op.vjp(gradients, s).enumerated() {
      guard s.needs[i], let gradient else { continue }
      pass.deliver(links[i].form?.fit(gradient) ?? gradient, to: links[i].to)
    }
  }
}
