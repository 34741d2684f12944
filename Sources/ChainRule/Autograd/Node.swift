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
  /// The pass that is using this node's `slot`, or 0.
  @exclusivity(unchecked) final var claim: UInt64 = 0
  /// The gradient that has arrived at output 0 in the pass that claimed the node.
  @exclusivity(unchecked) final var slot: Tensor?
  /// Whether the claiming pass, where it looks for chosen inputs only, must run the node.
  @exclusivity(unchecked) final var needed = false
  /// The number of open transforms when the tape this node belongs to began; see `Levels`.
  @exclusivity(unchecked) final var level: UInt8 = 0
  /// Guards what two passes on two threads may both take or change.
  @exclusivity(unchecked) final var lock: UInt8 = 0
  /// What few nodes have: hooks, a retained gradient, a name, a record.
  @exclusivity(unchecked) final var extra: NodeExtra?
  /// Whether this is a `LeafNode`.
  final let isAccumulator: Bool

  init(isAccumulator: Bool = false) { self.isAccumulator = isAccumulator }

  /// PyTorch's name of this kind of node: `AddBackward0`.
  public var name: String { "Node" }

  /// How many outputs the operation has.
  var outputCount: Int { 1 }

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

  /// What the operation saved, by name, for inspection.
  public var saved: [(name: String, value: Tensor)] { [] }

  /// The operation's attributes as text, such as `dim: 1`.
  public var attributes: [(name: String, value: String)] { [] }

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
final class NodeExtra {
  /// Names of outputs, by output index.
  var names: [Int: String] = [:]
  var lastHookID: UInt64 = 0
  var hooks: [HookEntry] = []
  var postHooks: [PostHookEntry] = []
  /// Outputs whose gradient is kept, by output index.
  var retained: [Int: Tensor?] = [:]
  var record: OperationRecord?
  /// Where the operation was called; noted by `withAnomalyDetection`.
  var place: CallPlace?
}

extension Unmanaged<Node> {
  /// Gives `body` the node, which is known to be a leaf's, without holding it.
  @inline(__always)
  func asLeaf<R>(_ body: (LeafNode) -> R) -> R { _withUnsafeGuaranteedRef { body(unsafeDowncast($0, to: LeafNode.self)) } }
}

extension Node {
  final func ensureExtra() -> NodeExtra {
    if let extra { return extra }
    let made = NodeExtra()
    extra = made
    return made
  }
}

/// The accumulator of a leaf: its value, its gradient, and the end of every path to it.
final class LeafNode: Node, @unchecked Sendable {
  /// Nothing while the value is out to be changed.
  @exclusivity(unchecked) private var value: TensorBox?
  @exclusivity(unchecked) private var gradient: Tensor?
  /// The thread that has taken the value out.
  @exclusivity(unchecked) private var writer: UInt = 0

  init(_ value: TensorBox) {
    self.value = value
    super.init(isAccumulator: true)
    let thread = cr_thread()!
    sequence = thread.pointee.sequence
    thread.pointee.sequence += 1
  }

  override var name: String { "AccumulateGrad" }

  /// The current value: a box that no later write changes.
  @inline(__always) var current: TensorBox {
    cr_lock(&lock)
    let box = value
    cr_unlock(&lock)
    return box ?? awaited(orTake: false)
  }

  /// Puts a value into the cell.
  @inline(__always)
  func replace(by new: consuming TensorBox) {
    var box: TensorBox? = new
    cr_lock(&lock)
    swap(&box, &value)
    cr_unlock(&lock)
    withExtendedLifetime(box) {}
  }

  /// Takes the value out of the cell, so that it is unique and can be changed in place; `replace(by:)` puts it back. Meanwhile
  /// other threads that want it wait.
  @inline(__always)
  func take() -> TensorBox {
    var box: TensorBox?
    cr_lock(&lock)
    swap(&box, &value)
    if box != nil { writer = UInt(bitPattern: cr_thread()) }
    cr_unlock(&lock)
    return box ?? awaited(orTake: true)
  }

  @inline(never)
  private func awaited(orTake takes: Bool) -> TensorBox {
    let thread = UInt(bitPattern: cr_thread())
    while true {
      cr_lock(&lock)
      let box = takes ? value.take() : value
      let isOurs = writer == thread
      if takes, box != nil { writer = thread }
      cr_unlock(&lock)
      if let box { return box }
      if isOurs {
        return fail(
          TensorError(
            .gradient, "a leaf was read while its own data is being changed",
            mend: "Compute the new value first, then assign it: let new = ...; w.data = new.", operation: "data")
        ).box
      }
    }
  }

  var grad: Tensor? {
    get {
      cr_lock(&lock)
      let current = gradient
      cr_unlock(&lock)
      return current
    }
    set {
      cr_lock(&lock)
      let old = gradient
      gradient = newValue
      cr_unlock(&lock)
      withExtendedLifetime(old) {}
    }
  }

  /// Adds a gradient: takes it over where it is the first, adds in place where nothing else holds the sum.
  ///
  /// The sum is taken out, added to outside the lock, and put back; where another thread has put one back meanwhile, that is
  /// taken out and added to again, so no contribution is lost.
  func accumulate(_ new: consuming Tensor) {
    if new.isIndirect || !new.box.isContiguous { new = new.contiguous() }
    // A gradient that is still pending is computed here: backward() leaves no work, and nothing it would need, behind.
    _ = new.box.c
    var arriving: Tensor? = consume new
    while true {
      cr_lock(&lock)
      if gradient == nil {
        swap(&gradient, &arriving)
        cr_unlock(&lock)
        return
      }
      var sum = gradient.take().unsafelyUnwrapped
      cr_unlock(&lock)
      sum.accumulate(arriving.unsafelyUnwrapped)
      arriving = consume sum
    }
  }
}
