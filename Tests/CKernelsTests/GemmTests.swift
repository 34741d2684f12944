import CKernels
import Testing

extension KernelTests {
  struct GemmTests {
    struct Case: CustomStringConvertible {
      var ta, tb: Bool
      var m, n, k: Int
      var alpha, beta: Double
      var pad: Int
      var lda: Int { (ta ? m : k) + pad }
      var ldb: Int { (tb ? k : n) + pad }
      var ldc: Int { n + pad }
      var description: String { "\(ta ? "T" : "N")\(tb ? "T" : "N") \(m)x\(n)x\(k) alpha \(alpha) beta \(beta) pad \(pad)" }
    }

    private func run(_ c: Case, _ a: [Float], _ b: [Float], _ out: inout [Float]) {
      cr_gemm_f32(
        c.ta, c.tb, Int64(c.m), Int64(c.n), Int64(c.k), Float(c.alpha), a, Int64(c.lda), b, Int64(c.ldb), Float(c.beta), &out, Int64(c.ldc))
    }

    private func run(_ c: Case, _ a: [Double], _ b: [Double], _ out: inout [Double]) {
      cr_gemm_f64(c.ta, c.tb, Int64(c.m), Int64(c.n), Int64(c.k), c.alpha, a, Int64(c.lda), b, Int64(c.ldb), c.beta, &out, Int64(c.ldc))
    }

    /// The largest error over the bound for k roundings; elements between the rows must stay as they were.
    private func error<T: BinaryFloatingPoint>(_ c: Case, _ a: [T], _ b: [T], _ before: [T], _ after: [T]) -> Double {
      var worst = 0.0
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          for i in 0..<c.m {
            for j in 0..<c.n {
              var sum = 0.0, size = 0.0
              var (pa, sa) = c.ta ? (i, c.lda) : (i * c.lda, 1)
              var (pb, sb) = c.tb ? (j * c.ldb, 1) : (j, c.ldb)
              if c.k == 0 { (pa, sa, pb, sb) = (0, 0, 0, 0) }
              for _ in 0..<c.k {
                let product = Double(a[pa]) * Double(b[pb])
                sum += product
                size += abs(product)
                pa += sa
                pb += sb
              }
              sum *= c.alpha
              size = size * abs(c.alpha) + 1
              if c.beta != 0 { sum += c.beta * Double(before[i * c.ldc + j]) }
              let error = abs(sum - Double(after[i * c.ldc + j]))
              worst = error.isNaN ? .infinity : max(worst, error / (size * Double(T.ulpOfOne) * Double(c.k + 3)))
            }
            for j in c.n..<c.ldc where after[i * c.ldc + j].isNaN == false { worst = .infinity }
          }
        }
      }
      return worst
    }

    private func check(_ c: Case, _ g: inout SplitMix, _ set: String) {
      func fill<T: BinaryFloatingPoint>(_ n: Int, _: T.Type) -> [T] { (0..<n).map { _ in T(g.unit()) } }
      // With beta 0 what is in C must not be read.
      func output<T: BinaryFloatingPoint>(_: T.Type) -> [T] {
        (0..<c.m * c.ldc).map { c.beta == 0 || $0 % c.ldc >= c.n ? T.nan : T(g.unit()) }
      }
      let a32 = fill((c.ta ? c.k : c.m) * c.lda, Float.self), b32 = fill((c.tb ? c.n : c.k) * c.ldb, Float.self), c32 = output(Float.self)
      var out32 = c32
      run(c, a32, b32, &out32)
      #expect(error(c, a32, b32, c32, out32) <= 1, "\(set) float32 \(c)")
      let a64 = a32.map(Double.init), b64 = b32.map(Double.init), c64 = c32.map(Double.init)
      var out64 = c64
      run(c, a64, b64, &out64)
      #expect(error(c, a64, b64, c64, out64) <= 1, "\(set) float64 \(c)")
    }

    @Test func agreesWithTheDefinition() {
      let sizes = [0, 1, 2, 3, 4, 5, 7, 8, 12, 13, 16, 17, 31, 33, 48, 65]
      forEachInstructionSet { set in
        var g = SplitMix(11)
        for _ in 0..<160 {
          let c = Case(
            ta: g.below(2) == 0, tb: g.below(2) == 0, m: sizes[g.below(16)], n: sizes[g.below(16)], k: sizes[g.below(16)],
            alpha: [1, 0.7, 0][min(g.below(9), 2) % 3], beta: [0, 1, 0.3][g.below(3)], pad: [0, 3][g.below(2)])
          check(c, &g, set)
        }
      }
    }

    /// Each of these crosses a border: several blocks of k, the split of k, more columns or rows than are packed at once.
    @Test func agreesWithTheDefinitionAcrossBlocks() {
      let shapes = [(37, 70, 801), (3, 5, 4000), (20, 12, 3500), (3, 4200, 9), (40, 4200, 10), (3200, 3, 10), (3200, 5, 9), (1, 200, 300)]
      forEachInstructionSet { set in
        var g = SplitMix(12)
        for (m, n, k) in shapes {
          let transposes = g.below(4)
          check(
            Case(ta: transposes & 1 == 1, tb: transposes & 2 == 2, m: m, n: n, k: k, alpha: 0.7, beta: [0, 0.3][g.below(2)], pad: 1),
            &g, set)
        }
      }
    }

    @Test func givesTheSameBitsForEveryThreadCount() {
      let shapes = [(128, 200, 784), (10, 128, 3072), (1, 4000, 500), (200, 100, 130), (2000, 3, 200), (24, 5000, 20)]
      forEachInstructionSet { set in
        var g = SplitMix(13)
        for (m, n, k) in shapes {
          for transposes in 0..<4 {
            let c = Case(ta: transposes & 1 == 1, tb: transposes & 2 == 2, m: m, n: n, k: k, alpha: 1, beta: 0, pad: 0)
            let a = Box<Float>.random([m * k], &g), b = Box<Float>.random([k * n], &g)
            let results = [1, 2, 3].map { threads in
              withThreads(Int32(threads)) {
                var out = [Float](repeating: 0, count: m * n)
                run(c, Array(a.storage), Array(b.storage), &out)
                return out
              }
            }
            #expect(results[0] == results[1] && results[0] == results[2], "\(set) \(c)")
          }
        }
      }
    }

    @Test func batchesWithStrides() {
      var g = SplitMix(14)
      for batch in [0, 1, 3, 40] {
        for sharedB in [false, true] {
          let m = 5, n = 9, k = 7
          let a = Box<Double>.random([batch * m * k], &g), b = Box<Double>.random([(sharedB ? 1 : max(batch, 1)) * n * k], &g)
          var out = [Double](repeating: .nan, count: batch * m * n)
          let stride: Int64 = sharedB ? 0 : 63
          cr_gemm_batched_f64(false, true, 5, 9, 7, 1, Array(a.storage), 7, Array(b.storage), 7, 0, &out, 9, Int64(batch), 35, stride, 45)
          for i in 0..<batch {
            let c = Case(ta: false, tb: true, m: m, n: n, k: k, alpha: 1, beta: 0, pad: 0)
            let one = Array(out[i * m * n..<(i + 1) * m * n])
            let pb = sharedB ? 0 : i * n * k
            #expect(error(c, Array(a.storage[i * m * k..<(i + 1) * m * k]), Array(b.storage[pb..<pb + n * k]), one, one) <= 1)
          }
        }
      }
    }
  }
}
