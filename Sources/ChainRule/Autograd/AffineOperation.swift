import CKernels

/// An operation linear in an input and linear in a weight, to whose result a bias may be added: a layer's product.
///
/// An arity of its own, so that the layer every network has needs no arrays.
protocol AffineOperation: Operation {
  func forward(_ x: Tensor, _ w: Tensor, _ b: Tensor?) throws(TensorError) -> Tensor
  /// The gradients of x, w and b. `s` holds w where the gradient of x is wanted, and x where that of w is.
  func vjp(_ dy: Tensor, _ s: Saved, needsB: Bool) -> (Tensor?, Tensor?, Tensor?)
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ db: Tensor?, _ s: Saved) -> Tensor
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor]
}

extension AffineOperation {
  func forwardAny(_ inputs: [Tensor]) throws(TensorError) -> [Tensor] {
    [try forward(inputs[0], inputs[1], inputs.count > 2 ? inputs[2] : nil)]
  }

  func jvpAny(_ tangents: [Tensor?], _ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor?] {
    guard tangents.contains(where: { $0 != nil }) else { return [nil] }
    let s = Saved(x: inputs[0], w: inputs[1], y: nil, needsX: tangents[0] != nil, needsW: tangents[1] != nil)
    return [jvp(tangents[0], tangents[1], tangents.count > 2 ? tangents[2] : nil, s).fitted(like: outputs[0])]
  }

  func batchAny(_ inputs: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    try batch(inputs, batched: batched, size: size)
  }

  func applyAny(_ inputs: [Tensor]) -> [Tensor] { [self(inputs[0], inputs[1], inputs.count > 2 ? inputs[2] : nil)] }

  func recordAny(_ inputs: [Tensor], values: [Tensor], outputs: [Tensor]) -> Node? {
    guard outputs[0].dtype.isFloatingPoint else { return nil }
    let b = inputs.count > 2 ? inputs[2] : nil, tracked = (inputs[0].isTracked, inputs[1].isTracked, b?.isTracked ?? false)
    return AffineNode(
      self, inputs[0], inputs[1], b, tracked: tracked, x: tracked.1 ? values[0].box : nil, w: tracked.0 ? values[1].box : nil)
  }

  /// Applies the operation, and records it where gradients are on and an input is tracked.
  func callAsFunction(_ x: Tensor, _ w: Tensor, _ b: Tensor?) -> Tensor {
    let thread = cr_thread()!
    guard thread.pointee.slow == 0 else { return applySlowly(self, b.map { [x, w, $0] } ?? [x, w])[0] }
    let vx = x.bare, vw = w.value(beside: x, vx), vb = b?.value(beside: x, vx, w, vw)
    do throws(TensorError) {
      let y = try computed(vx, vw, vb)
      guard thread.pointee.no_grad == 0, y.box.dtype.isFloatingPoint else { return y }
      let tracked = (x.isTracked, w.isTracked, b?.isTracked ?? false)
      guard tracked.0 || tracked.1 || tracked.2 else { return y }
      y.box.attach(node(x, w, b, tracked, (consume vx).kept(tracked.1), (consume vw).kept(tracked.0)))
      return y
    } catch {
      return fail(error.describing(b.map { [x, w, $0] } ?? [x, w]))
    }
  }

  /// - Parameters:
  ///   - tracked: which of the three are tracked.
  ///   - keptX: the input's value, where it is saved.
  ///   - keptW: the weight's.
  @inline(never)
  private func node(
    _ x: Tensor, _ w: Tensor, _ b: Tensor?, _ tracked: (Bool, Bool, Bool), _ keptX: consuming TensorBox?, _ keptW: consuming TensorBox?
  ) -> Node {
    // A large activation is not kept: its own node has what it takes to compute it again.
    if keptX != nil, tracked.0, let again = x.box.head.pointee.maker?._withUnsafeGuaranteedRef({ $0.repeatedResult() }) {
      keptX = again
    }
    return AffineNode(self, x, w, b, tracked: tracked, x: keptX, w: keptW)
  }
}

/// A recorded operation of an input, a weight and perhaps a bias.
final class AffineNode<Op: AffineOperation>: Node, @unchecked Sendable {
  let op: Op
  private let next0: InputLink
  private let next1: InputLink
  private let next2: InputLink?
  @exclusivity(unchecked) private var kept: KeptBoxes
  private let saves: Saves

  init(
    _ op: Op, _ first: borrowing Tensor, _ second: borrowing Tensor, _ third: borrowing Tensor?, tracked: (Bool, Bool, Bool),
    x: consuming TensorBox?, w: consuming TensorBox?
  ) {
    var saves: Saves = []
    if x != nil { saves.insert(.x) }
    if w != nil { saves.insert(.w) }
    self.op = op
    next0 = InputLink(first, isTracked: tracked.0)
    next1 = InputLink(second, isTracked: tracked.1)
    next2 = third.map { InputLink($0, isTracked: tracked.2) }
    kept = KeptBoxes(x: x, w: w)
    self.saves = saves
    super.init()
    number(after: next0.node, next1.node, next2?.node)
  }

  deinit {
    next0.release()
    next1.release()
    next2?.release()
  }

  override var name: String { op.nodeName }
  override var operation: ErasedOperation? { ErasedOperation(value: op) }
  override var attributes: [(name: String, value: String)] { op.attributes }

  override func forEachEdge(_ body: (Edge?) -> Void) {
    body(next0.edge)
    body(next1.edge)
    if let next2 { body(next2.edge) }
  }

  override var saved: [(name: String, value: Tensor)] {
    let (x, w, _) = kept.boxes(keeping: true)
    return [("input0", x), ("input1", w)].compactMap { entry in entry.1.map { (entry.0, Tensor($0)) } }
  }

  override func inputValues(_ form: (Edge) -> InputForm?) -> [Tensor]? {
    let (savedX, savedW, _) = kept.boxes(keeping: true)
    guard let x = savedX.map(Tensor.init) ?? zeros(along: next0.edge, form),
      let w = savedW.map(Tensor.init) ?? zeros(along: next1.edge, form)
    else { return nil }
    return [x, w]
  }

  override func releaseSaved() { kept.release() }

  override func packSaved(_ pack: (_ box: TensorBox, _ source: Node?) -> TensorBox) {
    kept.replaceEach { pack($0, $1 == 0 ? next0.edge?.node : $1 == 1 ? next1.edge?.node : nil) }
  }

  override func run(_ gradient: consuming Tensor?, _ pass: inout Pass) {
    guard let dy = consume gradient else { return }
    let (savedX, savedW, _) = kept.boxes(keeping: pass.retain)
    if (savedX == nil && saves.contains(.x)) || (savedW == nil && saves.contains(.w)) { return pass.failFreed(self) }
    let records = pass.recording
    let s = Saved(
      x: unpack(consume savedX, next0.node, next0.output, records), w: unpack(consume savedW, next1.node, next1.output, records), y: nil,
      needsX: pass.needs(next0.node), needsW: pass.needs(next1.node))
    var (dx, dw, db) = op.vjp(dy, s, needsB: pass.needs(next2?.node))
    // Taken, so that each gradient is handed on rather than held here too.
    if let dx = dx.take() { pass.deliver(dx, to: next0) }
    if let dw = dw.take() { pass.deliver(dw, to: next1) }
    if let next2, let db = db.take() { pass.deliver(db, to: next2) }
  }
}
