import ChainRule
import ChainRuleNN
import Testing

@testable import ChainRuleExplain
@testable import ChainRuleSymbolic

/// Every function of formulas is a tensor operation whose trace is that function; every operation on single numbers has its formula.
struct TracedOperationsTests {
  /// Where all functions but acosh are smooth.
  private static func point(of function: Formula.Function) -> [Double] { function.name == "acosh" ? [1.8] : [0.37, -0.59] }

  @Test(arguments: Formula.Function.all)
  func aFunctionComesBackAsItself(_ function: Formula.Function) throws {
    let names = ["x", "y"].prefix(function.arity).map(\.self), formula = Formula.call(function, names.map(Formula.variable))
    let tensorFunction = try formula.tensorFunction(names)
    let point = Dictionary(uniqueKeysWithValues: zip(names, Self.point(of: function)))
    let traced = try Formula(tracing: names, at: point) { tensorFunction($0) }
    #expect(traced == formula, "\(formula) came back as \(traced)")
    let inputs = names.map { Tensor(point[$0] ?? .nan, dtype: .float64) }
    #expect(tensorFunction(inputs).item().isClose(try formula.evaluate(point)))
    // It is drawn under its own name, or under the core's.
    let graph = try formula.gradientGraph(at: point)
    #expect(graph.nodes[graph.root].operation == (["max": "maximum", "min": "minimum"][function.name] ?? function.name))
  }

  /// The operations that say nothing of a single number, or of whose rules formulas know none.
  private static let withoutFormula: Set<String> = [
    "var", "std", "logcumsumexp",
  ]

  @Test(arguments: Catalog.all.filter(\.isDifferentiable))
  func anOperationOnNumbersHasItsFormula(_ info: OperationInfo) throws {
    var random = SplitMix64(seed: 16)
    for sample in info.samples where sample.inputs.allSatisfy({ $0.shape.isEmpty }) {
      let isVariable = sample.inputs.map(\.domain.isDifferentiable), names = sample.inputs.indices.map { "x\($0)" }
      let values = sample.inputs.map { $0.domain.number(&random) }
      let inputs = zip(sample.inputs, values).map { input, value in
        switch input.domain {
        case .index: Tensor(value, dtype: .int64)
        case .mask: Tensor(value, dtype: .bool)
        default: Tensor(value, dtype: .float64)
        }
      }
      let call: ([Tensor]) -> Tensor = { given in
        var rest = given[...]
        return sample.call(zip(inputs, isVariable).map { $1 ? rest.removeFirst() : $0 })
      }
      let variables = zip(names, isVariable).filter(\.1).map(\.0)
      let leaves = zip(inputs, isVariable).filter(\.1).map(\.0), point = Dictionary(uniqueKeysWithValues: zip(names, values))
      guard call(leaves).shape.isEmpty else { continue }
      if Self.withoutFormula.contains(info.name) {
        #expect(throws: TraceError.noFormula(operation: info.name)) { try Formula(tracing: variables, at: point, call) }
        continue
      }
      let formula = try Formula(tracing: variables, at: point, call)
      #expect(try formula.evaluate(point).isClose(call(leaves).item()), "\(info.name) \(sample.label) became \(formula)")
      for (variable, gradient) in zip(variables, grad(call)(leaves)) {
        let slope = try formula.derivative(variable).evaluate(point)
        #expect(slope.isClose(gradient.item()), "\(info.name) \(sample.label) became \(formula), for \(variable)")
      }
    }
  }

  private typealias Loss = @Sendable (Tensor, Tensor) -> Tensor

  /// The losses with all they can be told, at points on both sides of every bend.
  private static let losses: [(name: String, formula: String, options: String, points: [(Double, Double)], loss: Loss)] = [
    ("mseLoss", "(x - t)^2", "reduction: mean", [(0.7, 0.2)], { mseLoss($0, $1) }),
    ("mseLoss", "(x - t)^2", "reduction: sum", [(0.7, 0.2)], { mseLoss($0, $1, reduction: .sum) }),
    ("mseLoss", "(x - t)^2", "reduction: none", [(0.7, 0.2)], { mseLoss($0, $1, reduction: .none) }),
    (
      "huberLoss", "min(abs(x - t), 0.5)*(abs(x - t) - min(abs(x - t), 0.5)/2)", "reduction: mean, delta: 0.5",
      [(0.7, 0.4), (2, -1), (-3, 1)], { huberLoss($0, $1, delta: 0.5) }
    ),
    (
      "smoothL1Loss", "min(abs(x - t), 0.5)*(abs(x - t) - min(abs(x - t), 0.5)/2)/0.5", "reduction: sum, beta: 0.5",
      [(0.7, 0.4), (2, -1)], { smoothL1Loss($0, $1, beta: 0.5, reduction: .sum) }
    ),
    (
      "binaryCrossEntropy", "-(t*log(x) + (1 - t)*log(1 - x))", "reduction: mean", [(0.7, 0.2), (0.1, 1)],
      { binaryCrossEntropy($0, $1) }
    ),
    (
      "binaryCrossEntropyWithLogits", "(1 - t)*x + softplus(-x)", "reduction: none", [(0.7, 0.2), (-3, 1)],
      { binaryCrossEntropyWithLogits($0, $1, reduction: .none) }
    ),
  ]

  @Test func eachLossHasItsNameItsOptionsInWordsAndItsFormula() throws {
    for (name, text, options, points, loss) in Self.losses {
      for (x, t) in points {
        let formula = try Formula(tracing: ["x", "t"], at: ["x": x, "t": t]) { loss($0[0], $0[1]) }
        #expect("\(formula)" == text)
        let inputs = [x, t].map { Tensor($0, dtype: .float64) }
        #expect(try formula.evaluate(["x": x, "t": t]).isClose(loss(inputs[0], inputs[1]).item()), "\(name) at \(x), \(t)")
        for (variable, gradient) in zip(["x", "t"], grad { loss($0[0], $0[1]) }(inputs)) {
          #expect(try formula.derivative(variable).evaluate(["x": x, "t": t]).isClose(gradient.item()), "\(name) at \(x), \(t)")
        }
        let leaf = inputs[0].named("x").asLeaf(), graph = GradientGraph { loss(leaf, inputs[1].named("t")) }
        #expect(graph.tree().hasPrefix("L = \(name)(x, t, \(options)) "), "\(graph.tree())")
        #expect(graph.explanation().contains("L = \(name)(x, t, \(options)) = \(name)("))
        #expect(try graph.html().contains("\"\(name)\"") && graph.svg().contains(">L = \(name.prefix(24))"))
      }
    }
  }

  @Test func whatWasTakenIsTheFormula() throws {
    let rectified: ([Tensor]) -> Tensor = { Tensor.where($0[0] .> 0, $0[0], 0.1 * $0[0]) }
    #expect("\(try Formula(tracing: ["x"], at: ["x": 2], rectified))" == "x")
    #expect("\(try Formula(tracing: ["x"], at: ["x": -2], rectified))" == "0.1*x")
    // The logarithm of 0 counts as -100.
    let cut = try Formula(tracing: ["p"], at: ["p": 0]) { binaryCrossEntropy($0[0], Tensor(0.25, dtype: .float64)) }
    #expect(try cut.evaluate(["p": 0]) == 25)
    #expect(throws: TraceError.notScalar(shape: [2])) { try Formula(tracing: ["x"]) { cat([$0[0].reshaped(1), $0[0].reshaped(1)]) } }
  }
}

extension Double {
  fileprivate func isClose(_ other: Double) -> Bool { self == other || (self - other).magnitude < 1e-12 * max(1, other.magnitude) }
}

extension Domain {
  /// A number of the domain.
  fileprivate func number(_ random: inout SplitMix64) -> Double {
    switch self {
    case .interval(let low, let high): return Double.random(in: low...high, using: &random)
    case .avoiding(let kinks, let gap, let low, let high):
      while true {
        let value = Double.random(in: low...high, using: &random)
        if kinks.allSatisfy({ (value - $0).magnitude > gap }) { return value }
      }
    case .distinct: return Double.random(in: -1...1, using: &random)
    case .index(let bound): return Double(Int.random(in: 0..<bound, using: &random))
    case .mask: return Bool.random(using: &random) ? 1 : 0
    }
  }
}
