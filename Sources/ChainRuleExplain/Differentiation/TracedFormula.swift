public import ChainRule
public import ChainRuleSymbolic

/// Why a recorded computation is no formula.
public enum TraceError: ChainRuleError, Hashable {
  /// A tensor of the computation is no single number.
  case notScalar(shape: [Int])
  /// An operation has no counterpart among formulas.
  case noFormula(operation: String)
  /// A tensor was computed outside `recordingGraph`.
  case notRecorded(node: String)

  /// One line: what it met, and what to do.
  public var description: String {
    switch self {
    case .notScalar(let shape): "a tensor of shape \(shape) is no scalar: a formula is traced from single numbers"
    case .noFormula(let operation): "the operation \(operation) has no formula: trace a computation of scalar functions"
    case .notRecorded(let node): "\(node) was computed outside recordingGraph, which keeps what a formula needs: compute it inside"
    }
  }
}

extension Formula {
  /// The formula that a function of scalar tensors computes: runs it once, and reads its recorded graph.
  ///
  /// ```swift
  /// let f = try Formula(tracing: ["x"]) { $0[0].pow(2) * $0[0].sin() }
  /// f.derivative("x")                                     // x^2*cos(x) + 2*x*sin(x)
  /// ```
  /// Of branches and loops it sees the path taken at the point. Numbers that the function reads out with `item()` or `detach()` are
  /// constants to it, as they are to `backward()`.
  ///
  /// - Parameters:
  ///   - names: the variables, one for each tensor that the function takes.
  ///   - point: their values while it runs; 1 where none is given.
  ///   - f: the function.
  /// - Throws: `TraceError`; `TensorError` where an operation fails; what the function throws.
  public init(tracing names: [String], at point: [String: Double] = [:], _ f: ([Tensor]) throws -> Tensor) throws {
    let inputs = names.map { Tensor(point[$0] ?? 1, dtype: .float64, requiresGrad: true) }
    let output = try catching { try recordingTape { try recordingGraph { try f(inputs) } } }
    try self.init(of: output, inputs: zip(names, inputs).map { ($0, $1) })
  }

  /// The formula of a scalar tensor that was computed inside `recordingGraph`.
  ///
  /// A leaf among the inputs is the variable of that name; another leaf is the variable it was `named(_:)`, or, without a name, its value.
  /// - Throws: `TraceError`.
  public init(of output: Tensor, inputs: [(name: String, tensor: Tensor)]) throws(TraceError) {
    var done: [GraphPlace: Formula] = [:]
    for (name, tensor) in inputs { if let place = tensor.place { done[place] = .variable(name) } }
    self = try Trace(done).formula(output)
  }
}

/// A walk over a recorded graph from its result: inputs first, each tensor once, without recursion.
private struct Trace {
  private var done: [GraphPlace: Formula]

  init(_ known: [GraphPlace: Formula]) { done = known }

  consuming func formula(_ output: Tensor) throws(TraceError) -> Formula {
    guard output.count == 1 else { throw .notScalar(shape: output.shape) }
    var stack = [(tensor: output, isExpanded: false)]
    while let (tensor, isExpanded) = stack.popLast() {
      guard let place = tensor.place, done[place] == nil else { continue }
      if tensor.isLeaf {
        if let name = tensor.name { done[place] = .variable(name) } else { done[place] = try Self.constant(tensor) }
        continue
      }
      guard let record = tensor.record else { throw .notRecorded(node: tensor.gradFn?.name ?? "a tensor") }
      if isExpanded {
        done[place] = try Self.applied(record, operands(record))
      } else {
        stack.append((tensor, true))
        stack.append(contentsOf: record.inputs.map { ($0, false) })
      }
    }
    return try value(of: output)
  }

  private func operands(_ record: RecordedOperation) throws(TraceError) -> [Formula] {
    var operands: [Formula] = []
    for input in record.inputs { operands.append(try value(of: input)) }
    return operands
  }

  /// What has been found for a tracked tensor; the value of one that is not.
  private func value(of tensor: Tensor) throws(TraceError) -> Formula {
    if let place = tensor.place, let formula = done[place] { return formula }
    return try Self.constant(tensor)
  }

  private static func constant(_ tensor: Tensor) throws(TraceError) -> Formula {
    guard tensor.count == 1 else { throw .notScalar(shape: tensor.shape) }
    return TraceRules.exact(tensor.item())
  }

  private static func applied(_ record: RecordedOperation, _ operands: [Formula]) throws(TraceError) -> Formula {
    for input in record.inputs where input.count != 1 { throw .notScalar(shape: input.shape) }
    guard let rule = TraceRules.named[record.name], let formula = rule(operands, TraceRules.Attributes(record)) else {
      throw .noFormula(operation: record.name)
    }
    return formula
  }
}
