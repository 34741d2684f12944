import ChainRule
import ChainRuleExplain
import ChainRuleNN
import ChainRuleOptim

extension Tour {
  /// A ReLU by its value and its gradient rule alone.
  private struct OwnReLU: DifferentiableFunction {
    func forward(_ x: [Tensor]) -> Tensor { Tensor.where(x[0] .> 0, x[0], 0) }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [Tensor.where(x[0] .> 0, dy, 0)] }
  }

  /// `= 0.5000`, or `≈ 0.8808` where the number has more digits than its text.
  static func stated(_ value: Double, _ text: String) -> String { (Double(text) == value ? "= " : "≈ ") + text }

  /// Central differences beside automatic differentiation, on both sides of a ReLU.
  static func numeric(_ page: inout String) {
    page += "f(a, b) = ReLU(3 a^2 - 4 b), with a ReLU of one's own: a value and a gradient rule.\n"
    page += "Numeric: (f(a + h, b) - f(a - h, b)) / 2h with h = 1e-4. Automatic: df/da = 6 a and df/db = -4 where f > 0.\n"
    let value = { (a: Double, b: Double) in max(3 * a * a - 4 * b, 0) }
    for (a, b) in [(2.0, 1.0), (1, 2)] {
      let h = 1e-4
      let da = (value(a + h, b) - value(a - h, b)) / (2 * h), db = (value(a, b + h) - value(a, b - h)) / (2 * h)
      let x = Tensor(a, dtype: .float64).asLeaf(), y = Tensor(b, dtype: .float64).asLeaf()
      OwnReLU()(3 * x * x - 4 * y).backward()
      let text = { (value: Double) in NumberText.significant(value, digits: 6) }
      print("at a = \(text(a)), b = \(text(b)): f = \(text(value(a, b)))", to: &page)
      print("  numeric    df/da \(stated(da, text(da))), df/db \(stated(db, text(db)))", to: &page)
      print("  automatic  df/da = \(text(x.grad?.item() ?? .nan)), df/db = \(text(y.grad?.item() ?? .nan))", to: &page)
    }
    page += "Where the ReLU is closed nothing flows back.\n"
  }

  /// Five layers, twelve parameters, each layer with its own local derivative.
  static func layers(_ page: inout String) throws {
    var net = LayerGraph.example(gradients: .automatic)
    try net.forward()
    try net.backward(from: "j")
    page += """
      f = w1 x1 + w2 x2 + b1    h = w5 f + w6 g + b3    j = h + 2 i
      g = w3 x1 + w4 x2 + b2    i = w7 f + w8 g + b4
      with w1...w8 = 1...8, b1...b4 = 9...12, x1 = 13, x2 = 14

      """
    let text = { (value: Double?) in NumberText.significant(value ?? .nan, digits: 6) }
    for layer in net.layerNames { print("\(layer) = \(text(net[layer])), dj/d\(layer) = \(text(net.gradients[layer]))", to: &page) }
    for name in LayerGraph.exampleParameters { print("dj/d\(name) = \(text(net.gradients[name]))", to: &page) }
    page += "dj/dw1 = x1 (w5 + 2 w7) = 13 (5 + 14) = 247: the sum over the two paths from f to j.\n"
  }

  /// Why the two belong together: the gradient for the logit is p - y.
  static func crossEntropy(_ page: inout String) {
    page += "p = sigmoid(z) is the probability of y = 1; loss = -(y log p + (1 - y) log(1 - p)).\n"
    for (logit, target) in [(0.0, 1.0), (2, 1), (2, 0)] {
      let z = Tensor(logit, dtype: .float64).asLeaf(), y = Tensor(target, dtype: .float64)
      let p = z.sigmoid(), loss = binaryCrossEntropy(p, y)
      loss.backward()
      let text = { (value: Double) in stated(value, NumberText.fixed(value, decimals: 4)) }
      print("z \(text(logit)), y \(text(target)): p = sigmoid(z) \(text(p.item())), loss \(text(loss.item()))", to: &page)
      print("  dloss/dz \(text(z.grad?.item() ?? .nan)), p - y \(text(p.item() - target))", to: &page)
    }
    page += "dloss/dp = (p - y) / (p (1 - p)) and dp/dz = p (1 - p): the product is p - y, however far off p is.\n"
  }

  /// Which derivative is taken where there is none.
  static func kinks(_ page: inout String) {
    let x = Tensor([-1.0, 0, 1], requiresGrad: true)
    print("x =", x, to: &page)
    for (name, f) in [("relu", { (t: Tensor) in t.relu() }), ("abs", { $0.abs() }), ("clamp(min: 0)", { $0.clamp(min: 0) })] {
      x.zeroGrad()
      f(x).sum().backward()
      print("\(name): gradient", text(x.grad), to: &page)
    }
    let a = Tensor(2.0, requiresGrad: true), b = Tensor(2.0, requiresGrad: true)
    a.maximum(b).backward()
    print("maximum of two equal numbers: gradients", text(a.grad), "and", text(b.grad), to: &page)
    page += "At a kink any slope between those beside it would do. relu and abs take 0, clamp counts its bound as inside,\n"
    page += "and a tie is shared: PyTorch's choices.\n"
  }

  /// zeroGrad, loss, backward, step: what each changes in the tensors.
  static func trainingLoop(_ page: inout String) {
    let w = Tensor(1.0, requiresGrad: true).named("w"), x = Tensor(2.0), y = Tensor(6.0)
    let optimizer = SGD([w], lr: 0.1)
    for step in 1...2 {
      print("step \(step)", to: &page)
      optimizer.zeroGrad()
      print("  optimizer.zeroGrad()           w.grad is \(text(w.grad)): the old gradient is forgotten", to: &page)
      let loss = (w * x - y).pow(2)
      print("  loss = (w * x - y)^2           loss is \(loss): a value and the record of how it came about", to: &page)
      loss.backward()
      print("  loss.backward()                w.grad is \(text(w.grad)): 2 (w x - y) x; w is still \(text(w.data))", to: &page)
      optimizer.step()
      print("  optimizer.step()               w is \(text(w.data)): w - 0.1 w.grad; w.grad stays", to: &page)
    }
    page += "Without zeroGrad() the next backward() adds to what is there.\n"
  }
}
