import ChainRule
import Foundation
import Testing

/// One seed, PyTorch's numbers: through the public calls, against what torch 2.13 drew.
struct RandomTests {
  private static func fixture() throws -> [String: [String: Any]] {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/random.json")
    return try #require(JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: [String: Any]])
  }

  private static let draws: [(String, Double, @Sendable (Generator) -> [Double])] = [
    ("randn(5)", 1e-6, { Tensor.randn(5, generator: $0).doubles }), ("randn(20)", 1e-6, { Tensor.randn(20, generator: $0).doubles }),
    (
      "randn(100)[:8]+[-8:]", 1e-6,
      {
        let x = Tensor.randn(100, generator: $0).doubles
        return Array(x[..<8] + x[92...])
      }
    ),
    ("randn(5,float64)", 1e-15, { Tensor.randn(5, dtype: .float64, generator: $0).doubles }),
    ("randn(20,float64)", 1e-14, { Tensor.randn(20, dtype: .float64, generator: $0).doubles }),
    (
      "randn(3),rand(2),randn(2),randn(1,float64)", 1e-6,
      {
        let first = Tensor.randn(3, generator: $0).doubles + Tensor.rand(2, generator: $0).doubles
        return first + Tensor.randn(2, generator: $0).doubles + Tensor.randn(1, dtype: .float64, generator: $0).doubles
      }
    ),
    ("normal_(2,3) of 4", 1e-6, { Tensor.normal([4], mean: 2, std: 3, generator: $0).doubles }),
    ("rand(5)", 1e-7, { Tensor.rand(5, generator: $0).doubles }),
    ("rand(3,float64)", 1e-15, { Tensor.rand(3, dtype: .float64, generator: $0).doubles }),
    ("uniform_(-2,3) of 4", 1e-6, { Tensor.uniform([4], from: -2, to: 3, generator: $0).doubles }),
    ("randint(0,10,[8])", 0, { Tensor.randint(0, 10, [8], generator: $0).doubles }),
    ("randint(0,2**40,[4])", 0, { Tensor.randint(0, 1 << 40, [4], generator: $0).doubles }),
    ("randint(-5,5,[6])", 0, { Tensor.randint(-5, 5, [6], generator: $0).doubles }),
    ("randperm(10)", 0, { Tensor.randperm(10, generator: $0).doubles }),
    ("bernoulli_(0.3) of 20", 0, { Tensor.bernoulli([20], p: 0.3, generator: $0).doubles }),
  ]

  @Test(arguments: [0, 1, 42, -1]) func numbersOfASeed(_ seed: Int) throws {
    let expected = try #require(Self.fixture()["\(seed)"])
    for (name, tolerance, draw) in Self.draws {
      let numbers = try #require(expected[name] as? [NSNumber], "\(name)").map(\.doubleValue)
      let drawn = draw(Generator(seed: seed))
      #expect(drawn.count == numbers.count, "\(name)")
      for (a, b) in zip(drawn, numbers) { #expect(abs(a - b) <= tolerance * max(1, abs(b)), "\(name), seed \(seed): \(a), torch \(b)") }
    }
  }

  @Test func refusals() {
    #expect(message { _ = Tensor.randn(2, dtype: .int64) } == "\"normal_kernel_cpu\" not implemented for 'Long'")
    #expect(message { _ = Tensor.randint(5, 5, [2]) } == "random_ expects 'from' to be less than 'to', but got from=5 >= to=5")
    #expect(message { _ = Tensor.bernoulli([2], p: 1.5) } == "bernoulli_ expects p to be in [0, 1], but got p=1.5")
    #expect(message { _ = Tensor.rand(-1) } == "Trying to create tensor with negative dimension -1: [-1]")
    #expect(message { _ = Tensor.randperm(-3) } != nil)
  }

  @Test func stateIsSavedAndRestored() {
    let g = Generator(seed: 11)
    _ = Tensor.randn(3, generator: g)
    let state = g.snapshot
    let a = Tensor.randn(40, generator: g).doubles
    g.snapshot = state
    #expect(Tensor.randn(40, generator: g).doubles == a && g.seed == 11)
  }
}
