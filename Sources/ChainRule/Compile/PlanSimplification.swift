/// What a recording did that a plan need not do again: results that are the same at every run, operations done twice, gradients that are put
/// into a leaf and taken out again, and what nobody reads.
struct PlanSimplification {
  private(set) var steps: [PlanStep] = []
  /// The places that hold the same at every run.
  private(set) var constants: [Slot]
  private(set) var results: [PlanOutput]
  private let boxes: [TensorBox]
  private let conditions: [PlanCondition]
  /// The place that holds what a place of the recording held.
  private var renamed: [Slot: Slot] = [:]

  /// The most bytes of a result that is computed once and kept: what is larger costs memory from run to run.
  private static let mostKeptBytes = 1 << 20

  init(_ tracer: Tracer, _ results: [PlanOutput]) {
    boxes = tracer.boxes
    constants = tracer.constants
    conditions = tracer.conditions
    self.results = results
    forwardGradients(tracer.steps)
    shareEqual()
    foldConstants()
    steps = Self.needed(steps, Set(self.results.compactMap(\.slot)))
  }

  /// The steps whose effects or results somebody needs.
  private static func needed(_ steps: [PlanStep], _ results: Set<Slot>) -> [PlanStep] {
    var wanted = results, kept: [PlanStep] = []
    for step in steps.reversed() where !step.isPure || step.writes.contains(where: wanted.contains) {
      wanted.formUnion(step.reads)
      kept.append(step)
    }
    return kept.reversed()
  }

  // MARK: Done twice

  private mutating func shareEqual() {
    struct Key: Hashable {
      let operation: String
      let inputs: [Slot]
    }
    var known: [Key: [Slot]] = [:], kept: [PlanStep] = []
    for step in steps {
      let step = step.renaming(renamed)
      // A large result that lives on would take memory that eager code has free.
      if case .apply(let applied) = step, applied.outputs.allSatisfy({ !Recipe.mayWait(boxes[$0]) }),
        let operation = applied.operation.identity
      {
        let key = Key(operation: operation, inputs: applied.inputs)
        if let other = known[key], zip(other, applied.outputs).allSatisfy({ boxes[$0].hasLayout(of: boxes[$1]) }) {
          for (slot, first) in zip(applied.outputs, other) { renamed[slot] = first }
          continue
        }
        known[key] = applied.outputs
      }
      kept.append(step)
    }
    steps = kept
    renameResults()
  }

  /// Has the results follow what has been renamed. To be called after each pass: a second one may rename what the first has given.
  private mutating func renameResults() {
    results = results.map { PlanOutput(slot: $0.slot.map { renamed[$0] ?? $0 }, tensor: $0.tensor) }
  }

  // MARK: The same at every run

  private mutating func foldConstants() {
    var fixed = Set(constants)
    steps = steps.filter { step in
      switch step {
      case .apply, .rule: break
      default: return true
      }
      let reads = step.reads, writes = step.writes
      guard reads.allSatisfy(fixed.contains), writes.allSatisfy({ isKept($0, reads) }) else { return true }
      fixed.formUnion(writes)
      constants += writes
      return false
    }
  }

  /// Whether a result of constants is kept from run to run: a small one, and a view of what is kept already.
  private func isKept(_ slot: Slot, _ reads: [Slot]) -> Bool {
    let box = boxes[slot]
    if box.count * box.dtype.size <= Self.mostKeptBytes { return true }
    guard let payload = box.head.pointee.payload else { return true }
    return reads.contains { boxes[$0].head.pointee.payload === payload }
  }

  // MARK: Gradients of leaves

  /// What is known of a leaf's gradient at a point of the plan.
  private enum Gradient {
    case absent
    case place(Slot)
  }

  /// A gradient that the plan puts into a leaf and reads again is read where it came from, and a write that a later one undoes before anybody
  /// has read it is dropped.
  private mutating func forwardGradients(_ recorded: [PlanStep]) {
    // The writes of each leaf that nobody has read yet, by their places in `steps`, and the leaves that have no gradient without them.
    var unread: [ObjectIdentifier: [Int]] = [:], empty: Set<ObjectIdentifier> = []
    var state: [ObjectIdentifier: Gradient] = [:], dropped: Set<Int> = []
    for case .gradient(let leaf, false) in conditions {
      empty.insert(ObjectIdentifier(leaf))
      state[ObjectIdentifier(leaf)] = .absent
    }
    func settle(_ leaf: LeafNode) {
      unread[ObjectIdentifier(leaf)] = nil
      empty.remove(ObjectIdentifier(leaf))
    }
    for step in recorded {
      let step = step.renaming(renamed)
      switch step {
      case .readGradient(let leaf, let slot):
        if case .place(let source) = state[ObjectIdentifier(leaf)] {
          renamed[slot] = source
          continue
        }
        settle(leaf)
      case .accumulate(let leaf, let slot):
        // A leaf without a gradient takes one whose elements follow each other as it is.
        if case .absent = state[ObjectIdentifier(leaf)], boxes[slot].isContiguous {
          state[ObjectIdentifier(leaf)] = .place(slot)
          unread[ObjectIdentifier(leaf), default: []].append(steps.count)
        } else {
          state[ObjectIdentifier(leaf)] = nil
          settle(leaf)
        }
      case .assignGradient(let leaf, let slot):
        let key = ObjectIdentifier(leaf)
        dropped.formUnion(unread[key] ?? [])
        state[key] = slot.map { .place($0) } ?? .absent
        unread[key] = nil
        if slot == nil, empty.contains(key) { continue }
        unread[key] = [steps.count]
      case .call:
        // It may read, and change, any gradient.
        (unread, state, empty) = ([:], [:], [])
      default: break
      }
      steps.append(step)
    }
    steps = steps.indices.filter { !dropped.contains($0) }.map { steps[$0] }
    renameResults()
  }
}
