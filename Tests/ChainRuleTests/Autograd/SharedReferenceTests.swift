import Testing

@testable import ChainRule

/// What several threads share: references, names, hooks, flags. What only a release build gets wrong is in Tests/RaceCheck.
struct SharedReferenceTests {
  private final class Probe {
    static nonisolated(unsafe) var alive = 0
    init() { Probe.alive += 1 }
    deinit { Probe.alive -= 1 }
  }

  private final class Holder {
    @exclusivity(unchecked) var word = SharedReference<Probe>()
    @exclusivity(unchecked) var taker: UInt = 0
  }

  @Test func countsWhatItHolds() {
    let holder = Holder()
    #expect(holder.word.isEmpty && holder.word.read() == nil)
    do {
      let first = Probe(), second = Probe()
      #expect(holder.word.exchange(first) == nil && !holder.word.isEmpty)
      #expect(holder.word.read() === first && holder.word.read() === first)
      #expect(!holder.word.replace(nil, by: second) && !holder.word.replace(second, by: second))
      #expect(holder.word.replace(first, by: second) && holder.word.read() === second)
      #expect(holder.word.exchange(first) === second)
    }
    #expect(Probe.alive == 1)
    #expect(holder.word.take(&holder.taker) != nil && holder.taker != 0)
    #expect(Probe.alive == 0)
    let taker = holder.taker
    holder.taker = 0
    #expect(holder.word.take(&holder.taker) == nil && holder.taker == 0 && taker != 0)
    holder.word.exchange(Probe())
    #expect(Probe.alive == 1)
    holder.word.exchange(nil)
    #expect(Probe.alive == 0)
  }

  @Test func letsGoWithItsOwner() {
    final class Owner { @exclusivity(unchecked) var word = SharedReference(Frozen([Tensor([1.0])])) }
    weak var held: Frozen<[Tensor]>?
    do {
      let owner = Owner()
      held = owner.word.read()
      #expect(held != nil)
    }
    #expect(held == nil)
  }

  /// The kernels lock the words where they lie: Swift must pass their own addresses.
  @Test func addressesAreThoseOfTheWords() {
    let leaves = (0..<3).map { _ in Tensor([1.0], requiresGrad: true) }, offsets = leaves[0].leafWordOffsets
    #expect(Set(offsets).count == 3 && offsets.allSatisfy { (16..<256).contains($0) && $0 % 8 == 0 })
    for leaf in leaves { #expect(leaf.leafWordOffsets == offsets) }
  }

  @Test func plainTensorsKeepTheirNames() {
    let a = Tensor([1.0, 2]).named("a"), b = a.named("b")
    #expect(a.name == "a" && b.name == "b" && b.doubles == [1, 2])
    let w = Tensor([1.0], requiresGrad: true), copy = w
    #expect(w.named("w").name == "w" && copy.name == "w")
    let y = w * 2
    _ = y.named("y")
    #expect(y.name == "y")
  }

  /// A hook may take itself, or the next one, off.
  @Test func hooksLeaveDuringThePass() {
    let w = Tensor([1.0], requiresGrad: true)
    var calls: [Int] = []
    nonisolated(unsafe) var handles: [HookHandle] = []
    handles.append(
      w.registerHook { _ in
        calls.append(0)
        for handle in handles { handle.remove() }
        return nil
      })
    handles.append(
      w.registerHook { _ in
        calls.append(1)
        return nil
      })
    (w * 2).sum().backward()
    (w * 2).sum().backward()
    #expect(calls == [0, 1] && w.grad!.doubles == [4])
  }

  @Test func namesFromSeveralThreads() {
    let w = Tensor([1.0], requiresGrad: true)
    let name: @Sendable () -> Void = { for i in 0..<500 { _ = w.named("weight \(i)") } }
    onThreads([name, name, { for _ in 0..<500 { if let name = w.name { #expect(name.hasPrefix("weight ")) } } }])
    #expect(w.name == "weight 499")
  }

  /// No hook that another thread registers at the same time is lost.
  @Test func hooksFromSeveralThreads() {
    let w = Tensor([1.0], dtype: .float64, requiresGrad: true)
    onThreads((0..<4).map { _ in { for _ in 0..<50 { w.registerHook { $0 + 1 } } } })
    w.sum().backward()
    #expect(w.grad!.doubles == [201])
  }

  /// Frozen and thawed beside one that computes: each call takes it one way or the other, and none fails.
  @Test func freezingWhileComputing() {
    let w = Tensor([2.0], requiresGrad: true), x = Tensor([3.0], requiresGrad: true)
    onThreads([
      {
        var cell = w
        for _ in 0..<2000 { cell.requiresGrad.toggle() }
      },
      { for _ in 0..<1000 { (w * x).sum().backward() } },
      { for _ in 0..<500 { (cat([w, x]) * 1).sum().backward() } },
      { for _ in 0..<500 { w.reshaped(1, 1).matmul(x.reshaped(1, 1)).sum().backward() } },
    ])
    let sum: Double = 2000 + 500 + 1000
    #expect(x.grad!.doubles == [sum])
  }

  @Test func operandsAreReadOnce() {
    let leaves = (0..<40).map { Tensor([Double($0)], requiresGrad: true) }, plain = Tensor([7.0])
    for operands in [[leaves[0], plain, leaves[0], leaves[1]], leaves + leaves + [plain]] {
      let values = Tensor.values(of: operands)
      #expect(values.map(\.doubles) == operands.map(\.doubles))
      for i in operands.indices {
        for j in operands.indices where operands[i].box === operands[j].box { #expect(values[i].box === values[j].box) }
      }
    }
  }
}
