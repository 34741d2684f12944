import CKernels

/// What a compiled function does, step by step, without the function.
///
///     print(step.plan!)
public final class ExecutionPlan {
  /// The steps that are left once those that nobody needs are dropped.
  let program: [PlanStep]
  /// The floating-point operations of each step.
  let flops: [Double]
  /// What each place held when the plan was recorded: shape and type.
  let forms: [InputForm]
  private let conditions: [PlanCondition]
  let outputs: [PlanOutput]
  /// How many tensors the arguments have: the first places hold them.
  public let argumentCount: Int
  /// What the function did not compute, with its places.
  let constants: [(slot: Slot, box: TensorBox)]
  private let lasting: Set<Slot>
  /// The places of results that a run leaves empty.
  private let handedOver: [Slot]
  /// What runs: steps, and small programs of several.
  private let actions: [(action: PlanAction, steps: Range<Int>)]
  /// The places that nobody reads after each step.
  let last: [[Slot]]
  /// What must hold of leaves for a run.
  private let checks: UnsafeMutableBufferPointer<LeafCheck>
  /// What else must hold.
  private let others: [() -> Bool]
  /// The actions, and the places that nobody reads after each, as a run reads them: without counting who holds them.
  private let ready: UnsafeMutablePointer<(action: Unmanaged<PlanAction>, end: Int)>
  private let freed: UnsafeMutablePointer<Slot>
  /// The arguments that no step reads.
  private let unread: [Slot]
  private let places: Places
  /// One for each tensor of the recording, and some that only small programs know.
  private let placeCount: Int
  @exclusivity(unchecked) private var isRunning = false

  /// The plan of a recording, whose results are in `outputs`.
  init(_ tracer: Tracer, _ outputs: [PlanOutput]) {
    forms = tracer.boxes.map(InputForm.init)
    conditions = tracer.conditions
    argumentCount = tracer.argumentCount
    let simple = PlanSimplification(tracer, outputs), outputs = simple.results
    self.outputs = outputs
    let results = Set(outputs.compactMap(\.slot))
    program = PlanOrder.gathered(simple.steps)
    flops = program.map { $0.flops(tracer.boxes) }
    let read = Set(program.flatMap(\.reads)).union(results)
    constants = simple.constants.filter(read.contains).map { ($0, tracer.boxes[$0]) }
    unread = (0..<argumentCount).filter { !read.contains($0) }
    // The leaves that are read before anything else are read where they are checked.
    var first: [ObjectIdentifier: Slot] = [:], head = 0
    while head < program.count, case .readLeaf(let leaf, let slot) = program[head], first[ObjectIdentifier(leaf)] == nil {
      first[ObjectIdentifier(leaf)] = slot
      head += 1
    }
    let checks = LeafCheck.made(of: conditions, first)
    self.checks = .allocate(capacity: checks.count)
    _ = self.checks.initialize(from: checks)
    others = conditions.compactMap {
      if case .other(let holds) = $0 { return holds }
      return nil
    }
    var placeCount = forms.count
    actions = Self.actions(program, from: head, forms, strides: tracer.boxes.map(\.strides), results, &placeCount)
    let lasting = Set(constants.map(\.slot))
    self.lasting = lasting
    handedOver = outputs.compactMap(\.slot).filter { !lasting.contains($0) }
    var seen = results.union(lasting)
    last = program.reversed().map { step in (step.reads + step.writes).filter { seen.insert($0).inserted } }.reversed()
    ready = .allocate(capacity: max(actions.count, 1))
    freed = .allocate(capacity: max(last.reduce(0) { $0 + $1.count }, 1))
    var end = 0
    for (i, (action, steps)) in actions.enumerated() {
      for slot in last[steps].joined() {
        freed[end] = slot
        end += 1
      }
      ready[i] = (.passUnretained(action), end)
    }
    self.placeCount = placeCount
    places = .allocate(capacity: max(placeCount, 1))
    places.initialize(repeating: nil, count: placeCount)
    for (slot, box) in constants { places[slot] = box }
  }

  deinit {
    places.deinitialize(count: placeCount)
    places.deallocate()
    checks.deallocate()
    ready.deallocate()
    freed.deallocate()
  }

  /// From how many kernels on steps in a row are a small program: fewer gain nothing from one.
  private static let leastKernels = 3

  private static func actions(
    _ program: [PlanStep], from head: Int, _ forms: [InputForm], strides: [Shape], _ results: Set<Slot>,
    _ placeCount: inout Int
  ) -> [(action: PlanAction, steps: Range<Int>)] {
    var lastReader = forms.indices.map { results.contains($0) ? Int.max : -1 }
    for (i, step) in program.enumerated() { for slot in step.reads { lastReader[slot] = max(lastReader[slot], i) } }
    var actions: [(action: PlanAction, steps: Range<Int>)] = [], next = head
    while next < program.count {
      var builder = SmallBuilder(forms, strides: strides), end = next
      while end < program.count, builder.take(program[end]) { end += 1 }
      if builder.steps.count >= leastKernels {
        let program = SmallProgram(builder, Array(program[next..<end])) {
          lastReader[$0] >= end
        } hidden: {
          placeCount += 1
          return placeCount - 1
        }
        actions.append((program, next..<end))
      } else {
        end = max(end, next + 1)
        actions += (next..<end).map { (PlanAction.made(of: program[$0]), $0..<($0 + 1)) }
      }
      next = end
    }
    return actions
  }

  /// Whether the world outside is as it was when the plan was recorded. If so a run may follow at once, and at once only: the values of
  /// leaves that it begins with are in their places.
  func mayRun() -> Bool {
    for (i, check) in checks.enumerated() where !check.holds(places) {
      forget(checks.prefix(i))
      return false
    }
    for holds in others where !holds() {
      forget(checks[...])
      return false
    }
    return true
  }

  /// Takes the values that checks have read out of their places again.
  private func forget(_ checks: Swift.Slice<UnsafeMutableBufferPointer<LeafCheck>>) {
    for check in checks { if let slot = check.slot { places[slot] = nil } }
  }

  /// The same where no run is to follow.
  var couldRun: Bool { checks.allSatisfy { $0.holds(nil) } && others.allSatisfy { $0() } }

  /// Whether a run is going on, from inside which another one was asked for.
  var isBusy: Bool { isRunning }

  /// Runs the plan: the results, as leaves or values outside every graph.
  func run(_ arguments: [Tensor]) -> [Tensor] {
    isRunning = true
    let thread = cr_thread()!, slow = thread.pointee.slow, noGrad = thread.pointee.no_grad
    let profiler = slow == 0 ? nil : Modes.currentIfAny?.profiler
    thread.pointee.slow = 0
    thread.pointee.no_grad = 1
    defer {
      // What failed meanwhile raised the counter and keeps it raised.
      thread.pointee.slow += slow
      thread.pointee.no_grad = noGrad
      isRunning = false
    }
    for (slot, argument) in arguments.enumerated() { places[slot] = argument.bare.box }
    for slot in unread { places[slot] = nil }
    var next = 0
    for i in 0..<actions.count {
      let start = profiler?.begin() ?? 0
      if let error = ready[i].action._withUnsafeGuaranteedRef({ $0.error(running: places) }) {
        profiler?.cancel()
        refuse(error, at: actions[i].steps.lowerBound)
        return stop()
      }
      profiler?.end(start, actions[i].steps, of: self)
      if isErrorPending { return stop() }
      while next < ready[i].end {
        places[freed[next]] = nil
        next += 1
      }
    }
    let results = outputs.map { $0.slot.map { Tensor(places[$0].unsafelyUnwrapped) } ?? $0.tensor.unsafelyUnwrapped }
    for slot in handedOver { places[slot] = nil }
    return results
  }

  private func refuse(_ error: TensorError, at step: Int) {
    guard case .apply(let applied) = program[step] else { return _ = fail(error) }
    fail(error.named(applied.operation.erased.value.name).describing(applied.inputs.compactMap { places[$0].map(Tensor.init) }))
  }

  /// Lets go of everything after an error.
  private func stop() -> [Tensor] {
    for slot in forms.indices where !lasting.contains(slot) { places[slot] = nil }
    return outputs.map { _ in .poison }
  }
}

extension Profiler {
  /// Closes the event of a step of a plan, or of several that run as one.
  fileprivate func end(_ start: Double, _ steps: Range<Int>, of plan: ExecutionPlan) {
    let step = steps.lowerBound, costs = steps.map(plan.costs), flops = plan.flops[steps].reduce(0, +)
    let name = steps.count == 1 ? plan.program[step].text : "\(steps.count) steps on small tensors"
    end(
      start, name, costs[0].phase, bytes: costs.reduce(0) { $0 + $1.bytes }, flops: flops,
      shapes: plan.program[step].writes.map { Array(plan.forms[$0].shape) })
  }
}

/// A result of a plan: in a place, or a leaf that is returned as it is.
struct PlanOutput {
  let slot: Slot?
  let tensor: Tensor?
}
