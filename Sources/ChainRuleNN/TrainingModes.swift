import ChainRule

/// Which modules evaluate. Training is the rule, so only exceptions are kept, and a process that never evaluates pays one test.
///
/// A table and not a property, because a module's class is the user's and declares nothing for us.
enum TrainingModes {
  private struct Entry {
    weak var module: (any Module)?
  }

  nonisolated(unsafe) private static var evaluating: [ObjectIdentifier: Entry] = [:]
  nonisolated(unsafe) private static var sweepAt = 1024
  private static let lock = Lock()

  static func isTraining(_ module: any Module) -> Bool {
    let isTraining = find(module)
    if isRecordingPlan { planHolds { [weak module] in module.map { find($0) == isTraining } ?? true } }
    return isTraining
  }

  private static func find(_ module: any Module) -> Bool {
    lock.withLock {
      guard !evaluating.isEmpty, let entry = evaluating[ObjectIdentifier(module)] else { return true }
      // A new module may have the address of one that is gone.
      return entry.module !== module
    }
  }

  static func set(_ module: any Module, _ training: Bool) {
    lock.withLock {
      if training {
        evaluating.removeValue(forKey: ObjectIdentifier(module))
        return
      }
      evaluating[ObjectIdentifier(module)] = Entry(module: module)
      if evaluating.count > sweepAt {
        evaluating = evaluating.filter { $0.value.module != nil }
        sweepAt = max(1024, 2 * evaluating.count)
      }
    }
  }
}
