import ChainRule
import Testing

/// Passes from several places, gradients of zeros, and edges; the numbers are PyTorch's.
struct RootsTests {
  private let a = Tensor([1.0, 2], dtype: .float64, requiresGrad: true)
  private let b = Tensor([3.0], dtype: .float64, requiresGrad: true)

  @Test func severalRoots() {
    backward([a * 2, (a * a * b).sum()], gradients: [Tensor([1.0, 10], dtype: .float64), nil])
    #expect(a.grad!.doubles == [8, 32] && b.grad!.doubles == [5])
    // One pass through what both have in common, so that nothing needs to be kept.
    let shared = (a * b).exp()
    var runs = 0
    shared.registerHook { _ in
      runs += 1
      return nil
    }
    backward([shared.sum(), (shared * shared).sum()])
    #expect(runs == 1)
    a.zeroGrad()
    backward([a.sum(), b.sum()], inputs: [a])
    #expect(a.grad!.doubles == [1, 1] && b.grad != nil)
    // A root below another, the same twice, and a leaf.
    a.zeroGrad()
    let y = (a * 3).sum()
    backward([y, y * 2, y], retainGraph: true)
    backward([a], gradients: [Tensor([1.0, 1], dtype: .float64)])
    #expect(a.grad!.doubles == [13, 13])
  }

  @Test func refusals() {
    #expect(message { backward([a * 2, a.sum()], gradients: [Tensor.ones([2])]) } == "got 2 tensors and 1 gradients")
    #expect(message { backward([a * 2]) } == "grad can be implicitly created only for scalar outputs")
    #expect(message { backward([a.sum(), Tensor([1.0])]) } == "element 1 of tensors does not require grad and does not have a grad_fn")
    #expect(message { backward([a.sum()], inputs: []) } == "`inputs` argument to `backward()` cannot be empty.")
  }

  @Test func materializedGradients() {
    let found = gradients(of: (a * a).sum(), withRespectTo: [a, b], createGraph: true, materializeGrads: true)
    #expect(found.map(\.doubles) == [[2, 4], [0]] && found.allSatisfy(\.requiresGrad))
    // Of the second order too: of zeros nothing is left but zeros.
    let second = gradients(of: found.map { $0.sum() }, withRespectTo: [a, b], materializeGrads: true)
    #expect(second.map(\.doubles) == [[2, 2], [0]] && second.allSatisfy { !$0.requiresGrad })
    #expect(
      message { _ = gradients(of: a.sum(), withRespectTo: [b], materializeGrads: false) }?
        .hasPrefix("The differentiated Tensor at index 0 appears to not have been used") ?? false)
  }

  @Test func edges() throws {
    var hidden: Tensor? = a * b
    let edge = try #require(hidden?.gradientEdge), y = try #require(hidden).exp().sum()
    hidden = nil
    #expect(edge.shape == [2] && edge.dtype == .float64 && edge.node.name == "MulBackward0")
    let root = try #require(y.gradientEdge), leaf = try #require(a.gradientEdge)
    let found = gradients(of: [root], withRespectTo: [edge, leaf], retainGraph: true)
    let expected = gradients(of: y, withRespectTo: [a], retainGraph: true)[0]
    #expect(found[1]!.doubles == expected.doubles && found[0]!.doubles == (a * b).exp().doubles)
    #expect(gradients(of: [edge], withRespectTo: [leaf], gradOutputs: [Tensor([1.0, 2], dtype: .float64)])[0]!.doubles == [3, 6])
    #expect(Tensor([1.0]).gradientEdge == nil)
    #expect(message { _ = gradients(of: [edge], withRespectTo: [leaf]) } == "grad can be implicitly created only for scalar outputs")
    let wrong = message { _ = gradients(of: [edge], withRespectTo: [leaf], gradOutputs: [Tensor.ones([3])]) }
    #expect(wrong?.hasPrefix("Mismatch in shape: grad_output[0]") ?? false)
  }

  @Test func nodesTellOfThemselves() throws {
    let y = a * 2, z = y + b, node = try #require(z.gradFn)
    #expect(node.sequenceNumber > y.gradFn!.sequenceNumber)
    node.metadata["layer"] = 3
    #expect(node.metadata["layer"] as? Int == 3 && y.gradFn!.metadata.isEmpty && y.gradFn!.variable == nil)
    let leaf = try #require(b.named("b").gradientEdge?.node.variable)
    #expect(leaf.doubles == [3] && leaf.isLeaf && leaf.requiresGrad && leaf.name == "b")
    z.sum().backward()
    #expect(leaf.grad!.doubles == [2] && b.grad!.doubles == [2])
    leaf.data = Tensor([5.0], dtype: .float64)
    #expect(b.doubles == [5])
    var frozen = leaf
    #expect(message { frozen.requiresGrad = false } == "requiresGrad cannot be set on the leaf that a node of the graph gives")
  }

  /// A pass knows its number, and does at its end what it was asked for.
  @Test func passesHaveAnEnd() {
    #expect(BackwardPass.current == nil)
    var seen: [String] = [], ids: Set<UInt64> = []
    a.registerHook { _ in
      guard let pass = BackwardPass.current else { return nil }
      ids.insert(pass.id)
      pass.whenDone {
        seen.append("done \(a.grad!.doubles)")
        BackwardPass.current?.whenDone { seen.append("and again") }
      }
      // A pass inside has another number, and does not end the one around it.
      enableGrad { (b * 1).sum() }.backward()
      seen.append("hook")
      return nil
    }
    b.registerHook { _ in
      ids.insert(BackwardPass.current?.id ?? 0)
      return nil
    }
    (a * 2).sum().backward()
    #expect(seen == ["hook", "done [2.0, 2.0]", "and again"] && ids.count == 2 && BackwardPass.current == nil)
    // What fails does not end.
    let y = (a * 2).exp()
    y.registerHook { _ in Tensor.ones([3]) + Tensor.ones([2]) }
    y.registerHook { _ in
      BackwardPass.current?.whenDone { seen.append("never") }
      return nil
    }
    #expect(message { y.sum().backward() } != nil && seen.count == 3)
    let pass = BackwardPass.current
    #expect(pass == nil)
    var kept: BackwardPass?
    let z = b * 1
    z.registerHook { _ in
      kept = BackwardPass.current
      return nil
    }
    z.sum().backward()
    #expect(message { kept?.whenDone {} } == "Final callbacks can only be installed during backward pass.")
  }
}
