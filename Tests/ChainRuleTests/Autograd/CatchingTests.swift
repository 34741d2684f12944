import ChainRule
import Testing

/// Failing operations inside `catching` throw; outside they trap with the same text.
struct CatchingTests {
  private let a = Tensor([1.0, 2]), b = Tensor([1.0, 2, 3])

  @Test func firstErrorIsThrown() throws {
    let error = #expect(throws: TensorError.self) {
      try catching { () -> Tensor in
        let bad = a + b
        let worse = bad.matmul(Tensor.zeros(7, 7)).reshaped(99)
        return worse[5].softmax(dim: 3)
      }
    }
    #expect(error?.message == "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0")
    #expect(error?.kind == .shape && error?.operation == "add" && error?.shapes == [[2], [3]])
    #expect(try catching { (a + a).sum().item() } == 6)
  }

  @Test func nothingIsWritten() {
    let w = Tensor([1.0, 2], requiresGrad: true)
    w.sum().backward()
    var plain = a
    let generator = Generator(seed: 3)
    let before = Tensor.rand([2], generator: Generator(seed: 3)).doubles
    _ = message {
      _ = a + b
      w.data -= 0.5
      w.data = Tensor([9.0, 9])
      w.data[0] = 4
      w.grad = Tensor([7.0, 7])
      w.zeroGrad()
      (w * 2).sum().backward()
      plain += 1
      plain[0] = 9
      _ = Tensor.rand([2], generator: generator)
      generator.manualSeed(99)
    }
    #expect(w.doubles == [1, 2] && w.grad!.doubles == [1, 1] && plain.doubles == [1, 2])
    #expect(Tensor.rand([2], generator: generator).doubles == before)
  }

  /// Every kind of use of a failed result is harmless.
  @Test func poisonTravels() {
    let error = message {
      let bad = a.reshaped(5)
      _ = (bad.shape, bad.count, bad.item(), bad.array(of: Float.self), "\(bad)", bad.grad, bad.gradFn)
      _ = (bad .== a, bad[0], cat([bad, a]), bad.T, bad.max(dim: 0).values, split(bad, 1), bad.nonzero())
      _ = (bad.to(.int64), bad.detach(), bad.asLeaf(), grad { ($0 * bad).sum() }(a), jvp({ $0 * bad }, a, a).tangent)
      _ = gradients(of: bad, withRespectTo: [bad])
      _ = vmap { $0 + bad }(a)
      bad.backward()
      bad.retainGrad()
      bad.registerHook { $0 }
    }
    #expect(error == "shape '[5]' is invalid for input of size 2")
  }

  @Test func scopesNest() throws {
    let outer = try catching { () -> String in
      let inner = message { _ = a + b }
      // The inner error is over: the outer scope goes on as if nothing had been.
      #expect((a + a).doubles == [2, 4])
      return inner ?? "none"
    }
    #expect(outer.hasPrefix("The size of tensor a (2)"))
    let both = #expect(throws: TensorError.self) {
      try catching {
        _ = a.reshaped(7)
        // An inner scope that starts after the failure throws nothing of its own.
        _ = try? catching { a + b }
      }
    }
    #expect(both?.message == "shape '[7]' is invalid for input of size 2")
  }

  @Test func otherErrorsPass() {
    struct Stop: Error {}
    #expect(throws: Stop.self) { try catching { throw Stop() } }
    // The operation failed first.
    #expect(throws: TensorError.self) {
      try catching {
        _ = a + b
        throw Stop()
      }
    }
    #expect((a + a).doubles == [2, 4])
  }

  /// A pass that fails in the middle leaves every gradient as it was.
  @Test func failingPassWritesNoGradient() {
    let x = Tensor([1.0, 2], requiresGrad: true), w = Tensor([1.0, 2], requiresGrad: true)
    let y = (x * x).sum()
    let kept = (w * 1).sum() + y
    y.backward()
    x.zeroGrad()
    #expect(message { kept.backward() } != nil)
    #expect(x.grad == nil && w.grad == nil)
  }

  @Test func trapSaysTheSame() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros(2, 3).named("input").matmul(Tensor.zeros(2, 3).named("weight"))
    }
    #expect(text(result).contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"))
    #expect(text(result).contains("shapes: [2, 3], [2, 3]") && text(result).contains("names: input, weight"))
  }

  /// The program's own line first, then the sentence, then who called; none of the library's frames, and no seconds of waiting.
  @Test func aTrapNamesTheProgramsOwnLine() async {
    let line = wrongProgramLine
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = wrongProgram(Tensor.zeros(2, 3))
    }
    #if os(Linux)
    let lines = text(result).split(separator: "\n")
    let own = lines.firstIndex {
      $0.contains("CatchingTests.swift:\(line): Fatal error: mat1 and mat2 shapes cannot be multiplied (2x3 and 4x4)")
    }
    #expect(own != nil, "\(text(result))")
    #expect(lines.count < 12 && lines.allSatisfy { !$0.contains("Sources/ChainRule") }, "\(text(result))")
    #expect(lines.contains { $0.contains("called from") })
    #endif
  }

  @Test func escapedPoisonTraps() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var leaked = Tensor([1.0])
      _ = try? catching { leaked = Tensor([1.0]).reshaped(3) }
      _ = leaked + 1
    }
    #expect(text(result).contains("the result of a failed operation left its catching scope"))
  }

  @Test func escapedTransformTraps() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var leaked = Tensor([1.0])
      _ = vmap { (x: Tensor) -> Tensor in
        leaked = x
        return x
      }(Tensor([1.0, 2]))
      _ = leaked + 1
    }
    #expect(text(result).contains("a tensor from inside jvp, vmap or grad was used after the transform had ended"))
  }
}

// Outside the test, whose body a macro takes into a source of its own.
private let wrongProgramLine = #line + 3

private func wrongProgram(_ x: Tensor) -> Tensor {
  x.matmul(Tensor.zeros(4, 4))
}
