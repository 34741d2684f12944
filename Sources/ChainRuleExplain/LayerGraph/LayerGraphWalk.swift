/// The classic example of `LayerGraph` told in text: both kinds of local derivatives side by side, why they differ, and what it learns.
public struct LayerGraphWalk {
  /// The step of the numeric local derivatives.
  public let step: Double

  /// A walk with numeric local derivatives at the step.
  public init(step: Double = 1e-10) { self.step = step }

  /// The network, its values, its local and whole gradients, and why the two columns differ.
  ///
  /// - Throws: `LayerGraphError`.
  public func text(ascii: Bool = false) throws -> String {
    let numeric = try passed(.numeric(step: step)), automatic = try passed(.automatic)
    return """
      f = w1 x1 + w2 x2 + b1    h = w5 f + w6 g + b3    j = h + 2 i
      g = w3 x1 + w4 x2 + b2    i = w7 f + w8 g + b4
      with w1...w8 = 1...8, b1...b4 = 9...12, x1 = 13, x2 = 14

      Forward: \(automatic.layerNames.map { "\($0) = \(value(automatic[$0]))" }.joined(separator: ", "))
      Backward visits \(automatic.visitOrder.joined(separator: ", ")): each layer once, after all that read it.

      The derivatives of each layer for its own inputs:

      \(localTable(numeric, automatic).text(ascii: ascii))
      The gradients of j, products of these along the paths and summed over them:

      \(gradientTable(numeric, automatic).text(ascii: ascii))
      \(try explanation(numeric, automatic))

      """
  }

  /// Trains the example from these parameters, in both ways, and tells what it says of 1000.
  ///
  /// - Throws: `LayerGraphError`.
  public func training() throws -> String {
    var text = "Trained on x1 = x2 = y = k/100, k = 0...99, for 100 epochs at rate 0.001 on the squared error:\n"
    for (name, kind) in [("automatic", LayerGraph.LocalGradients.automatic), ("numeric", .numeric(step: step))] {
      var net = LayerGraph.example(gradients: kind)
      let losses = try net.train(LayerGraph.exampleParameters, output: "j", on: LayerGraph.exampleSamples, epochs: 100, lr: 1e-3)
      let loss = losses.last.map { NumberText.significant($0, digits: 2) } ?? "-"
      let answer = NumberText.fixed(try net.predict("j", ["x1": 1000, "x2": 1000]), decimals: 4)
      text += "  \(name): loss \(loss) after the last epoch; at x1 = x2 = 1000 it says \(answer)\n"
    }
    return text
  }

  private func passed(_ kind: LayerGraph.LocalGradients) throws -> LayerGraph {
    var net = LayerGraph.example(gradients: kind)
    try net.forward()
    try net.backward(from: "j")
    return net
  }

  private func value(_ value: Double?) -> String { value.map(NumberText.shortest) ?? "-" }

  private func localTable(_ numeric: LayerGraph, _ automatic: LayerGraph) -> TextTable {
    var table = TextTable([.init("layer"), .init("for"), .init("automatic", .decimal), .init("numeric", .decimal)])
    for layer in automatic.layers {
      for input in layer.inputs {
        table.add([
          layer.name, input, value(automatic.localGradient(of: layer.name, withRespectTo: input)),
          value(numeric.localGradient(of: layer.name, withRespectTo: input)),
        ])
      }
    }
    return table
  }

  private func gradientTable(_ numeric: LayerGraph, _ automatic: LayerGraph) -> TextTable {
    var table = TextTable([.init("of j for"), .init("automatic", .decimal), .init("numeric", .decimal), .init("error", .decimal)])
    for name in automatic.layerNames.reversed() + LayerGraph.exampleParameters + ["x1", "x2"] {
      let exact = automatic.gradients[name] ?? .nan, approximate = numeric.gradients[name] ?? .nan
      table.add([name, value(exact), value(approximate), NumberText.significant((approximate - exact).magnitude, digits: 2)])
    }
    return table
  }

  /// Why the numeric gradient of j for w1 is off: which local differences it is made of, and what each has lost.
  private func explanation(_ numeric: LayerGraph, _ automatic: LayerGraph) throws -> String {
    func local(_ layer: String, _ input: String) -> String { value(numeric.localGradient(of: layer, withRespectTo: input)) }
    var moved = numeric
    moved["w1"] = (numeric["w1"] ?? .nan) + step
    try moved.forward()
    let direct = ((moved["j"] ?? .nan) - (numeric["j"] ?? .nan)) / step
    let h = numeric["h"] ?? .nan
    let spacing = NumberText.significant(h.ulp, digits: 2), grain = NumberText.significant(h.ulp / step, digits: 2)
    return """
      dj/dw1 = (dj/dh dh/df + dj/di di/df) df/dw1
        automatic: (1 * 5 + 2 * 7) * 13 = \(value(automatic.gradients["w1"]))
        numeric:   (\(local("j", "h")) * \(local("h", "f")) + \(local("j", "i")) * \(local("i", "f")))
                   * \(local("f", "w1")) = \(value(numeric.gradients["w1"]))
        the difference of j itself for w1: \(value(direct))

      Every local derivative is a difference (g(x + \(step)) - g(x)) / \(step) of two rounded numbers. Near
      h = \(value(h)) doubles are \(spacing) apart; divided by the step that is \(grain), the grain of dh/df.
      The chain rule multiplies such factors, so their relative errors add, and w1's gradient is off by about
      as much as its worst factors; the difference of j alone has only one such error. The automatic
      derivatives are no differences: they are exact.
      """
  }
}
