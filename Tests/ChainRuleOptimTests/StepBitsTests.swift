import ChainRule
import ChainRuleOptim
import Testing

/// The arithmetic of the steps, bit for bit.
struct StepBitsTests {
  /// After ten steps with the gradient c p: the bits of all elements folded into one number, and element 1, as PyTorch 2.13 (x86-64,
  /// AVX2 and later) gives them. RMSprop's bits are not compared:
  /// PyTorch's square roots come from MKL there and are not always the nearest.
  private let expected: [(name: String, dtype: DType, bits: Int?, second: Double)] = [
    ("sgd", .float32, 1824186384707913286, -1.822745680809021),
    ("sgd nesterov", .float32, 6280098804845739952, 0.2650476396083832),
    ("sgd dampening", .float32, 5322819418690285569, -6.307392120361328),
    ("adam", .float32, 8738431316917395738, -2.5301265716552734),
    ("adam amsgrad", .float32, 5460045205744247979, -2.5301265716552734),
    ("adamw", .float32, 4530714459592964737, -2.528085947036743),
    ("rmsprop", .float32, nil, -2.143151044845581),
    ("rmsprop centered", .float32, nil, -0.47946223616600037),
    ("adagrad", .float32, 1262687946736355725, -2.162440776824951),
    ("sgd", .float64, 2728453041096202854, -1.822745721590365),
    ("sgd nesterov", .float64, 6000028201839271752, 0.2650477714672248),
    ("sgd dampening", .float64, 4265223186906664271, -6.3073912184659395),
    ("adam", .float64, 8675777534489791975, -2.530126333455346),
    ("adam amsgrad", .float64, 9035633323311252533, -2.530126333426628),
    ("adamw", .float64, 7956436090466527046, -2.5280861806298676),
    ("rmsprop", .float64, nil, -2.143150872805674),
    ("rmsprop centered", .float64, nil, -0.4794619242875199),
    ("adagrad", .float64, 2946790632291583316, -2.162440407863631),
  ]

  private func make(_ name: String, _ p: [Tensor]) -> Optimizer? {
    switch name {
    case "sgd": SGD(p, lr: 0.1)
    case "sgd nesterov": SGD(p, lr: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true)
    case "sgd dampening": SGD(p, lr: 0.1, momentum: 0.9, dampening: 0.3, maximize: true)
    case "adam": Adam(p, lr: 0.01)
    case "adam amsgrad": Adam(p, lr: 0.01, weightDecay: 0.01, amsgrad: true)
    case "adamw": AdamW(p, lr: 0.01, betas: (0.4, 0.99))
    case "rmsprop": RMSprop(p, lr: 0.01)
    case "rmsprop centered": RMSprop(p, lr: 0.01, momentum: 0.9, centered: true)
    case "adagrad": Adagrad(p, lr: 0.1, lrDecay: 0.01)
    default: nil
    }
  }

  private func trained(_ name: String, _ dtype: DType, count: Int) throws -> Tensor {
    let i = Tensor.arange(19, dtype: .float64)
    let copies = (count + 18) / 19
    func repeated(_ t: Tensor) -> Tensor { cat(Array(repeating: t.to(dtype), count: copies))[0..<count] }
    let p = repeated(i * 0.37 - 3).asLeaf(), c = repeated(i * 0.11 + 0.25)
    let optimizer = try #require(make(name, [p]))
    for _ in 0..<10 {
      p.grad = p.data * c
      optimizer.step()
    }
    return p.detach()
  }

  private func fold(_ t: Tensor) -> Int {
    let bits: [Int] =
      t.dtype == .float32
      ? t.array(of: Float.self).map { Int(Int32(bitPattern: $0.bitPattern)) }
      : t.array(of: Double.self).map { Int(Int64(bitPattern: $0.bitPattern)) }
    return bits.reduce(0) { ($0 &* 1_000_003 &+ $1) & Int.max }
  }

  @Test func bitsOfPyTorch() throws {
    for (name, dtype, bits, second) in expected {
      let p = try trained(name, dtype, count: 19)
      let value = p[1].item()
      #expect(value == second, "\(name) \(dtype): \(value) \(second)")
      if let bits { #expect(fold(p) == bits, "\(name) \(dtype)") }
    }
  }

  /// Body, remainder and every part of a split loop give an element the same bits.
  @Test func everyPlaceAlike() throws {
    for (name, dtype, _, _) in expected {
      let large = try trained(name, dtype, count: 100_003), small = try trained(name, dtype, count: 19)
      for start in [0, 19, 65_531, 99_978] {
        let offset = start % 19
        let piece = large[start..<(start + 19 - offset)], own = small[offset..<19]
        let isEqual = piece.equal(own)
        #expect(isEqual, "\(name) \(dtype) at \(start)")
      }
    }
  }

  /// RMSprop against its formula in tensor operations, whose products are rounded before they are added.
  @Test func unfusedFormula() {
    for dtype in [DType.float32, .float64] {
      let generator = Generator(seed: 11)
      let p = Tensor.randn([1003], dtype: dtype, generator: generator).asLeaf()
      var q = p.detach(), square = Tensor.zeros([1003], dtype: dtype), mean = square, buffer = square
      let optimizer = RMSprop([p], lr: 0.01, alpha: 0.9, weightDecay: 0.1, momentum: 0.5, centered: true)
      for _ in 0..<5 {
        let g = Tensor.randn([1003], dtype: dtype, generator: generator)
        p.grad = g
        optimizer.step()
        let d = g + q * 0.1
        square = square * 0.9 + d * d * 0.1
        mean = mean + (d - mean) * 0.1
        buffer = buffer * 0.5 + d / ((square - mean * mean).sqrt() + 1e-8)
        q = q - buffer * 0.01
      }
      let isClose = p.detach().allClose(q, relative: dtype == .float32 ? 1e-5 : 1e-13, absolute: dtype == .float32 ? 1e-6 : 1e-14)
      #expect(isClose)
    }
  }
}
