import ChainRule
import Testing

/// Hooks: order, replacement, removal, retained gradients; and backward inside a hook.
struct HookTests {
  @Test func hooksSeeAndReplace() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * 3
    var seen: [[Double]] = []
    y.registerHook {
      seen.append($0.doubles)
      return $0 * 2
    }
    let second = y.registerHook {
      seen.append($0.doubles)
      return nil
    }
    y.retainGrad()
    y.sum().backward(retainGraph: true)
    #expect(seen == [[1, 1], [2, 2]] && y.grad!.doubles == [2, 2] && x.grad!.doubles == [6, 6])
    second.remove()
    second.remove()
    y.sum().backward()
    #expect(seen.count == 3 && x.grad!.doubles == [12, 12] && y.grad!.doubles == [4, 4])
  }

  @Test func hooksOnLeaves() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let handle = x.registerHook { $0 * 10 }
    var after: [[Double]] = []
    x.registerPostAccumulateGradHook { after.append($0.grad!.doubles) }
    (x * 2 + x).sum().backward()
    #expect(x.grad!.doubles == [30, 30] && after == [[30, 30]])
    handle.remove()
    x.sum().backward()
    #expect(x.grad!.doubles == [31, 31] && after.count == 2)
    // gradients(of:) sees what the hook makes of a gradient, and stores nothing.
    x.registerHook { $0 - 1 }
    #expect(gradients(of: (x * 5).sum(), withRespectTo: [x])[0].doubles == [4, 4] && after.count == 2)
  }

  /// An optimizer step inside backward.
  @Test func postAccumulateHookMayStep() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    x.registerPostAccumulateGradHook {
      $0.data -= 0.5 * $0.grad!
      $0.zeroGrad()
    }
    (x * x).sum().backward()
    #expect(x.doubles == [0, 0] && x.grad == nil)
  }

  @Test func hooksRunOncePerPassHoweverManyPathsMeet() {
    let x = Tensor([2.0], requiresGrad: true)
    let y = x * 2
    var count = 0
    y.registerHook { _ in
      count += 1
      return nil
    }
    (y + y * y + y.exp() * 0).sum().backward()
    #expect(count == 1)
  }

  @Test func hooksOnOneOfSeveralOutputs() {
    let x = Tensor([[1.0, 5], [7, 3]], requiresGrad: true)
    let values = x.max(dim: 1).values
    values.registerHook { $0 * Tensor([10.0, 100]) }
    values.sum().backward()
    #expect(x.grad!.doubles == [0, 10, 100, 0])
  }

  /// A hook that takes itself off while it runs.
  @Test func hookRemovesItself() {
    let x = Tensor([1.0], requiresGrad: true)
    final class Box: @unchecked Sendable {
      var handle: HookHandle?
      var count = 0
    }
    let box = Box()
    box.handle = x.registerHook { _ in
      box.count += 1
      box.handle?.remove()
      return nil
    }
    x.sum().backward()
    x.sum().backward()
    #expect(box.count == 1)
  }

  @Test func recordedPassRunsHooksRecorded() {
    let x = Tensor([3.0], dtype: .float64, requiresGrad: true)
    let y = x * x
    y.registerHook { $0 * x }
    // The gradient is 2x * x, whose derivative is 4x.
    let g = gradients(of: y, withRespectTo: [x], createGraph: true)[0]
    #expect(g.item() == 18 && gradients(of: g, withRespectTo: [x])[0].item() == 12)
  }

  @Test func retainGrad() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * x
    #expect(!y.retainsGrad)
    y.retainGrad()
    y.retainGrad()
    x.retainGrad()
    #expect(y.retainsGrad && y.grad == nil && !x.retainsGrad)
    (y * 3).sum().backward()
    #expect(y.grad!.doubles == [3, 3] && x.grad!.doubles == [6, 12])
    let plain = Tensor([1.0])
    #expect(message { plain.retainGrad() } == "can't retain_grad on Tensor that has requires_grad=False")
    #expect(message { plain.registerHook { $0 } } == "cannot register a hook on a tensor that doesn't require gradient")
    #expect(
      message { y.registerPostAccumulateGradHook { _ in } } == "post accumulate grad hooks cannot be registered on non-leaf tensors")
  }

  /// A hook that runs a pass over the graph that is being walked: each pass keeps its own sums.
  @Test func backwardInsideAHook() {
    let x = Tensor([2.0], dtype: .float64, requiresGrad: true)
    let shared = x * x
    let other = shared * 3
    let y = shared * shared
    var inner: [Double] = []
    y.registerHook { _ in
      // Over part of what the outer pass has claimed, restricted and not.
      let sum = enableGrad { other + shared }
      inner.append(gradients(of: sum, withRespectTo: [x], retainGraph: true)[0].item())
      other.backward(retainGraph: true)
      return nil
    }
    (y + other).backward(retainGraph: true)
    #expect(inner == [16])
    // 4 x^3 + 6 x from outside, 6 x from inside.
    #expect(x.grad!.item() == 32 + 12 + 12)
  }

  /// Deeply nested: each hook starts a pass over a graph of its own.
  @Test func deepReentrance() {
    let x = Tensor([1.0], requiresGrad: true)
    func level(_ n: Int) {
      let y = enableGrad { x * 2 }
      if n > 0 {
        y.registerHook { _ in
          level(n - 1)
          return nil
        }
      }
      y.backward()
    }
    level(50)
    #expect(x.grad!.item() == 102)
  }

  @Test func gradModeIsRestoredAfterAPass() {
    let x = Tensor([1.0], requiresGrad: true)
    var inside: [Bool] = []
    let y = x * 2
    y.registerHook { _ in
      inside.append(isGradEnabled)
      enableGrad { x.sum().backward(createGraph: true) }
      inside.append(isGradEnabled)
      return nil
    }
    noGrad { y.backward() }
    #expect(inside == [false, false] && isGradEnabled)
  }
}
