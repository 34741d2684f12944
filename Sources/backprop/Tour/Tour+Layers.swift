import ChainRule
import ChainRuleExplain
import ChainRuleNN

extension Tour {
  /// One layer with its local derivatives, then five of them.
  static func layers(_ page: inout Page) throws {
    let numbers = [("w1", 2.0), ("w2", 3), ("b", 4), ("x1", 5), ("x2", 6)].map { ($0.0, page.number($0.0, $0.1)) }
    page.code(
      """
      var net = LayerGraph()   // local derivatives by (g(x + h) - g(x)) / h, h = 1e-10
      \(numbers.map { "net[\"\($0)\"] = \(Page.short($1))" }.joined(separator: "; "))
      net.layer("f", inputs: ["w1", "w2", "b", "x1", "x2"]) { $0[0] * $0[3] + $0[1] * $0[4] + $0[2] }
      try net.forward()
      """, "w1 * x1 + w2 * x2 + b")
    let layer: LayerGraph.Function = { $0[0] * $0[3] + $0[1] * $0[4] + $0[2] }
    let nets = try [LayerGraph.LocalGradients.numeric(step: 1e-10), .automatic].map { kind in
      var net = LayerGraph(gradients: kind)
      for (name, value) in numbers { net[name] = value }
      net.layer("f", inputs: numbers.map(\.0), layer)
      try net.forward()
      return net
    }
    page.show("f = \(Page.short(nets[0]["f"] ?? .nan))")
    page.say(
      "A layer computes a number from its inputs; forward() does that. Its local gradients are its derivatives for these inputs:",
      "층은 입력에서 수 하나를 계산하며, 그 일을 forward()가 합니다. 층의 국소 도함수는 이 입력들로 미분한 것입니다.")
    var table = TextTable([
      .init(Phrase("input", "입력")(page.language)), .init(Phrase("numeric", "수치 미분")(page.language), .decimal),
      .init(Phrase("exact", "정확한 값")(page.language), .decimal),
    ])
    for (name, _) in numbers {
      let local = nets.map { $0.localGradient(of: "f", withRespectTo: name) ?? .nan }
      table.add(["df/d\(name)", "\(local[0])", Page.short(local[1])])
    }
    page.show(table.text(ascii: page.ascii))
    page.say(
      "The derivative for a weight is its input, and for an input its weight; for the bias it is 1.",
      "가중치로 미분하면 그 입력이, 입력으로 미분하면 그 가중치가 나오고, 편향으로 미분하면 1입니다.")
    page.gap()
    try network(&page)
    page.goOn("layers", "layers --step 1e-6")
  }

  /// The network of five layers: its gradient in three ways, and who visits what.
  private static func network(_ page: inout Page) throws {
    page.show(LayerGraph.exampleText)
    page.say(
      "Five such layers, with w1...w8 = 1...8, b1...b4 = 9...12, x1 = 13, x2 = 14. w1 reaches j over f, then h or i.",
      "이런 층이 다섯이고 w1...w8 = 1...8, b1...b4 = 9...12, x1 = 13, x2 = 14입니다. w1은 f를 지나 h나 i를 거쳐 j에 이릅니다.")
    let step = 1e-10
    var numeric = LayerGraph.example(gradients: .numeric(step: step)), automatic = LayerGraph.example(gradients: .automatic)
    try numeric.forward()
    try numeric.backward(from: "j")
    try automatic.forward()
    try automatic.backward(from: "j")
    var moved = numeric
    moved["w1"] = (numeric["w1"] ?? .nan) + step
    try moved.forward()
    let direct = ((moved["j"] ?? .nan) - (numeric["j"] ?? .nan)) / step
    page.show(automatic.layerNames.map { "\($0) = \(Page.short(automatic[$0] ?? .nan))" }.joined(separator: ", "))
    page.show("dj/dw1 = \(numeric.gradients["w1"] ?? .nan)")
    page.note("local differences with h = 1e-10, multiplied and added", "증분 1e-10의 국소 차분을 곱하고 더한 값")
    page.show("dj/dw1 = \(direct)")
    page.note("one difference of j itself", "j 자체를 한 번 차분한 값")
    page.show("dj/dw1 = \(Page.short(automatic.gradients["w1"] ?? .nan))")
    page.note(
      "exact: x1 (w5 + 2 w7) = 13 (5 + 2 * 7), the sum over the two paths. The errors of local differences multiply with them.",
      "정확한 값: x1 (w5 + 2 w7) = 13 (5 + 2 * 7), 두 경로의 합. 국소 차분은 곱하면서 오차도 함께 쌓입니다.")
    recursion(&page, automatic)
    page.gap()
    let training = try LayerGraphWalk(step: step).training(
      ascii: page.ascii, language: page.language, ways: [.numeric(step: step)])
    page.show(training)
    page.say(
      "100 samples in 100 epochs are 10,000 steps of w = w - 0.001 dloss/dw. The network has found j = x for x1 = x2 = x, nearly.",
      "표본 100개를 100에폭 돌면 w = w - 0.001 dloss/dw를 10,000번 합니다. 신경망은 x1 = x2 = x일 때 거의 j = x가 되도록 배웠습니다.")
  }

  /// The recursion of the classic program goes down every path; a backward pass visits each layer once.
  private static func recursion(_ page: inout Page, _ net: LayerGraph) {
    page.code(
      """
      func visit(_ layer: String, _ upstream: Double) {       // the recursion of the classic program
        visits += 1
        for input in net.inputs(of: layer) ?? [] {
          let gradient = upstream * net.localGradient(of: layer, withRespectTo: input)!
          gradients[input, default: 0] += gradient
          if net.inputs(of: input) != nil { visit(input, gradient) }
        }
      }
      visit("j", 1)
      """, "j.backward()   # once a node")
    var visits = 0, gradients: [String: Double] = [:]
    func visit(_ layer: String, _ upstream: Double) {
      visits += 1
      for input in net.inputs(of: layer) ?? [] {
        let gradient = upstream * (net.localGradient(of: layer, withRespectTo: input) ?? .nan)
        gradients[input, default: 0] += gradient
        if net.inputs(of: input) != nil { visit(input, gradient) }
      }
    }
    visit("j", 1)
    let once = net.visits.values.reduce(0, +)
    page.show("visit: \(visits), backward(from:): \(once), dj/dw1 = \(Page.short(gradients["w1"] ?? .nan))")
    page.say(
      """
      The recursion goes down every path from j, so f and g are visited twice. backward(from:) waits until all that read a layer have passed
      their gradient, adds them up, and visits it once. With n such pairs of layers on each other that is 2n + 1 visits against 2^(n+1) - 1.
      """,
      """
      재귀는 j에서 내려가는 모든 경로를 지나므로 f와 g를 두 번씩 들릅니다. backward(from:)은 그 층을 읽는 층이 모두 기울기를 넘겨줄 때까지
      기다려 더한 다음 한 번만 들릅니다. 이런 층의 쌍을 n겹 쌓으면 2n + 1번과 2^(n+1) - 1번의 차이가 됩니다.
      """)
  }

  /// Why the two belong together: the gradient for the logit is p - y.
  static func neuron(_ page: inout Page) throws {
    let (w, x, b, y) = (page.number("w", 1), page.number("x", 2), page.number("b", 0), page.number("y", 1))
    guard (0...1).contains(y) else {
      throw OptionError(
        "y is \(Page.short(y)): a label is a probability, between 0 and 1", "y가 \(Page.short(y))입니다. 레이블은 확률이라 0과 1 사이여야 합니다")
    }
    let z = Tensor(w * x + b, dtype: .float64).asLeaf(), target = Tensor(y, dtype: .float64)
    let p = z.sigmoid(), loss = binaryCrossEntropy(p, target)
    loss.backward()
    page.say(
      """
      A neuron: z = w x + b, the logit, any number. p = sigmoid(z) = 1 / (1 + exp(-z)) lies between 0 and 1: the probability of y = 1. Cross
      entropy is the loss for a probability: -log p where the label y is 1, -log(1 - p) where it is 0.
      """,
      """
      뉴런 하나입니다. z = w x + b는 로짓(logit)으로 어떤 수든 될 수 있습니다. p = sigmoid(z) = 1 / (1 + exp(-z))는 0과 1 사이에 있는, y = 1일
      확률입니다. 교차 엔트로피는 확률에 대한 손실로, 레이블 y가 1이면 -log p, 0이면 -log(1 - p)입니다.
      """)
    let formula = "z = w*x + b; p = sigmoid(z); -(y*log(p) + (1 - y)*log(1 - p))"
    page.code(
      "let loss = binaryCrossEntropy((w * x + b).sigmoid(), y)",
      "loss = torch.nn.functional.binary_cross_entropy(torch.sigmoid(w * x + b), y)")
    let graph = try FormulaAtPoint(FormulaText([formula], example: ""), "w=\(w),b=\(b)", data: "x=\(x),y=\(y)").graph()
    page.show(graph.tree(ascii: page.ascii, language: page.language))
    page.say(
      "x and the label y are data: nothing asks how they should change, so they get no gradient.",
      "x와 레이블 y는 데이터입니다. 이들을 바꿀 일은 없으므로 기울기를 구하지 않습니다.")
    let chance = p.item()
    let derivative = -(y / chance - (1 - y) / (1 - chance)), slope = chance * (1 - chance)
    page.gap()
    page.show("p \(page.about(chance)), loss \(page.about(loss.item()))")
    page.show("dloss/dp = -(y/p - (1 - y)/(1 - p)) \(page.about(derivative))")
    page.show("dp/dz = p (1 - p) \(page.about(slope))")
    page.show("dloss/dz = dloss/dp * dp/dz \(page.about(z.grad?.item() ?? .nan))")
    page.show("p - y \(page.about(chance - y))")
    page.say(
      """
      -(y/p - (1 - y)/(1 - p)) = (p - y) / (p (1 - p)), and sigmoid's p (1 - p) cancels the denominator: the product is p - y. Where the
      sigmoid is flat, p near 0 or 1, dp/dz is nearly 0, and yet a wrong answer is corrected at full strength.
      """,
      """
      -(y/p - (1 - y)/(1 - p)) = (p - y) / (p (1 - p))이고, 시그모이드의 p (1 - p)가 분모와 약분되어 곱은 p - y입니다. p가 0이나 1에 가까워
      시그모이드가 평평하고 dp/dz가 거의 0인 곳에서도, 틀린 답은 틀린 만큼 그대로 고쳐집니다.
      """)
    page.goOn(
      "graph \"\(formula)\" --at w=1,x=2,b=0,y=1 --data x,y",
      "explain \"p = sigmoid(z); -(y*log(p) + (1-y)*log(1-p))\" --at z=2 --data y=1",
      "ops binaryCrossEntropy")
  }
}
