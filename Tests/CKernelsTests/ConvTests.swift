import CKernels
import Testing

extension KernelTests {
  /// The three maps of a convolution against the sums that define them, for random geometries.
  struct ConvTests {
    struct Case: CustomStringConvertible {
      var conv: cr_conv
      let description: String

      var large: Int { Case.product(conv.large) }
      var small: Int { Case.product(conv.small) }
      var taps: Int { Case.product(conv.kernel) }
      var xCount: Int { Int(conv.batch * conv.channels) * large }
      var yCount: Int { Int(conv.batch * conv.filters) * small }
      var wCount: Int { Int(conv.filters * (conv.channels / conv.groups)) * taps }

      static func product(_ t: (Int64, Int64, Int64)) -> Int { Int(t.0 * t.1 * t.2) }

      /// Up to three dimensions; a few with so many channels that sums fall into blocks and panels into parts.
      static func random(_ g: inout SplitMix) -> Case? {
        let groups = 1 + g.below(3), dims = 1 + g.below(3), isWide = g.below(5) == 0
        var sizes: [[Int64]] = [[], [], [], [], [], []]
        for d in 0..<3 {
          if d < 3 - dims {
            for (i, value) in [1, 1, 1, 1, 0, 1].enumerated() { sizes[i].append(Int64(value)) }
            continue
          }
          let kernel = 1 + g.below(4), stride = 1 + g.below(3), padding = g.below(3), dilation = 1 + g.below(2)
          let large = 1 + g.below(dims == 3 ? 8 : dims == 2 ? 17 : 90)
          let room = large + 2 * padding - dilation * (kernel - 1) - 1
          guard room >= 0 else { return nil }
          var small = room / stride + 1
          // The last outputs may be left out: then not all of the large side is reached.
          if g.below(3) == 0, small > 1 { small -= 1 }
          for (i, value) in [large, small, kernel, stride, padding, dilation].enumerated() { sizes[i].append(Int64(value)) }
        }
        func three(_ v: [Int64]) -> (Int64, Int64, Int64) { (v[0], v[1], v[2]) }
        let channels = groups * (isWide ? 40 + g.below(40) : 1 + g.below(5)), filters = groups * (1 + g.below(isWide ? 70 : 20))
        let conv = cr_conv(
          batch: Int64(1 + g.below(3)), groups: Int64(groups), channels: Int64(channels), filters: Int64(filters), large: three(sizes[0]),
          small: three(sizes[1]), kernel: three(sizes[2]), stride: three(sizes[3]), padding: three(sizes[4]), dilation: three(sizes[5]))
        return Case(
          conv: conv,
          description:
            "batch \(conv.batch), groups \(groups), \(channels) -> \(filters), sizes, kernel, stride, padding, dilation: \(sizes)")
      }

      /// Calls `body` with the places of x, w and y of every product the form has.
      func forEachProduct(_ body: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
        func list(_ t: (Int64, Int64, Int64)) -> [Int] { [Int(t.0), Int(t.1), Int(t.2)] }
        let (L, S, K) = (list(conv.large), list(conv.small), list(conv.kernel))
        let (stride, padding, dilation) = (list(conv.stride), list(conv.padding), list(conv.dilation))
        let channels = Int(conv.channels / conv.groups), filters = Int(conv.filters / conv.groups)
        func place(_ i: Int, _ sizes: [Int]) -> [Int] { [i / (sizes[1] * sizes[2]), i / sizes[2] % sizes[1], i % sizes[2]] }
        var pairs: [(x: Int, y: Int, tap: Int)] = []
        for o in 0..<small {
          for tap in 0..<taps {
            let at = place(o, S), k = place(tap, K)
            let source = (0..<3).map { at[$0] * stride[$0] - padding[$0] + k[$0] * dilation[$0] }
            guard (0..<3).allSatisfy({ source[$0] >= 0 && source[$0] < L[$0] }) else { continue }
            pairs.append(((source[0] * L[1] + source[1]) * L[2] + source[2], o, tap))
          }
        }
        for n in 0..<Int(conv.batch) {
          for m in 0..<Int(conv.filters) {
            for c in 0..<channels {
              let x = (n * Int(conv.channels) + m / filters * channels + c) * large, y = (n * Int(conv.filters) + m) * small
              for pair in pairs { body(x + pair.x, (m * channels + c) * taps + pair.tap, y + pair.y) }
            }
          }
        }
      }
    }

    private struct Results<T: Element & BinaryFloatingPoint>: Equatable {
      var y: [T], x: [T], w: [T]
    }

    private func run<T: Element & BinaryFloatingPoint>(_ c: Case, _ x: [T], _ y: [T], _ w: [T], _ bias: [T]) -> Results<T> {
      var conv = c.conv
      var r = Results(
        y: [T](repeating: .nan, count: c.yCount), x: [T](repeating: .nan, count: c.xCount), w: [T](repeating: .nan, count: c.wCount))
      #expect(cr_conv_forward(T.dtype, &conv, x, w, bias, &r.y))
      #expect(cr_conv_transposed(T.dtype, &conv, y, w, bias, &r.x))
      #expect(cr_conv_weight(T.dtype, &conv, x, y, &r.w))
      return r
    }

    private func check<T: Element & BinaryFloatingPoint>(_ type: T.Type, _ tolerance: Double, _ seed: UInt64) {
      var g = SplitMix(seed), tried = 0
      while tried < 25 {
        guard let c = Case.random(&g) else { continue }
        tried += 1
        func random(_ n: Int) -> [T] { (0..<n).map { _ in T.random(&g) } }
        let x = random(c.xCount), y = random(c.yCount), w = random(c.wCount), bias = random(Int(max(c.conv.channels, c.conv.filters)))
        var wantX = (0..<c.xCount).map { Double(bias[$0 / c.large % Int(c.conv.channels)]) }
        var wantY = (0..<c.yCount).map { Double(bias[$0 / c.small % Int(c.conv.filters)]) }
        var wantW = [Double](repeating: 0, count: c.wCount)
        c.forEachProduct { i, k, o in
          wantY[o] += Double(x[i]) * Double(w[k])
          wantX[i] += Double(y[o]) * Double(w[k])
          wantW[k] += Double(y[o]) * Double(x[i])
        }
        forEachInstructionSet { set in
          let r = run(c, x, y, w, bias)
          // A NaN, which an element never written is, fails too.
          func agrees(_ a: [T], _ b: [Double]) -> Bool {
            a.count == b.count && zip(a, b).allSatisfy { abs(Double($0) - $1) <= tolerance * (1 + abs($1)) }
          }
          for (name, isRight) in [("y", agrees(r.y, wantY)), ("x", agrees(r.x, wantX)), ("w", agrees(r.w, wantW))] {
            #expect(isRight, "\(name), \(set), seed \(seed), case \(tried): \(c)")
          }
          // The same bits on one thread as on several.
          for threads: Int32 in [1, 3] {
            #expect(withThreads(threads) { run(c, x, y, w, bias) } == r, "\(threads) threads, \(set), seed \(seed): \(c)")
          }
        }
      }
    }

    /// 3x3 with stride 1 goes by Winograd's tiles where they are many: whole and cut ones, images that share a vector of tiles, few and
    /// many channels. The largest error is that of the plain sums, 3 to 7e-7 of the largest result; the bound is three times that.
    @Test(arguments: [
      [8, 16, 16, 8, 8, 1], [1, 20, 17, 25, 23, 0], [3, 33, 40, 15, 14, 1], [40, 17, 70, 3, 5, 1], [2, 130, 24, 17, 18, 2],
      [130, 16, 16, 3, 3, 0],
      [4, 64, 64, 16, 16, 1],
      // Too few tiles: gathered once, filters in several blocks, the weight's gradient along the weight.
      [8, 70, 150, 4, 4, 1], [2, 21, 130, 7, 4, 1],
    ])
    func tiles(_ sizes: [Int]) {
      var g = SplitMix(43)
      let n = sizes.map(Int64.init), padding = n[5]
      let c = Case(
        conv: cr_conv(
          batch: n[0], groups: 1, channels: n[1], filters: n[2], large: (1, n[3], n[4]),
          small: (1, n[3] + 2 * padding - 2, n[4] + 2 * padding - 2), kernel: (1, 3, 3), stride: (1, 1, 1), padding: (0, padding, padding),
          dilation: (1, 1, 1)), description: "\(sizes)")
      func random(_ n: Int) -> [Float] { (0..<n).map { _ in Float.random(&g) } }
      let x = random(c.xCount), y = random(c.yCount), w = random(c.wCount), bias = random(max(sizes[1], sizes[2]))
      let want = run(c, x.map(Double.init), y.map(Double.init), w.map(Double.init), bias.map(Double.init))
      forEachInstructionSet { set in
        let r = run(c, x, y, w, bias)
        for (name, a, b) in [("y", r.y, want.y), ("x", r.x, want.x), ("w", r.w, want.w)] {
          let largest = b.map(abs).max() ?? 0, error = zip(a, b).map { abs(Double($0) - $1) }.max() ?? .nan
          #expect(error <= 2e-6 * largest, "\(name), \(set): \(sizes)")
        }
        for threads: Int32 in [1, 3] {
          #expect(withThreads(threads) { run(c, x, y, w, bias) } == r, "\(threads) threads, \(set): \(sizes)")
        }
      }
    }

    @Test func float32() { check(Float.self, 2e-4, 41) }
    @Test func float64() { check(Double.self, 1e-12, 42) }
  }
}
