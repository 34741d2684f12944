import CKernels

/// An operation: everything the library knows about it, in one type in one place.
///
/// Beside the conforming type, in its family's file, stands the `Tensor` method that applies it. A missing rule does not
/// compile. The refinements by arity keep the fast path free of arrays; those by mathematics (`ElementwiseOperation`,
/// `LinearOperation`, ...) fill in what the mathematics implies.
protocol Operation: Sendable {
  /// Name, formula, derivative, smooth domain and samples, for the catalog.
  static var info: OperationInfo { get }
  /// The catalog's entry for this one: a type that is several operations has several.
  var entry: OperationInfo { get }
  /// What this one is called in graphs, explanations and profiles: the entry's name, or which of an entry's operations it is.
  var name: String { get }
  /// Whether `forward` takes int8, int16, float16 and bfloat16 as they are; else it never sees them, see `Narrow`.
  static var takesNarrow: Bool { get }
  /// Whether PyTorch takes float16 and bfloat16.
  static var takesLowPrecision: Bool { get }
  /// PyTorch's name of the recorded node: `AddBackward0`.
  var nodeName: String { get }
  /// The attributes worth showing on a node, such as `dim`.
  var attributes: [(name: String, value: String)] { get }

  // The faces below are the same for every arity; the arity protocols give them.

  /// Computes the outputs from inputs that no transform has wrapped and no tape tracks.
  func forwardAny(_ inputs: [Tensor]) throws(TensorError) -> [Tensor]
  /// The tangents of the outputs; nil where there is none. `tangents` are nil where an input has none.
  func jvpAny(_ tangents: [Tensor?], _ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor?]
  /// The outputs for a whole batch: where `batched` says so, dimension 0 of the input is the batch, and it is dimension 0
  /// of every output.
  func batchAny(_ inputs: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor]
  /// Applies the operation the way its Tensor method does.
  func applyAny(_ inputs: [Tensor]) -> [Tensor]
  /// The node that records the operation, or nil where nothing is to be recorded.
  func recordAny(_ inputs: [Tensor], values: [Tensor], outputs: [Tensor]) -> Node?

  /// The floating-point operations of the forward computation, two a multiply-add; 0 where elements only move.
  func flops(_ inputs: [Tensor], _ outputs: [Tensor]) -> Double
  /// Those of the gradients wanted, given the forward's and its inputs: as many for each of the first two inputs, unless the operation
  /// knows better.
  func backwardFlops(_ forward: Double, _ inputs: [Tensor], needs: [Bool]) -> Double
}

extension Operation {
  /// Whether it has a number beside its tensor that was written first: `2 * x`.
  var isNumberFirst: Bool { (self as? any LinearlyShifted)?.scalar.isFirst ?? false }
  var entry: OperationInfo { Self.info }
  var name: String { entry.name }
  var attributes: [(name: String, value: String)] { [] }
}

/// Which of its inputs and its result an operation keeps for the backward pass. golden/gradfn.txt is the budget.
struct Saves: OptionSet, Sendable {
  let rawValue: UInt8
  static let x = Saves(rawValue: 1)
  static let w = Saves(rawValue: 2)
  static let y = Saves(rawValue: 4)
}

/// What a rule may look at: the inputs and the result that the operation said it saves, and which gradients are wanted.
struct Saved {
  private let first: Tensor?
  private let second: Tensor?
  private let result: Tensor?
  /// Whether the gradient of the first input is wanted.
  let needsX: Bool
  /// Whether the gradient of the second input is wanted.
  let needsW: Bool

  @inline(__always)
  init(x: consuming Tensor?, w: consuming Tensor? = nil, y: consuming Tensor?, needsX: Bool = true, needsW: Bool = false) {
    first = x
    second = w
    result = y
    self.needsX = needsX
    self.needsW = needsW
  }

  /// The first input.
  @inline(__always) var x: Tensor {
    if first == nil { Saved.missing("x") }
    return first.unsafelyUnwrapped
  }
  /// The second input.
  @inline(__always) var w: Tensor {
    if second == nil { Saved.missing("w") }
    return second.unsafelyUnwrapped
  }
  /// The result.
  @inline(__always) var y: Tensor {
    if result == nil { Saved.missing("y") }
    return result.unsafelyUnwrapped
  }

  @inline(never)
  private static func missing(_ name: StaticString) -> Never {
    fatalError("a rule read \(name), which its operation does not save: add .\(name) to `saves`")
  }
}

// MARK: One input

/// An operation of one tensor.
protocol UnaryOperation: Operation {
  var saves: Saves { get }
  /// Whether a large result that the next operation saves is computed from the saved input again instead, when it is wanted: for a
  /// pointwise function whose own rule needs the input and not the result.
  var isRepeated: Bool { get }
  /// Whether it is of a tensor and a number.
  static var takesNumber: Bool { get }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor
  /// The gradient of x: the transposed Jacobian applied to `dy`.
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor
  /// The tangent of the result: the Jacobian applied to `dx`; x and y are both there.
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor
  /// The result for a batch of inputs stacked in dimension 0.
  func batch(_ x: Tensor) throws(TensorError) -> Tensor
}

extension UnaryOperation {
  var isRepeated: Bool { false }
  static var takesNumber: Bool { false }
  func flops(_ inputs: [Tensor], _ outputs: [Tensor]) -> Double { elements(inputs, outputs) }

  /// One by one: correct for every operation; one that loops often gives its own rule.
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { try batchOneByOne([x], [true], x.size(0))[0] }

  func forwardAny(_ inputs: [Tensor]) throws(TensorError) -> [Tensor] { [try forward(inputs[0])] }

  func jvpAny(_ tangents: [Tensor?], _ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor?] {
    guard let dx = tangents[0] else { return [nil] }
    return [jvp(dx, Saved(x: inputs[0], y: outputs[0]))]
  }

  func batchAny(_ inputs: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    [try batch(inputs[0])]
  }

  func applyAny(_ inputs: [Tensor]) -> [Tensor] { [applyToLeaf(inputs[0])] }

  func recordAny(_ inputs: [Tensor], values: [Tensor], outputs: [Tensor]) -> Node? {
    guard outputs[0].dtype.isFloatingPoint else { return nil }
    let saves = saves
    return UnaryNode(
      self, inputs[0], x: saves.contains(.x) ? values[0].box : nil, y: saves.contains(.y) ? Node.kept(result: outputs[0]) : nil)
  }

  /// Applies the operation, and records it where gradients are on and `x` is tracked.
  @inline(__always)
  func callAsFunction(_ x: Tensor) -> Tensor {
    let thread = cr_thread()!
    guard thread.pointee.slow == 0, !x.isIndirect else { return applyToLeaf(x) }
    do throws(TensorError) {
      let y = try computed(x)
      guard thread.pointee.no_grad == 0, x.isTracked else { return y }
      return record(x, x.kept(saves.contains(.x)), (consume y).apart(from: x.box))
    } catch {
      return refused(error, Self.self, [x])
    }
  }

  /// The same where a leaf's value must be looked up, or something else than recording goes on.
  @inline(never)
  private func applyToLeaf(_ x: Tensor) -> Tensor {
    let thread = cr_thread()!
    guard thread.pointee.slow == 0 else { return applySlowly(self, [x])[0] }
    let v = x.bare
    do throws(TensorError) {
      let y = try computed(v)
      guard thread.pointee.no_grad == 0, x.isTracked else { return y }
      let result = (consume y).apart(from: v.box)
      return record(x, (consume v).kept(saves.contains(.x)), consume result)
    } catch {
      return refused(error, Self.self, [x])
    }
  }

  /// - Parameter kept: the input's value, where it is saved.
  @inline(never)
  private func record(_ x: Tensor, _ kept: consuming TensorBox?, _ y: consuming Tensor) -> Tensor {
    guard y.box.dtype.isFloatingPoint else { return y }
    if Self.takesNumber, cr_thread().pointee.reads != 0 { checkNumber(x) }
    y.box.attach(UnaryNode(self, x, x: kept, y: saves.contains(.y) ? y.box.alias() : nil))
    return y
  }
}

// MARK: Two inputs

/// An operation of two tensors.
protocol BinaryOperation: Operation {
  /// What must be kept so that the gradients wanted can be computed.
  func saves(needsX: Bool, needsW: Bool) -> Saves
  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor
  /// The gradients of x and w, each in the result's shape where broadcasting enlarged it: the node undoes that.
  func vjp(_ dy: consuming Tensor, _ s: Saved) -> (Tensor?, Tensor?)
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor
  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor
}

extension BinaryOperation {
  func flops(_ inputs: [Tensor], _ outputs: [Tensor]) -> Double { 0 }

  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    try batchOneByOne([x, w], [xBatched, wBatched], size)[0]
  }

  func forwardAny(_ inputs: [Tensor]) throws(TensorError) -> [Tensor] { [try forward(inputs[0], inputs[1])] }

  func jvpAny(_ tangents: [Tensor?], _ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor?] {
    guard tangents[0] != nil || tangents[1] != nil else { return [nil] }
    let saved = Saved(
      x: inputs[0], w: inputs[1], y: outputs[0], needsX: tangents[0] != nil, needsW: tangents[1] != nil)
    // A rule may leave out broadcasting and promotion, as vjp rules do; the result has the output's shape and type.
    let tangent = jvp(tangents[0], tangents[1], saved)
    return [tangent.fitted(like: outputs[0])]
  }

  func batchAny(_ inputs: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    [try batch(inputs[0], inputs[1], batched[0], batched[1], size: size)]
  }

  func applyAny(_ inputs: [Tensor]) -> [Tensor] { [applyToLeaf(inputs[0], inputs[1])] }

  func recordAny(_ inputs: [Tensor], values: [Tensor], outputs: [Tensor]) -> Node? {
    guard outputs[0].dtype.isFloatingPoint else { return nil }
    let tracked = (inputs[0].isTracked, inputs[1].isTracked), saves = saves(needsX: tracked.0, needsW: tracked.1)
    return BinaryNode(
      self, inputs[0], inputs[1], tracked: tracked, x: saves.contains(.x) ? values[0].box : nil,
      w: saves.contains(.w) ? values[1].box : nil,
      y: saves.contains(.y) ? Node.kept(result: outputs[0]) : nil, Restoration.needed(values[0].box, values[1].box, outputs[0].box))
  }

  /// Applies the operation, and records it where gradients are on and an input is tracked.
  @inline(__always)
  func callAsFunction(_ x: Tensor, _ w: Tensor) -> Tensor {
    let thread = cr_thread()!
    guard thread.pointee.slow == 0, !x.isIndirect, !w.isIndirect else { return applyToLeaf(x, w) }
    do throws(TensorError) {
      let y = try computed(x, w)
      let tracked = (x.isTracked, w.isTracked)
      guard thread.pointee.no_grad == 0, tracked.0 || tracked.1 else { return y }
      let saves = saves(needsX: tracked.0, needsW: tracked.1)
      let restoration = Restoration.needed(x.box, w.box, y.box)
      return record(
        x, w, tracked, x.kept(saves.contains(.x)), w.kept(saves.contains(.w)), saves.contains(.y), restoration,
        (consume y).apart(from: x.box, w.box))
    } catch {
      return refused(error, Self.self, [x, w])
    }
  }

  /// The same where a leaf's value must be looked up, or something else than recording goes on.
  @inline(never)
  private func applyToLeaf(_ x: Tensor, _ w: Tensor) -> Tensor {
    let thread = cr_thread()!
    guard thread.pointee.slow == 0 else { return applySlowly(self, [x, w])[0] }
    let vx = x.bare, vw = w.value(beside: x, vx)
    do throws(TensorError) {
      let y = try computed(vx, vw)
      let tracked = (x.isTracked, w.isTracked)
      guard thread.pointee.no_grad == 0, tracked.0 || tracked.1 else { return y }
      let saves = saves(needsX: tracked.0, needsW: tracked.1)
      let restoration = Restoration.needed(vx.box, vw.box, y.box), result = (consume y).apart(from: vx.box, vw.box)
      return record(
        x, w, tracked, (consume vx).kept(saves.contains(.x)), (consume vw).kept(saves.contains(.w)), saves.contains(.y), restoration,
        consume result)
    } catch {
      return refused(error, Self.self, [x, w])
    }
  }

  /// - Parameters:
  ///   - tracked: which of the two are tracked.
  ///   - keptX: the first input's value, where it is saved.
  ///   - keptW: the second's.
  ///   - keepsY: whether the result is saved.
  @inline(never)
  private func record(
    _ x: Tensor, _ w: Tensor, _ tracked: (Bool, Bool), _ keptX: consuming TensorBox?, _ keptW: consuming TensorBox?, _ keepsY: Bool,
    _ restoration: consuming Restoration?, _ y: consuming Tensor
  ) -> Tensor {
    guard y.box.dtype.isFloatingPoint else { return y }
    if Self.self == Add.self, x.box.flags.union(w.box.flags).contains(.spent) { checkSum(x, w) }
    y.box.attach(BinaryNode(self, x, w, tracked: tracked, x: keptX, w: keptW, y: keepsY ? y.box.alias() : nil, restoration))
    return y
  }
}

extension UnaryOperation {
  @inline(never)
  fileprivate func checkNumber(_ x: Tensor) {
    if let shifted = self as? any LinearlyShifted { Warnings.checkPutBack(shifted.scalar, name, x) }
  }
}

extension BinaryOperation {
  @inline(never)
  fileprivate func checkSum(_ x: Tensor, _ w: Tensor) {
    if x.isTracked, w.isTracked, x.count == 1, w.count == 1 { Warnings.runningSum(x.box.flags.contains(.spent) ? x : w) }
  }
}

extension Tensor {
  /// This result in a box that can become a node's: not its inputs' own, nor one that belongs to a node.
  @inline(__always)
  consuming func apart(from x: TensorBox, _ w: TensorBox? = nil) -> Tensor {
    if box === x || box === w || box.head.pointee.maker != nil { return Tensor(box.alias()) }
    return self
  }

  /// The box, where it is to be kept.
  @inline(__always)
  consuming func kept(_ isSaved: Bool) -> TensorBox? { isSaved ? (consume self).box : nil }
}

// MARK: Any number of inputs and outputs

/// What the rule of a variadic operation may look at.
struct SavedList {
  /// The inputs, nil where not saved.
  let inputs: [Tensor?]
  /// The outputs, nil where not saved.
  let outputs: [Tensor?]
  /// Which inputs' gradients are wanted.
  let needs: [Bool]

  /// Input `i`, which the operation saves.
  func input(_ i: Int) -> Tensor {
    inputs[i] ?? { fatalError("a rule read input \(i), which its operation does not save") }()
  }

  /// Output `i`, which the operation saves.
  func output(_ i: Int) -> Tensor {
    outputs[i] ?? { fatalError("a rule read output \(i), which its operation does not save") }()
  }
}

/// An operation of any number of tensors, with one or more results.
protocol VariadicOperation: Operation {
  /// Which inputs and outputs must be kept so that the gradients wanted can be computed.
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool])
  /// Whether gradients flow through output `i`; indices and masks say no.
  func isDifferentiable(output i: Int) -> Bool
  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor]
  /// The gradient of each input; `dy` is nil where an output received none.
  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?]
  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?]
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor]
}

extension VariadicOperation {
  func flops(_ inputs: [Tensor], _ outputs: [Tensor]) -> Double { 0 }

  func isDifferentiable(output i: Int) -> Bool { true }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    try batchOneByOne(x, batched, size)
  }

  func forwardAny(_ inputs: [Tensor]) throws(TensorError) -> [Tensor] { try forward(inputs) }

  func jvpAny(_ tangents: [Tensor?], _ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor?] {
    guard tangents.contains(where: { $0 != nil }) else { return outputs.map { _ in nil } }
    let results = jvp(tangents, SavedList(inputs: inputs, outputs: outputs, needs: tangents.map { $0 != nil }))
    return zip(results, outputs).map { $0?.fitted(like: $1) }
  }

  func batchAny(_ inputs: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    try batch(inputs, batched: batched, size: size)
  }

  func applyAny(_ inputs: [Tensor]) -> [Tensor] { self(inputs) }

  /// Applies the operation, and records it where gradients are on and an input is tracked.
  func callAsFunction(_ inputs: [Tensor]) -> [Tensor] {
    let thread = cr_thread()!
    guard thread.pointee.slow == 0 else { return applySlowly(self, inputs) }
    let values = Tensor.values(of: inputs)
    do throws(TensorError) {
      var outputs = try computed(values)
      guard thread.pointee.no_grad == 0, inputs.contains(where: \.isTracked) else { return outputs }
      for i in outputs.indices where outputs[i].box.head.pointee.maker != nil || values.contains(where: { $0.box === outputs[i].box }) {
        outputs[i] = Tensor(outputs[i].box.alias())
      }
      if let node = recordAny(inputs, values: values, outputs: outputs) {
        for i in outputs.indices where isDifferentiable(output: i) && outputs[i].dtype.isFloatingPoint {
          outputs[i].box.attach(node, output: i)
        }
      }
      return outputs
    } catch {
      return [refused(error, Self.self, inputs)]
    }
  }

  func recordAny(_ inputs: [Tensor], values: [Tensor], outputs: [Tensor]) -> Node? {
    let tracked = outputs.indices.contains { isDifferentiable(output: $0) && outputs[$0].dtype.isFloatingPoint }
    guard tracked else { return nil }
    let needs = inputs.map(\.isTracked), saves = saves(needs: needs)
    return VariadicNode(
      self, inputs, tracked: needs, values: values,
      savedInputs: values.indices.map { saves.inputs[$0] ? values[$0].box : nil },
      savedOutputs: outputs.indices.map { saves.outputs[$0] ? Node.kept(result: outputs[$0]) : nil })
  }
}
