import CKernels

/// Reverse mode under `grad`, `valueAndGrad` and `vjp`.
enum Reverse {
  /// What a run of a function has left: its results, and the way back from its outputs to its inputs.
  struct Pulled {
    /// The outputs, and after them what the function returned beside them.
    let values: [Tensor]
    /// How many of the values are outputs.
    let outputCount: Int
    fileprivate let inputs: [Tensor]
    fileprivate let walk: (_ cotangents: [Tensor?]) -> [Tensor?]

    /// The gradient of each input; nil where no output that has a cotangent depends on it.
    func gradientsIfAny(_ v: [Tensor?]) -> [Tensor?] { walk(v) }
    /// The gradient of each input.
    func gradients(_ v: [Tensor?]) -> [Tensor] { zip(walk(v), inputs).map { $0 ?? Tensor.zeros(like: $1) } }

    /// Itself, unless `strict` asks for outputs that depend on the inputs, and inputs that any depends on, and it has others.
    func checked(_ strict: Bool) -> Pulled {
      guard strict, !isErrorPending, !Strictness.allows(self, "vjp") else { return self }
      return failed(Array(values.prefix(outputCount)), Array(values.dropFirst(outputCount)), inputs)
    }
  }

  /// The beginning of a tape of this level over a value, which may belong to an outer transform or tape.
  static func origin(of x: Tensor, level: Int = 0) -> Tensor {
    let origin = TapeOrigin(InputForm(x.box))
    origin.number(after: nil)
    origin.level = UInt8(truncatingIfNeeded: level)
    return Levels.tracked(x, by: origin, output: 0)
  }

  static func valueAndGrad(_ f: ([Tensor]) -> Tensor, _ x: [Tensor], _ operation: String) -> (value: Tensor, gradients: [Tensor]) {
    if isErrorPending { return (.poison, x.map { _ in .poison }) }
    let pulled = vjp({ [f($0)] }, x)
    guard isScalar(pulled.values[0], operation) else { return (.poison, x.map { _ in .poison }) }
    return (pulled.values[0], pulled.gradients([Tensor.ones(like: pulled.values[0])]))
  }

  /// The gradients for the inputs that `argnums` names.
  static func chosen(
    _ f: ([Tensor]) -> Tensor, _ x: [Tensor], _ argnums: [Int], _ operation: String
  ) -> (value: Tensor, gradients: [Tensor]) {
    guard let places = places(argnums, x.count, operation) else { return (.poison, argnums.map { _ in .poison }) }
    return valueAndGrad({ f(putting($0, at: places, into: x)) }, places.map { x[$0] }, operation)
  }

  /// The inputs that `argnums` names, counted from 0; nil where it names none or one twice, which is refused.
  static func places(_ argnums: [Int], _ count: Int, _ operation: String) -> [Int]? {
    func refused(_ message: String, _ hint: String) -> [Int]? {
      fail(TensorError(.argument, message, hint: hint, operation: operation))
      return nil
    }
    if argnums.isEmpty { return refused("argnums must be non-empty", "Name the inputs to differentiate for.") }
    if let wrong = argnums.first(where: { $0 < -count || $0 >= count }) {
      return refused("Got argnum=\(wrong), but only \(count) positional inputs", "Inputs are counted from 0, or from -1 backwards.")
    }
    let places = argnums.map { $0 < 0 ? $0 + count : $0 }
    if Set(places).count == places.count { return places }
    return refused("argnums elements must be unique, got \(argnums)", "Name each input once.")
  }

  /// `x` with `chosen` in their places.
  static func putting(_ chosen: [Tensor], at places: [Int], into x: [Tensor]) -> [Tensor] {
    var all = x
    for (place, tensor) in zip(places, chosen) { all[place] = tensor }
    return all
  }

  static func valueAndGrad<Input: TensorTree, Aux: TensorTree>(
    _ f: (Input) -> (Tensor, Aux), _ x: Input, _ hasAux: Bool, _ operation: String
  ) -> (value: Tensor, gradients: Input, aux: Aux) {
    refuseWithoutAux(hasAux, operation)
    let (value, pullback, aux) = vjp(f, x)
    guard !isErrorPending, isScalar(value, operation) else { return (.poison, x.mapTensors { _ in .poison }, aux) }
    return (value, pullback(Tensor.ones(like: value)), aux)
  }

  /// `hasAux` is a word for the reader; who writes false has another function in mind.
  static func refuseWithoutAux(_ hasAux: Bool, _ operation: String) {
    if hasAux { return }
    fail(
      TensorError(
        .argument, "\(operation)(f, has_aux=False): Expected f to return a Tensor, got a tuple",
        hint: "The function returns something beside its value: write hasAux: true.", operation: operation))
  }

  private static func isScalar(_ value: Tensor, _ operation: String) -> Bool {
    if value.rank == 0 || value.box.flags.contains(.poison) { return true }
    fail(
      TensorError(
        .gradient,
        "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with \(value.rank) dims. Maybe you wanted "
          + "to use the vjp or jacrev APIs instead?",
        hint: "Reduce the result with sum() or mean(), or use vjp or jacobian.", operation: operation
      ).describing([value]))
    return false
  }

  /// The same of trees; `f` returns something beside its output.
  static func vjp<Input: TensorTree, Output: TensorTree, Aux: TensorTree>(
    _ f: (Input) -> (Output, Aux), _ x: Input, strict: Bool = false
  ) -> (value: Output, pullback: (Output) -> Input, aux: Aux) {
    var form: (Output, Aux)?
    let pulled = vjp(
      { tensors in
        let result = f(x.replacingTensors(tensors))
        form = result
        return (result.0.tensors, result.1.tensors)
      }, x.tensors
    ).checked(strict)
    let (output, aux) = form ?? f(x), count = output.tensors.count
    let value = output.replacingTensors(Array(pulled.values.prefix(count)))
    return (
      value,
      { v in
        guard let cotangents = TreeForm.tensors(of: v, like: value, "vjp", "the cotangents") else { return x.mapTensors { _ in .poison } }
        return x.replacingTensors(pulled.gradients(cotangents))
      }, aux.replacingTensors(Array(pulled.values.dropFirst(count)))
    )
  }

  static func vjp(_ f: ([Tensor]) -> [Tensor], _ x: [Tensor]) -> Pulled { vjp({ (f($0), []) }, x) }

  /// `f` gives its outputs, and what it returns beside them.
  static func vjp(_ f: ([Tensor]) -> (outputs: [Tensor], aux: [Tensor]), _ x: [Tensor]) -> Pulled {
    let depth = Modes.currentIfAny?.depth ?? 0
    return depth == 0 ? onOuterTape(f, x) : onOwnTape(f, x)
  }

  /// Inside other transforms: on a tape of a level of its own, which ends with `f`.
  ///
  /// What the tape saves has outer levels only. So the pass needs no links to the tape it walks: what outer levels want of the gradient
  /// is recorded as the rules run, whatever transforms are open when the pullback is called.
  private static func onOwnTape(_ f: ([Tensor]) -> (outputs: [Tensor], aux: [Tensor]), _ x: [Tensor]) -> Pulled {
    let (inputs, outputs, aux, key) = Modes.atNewLevel(recordsOutside: isGradEnabled) { _, level in
      let inputs = x.map { origin(of: Levels.settled($0), level: level) }, key = Levels.tapeKey(level)
      let (outputs, aux) = recordingTape { f(inputs) }
      return (inputs, outputs.map { Levels.left($0, limit: key) }, aux.map { Levels.left($0, limit: key) }, key)
    }
    if isErrorPending { return failed(outputs, aux, x) }
    func isOurs(_ t: Tensor) -> Bool { t.isTracked && Levels.key(t) == key }
    return pulled(
      outputs.map { isOurs($0) ? $0 : nil }, inputs, values: (outputs + aux).map { isOurs($0) ? Levels.stripped($0) : $0 }
    ) { _ in isGradEnabled ? .others : .off }
  }

  /// Outside all transforms: on the tape of `backward()`, so that operations stay on the fast path.
  private static func onOuterTape(_ f: ([Tensor]) -> (outputs: [Tensor], aux: [Tensor]), _ x: [Tensor]) -> Pulled {
    let outerRecords = isGradEnabled
    let x = x.map(Levels.settled), start = cr_thread().pointee.sequence
    // Tracked outside: an alias that the tape records, so that gradients of gradients find their way. Else no leaf: the function may
    // write to it, `v[0] = 1`, as to any computed tensor.
    let inputs = recordingTape { x.map { $0.isTracked ? Alias()($0) : origin(of: $0.detach()) } }
    let result = recordingTape { f(inputs) }
    let outputs = result.outputs.map(Levels.substituted), aux = result.aux.map(Levels.substituted)
    for input in inputs { (input.box.head.pointee.node as? TapeOrigin)?.isOpen = false }
    if isErrorPending { return failed(outputs, aux, x) }
    // The gradient is recorded where anything outside this call may be differentiated through it.
    func goesOn(_ y: [Tensor]) -> Bool {
      outerRecords && (x.contains(where: \.isTracked) || y.contains { reachesOthers($0, than: inputs, since: start) })
    }
    let outputsGoOn = goesOn(outputs), auxGoesOn = !aux.isEmpty && goesOn(aux)
    let values = (outputsGoOn ? outputs : outputs.map { $0.detach() }) + (auxGoesOn ? aux : aux.map { $0.detach() })
    return pulled(outputs.map { $0.isTracked && Levels.key($0) == Levels.tapeKey(0) ? $0 : nil }, inputs, values: values) { v in
      if !isGradEnabled { return .off }
      return outputsGoOn ? .graph : v.contains { $0.map(Levels.isTracked) ?? false } ? .others : .off
    }
  }

  private static func failed(_ outputs: [Tensor], _ aux: [Tensor], _ x: [Tensor]) -> Pulled {
    Pulled(values: (outputs + aux).map { _ in .poison }, outputCount: outputs.count, inputs: x) { _ in x.map { _ in .poison } }
  }

  /// The way back from `outputs`, which are nil where they do not depend on `inputs`.
  private static func pulled(
    _ outputs: [Tensor?], _ inputs: [Tensor], values: [Tensor], _ recording: @escaping (_ cotangents: [Tensor?]) -> Recording
  ) -> Pulled {
    Pulled(values: values, outputCount: outputs.count, inputs: inputs) { v in
      do throws(TensorError) {
        let recording = recording(v)
        var roots: [Root] = []
        for (i, output) in outputs.enumerated() {
          guard let cotangent = v[i] else { continue }
          guard cotangent.internalShape == values[i].internalShape || isErrorPending else {
            throw Engine.mismatch(cotangent, values[i].shape, index: i)
          }
          if let output { roots.append(Root(output, try Engine.seed(output, cotangent, index: i, recording))) }
        }
        if roots.isEmpty { return inputs.map { _ in nil } }
        return try Engine.gradients(roots, inputs, retain: true, recording)
      } catch {
        let refused = fail(error)
        return inputs.map { _ in refused }
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
  private let form: InputForm
  init(_ form: InputForm) {
    self.form = form
    super.init()
  }

  override var name: String { "TapeOrigin" }
  override var resultForm: InputForm? { form }
}

/// The identity, recorded: a new name for a tensor on the same tape.
struct Alias: LinearOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "alias", "The tensor itself, as a new node of the graph.", call: "x", formula: "x", derivative: "1",
    samples: OperationSample.elementwise(.real) { Alias()($0) })
  var nodeName: String { "AliasBackward0" }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor { Tensor(x.box.alias()) }
  func transpose(_ dy: Tensor) -> Tensor { dy }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { x }
}
