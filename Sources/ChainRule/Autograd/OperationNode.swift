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
  private let x: InputForm
  private let w: InputForm

  @inline(__always)
  init?(_ x: TensorBox, _ w: TensorBox, _ y: TensorBox) {
    func differs(_ a: TensorBox) -> Bool { a.meta.pointee.dtype != y.meta.pointee.dtype || !cr_same_sizes(a.meta, y.meta) }
    guard differs(x) || differs(w) else { return nil }
    self.x = InputForm(x)
    self.w = InputForm(w)
  }

  func fitX(_ gradient: Tensor) -> Tensor { x.fit(gradient) }
  func fitW(_ gradient: Tensor) -> Tensor { w.fit(gradient) }
}

extension Node {
  /// Numbers the node above all its inputs, also those made on another thread.
  @inline(__always)
  final func number(after inputs: Node?, _ other: Node? = nil) {
    let thread = cr_thread()!
    var next = thread.pointee.sequence
    if let inputs {
      next = max(next, inputs.sequence &+ 1)
      level = inputs.level
    }
    if let other {
      next = max(next, other.sequence &+ 1)
      level = max(level, other.level)
    }
    sequence = next
    thread.pointee.sequence = next &+ 1
  }

  /// The saved `box` as rules see it: linked to the graph where the pass records, bare where it does not.
  @inline(__always)
  final func unpack(_ box: consuming TensorBox?, _ node: @autoclosure () -> Node?, _ output: Int, _ records: Bool) -> Tensor? {
    records ? linked(box, node(), output) : box.map(Tensor.init)
  }

  @inline(never)
  private func linked(_ box: TensorBox?, _ node: Node?, _ output: Int) -> Tensor? {
    guard let box else { return nil }
    guard let node, box.head.pointee.node == nil else { return Tensor(box) }
    let linked = box.alias()
    linked.attach(node, output: output)
    return Tensor(linked)
  }
}

/// A recorded operation of one input.
final class UnaryNode<Op: UnaryOperation>: Node, @unchecked Sendable {
  let op: Op
  @exclusivity(unchecked) private var next: Node?
  private let output: Int32
  @exclusivity(unchecked) private var x: TensorBox?
  @exclusivity(unchecked) private var y: TensorBox?

  @inline(__always)
  init(_ op: Op, _ input: Tensor, x: TensorBox?, y: TensorBox?) {
    self.op = op
    next = input.box.head.pointee.node
    output = Int32(bitPattern: input.box.meta.pointee.output)
    self.x = x
    self.y = y
    super.init()
    number(after: next)
  }

  deinit {
    ReleaseQueue.release(&x)
    ReleaseQueue.release(&next)
  }

  override var name: String { op.nodeName }
  override var attributes: [(name: String, value: String)] { op.attributes }
  override func forEachEdge(_ body: (Edge?) -> Void) { body(next.map { Edge(node: $0, output: Int(output)) }) }

  override var saved: [(name: String, value: Tensor)] {
    [("self", x), ("result", y)].compactMap { entry in entry.1.map { (entry.0, Tensor($0)) } }
  }

  override func releaseSaved() {
    cr_lock(&lock)
    x = nil
    y = nil
    cr_unlock(&lock)
  }

  override func run(_ gradient: Tensor?, _ pass: inout Pass) {
    guard let gradient else { return }
    let saves = op.saves
    var savedX: TensorBox?, savedY: TensorBox?
    if !saves.isEmpty {
      cr_lock(&lock)
      if pass.retain {
        savedX = x
        savedY = y
      } else {
        savedX = x.take()
        savedY = y.take()
      }
      cr_unlock(&lock)
      if (savedX == nil && saves.contains(.x)) || (savedY == nil && saves.contains(.y)) { return pass.failFreed(self) }
    }
    let s = Saved(x: unpack(savedX, next, Int(output), pass.createGraph), y: unpack(savedY, self, 0, pass.createGraph))
    pass.deliver(op.vjp(gradient, s), to: next, Int(output))
  }
}

/// A recorded operation of two inputs.
final class BinaryNode<Op: BinaryOperation>: Node, @unchecked Sendable {
  let op: Op
  @exclusivity(unchecked) private var next0: Node?
  @exclusivity(unchecked) private var next1: Node?
  private let output0: Int32
  private let output1: Int32
  @exclusivity(unchecked) private var x: TensorBox?
  @exclusivity(unchecked) private var w: TensorBox?
  @exclusivity(unchecked) private var y: TensorBox?
  private let saves: Saves
  private let restoration: Restoration?

  @inline(__always)
  init(
    _ op: Op, _ first: Tensor, _ second: Tensor, x: TensorBox?, w: TensorBox?, y: TensorBox?,
    _ restoration: Restoration?
  ) {
    self.op = op
    next0 = first.isTracked ? first.box.head.pointee.node : nil
    next1 = second.isTracked ? second.box.head.pointee.node : nil
    output0 = Int32(bitPattern: first.box.meta.pointee.output)
    output1 = Int32(bitPattern: second.box.meta.pointee.output)
    self.x = x
    self.w = w
    self.y = y
    var saves: Saves = []
    if x != nil { saves.insert(.x) }
    if w != nil { saves.insert(.w) }
    if y != nil { saves.insert(.y) }
    self.saves = saves
    self.restoration = restoration
    super.init()
    number(after: next0, next1)
  }

  deinit {
    ReleaseQueue.release(&x)
    ReleaseQueue.release(&w)
    ReleaseQueue.release(&next0)
    ReleaseQueue.release(&next1)
  }

  override var name: String { op.nodeName }
  override var attributes: [(name: String, value: String)] { op.attributes }

  override func forEachEdge(_ body: (Edge?) -> Void) {
    body(next0.map { Edge(node: $0, output: Int(output0)) })
    body(next1.map { Edge(node: $0, output: Int(output1)) })
  }

  override var saved: [(name: String, value: Tensor)] {
    [("self", x), ("other", w), ("result", y)].compactMap { entry in entry.1.map { (entry.0, Tensor($0)) } }
  }

  override func releaseSaved() {
    cr_lock(&lock)
    x = nil
    w = nil
    y = nil
    cr_unlock(&lock)
  }

  override func run(_ gradient: Tensor?, _ pass: inout Pass) {
    guard let gradient else { return }
    var savedX: TensorBox?, savedW: TensorBox?, savedY: TensorBox?
    if !saves.isEmpty {
      cr_lock(&lock)
      if pass.retain {
        savedX = x
        savedW = w
        savedY = y
      } else {
        savedX = x.take()
        savedW = w.take()
        savedY = y.take()
      }
      cr_unlock(&lock)
      let freed =
        (savedX == nil && saves.contains(.x)) || (savedW == nil && saves.contains(.w))
        || (savedY == nil && saves.contains(.y))
      if freed { return pass.failFreed(self) }
    }
    let s = Saved(
      x: unpack(savedX, next0, Int(output0), pass.createGraph), w: unpack(savedW, next1, Int(output1), pass.createGraph),
      y: unpack(savedY, self, 0, pass.createGraph), needsX: pass.needs(next0), needsW: pass.needs(next1))
    var (dx, dw) = op.vjp(gradient, s)
    if let restoration {
      dx = s.needsX ? dx.map(restoration.fitX) : nil
      dw = s.needsW ? dw.map(restoration.fitW) : nil
    }
    if let dx { pass.deliver(dx, to: next0, Int(output0)) }
    if let dw { pass.deliver(dw, to: next1, Int(output1)) }
  }
}

/// An edge: the node of an input whose gradient is wanted, which of its outputs, and the form the gradient must have.
///
/// Not inside the generic class, where arrays of it would look their type up at run time.
struct VariadicLink {
  var node: Node?
  let output: Int
  let form: InputForm?

  init(_ input: Tensor, _ value: Tensor) {
    node = input.isTracked ? input.box.head.pointee.node : nil
    output = input.outputIndex
    form = node == nil ? nil : InputForm(value.box)
  }
}

/// A recorded operation of any number of inputs and outputs.
final class VariadicNode<Op: VariadicOperation>: Node, @unchecked Sendable {
  let op: Op
  @exclusivity(unchecked) private var links: [VariadicLink]
  private let outputs: Int
  @exclusivity(unchecked) private var savedInputs: [TensorBox?]
  @exclusivity(unchecked) private var savedOutputs: [TensorBox?]
  @exclusivity(unchecked) private var isReleased = false

  init(_ op: Op, _ inputs: [Tensor], values: [Tensor], savedInputs: [TensorBox?], savedOutputs: [TensorBox?]) {
    self.op = op
    links = inputs.indices.map { VariadicLink(inputs[$0], values[$0]) }
    outputs = savedOutputs.count
    self.savedInputs = savedInputs
    self.savedOutputs = savedOutputs
    super.init()
    number(after: nil)
    for link in links { if let node = link.node { number(after: node, self) } }
  }

  deinit {
    for i in savedInputs.indices { ReleaseQueue.release(&savedInputs[i]) }
    for i in links.indices { ReleaseQueue.release(&links[i].node) }
  }

  override var name: String { op.nodeName }
  override var attributes: [(name: String, value: String)] { op.attributes }
  override var outputCount: Int { outputs }

  override func forEachEdge(_ body: (Edge?) -> Void) {
    for link in links { body(link.node.map { Edge(node: $0, output: link.output) }) }
  }

  override var saved: [(name: String, value: Tensor)] {
    var result: [(name: String, value: Tensor)] = []
    for (i, box) in savedInputs.enumerated() { if let box { result.append(("input\(i)", Tensor(box))) } }
    for (i, box) in savedOutputs.enumerated() { if let box { result.append(("result\(i)", Tensor(box))) } }
    return result
  }

  override func releaseSaved() {
    let released = takeSaved(keeping: false)
    withExtendedLifetime(released) {}
  }

  /// What was saved; nil where it has been released.
  private func takeSaved(keeping: Bool) -> (inputs: [TensorBox?], outputs: [TensorBox?])? {
    cr_lock(&lock)
    defer { cr_unlock(&lock) }
    if isReleased { return nil }
    let taken = (savedInputs, savedOutputs)
    if !keeping {
      isReleased = taken.0.contains { $0 != nil } || taken.1.contains { $0 != nil }
      if isReleased { (savedInputs, savedOutputs) = ([], []) }
    }
    return taken
  }

  override func run(_ gradient: Tensor?, _ pass: inout Pass) {
    guard let (inputs, results) = takeSaved(keeping: pass.retain) else { return pass.failFreed(self) }
    var gradients = pass.takeOutputs(self, count: outputs)
    gradients[0] = gradient
    let s = SavedList(
      inputs: inputs.indices.map { unpack(inputs[$0], links[$0].node, links[$0].output, pass.createGraph) },
      outputs: results.indices.map { unpack(results[$0], self, $0, pass.createGraph) },
      needs: links.map { pass.needs($0.node) })
    for (i, gradient) in op.vjp(gradients, s).enumerated() {
      guard s.needs[i], let gradient else { continue }
      pass.deliver(links[i].form?.fit(gradient) ?? gradient, to: links[i].node, links[i].output)
    }
  }
}
