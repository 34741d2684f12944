import CKernels
import ChainRule
import ChainRuleNN
import Foundation
import Testing

/// Hooks of saved tensors, tensors on a file, and the view of what is saved.
struct SavedTensorTests {
  private let x = Tensor([0.5, -1, 2], dtype: .float64, requiresGrad: true)
  private let w = Tensor([1.5, 2, -3], dtype: .float64, requiresGrad: true)

  @Test func packedOnceUnpackedInEachPass() {
    var packs = 0, unpacks = 0
    let y = savedTensorHooks(
      pack: { t in
        packs += 1
        #expect(!t.requiresGrad && !isGradEnabled)
        return (t.array(of: Double.self), t.shape)
      },
      unpack: { packed in
        unpacks += 1
        return Tensor(packed.0, shape: packed.1, dtype: .float64)
      }
    ) { ((x * w).exp() + w).sin().sum() }
    // x and w of the product, the result of exp, what sin is taken of; nothing of the sums.
    #expect(packs == 4 && unpacks == 0)
    let plain = ((x * w).exp() + w).sin().sum()
    for _ in 0..<2 {
      let found = gradients(of: y, withRespectTo: [x, w], retainGraph: true)
      #expect(found.map(\.doubles) == gradients(of: plain, withRespectTo: [x, w], retainGraph: true).map(\.doubles))
    }
    #expect(packs == 4 && unpacks == 8)
    // Nothing outside of the scope.
    _ = x * w
    #expect(packs == 4)
    y.backward()
    #expect(message { y.backward() }?.contains("a second time") ?? false)
    #expect(unpacks == 12)
  }

  @Test func whatIsUnpackedCounts() {
    let y = savedTensorHooks(pack: { $0 }, unpack: { $0 * 10 }) { x * w }
    #expect(y.gradFn!.saved.map(\.value.doubles) == [[5, -10, 20], [15, 20, -30]])
    y.sum().backward()
    #expect(x.grad!.doubles == [15, 20, -30] && w.grad!.doubles == [5, -10, 20])
    let wrong = savedTensorHooks(pack: { $0 }, unpack: { _ in Tensor.ones([2]) }) { x * w }
    #expect(message { wrong.sum().backward() }?.hasPrefix("unpack gave a float32 tensor of shape [2]") ?? false)
  }

  @Test func higherOrdersAndFunctionsOfOnesOwn() {
    func second(_ y: Tensor) -> [[Double]] {
      let g = gradients(of: y, withRespectTo: [x], createGraph: true)[0]
      return gradients(of: (g * g).sum(), withRespectTo: [x, w]).map(\.doubles)
    }
    let f = { ((x * x * w).exp() * CustomFunctionTests.Cube()(x) + linear(x, w.unsqueezed(0))).sum() }
    #expect(savedTensorHooks(pack: { $0 * 2 }, unpack: { $0 / 2 }) { second(f()) } == second(f()))
  }

  @Test func scopesNestAndAreRefused() {
    var log: [String] = []
    func noted<R>(_ name: String, _ body: () -> R) -> R {
      savedTensorHooks(
        pack: {
          log.append(name)
          // Packing is computing too, and packs nothing.
          return ($0 * 2).exp().log()
        }, unpack: { $0 / 2 }, body)
    }
    noted("outer") {
      _ = x.exp()
      noted("inner") { _ = x.exp() }
      withoutSavedTensorHooks("not here") { _ = x.exp() }
      _ = x.exp()
    }
    #expect(log == ["outer", "inner", "outer"])
    #expect(message { withoutSavedTensorHooks("not here") { noted("never") {} } } == "not here")
  }

  /// As torch's test of a network whose activations are kept elsewhere: the same bits.
  @Test func onAFileTheGradientsAreTheSameBits() throws {
    let x = Tensor.randn(256, 64, generator: Generator(seed: 1))
    let network = Sequential(Linear(64, 128), Tanh(), Linear(128, 128), GELU(), Linear(128, 10))
    let targets = Tensor((0..<256).map { $0 % 10 })
    func step(_ scope: (() -> Tensor) throws -> Tensor) rethrows -> [[Float]] {
      network.zeroGrad()
      try scope { crossEntropy(network(x), targets) }.backward()
      return network.parameters().map { $0.grad!.array(of: Float.self) }
    }
    let expected = step { body in savedTensorHooks(pack: { $0 }, unpack: { $0 }) { body() } }
    #expect(zip(expected.joined(), step { $0() }.joined()).allSatisfy { abs($0 - $1) <= 1e-6 })
    for budget in [0, 200_000, 1 << 30] {
      #expect(try step { body in try saveOnFile(memoryBudget: budget) { body() } } == expected, "\(budget)")
    }
    // The graph may outlive its scope, and be walked twice.
    let y = try saveOnFile(memoryBudget: 0) { network(x).sum() }
    let first = gradients(of: y, withRespectTo: network.parameters(), retainGraph: true)
    let again = gradients(of: y, withRespectTo: network.parameters())
    #expect(zip(first, again).allSatisfy { $0.equal($1) })
  }

  @Test func whatIsOnTheFileIsNotInMemory() async {
    await #expect(processExitsWith: .success) {
      let count = 1 << 20, bytes = 4 * count
      let x = Tensor.rand(count).asLeaf()
      func held(_ scope: (() -> Tensor) throws -> Tensor) throws -> Int {
        let before = Int(cr_live_bytes())
        let y = try scope {
          var y = x * 1
          for _ in 0..<8 { y = y.softmax(dim: 0) }
          return y
        }
        defer { withExtendedLifetime(y) {} }
        return Int(cr_live_bytes()) - before
      }
      let plain = try held { $0() }, budgeted = try held { body in try saveOnFile(memoryBudget: 2 * bytes) { body() } }
      precondition(plain >= 8 * bytes, "\(plain)")
      // Two within the budget, and the result itself.
      precondition(budgeted <= 4 * bytes, "\(budgeted)")
    }
  }

  @Test func filesThatCannotBe() throws {
    #expect(throws: TensorError.self) { try saveOnFile(memoryBudget: -1) {} }
    let error = #expect(throws: TensorError.self) { try saveOnFile(memoryBudget: 0, directory: "/no/such/place") {} }
    #expect(error?.message.contains("/no/such/place: No such file or directory") ?? false)
    struct Own: Error {}
    #expect(throws: Own.self) { try saveOnFile(memoryBudget: 0) { throw Own() } }
  }

  @Test func theViewOfWhatIsSaved() {
    let w = w.named("w"), h = (x * w).exp(), y = (h * h).sum()
    let memory = savedMemory(of: y)
    // x and w of the product, and h, which exp and the square hold.
    #expect(memory.blocks.count == 3 || memory.blocks.count == 4)
    let leaves = memory.blocks.filter(\.isLeaf)
    #expect(leaves.count == 2 && Set(leaves.map(\.leafName)) == [nil, "w"])
    #expect(memory.description.contains("\"w\"") && memory.description.contains("MulBackward0.other"))
    let large = Tensor.ones([1000], requiresGrad: true), e = large.exp(), z = (e * e).sum()
    let blocks = savedMemory(of: z).blocks
    #expect(blocks.count == 1 && blocks[0].bytes == 4000 && savedMemory(of: z).bytes == 4000)
    #expect(blocks[0].holders.map { "\($0.node).\($0.field)" } == ["MulBackward0.self", "MulBackward0.other", "ExpBackward0.result"])
    z.backward()
    #expect(savedMemory(of: z).blocks.isEmpty)
  }
}
