import ChainRule
import TestSupport
import Testing

@testable import ChainRuleExplain

/// Named layers over named variables, by differences and by the engine.
struct LayerGraphTests {
  private func passed(_ kind: LayerGraph.LocalGradients) throws -> LayerGraph {
    var net = LayerGraph.example(gradients: kind)
    try net.forward()
    try net.backward(from: "j")
    return net
  }

  @Test func theWrittenExample() throws {
    var net = LayerGraph()
    net["x1"] = 13
    net["w1"] = 1
    net.layer("f", inputs: ["w1", "x1"]) { $0[0] * $0[1] }
    try net.forward()
    #expect(net["f"] == 13)
    #expect((net.localGradient(of: "f", withRespectTo: "w1") ?? 0) - 13 < 1e-3)
    try net.backward(from: "f")
    net.update(["w1"], lr: 1e-3)
    #expect(((net["w1"] ?? 0) - 0.987).magnitude < 1e-6)
    #expect(net["f"] == nil)
  }

  @Test func automaticGradientsAreExact() throws {
    let net = try passed(.automatic)
    #expect(["f", "g", "h", "i", "j"].map { net[$0] } == [50, 105, 891, 1202, 3295])
    let exact: [String: Double] = [
      "w1": 247, "w2": 266, "w3": 286, "w4": 308, "w5": 50, "w6": 105, "w7": 100, "w8": 210, "b1": 19, "b2": 22, "b3": 1, "b4": 2,
      "x1": 85, "x2": 126, "f": 19, "g": 22, "h": 1, "i": 2, "j": 1,
    ]
    #expect(net.gradients == exact)
    #expect(net.localGradient(of: "i", withRespectTo: "g") == 8)
  }

  /// Five local differences multiplied; the digits are IEEE arithmetic's and so the same everywhere.
  @Test func numericGradientsAreOffByTheirRounding() throws {
    let net = try passed(.numeric(step: 1e-10))
    let gradient = try #require(net.gradients["w1"])
    #expect((gradient - 247.13).magnitude < 0.005)
    #expect(gradient == 247.1311126871836)
    var moved = net
    moved["w1"] = 1 + 1e-10
    try moved.forward()
    let direct = ((moved["j"] ?? 0) - (net["j"] ?? 0)) / 1e-10
    #expect((direct - 247.0006).magnitude < 5e-5)
    #expect((try passed(.numeric(step: 1e-6)).gradients["w1"] ?? 0) - 247 < 1e-4)
  }

  @Test func eachLayerIsVisitedOnceConsumersFirst() throws {
    var net = LayerGraph(gradients: .automatic)
    net["x"] = 1.5
    // A ladder: 2^20 paths, 20 layers; each reads the one before twice.
    net.layer("l0", inputs: ["x"]) { $0[0] }
    for k in 1...20 { net.layer("l\(k)", inputs: ["l\(k - 1)", "l\(k - 1)"]) { $0[0] + $0[1] } }
    net.layer("unused", inputs: ["l20"]) { $0[0] * 3 }
    try net.forward()
    try net.backward(from: "l20")
    #expect(net.gradients["x"] == 1_048_576)
    #expect(net.visits.count == 21)
    #expect(net.visits.values.allSatisfy { $0 == 1 })
    #expect(net.visitOrder == (0...20).reversed().map { "l\($0)" })
    #expect(net.visits["unused"] == nil)
    // Read twice, counted twice.
    #expect(net.localGradient(of: "l1", withRespectTo: "l0") == 2)
  }

  @Test func theOrderOfDefinitionDoesNotMatter() throws {
    var net = LayerGraph(gradients: .automatic)
    net.layer("c", inputs: ["b", "a"]) { $0[0] * $0[1] }
    net.layer("b", inputs: ["a"]) { $0[0].exp() }
    net.layer("a", inputs: ["x"]) { $0[0].square() }
    net["x"] = 0.5
    try net.forward()
    try net.backward(from: "c")
    let x = 0.5
    #expect(((net.gradients["x"] ?? 0) - (2 * x * (1 + x * x)) * 1.2840254166877414).magnitude < 1e-14)
    try net.backward(from: "a", seed: 3)
    #expect(net.gradients["x"] == 3)
    #expect(net.gradients["c"] == nil)
  }

  @Test func bothWaysAgreeOnEveryFunction() throws {
    let functions: [(String, LayerGraph.Function)] = [
      ("exp", { $0[0].exp() }), ("log", { $0[0].log() }), ("sqrt", { $0[0].sqrt() }), ("sin", { $0[0].sin() }), ("cos", { $0[0].cos() }),
      ("tanh", { $0[0].tanh() }), ("sigmoid", { $0[0].sigmoid() }), ("relu", { $0[0].relu() }), ("abs", { $0[0].abs() }),
      ("pow", { $0[0].pow(2.5) }), ("quotient", { 3 / $0[0] - $0[0] / 2 + -$0[0] * 0.5 }), ("constant", { _ in 4 }),
      ("branch", { $0[0].value > 0 ? $0[0] * 2 : 0 - $0[0] }), ("both", { $0[0] / $0[0] - $0[0] * $0[0] + $0[0] }),
    ]
    for (name, function) in functions {
      var results: [(Double, Double)] = []
      for kind in [LayerGraph.LocalGradients.automatic, .numeric(step: 1e-7)] {
        var net = LayerGraph(gradients: kind)
        net["x"] = 0.8
        net.layer("y", inputs: ["x"], function)
        try net.forward()
        results.append((try #require(net["y"]), try #require(net.localGradient(of: "y", withRespectTo: "x"))))
      }
      #expect(results[0].0 == results[1].0)
      #expect((results[0].1 - results[1].1).magnitude < 1e-5, "\(name): \(results)")
    }
  }

  @Test func mistakesAreNamed() throws {
    var net = LayerGraph.example()
    net.layer("f", inputs: ["x1"]) { $0[0] }
    #expect(throws: LayerGraphError.duplicateLayer("f")) { try net.forward() }
    // Reported once; the graph is as it was before the mistake.
    try net.forward()
    net["g"] = 1
    #expect(throws: LayerGraphError.nameInUse("g")) { try net.forward() }
    net.layer("x1", inputs: ["w1"]) { $0[0] }
    #expect(throws: LayerGraphError.nameInUse("x1")) { try net.forward() }
    try net.forward()
    #expect(throws: LayerGraphError.unknownName("q", known: net.variableNames + net.layerNames)) { try net.backward(from: "q") }
    net.update(["w1"], lr: 1)
    #expect(throws: LayerGraphError.noGradient(variable: "w1")) { try net.forward() }
    net.update(["nobody"], lr: 1)
    #expect(throws: LayerGraphError.unknownName("nobody", known: net.variableNames + net.layerNames)) { try net.forward() }
    #expect(net["nobody"] == nil)
    #expect(net.localGradient(of: "f", withRespectTo: "w3") == nil)
    #expect(net.localGradient(of: "nobody", withRespectTo: "w3") == nil)

    var fresh = LayerGraph.example()
    #expect(throws: LayerGraphError.notForward("j")) { try fresh.backward(from: "j") }
    fresh.layer("k", inputs: ["j", "typo"]) { $0[0] + $0[1] }
    let error = #expect(throws: LayerGraphError.self) { try fresh.forward() }
    #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("layer 'k' reads 'typo', which is neither a variable nor a layer; known are b1"))
  }

  @Test func circlesAreShown() throws {
    var net = LayerGraph()
    net["x"] = 1
    net.layer("before", inputs: ["x"]) { $0[0] }
    net.layer("after", inputs: ["c"]) { $0[0] }
    net.layer("a", inputs: ["before", "c"]) { $0[0] + $0[1] }
    net.layer("b", inputs: ["a"]) { $0[0] }
    net.layer("c", inputs: ["b"]) { $0[0] }
    let error = #expect(throws: LayerGraphError.self) { try net.forward() }
    guard case .cycle(let names)? = error else { return }
    #expect(Set(names) == ["a", "b", "c"])
    var own = LayerGraph()
    own.layer("a", inputs: ["a"]) { $0[0] }
    #expect(throws: LayerGraphError.cycle(["a"])) { try own.forward() }
  }

  @Test func longChainsNeedNoStack() throws {
    var net = LayerGraph(gradients: .numeric(step: 1e-6))
    net["l0"] = 1
    for k in 1...20_000 { net.layer("l\(k)", inputs: ["l\(k - 1)"]) { $0[0] + 1 } }
    try net.forward()
    try net.backward(from: "l20000")
    #expect(net["l20000"] == 20_001)
    #expect(net.visits.count == 20_000)
  }

  @Test func itLearnsToRepeatItsInput() throws {
    for kind in [LayerGraph.LocalGradients.automatic, .numeric(step: 1e-10)] {
      var net = LayerGraph.example(gradients: kind)
      let losses = try net.train(LayerGraph.exampleParameters, output: "j", on: LayerGraph.exampleSamples, epochs: 100, lr: 1e-3)
      #expect(losses.count == 100)
      #expect(losses[99] < 1e-10 && losses[99] < losses[0])
      let answer = try net.predict("j", ["x1": 1000, "x2": 1000])
      #expect((answer - 1000).magnitude < 0.02)
    }
  }

  /// The picture shows what is there: after the passes values, gradients and local derivatives, before them names alone.
  @Test func thePictureHasEveryNumber() throws {
    let text = try LayerGraphWalk().svg()
    #expect(WellFormed.problem(in: text) == nil)
    for part in ["w1", "grad 247", "value 3295", ">105</text>"] { #expect(text.contains(part), "\(part)") }
    #expect(text.matches(of: /class="cr-arrow"/).count == 22 && text.matches(of: /class="cr-node/).count == 19)
    let bare = try LayerGraph.example().svg()
    #expect(WellFormed.problem(in: bare) == nil && !bare.contains("grad ") && bare.contains("value 13"))
    let losses = try LayerGraphWalk().lossChart(language: .korean)
    #expect(losses.series[0].points.count == 100 && losses.xLabel == "에폭")
  }

  @Test func theWalkAsPrinted() throws {
    #expect(try Golden.difference(of: try LayerGraphWalk().text(), from: "../Snapshots/layers.txt") == nil)
    #expect(try Golden.difference(of: try LayerGraphWalk().text(language: .korean), from: "../Snapshots/layers.ko.txt") == nil)
    #expect(
      try Golden.difference(of: try LayerGraphWalk().training(ways: [.numeric(step: 1e-10)]), from: "../Snapshots/layers-training.txt")
        == nil)
  }
}
