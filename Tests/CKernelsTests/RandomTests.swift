import CKernels
import Foundation
import Testing

extension KernelTests {
  struct RandomTests {
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
      bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private static func seeded(_ seed: Int64) -> cr_mt19937 {
      var g = cr_mt19937()
      cr_random_seed(&g, UInt64(bitPattern: seed))
      return g
    }

    /// The hash of what a call of the table makes, and the numbers.
    private func draw(_ call: String, _ seed: Int64, _ count: Int) -> (UInt64, [Double])? {
      var g = Self.seeded(seed)
      let n = Int64(count)
      func floats(_ fill: (inout [Float]) -> Void) -> (UInt64, [Double]) {
        var out = [Float](repeating: .nan, count: count)
        fill(&out)
        return (out.withUnsafeBytes(Self.hash), out.map(Double.init))
      }
      func doubles(_ fill: (inout [Double]) -> Void) -> (UInt64, [Double]) {
        var out = [Double](repeating: .nan, count: count)
        fill(&out)
        return (out.withUnsafeBytes(Self.hash), out)
      }
      func integers(_ fill: (inout [Int64]) -> Void) -> (UInt64, [Double]) {
        var out = [Int64](repeating: -1, count: count)
        fill(&out)
        return (out.withUnsafeBytes(Self.hash), out.map(Double.init))
      }
      switch call {
      case "uniform32": return floats { cr_random_uniform_f32(&g, &$0, n, 0, 1) }
      case "uniform64": return doubles { cr_random_uniform_f64(&g, &$0, n, 0, 1) }
      case "uniform32(-0.3,0.7)": return floats { cr_random_uniform_f32(&g, &$0, n, -0.3, 0.7) }
      case "uniform64(-0.3,0.7)": return doubles { cr_random_uniform_f64(&g, &$0, n, -0.3, 0.7) }
      case "normal32": return floats { cr_random_normal_f32(&g, &$0, n, 0, 1) }
      case "normal64": return doubles { cr_random_normal_f64(&g, &$0, n, 0, 1) }
      case "normal64(0.3,0.02)": return doubles { cr_random_normal_f64(&g, &$0, n, 0.3, 0.02) }
      case "exponential32": return floats { cr_random_exponential_f32(&g, &$0, n, 1.5) }
      case "exponential64": return doubles { cr_random_exponential_f64(&g, &$0, n, 1.5) }
      case "integers(0,10)": return integers { cr_random_integers(&g, CR_INT64, &$0, n, 0, 10) }
      case "integers(-5,2^28-6)": return integers { cr_random_integers(&g, CR_INT64, &$0, n, -5, (1 << 28) - 6) }
      case "integers(-5,2^28-5)": return integers { cr_random_integers(&g, CR_INT64, &$0, n, -5, (1 << 28) - 5) }
      case "integers(0,2^40)": return integers { cr_random_integers(&g, CR_INT64, &$0, n, 0, 1 << 40) }
      case "bits": return integers { cr_random_bits_i64(&g, &$0, n) }
      case "permutation": return integers { cr_random_permutation(&g, &$0, n) }
      case "bernoulli(0.3)": return floats { cr_random_bernoulli(&g, CR_FLOAT32, &$0, n, 0.3) }
      case "bernoulli32(ramp)":
        let p = (0..<count).map { Float($0) / Float(count) }
        return floats { cr_random_bernoulli_f32(&g, CR_FLOAT32, &$0, n, p) }
      case "bernoulli64(ramp)":
        let p = (0..<count).map { Double($0) / Double(count) }
        return doubles { cr_random_bernoulli_f64(&g, CR_FLOAT64, &$0, n, p) }
      default: return nil
      }
    }

    /// Bit for bit, but for what goes through the C library's functions: on glibc only float32 blocks differ (PyTorch has
    /// polynomials of its own there), elsewhere the last bit may.
    @Test func drawsWhatPyTorchDraws() {
      for row in TorchRandom.table {
        guard let (hash, values) = draw(row.call, row.seed, row.count) else {
          Issue.record("no such call: \(row.call)")
          continue
        }
        let block = row.call == "normal32" && row.count >= 16
        if row.values.isEmpty || !block && Self.isGlibc {
          #expect(hash == row.hash, "\(row.call) seed \(row.seed) count \(row.count)")
        }
        let tolerance = block ? 1e-6 : row.call.contains("32") ? 2e-7 : 1e-15
        for (mine, theirs) in zip(values, row.values) {
          #expect(abs(mine - theirs) <= tolerance * max(1, abs(theirs)), "\(row.call) seed \(row.seed) count \(row.count)")
        }
      }
    }

    private static var isGlibc: Bool {
      #if os(Linux) && arch(x86_64)
      true
      #else
      false
      #endif
    }

    /// Shared out among threads, and by our own functions of doubles: what the C library's give, rounded to float.
    @Test func normalsAreRoundedOnce() {
      let count = 40_000
      var g = Self.seeded(7), drawn = [Float](repeating: 0, count: count), normal = drawn
      cr_random_uniform_f32(&g, &drawn, Int64(count), 0, 1)
      g = Self.seeded(7)
      cr_random_normal_f32(&g, &normal, Int64(count), 1, 2)
      for start in stride(from: 0, to: count, by: 16) {
        for i in start..<start + 8 {
          let distance = (-2 * Float(log(Double(1 - drawn[i])))).squareRoot(), angle = Double(Float(2 * Double.pi) * drawn[i + 8])
          #expect(normal[i] == Float(1).addingProduct(distance * Float(cos(angle)), 2))
          #expect(normal[i + 8] == Float(1).addingProduct(distance * Float(sin(angle)), 2))
        }
      }
    }

    @Test func keepsTheSecondNormalOfAPair() {
      var g = Self.seeded(7)
      var all = [Double]()
      var floats = [Float](repeating: 0, count: 16)
      func normals(_ n: Int) {
        cr_random_normal_f32(&g, &floats, Int64(n), 0, 1)
        if n < 16 { all += floats[..<n].map(Double.init) }
      }
      normals(5)
      cr_random_uniform_f32(&g, &floats, 2, 0, 1)
      all += floats[..<2].map(Double.init)
      normals(16)
      normals(2)
      var last = 0.0
      cr_random_normal_f64(&g, &last, 1, 0, 1)
      all.append(last)
      #expect(all.count == TorchRandom.sequence.count)
      for (mine, theirs) in zip(all, TorchRandom.sequence) { #expect(abs(mine - theirs) <= 2e-7) }
      cr_random_seed(&g, 7)
      #expect(!g.has_cached)
    }

    /// The generator's own reference output (Matsumoto and Nishimura, mt19937ar.out): the 10,000th word of seed 5489.
    @Test func isTheMersenneTwister() {
      var g = Self.seeded(5489)
      var word: UInt32 = 0
      for _ in 0..<10_000 { word = cr_random_next32(&g) }
      #expect(word == 4_123_659_995)
    }

    @Test func fillsEveryTypeFromTheSameDraws() {
      var wide = [Int64](repeating: 0, count: 700), narrow = [Int32](repeating: 0, count: 700), bytes = [UInt8](repeating: 0, count: 700)
      var a = Self.seeded(3), b = Self.seeded(3), c = Self.seeded(3)
      cr_random_integers(&a, CR_INT64, &wide, 700, 0, 200)
      cr_random_integers(&b, CR_INT32, &narrow, 700, 0, 200)
      cr_random_integers(&c, CR_UINT8, &bytes, 700, 0, 200)
      #expect(wide == narrow.map(Int64.init) && wide == bytes.map(Int64.init))
      cr_random_integers(&a, CR_INT64, &wide, 700, .min, .min)
      #expect(wide.contains { $0 < 0 } && wide.contains { $0 > 0 })
    }
  }
}
