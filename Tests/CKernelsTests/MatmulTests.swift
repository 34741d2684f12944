import CKernels
import Testing

extension KernelTests {
  struct MatmulTests {
    private func reference(_ a: [Double], _ b: [Double], _ batch: Int, _ m: Int, _ n: Int, _ k: Int) -> [Double] {
      positions([batch, m, n]).map { p in
        (0..<k).reduce(0) { $0 + a[(p[0] * m + p[1]) * k + $1] * b[(p[0] * k + $1) * n + p[2]] }
      }
    }

    /// Two views of [2, 3, rows, columns] with the strides of a transposed or sliced tensor, or one matrix for all of a batch.
    private func views(_ rows: Int, _ columns: Int, _ g: inout SplitMix) -> [Box<Double>] {
      let r = rows, c = columns
      return [
        .random([2, 3, r, c], &g),
        Box.random([2, 3, c, r], &g).view([2, 3, r, c], strides: [3 * r * c, r * c, 1, r]),
        Box.random([2, 3, 2 * r, 3 * c], &g).view([2, 3, r, c], strides: [18 * r * c, 6 * r * c, 6 * c, 3]),
        Box.random([r, c], &g).view([2, 3, r, c], strides: [0, 0, c, 1]),
        Box.random([3, 2, r, c], &g).view([2, 3, r, c], strides: [r * c, 2 * r * c, c, 1]),
        Box.random([2, r, 3, c], &g).view([2, 3, r, c], strides: [3 * r * c, c, 3 * c, 1]),
      ]
    }

    @Test func takesAnyStrides() {
      var g = SplitMix(21)
      for (m, n, k) in [(4, 5, 6), (1, 9, 20), (9, 1, 20), (13, 33, 5), (1, 1, 3), (6, 8, 1)] {
        for a in views(m, k, &g) {
          for b in views(k, n, &g) {
            for out in views(m, n, &g) where !(out.sizes.count == 4 && cr_strides(&out.t)[0] == 0) {
              cr_matmul(&a.t, &b.t, &out.t, 1, 0)
              let wanted = reference(a.values, b.values, 6, m, n, k)
              #expect(zip(out.values, wanted).allSatisfy { abs($0 - $1) < 1e-12 }, "\(m)x\(n)x\(k)")
            }
          }
        }
      }
    }

    @Test func addsBiasAndActivates() {
      var g = SplitMix(22)
      forEachInstructionSet { set in
        for (m, n, k) in [(1, 10, 30), (5, 10, 30), (64, 3, 40), (64, 1, 9), (70, 50, 500), (8, 24, 6000), (3, 4, 0)] {
          let x = Box<Float>.random([m, k], &g), w = Box<Float>.random([n, k], &g), bias = Box<Float>.random([n], &g)
          let transposed = w.view([k, n], strides: [1, k])
          for relu in [false, true] {
            let out = Box([Float](repeating: .nan, count: m * n), [m, n])
            var epilogue = cr_epilogue(bias: bias.t.data, activation: relu ? CR_ACTIVATION_RELU : CR_ACTIVATION_NONE)
            cr_matmul_epilogue(&x.t, &transposed.t, &out.t, 1, 0, &epilogue)
            for p in positions([m, n]) {
              var sum = Double(bias.storage[p[1]])
              for q in 0..<k { sum += Double(x.storage[p[0] * k + q]) * Double(w.storage[p[1] * k + q]) }
              if relu { sum = max(sum, 0) }
              #expect(abs(sum - Double(out.storage[p[0] * n + p[1]])) < 1e-6 * Double(k + 10), "\(set) \(m)x\(n)x\(k) \(p)")
            }
          }
        }
      }
    }

    @Test func activationKeepsNaN() {
      let x = Box<Float>([.nan, 1], [2, 1]), w = Box<Float>([-1], [1, 1]), out = Box<Float>([0, 0], [2, 1])
      var epilogue = cr_epilogue(bias: nil, activation: CR_ACTIVATION_RELU)
      cr_matmul_epilogue(&x.t, &w.t, &out.t, 1, 0, &epilogue)
      #expect(out.storage[0].isNaN && out.storage[1] == 0)
    }

    @Test func integersWrap() {
      func check<T: Element & FixedWidthInteger>(_: T.Type) {
        var g = SplitMix(23)
        let a = Box<T>.random([3, 4, 5], &g), b = Box<T>.random([3, 6, 5], &g).view([3, 5, 6], strides: [30, 1, 5])
        let before = Box<T>.random([3, 4, 6], &g), out = Box(before.values, [3, 4, 6])
        cr_matmul(&a.t, &b.t, &out.t, 3, 2)
        let x = a.values, y = b.values
        for (flat, p) in positions([3, 4, 6]).enumerated() {
          var sum: T = 2 &* before.storage[flat]
          for q in 0..<5 { sum &+= 3 &* x[(p[0] * 4 + p[1]) * 5 + q] &* y[(p[0] * 5 + q) * 6 + p[2]] }
          #expect(out.storage[flat] == sum)
        }
      }
      check(UInt8.self)
      check(Int32.self)
      check(Int64.self)
    }
  }
}
