import ChainRule
import Testing

/// Accumulation, graphs kept and freed, restricted passes: after PyTorch's own tests of its engine.
struct BackwardTests {
  private func leaf(_ values: [Double]) -> Tensor { Tensor(values, dtype: .float64, requiresGrad: true) }

  @Test func gradientsAccumulate() {
    let x = leaf([1, 2])
    (x * x).sum().backward()
    (x * 3).sum().backward()
    #expect(x.grad!.doubles == [5, 7])
    let before = x.grad!
    x.sum().backward()
    #expect(before.doubles == [5, 7] && x.grad!.doubles == [6, 8])
    x.zeroGrad()
    #expect(x.grad == nil)
    x.sum().backward()
    #expect(x.grad!.doubles == [1, 1])
  }

  @Test func sharedSubexpressionsSumOnce() {
    let x = leaf([2])
    var y = x
    for _ in 0..<30 { y = y + y }
    y.backward()
    #expect(x.grad!.item() == 1_073_741_824)
    let (a, b) = (leaf([3]), leaf([4]))
    let shared = a * b
    (shared * shared + shared * a).backward()
    #expect(a.grad!.item() == 2 * 3 * 16 + 2 * 3 * 4 && b.grad!.item() == 2 * 9 * 4 + 9)
  }

  @Test func secondPassIsRefusedUnlessKept() throws {
    let x = leaf([1, 2])
    let y = x.exp().sum().named("y")
    y.backward()
    let error = #expect(throws: TensorError.self) { try catching { y.backward() } }
    #expect(error?.message.hasPrefix("Trying to backward through the graph a second time (or directly access saved tensors") == true)
    #expect(error?.message.contains("Specify retain_graph=True") == true && error?.hint.contains("ExpBackward0") == true)
    let z = x.exp().sum()
    x.zeroGrad()
    z.backward(retainGraph: true)
    z.backward()
    #expect(distance(x.grad!, 2 * x.detach().exp()) < 1e-15)
  }

  /// What saved nothing can be walked again, as in PyTorch.
  @Test func nothingSavedNothingFreed() {
    let x = leaf([1, 2])
    let y = (x + 1).sum()
    y.backward()
    y.backward()
    #expect(x.grad!.doubles == [2, 2])
  }

  /// A pass that fails half-way leaves no mark: the same graph's other parts still work.
  @Test func failedPassLeavesNothingBehind() {
    let x = leaf([1, 2])
    let shared = x * 2
    let freed = shared.exp().sum()
    freed.backward()
    x.zeroGrad()
    #expect(message { (freed + shared.sum()).backward() } != nil)
    #expect(x.grad == nil)
    shared.sum().backward()
    #expect(x.grad!.doubles == [2, 2])
  }

  @Test func createGraphGivesHigherOrders() {
    let x = leaf([2])
    let y = x * x * x * x
    var derivative = y
    for expected in [32.0, 48, 48, 24] {
      derivative = gradients(of: derivative, withRespectTo: [x], createGraph: true)[0]
      #expect(derivative.item() == expected)
    }
    #expect(gradients(of: derivative * x, withRespectTo: [x])[0].item() == 24)
    (x * x * x).backward(createGraph: true)
    #expect(x.grad!.requiresGrad && x.grad!.item() == 12)
    let first = x.grad!
    x.zeroGrad()
    first.backward()
    #expect(x.grad!.item() == 12)
  }

  @Test func hessianVectorProduct() {
    let x = leaf([1, 2, 3]), v = Tensor([0.5, -1, 2], dtype: .float64)
    let y = (x * x * x).sum() + x[0] * x[1] * x[2]
    let g = gradients(of: y, withRespectTo: [x], createGraph: true)[0]
    let hv = gradients(of: (g * v).sum(), withRespectTo: [x])[0]
    // H = [[6, 3, 2], [3, 12, 1], [2, 1, 18]].
    #expect(hv.doubles == [4, -8.5, 36])
  }

  @Test func gradientsTouchNoLeaf() {
    let x = leaf([1, 2]), w = leaf([3, 4]), unused = leaf([0])
    let y = (x * w).sum()
    let g = gradients(of: [y], withRespectTo: [x, unused, w], allowUnused: true)
    #expect(g[0]!.doubles == [3, 4] && g[1] == nil && g[2]!.doubles == [1, 2])
    #expect(x.grad == nil && w.grad == nil)
    #expect(
      message { _ = gradients(of: (x * w).sum(), withRespectTo: [x, unused]) }
        == "The differentiated Tensor at index 1 appears to not have been used in the graph. Set allow_unused=True if this is the desired "
        + "behavior.")
    #expect(
      message { _ = gradients(of: y, withRespectTo: [Tensor([1.0])]) } == "One of the differentiated Tensors does not require grad")
  }

  @Test func gradientsOfComputedTensors() {
    let x = leaf([1, 2])
    let y = x * 3
    let z = (y * y).sum() + x.sum()
    let g = gradients(of: [z], withRespectTo: [y, x, z])
    #expect(g[0]!.doubles == [6, 12] && g[1]!.doubles == [19, 37] && g[2]!.item() == 1)
  }

  @Test func severalRootsWithSeeds() {
    let x = leaf([1, 2])
    let g = gradients(of: [x * 2, x * x], withRespectTo: [x], gradOutputs: [Tensor([1.0, 0]), Tensor([0.0, 10])])
    #expect(g[0]!.doubles == [2, 40])
    #expect(message { _ = gradients(of: [x * 2, x], withRespectTo: [x], gradOutputs: [nil]) } == "got 2 tensors and 1 gradients")
  }

  @Test func inputsRestrictWhatAccumulates() {
    let x = leaf([1, 2]), w = leaf([3, 4])
    let y = x * w
    (y * y).sum().backward(inputs: [w, y])
    #expect(x.grad == nil && w.grad!.doubles == [6, 32] && y.grad!.doubles == [6, 16])
    #expect(message { (x * w).sum().backward(inputs: []) } == "`inputs` argument to `backward()` cannot be empty.")
  }

  /// Ten branches of which one leads to the input: the others do not run.
  @Test func restrictedPassLeavesOtherBranchesAlone() {
    let x = leaf([1]), w = leaf([2])
    let side = w.exp()
    let y = x * 3 + side
    #expect(gradients(of: y, withRespectTo: [x])[0].item() == 3)
    // exp was not walked, so what it saved is still there.
    side.backward()
    #expect(w.grad != nil)
  }

  @Test func outputsOfOneNodePartlyUsed() {
    let x = Tensor([[1.0, 5, 2], [7, 3, 4]], dtype: .float64, requiresGrad: true)
    let (values, indices) = (x.max(dim: 1).values, x.max(dim: 1).indices)
    #expect(!indices.requiresGrad && indices.isLeaf && indices.array(of: Int.self) == [1, 0])
    (values * Tensor([2.0, 3])).sum().backward()
    #expect(x.grad!.doubles == [0, 2, 0, 3, 0, 0])
    x.zeroGrad()
    let parts = x.unbind(dim: 1)
    parts[1].sum().backward()
    #expect(x.grad!.doubles == [0, 1, 0, 0, 1, 0])
  }

  @Test func seedsAreChecked() {
    let x = leaf([1, 2, 3])
    #expect(
      message { (x * 2).backward(gradient: Tensor([1.0, 2, 3, 4])) }
        == "Mismatch in shape: grad_output[0] has a shape of torch.Size([4]) and output[0] has a shape of torch.Size([3]).")
    #expect(message { x.detach().backward() } == "element 0 of tensors does not require grad and does not have a grad_fn")
    #expect(message { noGrad { (x * 2).sum().backward() } } == "element 0 of tensors does not require grad and does not have a grad_fn")
    #expect(message { x.argmax().backward() } == "element 0 of tensors does not require grad and does not have a grad_fn")
    // A seed of another type is converted; one element of any rank needs none.
    (x * 2).backward(gradient: Tensor([1, 2, 3]))
    #expect(x.grad!.doubles == [2, 4, 6] && x.grad!.dtype == .float64)
    x.zeroGrad()
    x.sum().reshaped(1, 1).backward()
    #expect(x.grad!.doubles == [1, 1, 1])
  }

  @Test func leafItselfAsRoot() {
    let x = leaf([2])
    x.backward(gradient: x)
    #expect(!x.grad!.requiresGrad)
    x.data += 10
    #expect(x.grad!.item() == 2)
    x.backward()
    #expect(x.grad!.item() == 3)
    #expect(gradients(of: x, withRespectTo: [x])[0].item() == 1)
  }

  /// The seed and the gradients handed out are values: nothing the engine does later shows in them.
  @Test func gradientsShareNothingThatChanges() {
    let x = leaf([1, 2]), seed = Tensor([1.0, 1], dtype: .float64)
    let y = x + 0.0
    y.retainGrad()
    y.backward(gradient: seed)
    let kept = y.grad!
    var changed = x.grad!
    changed += 5
    x.sum().backward()
    #expect(seed.doubles == [1, 1] && kept.doubles == [1, 1] && x.grad!.doubles == [2, 2] && changed.doubles == [6, 6])
  }

  @Test func gradientsHaveTheLeafsForm() {
    let a = Tensor([[1.0, 2]], requiresGrad: true), b = Tensor([[1.0], [2], [3]], dtype: .float64, requiresGrad: true)
    let c = Tensor(2.0, requiresGrad: true)
    (a * b * c).expanded(2, 3, 2).transposed(0, 2).sum().backward()
    #expect(a.grad!.shape == [1, 2] && a.grad!.dtype == .float32 && a.grad!.doubles == [24, 24])
    #expect(b.grad!.shape == [3, 1] && b.grad!.dtype == .float64 && b.grad!.doubles == [12, 12, 12])
    #expect(c.grad!.shape == [] && c.grad!.item() == 36 && a.grad!.isContiguous && b.grad!.isContiguous)
    let t = Tensor([[1.0, 2], [3, 4]], requiresGrad: true)
    (t.T * Tensor([[1.0, 2], [3, 4]])).sum().backward()
    #expect(t.grad!.isContiguous && t.grad!.doubles == [1, 3, 2, 4])
  }

  @Test func emptyAndZeroDimensional() {
    let x = Tensor.zeros(0, 3, requiresGrad: true), w = Tensor(3.0, requiresGrad: true)
    (x * w).sum().backward()
    #expect(x.grad!.shape == [0, 3] && w.grad!.item() == 0)
  }
}
