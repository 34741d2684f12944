import CKernels

/// One backward pass: the gradients that have arrived, and the nodes that are ready.
///
/// Nodes run by sequence number, highest first. A node's number is above those of its inputs, so when it runs every gradient
/// it can get has arrived, and no counting of dependencies is needed. Nothing recurses: a graph may be a million nodes deep.
/// Whoever begins a pass holds its roots, on which every node hangs, so nodes are looked at unmanaged.
struct Pass: ~Copyable {
  let id: UInt64
  /// Whether what the nodes saved is kept for another pass.
  let retain: Bool
  /// What is recorded of the pass.
  let recording: Recording
  /// Whether only the paths to chosen inputs are walked.
  private(set) var restricted = false
  /// Whether the pass ends at its targets: they neither run nor are their hooks called, as another pass will do that.
  private var stopsAtTargets = false
  /// Whether a gradient may not be handed on as it is: it is looked at, held for hooks, or perhaps not wanted, or another pass has claimed a
  /// node.
  var isCareful = false
  /// What few passes have; nil until there is some of it.
  private var aside: UnsafeMutablePointer<RareState>?

  /// The one ready node, where there is one; the heap is used only when there are two.
  private var single: Ready?
  private var heap: [Ready] = []
  /// The one leaf reached, where it is one; the array is used only when there are two.
  private var leaf: Unmanaged<Node>?
  private var leaves: [Unmanaged<Node>] = []
  private(set) var error: TensorError?

  nonisolated(unsafe) private static var lastID: UInt64 = 0

  /// A pass that runs everything its roots reach.
  @inline(__always)
  init(retain: Bool, recording: Recording) {
    id = cr_next(&Pass.lastID)
    self.retain = retain
    self.recording = recording
    if cr_thread().pointee.slow != 0 { watch() }
  }

  /// A pass that runs only what lies on a path from `roots` to `targets`.
  init(retain: Bool, recording: Recording, roots: [Node], targets: [Edge], stopsAtTargets: Bool) {
    self.init(retain: retain, recording: recording)
    restricted = true
    isCareful = true
    self.stopsAtTargets = stopsAtTargets
    rare.pointee.captures = targets.map { RareState.Capture(node: $0.node, output: $0.output) }
    markNeeded(from: roots)
  }

  deinit {
    guard let aside else { return }
    aside.deinitialize(count: 1)
    aside.deallocate()
  }

  // MARK: What few passes have

  /// What few passes have, made where it is not there. A pointer: what an object held would be counted at each look.
  var rare: UnsafeMutablePointer<RareState> {
    mutating get { aside ?? makeAside() }
  }

  @inline(never)
  private mutating func makeAside() -> UnsafeMutablePointer<RareState> {
    let new = UnsafeMutablePointer<RareState>.allocate(capacity: 1)
    new.initialize(to: RareState())
    aside = new
    return new
  }

  /// Notes who looks at what this thread's passes do.
  @inline(never)
  private mutating func watch() {
    guard let modes = Modes.currentIfAny else { return }
    guard modes.anomalies != nil || modes.finite != nil || modes.profiler != nil || modes.tracer != nil else { return }
    rare.pointee.anomalies = modes.anomalies
    rare.pointee.finite = modes.finite
    rare.pointee.profiler = modes.profiler
    rare.pointee.tracer = modes.tracer
    isCareful = rare.pointee.watches || rare.pointee.tracer != nil
  }

  // MARK: Restriction

  /// Marks every node from which a target can be reached.
  private mutating func markNeeded(from roots: [Node]) {
    let lowest = rare.pointee.captures.map(\.node.sequence).min() ?? 0
    var stack: [Node] = []
    func visit(_ node: Node, _ pass: inout Pass) {
      guard node.sequence >= lowest, pass.markVisited(node) else { return }
      stack.append(node)
    }
    for root in roots { visit(root, &self) }
    while let node = stack.popLast() {
      if isEnd(node) { continue }
      node.forEachEdge { edge in if let edge { visit(edge.node, &self) } }
    }
    for capture in rare.pointee.captures {
      _ = markVisited(capture.node)
      setNeeded(capture.node)
    }
    // Inputs have lower numbers than results: from the bottom up one look at each edge is enough.
    rare.pointee.visited.sort { $0.sequence < $1.sequence }
    for node in rare.pointee.visited where !isNeeded(node) && !isEnd(node) {
      var found = false
      node.forEachEdge { edge in if let edge, isNeeded(edge.node) { found = true } }
      if found { setNeeded(node) }
    }
  }

  /// Claims the node for this pass, or keeps it in the side table; false where it was visited before.
  private mutating func markVisited(_ node: Node) -> Bool {
    if cr_owns(&node.claim, id) || rare.pointee.side[ObjectIdentifier(node)] != nil { return false }
    if cr_claim(&node.claim, id) { node.needed = false } else { rare.pointee.side[ObjectIdentifier(node)] = RareState.SideState() }
    rare.pointee.visited.append(node)
    return true
  }

  /// Whether the pass ends at the node, which neither runs nor has its hooks called.
  func isEnd(_ node: Node) -> Bool { stopsAtTargets && aside?.pointee.captures.contains { $0.node === node } ?? false }

  private mutating func setNeeded(_ node: Node) {
    if cr_owns(&node.claim, id) { node.needed = true } else { rare.pointee.side[ObjectIdentifier(node)]?.needed = true }
  }

  func isNeeded(_ node: Node) -> Bool {
    cr_owns(&node.claim, id) ? node.needed : aside?.pointee.side[ObjectIdentifier(node)]?.needed ?? false
  }

  /// Whether the gradient for `node` is wanted; a rule may leave out the others.
  ///
  /// This and the next are mutating in name only: to ask a pass that is borrowed, the compiler copies it first, word by word.
  @inline(__always)
  mutating func needs(_ node: Unmanaged<Node>?) -> Bool {
    guard let node else { return false }
    return !restricted || needsOnPath(node)
  }

  @inline(never)
  private mutating func needsOnPath(_ node: Unmanaged<Node>) -> Bool { isNeeded(node.takeUnretainedValue()) }

  // MARK: Delivery

  /// Hands a gradient to the node it belongs to, adding it to what has arrived there.
  @inline(__always)
  mutating func deliver(_ gradient: consuming Tensor, to link: InputLink) {
    guard let node = link.node else { return }
    deliver(gradient, to: node, Int(link.output))
  }

  mutating func deliver(_ gradient: consuming Tensor, to node: Unmanaged<Node>, _ output: Int) {
    if isCareful { return deliverCarefully(gradient, node.takeUnretainedValue(), output) }
    if output != 0 { return deliverSlowly(gradient, node.takeUnretainedValue(), output) }
    let arrival = node._withUnsafeGuaranteedRef { node in
      cr_owns(&node.claim, id) ? Arrival.further : cr_claim(&node.claim, id) ? .first : .elsewhere
    }
    // Moved into the empty slot, not copied.
    var arriving: Tensor? = consume gradient
    switch arrival {
    case .first:
      node._withUnsafeGuaranteedRef { swap(&$0.slot, &arriving) }
      enqueue(node)
    case .further: node._withUnsafeGuaranteedRef { $0.add(arriving.unsafelyUnwrapped) }
    case .elsewhere: deliverSlowly(arriving.unsafelyUnwrapped, node.takeUnretainedValue(), output)
    }
  }

  private enum Arrival { case first, further, elsewhere }

  @inline(never)
  private mutating func deliverCarefully(_ gradient: Tensor, _ node: Node, _ output: Int) {
    if rare.pointee.watches, let running = rare.pointee.running {
      inspect(gradient, from: running, to: node, output)
      if error != nil { return }
    }
    if restricted, !isNeeded(node) { return }
    if rare.pointee.held?.hold(gradient, to: node, output) ?? false { return }
    deliverSlowly(gradient, node, output)
    rare.pointee.early?.note(node)
  }

  @inline(never)
  private mutating func deliverSlowly(_ gradient: Tensor, _ node: Node, _ output: Int) {
    let key = ObjectIdentifier(node)
    // A node begun in the side table stays there, also where the other pass has meanwhile let go of it.
    let claimed = restricted ? cr_owns(&node.claim, id) : rare.pointee.side[key] == nil && cr_claim(&node.claim, id)
    let isNew: Bool
    if claimed {
      isNew = node.slot == nil && rare.pointee.outputs[key] == nil
    } else {
      isNew = rare.pointee.side[key]?.slot == nil && rare.pointee.outputs[key] == nil
    }
    if output != 0 {
      if rare.pointee.outputs[key]?[output] == nil {
        rare.pointee.outputs[key, default: [:]][output] = gradient
      } else {
        rare.pointee.outputs[key]![output]!.accumulate(gradient)
      }
    } else if claimed {
      node.add(gradient)
    } else {
      var state = rare.pointee.side[key] ?? RareState.SideState()
      if state.slot == nil { state.slot = gradient } else { state.slot!.accumulate(gradient) }
      rare.pointee.side[key] = state
      isCareful = true
    }
    if isNew { enqueue(.passUnretained(node)) }
  }

  /// The gradients of a node's outputs other than the first, which is left nil.
  mutating func takeOutputs(_ node: Node, count: Int) -> [Tensor?] {
    var result = [Tensor?](repeating: nil, count: count)
    if let aside, let others = aside.pointee.outputs.removeValue(forKey: ObjectIdentifier(node)) {
      for (i, gradient) in others { result[i] = gradient }
    }
    return result
  }

  /// The gradient of output 0, and the end of the node's claim.
  @inline(__always)
  private mutating func take(_ node: Node) -> Tensor? {
    guard cr_owns(&node.claim, id) else { return takeAside(node) }
    let gradient = node.slot.take()
    if !restricted { cr_release_claim(&node.claim) }
    return gradient
  }

  @inline(never)
  private mutating func takeAside(_ node: Node) -> Tensor? { rare.pointee.side.removeValue(forKey: ObjectIdentifier(node))?.slot }

  // MARK: Order

  /// A node that is ready.
  private struct Ready {
    let sequence: UInt64
    let node: Unmanaged<Node>
  }

  @inline(__always)
  private mutating func enqueue(_ node: Unmanaged<Node>) {
    if node._withUnsafeGuaranteedRef({ $0.isAccumulator }) {
      if leaf == nil { return leaf = node }
      if leaves.isEmpty { leaves.reserveCapacity(15) }
      leaves.append(node)
      return
    }
    let ready = Ready(sequence: node._withUnsafeGuaranteedRef { $0.sequence }, node: node)
    if single == nil, heap.isEmpty {
      single = ready
      return
    }
    if let other = single {
      single = nil
      push(other)
    }
    push(ready)
  }

  private mutating func push(_ ready: Ready) {
    if heap.isEmpty { heap.reserveCapacity(16) }
    heap.append(ready)
    var i = heap.count - 1
    while i > 0 {
      let parent = (i - 1) / 2
      if heap[parent].sequence >= ready.sequence { break }
      heap[i] = heap[parent]
      i = parent
    }
    heap[i] = ready
  }

  @inline(__always)
  private mutating func pop() -> Unmanaged<Node>? {
    if let ready = single {
      single = nil
      return ready.node
    }
    return heap.isEmpty ? nil : popHeap().node
  }

  private mutating func popHeap() -> Ready {
    let top = heap[0], moved = heap.removeLast()
    let count = heap.count
    if count == 0 { return top }
    var i = 0
    while true {
      let left = 2 * i + 1
      if left >= count { break }
      let right = left + 1
      let child = right < count && heap[right].sequence > heap[left].sequence ? right : left
      if moved.sequence >= heap[child].sequence { break }
      heap[i] = heap[child]
      i = child
    }
    heap[i] = moved
    return top
  }

  // MARK: Running

  /// Runs until no node is ready; then the leaves take their gradients.
  mutating func run() {
    let thread = cr_thread()!
    let previous = thread.pointee.no_grad, outer = (thread.pointee.pass, thread.pointee.pass_work)
    thread.pointee.no_grad = recording == .off ? 1 : 0
    (thread.pointee.pass, thread.pointee.pass_work) = (id, nil)
    let isPlain = !isCareful && aside?.pointee.profiler == nil
    while error == nil, let node = pop() {
      node._withUnsafeGuaranteedRef { node in
        if isPlain, !node.hasExtra {
          node.run(take(node), &self)
        } else {
          runCarefully(node)
        }
      }
      if isErrorPending { break }
    }
    if error == nil, !isErrorPending, let finite = aside?.pointee.finite { error = finite.error(of: arrived) }
    if error == nil, !isErrorPending {
      leaf?.asLeaf { end($0) }
      for leaf in leaves { leaf.asLeaf { end($0) } }
      if recording == .graph, !restricted { warnOfCycles() }
      leaf = nil
      leaves = []
      if let aside, !aside.pointee.gathered.isEmpty { handOverGathered() }
    }
    finish()
    if thread.pointee.pass_work != nil { BackwardPass.runWork(isDone: error == nil && !isErrorPending) }
    thread.pointee.no_grad = previous
    (thread.pointee.pass, thread.pointee.pass_work) = outer
  }

  /// The gradients that were asked for and are there, and those that wait to go into leaves.
  private var arrived: [(node: Node, gradient: Tensor)] {
    (aside?.pointee.captures ?? []).compactMap { capture in capture.gradient.map { (capture.node, $0) } }
      + ([leaf] + leaves).compactMap { leaf in
        guard let node = leaf?.takeUnretainedValue() else { return nil }
        let gradient = cr_owns(&node.claim, id) ? node.slot : aside?.pointee.side[ObjectIdentifier(node)]?.slot
        return gradient.map { (node, $0) }
      }
  }

  /// Ends the leaves that are whole already, in a pass that ends leaves early; such a pass is careful, so that others are not asked.
  private mutating func endEarlyLeaves() {
    guard let aside, aside.pointee.early != nil, error == nil, !isErrorPending else { return }
    for leaf in aside.pointee.early?.take() ?? [] { Unmanaged.passUnretained(leaf).asLeaf { end($0) } }
  }

  /// Runs a node that has hooks or is watched.
  @inline(never)
  private mutating func runCarefully(_ node: Node) {
    defer { endEarlyLeaves() }
    var gradient = take(node)
    if node.hasExtra, let tracer = rare.pointee.tracer, refusesHooks(of: node, tracer) { return }
    if node.hasExtra, !isEnd(node) { gradient = applyHooks(node, gradient) }
    if restricted {
      capture(node, gradient)
      guard mustRun(node), !isEnd(node) else { return }
    }
    if node.hasExtra, let hooks = node.extra?.nodeHooks { return runHooked(node, gradient, hooks) }
    runWatched(node, gradient)
  }

  /// Runs a node as one whose gradients may be looked at on their way.
  private mutating func runWatched(_ node: Node, _ gradient: Tensor?) {
    if rare.pointee.watches { (rare.pointee.running, rare.pointee.inspected) = (node, 0) }
    if let tracer = rare.pointee.tracer {
      runRecorded(node, gradient, tracer)
    } else if let profiler = rare.pointee.profiler {
      profiler.run(node, recording: recording == .graph, retaining: retain) { node.run(gradient, &self) }
    } else if rare.pointee.anomalies != nil {
      runAnnotated(node, gradient)
    } else {
      node.run(gradient, &self)
    }
  }

  /// Runs a node between its own hooks: those before see the gradients of its outputs, those after also the ones it gives, all at once.
  private mutating func runHooked(_ node: Node, _ arrived: Tensor?, _ hooks: NodeHooks) {
    var gradients = gradientsOfOutputs(of: node, arrived)
    guard hooks.runBefore(&gradients) else { return }
    replaceOutputs(of: node, by: gradients)
    if hooks.after.isEmpty { return runWatched(node, gradients[0]) }
    rare.pointee.held = HeldGradients(of: node)
    isCareful = true
    runWatched(node, gradients[0])
    isCareful = restricted || rare.pointee.watches || rare.pointee.early != nil || !rare.pointee.side.isEmpty
    guard let found = rare.pointee.held.take(), error == nil, !isErrorPending else { return }
    guard let results = hooks.runAfter(found.gradients, gradients) else { return }
    for (edge, gradient) in zip(found.edges, results) {
      if let edge, let gradient { deliver(gradient, to: .passUnretained(edge.node), edge.output) }
    }
  }

  /// A leaf takes what has arrived there.
  private mutating func end(_ leaf: LeafNode) {
    guard let gradient = take(leaf) else { return }
    if !leaf.hasExtra, !isCareful { return leaf.accumulate(consume gradient) }
    endCarefully(leaf, gradient)
  }

  /// The same for a leaf that has hooks or whose gradient is asked for.
  @inline(never)
  private mutating func endCarefully(_ leaf: LeafNode, _ arrived: Tensor) {
    var gradient = arrived
    if leaf.hasExtra, let tracer = rare.pointee.tracer, refusesHooks(of: leaf, tracer) { return }
    if leaf.hasExtra, !isEnd(leaf) { gradient = applyHooks(leaf, gradient) ?? gradient }
    if restricted { return capture(leaf, gradient) }
    guard let hooks = leaf.extra?.nodeHooks else {
      leaf.receive(gradient, rare.pointee.tracer)
      return runPostHooks(leaf)
    }
    var gradients: [Tensor?] = [gradient]
    guard hooks.runBefore(&gradients) else { return }
    if let gradient = gradients[0] {
      leaf.accumulate(gradient)
      runPostHooks(leaf)
    }
    _ = hooks.runAfter([], gradients)
  }

  /// Gives `body` every node that is still to run, leaves among them.
  func forEachWaiting(_ body: (Node) -> Void) {
    if let single { body(single.node.takeUnretainedValue()) }
    for ready in heap { body(ready.node.takeUnretainedValue()) }
    if let leaf { body(leaf.takeUnretainedValue()) }
    for leaf in leaves { body(leaf.takeUnretainedValue()) }
  }

  /// Warns where a leaf now keeps a gradient that keeps the graph, which keeps the leaf.
  private func warnOfCycles() {
    for leaf in [leaf] + leaves { leaf?.asLeaf { if $0.grad?.isTracked ?? false { Warnings.gradientCycle($0) } } }
  }

  /// Ends every claim that is left, whatever stopped the pass.
  private mutating func finish() {
    while let node = pop() { _ = take(node.takeUnretainedValue()) }
    if let leaf { _ = take(leaf.takeUnretainedValue()) }
    for leaf in leaves { _ = take(leaf.takeUnretainedValue()) }
    guard let aside else { return }
    for node in aside.pointee.visited where cr_owns(&node.claim, id) {
      node.slot = nil
      cr_release_claim(&node.claim)
    }
  }

  /// The gradient of an output other than the first, where it has arrived.
  func output(of node: Node, _ output: Int) -> Tensor? { aside?.pointee.outputs[ObjectIdentifier(node)]?[output] }

  /// Replaces the gradient of an output other than the first.
  mutating func replaceOutput(_ node: Node, _ output: Int, by new: Tensor) { rare.pointee.outputs[ObjectIdentifier(node)]?[output] = new }

  /// The gradients of all outputs of a node, nil where none has arrived.
  func gradientsOfOutputs(of node: Node, _ first: Tensor?) -> [Tensor?] {
    let others = aside?.pointee.outputs[ObjectIdentifier(node)]
    return (0..<node.outputCount).map { $0 == 0 ? first : others?[$0] }
  }

  private mutating func replaceOutputs(of node: Node, by gradients: [Tensor?]) {
    guard gradients.count > 1 else { return }
    rare.pointee.outputs[ObjectIdentifier(node)] = nil
    for (i, gradient) in gradients.enumerated().dropFirst() where gradient != nil {
      rare.pointee.outputs[ObjectIdentifier(node), default: [:]][i] = gradient
    }
  }

  private mutating func capture(_ node: Node, _ gradient: Tensor?) {
    let others = rare.pointee.outputs[ObjectIdentifier(node)]
    for i in rare.pointee.captures.indices where rare.pointee.captures[i].node === node {
      rare.pointee.captures[i].gradient = rare.pointee.captures[i].output == 0 ? gradient : others?[rare.pointee.captures[i].output]
    }
  }

  /// Whether anything that is wanted lies below `node`.
  private func mustRun(_ node: Node) -> Bool {
    var found = false
    node.forEachEdge { edge in if let edge, isNeeded(edge.node) { found = true } }
    return found
  }

  /// The gradients of the targets, in their order; nil where none arrived.
  var captured: [Tensor?] { (aside?.pointee.captures ?? []).map(\.gradient) }

  /// Stops the pass with the first error.
  mutating func stop(_ error: TensorError) { if self.error == nil { self.error = error } }
}
