import ChainRule
import ChainRuleNN
import Testing

/// What else is used on, in and around transforms: checks of gradients, recorded graphs, functions of the user's that draw.
struct TransformUseTests {
  private let x = Tensor([0.5, -1, 2], dtype: .float64), one = Tensor.ones([3], dtype: .float64)

  /// Functions whose transforms are a part of them pass the checks, in all modes.
  @Test(arguments: TransformMatrix.transforms.map(\.name)) func checkedFunctionsMayUseTransforms(_ name: String) throws {
    let transform = try #require(TransformMatrix.transforms.first { $0.name == name }).apply
    for function in ["elementwise", "reduction", "layerNorm", "inPlace"] {
      let f = try #require(TransformMatrix.functions.first { $0.name == function }).apply
      let inputs = [TransformMatrix.point.asLeaf(), TransformMatrix.other.asLeaf()]
      try gradcheck({ z, u in transform { f($0, u) }(z) }, inputs, checkForwardAD: true)
      try gradgradcheck({ z, u in transform { f($0, u) }(z) }, inputs, checkForwardOverReverse: true)
    }
  }

  /// A graph that is recorded inside or around a transform changes nothing, but for the rounding of operations that are fused elsewhere.
  @Test func recordedGraphsChangeNothing() throws {
    for (name, transform) in TransformMatrix.transforms {
      for (function, f) in TransformMatrix.functions {
        let plain = transform { f($0, TransformMatrix.other) }(TransformMatrix.point)
        let inside = transform { z in recordingGraph { f(z, TransformMatrix.other) } }(TransformMatrix.point)
        let around = recordingGraph { transform { f($0, TransformMatrix.other) }(TransformMatrix.point) }
        #expect(distance(inside, plain) < 1e-12 && distance(around, plain) < 1e-12, "\(name) \(function)")
        // Of a leaf that is captured, the gradient is the same too.
        let slopes = [false, true].map { records in
          let u = TransformMatrix.other.asLeaf()
          let body = { transform { f($0, u) }(TransformMatrix.point).sum() }
          let y = records ? recordingGraph { body() } : body()
          if y.requiresGrad { y.backward() }
          return u.grad ?? Tensor.zeros([3], dtype: .float64)
        }
        #expect(distance(slopes[0], slopes[1]) < 1e-12, "\(name) \(function)")
      }
    }
  }

  /// Noise that a function of the user's draws in its forward computation.
  private struct Noisy: DifferentiableFunction {
    var generator: Generator?
    func forward(_ x: [Tensor]) -> Tensor { x[0] * Tensor.randn(x[0].shape, dtype: .float64, generator: generator) }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * y / x[0]] }
  }

  @Test func functionsThatDrawInsideVmap() {
    let rows = stack([one, one, one])
    for generator in [nil, Generator(seed: 3)] {
      let noisy = Noisy(generator: generator)
      let different = vmap({ noisy($0) }, randomness: .different)(rows)
      #expect(different[0].doubles != different[1].doubles && different[1].doubles != different[2].doubles)
      let same = vmap({ noisy($0) }, randomness: .same)(rows)
      #expect(same[0].doubles == same[1].doubles && same[1].doubles == same[2].doubles)
      #expect(vmap({ noisy($0) }, randomness: .same)(rows).doubles != same.doubles)
      let slopes = vmap({ grad { noisy($0).sum() }($0) }, randomness: .different)(rows)
      #expect(slopes[0].doubles != slopes[1].doubles)
      // Outer examples differ, and each one's inner examples are alike; and the other way round.
      let nest = stack([rows, rows])
      let inner = vmap({ vmap({ noisy($0) }, randomness: .same)($0) }, randomness: .different)(nest)
      #expect(inner[0][0].doubles == inner[0][1].doubles && inner[0][0].doubles != inner[1][0].doubles)
      let outer = vmap({ vmap({ noisy($0) }, randomness: .different)($0) }, randomness: .same)(nest)
      #expect(outer[0].doubles == outer[1].doubles && outer[0][0].doubles != outer[0][1].doubles)
      #expect(message { _ = vmap { noisy($0) }(rows) }?.contains("vmap: called random operation while in randomness error mode") ?? false)
      // Its input is no part of the batch, so one result stands for all.
      let shared = { (z: Tensor) in z * noisy(self.one) }
      #expect(message { _ = vmap(shared, randomness: .different)(rows) }?.contains("cannot differ for its examples") ?? false)
      let alike = vmap(shared, randomness: .same)(rows)
      #expect(alike[0].doubles == alike[2].doubles)
    }
  }
}
