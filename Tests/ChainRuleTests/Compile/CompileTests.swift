import ChainRule
import Foundation
import Testing

/// Compiled functions: what they do at each call, what they refuse, and what runs as it is.
@Suite struct CompileTests {
  private let x = Tensor([0.5, -1, 2], dtype: .float64)

  private func message(_ body: () -> Void) -> String {
    do {
      try catching { body() }
      return ""
    } catch {
      return error.message + " " + error.hint
    }
  }

  @Test func aFunctionOfTensors() {
    var calls = 0
    let f = compile { (x: Tensor, w: Tensor) -> Tensor in
      calls += 1
      return (x * w + 1).tanh().sum()
    }
    for i in 1...5 {
      let a = x * Double(i), b = x + Double(i)
      #expect(f(a, b).equal((a * b + 1).tanh().sum()))
    }
    // Twice to be sure that it does the same; then the plan.
    #expect(calls == 2 && f.plan != nil && f.reasonForEager == nil)
  }

  @Test func treesGoInAndOut() {
    let f = compile { (p: [String: Tensor], x: [Tensor]) -> [String: Tensor] in ["y": p["w"]! * x[0] + x[1], "w": p["w"]!] }
    for i in 1...4 {
      let w = x * Double(i), out = f(["w": w], [x, w])
      #expect(out["y"]!.equal(w * x + w) && out["w"]!.equal(w))
    }
  }

  @Test func constantsAndWhatIsDoneTwiceAreComputedOnce() {
    let c = Tensor([1.0, 2, 3], dtype: .float64)
    let function = { (x: Tensor) -> Tensor in
      // Fixed: c's exponential and its sum; twice: the product. Nobody reads the logarithm.
      let a = x * c.exp().sum(), b = x * c.exp().sum()
      _ = x.log()
      return a.sin() + b.cos() + c.reshaped(3, 1).T
    }
    let f = compile(function)
    for i in 1...4 {
      let x = x * Double(i)
      #expect(f(x).equal(function(x)))
    }
    #expect(f.plan!.steps.map(\.text) == ["mul", "sin", "cos", "add", "add"])
    // What holds a function of the user's is never taken for another.
    struct Scaling: DifferentiableFunction {
      let factor: @Sendable (Tensor) -> Tensor
      func forward(_ x: [Tensor]) -> Tensor { factor(x[0]) }
      func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [factor(dy)] }
    }
    let g = compile { (x: Tensor) in Scaling { 2 * $0 }(x) + Scaling { 3 * $0 }(x) }
    for _ in 0..<4 { #expect(g(x).equal(x * 2 + x * 3)) }
  }

  @Test func gradientsThatComeAndGoStayInThePlan() {
    func steps(_ w: Tensor, _ v: Tensor) -> (Tensor) -> [Tensor] {
      { x in
        // Twice into the same leaf, with a reading between; the second leaf keeps its gradient.
        (w * x).sum().backward()
        let first = w.grad!
        (w * w * x).sum().backward()
        let second = w.grad! + first
        w.grad = nil
        (w * v).sum().backward()
        w.grad = first
        w.data -= 0.1 * second
        w.grad = nil
        return [first, second]
      }
    }
    func leaves() -> (Tensor, Tensor) {
      (Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true), Tensor([3.0, 1, 2], dtype: .float64, requiresGrad: true))
    }
    let (w, v) = leaves(), (a, b) = leaves()
    let fast = compile(steps(w, v)), plain = steps(a, b)
    for i in 0..<6 {
      // A gradient from outside is added to, and is a recording of its own.
      if i == 4 { (w.grad, a.grad) = (x.detach(), x.detach()) }
      let found = fast(x), expected = plain(x)
      #expect(found[0].equal(expected[0]) && found[1].equal(expected[1]) && w.data.equal(a.data))
      #expect(w.grad == nil && a.grad == nil && v.grad!.equal(b.grad!))
    }
    #expect(fast.plan != nil)
  }

  /// Of two leaves the same gradient, each put into its leaf and read there: one place holds both, and both are results.
  @Test func equalGradientsOfTwoLeavesAreResults() {
    func step(_ w: Tensor, _ v: Tensor) -> (Tensor) -> [Tensor] {
      { x in
        (w * x + v * x).sum().backward(createGraph: true)
        let gradients = [w.grad!.detach(), v.grad!.detach()]
        (w.grad, v.grad) = (nil, nil)
        return gradients
      }
    }
    func leaf() -> Tensor { Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true) }
    let fast = compile(step(leaf(), leaf())), plain = step(leaf(), leaf())
    for i in 1...4 {
      let found = fast(x * Double(i)), expected = plain(x * Double(i))
      #expect(found[0].equal(expected[0]) && found[1].equal(expected[1]))
    }
    #expect(fast.plan != nil)
  }

  @Test func otherShapesAndTypesAreRecordedAnew() {
    let f = compile { (x: Tensor) in (x * x).sum(dim: 0) }
    for _ in 0..<3 {
      for t in [x, x.to(.float32), Tensor.ones(2, 3), Tensor.ones(3, 2).T, Tensor.ones(2, 2)] { #expect(f(t).equal((t * t).sum(dim: 0))) }
    }
  }

  @Test func leavesAreReadAndWrittenAtEachCall() {
    let w = Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true), v = Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true)
    func step(_ w: Tensor) -> (Tensor) -> Tensor {
      { x in
        let loss = (w * x).square().sum()
        loss.backward()
        w.data -= 0.1 * w.grad!
        w.zeroGrad()
        return loss
      }
    }
    let fast = compile(step(w)), plain = step(v)
    for i in 0..<6 {
      if i == 4 {
        w.data = x
        v.data = x
      }
      #expect(fast(x + Double(i)).equal(plain(x + Double(i)).detach()) && w.detach().equal(v.detach()) && w.grad == nil)
    }
    #expect(fast.plan != nil)
  }

  @Test func gradientsAddUpAcrossCalls() {
    let w = Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true)
    let f = compile { (x: Tensor) in
      (w * x).sum().backward()
      return x
    }
    for _ in 0..<5 { _ = f(x) }
    #expect(w.grad!.equal(x * 5))
  }

  @Test func freezingAndResizingALeafIsSeen() {
    var w = Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true)
    let b = Tensor(1.0, dtype: .float64, requiresGrad: true), leaf = w
    let f = compile { (x: Tensor) in
      ((leaf * x).sum() + b).backward()
      return x
    }
    for _ in 0..<3 { _ = f(x) }
    w.requiresGrad = false
    _ = f(x)
    #expect(w.grad!.equal(x * 3) && b.grad!.item() == 4)
    w.data = Tensor(2.0, dtype: .float64)
    for _ in 0..<3 { _ = f(x) }
    #expect(b.grad!.item() == 7)
  }

  @Test func randomNumbersAreDrawnInOrder() {
    let a = Generator(seed: 3), b = Generator(seed: 3)
    let f = compile { (x: Tensor) in x * Tensor.rand(3, dtype: .float64, generator: a) + Tensor.randn(3, dtype: .float64, generator: a) }
    for _ in 0..<4 {
      let first = Tensor.rand(3, dtype: .float64, generator: b), second = Tensor.randn(3, dtype: .float64, generator: b)
      #expect(f(x).equal(x * first + second))
    }
  }

  @Test func transformsInsideAreInThePlan() {
    let cube = { (x: Tensor) in (x * x * x).sum() }
    let first = compile(grad(cube)), second = compile { (x: Tensor) in hessian(cube, x) }
    let third = compile { (x: Tensor) in jvp(grad(cube), x, x).tangent }
    let rows = compile { (x: Tensor) in vmap { ($0 * 2).sum() }(x.unsqueezed(0) * x.unsqueezed(1)) }
    for i in 1...4 {
      let x = x * Double(i)
      #expect(first(x).equal(grad(cube)(x)) && second(x).equal(hessian(cube, x)) && third(x).equal(jvp(grad(cube), x, x).tangent))
      #expect(rows(x).equal(vmap { ($0 * 2).sum() }(x.unsqueezed(0) * x.unsqueezed(1))))
    }
    #expect([first, second, third, rows].allSatisfy { $0.plan != nil })
  }

  @Test func insideTransformsItRunsAsItIs() {
    let f = compile { (x: Tensor) in (x * 2 + 1).tanh() }, plain = { (x: Tensor) in (x * 2 + 1).tanh() }
    for _ in 0..<4 {
      #expect(f(x).equal(plain(x)))
      #expect(grad { f($0).sum() }(x).equal(grad { plain($0).sum() }(x)))
      #expect(
        vjp({ f($0) }, x).pullback(x).equal(vjp(plain, x).pullback(x)) && jvp({ f($0) }, x, x).tangent.equal(jvp(plain, x, x).tangent))
      #expect(jacobian({ f($0) }, x).equal(jacobian(plain, x)) && hessian({ f($0).sum() }, x).equal(hessian({ plain($0).sum() }, x)))
      #expect(hvp({ f($0).sum() }, x, x).equal(hvp({ plain($0).sum() }, x, x)) && vmap { f($0) }(x).equal(plain(x)))
    }
  }

  @Test func aResultWithAGraphKeepsIt() {
    let w = Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true), f = compile { (x: Tensor) in (w * x).sum() }
    for i in 1...3 {
      f(x).backward()
      #expect(w.grad!.equal(x * Double(i)))
    }
    #expect(f.plan == nil && f.reasonForEager != nil)
    let y = x.asLeaf(), square = compile { (x: Tensor) in x * x }
    square(y * 2).sum().backward()
    #expect(y.grad!.equal(x * 8) && square.reasonForEager != nil)
    for _ in 0..<3 { _ = square(x) }
    #expect(square.plan != nil && square.reasonForEager == nil)
    square(y * 2).sum().backward()
    _ = square(x)
    #expect(square.plan != nil && square.reasonForEager == nil)
  }

  @Test func derivativesOfHigherOrderInAStep() {
    let w = Tensor([0.3, -0.2, 0.5], dtype: .float64, requiresGrad: true),
      v = Tensor([0.3, -0.2, 0.5], dtype: .float64, requiresGrad: true)
    func penalty(_ w: Tensor) -> (Tensor) -> Tensor {
      { x in
        w.zeroGrad()
        let loss = (w * x).tanh().sum(), slope = gradients(of: loss, withRespectTo: [w], createGraph: true)[0] as Tensor
        let total = loss + slope.square().sum()
        total.backward()
        return total
      }
    }
    let fast = compile(penalty(w)), plain = penalty(v)
    for i in 0..<4 {
      #expect(fast(x + Double(i)).equal(plain(x + Double(i)).detach()) && w.grad!.equal(v.grad!))
    }
    #expect(fast.plan != nil)
  }

  @Test func theUsersOwnFunctionsRunAgain() {
    struct Cube: DifferentiableFunction {
      func forward(_ x: [Tensor]) -> Tensor { x[0] * x[0] * x[0] }
      func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * 3 * x[0] * x[0]] }
    }
    let w = Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true)
    let f = compile { (x: Tensor) in
      w.grad = nil
      Cube()(w * x).sum().backward()
      return w.grad!
    }
    for i in 1...4 {
      let x = x * Double(i)
      #expect(f(x).allClose(3 * w.detach().square() * x * x * x))
    }
  }

  @Test func anErrorIsThrownFromThePlanAsFromTheFunction() throws {
    let table = Tensor([1.0, 2, 3]), f = compile { (i: Tensor) in table.gather(dim: 0, index: i) * 2 }
    for _ in 0..<3 { #expect(f(Tensor([0, 2])).array(of: Double.self) == [2, 6]) }
    let plain = message { _ = table.gather(dim: 0, index: Tensor([0, 7])) * 2 }
    #expect(!plain.isEmpty && message { _ = f(Tensor([0, 7])) } == plain)
    #expect(f(Tensor([1, 1])).array(of: Double.self) == [4, 4])
  }

  @Test func whatCannotBeInAPlanIsRefused() {
    let w = x.asLeaf(), x = x
    func refusal(_ f: @escaping (Tensor) -> Tensor) -> String {
      message {
        let compiled = compile(f)
        _ = compiled(x)
      }
    }
    #expect(refusal { x in x.sum().item() > 0 ? x : -x }.contains("item reads numbers out of a tensor"))
    #expect(refusal { x in Tensor(x.array(of: Double.self).reversed()) }.contains("array(of:) reads numbers"))
    #expect(refusal { x in w.detach().sum().item() > 0 ? x : -x }.contains("reads numbers"))
    #expect(
      refusal { x in
        let h = w * x
        h.registerHook { $0 * 2 }
        h.sum().backward()
        return x
      }.contains("has hooks"))
    #expect(
      refusal { x in
        let leaf = x.asLeaf()
        (leaf * 2).sum().backward()
        return leaf.grad ?? x
      }.contains("a leaf is made inside"))
    let outside = (w * 2).sum()
    #expect(
      refusal { x in
        outside.backward()
        return x
      }.contains("graph from outside"))
    // A constant may be read.
    #expect(refusal { x in x * Tensor(3.0, dtype: .float64).item() }.isEmpty)
  }

  @Test func whatChangesFromCallToCallIsFoundOut() {
    var rate = 0.1
    let x = x, f = compile { (x: Tensor) in x * rate }
    #expect(f(x).equal(x * 0.1))
    rate = 0.2
    #expect(f(x).equal(x * 0.2))
    rate = 0.3
    let text = message { _ = f(x) }
    #expect(text.contains("does not do the same at each call: step 1, mul") && text.contains("must be an argument"))
    var flag = false
    let g = compile { (x: Tensor) in flag ? x.exp() : x.sin() }
    #expect(g(x).equal(x.sin()))
    flag = true
    #expect(g(x).equal(x.exp()) && g(x).equal(x.exp()) && g(x).equal(x.exp()))
  }

  @Test func oneCompiledFunctionInAnother() {
    let f = compile { (x: Tensor) in x * 3 }
    for i in 1...3 { #expect(f(x * Double(i)).equal(x * Double(i) * 3)) }
    let outer = compile { (x: Tensor) in f(x) + f(x * 2) }
    for i in 1...4 { #expect(outer(x * Double(i)).equal(x * Double(i) * 3 + x * Double(i) * 2 * 3)) }
    #expect(outer.plan != nil)
  }

  /// Nodes are numbered by thread: a leaf that a busy thread has made is no leaf made inside on a fresh one.
  @Test func leavesOfOtherThreads() async {
    func onFreshThread<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
      await withCheckedContinuation { done in Thread { done.resume(returning: body()) }.start() }
    }
    let w = await onFreshThread { () -> Tensor in
      for _ in 0..<1000 { _ = Tensor(1.0, requiresGrad: true) }
      return Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true)
    }
    let x = x
    let sum = await onFreshThread { () -> Double in
      let f = compile { (x: Tensor) in
        w.zeroGrad()
        (w * x).sum().backward()
        return w.grad!
      }
      return (0..<4).map { f(x + Double($0)).sum().item() }.reduce(0, +)
    }
    #expect(sum == 4 * 1.5 + 3 * 6)
  }

  @Test func noArgumentsAndNoTensors() {
    let w = x.asLeaf(),
      f = compile { () -> [Tensor] in
        w.grad = nil
        w.square().sum().backward()
        return []
      }
    for i in 0..<4 {
      w.data = x * Double(i)
      #expect(f().isEmpty && w.grad!.equal(x * Double(i) * 2))
    }
  }
}
