import ChainRule
import ChainRuleNN

/// A function in its general form that reads an input and a result by their places.
private struct Reading: AutogradFunction {
  let input: Int
  let output: Int
  func forward(_ x: [Tensor?]) -> [Tensor] { x.compactMap { $0.map { $0 * 2 } } }
  func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] {
    dy.map { $0.map { $0 * context.input(input) * context.output(output) } }
  }
}

/// One that keeps inputs and results by their places.
private struct Keeping: AutogradFunction {
  let saves: FunctionSaves
  func forward(_ x: [Tensor?]) -> [Tensor] { x.compactMap { $0.map { $0 * 2 } } }
  func keeps(needsInputGrad: [Bool]) -> FunctionSaves { saves }
  func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] { dy }
}

extension Table {
  private static func squared(_ a: Tensor) -> (x: Tensor, y: Tensor) {
    let x = a.asLeaf()
    return (x, x * x)
  }

  /// Backward passes, what they read, and functions of the user's own in their general form.
  static let passes: [Call] = [
    call("backward(_:gradients:retainGraph:createGraph:inputs:)", t(2), Optional([Optional(t(2))]), Optional([t(2)])) {
      (a: Tensor, g: [Tensor?]?, inputs: [Tensor]?) in
      let (x, y) = squared(a)
      backward([y], gradients: g, inputs: inputs.map { $0.map { _ in x } })
    },
    call("gradients(of:withRespectTo:gradOutputs:retainGraph:createGraph:materializeGrads:)", t(2), Optional(t(2))) {
      (a: Tensor, g: Tensor?) -> [Tensor] in
      let (x, y) = squared(a)
      return gradients(of: y, withRespectTo: [x, a.asLeaf()], gradOutputs: g, materializeGrads: true)
    },
    call("gradients(of:withRespectTo:gradOutputs:retainGraph:createGraph:materializeGrads:)", t(2), Optional([Optional(t(2))])) {
      (a: Tensor, g: [Tensor?]?) -> [Tensor] in
      let (x, y) = squared(a)
      return gradients(of: [y], withRespectTo: [x], gradOutputs: g, materializeGrads: true)
    },
    call("gradients(of:withRespectTo:gradOutputs:retainGraph:createGraph:)", t(2), Optional([Optional(t(2))])) {
      (a: Tensor, g: [Tensor?]?) in
      let (x, y) = squared(a)
      guard let from = y.gradientEdge, let to = x.gradientEdge else { return }
      _ = gradients(of: [from], withRespectTo: [to], gradOutputs: g)
    },
    call("registerMultiGradHook(_:mode:_:)", [t(2)]) { (a: [Tensor]) in
      let x = a.map { $0.asLeaf() }
      registerMultiGradHook(x) { _ in }
      backward(x.map { $0.sum() })
    },
    call("savedMemory(of:)", t(2)) { savedMemory(of: squared($0).y).bytes },
    call("saveOnFile(memoryBudget:directory:_:)", 0) { budget in
      try saveOnFile(memoryBudget: budget) { squared(Tensor.ones(10_000)).y.sum().backward() }
    },
    call("checkpointSequential(_:segments:_:)", 1, t(2)) { checkpointSequential([{ $0.exp() }, { $0 * 2 }], segments: $0, $1) },
    call("checkpointSequential(_:segments:_:)", 1, x) {
      checkpointSequential(Sequential(Linear(3, 2), Tanh()), segments: $0, $1)
    },
    call("ProfileSchedule.init(wait:warmUp:active:repeats:skipFirst:)", 1, 1, 1, 0, 0) {
      let schedule = ProfileSchedule(wait: $0, warmUp: $1, active: $2, repeats: $3, skipFirst: $4)
      _ = profile(schedule: schedule) { steps in for _ in 0..<4 { steps.step() } }
    },
    call("DifferentiableFunction.forward(_:)", [t(2)]) { (x: [Tensor]) -> [Tensor] in Doubled().forward(x.map(Optional.some)) },
    call("DifferentiableFunction.vjp(_:_:)", t(2)) { grad { Doubled()($0).sum() }($0) },
    call("DifferentiableFunction.jvp(_:_:)", t(2), t(2)) { (v: Tensor, x: Tensor) in jvp({ Doubled()($0) }, x, v).tangent },
    call("DifferentiableFunction.batch(_:batched:size:)", t(2, 3), 2) {
      (Doubled().batch([$0], batched: [true], size: $1) ?? []) as [Tensor]
    },
    call("DifferentiableFunction.batch(_:batched:)", t(2, 3)) { Doubled().batch([$0], batched: [true]) ?? Tensor.ones([]) },
    call("AutogradFunction.callAsFunction(_:)", Optional(t(2)), Optional(t(2))) { (a: Tensor?, b: Tensor?) -> [Tensor] in
      Reading(input: 0, output: 0)(a, b)
    },
    call("AutogradFunction.callAsFunction(_:)", [Optional(t(2))]) { (a: [Tensor?]) -> [Tensor] in Reading(input: 0, output: 0)(a) },
    call("AutogradFunction.isDifferentiable(output:)", 0) { Reading(input: 0, output: 0).isDifferentiable(output: $0) },
    call("AutogradFunction.jvp(_:_:)", t(2), t(2)) { (v: Tensor, x: Tensor) in
      jvp({ Reading(input: 0, output: 0)([$0])[0] }, x, v).tangent
    },
    call("AutogradFunction.batch(_:batched:size:)", t(2, 3), 2) {
      Reading(input: 0, output: 0).batch([$0], batched: [true], size: $1) ?? []
    },
    call("FunctionContext.input(_:)", 0) { place in Reading(input: place, output: 0)([t(2).asLeaf()])[0].sum().backward() },
    call("FunctionContext.output(_:)", 0) { place in Reading(input: 0, output: place)([t(2).asLeaf()])[0].sum().backward() },
    call("FunctionSaves.init(inputs:outputs:)", Optional([0]), Optional([0])) {
      Keeping(saves: FunctionSaves(inputs: $0, outputs: $1))([t(2).asLeaf()])[0].sum().backward()
    },
  ]
}
