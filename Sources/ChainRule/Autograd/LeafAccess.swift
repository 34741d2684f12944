import CKernels

// What modules and optimizers must know of leaves: who is who, and how to change a value in place.

extension Tensor {
  /// Whether this tensor is a leaf's cell, which modules count as a parameter.
  package var isLeafCell: Bool { isCell }

  /// What all copies of a leaf have in common; nil for computed and plain tensors.
  package var leafIdentity: ObjectIdentifier? { isCell ? box.head.pointee.maker.unsafelyUnwrapped.asLeaf { ObjectIdentifier($0) } : nil }

  /// Where the elements lie now, so that a test can see whether an update was in place.
  package var elementsAddress: UInt { UInt(bitPattern: bare.box.c.pointee.data) }

  /// Where the words that threads share lie in a leaf, so that a test can see whether the compiler passes their own addresses.
  package var leafWordOffsets: [UInt] { leaf?.wordOffsets ?? [] }

  /// Whether no transform has wrapped the elements, so that they may be read and written here.
  package var hasOwnElements: Bool { !bare.box.flags.contains(.wrapped) }
}

/// Runs `body` with each of these leaves standing for another tensor, on this thread.
package func withSubstitutions<R>(_ pairs: [(leaf: Tensor, value: Tensor)], _ body: () throws -> R) rethrows -> R {
  try Modes.slowly { modes in
    let outer = modes.substitutions
    defer { modes.substitutions = outer }
    // A value that is itself a leaf may stand for another tensor outside.
    let values = pairs.map { modes.substituted($0.value) }
    for (pair, value) in zip(pairs, values) { if let identity = pair.leaf.leafIdentity { modes.substitutions[identity] = value } }
    let result = try body()
    // A leaf that leaves as it is stands for its tensor from here on too: one of a call around this one, which would put it again, as a
    // value.
    func leaving(_ t: Tensor) -> Tensor { outer.isEmpty ? modes.substituted(t) : Levels.linked(modes.substituted(t)) }
    func left<Tree: TensorTree>(_ tree: Tree) -> R? { tree.mapTensors(leaving) as? R }
    return (result as? any TensorTree).flatMap { left($0) } ?? result
  }
}

/// Warns, once, that a schedule was stepped before its optimizer.
package func warnOfScheduleBeforeOptimizer() { Warnings.scheduleBeforeOptimizer() }
