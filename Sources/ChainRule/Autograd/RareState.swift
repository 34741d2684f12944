/// What few passes have: kept aside by `Pass.rare`, so that a small pass begins and ends without it.
struct RareState {
  /// Where `withAnomalyDetection` is open.
  var anomalies: AnomalyDetection?
  /// Where `withFiniteChecks` is open.
  var finite: FiniteWatch?
  /// Where `profile` is open.
  var profiler: Profiler?
  /// Where a compiled function is recorded.
  var tracer: Tracer?
  /// The node that runs, and the first of its edges no gradient has been seen for, in a pass that watches.
  var running: Node?
  var inspected = 0
  /// The gradients that the running node gives, where hooks of its own are to see all of them first.
  var held: HeldGradients?
  /// Where leaves take their gradients before the end of the pass.
  var early: EarlyLeaves?
  /// What has arrived for hooks over several tensors.
  var gathered: [ObjectIdentifier: GatheredGradients] = [:]
  /// The nodes on a path to what is asked for, and those looked at on the way to them.
  var visited: [Node] = []
  /// State of nodes that another pass has claimed (another thread, or a backward inside a hook).
  var side: [ObjectIdentifier: SideState] = [:]
  /// Gradients of outputs other than the first, for the few nodes that have several.
  var outputs: [ObjectIdentifier: [Int: Tensor]] = [:]
  var captures: [Capture] = []

  /// Whether every gradient is looked at on its way.
  var watches: Bool { anomalies != nil || finite != nil }

  struct SideState {
    var slot: Tensor?
    var needed = false
  }

  /// An input whose gradient is asked for, and the gradient once it is there.
  struct Capture {
    let node: Node
    let output: Int
    var gradient: Tensor?
  }
}
