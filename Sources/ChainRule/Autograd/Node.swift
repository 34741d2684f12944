import CKernels

/// Where a gradient goes on: into which output of which node.
struct Edge {
  let node: Node
  let output: Int
}

/// One step of a recorded computation: an operation, what it saved, and edges to where its inputs came from.
///
/// A node is data: it prints, draws and compares. PyTorch's `grad_fn`.
public class Node: @unchecked Sendable {
  /// Rises from inputs to results, so the highest number among ready nodes is always the next to run.
  @exclusivity(unchecked) final var sequence: UInt64 = 0
  /// The pass that is using this node's `slot`, or 0. Only that pass looks at `slot` and `needed`.
  @exclusivity(unchecked) final var claim: UInt64 = 0
  /// The gradient that has arrived at output 0 in the pass that claimed the node. It is moved in and out, never copied, so that nothing
  /// is counted after the claim has ended.
  @exclusivity(unchecked) final var slot: Tensor?
  /// Whether the claiming pass, where it looks for chosen inputs only, must run the node.
  @exclusivity(unchecked) final var needed = false
  /// The number of open transforms when the tape this node belongs to began; see `Levels`.
  @exclusivity(unchecked) final var level: UInt8 = 0
  /// What few nodes have: hooks, a retained gradient, a name, a record.
  @exclusivity(unchecked) private final var shared = SharedReference<Frozen<NodeExtra>>()
  /// Whether this is a `LeafNode`.
  final let isAccumulator: Bool

  init(isAccumulator: Bool = false) { self.isAccumulator = isAccumulator }

  /// PyTorch's name of this kind of node: `AddBackward0`.
  public var name: String { "Node" }

  /// The operation, of a node that keeps nothing but what its rule takes.
  var operation: ErasedOperation? { nil }

  /// How many outputs the operation has.
  var outputCount: Int { 1 }

  /// The form of the one output, of a node that is no operation's.
  var resultForm: InputForm? { nil }

  /// Inputs of the shapes and types that the operation was given, what it saved among them and zeros for others; `form` gives what is
  /// known of an input's. Nil where that is not enough.
  func inputValues(_ form: (Edge) -> InputForm?) -> [Tensor]? { nil }

  /// Gives `body` each edge to an input, nil where the input needs no gradient.
  func forEachEdge(_ body: (Edge?) -> Void) {}

  /// Applies the chain rule: turns the gradient of the output (of output 0, where there are several) into gradients of the
  /// inputs and delivers them to `pass`.
  func run(_ gradient: consuming Tensor?, _ pass: inout Pass) {}

  /// Adds to the gradient in the slot.
  @inline(__always)
  final func add(_ gradient: Tensor) { if slot == nil { slot = gradient } else { slot!.accumulate(gradient) } }

  /// The result once more, to be computed from what the operation saved when it is wanted; nil where it is kept instead.
  func repeatedResult() -> TensorBox? { nil }

  /// Lets go of what the operation saved.
  func releaseSaved() {}

  /// Puts what `pack` makes of it in the place of each box that the operation saved; before anybody else sees the node.
  func packSaved(_ pack: (_ box: TensorBox, _ source: Node?) -> TensorBox) {}

  /// What the operation saved, by name, for inspection.
  public var saved: [(name: String, value: Tensor)] { [] }

  /// The operation's attributes as text, such as `dim: 1`.
  public var attributes: [(name: String, value: String)] { [] }

  /// Whether the number among the attributes was written before the tensor.
  var isNumberFirst: Bool { false }

  /// When the operation was recorded, on this thread's scale: above the numbers of all nodes it was computed from. Of the nodes that are
  /// ready a pass runs the one with the highest number. PyTorch's `_sequence_nr()`.
  public final var sequenceNumber: UInt64 { sequence }

  /// Whatever a program wants to note about the node, by name; PyTorch's `metadata`.
  public final var metadata: [String: any Sendable] {
    get { extra?.metadata ?? [:] }
    set { changeExtra { $0.metadata = newValue } }
  }

  /// The leaf whose gradient this node sums up; nil for the node of an operation. PyTorch's `variable`.
  ///
  /// It has the leaf's value, gradient and name, and writing either writes the leaf's; whether the leaf requires a gradient is set on the
  /// leaf itself.
  public var variable: Tensor? { nil }

  /// The nodes that this one passes gradients to, with the index of the output they belong to; nil where an input needs none.
  public final var nextFunctions: [(node: Node, output: Int)?] {
    var result: [(node: Node, output: Int)?] = []
    forEachEdge { edge in result.append(edge.map { ($0.node, $0.output) }) }
    return result
  }
}

extension Node: CustomStringConvertible {
  /// `<AddBackward0>`, as PyTorch prints it.
  public var description: String { "<\(name)>" }
}

/// What few nodes have, kept aside so that the others stay small.
struct NodeExtra {
  /// Names of outputs, by output index.
  var names: [Int: String] = [:]
  var hooks: [HookEntry] = []
  var postHooks: [PostHookEntry] = []
  /// Hooks of the node itself, where there are any.
  var nodeHooks: NodeHooks?
  /// What the user has noted here.
  var metadata: [String: any Sendable] = [:]
  /// Outputs whose gradient is kept, by output index.
  var retained: [Int: Tensor?] = [:]
  var record: OperationRecord?
  /// Where the operation was called; noted by `withAnomalyDetection`.
  var place: CallPlace?
}

extension Node {
  /// Whether the node has something that few have.
  @inline(__always) final var hasExtra: Bool { !shared.isEmpty }

  /// What the node has of what few have, as it is now: what a task changes meanwhile shows when it is asked for again.
  final var extra: NodeExtra? { shared.read()?.value }

  fileprivate final var extraAddress: UInt { shared.address }

  /// Changes what few nodes have. `change` may run again, on what another thread has made of it meanwhile.
  final func changeExtra(_ change: (inout NodeExtra) -> Void) {
    while true {
      let before = shared.read()
      var new = before?.value ?? NodeExtra()
      change(&new)
      if shared.replace(before, by: Frozen(new)) { return }
    }
  }
}

extension Unmanaged<Node> {
  /// Gives `body` the node, which is known to be a leaf's, without holding it.
  @inline(__always)
  func asLeaf<R>(_ body: (LeafNode) -> R) -> R { _withUnsafeGuaranteedRef { body(unsafeDowncast($0, to: LeafNode.self)) } }
}

/// The accumulator of a leaf: its value, its gradient, and the end of every path to it.
final class LeafNode: Node, @unchecked Sendable {
  /// Nothing while the value is out to be changed.
  @exclusivity(unchecked) private var value: SharedReference<TensorBox>
  @exclusivity(unchecked) private var gradient = SharedReference<TensorBox>()
  /// Whether it was made as a parameter; set before anything else sees the leaf.
  @exclusivity(unchecked) var isParameter = false
  /// The thread that has taken the value out.
  @exclusivity(unchecked) private var writer: UInt = 0

  init(_ value: TensorBox) {
    self.value = SharedReference(value)
    super.init(isAccumulator: true)
    let thread = cr_thread()!
    sequence = thread.pointee.sequence
    thread.pointee.sequence += 1
  }

  override var name: String { "AccumulateGrad" }
  override var resultForm: InputForm? { InputForm(current) }

  override var variable: Tensor? {
    let box = TensorBox.cell(self)
    box.flags.formUnion([.tracked, .seenFromGraph])
    return Tensor(box)
  }

  /// The current value: a box that no later write changes.
  @inline(__always) var current: TensorBox { value.read() ?? awaited { value.read() } }

  /// Puts a value into the cell.
  @inline(__always)
  func replace(by new: consuming TensorBox) { value.exchange(new) }

  /// Takes the value out of the cell, so that it is unique and can be changed in place; `replace(by:)` puts it back. Meanwhile
  /// other threads that want it wait.
  @inline(__always)
  func take() -> TensorBox { value.take(&writer) ?? awaited { value.take(&writer) } }

  /// The value, once the thread that has it out has put it back.
  @inline(never)
  private func awaited(_ attempt: () -> TensorBox?) -> TensorBox {
    let thread = UInt(bitPattern: cr_thread())
    var spins: Int32 = 0
    while true {
      if let box = attempt() { return box }
      // Nobody else writes this thread's number, so where it is found, this thread has the value.
      if cr_reference_taker(&writer) == thread {
        return fail(
          TensorError(
            .gradient, "a leaf was read while its own data is being changed",
            hint: "Compute the new value first, then assign it: let new = ...; w.data = new.", operation: "data")
        ).box
      }
      cr_pause(&spins)
    }
  }

  var grad: Tensor? {
    get { gradient.read().map(Tensor.init) }
    set { gradient.exchange(newValue?.box) }
  }

  /// Whether there is a gradient, at this moment.
  @inline(__always) var hasGradient: Bool { !gradient.isEmpty }

  /// How far into the object the words lie that other threads share: always the same, where Swift passes them by their own address.
  var wordOffsets: [UInt] {
    let object = UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque())
    return [value.address &- object, gradient.address &- object, extraAddress &- object]
  }

  /// Adds a gradient: takes it over where it is the first, adds in place where nothing else holds the sum.
  ///
  /// The sum is taken out, added to where no other thread sees it, and put back; where another thread has put one back meanwhile, that
  /// is taken out and added to again, so no contribution is lost.
  func accumulate(_ new: consuming Tensor) {
    if new.isIndirect || !new.box.isContiguous { new = new.contiguous() }
    // A gradient that is still pending is computed here: backward() leaves no work, and nothing it would need, behind.
    _ = new.box.c
    var arriving: TensorBox? = (consume new).box
    while true {
      if gradient.isEmpty, gradient.replace(nil, by: arriving.unsafelyUnwrapped) { return }
      guard let sum = gradient.exchange(nil) else { continue }
      var total = Tensor(consume sum)
      total.accumulate(Tensor(arriving.take().unsafelyUnwrapped))
      arriving = (consume total).box
    }
  }
}
