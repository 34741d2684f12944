import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
import Foundation
import Testing

/// Every module and optimizer of PyTorch's own test tables and every schedule, with PyTorch's own answers.
///
/// The committed fixture has each configuration with a few steps; `TRAINING_CASES=DIR` names a directory of more, as the generator writes
/// them, in its place. What no table lists fails.
@Suite(.serialized) struct TrainingTests {
  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  /// The fixture's types, or what was asked for.
  private static var sets: [String] {
    ProcessInfo.processInfo.environment["TRAINING_CASES"].map { [URL(fileURLWithPath: $0).path] } ?? ["float32", "float64"]
  }

  /// One kind of entry: its name, the entries with their failures, nil where they pass.
  private typealias Results = (kind: String, entries: [(name: String, failure: String?)])

  @Test(arguments: sets) func everyEntryAgreesWithPyTorch(_ set: String) throws {
    let results = [try Self.modules(set), try Self.optimizers(set), try Self.schedules(set)]
    for (_, entries) in results {
      for case (let name, let failure?) in entries {
        print("\(name): \(failure)")
        Issue.record("\(name): \(failure)")
      }
    }
    for (kind, entries) in results {
      print((set.contains("/") ? "" : "\(set): ") + "\(entries.count { $0.failure == nil }) of \(entries.count) \(kind) pass")
    }
  }

  private static func report(_ body: () throws -> String?) -> String? {
    do { return try catching(body)?.replacingOccurrences(of: "\n", with: " ") } catch {
      return "\(error)".replacingOccurrences(of: "\n", with: " ")
    }
  }

  /// The cases of one kind: a directory of them, or a pack of the fixture.
  private static func source(_ set: String, _ kind: String) throws -> CaseSource {
    guard set.contains("/") else {
      return try CaseSource(pack: directory.appendingPathComponent("TrainingFixture/\(kind)-\(set)").path)
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: "\(set)/\(kind)")
    let names = files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
    return CaseSource(directory: "\(set)/\(kind)", names: names.sorted())
  }

  /// The entries of one kind; `examine` gives the failure of a sample, or is nil for a name that no table lists.
  private static func results(
    _ set: String, _ kind: String, _ examine: (String) -> ((JSONValue, Tensors) throws -> String?)?
  ) throws -> Results {
    let source = try source(set, kind)
    let entries = try source.names.map { name -> (name: String, failure: String?) in
      let (entry, tensors) = try source.entry(name)
      guard let samples = entry["samples"]?.array else { throw CaseError("\(name) has no samples") }
      guard let examine = examine(name) else { return (name, "is in no table") }
      let failures = samples.enumerated().compactMap { i, sample in
        report { try examine(sample, tensors) }.map { "sample \(i), \($0)" }
      }
      return (name, failures.first.map { "\($0) (\(failures.count) of \(samples.count) samples)" })
    }
    return (kind, entries)
  }

  // MARK: Modules

  private static func modules(_ set: String) throws -> Results {
    try results(set, "modules") { name in
      ModuleTable.constructors[name].map { make in
        { sample, tensors in
          let relative = ModuleTable.approximations[name] ?? 1e-9
          return try ModuleExaminer(make: make, relative: relative, tensors: tensors).failure(ModuleSample(sample))
        }
      }
    }
  }

  // MARK: Optimizers

  private static func optimizers(_ set: String) throws -> Results {
    try results(set, "optimizers") { name in
      OptimizerTable.constructors[name].map { make in
        { sample, tensors in try failure(name, make, OptimizerSample(sample), tensors) }
      }
    }
  }

  private static func failure(
    _ name: String, _ make: ([ParameterGroup]) -> Optimizer, _ sample: OptimizerSample, _ tensors: Tensors
  ) throws -> String? {
    func start(_ dtype: DType?) throws -> (optimizer: Optimizer, parameters: [Tensor]) {
      let parameters = try sample.parameters.map { key in
        let value = try tensors(key)
        return value.to(dtype ?? value.dtype).asLeaf()
      }
      return (make([ParameterGroup(parameters, try sample.options.mapValues(OptimizerTable.option))]), parameters)
    }
    let (optimizer, parameters) = try start(nil), isDouble = parameters[0].dtype == .float64
    // A search for the minimum ends where float32 sees no more progress: ten times the distance of PyTorch's end to the same search in
    // float64, which the float64 cases check, is allowed.
    let twin = sample.isSearch && !isDouble ? try start(.float64) : nil
    // The quadratic loss has no largest value: the steps run away, and rounding decides how far a search goes, and when float32 ends. The
    // first loss is PyTorch's then, and the next one larger.
    let runsAway = sample.maximizes && (!isDouble || sample.searchesLines)
    var slack = 0.0, first = Double.nan
    for (step, after) in sample.after.enumerated() {
      let before = parameters.map { $0.detach() }
      if let twin { _ = try sample.step(step, twin.optimizer, twin.parameters, tensors) }
      if let loss = try sample.step(step, optimizer, parameters, tensors) {
        if runsAway, step > 0 { return loss.actual > first ? nil : "step \(step): loss \(loss.actual) after \(first)" }
        first = loss.actual
        let difference = abs(loss.actual - loss.expected)
        if !(difference <= (isDouble ? 1e-9 : 1e-4) * abs(loss.expected) + (isDouble ? 1e-10 : 1e-6)) {
          return "step \(step): loss \(loss.actual), expected \(loss.expected)"
        }
      }
      for (i, key) in after.enumerated() where !runsAway {
        let expected = try tensors(key)
        if let share = OptimizerTable.roundedSteps[name] { slack += share * (expected - before[i]).abs().max().item() }
        if let twin {
          let noise = Agreement.roundingDistance(expected, twin.parameters[i].detach())
          slack = noise <= 1e-2 * max(1, expected.abs().max().item()) ? 10 * noise : 0
        }
        if let problem = Agreement.problem(parameters[i].detach(), expected, slack: slack) {
          return "step \(step), parameter \(i): \(problem)"
        }
      }
    }
    return nil
  }

  // MARK: Schedules

  private static func schedules(_ set: String) throws -> Results {
    let path = set.contains("/") ? set + "/schedules.json" : directory.appendingPathComponent("TrainingFixture/schedules.json").path
    guard let cases = try JSONParser.parse(FileBytes.read(path).array).array else { throw CaseError("\(path) is no list") }
    let entries = try cases.map { entry -> (name: String, failure: String?) in
      guard let name = entry["schedule"]?.string else { throw CaseError("a schedule without a name") }
      return (name, report { try failure(name, entry) })
    }
    return ("schedules", entries)
  }

  private static func failure(_ name: String, _ entry: JSONValue) throws -> String? {
    guard let base = entry.numbers("base"), let rates = entry.table("rates"), let momenta = entry.table("momenta"),
      case .object(let arguments)? = entry["args"]
    else { throw CaseError("a schedule without base, args, rates or momenta") }
    let optimizer = SGD(
      groups: base.map { ParameterGroup([Tensor.zeros(1, requiresGrad: true)], ["lr": .number($0)]) }, lr: 0.1, momentum: 0.9)
    let metrics = entry.numbers("metrics") ?? [], keywords = Keywords(values: arguments)
    let step: (Int) -> Void
    if name == "ReduceLROnPlateau" {
      let schedule = try ScheduleTable.plateau(optimizer, keywords)
      step = { schedule.step(metrics[$0]) }
    } else {
      guard let make = ScheduleTable.constructors[name] else { return "is in no table" }
      let schedule = try make(optimizer, keywords)
      step = { _ in schedule.step() }
    }
    for epoch in rates.indices {
      if epoch > 0 {
        optimizer.step()
        step(epoch - 1)
      }
      for (i, group) in optimizer.groups.enumerated() {
        for (what, actual, expected) in [
          ("rate", group.lr, rates[epoch][i]), ("momentum", group.number("momentum"), momenta[epoch][i]),
        ] where !(abs(actual - expected) <= 1e-9 * abs(expected) + 1e-10) {
          return "epoch \(epoch), \(what) of group \(i): \(actual), expected \(expected)"
        }
      }
    }
    return nil
  }

  /// A module that is wrong in just one way.
  enum WrongWay: String, CaseIterable {
    case printing = "prints"
    case state = "state has"
    case value = "output 0: error"
    case inputGradient = "gradient of t"
    case parameterGradient = "gradient of weight: error"

    final class PReLU: Layer {
      let way: WrongWay
      let weight: Tensor
      let surplus: Tensor?
      init(_ way: WrongWay) {
        self.way = way
        weight = Tensor([0.25, 0.25, 0.25], dtype: .float64).asParameter()
        surplus = way == .state ? Tensor([1.0]).asParameter() : nil
      }
      func callAsFunction(_ x: Tensor) -> Tensor {
        switch way {
        case .value: x.prelu(weight) + 1
        case .inputGradient: x.detach().prelu(weight) + 0 * x
        case .parameterGradient: x.prelu(weight.detach()) + 0 * weight.sum()
        default: x.prelu(weight)
        }
      }
      var extraDescription: String { way == .printing ? "" : "num_parameters=3" }
    }
  }

  /// The suite can fail: each check finds the module that is wrong in its way.
  @Test(arguments: WrongWay.allCases) func wrongModulesAreFound(_ way: WrongWay) throws {
    let (entry, tensors) = try Self.source("float64", "modules").entry("PReLU")
    let samples = try #require(entry["samples"]?.array).map(ModuleSample.init)
    let sample = try #require(samples.first { $0.text == "PReLU(num_parameters=3)" })
    let make = ModuleTable.layer { _ in WrongWay.PReLU(way) }
    let failure = try ModuleExaminer(make: make, tensors: tensors).failure(sample)
    #expect(failure?.hasPrefix(way.rawValue) == true, "\(failure ?? "nothing found")")
  }

  /// The suite can fail: a wrong rule and an unknown name are found.
  @Test func wrongRulesAreFound() throws {
    let source = try Self.source("float64", "optimizers")
    let (entry, tensors) = try source.entry("Adam")
    let sample = try OptimizerSample(try #require(entry["samples"]?.array?.first))
    #expect(try Self.failure("Adam", { Adam(groups: $0) }, sample, tensors) == nil)
    #expect(try Self.failure("Adam", { AdamW(groups: $0) }, sample, tensors)?.hasPrefix("step 0, parameter 0: error") == true)
    let text =
      #"{"schedule": "StepLR", "args": {"step_size": 1, "gamma": 0.5}, "base": [1], "rates": [[1], [0.5], [0.3]], "momenta": [[0.9], [0.9], [0.9]]}"#
    let schedule = try JSONParser.parse(Array(text.utf8))
    #expect(try Self.failure("StepLR", schedule) == "epoch 2, rate of group 0: 0.25, expected 0.3")
    #expect(try Self.failure("NoSuchLR", schedule) == "is in no table")
  }
}

/// One configuration of an optimizer, with the parameters after each step.
struct OptimizerSample {
  let options: [String: Argument]
  let parameters: [String]
  let after: [[String]]
  private let gradients: [[String]]
  /// For an optimizer that calls a closure: the matrix and the vector of a quadratic loss, and what the steps return.
  private let quadratic: (matrix: String, vector: String, losses: [Double])?

  init(_ json: JSONValue) throws {
    func keys(_ name: String) -> [[String]] { json[name]?.array?.map { $0.array?.compactMap(\.string) ?? [] } ?? [] }
    guard case .object(let options)? = json["kwargs"], let parameters = json["params"]?.array?.compactMap(\.string) else {
      throw CaseError("a sample without kwargs or params")
    }
    self.options = try options.mapValues(Argument.init)
    self.parameters = parameters
    after = keys("after")
    gradients = keys("grads")
    if json["closure"]?.string == "quadratic", let matrix = json["matrix"]?.string, let vector = json["vector"]?.string,
      let losses = json.numbers("losses")
    {
      quadratic = (matrix, vector, losses)
    } else {
      quadratic = nil
    }
    guard !after.isEmpty, quadratic.map({ $0.losses.count == after.count }) ?? (gradients.count == after.count) else {
      throw CaseError("a sample without steps")
    }
  }

  /// Whether each step searches for the minimum of a loss.
  var isSearch: Bool { quadratic != nil }
  /// Whether that is for its maximum, which it does not have.
  var maximizes: Bool { if isSearch, case .bool(true)? = options["maximize"] { true } else { false } }
  var searchesLines: Bool { if case .string? = options["line_search_fn"] { true } else { false } }

  /// Makes one step; where there is a closure, the loss that it returned and the one that PyTorch's did.
  func step(
    _ step: Int, _ optimizer: Optimizer, _ parameters: [Tensor], _ tensors: Tensors
  ) throws -> (actual: Double, expected: Double)? {
    guard let quadratic else {
      for (parameter, key) in zip(parameters, gradients[step]) { parameter.grad = try tensors(key) }
      optimizer.step()
      return nil
    }
    let dtype = parameters[0].dtype
    let matrix = try tensors(quadratic.matrix).to(dtype), vector = try tensors(quadratic.vector).to(dtype)
    let loss = optimizer.step {
      optimizer.zeroGrad()
      var loss = Tensor(0.0, dtype: matrix.dtype)
      for parameter in parameters {
        let p = parameter.flattened(), n = p.count
        loss = loss + 0.5 * (p * matrix[0..<n, 0..<n].matmul(p)).sum() - (vector[0..<n] * p).sum()
      }
      loss.backward()
      return loss
    }
    return (loss.item(), quadratic.losses[step])
  }
}

extension JSONValue {
  /// A list of numbers.
  func numbers(_ name: String) -> [Double]? { self[name]?.array?.compactMap(\.number) }

  /// A list of lists of numbers.
  func table(_ name: String) -> [[Double]]? { self[name]?.array?.map { $0.array?.compactMap(\.number) ?? [] } }

  private var number: Double? {
    switch self {
    case .real(let number): number
    case .integer(let number): Double(number)
    default: nil
    }
  }
}
