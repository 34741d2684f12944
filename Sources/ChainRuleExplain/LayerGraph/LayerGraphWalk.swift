/// The classic example of `LayerGraph` told in text: both kinds of local derivatives side by side, why they differ, and what it learns.
public struct LayerGraphWalk {
  /// The step of the numeric local derivatives.
  public let step: Double

  /// A walk with numeric local derivatives at the step.
  public init(step: Double = 1e-10) { self.step = step }

  /// The network, its values, its local and whole gradients, and why the two columns differ.
  ///
  /// - Throws: `LayerGraphError`.
  public func text(ascii: Bool = false, language: ExplanationLanguage = .english) throws -> String {
    let numeric = try passed(.numeric(step: step)), automatic = try passed(.automatic)
    let values = automatic.layerNames.map { "\($0) = \(value(automatic[$0]))" }.joined(separator: ", ")
    let order = automatic.visitOrder.joined(separator: ", ")
    let says = { (english: String, korean: String) in Phrase(english, korean)(language) }
    return """
      \(LayerGraph.exampleText)
      \(says("with w1...w8 = 1...8, b1...b4 = 9...12, x1 = 13, x2 = 14", "w1...w8 = 1...8, b1...b4 = 9...12, x1 = 13, x2 = 14일 때"))

      \(says("Forward", "순전파")): \(values)
      \(says("Backward visits \(order): each layer once, after all that read it.", "역전파 순서: \(order). 각 층을 한 번씩, 그 값을 읽는 층을 모두 지난 뒤에 들릅니다."))

      \(says("The derivatives of each layer for its own inputs:", "각 층의 값을 자기 입력으로 미분한 국소 도함수:"))

      \(localTable(numeric, automatic, language).text(ascii: ascii))
      \(says("The gradients of j, products of these along the paths and summed over them:", "j의 기울기. 경로를 따라 국소 도함수를 곱하고 경로마다 더한 값:"))

      \(gradientTable(numeric, automatic, language).text(ascii: ascii))
      \(try explanation(numeric, automatic, language))

      """
  }

  /// Trains the example from these parameters, in both ways: what it then says of 1000, the loss over the epochs, and what it has learned.
  ///
  /// - Parameters:
  ///   - ascii: whether only ASCII characters are used.
  ///   - language: that of the words.
  ///   - ways: with which local derivatives; the loss and the variables shown are those of the first.
  /// - Throws: `LayerGraphError`.
  public func training(
    ascii: Bool = false, language: ExplanationLanguage = .english, ways: [LayerGraph.LocalGradients]? = nil
  ) throws -> String {
    let says = { (english: String, korean: String) in Phrase(english, korean)(language) }
    var text = says(
      "Trained on x1 = x2 = y = k/100, k = 0...99, for 100 epochs at rate 0.001 on the squared error:\n",
      "x1 = x2 = y = k/100 (k = 0...99)로, 제곱 오차에 대해 학습률 0.001로 100에폭 학습시킨 결과:\n")
    var losses: [Double] = [], trained = LayerGraph(), first = ""
    for way in ways ?? [.automatic, .numeric(step: step)] {
      let name = way == .automatic ? says("automatic", "자동 미분") : says("numeric", "수치 미분")
      var net = LayerGraph.example(gradients: way)
      let history = try net.train(LayerGraph.exampleParameters, output: "j", on: LayerGraph.exampleSamples, epochs: 100, lr: 1e-3)
      let loss = history.last.map { NumberText.significant($0, digits: 2) } ?? "-"
      let answer = NumberText.fixed(try net.predict("j", ["x1": 1000, "x2": 1000]), decimals: 4)
      text += says(
        "  \(name): loss \(loss) after the last epoch; at x1 = x2 = 1000 it says \(answer)\n",
        "  \(name): 마지막 에폭의 손실 \(loss), x1 = x2 = 1000에서의 답 \(answer)\n")
      if losses.isEmpty { (losses, trained, first) = (history, net, name) }
    }
    text += "\n" + Self.chart(losses, first, language).text(width: 80, height: 12, ascii: ascii) + "\n"
    let names = LayerGraph.exampleParameters.map { "\($0) = \(NumberText.fixed(trained[$0] ?? .nan, decimals: 4))" }
    text += says("The trained variables, \(first):\n", "학습된 변수(\(first)):\n")
    for row in stride(from: 0, to: names.count, by: 4) {
      text += "  " + names[row..<min(row + 4, names.count)].joined(separator: ", ") + "\n"
    }
    return text
  }

  /// The picture of the example with its values, its gradients and its local derivatives, exact ones.
  ///
  /// - Throws: `LayerGraphError`.
  public func svg() throws -> String { try passed(.automatic).svg() }

  /// The loss over the epochs of the example's training with exact derivatives.
  ///
  /// - Throws: `LayerGraphError`.
  public func lossChart(language: ExplanationLanguage = .english) throws -> LineChart {
    var net = LayerGraph.example(gradients: .automatic)
    let losses = try net.train(LayerGraph.exampleParameters, output: "j", on: LayerGraph.exampleSamples, epochs: 100, lr: 1e-3)
    return Self.chart(losses, Phrase("automatic", "자동 미분")(language), language)
  }

  private static func chart(_ losses: [Double], _ way: String, _ language: ExplanationLanguage) -> LineChart {
    var chart = LineChart(
      title: Phrase("loss of every epoch, \(way)", "에폭마다의 손실(\(way))")(language), xLabel: Phrase("epoch", "에폭")(language),
      yScale: .logarithmic)
    chart.series = [LineSeries("", values: losses, start: 1)]
    return chart
  }

  private func passed(_ kind: LayerGraph.LocalGradients) throws -> LayerGraph {
    var net = LayerGraph.example(gradients: kind)
    try net.forward()
    try net.backward(from: "j")
    return net
  }

  private func value(_ value: Double?) -> String { value.map(NumberText.shortest) ?? "-" }

  private func localTable(_ numeric: LayerGraph, _ automatic: LayerGraph, _ language: ExplanationLanguage) -> TextTable {
    let heads = [Phrase("layer", "층"), Phrase("for", "변수"), Phrase("automatic", "자동 미분"), Phrase("numeric", "수치 미분")]
    var table = TextTable(heads.enumerated().map { .init($1(language), $0 < 2 ? .left : .decimal) })
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

  private func gradientTable(_ numeric: LayerGraph, _ automatic: LayerGraph, _ language: ExplanationLanguage) -> TextTable {
    let heads = [Phrase("of j for", "변수"), Phrase("automatic", "자동 미분"), Phrase("numeric", "수치 미분"), Phrase("error", "오차")]
    var table = TextTable(heads.enumerated().map { .init($1(language), $0 < 1 ? .left : .decimal) })
    for name in automatic.layerNames.reversed() + LayerGraph.exampleParameters + ["x1", "x2"] {
      let exact = automatic.gradients[name] ?? .nan, approximate = numeric.gradients[name] ?? .nan
      table.add([name, value(exact), value(approximate), NumberText.significant((approximate - exact).magnitude, digits: 2)])
    }
    return table
  }

  /// Why the numeric gradient of j for w1 is off: which local differences it is made of, and what each has lost.
  private func explanation(_ numeric: LayerGraph, _ automatic: LayerGraph, _ language: ExplanationLanguage) throws -> String {
    func local(_ layer: String, _ input: String) -> String { value(numeric.localGradient(of: layer, withRespectTo: input)) }
    var moved = numeric
    moved["w1"] = (numeric["w1"] ?? .nan) + step
    try moved.forward()
    let direct = ((moved["j"] ?? .nan) - (numeric["j"] ?? .nan)) / step
    let h = numeric["h"] ?? .nan
    let spacing = NumberText.significant(h.ulp, digits: 2), grain = NumberText.significant(h.ulp / step, digits: 2)
    let says = { (english: String, korean: String) in Phrase(english, korean)(language) }
    return """
      dj/dw1 = (dj/dh dh/df + dj/di di/df) df/dw1
        \(says("automatic: ", "자동 미분: "))(1 * 5 + 2 * 7) * 13 = \(value(automatic.gradients["w1"]))
        \(says("numeric:   ", "수치 미분: "))(\(local("j", "h")) * \(local("h", "f")) + \(local("j", "i")) * \(local("i", "f")))
                   * \(local("f", "w1")) = \(value(numeric.gradients["w1"]))
        \(says("the difference of j itself for w1", "w1을 바꾸며 j 자체를 차분한 값")): \(value(direct))

      \(says("""
        Every local derivative is a difference (g(x + \(step)) - g(x)) / \(step) of two rounded numbers. Near
        h = \(value(h)) doubles are \(spacing) apart; divided by the step that is \(grain), the grain of dh/df.
        The chain rule multiplies such factors, so their relative errors add, and w1's gradient is off by about
        as much as its worst factors; the difference of j alone has only one such error. The automatic
        derivatives are no differences: they are exact.
        """, """
        수치 미분의 국소 도함수는 모두 반올림된 두 수의 차분 (g(x + \(step)) - g(x)) / \(step)입니다.
        h = \(value(h)) 근처에서 배정밀도 수의 간격은 \(spacing)이고, 이것을 증분으로 나눈 \(grain)이 dh/df의 눈금입니다.
        연쇄 법칙은 이런 인수를 곱하므로 상대 오차가 더해져, w1의 기울기는 가장 나쁜 인수만큼 어긋납니다.
        j 자체를 차분하면 그런 오차가 하나뿐입니다. 자동 미분은 차분이 아니므로 정확합니다.
        """))
      """
  }
}
