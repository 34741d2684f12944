import ChainRule

/// Runs one sample through the table and compares: outputs, gradients, second derivatives, tangents.
struct Examiner {
  let name: String
  let implementation: OperatorTable.Implementation
  let tensors: Tensors

  /// One thing compared.
  struct Check {
    let name: String
    /// Nil where there is no gradient.
    let actual: Tensor?
    let expected: Argument
  }

  /// A check that failed.
  struct Failure: Error {
    let check: String
    let reason: String
  }

  func examine(_ sample: Sample) -> Failure? {
    if sample.isRefused {
      return refusal(of: sample) { $0 } == nil ? Failure(check: "call", reason: "answered, where PyTorch refuses") : nil
    }
    do {
      let checks = try self.checks(sample, widened: false)
      var exact: [Check]?
      for (i, check) in checks.enumerated() {
        if let prefix = OperatorTable.incomparable[name], check.name.hasPrefix(prefix) { continue }
        guard var problem = try problem(check, sample) else { continue }
        if let expected = try expectedTensor(check), expected.dtype == .float32 {
          if exact == nil { exact = try self.checks(sample, widened: true) }
          let reference = exact?[i].actual ?? Tensor.zeros(like: expected).to(.float64)
          let slack = Agreement.roundingDistance(expected, reference)
          guard let still = try self.problem(check, sample, slack: 10 * slack) else { continue }
          problem = still + ", PyTorch's own rounding \(slack)"
        }
        return Failure(check: check.name, reason: problem)
      }
      return nil
    } catch let failure as Failure {
      return failure
    } catch {
      return Failure(check: "call", reason: "\(error)")
    }
  }

  /// Why the call is refused with other tensors in the place of the sample's; nil where it has an answer.
  func refusal(of sample: Sample, replacing form: (Tensor) -> Tensor) -> String? {
    do {
      let call = try call(sample, form)
      _ = try catching { try implementation(call) }
      return nil
    } catch {
      return "\(error)"
    }
  }

  // MARK: Comparing

  private func expectedTensor(_ check: Check) throws -> Tensor? {
    if case .tensor(let key) = check.expected { return try tensors(key) }
    return nil
  }

  private func problem(_ check: Check, _ sample: Sample, slack: Double = 0) throws -> String? {
    switch check.expected {
    case .none:
      // No gradient at all is as good as a gradient of zeros.
      guard let actual = check.actual, let problem = Agreement.problem(actual, Tensor.zeros(like: actual)) else { return nil }
      return "expected none: \(problem)"
    case .tensor(let key):
      let expected = try tensors(key), relative = OperatorTable.approximations[name] ?? 1e-9
      let actual = check.actual ?? Tensor.zeros(like: expected)
      guard let problem = Agreement.problem(actual, expected, relative: relative, slack: slack) else { return nil }
      let call = try call(sample)
      if check.name.hasPrefix("output"), let dim = try OperatorTable.tieDimension[name]?(call),
        Agreement.isTie(actual, expected, of: try call.tensor(0), dim: dim)
      {
        return nil
      }
      return (check.actual == nil ? "missing: " : "") + problem
    default:
      guard let number = check.expected.number, let actual = check.actual, actual.count == 1, actual.item() == number else {
        return "\(check.actual.map(\.description) ?? "nothing"), expected \(check.expected)"
      }
      return nil
    }
  }

  // MARK: The four checks

  /// What is compared with what; `widened` computes in float64 what the sample has in float32.
  private func checks(_ sample: Sample, widened: Bool) throws -> [Check] {
    guard widened else { return try checks(sample) { $0 } }
    return try withDefaultDType(.float64) { try checks(sample) { $0.dtype == .float32 ? $0.to(.float64) : $0 } }
  }

  private func checks(_ sample: Sample, _ form: (Tensor) -> Tensor) throws -> [Check] {
    var result = try outputs(sample, form)
    if !sample.grads.isEmpty { result += try gradients(sample, form) }
    if let directions = sample.tangents { result += try tangents(sample, directions, form) }
    return result
  }

  private func call(
    _ sample: Sample, with replaced: [String: Tensor] = [:], _ form: (Tensor) -> Tensor = { $0 }
  ) throws -> Call {
    var values = replaced
    func collect(_ argument: Argument) throws {
      if case .tensor(let key) = argument, values[key] == nil { values[key] = form(try tensors(key)) }
      for element in argument.elements ?? [] { try collect(element) }
    }
    for argument in sample.args { try collect(argument) }
    for argument in sample.kwargs.values { try collect(argument) }
    let ranks = try sample.outputs.map { output in
      if case .tensor(let key) = output { return try tensors(key).rank }
      return 0
    }
    return Call(args: sample.args, kwargs: sample.kwargs, tensors: values, outputRanks: ranks)
  }

  private func outputs(_ sample: Sample, _ form: (Tensor) -> Tensor) throws -> [Check] {
    let call = try call(sample, form)
    let outputs = try catching { try implementation(call) }
    guard outputs.count == sample.outputs.count else {
      throw Failure(check: "outputs", reason: "\(outputs.count) outputs, expected \(sample.outputs.count)")
    }
    return zip(outputs, sample.outputs).enumerated().map { Check(name: "output \($0)", actual: $1.0, expected: $1.1) }
  }

  private func gradients(_ sample: Sample, _ form: (Tensor) -> Tensor) throws -> [Check] {
    let leaves = try sample.inputs.map { form(try tensors($0)).asLeaf() }
    let call = try call(sample, with: Dictionary(zip(sample.inputs, leaves)) { first, _ in first }, form)
    let (grads, second) = try catching { () -> ([Tensor?], [Tensor?]) in
      let outputs = try implementation(call)
      let grads = try pulledBack(outputs, sample.cotangents, to: leaves, again: true, form)
      guard let directions = sample.directions else { return (grads, []) }
      return (grads, try pulledBack(grads, directions, to: leaves, again: false, form))
    }
    func checks(_ name: String, _ found: [Tensor?], _ keys: [String?]) -> [Check] {
      zip(found, keys).enumerated().map { i, pair in
        Check(name: "\(name) \(i)", actual: pair.0, expected: pair.1.map { .tensor(key: $0) } ?? .none)
      }
    }
    return checks("grad", grads, sample.grads) + checks("second", second, sample.second)
  }

  /// The gradients for `leaves` of the outputs that have a cotangent and a graph.
  private func pulledBack(
    _ outputs: [Tensor?], _ cotangents: [String?], to leaves: [Tensor], again: Bool, _ form: (Tensor) -> Tensor
  ) throws -> [Tensor?] {
    var roots: [Tensor] = [], seeds: [Tensor?] = []
    for (output, key) in zip(outputs, cotangents) {
      guard let output, let key, output.requiresGrad else { continue }
      roots.append(output)
      seeds.append(form(try tensors(key)))
    }
    if roots.isEmpty { return leaves.map { _ in nil } }
    return ChainRule.gradients(
      of: roots, withRespectTo: leaves, gradOutputs: seeds, retainGraph: true, createGraph: again, allowUnused: true)
  }

  private func tangents(_ sample: Sample, _ tangents: [String?], _ form: (Tensor) -> Tensor) throws -> [Check] {
    let primals = try sample.inputs.map { form(try tensors($0)) }
    let directions = try tangents.map { form(try tensors($0 ?? "")) }
    return try sample.outputTangents.enumerated().compactMap { i, key in
      guard let key else { return nil }
      var thrown: (any Error)?
      let result = try catching {
        jvp(
          { x in
            do {
              let inner = try call(sample, with: Dictionary(zip(sample.inputs, x)) { first, _ in first }, form)
              return try implementation(inner)[i]
            } catch {
              thrown = error
              return x[0]
            }
          }, primals, directions)
      }
      if let thrown { throw thrown }
      return Check(name: "tangent \(i)", actual: result.tangent, expected: .tensor(key: key))
    }
  }
}
