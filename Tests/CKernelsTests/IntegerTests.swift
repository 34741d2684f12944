import CKernels
import Testing

extension KernelTests {
  private func apply<T: Element & FixedWidthInteger>(_ op: cr_binary_op, _ a: [T], _ b: [T]) -> (values: [T], ok: Bool) {
    let x = Buffer(a), y = Buffer(b), out = Buffer(a)
    let ok = cr_binary(op, &x.tensor, &y.tensor, &out.tensor)
    return (out.array, ok)
  }

  private func checkDivision<T: Element & FixedWidthInteger>(_: T.Type) {
    let interesting: [T] = [0, 1, 2, 3, 7, .max, .max - 1, .min, .min &+ 1, T(truncatingIfNeeded: -1), T(truncatingIfNeeded: -3)]
    for y in interesting {
      let ys = interesting.map { _ in y }
      let quotient = apply(CR_TRUNC_DIVIDE, interesting, ys), floor = apply(CR_FLOOR_DIVIDE, interesting, ys)
      let rest = apply(CR_REMAINDER, interesting, ys), sum = apply(CR_ADD, interesting, ys), product = apply(CR_MUL, interesting, ys)
      #expect(quotient.ok == (y != 0) && floor.ok == (y != 0) && rest.ok == (y != 0) && sum.ok)
      for (i, x) in interesting.enumerated() {
        #expect(sum.values[i] == x &+ y && product.values[i] == x &* y)
        guard y != 0 else { continue }
        let q = x.dividedReportingOverflow(by: y).partialValue, r = x.remainderReportingOverflow(dividingBy: y).partialValue
        let down = r != 0 && (r < 0) != (y < 0)
        #expect(quotient.values[i] == q)
        #expect(floor.values[i] == (down ? q - 1 : q), "\(x) // \(y)")
        #expect(rest.values[i] == (down ? r + y : r), "\(x) % \(y)")
      }
    }
  }

  @Test func divisionNeverTraps() {
    checkDivision(UInt8.self)
    checkDivision(Int32.self)
    checkDivision(Int64.self)
  }

  @Test func powers() {
    #expect(apply(CR_POW, [2, 1, -1, -1, 3, 0, 2], [-1, -1, -3, -2, -2, 0, 40] as [Int64]).values == [0, 1, -1, 1, 0, 1, 1 << 40])
    #expect(apply(CR_POW, [2, 3], [8, 5] as [UInt8]).values == [0, 243])
  }

  @Test func sumsOfSmallTypesAreWide() {
    let bytes = Buffer([UInt8](repeating: 255, count: 1000)), total = Buffer([Int64(0)], sizes: [])
    cr_reduce(CR_SUM, &bytes.tensor, [true], &total.tensor)
    #expect(total.array == [255_000])
    let words = Buffer([Int32](repeating: .min, count: 100))
    cr_reduce(CR_SUM, &words.tensor, [true], &total.tensor)
    #expect(total.array == [100 * Int64(Int32.min)])
    cr_reduce(CR_COUNT_NONZERO, &words.tensor, [true], &total.tensor)
    #expect(total.array == [100])
  }
}
