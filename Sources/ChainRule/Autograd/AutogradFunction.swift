/// An operation of your own in its general form: several results, optional inputs, and a choice of what is kept. PyTorch's
/// `torch.autograd.Function`; `DifferentiableFunction` is shorter where there is one result.
///
///     struct SineAndCosine: AutogradFunction {
///       func forward(_ x: [Tensor?]) -> [Tensor] { [x[0]!.sin(), x[0]!.cos()] }
///       func keeps(needsInputGrad: [Bool]) -> FunctionSaves { FunctionSaves(inputs: [], outputs: [0, 1]) }
///       func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] {
///         [dy[0]! * context.output(1) - dy[1]! * context.output(0)]
///       }
///     }
///     let y = SineAndCosine()(x)
///
/// `forward` runs without recording; the rules are written in tensor operations, so that derivatives of every order work and transforms
/// nest. Numbers that rules need are properties of the type. A rule reads what `keeps` names: of inputs and results only, as every level
/// of nested transforms has its own; what else `forward` has computed for the rules it returns as a further result.
public protocol AutogradFunction: Sendable {
  /// What graphs, explanations, profiles and errors call the function; the name of its type unless it is given one.
  static var name: String { get }
  /// Whether `vjp` is a computation of its own that has no derivative: a second derivative is refused. PyTorch's `once_differentiable`.
  static var isOnceDifferentiable: Bool { get }
  /// Whether a result that received no gradient has zeros in `vjp`, as by default, or nil. PyTorch's `set_materialize_grads`.
  static var materializesGrads: Bool { get }
  /// The values; an input that was left out is nil.
  func forward(_ x: [Tensor?]) -> [Tensor]
  /// Whether gradients flow through result `output`: not where it is an index or a mask, or is to be a constant. PyTorch's
  /// `mark_non_differentiable`.
  func isDifferentiable(output: Int) -> Bool
  /// Which inputs and results are kept for the rules; all by default. PyTorch's `save_for_backward`.
  func keeps(needsInputGrad: [Bool]) -> FunctionSaves
  /// The gradient for each input, nil where there is none: `dy` times the Jacobian, in the input's shape.
  func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?]
  /// The tangent of each result; an input without a tangent has nil, and the context has all inputs and results. Without it forward mode
  /// uses `vjp` twice.
  func jvp(_ dx: [Tensor?], _ context: FunctionContext) -> [Tensor?]
  /// The results for a whole batch, in dimension 0 of each, where `batched` says which inputs have one there; nil, as by default, to have
  /// one example computed after the other. PyTorch's `vmap`.
  ///
  /// What it computes is differentiated as any operations are. A function that takes batches as they are calls itself, so that its own rules
  /// serve: `self(x)`.
  func batch(_ x: [Tensor?], batched: [Bool], size: Int) -> [Tensor]?
}

/// Which of its inputs and results a function keeps for its rules, by their places.
public struct FunctionSaves: Sendable {
  let inputs: Set<Int>?
  let outputs: Set<Int>?

  /// These inputs and results; nil for all.
  public init(inputs: [Int]? = nil, outputs: [Int]? = nil) {
    self.inputs = inputs.map(Set.init)
    self.outputs = outputs.map(Set.init)
  }
}

/// What the rules of a function may look at.
public struct FunctionContext {
  /// The inputs; nil for those that were left out, or are not kept.
  public let inputs: [Tensor?]
  /// The results; nil for those that are not kept.
  public let outputs: [Tensor?]
  /// Which inputs' gradients are wanted; the others need not be computed. PyTorch's `needs_input_grad`.
  public let needsInputGrad: [Bool]
  fileprivate let name: String

  /// Input `i`, which was given and is kept.
  public func input(_ i: Int) -> Tensor { kept(inputs, i, "input") }
  /// Result `i`, which is kept.
  public func output(_ i: Int) -> Tensor { kept(outputs, i, "output") }

  private func kept(_ list: [Tensor?], _ i: Int, _ kind: String) -> Tensor {
    if list.indices.contains(i), let tensor = list[i] { return tensor }
    return fail(
      TensorError(
        .gradient, "a rule of \(name) read \(kind) \(i), which is not kept",
        hint: list.indices.contains(i)
          ? "Name it in keeps(needsInputGrad:); an input that was left out is nil in `inputs`." : "There are \(list.count) of them.",
        operation: name))
  }
}

extension AutogradFunction {
  /// The name of the type.
  public static var name: String { "\(Self.self)" }
  /// Derivatives of every order.
  public static var isOnceDifferentiable: Bool { false }
  /// Zeros.
  public static var materializesGrads: Bool { true }
  /// Through every result.
  public func isDifferentiable(output: Int) -> Bool { true }
  /// All inputs and results.
  public func keeps(needsInputGrad: [Bool]) -> FunctionSaves { FunctionSaves() }

  /// Applies the function, and records it where an input is tracked; nil leaves an input out.
  public func callAsFunction(_ x: Tensor?...) -> [Tensor] { UserOperation.apply(self, x) }
  /// Applies the function, and records it where an input is tracked; nil leaves an input out.
  public func callAsFunction(_ x: [Tensor?]) -> [Tensor] { UserOperation.apply(self, x) }

  /// The tangents from `vjp` alone.
  public func jvp(_ dx: [Tensor?], _ context: FunctionContext) -> [Tensor?] {
    tangents(dx, outputs: context.outputs.indices.map(context.output)) { dy in vjp(dy, context) }
  }

  /// One example after the other.
  public func batch(_ x: [Tensor?], batched: [Bool], size: Int) -> [Tensor]? { nil }

  /// The tangents of the outputs, in direction `dx`: J v is the derivative of w'J v for w, as it is linear in w.
  func tangents(_ dx: [Tensor?], outputs y: [Tensor], _ rule: ([Tensor?]) -> [Tensor?]) -> [Tensor?] {
    if Self.isOnceDifferentiable {
      return y.map { _ in
        fail(
          TensorError(
            .gradient, "the tangent of \(Self.name) cannot be derived from its gradient rule, which is marked as once differentiable",
            hint: "Give the function a jvp.", operation: Self.name))
      }
    }
    let places = y.indices.filter { isDifferentiable(output: $0) && y[$0].dtype.isFloatingPoint }
    let dtype = places.first.map { y[$0].dtype } ?? .float32
    let inDirection = { (w: [Tensor]) in
      var all: [Tensor?] = y.map { _ in nil }
      for (place, w) in zip(places, w) { all[place] = w }
      var total = Tensor.zeros([], dtype: dtype)
      for case (let tangent?, let gradient?) in zip(dx, rule(all)) { total = total + (gradient * tangent).sum() }
      return total
    }
    let found = Reverse.valueAndGrad(inDirection, places.map { Tensor.zeros(like: y[$0]) }, Self.name).gradients
    var result: [Tensor?] = y.map { _ in nil }
    for (place, tangent) in zip(places, found) { result[place] = tangent }
    return result
  }
}

/// A user's function as an operation on those of its inputs that were given.
struct UserOperation<F: AutogradFunction>: VariadicOperation, FormKeeping {
  static var takesNarrow: Bool { true }
  static var info: OperationInfo {
    OperationInfo(F.name, "A function of the user's.", call: "\(F.self)()", formula: "", derivative: "", shapes: "", samples: [])
  }
  let function: F
  /// Which inputs were given.
  let isGiven: [Bool]
  /// The shapes and types of inputs and results, once it is recorded, whatever is kept of them.
  private var forms: (inputs: [InputForm], outputs: [InputForm]) = ([], [])
  var nodeName: String { "\(F.self)Backward" }
  var outputForms: [InputForm] { forms.outputs }

  private init(_ function: F, isGiven: [Bool]) {
    self.function = function
    self.isGiven = isGiven
  }

  static func apply(_ function: F, _ x: [Tensor?]) -> [Tensor] {
    UserOperation(function, isGiven: x.map { $0 != nil })(x.compactMap { $0 })
  }

  /// `given` at the places of the inputs that were given, `other` elsewhere.
  private func spread<T>(_ given: [T], _ other: T) -> [T] {
    var rest = given[...]
    return isGiven.map { $0 ? rest.removeFirst() : other }
  }

  /// Those of `all` at the places of the inputs that were given.
  private func given<T>(_ all: [T]) -> [T] { zip(all, isGiven).filter(\.1).map(\.0) }

  func isDifferentiable(output: Int) -> Bool { function.isDifferentiable(output: output) }

  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) {
    let kept = function.keeps(needsInputGrad: spread(needs, false))
    return (
      given(isGiven.indices.map { kept.inputs?.contains($0) ?? true }), forms.outputs.indices.map { kept.outputs?.contains($0) ?? true }
    )
  }

  func recordAny(_ inputs: [Tensor], values: [Tensor], outputs: [Tensor]) -> Node? {
    guard outputs.indices.contains(where: { tracksOutput($0, outputs[$0]) }) else { return nil }
    var operation = self
    operation.forms = (values.map { InputForm($0.box) }, outputs.map { InputForm($0.box) })
    let needs = inputs.map(\.isTracked), saves = operation.saves(needs: needs)
    return VariadicNode(
      operation, inputs, tracked: needs, values: values,
      savedInputs: values.indices.map { saves.inputs[$0] ? values[$0].box : nil },
      savedOutputs: outputs.indices.map { saves.outputs[$0] ? Node.kept(result: outputs[$0]) : nil })
  }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let results = noGrad { function.forward(spread(x.map { $0.detach() }, nil)) }
    guard results.isEmpty else { return results }
    throw TensorError(.argument, "\(F.name) returned no result", hint: "forward returns at least one tensor.", operation: F.name)
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let context = FunctionContext(
      inputs: spread(s.inputs, nil), outputs: s.outputs, needsInputGrad: spread(s.needs, false), name: F.name)
    let gradients = F.materializesGrads ? dy.indices.map { dy[$0] ?? zeros(forOutput: $0, s) } : dy
    let results = F.isOnceDifferentiable ? onceOnly(gradients, context) : function.vjp(gradients, context)
    let none: [Tensor?] = s.needs.map { _ in nil }
    guard results.count == isGiven.count else {
      fail(
        TensorError(
          .gradient,
          "function \(nodeName) returned an incorrect number of gradients (expected \(isGiven.count), got \(results.count))",
          hint: "vjp gives one gradient, or nil, for each input.", operation: F.name))
      return none
    }
    let wanted = given(results)
    for (i, gradient) in wanted.enumerated() {
      guard let gradient, s.needs[i], let shape = forms.inputs.isEmpty ? s.inputs[i]?.internalShape : forms.inputs[i].shape else {
        continue
      }
      guard case .success(let common) = Shape.broadcast(gradient.internalShape, shape), common == gradient.internalShape else {
        fail(
          TensorError(
            .gradient,
            "Function \(nodeName) returned an invalid gradient at index \(i) - got \(gradient.shape) but expected shape compatible with "
              + "\(Array(shape))",
            hint: "The gradient for an input has the input's shape.", operation: F.name))
        return none
      }
    }
    return wanted
  }

  /// Zeros in the form of a result; nil where that has no gradients.
  private func zeros(forOutput i: Int, _ s: SavedList) -> Tensor? {
    guard let form = forms.outputs.isEmpty ? s.outputs[i].map({ InputForm($0.box) }) : forms.outputs[i], form.dtype.isFloatingPoint
    else { return nil }
    return Tensor.zeros(Array(form.shape), dtype: form.dtype)
  }

  /// The rule's gradients as constants that refuse to be differentiated where what they were computed from would be.
  private func onceOnly(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] {
    let detached = FunctionContext(
      inputs: context.inputs.map { $0?.detach() }, outputs: context.outputs.map { $0?.detach() }, needsInputGrad: context.needsInputGrad,
      name: F.name)
    let results = noGrad { function.vjp(dy.map { $0?.detach() }, detached) }
    let places = results.indices.filter { results[$0] != nil }
    let sources = (dy + context.inputs + context.outputs).compactMap { $0 }
    let marked = DifferentiatedOnce(count: places.count)(places.compactMap { results[$0] } + sources)
    var all: [Tensor?] = results.map { _ in nil }
    for (place, gradient) in zip(places, marked) { all[place] = gradient }
    return all
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let context = FunctionContext(
      inputs: spread(s.inputs, nil), outputs: s.outputs, needsInputGrad: spread(s.needs, false), name: F.name)
    let tangents = function.jvp(spread(dx, nil), context)
    guard tangents.count != s.outputs.count else { return tangents }
    let refused = fail(
      TensorError(
        .gradient, "function \(F.name) returned an incorrect number of tangents (expected \(s.outputs.count), got \(tangents.count))",
        hint: "jvp gives one tangent, or nil, for each result.", operation: F.name))
    return s.outputs.map { _ in refused }
  }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    guard let results = function.batch(spread(x, nil), batched: spread(batched, false), size: size) else {
      return try batchOneByOne(x, batched, size)
    }
    for (i, result) in results.enumerated() where result.rank == 0 || result.size(0) != size {
      throw TensorError(
        .transform, "the batch rule of \(F.name) returned a tensor of shape \(result.shape) for result \(i) of a batch of \(size)",
        hint: "Every result has the batch in dimension 0.", operation: F.name)
    }
    return results
  }
}

/// The first `count` of its inputs, which were computed from the others in a way that has no derivative.
private struct DifferentiatedOnce: VariadicOperation {
  static let info = OperationInfo(
    "once_differentiable", "Gradients that have no derivative.", call: "", formula: "x", derivative: "", shapes: "", samples: [])
  let count: Int
  var nodeName: String { "Error" }

  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) {
    (needs.map { _ in false }, (0..<count).map { _ in false })
  }
  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] { Array(x[..<count]) }
  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let refused = refusal
    return s.needs.map { _ in refused }
  }
  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let refused = refusal
    return s.outputs.map { _ in refused }
  }
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    zip(x, batched).prefix(count).map { $0.whole($1, size) }
  }

  private var refusal: Tensor {
    fail(
      TensorError(
        .gradient, "trying to differentiate twice a function that was marked with @once_differentiable",
        hint: "Its vjp is a computation of its own: write it in tensor operations and take isOnceDifferentiable away.",
        operation: "once_differentiable"))
  }
}
