import ChainRule
import Foundation
import Testing

/// Random programs on small tensors, forward and backward, compiled and as they are: the same bits. `COMPILE_PROGRAMS` says how many.
@Suite struct RandomProgramTests {
  private static let count = ProcessInfo.processInfo.environment["COMPILE_PROGRAMS"].flatMap { Int($0) } ?? 300

  /// A generator whose whole state is its seed.
  private struct Choices {
    var state: UInt64
    mutating func next(_ n: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(n))
    }
  }

  /// One line of a program: an operation on values made before.
  private struct Line {
    let operation: Int
    let x: Int
    let w: Int
    let number: Double
  }

  private static func result(_ line: Line, _ values: [Tensor]) -> Tensor {
    let x = values[line.x], w = values[line.w], c = line.number
    switch line.operation {
    case 0: return x + w
    case 1: return x - w
    case 2: return x * w
    case 3: return x + c
    case 4: return x - c
    case 5: return c - x
    case 6: return x * c
    case 7: return x / c
    case 8: return -x
    case 9: return x.square()
    case 10: return x.relu()
    case 11: return x.sigmoid()
    case 12: return x.tanh()
    case 13: return x.sum() * 0.1 + w
    case 14: return x.mean() * w
    case 15: return x.exp() / (x.exp() + 1)
    case 16: return x.reshaped(-1, 1).sum(dim: 0) + w
    case 17: return x / (w * w + 1)
    default: return matrixResult(line.operation - 18, x, w)
    }
  }

  /// Products, views and reductions of square matrices.
  private static func matrixResult(_ operation: Int, _ x: Tensor, _ w: Tensor) -> Tensor {
    let n = x.size(0)
    switch operation {
    case 0: return x.matmul(w) * 0.1
    case 1: return x.T
    case 2: return linear(x, w, w[0]) * 0.1
    case 3:
      var v = x + 1
      v[(n - 1)...] = w[..<1]
      return v
    case 4: return x[0].expanded(n, n) + w
    case 5: return x.sum(dim: 0, keepDim: true) * w
    case 6: return w - x.mean(dim: 1, keepDim: true)
    case 7: return x.T.reshaped(n * n).reshaped(n, n)
    case 8: return split(x.unsqueezed(0), [n], dim: 1)[0].squeezed(0) * w[n - 1]
    case 9: return (x[0] - w.T).tanh()
    default: return w[..<1, .all] * x[.all, ..<1]
    }
  }

  @Test func giveTheBitsOfEagerCode() {
    for seed in 0..<Self.count {
      var choices = Choices(state: UInt64(seed) &* 977 &+ 5)
      let n = 1 + choices.next(5), leafCount = 1 + choices.next(3), dtype: DType = choices.next(2) == 0 ? .float32 : .float64
      // Every third of matrices, in a box of their own or beside it.
      let isMatrix = seed % 3 == 2, side = 1 + choices.next(20), shape = isMatrix ? [side, side] : [n]
      let lines = (0..<(2 + choices.next(14))).map { i in
        let known = leafCount + 1 + i
        return Line(
          operation: choices.next(isMatrix ? 29 : 18), x: choices.next(known), w: choices.next(known),
          number: Double(choices.next(7)) / 2 + 0.25)
      }
      let start = (0..<leafCount).map { Tensor.randn(shape, dtype: dtype, generator: Generator(seed: seed + $0)) }
      func twin() -> (leaves: [Tensor], step: (Tensor) -> [Tensor]) {
        let leaves = start.map { $0.asLeaf() }
        return (
          leaves,
          { x in
            for leaf in leaves { leaf.zeroGrad() }
            var values = leaves + [x]
            for line in lines { values.append(Self.result(line, values)) }
            let loss = values.dropFirst(leafCount + 1).map { $0.sum() }.reduce(Tensor(0.0, dtype: dtype)) { $0 + $1 }
            if loss.requiresGrad { loss.backward() }
            for leaf in leaves { if let gradient = leaf.grad { leaf.data -= 0.01 * gradient } }
            return [loss, values[values.count - 1].detach()]
          }
        )
      }
      let eager = twin(), other = twin(), compiled = compile(other.step)
      for i in 0..<5 {
        let x = Tensor.randn(shape, dtype: dtype, generator: Generator(seed: 1000 * seed + i))
        let a = eager.step(x), b = compiled(x)
        let same =
          zip(a, b).allSatisfy { bits($0.detach()) == bits($1) }
          && zip(eager.leaves, other.leaves).allSatisfy { bits($0.detach()) == bits($1.detach()) && $0.grad.map(bits) == $1.grad.map(bits) }
        #expect(same, "program \(seed), call \(i)")
        if !same { return }
      }
      #expect(compiled.reasonForEager == nil)
    }
  }

  private func bits(_ t: Tensor) -> [UInt64] { t.array(of: Double.self).map(\.bitPattern) }
}
