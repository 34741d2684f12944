import CKernels
import Foundation
import Testing

extension KernelTests {
  private static var ops: [cr_unary_op] {
    (0..<CR_LOGICAL_NOT.rawValue).map { cr_unary_op(rawValue: $0) }.filter { cr_has_unary($0, CR_FLOAT64) }
  }

  private func run(_ op: cr_unary_op, _ values: [Double]) -> [Double] {
    let x = Buffer(values), out = Buffer([Double](repeating: 0, count: values.count))
    cr_unary(op, &x.tensor, &out.tensor)
    return out.array
  }

  @Test func doubleBodyAndTailAgree() {
    var random = SplitMix(6)
    let values = specials + (0..<40).map { _ in random.uniform(-10, 10) }
    for op in Self.ops {
      let single = values.map { run(op, [$0])[0] }
      for length in stride(from: 1, to: values.count, by: 3) {
        for (i, y) in run(op, Array(values.suffix(length))).enumerated() {
          let k = values.count - length + i
          #expect(same(y, single[k]), "op \(op.rawValue) of \(values[k]), element \(i) of \(length): \(y), alone \(single[k])")
        }
      }
    }
  }

  @Test func doubleInstructionSetsAgree() {
    let chosen = cr_isa_in_use()
    defer { #expect(cr_isa_use(chosen)) }
    var random = SplitMix(10)
    let values = specials + (0..<970).map { _ in random.uniform(-30, 30) }, others = values.map { _ in random.uniform(-5, 5) }
    func everything() -> [[Double]] {
      var results = Self.ops.map { run($0, values) }
      let a = Buffer(values), b = Buffer(others), out = Buffer(values)
      for raw in 0..<CR_LOGICAL_AND.rawValue where cr_has_binary(cr_binary_op(rawValue: raw), CR_FLOAT64) {
        _ = cr_binary(cr_binary_op(rawValue: raw), &a.tensor, &b.tensor, &out.tensor)
        results.append(out.array)
      }
      for sizes in [[10, 100], [100, 10], [5, 200]] {
        let x = Buffer(others, sizes: sizes), y = Buffer(others, sizes: sizes)
        for dim: Int32 in [0, 1] {
          cr_log_softmax(&x.tensor, dim, &y.tensor)
          results.append(y.array)
          for op in [CR_SUM, CR_AMAX, CR_LOGSUMEXP] {
            let total = Buffer([Double](repeating: 0, count: sizes[1 - Int(dim)]))
            cr_reduce(op, &x.tensor, [dim == 0, dim == 1], &total.tensor)
            results.append(total.array)
          }
        }
      }
      return results
    }
    #expect(cr_isa_use(CR_ISA_portable))
    let portable = everything()
    for isa in instructionSets where cr_isa_use(isa) {
      for (k, (a, b)) in zip(portable, everything()).enumerated() {
        #expect(zip(a, b).allSatisfy(same), "\(String(cString: cr_isa_name(isa))), result \(k)")
      }
    }
  }

  @Test func logcumsumexpAgainstItsDefinition() {
    var random = SplitMix(12)
    let x = Buffer((0..<60).map { _ in random.uniform(-3, 3) }, sizes: [3, 5, 4]), out = Buffer(x.array, sizes: [3, 5, 4])
    for dim in 0..<3 {
      cr_cumulative(CR_LOGCUMSUMEXP, &x.tensor, Int32(dim), &out.tensor, nil)
      var totals = [[Int]: Double]()
      for (k, index) in indices(of: [3, 5, 4]).enumerated() {
        var line = index
        line[dim] = 0
        totals[line, default: 0] += exp(x.base[k])
        #expect(abs(out.base[k] - log(totals[line] ?? 0)) < 1e-14)
      }
    }
    let edge = Buffer([-Double.infinity, -.infinity, 0, .infinity, 1, .nan, 2]), result = Buffer(edge.array)
    cr_cumulative(CR_LOGCUMSUMEXP, &edge.tensor, 0, &result.tensor, nil)
    #expect(zip(result.array, [-.infinity, -.infinity, 0, .infinity, .infinity, .nan, .nan]).allSatisfy(same))
  }

  @Test func powerWithinTwoUlp() {
    var random = SplitMix(14)
    let n = 1 << 16
    let pairs = (0..<n).map { i in
      // Half over all bit patterns, half where the power is finite: y log|x| between the underflow and the overflow.
      let x = Float(bitPattern: UInt32(truncatingIfNeeded: random.next())), y = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
      return i % 2 == 0 ? (x, y) : (abs(x), Float(random.uniform(-104, 89) / log(Double(abs(x)))))
    }
    let x = Buffer(pairs.map(\.0)), y = Buffer(pairs.map(\.1)), out = Buffer(pairs.map(\.0))
    #expect(cr_binary(CR_POW, &x.tensor, &y.tensor, &out.tensor))
    let worst = (0..<n).map { ulps(out.base[$0], pow(Double(x.base[$0]), Double(y.base[$0]))) }.max() ?? 0
    #expect(worst <= 2)
  }

  #if arch(x86_64) && os(Linux)
  /// Against the C library's 80-bit functions, which x86 alone has.
  @Test func doubleAccuracy() {
    func logistic(_ x: Float80) -> Float80 { x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)) }
    let half = Float80(0.5)
    let functions: [(String, cr_unary_op, Double, (Float80) -> Float80)] = [
      ("exp", CR_EXP, 1, { expl($0) }), ("expm1", CR_EXPM1, 2, { expm1l($0) }), ("log", CR_LOG, 1, { logl($0) }),
      ("tanh", CR_TANH, 2, { tanhl($0) }), ("sigmoid", CR_SIGMOID, 2, logistic), ("sin", CR_SIN, 1, { sinl($0) }),
      ("cos", CR_COS, 1, { cosl($0) }), ("silu", CR_SILU, 3, { $0 * logistic($0) }),
      ("gelu", CR_GELU_ERF, 8, { $0 * half * erfcl(-$0 * half.squareRoot()) }),
    ]
    var random = SplitMix(15)
    let values = (0..<40_000).map { i in random.uniform(-1, 1) * [1, 6, 30, 700, 1e-3][i % 5] }
    for (name, op, bound, exact) in functions {
      var worst = (0.0, 0.0)
      for (x, y) in zip(values, run(op, values)) where !(op == CR_LOG && x <= 0) && !(op == CR_GELU_ERF && x < -36) {
        let want = exact(Float80(x)), unit = max(Double(want).magnitude, .leastNormalMagnitude).ulp
        let error = Double(abs(Float80(y) - want) / Float80(unit))
        if !(error <= worst.0) { worst = (error, x) }
      }
      print("float64 \(name): \(worst.0) ulp at \(worst.1)")
      #expect(worst.0 <= bound, "\(name) at \(worst.1)")
    }
  }
  #endif
}
