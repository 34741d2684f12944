import CKernels
import ChainRule
import Testing

/// A steady training step asks the system for no large memory and copies no parameter, also with loss and logits alive.
@Suite(.serialized) struct TrainingStepTests {
  private static func address(_ t: Tensor) -> Int { t.data.withBytes { Int(bitPattern: $0.baseAddress) } }

  @Test func steadyStepAllocatesNothingLarge() {
    let g = Generator(seed: 1)
    func leaf(_ shape: [Int]) -> Tensor { Tensor.uniform(shape, from: -0.1, to: 0.1, generator: g, requiresGrad: true) }
    let x = Tensor.rand([64, 50], generator: g), target = Tensor.rand([64, 20], generator: g)
    let parameters = [leaf([100, 50]), leaf([100]), leaf([20, 100]), leaf([20])]
    let places = parameters.map(Self.address)
    var losses: [Double] = []
    var logits = x, loss = x
    // The counter is the process's: what tests beside this one allocate does not come in every time.
    var allocations: [UInt64] = []
    for step in 0..<130 {
      if step % 25 == 5 { allocations.append(cr_large_allocations()) }
      logits = linear(linear(x, parameters[0], parameters[1]).relu(), parameters[2], parameters[3])
      loss = (logits - target).square().mean()
      for p in parameters { p.zeroGrad() }
      loss.backward()
      // Loss and logits, and with them the whole graph, are alive here.
      for p in parameters { p.data -= 0.5 * p.grad! }
      losses.append(loss.item())
    }
    allocations.append(cr_large_allocations())
    #expect(zip(allocations, allocations.dropFirst()).contains { $0 == $1 }, "\(allocations)")
    #expect(parameters.map(Self.address) == places, "a parameter was copied")
    #expect(losses.last! < 0.7 * losses[0] && logits.shape == [64, 20])
  }

  /// Where someone holds the old value, or a graph still needs it, the update goes beside it.
  @Test func heldValuesAreNotOverwritten() {
    let w = Tensor.ones(200, 200, requiresGrad: true)
    let held = w.data
    let y = (w * w).sum()
    w.data -= 0.5 * Tensor.ones(200, 200)
    #expect(held[0].sum().item() == 200 && w[0].sum().item() == 100)
    y.backward()
    #expect(w.grad![0].sum().item() == 400)
  }
}
