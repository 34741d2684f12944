import ChainRule

/// Runs one sample through the table and compares: outputs, gradients, second derivatives, tangents.
struct Examiner {
  let name: String
  let implementation: OperatorTable.Implementation
  let tensors: Tensors

  private var relative: Double { OperatorTable.approximations[name] ?? 1e-9 }

  /// A check that failed.
  struct Failure: Error {
    let check: String
    let reason: String
  }

  func examine(_ sample: Sample) -> Failure? {
    do {
      try checkOutputs(sample)
      if !sample.grads.isEmpty { try checkGradients(sample) }
      if let tangents = sample.tangents { try checkTangents(sample, tangents) }
      return nil
    } catch let failure as Failure {
      return failure
    } catch {
      return Failure(check: "call", reason: "\(error)")
    }
  }

  private func call(_ sample: Sample, with replaced: [String: Tensor] = [:]) throws -> Call {
    var values = replaced
    func collect(_ argument: Argument) throws {
      if case .tensor(let key) = argument, values[key] == nil { values[key] = try tensors(key) }
      for element in argument.elements ?? [] { try collect(element) }
    }
    for argument in sample.args { try collect(argument) }
    for argument in sample.kwargs.values { try collect(argument) }
    return Call(args: sample.args, kwargs: sample.kwargs, tensors: values)
  }

  private func compare(_ actual: Tensor?, _ key: String?, _ check: String) throws {
    guard let key else {
      // No gradient at all is as good as a gradient of zeros.
      if let actual, let problem = Agreement.problem(actual, Tensor.zeros(like: actual)) {
        throw Failure(check: check, reason: "expected none: \(problem)")
      }
      return
    }
    let expected = try tensors(key)
    if let problem = Agreement.problem(actual ?? Tensor.zeros(like: expected), expected, relative: relative) {
      throw Failure(check: check, reason: (actual == nil ? "missing: " : "") + problem)
    }
  }

  // MARK: The four checks

  private func checkOutputs(_ sample: Sample) throws {
    let call = try call(sample)
    let outputs = try catching { try implementation(call) }
    guard outputs.count == sample.outputs.count else {
      throw Failure(check: "outputs", reason: "\(outputs.count) outputs, expected \(sample.outputs.count)")
    }
    for (i, expected) in sample.outputs.enumerated() {
      switch expected {
      case .tensor(let key):
        let value = try tensors(key)
        guard let problem = Agreement.problem(outputs[i], value, relative: relative) else { continue }
        if let dim = try OperatorTable.tieDimension[name]?(call),
          Agreement.isTie(outputs[i], value, of: try call.tensor(0), dim: dim)
        {
          continue
        }
        throw Failure(check: "output \(i)", reason: problem)
      default:
        guard let number = expected.number, outputs[i].count == 1, outputs[i].item() == number else {
          throw Failure(check: "output \(i)", reason: "\(outputs[i]), expected \(expected)")
        }
      }
    }
  }

  private func checkGradients(_ sample: Sample) throws {
    let leaves = try sample.inputs.map { try tensors($0).asLeaf() }
    let call = try call(sample, with: Dictionary(zip(sample.inputs, leaves)) { first, _ in first })
    let (grads, second) = try catching { () -> ([Tensor?], [Tensor?]) in
      let outputs = try implementation(call)
      let grads = try pulledBack(outputs, sample.cotangents, to: leaves, again: true)
      guard let directions = sample.directions else { return (grads, []) }
      return (grads, try pulledBack(grads, directions, to: leaves, again: false))
    }
    for (i, key) in sample.grads.enumerated() { try compare(grads[i], key, "grad \(i)") }
    guard sample.directions != nil else { return }
    for (i, key) in sample.second.enumerated() { try compare(second[i], key, "second \(i)") }
  }

  /// The gradients for `leaves` of the outputs that have a cotangent and a graph.
  private func pulledBack(_ outputs: [Tensor?], _ cotangents: [String?], to leaves: [Tensor], again: Bool) throws -> [Tensor?] {
    var roots: [Tensor] = [], seeds: [Tensor?] = []
    for (output, key) in zip(outputs, cotangents) {
      guard let output, let key, output.requiresGrad else { continue }
      roots.append(output)
      seeds.append(try tensors(key))
    }
    if roots.isEmpty { return leaves.map { _ in nil } }
    return gradients(
      of: roots, withRespectTo: leaves, gradOutputs: seeds, retainGraph: true, createGraph: again, allowUnused: true)
  }

  private func checkTangents(_ sample: Sample, _ tangents: [String?]) throws {
    let primals = try sample.inputs.map { try tensors($0) }
    let directions = try tangents.map { try tensors($0 ?? "") }
    for (i, key) in sample.outputTangents.enumerated() {
      guard let key else { continue }
      var thrown: (any Error)?
      let result = try catching {
        jvp(
          { x in
            do {
              let inner = try call(sample, with: Dictionary(zip(sample.inputs, x)) { first, _ in first })
              return try implementation(inner)[i]
            } catch {
              thrown = error
              return x[0]
            }
          }, primals, directions)
      }
      if let thrown { throw thrown }
      try compare(result.tangent, key, "tangent \(i)")
    }
  }
}
