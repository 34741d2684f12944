import ChainRule
import ChainRuleExplain
import ChainRuleSymbolic

extension Tour {
  /// A ReLU with slope 2, by its value and its gradient rule alone.
  private struct SteepReLU: DifferentiableFunction {
    func forward(_ x: [Tensor]) -> Tensor { Tensor.where(x[0] .> 0, 2 * x[0], 0) }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [Tensor.where(x[0] .> 0, 2 * dy, 0)] }
  }

  /// Forward differences as they are written, beside the exact derivatives.
  static func numeric(_ page: inout Page) throws {
    let (x, y, h) = (page.number("x", 2), page.number("y", 5), page.number("h", 1e-10))
    let f = { (x: Double, y: Double) in x * x - 2 * y }
    page.say(
      """
      The derivative is the limit of (f(p + h e) - f(p)) / h for h to 0, with the unit vector e = (1, 0) for x and (0, 1) for y. Take a small
      h in place of the limit and you have a forward difference.
      """,
      """
      도함수는 h가 0으로 갈 때 (f(p + h e) - f(p)) / h의 극한입니다. e는 단위 벡터로 x에는 (1, 0), y에는 (0, 1)입니다. 극한 대신 작은 증분 h를
      쓴 것이 전진 차분입니다.
      """)
    page.code(
      "let f = { (x: Double, y: Double) in x * x - 2 * y }, h = \(h)\nprint((f(\(x) + h, \(y)) - f(\(x), \(y))) / h)\nprint((f(\(x), \(y) + h) - f(\(x), \(y))) / h)",
      "f = lambda x, y: x**2 - 2*y; h = \(h)\nprint((f(\(x) + h, \(y)) - f(\(x), \(y))) / h)\nprint((f(\(x), \(y) + h) - f(\(x), \(y))) / h)"
    )
    let dx = try numericDerivative(of: { f($0, y) }, at: x, method: .forward, step: h)
    let dy = try numericDerivative(of: { f(x, $0) }, at: y, method: .forward, step: h)
    page.show("\(dx.value)\n\(dy.value)")
    page.say(
      "Exact are 2 x = \(Page.short(2 * x)) and -2. With n variables that takes n + 1 evaluations of f: one at the point, and one for each unit vector.",
      "정확한 값은 2 x = \(Page.short(2 * x))와 -2입니다. 변수가 n개면 f를 n + 1번 계산합니다. 그 점에서 한 번, 단위 벡터마다 한 번씩입니다.")
    try steps(&page, f, x, y)
    try steepReLU(&page, h)
    page.goOn("derive \"x^2-2*y\" --at x=2,y=5 --step 1e-10", "derive \"x^2*sin(x)\" --at x=2 --svg steps")
  }

  /// The error over the step.
  private static func steps(_ page: inout Page, _ f: @escaping (Double, Double) -> Double, _ x: Double, _ y: Double) throws {
    page.gap()
    var table = TextTable([
      .init("h"), .init("(f(x + h, y) - f(x, y)) / h", .decimal), .init(Phrase("error", "오차")(page.language), .decimal),
    ])
    for exponent in stride(from: -2, through: -16, by: -2) {
      let h = Double("1e\(exponent)") ?? .nan, value = try numericDerivative(of: { f($0, y) }, at: x, method: .forward, step: h).value
      table.add(["1e\(exponent)", "\(value)", NumberText.significant((value - 2 * x).magnitude, digits: 2)])
    }
    page.show(table.text(ascii: page.ascii))
    page.say(
      """
      A large h cuts off too much of the curve: here the error is h itself. A small one drowns in rounding: doubles near f are about 1e-15
      apart, and that is divided by h. The two meet near the root of that, h = 1e-8, which is the best step of a forward difference.
      At h = 1e-16, x + h rounds to x: the difference is 0. Automatic differentiation takes no step, and has neither error.
      """,
      """
      h가 크면 곡선을 거칠게 잘라 오차가 생깁니다. 여기서는 h만큼입니다. h가 작으면 반올림에 묻힙니다. f 근처의 배정밀도 수는 1e-15쯤
      떨어져 있고, 그것을 h로 나누기 때문입니다. 둘은 그 제곱근쯤인 h = 1e-8에서 만나며, 이것이 전진 차분에 가장 좋은 증분입니다.
      h = 1e-16이면 x + h가 반올림되어 x가 되므로 차분이 0입니다. 자동 미분은 증분을 쓰지 않으므로 어느 오차도 없습니다.
      """)
  }

  /// A function of one's own, on both sides of its kink.
  private static func steepReLU(_ page: inout Page, _ h: Double) throws {
    page.code(
      """
      struct SteepReLU: DifferentiableFunction {
        func forward(_ x: [Tensor]) -> Tensor { Tensor.where(x[0] .> 0, 2 * x[0], 0) }
        func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [Tensor.where(x[0] .> 0, 2 * dy, 0)] }
      }
      """,
      """
      class SteepReLU(torch.autograd.Function):
          @staticmethod
          def forward(ctx, x): ctx.save_for_backward(x); return torch.where(x > 0, 2 * x, 0)
          @staticmethod
          def backward(ctx, dy): x, = ctx.saved_tensors; return torch.where(x > 0, 2 * dy, 0)
      """)
    page.say(
      "A ReLU with slope 2 of one's own: its value, and the rule that turns the gradient dy of the result into that of the input.",
      "기울기가 2인 ReLU를 직접 만듭니다. 값과, 결과의 기울기 dy를 입력의 기울기로 바꾸는 규칙만 있으면 됩니다.")
    let g = { (x: Double, y: Double) in x * x - 2 * y > 0 ? 2 * (x * x - 2 * y) : 0 }
    for (x, y) in [(3.0, 4.0), (1, 4)] {
      let dx = try numericDerivative(of: { g($0, y) }, at: x, method: .forward, step: h).value
      let dy = try numericDerivative(of: { g(x, $0) }, at: y, method: .forward, step: h).value
      let a = Tensor(x, dtype: .float64).asLeaf(), b = Tensor(y, dtype: .float64).asLeaf()
      SteepReLU()(a * a - 2 * b).backward()
      page.show(
        """
        SteepReLU(x^2 - 2y), x = \(Page.short(x)), y = \(Page.short(y)): \(Page.short(g(x, y)))
          (g(p + h e) - g(p)) / h: \(dx), \(dy)
          backward():              \(Page.short(a.grad?.item() ?? .nan)), \(Page.short(b.grad?.item() ?? .nan))
        """)
    }
    page.say(
      "Where x^2 - 2y is negative the ReLU is closed: its slope is 0, and with it all that lies behind it gets the gradient 0.",
      "x^2 - 2y가 음수이면 ReLU가 닫힙니다. 기울기가 0이므로 그 뒤에 있는 모든 것의 기울기도 0이 됩니다.")
  }

  /// Which derivative is taken where there is none.
  static func kinks(_ page: inout Page) {
    let at = page.number("x", 0)
    let x = Tensor([at - 1, at, at + 1], requiresGrad: true)
    page.code(
      "let x = Tensor([\(at - 1), \(at), \(at + 1)], requiresGrad: true)",
      "x = torch.tensor([\(at - 1), \(at), \(at + 1)], requires_grad=True)")
    page.show("\(x)")
    for (name, torch, f) in [
      ("relu()", "relu()", { (t: Tensor) in t.relu() }), ("abs()", "abs()", { $0.abs() }),
      ("clamp(min: 0)", "clamp(min=0)", { $0.clamp(min: 0) }),
    ] {
      x.zeroGrad()
      f(x).sum().backward()
      page.code("x.\(name).sum().backward()", "x.\(torch).sum().backward()")
      page.show(text(x.grad))
    }
    let a = Tensor(2.0, requiresGrad: true), b = Tensor(2.0, requiresGrad: true)
    a.maximum(b).backward()
    page.code("a.maximum(b).backward()   // a = b = 2", "torch.maximum(a, b).backward()   # a = b = 2")
    page.show("\(text(a.grad)) \(text(b.grad))")
    page.say(
      """
      A kink is a point where the slope from the left is not the slope from the right: relu has 0 and 1 at 0. There is no derivative, and any
      number between the two would do. PyTorch takes 0 for relu and abs, counts the bound of clamp as inside, and shares a tie. A difference
      sees the kink: forward gives 1 for relu at 0, central 0.5. Training hardly ever meets the point itself.
      """,
      """
      꺾인 점은 왼쪽 도함수와 오른쪽 도함수가 다른 점입니다. relu는 0에서 0과 1입니다. 도함수가 없으므로 둘 사이의 어느 수를 써도 됩니다.
      PyTorch는 relu와 abs에는 0을 쓰고, clamp의 경계는 안쪽으로 보며, 값이 같으면 기울기를 나눕니다. 차분은 꺾인 점을 봅니다. relu의 0에서
      전진 차분은 1, 중심 차분은 0.5입니다. 학습에서 바로 그 점을 만나는 일은 거의 없습니다.
      """)
    page.goOn("derive \"relu(x)\" --at x=0", "ops relu")
  }
}
