import ChainRule
import Testing

/// Warnings that name the tensor, where a program is silently wrong; each in a process of its own, as each comes once.
struct WarningTests {
  private static func lines(_ result: ExitTest.Result?) -> [Substring] {
    text(result).split(separator: "\n").filter { $0.hasPrefix("ChainRule: ") }
  }

  @Test func aNumberReadOutAndPutBack() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let x = Tensor([3.25], requiresGrad: true).named("weight")
      // Read to be printed, or a number that is only the same as none.
      let loss = (x * x).sum()
      precondition(loss.item() == 10.5625 && noGrad { x.item() } == 3.25)
      (x * 7).sum().backward()
      x.zeroGrad()
      let y = x * x.item()
      y.sum().backward()
      precondition(x.grad?.item() == 3.25)
      _ = x * x.item()
    }
    #expect(Self.lines(result).count == 1)
    let line = Self.lines(result).first ?? ""
    #expect(line.contains("The number 3.25 that item() read"), "\(line)")
    #expect(line.contains("\"weight\"") && line.contains("mul"), "\(line)")
  }

  /// A norm that is read out: the tensor it is divided from is below it.
  @Test func aNormReadOut() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let x = Tensor([3.0, 4.5], requiresGrad: true), z = x.exp()
      _ = z / z.norm().item()
    }
    #expect(Self.lines(result).count == 1 && Self.lines(result)[0].contains("put back into its graph by div"))
  }

  @Test func otherNumbersAreLeftAlone() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let x = Tensor([3.25], requiresGrad: true), other = Tensor([4.25], requiresGrad: true)
      // Of another graph, of a constant, and some that programs are full of.
      _ = other * x.item()
      let third = Tensor([5.25], requiresGrad: true)
      _ = third * third.detach().item()
      let half = (x / 6.5).sum(), four = (x + 0.75).sum()
      _ = half * half.item()
      _ = four * four.item()
      for _ in 0..<3 {
        let loss = (x * 0.25).sum()
        loss.backward()
        _ = loss.item()
      }
    }
    #expect(Self.lines(result).isEmpty, "\(Self.lines(result))")
  }

  @Test func aSumThatGrows() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let x = Tensor([3.0], requiresGrad: true)
      var good = Tensor(0.0), total = Tensor(0.0)
      for _ in 0..<3 {
        let loss = (x * x).sum().named("loss")
        loss.backward()
        good += loss.detach()
      }
      for _ in 0..<3 {
        let loss = (x * x).sum().named("loss")
        loss.backward()
        total += loss
      }
    }
    #expect(Self.lines(result).count == 1)
    #expect(Self.lines(result).first?.hasPrefix("ChainRule: \"loss\", on which backward() has been called, is added to another") ?? false)
  }

  @Test func leavesThatKeepGraphs() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let x = Tensor([3.0, 4], requiresGrad: true).named("weight")
      (x * 2).sum().backward(createGraph: true)
      _ = gradients(of: (x * x).sum(), withRespectTo: [x], createGraph: true)
      precondition(x.grad?.requiresGrad == false)
      x.zeroGrad()
      (x * x).sum().backward(createGraph: true)
      x.zeroGrad()
    }
    #expect(Self.lines(result).count == 1)
    let line = Self.lines(result).first ?? ""
    #expect(line.contains("create a reference cycle between the parameter and its gradient") && line.contains("\"weight\""), "\(line)")
  }
}
