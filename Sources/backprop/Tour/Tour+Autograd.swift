import ChainRule
import ChainRuleExplain

extension Tour {
  /// grad_fn, from the result back to the leaf.
  static func walkThrough(_ page: inout Page) {
    let (x1, x2, x3) = (page.number("x1", 1), page.number("x2", 2), page.number("x3", 3))
    let list = [x1, x2, x3].map { "\($0)" }.joined(separator: ", ")
    let x = Tensor([x1, x2, x3], requiresGrad: true)
    page.code("let x = Tensor([\(list)], requiresGrad: true)", "x = torch.tensor([\(list)], requires_grad=True)")
    page.show("\(x)")
    page.say(
      "A tensor is an array of numbers. requiresGrad makes x a leaf: a variable made by hand, for which a gradient is wanted.",
      "텐서는 수의 배열입니다. requiresGrad를 켜면 x는 리프(leaf), 곧 직접 만들어 기울기를 구하려는 변수가 됩니다.")
    let y = x + 2
    page.code("let y = x + 2", "y = x + 2")
    page.show("\(y)")
    page.say(
      "y remembers what made it. grad_fn is a node of the graph, the record of the computation: an addition, by PyTorch's name.",
      "y는 자신을 만든 연산을 기억합니다. grad_fn은 계산의 기록인 그래프의 노드로, PyTorch가 덧셈을 부르는 이름입니다.")
    let z = y * y * 2
    page.code("let z = y * y * 2", "z = y * y * 2")
    page.show("\(z)")
    page.say("The last operation counts: a multiplication by 2.", "이름은 마지막 연산을 따릅니다. 여기서는 2를 곱한 것입니다.")
    let out = z.mean()
    page.code("let out = z.mean()", "out = z.mean()")
    page.show("\(out)")
    page.say(
      "The mean is one number. The gradient of out for x is, for each element of x, how fast out changes when that element alone does.",
      "평균은 수 하나입니다. x에 대한 out의 기울기는 x의 원소마다 그 원소만 바뀔 때 out이 얼마나 빨리 바뀌는지를 나타냅니다.")
    page.code(
      "var node = out.gradFn\nwhile let current = node {\n  print(current)\n  node = current.nextFunctions.first.flatMap { $0?.node }\n}",
      "node = out.grad_fn\nwhile node is not None:\n    print(node); node = node.next_functions[0][0] if node.next_functions else None")
    var node = out.gradFn
    while let current = node {
      page.show("\(current)")
      node = current.nextFunctions.first.flatMap { $0?.node }
    }
    page.say(
      "Each node knows the nodes of its inputs. The chain ends at the leaf: AccumulateGrad adds what arrives there to x.grad.",
      "노드는 자기 입력을 만든 노드를 가리킵니다. 이 줄은 리프에서 끝나며, AccumulateGrad는 거기에 도착한 값을 x.grad에 더합니다.")
    out.backward()
    page.code("out.backward()\nprint(x.grad!)", "out.backward()\nprint(x.grad)")
    page.show(text(x.grad))
    page.say(
      """
      backward() starts with 1, the derivative of out for itself, and walks from node to node. Each multiplies what arrives by its own
      derivative: the chain rule. What travels is the value of a derivative, not the value of out.
      out = 2/3 ((x1 + 2)^2 + (x2 + 2)^2 + (x3 + 2)^2), so the gradient is 4/3 (x + 2), element by element.
      """,
      """
      backward()는 out을 자기 자신으로 미분한 1에서 시작해 노드를 하나씩 거슬러 올라갑니다. 노드는 도착한 값에 자신의 도함수를 곱합니다.
      이것이 연쇄 법칙입니다. 거슬러 올라가는 것은 out의 값이 아니라 도함수의 값입니다.
      out = 2/3 ((x1 + 2)^2 + (x2 + 2)^2 + (x3 + 2)^2)이므로 기울기는 원소마다 4/3 (x + 2)입니다.
      """)
    page.code(
      "manualSeed(0)\nlet r = Tensor.randn(3, requiresGrad: true)\nlet m = ((r + 2) * (r + 2) * 2).mean()\nm.backward()",
      "torch.manual_seed(0)\nr = torch.randn(3, requires_grad=True)\nm = ((r + 2) * (r + 2) * 2).mean()\nm.backward()")
    // Not the default generator, which belongs to the program.
    let generator = Generator(seed: 0)
    let r = Tensor.randn(3, generator: generator, requiresGrad: true), m = ((r + 2) * (r + 2) * 2).mean()
    m.backward()
    page.show("\(r)\n\(m)\n\(text(r.grad))")
    page.say(
      "The same with random numbers. The seed makes them repeat, and they are PyTorch's.",
      "난수로 해도 같습니다. 시드가 같으면 같은 난수가 나오고, 그 난수는 PyTorch와 같습니다.")
    page.goOn("graph \"y = x + 2; 2*y^2\" --at x=3", "ops mean")
  }

  /// What a gradient for a result that is not a number means.
  static func vectorJacobian(_ page: inout Page) throws {
    let (x1, x2, x3) = (page.number("x1", 1), page.number("x2", 2), page.number("x3", 3))
    let list = [x1, x2, x3].map { "\($0)" }.joined(separator: ", ")
    let x = Tensor([x1, x2, x3], requiresGrad: true), z = (x + 2) * (x + 2) * 2
    page.code(
      "let x = Tensor([\(list)], requiresGrad: true)\nlet z = (x + 2) * (x + 2) * 2\nz.backward()",
      "x = torch.tensor([\(list)], requires_grad=True)\nz = (x + 2) * (x + 2) * 2\nz.backward()")
    do { try catching { z.backward() } } catch { page.show(error.description) }
    page.say(
      """
      The first sentence is PyTorch's. z has three elements, so there is no one number that changes: its derivative is a matrix, the
      Jacobian, with an entry for each pair of an output and an input. backward() is told which mixture of the outputs is meant by a
      vector v, one number for each output.
      """,
      """
      첫 문장은 PyTorch의 것입니다. z는 원소가 셋이라 바뀌는 수가 하나로 정해지지 않습니다. 도함수는 출력과 입력의 쌍마다 성분이 하나씩
      있는 행렬, 곧 야코비 행렬입니다. 출력마다 수가 하나씩인 벡터 v로 어떤 조합을 미분할지 backward()에 알려 줍니다.
      """)
    z.backward(gradient: Tensor([1.0, 0, 0]))
    page.code("z.backward(gradient: Tensor([1.0, 0, 0]))\nprint(x.grad!)", "z.backward(torch.tensor([1., 0., 0.]))\nprint(x.grad)")
    page.show(text(x.grad))
    page.say(
      "v = [1, 0, 0] asks for the first output alone. Here each output depends on one input, so two of the three numbers are 0.",
      "v = [1, 0, 0]은 첫째 출력만 미분합니다. 여기서는 출력마다 입력 하나에만 달려 있어 세 수 가운데 둘이 0입니다.")
    let pairs = { (x: Tensor) in stack([x[0] * x[1], x[1] * x[2], x[2] * x[0]]) }
    let a = Tensor([x1, x2, x3], requiresGrad: true), w = pairs(a)
    page.code(
      "let a = Tensor([\(list)], requiresGrad: true)\nlet w = stack([a[0] * a[1], a[1] * a[2], a[2] * a[0]])",
      "a = torch.tensor([\(list)], requires_grad=True)\nw = torch.stack([a[0] * a[1], a[1] * a[2], a[2] * a[0]])")
    page.show("\(w)")
    let matrix = jacobian(pairs, a.detach())
    page.code("jacobian(pairs, a.detach())   // pairs: w as a function of a", "torch.autograd.functional.jacobian(pairs, a.detach())")
    page.show("\(matrix)")
    page.say(
      "A row for each output, a column for each input. Lessons often write the transpose, a column for each output:",
      "출력마다 행 하나, 입력마다 열 하나입니다. 수업에서는 흔히 출력마다 열 하나인 전치 행렬로 씁니다.")
    page.show("\(matrix.mT)")
    w.backward(gradient: Tensor([1.0, 0, 0]), retainGraph: true)
    page.code("w.backward(gradient: Tensor([1.0, 0, 0]), retainGraph: true)", "w.backward(torch.tensor([1., 0., 0.]), retain_graph=True)")
    page.show(text(a.grad))
    page.say(
      "That is the first row of the one matrix, the first column of the other. retainGraph keeps the record for another pass.",
      "앞 행렬의 첫째 행이자 전치 행렬의 첫째 열입니다. retainGraph는 기록을 남겨 한 번 더 거슬러 올라갈 수 있게 합니다.")
    a.zeroGrad()
    w.backward(gradient: Tensor([0.1, 1, 0.001]))
    page.code(
      "a.zeroGrad()\nw.backward(gradient: Tensor([0.1, 1, 0.001]))", "a.grad = None\nw.backward(torch.tensor([0.1, 1., 0.001]))")
    page.show(text(a.grad))
    page.say(
      "Any v gives v times the Jacobian, a vector-Jacobian product, and the matrix is never written down.",
      "어떤 v를 주어도 v와 야코비 행렬의 곱(벡터-야코비 곱)이 나오며, 행렬을 다 적는 일은 없습니다.")
    page.goOn("explain \"x1*x2\" --at x1=1,x2=2", "ops stack")
  }

  /// The example every introduction begins with.
  static func ones(_ page: inout Page) {
    let value = page.number("x", 1)
    let x = Tensor.full([2, 2], value).asLeaf()
    let made =
      value == 1
      ? ("Tensor.ones([2, 2], requiresGrad: true)", "torch.ones(2, 2, requires_grad=True)")
      : ("Tensor.full([2, 2], \(value)).asLeaf()", "torch.full((2, 2), \(value), requires_grad=True)")
    page.code("let x = \(made.0)", "x = \(made.1)")
    page.show("\(x)")
    let y = x + 1
    page.code("let y = x + 1", "y = x + 1")
    page.show("\(y)")
    let z = 2 * y.pow(2)
    page.code("let z = 2 * y.pow(2)", "z = 2 * y**2")
    page.show("\(z)")
    let out = z.mean()
    page.code("let out = z.mean()", "out = z.mean()")
    page.show("\(out)")
    out.backward()
    page.code("out.backward()\nprint(x.grad!)", "out.backward()\nprint(x.grad)")
    page.show(text(x.grad))
    page.say(
      """
      Why x + 1: out = 1/4 (z1 + z2 + z3 + z4), so d out/dz = 1/4. z = 2 y^2, so dz/dy = 4 y. y = x + 1, so dy/dx = 1.
      The product is 1/4 * 4 y * 1 = y = x + 1, in each of the four places.
      """,
      """
      왜 x + 1일까요. out = 1/4 (z1 + z2 + z3 + z4)이므로 d out/dz = 1/4입니다. z = 2 y^2이므로 dz/dy = 4 y이고, y = x + 1이므로 dy/dx = 1입니다.
      모두 곱하면 네 자리 어디서나 1/4 * 4 y * 1 = y = x + 1입니다.
      """)
    page.goOn("derive \"2*(x+1)^2/4\" --at x=1", "graph \"y = x + 1; z = 2*y^2; z/4\" --at x=1")
  }

  /// Prints what is there, or nil.
  static func text(_ tensor: Tensor?) -> String { tensor.map { "\($0)" } ?? "nil" }
}
