import ChainRule
import ChainRuleExplain
import ChainRuleOptim

extension Tour {
  /// A squared error of one product, every factor with its reason.
  static func oneWeight(_ page: inout Page) {
    let (x, w, y) = (page.number("x", 1), page.number("w", 1), page.number("y", 2))
    let text = Page.short, inner = Page.inner
    page.say(
      "The model is yhat = x w, with one weight w. The data say that x = \(text(x)) should give y = \(text(y)); w is \(text(w)).",
      "모델은 가중치 w가 하나인 yhat = x w입니다. 데이터에 따르면 x = \(text(x))일 때 y = \(text(y))여야 하고, 지금 w = \(text(w))입니다.")
    let weight = Tensor([w], requiresGrad: true), prediction = x * weight
    page.code(
      "let w = Tensor([\(w)], requiresGrad: true)\nlet yhat = \(x) * w", "w = torch.tensor([\(w)], requires_grad=True)\nyhat = \(x) * w")
    page.show("\(prediction)")
    let s = prediction - y, loss = s * s
    page.code("let s = yhat - \(y)\nlet loss = s * s", "s = yhat - \(y)\nloss = s * s")
    page.show("\(s)\n\(loss)")
    page.say(
      "The loss says how wrong the model is: here the square of the error s. Its gradient for w, backwards and by hand:",
      "손실(loss)은 모델이 얼마나 틀렸는지를 나타내며, 여기서는 오차 s의 제곱입니다. w에 대한 기울기를 손으로 거꾸로 구해 봅니다.")
    let (a, b, c) = (2 * (x * w - y), 1.0, x)
    page.show(
      """
      dloss/ds = 2 s = 2 * \(inner(x * w - y)) = \(text(a))
      ds/dyhat = 1
      dyhat/dw = x = \(text(c))
      """)
    page.say(
      "because d s^2/ds = 2 s, d(yhat - y)/dyhat = 1 and d(x w)/dw = x. Each is a local derivative: of one operation, for its own input.",
      "d s^2/ds = 2 s, d(yhat - y)/dyhat = 1, d(x w)/dw = x이기 때문입니다. 셋 다 연산 하나를 자기 입력으로 미분한 국소 도함수입니다.")
    page.show("dloss/dw = dloss/ds * ds/dyhat * dyhat/dw = \(text(a)) * \(text(b)) * \(inner(c)) = \(text(a * b * c))")
    page.say("The chain rule multiplies them along the way back. The machine does the same:", "연쇄 법칙은 돌아오는 길을 따라 이들을 곱합니다. 프로그램도 똑같이 합니다.")
    loss.backward()
    page.code("loss.backward()\nprint(w.grad!)", "loss.backward()\nprint(w.grad)")
    page.show(Self.text(weight.grad))
    page.say(
      "A negative gradient says: a larger w makes the loss smaller. Learning moves w against the gradient.",
      "기울기가 음수라는 것은 w가 커지면 손실이 줄어든다는 뜻입니다. 학습은 w를 기울기의 반대쪽으로 옮깁니다.")
    page.goOn(
      "explain \"yhat = x*w; s = yhat - y; s^2\" --at w=1 --data x=1,y=2", "graph \"yhat = x*w; s = yhat - y; s^2\" --at w=1 --data x=1,y=2"
    )
  }

  /// One number learns to double: the loop of the classic lesson, printed as PyTorch prints it.
  static func loop(_ page: inout Page) {
    let (start, rate) = (page.number("w", 1), page.number("rate", 0.01)), epochs = page.number("epochs", 20)
    page.say(
      "The data are (1, 2), (2, 4), (3, 6): y is twice x. An epoch goes through all of them once; the rate says how far w moves each time.",
      "데이터는 (1, 2), (2, 4), (3, 6)으로 y는 x의 두 배입니다. 에폭은 데이터를 한 번 다 도는 것이고, 학습률은 w를 한 번에 얼마나 옮길지 정합니다.")
    page.code(
      """
      let w = Tensor([\(start)], requiresGrad: true)
      func forward(_ x: Double) -> Tensor { x * w }
      print("predict (before training)", 4, forward(4).item())
      for epoch in 0..<\(Page.short(epochs)) {
        var l = Tensor(0)
        for (x, y) in [(1.0, 2.0), (2, 4), (3, 6)] {
          l = (forward(x) - y).pow(2)
          l.backward()
          print("\\tgrad: ", x, y, w.grad!.item())
          w.data -= \(rate) * w.grad!
          w.zeroGrad()
        }
        print("progress:", epoch, l.item())
      }
      print("predict (after training)", 4, forward(4).item())
      """,
      """
      w = torch.tensor([\(start)], requires_grad=True)
      def forward(x): return x * w
      print("predict (before training)", 4, forward(4).item())
      for epoch in range(\(Page.short(epochs))):
          for x, y in [(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]:
              l = (forward(x) - y) ** 2
              l.backward()
              print("\\tgrad: ", x, y, w.grad.item())
              w.data = w.data - \(rate) * w.grad.data
              w.grad.data.zero_()
          print("progress:", epoch, l.item())
      print("predict (after training)", 4, forward(4).item())
      """)
    page.gap()
    let w = Tensor([start], requiresGrad: true)
    page.show("predict (before training) 4 \((4 * w).item())")
    for epoch in 0..<Int(min(max(epochs, 0), 1000)) {
      var loss = Tensor(0)
      for (x, y) in [(1.0, 2.0), (2, 4), (3, 6)] {
        loss = (x * w - y).pow(2)
        loss.backward()
        page.show("\tgrad:  \(x) \(y) \(w.grad?.item() ?? .nan)")
        w.data -= rate * (w.grad ?? Tensor([0.0]))
        w.zeroGrad()
      }
      page.show("progress: \(epoch) \(loss.item())")
    }
    page.show("predict (after training) 4 \((4 * w).item())")
    page.say(
      """
      forward() is the model. l.backward() puts the gradient into w.grad, w.data -= rate * w.grad moves w against it, and zeroGrad() forgets
      it, since the next backward() would add to it. The progress line is the loss of the last pair. w comes near 2, and 4 gives nearly 8.
      """,
      """
      forward()가 모델입니다. l.backward()는 w.grad에 기울기를 넣고, w.data -= rate * w.grad는 w를 그 반대쪽으로 옮기고, zeroGrad()는 기울기를
      지웁니다. 지우지 않으면 다음 backward()가 거기에 더하기 때문입니다. progress 줄은 마지막 쌍의 손실입니다. w는 2에, 4의 답은 8에 가까워집니다.
      """)
    page.goOn("explain --optimizer sgd --lr 0.01 --parameter 1 --gradients=-2,-7.84,-16.2288", "train")
  }

  /// The four lines, and what each changes in the tensors.
  static func trainingLoop(_ page: inout Page) {
    let (x, y, start, rate) = (page.number("x", 2), page.number("y", 6), page.number("w", 1), page.number("rate", 0.1))
    let w = Tensor(start, requiresGrad: true).named("w"), optimizer = SGD([w], lr: rate)
    page.code(
      "let loss = (w * x - y).pow(2)\noptimizer.zeroGrad()\nloss.backward()\noptimizer.step()",
      "loss = (w * x - y) ** 2\noptimizer.zero_grad()\nloss.backward()\noptimizer.step()")
    page.say(
      "x = \(Page.short(x)), y = \(Page.short(y)), w = \(Page.short(start)); the optimizer is SGD([w], lr: \(Page.short(rate))), which moves w against its gradient.",
      "x = \(Page.short(x)), y = \(Page.short(y)), w = \(Page.short(start))이고 옵티마이저는 w를 기울기의 반대쪽으로 옮기는 SGD([w], lr: \(Page.short(rate)))입니다."
    )
    for step in 1...2 {
      page.gap()
      page.say("step \(step)", "\(step)단계")
      let loss = (w * x - y).pow(2)
      page.show("loss = (w * x - y)^2   loss \(loss)")
      page.note("a value, and the record of how it came about", "값과, 그 값이 나온 과정의 기록")
      optimizer.zeroGrad()
      page.show("optimizer.zeroGrad()   w.grad \(text(w.grad))")
      page.note("the gradient of the step before is forgotten; the record of the loss is not touched", "앞 단계의 기울기를 지웁니다. 손실의 기록은 그대로입니다")
      loss.backward()
      page.show("loss.backward()        w.grad \(text(w.grad)), w \(text(w.data))")
      page.note("the gradient 2 (w x - y) x arrives; w is still what it was", "기울기 2 (w x - y) x가 도착합니다. w는 아직 그대로입니다")
      optimizer.step()
      page.show("optimizer.step()       w.grad \(text(w.grad)), w \(text(w.data))")
      page.note("w = w - lr * w.grad; the gradient stays", "w = w - lr * w.grad. 기울기는 남아 있습니다")
    }
    page.gap()
    page.say(
      """
      In general W = W - optimizer(grad): every optimizer is a rule that makes a step of a gradient. SGD takes lr * grad, Adam the mean of
      the last gradients over the root of the mean of their squares.
      """,
      """
      일반적으로 W = W - optimizer(grad)입니다. 옵티마이저는 기울기를 받아 W를 얼마나 옮길지 정하는 규칙입니다. SGD는 lr * grad만큼, Adam은 최근 기울기의
      평균을 제곱 평균의 제곱근으로 나눈 만큼 옮깁니다.
      """)
    let v = Tensor([1.0], requiresGrad: true)
    page.code(
      "let v = Tensor([1.0], requiresGrad: true)\nfor _ in 1...3 {\n  (v * 1.0 - 2.0).pow(2).backward()\n  print(v.grad!)\n}",
      "v = torch.tensor([1.], requires_grad=True)\nfor _ in range(3):\n    ((v * 1. - 2.) ** 2).backward()\n    print(v.grad)")
    for _ in 1...3 {
      (v * 1.0 - 2.0).pow(2).backward()
      page.show(text(v.grad))
    }
    page.say(
      """
      Without zeroGrad() gradients add up: -2, -4, -6, though v never moved. And what travels back is the value of a derivative, not the
      loss: the loss was 1 each time, backward() begins with dloss/dloss = 1 whatever the loss is, and -2 is its slope.
      """,
      """
      zeroGrad()가 없으면 v가 움직이지 않아도 기울기가 -2, -4, -6으로 쌓입니다. 그리고 거슬러 올라가는 것은 손실이 아니라 도함수의 값입니다.
      손실은 매번 1이었고, backward()는 손실이 얼마든 dloss/dloss = 1에서 시작합니다. -2는 그 점에서 구한 도함수의 값입니다.
      """)
    page.goOn("explain --optimizer adam --lr 0.1 --parameter 1 --gradients 0.5,0.25", "modules SGD", "train")
  }
}
