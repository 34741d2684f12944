import ChainRule
import ChainRuleExplain
import ChainRuleSymbolic

extension Tour {
  /// grad_fn, from the result back to the leaf.
  static func walkThrough(_ page: inout String) {
    let x = Tensor([1.0, 2, 3], requiresGrad: true)
    print("x =", x, to: &page)
    let y = x + 2
    print("y = x + 2 =", y, to: &page)
    let z = (y * y * 2).mean()
    print("z = (y * y * 2).mean() =", z, to: &page)
    page += "Every result knows the operation that made it, and that one its inputs:\n"
    var node = z.gradFn
    while let current = node {
      print(" ", current, to: &page)
      node = current.nextFunctions.first.flatMap { $0?.node }
    }
    z.backward()
    print("z.backward(); x.grad =", text(x.grad), to: &page)
    page += "z = 2/3 ((x1 + 2)^2 + (x2 + 2)^2 + (x3 + 2)^2), so dz/dx = 4/3 (x + 2), for every element.\n"
  }

  /// What a gradient for a result that is not a number means.
  static func vectorJacobian(_ page: inout String) {
    let x = Tensor([1.0, 2, 3], requiresGrad: true)
    let y = x * x
    print("y = x * x =", y, to: &page)
    page += "y has three elements, so its derivative is a matrix J. backward(gradient: v) gives v'J without writing J down.\n"
    let v = Tensor([0.1, 1, 0.001])
    y.backward(gradient: v)
    print("v =", v, to: &page)
    print("x.grad =", text(x.grad), to: &page)
    print("J =\n\(jacobian({ $0 * $0 }, x.detach()))", to: &page)
    page += "v'J = (0.1 * 2, 1 * 4, 0.001 * 6).\n"
  }

  /// The example every introduction begins with.
  static func ones(_ page: inout String) {
    let x = Tensor.ones(2, 2).asLeaf()
    print("x =\n\(x)", to: &page)
    let y = x + 2
    print("y = x + 2 =\n\(y)", to: &page)
    let z = y * y * 3, out = z.mean()
    print("z = y * y * 3 =\n\(z)", to: &page)
    print("out = z.mean() =", out, to: &page)
    out.backward()
    print("out.backward(); x.grad =\n\(text(x.grad))", to: &page)
    page += "d out/dx = 3/2 (x + 2) = 4.5, four times.\n"
  }

  /// One number learns to double.
  static func oneWeight(_ page: inout String) {
    let x = Tensor([1.0, 2, 3, 4]), y = Tensor([2.0, 4, 6, 8]), w = Tensor(0.0, requiresGrad: true)
    let forward = { (x: Tensor) in w * x }
    page += "The data are y = 2 x for x = 1, 2, 3, 4; the model is f(x) = w x, beginning with w = 0.\n"
    page += "Every epoch: loss = mean((w x - y)^2), loss.backward(), w = w - 0.01 dloss/dw.\n"
    let atFive = {
      let value = forward(Tensor(5.0)).item()
      return "f(5) " + stated(value, NumberText.fixed(value, decimals: 3))
    }
    print("before:", atFive(), to: &page)
    for epoch in 1...20 {
      let loss = (forward(x) - y).pow(2).mean()
      loss.backward()
      let gradient = w.grad?.item() ?? 0
      w.data -= 0.01 * (w.grad ?? Tensor(0.0))
      w.zeroGrad()
      if epoch % 4 == 1 || epoch == 20 {
        let numbers = [loss.item(), gradient, w.item()].map { NumberText.fixed($0, decimals: 4) }
        print("epoch \(epoch): loss \(numbers[0]), dloss/dw \(numbers[1]), w \(numbers[2])", to: &page)
      }
    }
    print("after:", atFive(), "of 10: the error of w shrinks by 15 % an epoch", to: &page)
  }

  /// A squared error behind a ReLU, every factor written out.
  static func twoLayers(_ page: inout String) throws {
    page += "L = (w2 relu(w1 x) - y)^2 at w1 = 0.5, w2 = -3, x = 2, y = 1\n\n"
    page += try Formula("(w2*relu(w1*x) - y)^2").gradientGraph(at: ["w1": 0.5, "w2": -3, "x": 2, "y": 1]).explanation()
    page += "\nEvery gradient is the product of the factors along its path. Were the ReLU closed, its factor would be 0, and with it\n"
    page += "all that lies behind it.\n"
  }

  /// Prints what is there, or nil.
  static func text(_ tensor: Tensor?) -> String { tensor.map { "\($0)" } ?? "nil" }
}
