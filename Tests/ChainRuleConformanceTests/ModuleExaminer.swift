import ChainRule
import ChainRuleNN

/// One constructor and call of a module, with what PyTorch found for it. Keys name tensors of the file; nil stands where there is none.
struct ModuleSample {
  let seed: Int
  let isTraining: Bool
  let dtype: DType
  let text: String
  let constructor: (args: [Argument], kwargs: [String: Argument])
  let forward: (args: [Argument], kwargs: [String: Argument])
  let state: [String: String]
  let stateAfter: [String: String]
  let outputs: [String]
  let inputs: [String]
  let cotangents: [String?]
  let grads: [String?]
  let parameterGrads: [String: String?]
  /// PyTorch's own distance to its result in float64, by the key of a tensor.
  let noise: [String: Double]

  init(_ json: JSONValue) throws {
    func call(_ name: String) throws -> (args: [Argument], kwargs: [String: Argument]) {
      guard let args = json[name]?["args"]?.array, case .object(let kwargs)? = json[name]?["kwargs"] else {
        throw CaseError("a sample without \(name)")
      }
      return (try args.map(Argument.init), try kwargs.mapValues(Argument.init))
    }
    func names(_ name: String) -> [String: String?] {
      if case .object(let members)? = json[name] { return members.mapValues(\.string) }
      return [:]
    }
    func keys(_ name: String) -> [String?] { (json[name]?.array ?? []).map(\.string) }
    guard let seed = json["seed"]?.integer, let isTraining = json["training"]?.bool, let text = json["repr"]?.string,
      let dtype = DType.allCases.first(where: { $0.name == json["dtype"]?.string })
    else { throw CaseError("a sample without seed, training, repr or dtype") }
    self.seed = seed
    self.isTraining = isTraining
    self.text = text
    self.dtype = dtype
    constructor = try call("constructor")
    forward = try call("forward")
    state = names("state").compactMapValues { $0 }
    stateAfter = names("state_after").compactMapValues { $0 }
    outputs = keys("outputs").compactMap { $0 }
    inputs = keys("inputs").compactMap { $0 }
    cotangents = keys("cotangents")
    grads = keys("grads")
    parameterGrads = names("parameter_grads")
    if case .object(let members)? = json["noise"] {
      noise = members.compactMapValues { if case .real(let value) = $0 { value } else { $0.integer.map(Double.init) } }
    } else {
      noise = [:]
    }
  }
}

/// A module that has been made, and how it is called.
struct ModuleUnderTest {
  let module: any Module
  let forward: (Call) throws -> [Tensor]
}

/// Makes the module of a sample and compares all that PyTorch says of it.
struct ModuleExaminer {
  let make: ModuleTable.Constructor
  var relative = 1e-9
  let tensors: Tensors

  /// The first thing that differs; nil where all is right. The generator is the sample's own: other tests draw from the process's.
  func failure(_ sample: ModuleSample) throws -> String? {
    try Generator.withDefault(Generator(seed: sample.seed)) { try difference(sample) }
  }

  private func difference(_ sample: ModuleSample) throws -> String? {
    let made = try withDefaultDType(sample.dtype) { try make(call(sample.constructor)) }
    made.module.to(sample.dtype).train(sample.isTraining)
    if made.module.description != sample.text { return "prints \(made.module.description), expected \(sample.text)" }
    if let problem = try stateProblem(made.module, sample.state, sample, "state") { return problem }
    if let problem = try copyProblem(made.module) { return problem }
    // What is right but for the last digit is made the same, so that later differences are the module's own.
    try made.module.load(NamedTensors(sample.state.map { (name: $0, tensor: try tensors($1)) }))
    let values = try leaves(sample)
    Generator.default.manualSeed(sample.seed + 1)
    let outputs = try made.forward(call(sample.forward, values))
    guard outputs.count == sample.outputs.count else { return "\(outputs.count) outputs, expected \(sample.outputs.count)" }
    for (i, key) in sample.outputs.enumerated() {
      if let problem = try problem(outputs[i].detach(), key, sample) { return "output \(i): \(problem)" }
    }
    if let problem = try stateProblem(made.module, sample.stateAfter, sample, "state after the call") { return problem }
    return try gradientProblem(made.module, outputs, values, sample)
  }

  /// Every module of the library copies itself: the same class, text, mode and state, and nothing shared.
  private func copyProblem(_ module: any Module) throws -> String? {
    guard String(reflecting: type(of: module)).hasPrefix("ChainRuleNN.") else { return nil }
    let copy = try catching { module.copy() }
    if type(of: copy) != type(of: module) || copy.description != module.description { return "copies itself as \(copy)" }
    if copy.namedModules().map(\.module.isTraining) != module.namedModules().map(\.module.isTraining) { return "copies in another mode" }
    let own = module.stateDict(), other = copy.stateDict()
    guard own.names == other.names, zip(own, other).allSatisfy({ Agreement.isSame($0.tensor, $1.tensor) }) else {
      return "copies another state"
    }
    let cells = Set(module.parameters().map(\.leafIdentity) + module.namedBuffers().map(\.buffer.tensor.leafIdentity))
    let isShared = (copy.parameters() + copy.namedBuffers().map(\.buffer.tensor)).contains { cells.contains($0.leafIdentity) }
    return isShared ? "shares a tensor with its copy" : nil
  }

  /// The inputs as leaves. Where PyTorch's table passes one tensor twice, its case names it twice, with the same elements and with the
  /// gradient of both uses: such names are one leaf.
  func leaves(_ sample: ModuleSample) throws -> [String: Tensor] {
    var leaves: [String: Tensor] = [:]
    for (i, key) in sample.inputs.enumerated() {
      let value = try tensors(key)
      let twin = try sample.inputs.indices.prefix(i).first { j in
        guard i < sample.grads.count, let own = sample.grads[i], let other = sample.grads[j] else { return false }
        let twin = try tensors(sample.inputs[j]), gradients = (try tensors(own), try tensors(other))
        return Agreement.isSame(value, twin) && Agreement.isSame(gradients.0, gradients.1)
      }
      leaves[key] = twin.flatMap { leaves[sample.inputs[$0]] } ?? value.asLeaf()
    }
    return leaves
  }

  private func gradientProblem(
    _ module: any Module, _ outputs: [Tensor], _ leaves: [String: Tensor], _ sample: ModuleSample
  ) throws -> String? {
    if sample.cotangents.isEmpty { return nil }
    var wanted = zip(sample.inputs, sample.grads).map { (name: "gradient of \($0)", leaf: leaves[$0], key: $1) }
    let parameters = Dictionary(module.namedParameters().map { ($0.name, $0.tensor) }) { first, _ in first }
    for (name, key) in sample.parameterGrads.sorted(by: { $0.key < $1.key }) {
      guard let parameter = parameters[name] else { return "no parameter \(name)" }
      wanted.append((name: "gradient of \(name)", leaf: parameter, key: key))
    }
    let roots = try zip(outputs, sample.cotangents).compactMap { output, key in
      try key.map { (output: output, cotangent: try tensors($0)) }
    }
    if let root = roots.first(where: { !$0.output.requiresGrad }) { return "an output of shape \(root.output.shape) has no graph" }
    let found = gradients(
      of: roots.map(\.output), withRespectTo: wanted.compactMap(\.leaf), gradOutputs: roots.map(\.cotangent), allowUnused: true)
    for ((name, leaf, key), gradient) in zip(wanted, found) {
      guard let leaf else { continue }
      // No gradient at all is as good as a gradient of zeros.
      let actual = gradient ?? Tensor.zeros(like: leaf.detach())
      if let key {
        if let problem = try problem(actual, key, sample) { return "\(name): \(problem)" }
      } else if let problem = Agreement.problem(actual, Tensor.zeros(like: actual)) {
        return "\(name), expected none: \(problem)"
      }
    }
    return nil
  }

  private func stateProblem(
    _ module: any Module, _ expected: [String: String], _ sample: ModuleSample, _ what: String
  ) throws -> String? {
    let state = module.stateDict()
    if Set(state.names) != Set(expected.keys) { return "\(what) has \(state.names.sorted()), expected \(expected.keys.sorted())" }
    for (name, key) in expected.sorted(by: { $0.key < $1.key }) {
      guard let value = state[name] else { continue }
      if let problem = try problem(value, key, sample) { return "\(what), \(name): \(problem)" }
    }
    return nil
  }

  private func problem(_ actual: Tensor, _ key: String, _ sample: ModuleSample) throws -> String? {
    Agreement.problem(actual, try tensors(key), relative: relative, slack: 10 * (sample.noise[key] ?? 0))
  }

  func call(_ call: (args: [Argument], kwargs: [String: Argument]), _ known: [String: Tensor] = [:]) throws -> Call {
    var values = known
    func collect(_ argument: Argument) throws {
      if case .tensor(let key) = argument, values[key] == nil { values[key] = try tensors(key) }
      for element in argument.elements ?? [] { try collect(element) }
    }
    for argument in call.args { try collect(argument) }
    for argument in call.kwargs.values { try collect(argument) }
    return Call(args: call.args, kwargs: call.kwargs, tensors: values)
  }
}
