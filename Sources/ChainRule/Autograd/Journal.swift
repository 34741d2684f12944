import CKernels

/// What a run of a function changes of the leaves and generators it uses, so that the run can be undone.
final class Journal {
  private var leaves: [ObjectIdentifier: (leaf: LeafNode, value: TensorBox)] = [:]
  private var generators: [ObjectIdentifier: (generator: Generator, state: Generator.State)] = [:]

  /// Runs `body` on this thread, and gives what it changed beside its result.
  static func keeping<R>(_ body: () -> R) -> (result: R, journal: Journal) {
    let modes = Modes.enter(), outer = modes.journal, journal = Journal()
    modes.journal = journal
    defer {
      modes.journal = outer
      // What is not undone was changed in the run around this one too.
      for (key, entry) in journal.leaves where outer?.leaves[key] == nil { outer?.leaves[key] = entry }
      for (key, entry) in journal.generators where outer?.generators[key] == nil { outer?.generators[key] = entry }
      Modes.leave()
    }
    return (body(), journal)
  }

  /// The generators that the run has drawn from, as they were before.
  var drawn: [(generator: Generator, state: Generator.State)] { Array(generators.values) }

  private static var current: Journal? { cr_thread().pointee.modes == nil ? nil : Modes.currentIfAny?.journal }

  /// Called before the value of `leaf` is replaced.
  @inline(__always)
  static func note(_ leaf: LeafNode) {
    if let journal = current { journal.keep(leaf) }
  }

  /// Called before `generator` is drawn from or seeded.
  static func note(_ generator: Generator) {
    guard let journal = current, journal.generators[ObjectIdentifier(generator)] == nil else { return }
    journal.generators[ObjectIdentifier(generator)] = (generator, generator.snapshot)
  }

  @inline(never)
  private func keep(_ leaf: LeafNode) {
    if leaves[ObjectIdentifier(leaf)] == nil { leaves[ObjectIdentifier(leaf)] = (leaf, leaf.current) }
  }

  /// Puts everything back as it was before the run.
  func undo() {
    for (leaf, value) in leaves.values { leaf.replace(by: value) }
    for (generator, state) in generators.values { generator.snapshot = state }
  }
}
