import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
import Foundation
import Testing

/// Every module, optimizer and schedule of PyTorch's tables, compiled: the same bits as the same step run as it is, call after call.
@Suite struct CompiledTests {
  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("TrainingFixture")

  private func entries(_ kind: String, _ examine: (String, JSONValue, Tensors) throws -> String?) throws -> [String: String] {
    let source = try CaseSource(pack: Self.directory.appendingPathComponent("\(kind)-float32").path)
    var failures: [String: String] = [:]
    for name in source.names {
      let (entry, tensors) = try source.entry(name)
      for (i, sample) in (entry["samples"]?.array ?? []).enumerated() where failures[name] == nil {
        do {
          failures[name] = try catching { try examine(name, sample, tensors) }.map { "sample \(i), \($0)" }
        } catch {
          failures[name] = "sample \(i): \(error)"
        }
      }
    }
    return failures
  }

  @Test func everyModule() throws {
    let failures = try entries("modules") { name, sample, tensors in
      guard let make = ModuleTable.constructors[name] else { return "is in no table" }
      return try ModuleExaminer(make: make, tensors: tensors).compiledProblem(ModuleSample(sample), name)
    }
    for (name, failure) in failures.sorted(by: { $0.key < $1.key }) { Issue.record("\(name): \(failure)") }
  }

  /// Fifty steps with a rate that a schedule changes at each.
  @Test func everyOptimizer() throws {
    let failures = try entries("optimizers") { name, json, tensors in
      guard let make = OptimizerTable.constructors[name] else { return "is in no table" }
      let sample = try OptimizerSample(json)
      func twin() throws -> Training {
        let parameters = try sample.parameters.map { try tensors($0).asLeaf() }
        let optimizer = make([ParameterGroup(parameters, try sample.options.mapValues(OptimizerTable.option))])
        return Training(parameters, optimizer, name == "LBFGS" ? nil : ExponentialLR(optimizer, gamma: 0.95))
      }
      return Training.difference(try twin(), try twin())
    }
    for (name, failure) in failures.sorted(by: { $0.key < $1.key }) { Issue.record("\(name): \(failure)") }
  }

  @Test func everySchedule() throws {
    let path = Self.directory.appendingPathComponent("schedules.json").path
    for entry in try #require(try JSONParser.parse(FileBytes.read(path).array).array) {
      guard let name = entry["schedule"]?.string, let base = entry.numbers("base"), case .object(let arguments)? = entry["args"],
        // This one looks at a number, so that it stays outside.
        name != "ReduceLROnPlateau", let make = ScheduleTable.constructors[name]
      else { continue }
      func twin() throws -> Training {
        let parameters = base.map { Tensor([1, $0, -2]).asLeaf() }
        let optimizer = SGD(groups: zip(parameters, base).map { ParameterGroup([$0], ["lr": .number($1)]) }, lr: 0.1, momentum: 0.9)
        return Training(parameters, optimizer, try make(optimizer, Keywords(values: arguments)))
      }
      // OneCycleLR refuses to go further.
      #expect(Training.difference(try twin(), try twin(), steps: 40) == nil, "\(name)")
    }
  }
}

/// Parameters that are drawn to a minimum, step by step.
private struct Training {
  let parameters: [Tensor]
  let optimizer: Optimizer
  let schedule: LearningRateSchedule?

  init(_ parameters: [Tensor], _ optimizer: Optimizer, _ schedule: LearningRateSchedule?) {
    self.parameters = parameters
    self.optimizer = optimizer
    self.schedule = schedule
  }

  func loss(_ x: Tensor) -> Tensor {
    parameters.map { (($0 - x).square() + ($0 * 3).sin()).mean() }.reduce(Tensor(0.0)) { $0 + $1.to(.float32) }
  }

  func backward(_ x: Tensor) -> Tensor {
    optimizer.zeroGrad()
    let loss = loss(x)
    loss.backward()
    return loss
  }

  func step(_ x: Tensor) -> Tensor {
    let loss = backward(x)
    optimizer.step()
    schedule?.step()
    return loss
  }

  /// The first step at which the two trainings, one of them compiled, are not the same; nil where there is none in fifty.
  static func difference(_ eager: Training, _ other: Training, steps: Int = 50) -> String? {
    let compiled = compile { (x: Tensor) in other.step(x) }, gradients = compile { (x: Tensor) in other.backward(x) }
    for i in 0..<steps {
      let x = Tensor(Double(i % 7) * 0.1)
      if let searching = eager.optimizer as? LBFGS {
        // It asks for the loss as often as it likes: the question is what is compiled.
        searching.step { eager.backward(x) }
        other.optimizer.step { gradients(x) }
      } else {
        let a = eager.step(x), b = compiled(x)
        if !Agreement.isSame(a.detach(), b) { return "step \(i): loss \(b.item()), eager \(a.item())" }
        if let reason = compiled.reasonForEager { return "runs as it is: \(reason)" }
      }
      for (j, (p, q)) in zip(eager.parameters, other.parameters).enumerated() {
        if !Agreement.isSame(p.detach(), q.detach()) { return "step \(i): parameter \(j) differs" }
      }
      if eager.optimizer.groups.map(\.lr) != other.optimizer.groups.map(\.lr) { return "step \(i): the rates differ" }
    }
    return nil
  }
}

extension ModuleExaminer {
  /// The first thing in which a compiled call of the module, forward and backward, differs from the same call as it is; nil where nothing
  /// does in five calls with other inputs.
  func compiledProblem(_ sample: ModuleSample, _ name: String) throws -> String? {
    let eager = try Twin(self, sample), other = try Twin(self, sample)
    let compiled = compile { () -> [Tensor] in other.run() }
    for i in 0..<5 {
      for twin in [eager, other] {
        for key in sample.inputs { twin.leaves[key]?.data = try tensors(key) * (i == 0 ? 1 : 1 - 0.05 * Double(i)) }
      }
      let a = Generator.withDefault(eager.generator) { eager.run() }, b = Generator.withDefault(other.generator) { compiled() }
      if let reason = compiled.reasonForEager { return "runs as it is: \(reason)" }
      for (j, (p, q)) in zip(a, b).enumerated() where !Agreement.isSame(p.detach(), q.detach()) { return "call \(i): output \(j) differs" }
      for (p, q) in zip(eager.module.stateDict(), other.module.stateDict()) where !Agreement.isSame(p.tensor, q.tensor) {
        return "call \(i): \(p.name) differs"
      }
      for ((name, p), q) in zip(eager.cells, other.cells.map(\.tensor)) {
        guard let x = p.grad, let y = q.grad else {
          if (p.grad == nil) != (q.grad == nil) { return "call \(i): only one has a gradient of \(name)" }
          continue
        }
        if !Agreement.isSame(x, y) { return "call \(i): the gradient of \(name) differs" }
      }
    }
    return nil
  }

  /// A module with inputs of its own.
  private final class Twin {
    let module: any Module
    let leaves: [String: Tensor]
    let generator: Generator
    private let forward: (Call) throws -> [Tensor]
    private let call: Call

    init(_ examiner: ModuleExaminer, _ sample: ModuleSample) throws {
      generator = Generator(seed: sample.seed)
      let made = try Generator.withDefault(generator) {
        try withDefaultDType(sample.dtype) { try examiner.make(examiner.call(sample.constructor)) }
      }
      module = made.module
      forward = made.forward
      module.to(sample.dtype).train(sample.isTraining)
      leaves = try examiner.leaves(sample)
      call = try examiner.call(sample.forward, leaves)
    }

    var cells: [(name: String, tensor: Tensor)] {
      leaves.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
        + module.namedParameters().map { (name: $0.name, tensor: $0.tensor) }
    }

    func run() -> [Tensor] {
      for (_, cell) in cells { cell.grad = nil }
      let outputs = (try? forward(call)) ?? []
      let roots = outputs.filter(\.requiresGrad)
      if !roots.isEmpty { backward(roots, gradients: roots.map { Tensor.ones(like: $0) }) }
      return outputs
    }
  }
}
