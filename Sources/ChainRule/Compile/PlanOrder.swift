/// Brings together what a plan computes, so that it can run as one program: leaves are read as early, and written as late, as what happens
/// to the same leaf allows. Operations stay in their order; random numbers and calls of the program's own objects stay where they are, with
/// everything before and after them.
enum PlanOrder {
  static func gathered(_ program: [PlanStep]) -> [PlanStep] {
    var result: [PlanStep] = [], window: [PlanStep] = []
    for step in program {
      switch step {
      case .draw, .call:
        result += ordered(window) + [step]
        window = []
      default: window.append(step)
      }
    }
    return result + ordered(window)
  }

  /// Each step has a level: that of what it computes from, and after a leaf has been changed reading it is on the next one. On a level
  /// leaves are read first and changed last.
  private static func ordered(_ window: [PlanStep]) -> [PlanStep] {
    // A leaf's value and its gradient change without each other.
    struct Part: Hashable {
      let leaf: ObjectIdentifier
      let isGradient: Bool
    }
    var levelOfPlace: [Slot: Int] = [:], read: [Part: Int] = [:], changed: [Part: Int] = [:]
    var keys: [(level: Int, kind: Int)] = []
    for step in window {
      let sources = step.reads.map { levelOfPlace[$0] ?? 0 }.max() ?? 0
      switch step {
      case .readLeaf(let leaf, let slot), .readGradient(let leaf, let slot):
        let part = Part(leaf: ObjectIdentifier(leaf), isGradient: step.isOfGradient)
        let level = changed[part].map { $0 + 1 } ?? 0
        read[part] = max(level, read[part] ?? 0)
        levelOfPlace[slot] = level
        keys.append((level, 0))
      case .write(let leaf, _), .accumulate(let leaf, _), .assignGradient(let leaf, _):
        let part = Part(leaf: ObjectIdentifier(leaf), isGradient: step.isOfGradient)
        let level = max(sources, read[part] ?? 0, changed[part] ?? 0)
        changed[part] = level
        keys.append((level, 2))
      default:
        for slot in step.writes { levelOfPlace[slot] = sources }
        keys.append((sources, 1))
      }
    }
    return window.indices.sorted { (keys[$0].level, keys[$0].kind, $0) < (keys[$1].level, keys[$1].kind, $1) }.map { window[$0] }
  }
}

extension PlanStep {
  /// Whether the step reads or writes a leaf's gradient, rather than its value.
  fileprivate var isOfGradient: Bool {
    switch self {
    case .readGradient, .accumulate, .assignGradient: true
    default: false
    }
  }
}
