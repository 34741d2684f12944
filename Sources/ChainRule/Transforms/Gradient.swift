import CKernels

// The functional face of reverse mode: functions in, functions out, no leaf's `grad` touched.

/// The gradient of a scalar-valued function: a function of the same input. As `torch.func.grad`.
///
///     let f = { (x: Tensor) in (x * x * x).sum() }
///     grad(f)(x)                               // 3 x^2
///     grad { grad(f)($0).sum() }(x)            // 6 x
public func grad(_ f: @escaping (Tensor) -> Tensor) -> (Tensor) -> Tensor {
  { x in Reverse.valueAndGrad({ f($0[0]) }, [x], [0]).gradients[0] }
}

/// The gradient of a scalar-valued function of two inputs, for the first.
public func grad(_ f: @escaping (Tensor, Tensor) -> Tensor) -> (Tensor, Tensor) -> Tensor {
  { x, w in Reverse.valueAndGrad({ f($0[0], $0[1]) }, [x, w], [0]).gradients[0] }
}

/// The gradients of a scalar-valued function of several inputs, for each.
public func grad(_ f: @escaping ([Tensor]) -> Tensor) -> ([Tensor]) -> [Tensor] {
  { x in Reverse.valueAndGrad(f, x, Array(x.indices)).gradients }
}

/// The value and the gradient of a scalar-valued function.
public func valueAndGrad(_ f: @escaping (Tensor) -> Tensor) -> (Tensor) -> (value: Tensor, gradient: Tensor) {
  { x in
    let (value, gradients) = Reverse.valueAndGrad({ f($0[0]) }, [x], [0])
    return (value, gradients[0])
  }
}

/// The value and the gradients, for both inputs, of a scalar-valued function.
public func valueAndGrad(
  _ f: @escaping (Tensor, Tensor) -> Tensor
) -> (Tensor, Tensor) -> (value: Tensor, gradients: (Tensor, Tensor)) {
  { x, w in
    let (value, gradients) = Reverse.valueAndGrad({ f($0[0], $0[1]) }, [x, w], [0, 1])
    return (value, (gradients[0], gradients[1]))
  }
}

/// The value and the gradients, for every input, of a scalar-valued function.
public func valueAndGrad(_ f: @escaping ([Tensor]) -> Tensor) -> ([Tensor]) -> (value: Tensor, gradients: [Tensor]) {
  { x in Reverse.valueAndGrad(f, x, Array(x.indices)) }
}

/// A value and its pullback: the vector-Jacobian product, to be applied as often as wanted.
public struct Pullback {
  /// f(x).
  public let value: Tensor
  private let apply: (Tensor) -> [Tensor]

  init(value: Tensor, _ apply: @escaping (Tensor) -> [Tensor]) {
    self.value = value
    self.apply = apply
  }

  /// v'J for the (first) input, where `v` has the value's shape.
  public func pullback(_ v: Tensor) -> Tensor { apply(v)[0] }
  /// v'J for every input.
  public func pullbacks(_ v: Tensor) -> [Tensor] { apply(v) }
}

/// The value of a function and its vector-Jacobian product.
///
///     let (y, dx) = (vjp(f, x).value, vjp(f, x).pullback(v))
public func vjp(_ f: (Tensor) -> Tensor, _ x: Tensor) -> Pullback { Reverse.vjp({ f($0[0]) }, [x]) }
/// The value of a function of two inputs and its vector-Jacobian product.
public func vjp(_ f: (Tensor, Tensor) -> Tensor, _ x: Tensor, _ w: Tensor) -> Pullback { Reverse.vjp({ f($0[0], $0[1]) }, [x, w]) }
/// The value of a function of several inputs and its vector-Jacobian product.
public func vjp(_ f: ([Tensor]) -> Tensor, _ x: [Tensor]) -> Pullback { Reverse.vjp(f, x) }

/// Reverse mode under the functions above.
enum Reverse {
  /// The beginning of a tape of this level over a value, which may belong to an outer transform or tape.
  static func origin(of x: Tensor, level: Int = 0) -> Tensor {
    let origin = TapeOrigin()
    origin.number(after: nil)
    origin.level = UInt8(truncatingIfNeeded: level)
    return Levels.tracked(x, by: origin, output: 0)
  }

  static func valueAndGrad(_ f: ([Tensor]) -> Tensor, _ x: [Tensor], _ wanted: [Int]) -> (value: Tensor, gradients: [Tensor]) {
    if isErrorPending { return (.poison, x.map { _ in .poison }) }
    let pullback = vjp(f, x, wanted)
    let value = pullback.value
    guard value.rank == 0 || value.box.flags.contains(.poison) else {
      let refused = fail(
        TensorError(
          .gradient,
          "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with \(value.rank) dims. Maybe you wanted "
            + "to use the vjp or jacrev APIs instead?",
          hint: "Reduce the result with sum() or mean(), or use vjp or jacobian.", operation: "grad"
        ).describing([value]))
      return (refused, x.map { _ in refused })
    }
    return (value, pullback.pullbacks(Tensor.ones(like: value)))
  }

  static func vjp(_ f: ([Tensor]) -> Tensor, _ x: [Tensor], _ wanted: [Int]? = nil) -> Pullback {
    let depth = Modes.currentIfAny?.depth ?? 0
    return depth == 0 ? onOuterTape(f, x, wanted) : onOwnTape(f, x, wanted)
  }

  /// Inside other transforms: on a tape of a level of its own, which ends with `f`.
  ///
  /// What the tape saves has outer levels only. So the pass needs no links to the tape it walks: what outer levels want of the gradient
  /// is recorded as the rules run, whatever transforms are open when the pullback is called.
  private static func onOwnTape(_ f: ([Tensor]) -> Tensor, _ x: [Tensor], _ wanted: [Int]?) -> Pullback {
    let (inputs, y, key) = Modes.atNewLevel(recordsOutside: isGradEnabled) { _, level in
      let inputs = x.map { origin(of: Levels.settled($0), level: level) }
      let key = Levels.tapeKey(level)
      return (inputs, Levels.left(enableGrad { f(inputs) }, limit: key), key)
    }
    if isErrorPending { return Pullback(value: .poison) { _ in x.map { _ in .poison } } }
    let isOurs = y.isTracked && Levels.key(y) == key
    return pullback(isOurs ? y : nil, targets(inputs, wanted), value: isOurs ? Levels.stripped(y) : y) { _ in
      isGradEnabled ? .others : .off
    }
  }

  /// Outside all transforms: on the tape of `backward()`, so that operations stay on the fast path.
  private static func onOuterTape(_ f: ([Tensor]) -> Tensor, _ x: [Tensor], _ wanted: [Int]?) -> Pullback {
    let outerRecords = isGradEnabled
    let x = x.map(Levels.settled), start = cr_thread().pointee.sequence
    // Tracked outside: an alias that the tape records, so that gradients of gradients find their way. Else no leaf: the function may
    // write to it, `v[0] = 1`, as to any computed tensor.
    let inputs = enableGrad { x.map { $0.isTracked ? Alias()($0) : origin(of: $0.detach()) } }
    let y = Levels.substituted(enableGrad { f(inputs) })
    for input in inputs { (input.box.head.pointee.node as? TapeOrigin)?.isOpen = false }
    if isErrorPending { return Pullback(value: .poison) { _ in x.map { _ in .poison } } }
    // The gradient is recorded where anything outside this call may be differentiated through it.
    let goesOn = outerRecords && (x.contains(where: \.isTracked) || reachesOthers(y, than: inputs, since: start))
    let isOurs = y.isTracked && Levels.key(y) == Levels.tapeKey(0)
    return pullback(isOurs ? y : nil, targets(inputs, wanted), value: goesOn ? y : y.detach()) { v in
      if !isGradEnabled { return .off }
      return goesOn ? .graph : Levels.isTracked(v) ? .others : .off
    }
  }

  private static func targets(_ inputs: [Tensor], _ wanted: [Int]?) -> [Tensor] { wanted.map { $0.map { inputs[$0] } } ?? inputs }

  /// The pullback of `y`, nil where it does not depend on `targets`.
  private static func pullback(
    _ y: Tensor?, _ targets: [Tensor], value: Tensor, _ recording: @escaping (_ cotangent: Tensor) -> Recording
  ) -> Pullback {
    Pullback(value: value) { v in
      guard let y else { return targets.map { Tensor.zeros(like: $0) } }
      do throws(TensorError) {
        let recording = recording(v)
        let seed = try Engine.seed(y, v, index: 0, recording)
        let gradients = try Engine.gradients([(y, seed)], targets, retain: true, recording)
        return zip(gradients, targets).map { $0 ?? Tensor.zeros(like: $1) }
      } catch {
        let refused = fail(error)
        return targets.map { _ in refused }
      }
    }
  }

  /// Whether the graph of `y` ends anywhere but at `inputs`: at captured leaves, or at the inputs of a function around this one, whose
  /// gradient is still to come.
  ///
  /// A function around this one still runs, or is computed again by a checkpoint and began before `start`; a function inside has
  /// ended and began later.
  private static func reachesOthers(_ y: Tensor, than inputs: [Tensor], since start: UInt64) -> Bool {
    guard let root = y.isTracked ? y.box.head.pointee.node : nil else { return false }
    let ends = Set(inputs.compactMap { $0.box.head.pointee.node.map(ObjectIdentifier.init) })
    var seen: Set<ObjectIdentifier> = [], stack = [root], found = false
    while let node = stack.popLast(), !found {
      if ends.contains(ObjectIdentifier(node)) || !seen.insert(ObjectIdentifier(node)).inserted { continue }
      if node.isAccumulator || (node as? TapeOrigin).map({ $0.isOpen || $0.sequence < start }) ?? false { found = true }
      node.forEachEdge { edge in if let edge { stack.append(edge.node) } }
    }
    return found
  }
}

/// The beginning of a function's own tape: no edges lead further.
final class TapeOrigin: Node, @unchecked Sendable {
  /// Whether the function still runs.
  var isOpen = true
  override var name: String { "TapeOrigin" }
}

/// The identity, recorded: a new name for a tensor on the same tape.
struct Alias: LinearOperation {
  static let info = OperationInfo(
    "alias", "The tensor itself, as a new node of the graph.", call: "x", formula: "x", derivative: "1",
    samples: OperationSample.elementwise(.real) { Alias()($0) })
  var nodeName: String { "AliasBackward0" }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor { Tensor(x.box.alias()) }
  func transpose(_ dy: Tensor) -> Tensor { dy }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { x }
}
