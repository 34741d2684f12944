import CKernels

/// Warnings for known traps: printed to standard error, each once.
enum Warnings {
  private static let lock = Lock()
  nonisolated(unsafe) private static var shown: Set<String> = []

  private static func isShown(_ key: String) -> Bool { lock.withLock { shown.contains(key) } }

  private static func once(_ key: String, _ text: @autoclosure () -> String) {
    guard lock.withLock({ shown.insert(key).inserted }) else { return }
    cr_warn("ChainRule: \(text())\n")
  }

  static func nonLeafGradient(_ t: Tensor) {
    once(
      "nonLeafGradient",
      "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated during "
        + "autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() on the "
        + "non-leaf Tensor. (\(t.name.map { "\"\($0)\", " } ?? "")shape \(t.shape), computed by \(t.gradFn?.name ?? "nothing"): call "
        + "retainGrad() before backward().)")
  }

  static func gradientCycle(_ leaf: LeafNode) {
    once(
      "gradientCycle",
      "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient which can cause a "
        + "memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you have to use this function, make sure "
        + "to reset the .grad fields of your parameters to None after use to break the cycle and avoid the leak. "
        + "(\(leaf.extra?.names[0].map { "\"\($0)\", a" } ?? "A") leaf of shape \(Array(leaf.current.shape)), keeps its graph in grad: use "
        + "gradients(of:withRespectTo:createGraph:), or zeroGrad() afterwards.)")
  }

  static func runningSum(_ spent: Tensor) {
    once(
      "runningSum",
      "\(spent.name.map { "\"\($0)\"" } ?? "A tensor"), on which backward() has been called, is added to another: the sum keeps the graphs "
        + "of all its parts, and no gradient can pass through it. For a sum that is only read, add loss.detach() or loss.item().")
  }

  static func lossSizes(_ input: Tensor, _ target: Tensor) {
    once(
      "lossSizes \(input.shape) \(target.shape)",
      "Using a target size (\(target.shape)) that is different to the input size (\(input.shape)). This will likely lead to incorrect "
        + "results due to broadcasting. Please ensure they have the same size.")
  }

  static func manyRecordings(_ signature: String) {
    once(
      "manyRecordings",
      "A compiled function has been recorded for more than 8 kinds of arguments, the last one \(signature). Each recording takes the time of "
        + "an eager call and more, and its memory stays: pad the arguments to few shapes, or call the function without compile.")
  }

  static func transposeOfRank(_ rank: Int) {
    once(
      "transposeOfRank",
      "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated. Consider `x.mT` to transpose batches "
        + "of matrices or `x.permuted(\((0..<rank).reversed().map { "\($0)" }.joined(separator: ", ")))` to reverse the dimensions of a tensor."
    )
  }

  static func scheduleBeforeOptimizer() {
    once(
      "scheduleBeforeOptimizer",
      "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite order: optimizer.step() before "
        + "schedule.step(). Otherwise the first value of the schedule is skipped.")
  }
}

// A number that is read out of a graph and put back is a constant to the derivative: `x * x.item()` has the derivative x and not 2x. No
// library says so. Here the last numbers that `item()` read are remembered, with the nodes they came from, and an operation of a tensor
// and a number that finds its number among them looks whether its tensor comes from one of those nodes.
extension Warnings {
  /// How many numbers are remembered, and for each how many nodes: the one it was read from and those next below.
  private static let memory = (numbers: 8, nodes: 16)
  /// For each number its bits, then nodes as numbers: they are compared, never followed.
  nonisolated(unsafe) private static let seen: UnsafeMutablePointer<UInt64> = {
    let words = UnsafeMutablePointer<UInt64>.allocate(capacity: memory.numbers * (memory.nodes + 1))
    words.initialize(repeating: 0, count: memory.numbers * (memory.nodes + 1))
    return words
  }()
  nonisolated(unsafe) private static var reads = 0

  /// Notes that `number` was read from a tensor of a graph. Numbers that programs are full of, small whole ones, are not: a literal is not
  /// told from a reading that happened to be the same.
  static func noteRead(_ number: Double, from tensor: Tensor) {
    guard let node = tensor.box.head.pointee.node, number.isFinite else { return }
    if number.magnitude == 0.5 || number.magnitude <= 16 && number == number.rounded() { return }
    if isShown("putBack") { return }
    let nodes = nearest(node, memory.nodes)
    lock.withLock {
      let row = seen + reads % memory.numbers * (memory.nodes + 1)
      reads += 1
      row[0] = number.bitPattern
      for i in 0..<memory.nodes { row[i + 1] = i < nodes.count ? nodes[i].word : 0 }
    }
    cr_thread().pointee.reads = 1
  }

  /// Warns where the number of an operation was read from what its tensor is computed from.
  static func checkPutBack(_ number: Scalar, _ operation: String, _ x: Tensor) {
    guard let node = x.box.head.pointee.node else { return }
    let bits = number.real.bitPattern
    let isKnown = lock.withLock { (0..<memory.numbers).contains { seen[$0 * (memory.nodes + 1)] == bits } }
    if !isKnown || isShown("putBack") { return }
    let below = nearest(node, 1000)
    let found = lock.withLock { () -> Int in
      for row in 0..<memory.numbers where seen[row * (memory.nodes + 1)] == bits {
        for i in 1...memory.nodes {
          let word = seen[row * (memory.nodes + 1) + i]
          if word != 0, let place = below.firstIndex(where: { $0.word == word }) { return place }
        }
      }
      return -1
    }
    guard found >= 0 else { return }
    let source = below[found], name = source.extra?.names[0]
    once(
      "putBack",
      "The number \(number.text) that item() read from a tensor that requires a gradient is put back into its graph by \(operation): to the "
        + "derivative it is a constant, so what it contributes is missing. It came from "
        + "\(name.map { "\"\($0)\"" } ?? (source.isAccumulator ? "a leaf" : "a result of \(source.name)")). Compute with the tensor itself, not with its item(); where a "
        + "constant is meant, say so with detach().")
  }

  /// The node and those below it, nearest first, at most so many.
  private static func nearest(_ node: Node, _ count: Int) -> [Node] {
    var found = [node], next = 0
    while next < found.count, found.count < count {
      found[next].forEachEdge { edge in
        if let edge, found.count < count, !found.contains(where: { $0 === edge.node }) { found.append(edge.node) }
      }
      next += 1
    }
    return found
  }
}

extension Node {
  /// The node's address, to compare it by.
  fileprivate var word: UInt64 { UInt64(UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque())) }
}
