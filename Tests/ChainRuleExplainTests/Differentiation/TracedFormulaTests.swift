import ChainRule
import ChainRuleExplain
import ChainRuleSymbolic
import Testing

/// A recorded graph read back as a formula.
struct TracedFormulaTests {
  @Test func aTraceReadsAsTheCode() throws {
    #expect("\(try Formula(tracing: ["x"]) { $0[0].pow(2) * $0[0].sin() })" == "x^2*sin(x)")
    #expect("\(try Formula(tracing: ["x", "y"]) { 2 * $0[0] - $0[1] / 3 })" == "2*x - y/3")
    #expect("\(try Formula(tracing: ["x"]) { 1 - $0[0].exp() })" == "1 - exp(x)")
    #expect("\(try Formula(tracing: ["x"]) { _ in Tensor(2.5) })" == "2.5")
    #expect("\(try Formula(tracing: ["x"]) { $0[0] })" == "x")
  }

  @Test func activationsHaveTheirDerivatives() throws {
    let activations: [(String, @Sendable (Tensor) -> Tensor)] = [
      ("gelu", { $0.gelu() }), ("gelu tanh", { $0.gelu(approximate: .tanh) }), ("silu", { $0.silu() }),
      ("leaky", { $0.leakyRelu(negativeSlope: 0.1) }), ("log sigmoid", { $0.logSigmoid() }), ("clamp", { $0.clamp(min: -1, max: 1) }),
      ("rsqrt", { ($0 * $0 + 1).rsqrt() }), ("exp2", { $0.exp2() }), ("reciprocal", { ($0 + 9).reciprocal() }),
      ("pow", { Tensor.pow(2, $0) }), ("powers", { ($0 * $0 + 1).pow($0) }), ("shapes", { $0.reshaped(1, 1).squeezed().clone().sum() }),
    ]
    for (name, f) in activations {
      let formula = try Formula(tracing: ["x"]) { f($0[0]) }
      for x in [-2.3, -0.4, 0, 0.7, 1.9] {
        let tensor = Tensor(x, dtype: .float64)
        #expect((try formula.evaluate(["x": x]) - f(tensor).item()).magnitude < 1e-12, "\(name) at \(x)")
        let slope = try formula.derivative("x").evaluate(["x": x])
        #expect((slope - grad(f)(tensor).item()).magnitude < 1e-12, "\(name) at \(x)")
      }
    }
  }

  @Test func graphsOfLeavesAndNames() throws {
    let x = Tensor(3.0, requiresGrad: true), w = Tensor(2.0, requiresGrad: true).named("w"), b = Tensor(0.5, requiresGrad: true)
    let y = recordingGraph { (w * x + b).tanh() }
    #expect("\(try Formula(of: y, inputs: [("x", x)]))" == "tanh(w*x + 0.5)")
    #expect("\(try Formula(of: y, inputs: [("x", x), ("b", b)]))" == "tanh(w*x + b)")
    y.backward()
    #expect("\(try Formula(of: y, inputs: [("x", x), ("b", b)]))" == "tanh(w*x + b)")
  }

  @Test func readingOutMakesAConstant() throws {
    let formula = try Formula(tracing: ["x"], at: ["x": 3]) { $0[0] * $0[0].item() + $0[0].detach() }
    #expect("\(formula)" == "3*x + 3" || "\(formula)" == "3.0*x + 3")
  }

  @Test func whatIsNoFormulaSaysSo() throws {
    #expect(throws: TraceError.notScalar(shape: [3])) { try Formula(tracing: ["x"]) { ($0[0] * Tensor([1.0, 2.0, 3.0])).sum() } }
    #expect(throws: TraceError.noFormula(operation: "std")) { try Formula(tracing: ["x"]) { $0[0].reshaped(1).std() } }
    let x = Tensor(1.0, requiresGrad: true), y = x * 2
    #expect(throws: TraceError.notRecorded(node: "MulBackward0")) { try Formula(of: y, inputs: [("x", x)]) }
    #expect(throws: TensorError.self) { try Formula(tracing: ["x"]) { $0[0] + Tensor([1.0]).matmul(Tensor([[1.0], [2.0]])) } }
  }

  /// A chain as long as a training run is read, evaluated and let go without recursion.
  @Test func longChainsNeedNoStack() throws {
    let formula = try Formula(tracing: ["x"]) { inputs in (0..<50_000).reduce(inputs[0]) { y, _ in y * 0.5 + 1 } }
    #expect((try formula.evaluate(["x": 5]) - 2).magnitude < 1e-12)
  }
}
