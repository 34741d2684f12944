import ChainRule
import ChainRuleExplain
import ChainRuleNN
import ChainRuleSymbolic

extension Table {
  static let explaining: [Call] = derivatives + graphs + layerGraphs + charts + pictures + texts

  private static func graph() throws -> GradientGraph { try formula().gradientGraph(at: ["x": 1, "y": 2]) }

  private static let derivatives: [Call] = [
    call("compareDerivatives(of:at:order:withRespectTo:step:measuringTimes:)", 1.0, 1, Optional(0.1), mayTrap: true) {
      try compareDerivatives(of: formula(), at: ["x": $0, "y": 1], order: $1, step: $2, measuringTimes: false).text()
    },
    call("compareDerivatives(tracing:at:order:measuringTimes:_:)", 1.0, 1, mayTrap: true) {
      try compareDerivatives(tracing: ["x"], at: ["x": $0], order: $1, measuringTimes: false) { $0[0] * $0[0] }.json()
    },
    call("Formula.tangentChart(_:at:range:language:)", 1.0, Optional(0.0...2.0)) {
      try formula().tangentChart("x", at: ["x": $0, "y": 1], range: $1).svg()
    },
    call("DerivativeReport.text(style:ascii:showsTimes:width:language:)", 110) {
      try compareDerivatives(of: Formula("x^2"), at: ["x": 1], measuringTimes: false).text(width: $0)
    },
    call("RecordedSize.init(of:variableCount:)", 2) { RecordedSize(of: { $0.isEmpty ? x : $0[0] * $0[0] }, variableCount: $0) },
    call("RecordedSize.product(factors:)", 3) { RecordedSize.product(factors: $0) },
    call("RecordedSize.logisticMap(iterations:)", 3) { RecordedSize.logisticMap(iterations: $0) },
    call("Formula.tensorFunction(_:)", [t(2), t(2)]) { try formula().tensorFunction(["x", "y"])($0) },
    call("Formula.init(tracing:at:_:)", 1.0, mayTrap: true) { try Formula(tracing: ["x"], at: ["x": $0]) { $0[0] * $0[0] }.description },
    call("Formula.init(of:inputs:)", t()) { a in
      let x = a.asLeaf()
      let square = recordingGraph { x * x }
      return try Formula(of: square, inputs: [(name: "x", tensor: x)]).description
    },
  ]

  private static let rules = [OptimizerRule.sgd(lr: 0.1, momentum: 0.9), .adam(lr: 0.1)]

  private static let graphs: [Call] = [
    call("FormulaSequence.gradientGraph(at:data:)", 1.0, mayTrap: true) {
      try FormulaSequence("u = x + y; u*x").gradientGraph(at: ["x": $0, "y": 1]).explanation()
    },
    call("Formula.gradientGraph(at:data:)", 1.0, mayTrap: true) { try formula().gradientGraph(at: ["x": $0, "y": 1]).explanation() },
    call("GradientGraph.folded(limit:)", 3) { try graph().folded(limit: $0).tree() },
    call("GradientGraph.foldingGroups(at:)", 1) { try graph().foldingGroups(at: $0).tree() },
    call("GradientGraph.html(direction:limit:title:language:)", 50) { try graph().html(limit: $0).count },
    call("GradientGraph.svg(direction:limit:)", 50) { try graph().svg(limit: $0).count },
    call("GradientGraph.tree(ascii:limit:language:)", 50) { try graph().tree(limit: $0) },
    call("GradientGraph.dot(direction:limit:)", 50) { try graph().dot(limit: $0) },
    call("GradientGraph.mermaid(direction:limit:)", 50) { try graph().mermaid(limit: $0) },
    call("GradientGraph.init(of:parameters:)", x) { GradientGraph(of: $0.asLeaf().sum()).tree() },
    call("GradientGraph.init(parameters:_:)", x) { a in
      let leaf = a.asLeaf()
      return GradientGraph(parameters: [(name: "a", tensor: leaf)]) { leaf.sum() }.explanation()
    },
    call("TensorSummary.init(_:)", x) { TensorSummary($0) },
    call("OptimizerRule.values(parameter:gradients:)", 1.0, [0.5, 0.25]) { a, b in rules.map { $0.values(parameter: a, gradients: b) } },
    call("OptimizerRule.explanation(parameter:gradients:language:)", 1.0, [0.5, 0.25]) { a, b in
      rules.map { $0.explanation(parameter: a, gradients: b) }
    },
  ]

  private static func layerGraph(_ value: Double = 2) -> LayerGraph {
    var graph = LayerGraph()
    graph["x"] = value
    graph["w"] = 3
    graph.layer("y", inputs: ["x", "w"]) { $0[0] * $0[1] }
    return graph
  }

  private static let layerGraphs: [Call] = [
    call("LayerGraph.example(gradients:parameters:)", (1...12).map(Double.init)) { LayerGraph.example(parameters: $0) },
    call("LayerGraph.backward(from:seed:)", 1.0) { seed in
      var graph = layerGraph()
      try graph.forward()
      try graph.backward(from: "y", seed: seed)
    },
    call("Sample.init(inputs:target:)", 1.0, 2.0) { input, target in
      var graph = layerGraph()
      _ = try graph.train(["w"], output: "y", on: [LayerGraph.Sample(inputs: ["x": input], target: target)], epochs: 2, lr: 0.1)
    },
    call("LayerGraph.train(_:output:on:epochs:lr:)", Times(2), 0.1) { epochs, lr in
      var graph = layerGraph()
      _ = try graph.train(["w"], output: "y", on: [LayerGraph.Sample(inputs: ["x": 1], target: 2)], epochs: epochs.count, lr: lr)
    },
    call("LayerGraph.predict(_:_:)", 1.0) { value in
      var graph = layerGraph()
      _ = try graph.predict("y", ["x": value])
    },
    call("LayerGraph.update(_:lr:)", 0.1) { lr in
      var graph = layerGraph()
      try graph.forward()
      try graph.backward(from: "y")
      graph.update(["w"], lr: lr)
    },
    call("LayerGraphWalk.init(step:)", 1e-10) { try LayerGraphWalk(step: $0).text() },
    call("LayerValue.pow(_:)", 2.0) { LayerValue(3.0).pow($0) }, call("LayerValue.init(_:)", 2.0) { LayerValue($0).exp() },
    call("LayerValue.init(floatLiteral:)", 2.0) { LayerValue(floatLiteral: $0).log() },
    call("LayerValue.init(integerLiteral:)", 2) { LayerValue(integerLiteral: $0).sqrt() },
    call("LayerValue.+(_:_:)", 2.0, 3.0) { LayerValue($0) + LayerValue($1) },
    call("LayerValue.-(_:_:)", 2.0, 3.0) { LayerValue($0) - LayerValue($1) },
    call("LayerValue.*(_:_:)", 2.0, 3.0) { LayerValue($0) * LayerValue($1) },
    call("LayerValue./(_:_:)", 2.0, 3.0) { LayerValue($0) / LayerValue($1) },
    call("LayerValue.-(_:)", 2.0) { -LayerValue($0) },
  ]
}
