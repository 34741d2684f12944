extension LayerGraph {
  /// The classic network of back-propagation tutorials: two inputs, two hidden layers of two, twelve parameters.
  ///
  /// f = w1 x1 + w2 x2 + b1, g = w3 x1 + w4 x2 + b2, h = w5 f + w6 g + b3, i = w7 f + w8 g + b4, j = h + 2 i.
  /// With `parameters` 1...12 for w1...w8, b1...b4 and x1 = 13, x2 = 14 the gradient of j for w1 is
  /// x1 (w5 + 2 w7) = 13 (5 + 14) = 247.
  public static func example(
    gradients localGradients: LocalGradients = .numeric(step: 1e-10), parameters: [Double] = (1...12).map(Double.init)
  ) -> LayerGraph {
    var net = LayerGraph(gradients: localGradients)
    for (name, value) in zip(exampleParameters, parameters) { net[name] = value }
    net["x1"] = 13
    net["x2"] = 14
    let neuron: Function = { $0[0] * $0[1] + $0[2] * $0[3] + $0[4] }
    net.layer("f", inputs: ["w1", "x1", "w2", "x2", "b1"], neuron)
    net.layer("g", inputs: ["w3", "x1", "w4", "x2", "b2"], neuron)
    net.layer("h", inputs: ["w5", "f", "w6", "g", "b3"], neuron)
    net.layer("i", inputs: ["w7", "f", "w8", "g", "b4"], neuron)
    net.layer("j", inputs: ["h", "i"]) { $0[0] + 2 * $0[1] }
    return net
  }

  /// The layers of `example`, as they are written on paper.
  public static let exampleText = """
    f = w1 x1 + w2 x2 + b1    h = w5 f + w6 g + b3    j = h + 2 i
    g = w3 x1 + w4 x2 + b2    i = w7 f + w8 g + b4
    """

  /// The parameters of `example`, in order.
  public static let exampleParameters = (1...8).map { "w\($0)" } + (1...4).map { "b\($0)" }

  /// The lesson of the example: x1 = x2 = y = k/100 for k = 0...99.
  public static let exampleSamples = (0..<100).map { k -> Sample in
    let x = Double(k) / 100
    return Sample(inputs: ["x1": x, "x2": x], target: x)
  }
}
