import CKernels
import Testing

extension KernelTests {
  private static let matrices: [(sizes: [Int], strides: [Int], capacity: Int)] = [
    ([70, 130], [130, 1], 9100), ([70, 130], [1, 70], 9100), ([70, 130], [0, 1], 130), ([70, 130], [1, 0], 70),
    ([70, 130], [400, 3], 28000),
    ([17, 64], [1, 17], 1088), ([5, 3], [1, 5], 15), ([3, 40, 66], [2640, 1, 40], 7920), ([3, 40, 66], [1, 198, 3], 7920),
  ]

  private func numbers(_ n: Int, _ seed: UInt64) -> [Double] {
    var random = SplitMix(seed)
    return (0..<n).map { _ in random.uniform(-4, 4) }
  }

  @Test func whereOverEveryPairOfLayouts() {
    for a in Self.matrices {
      for b in Self.matrices where a.sizes == b.sizes {
        let x = Buffer(numbers(a.capacity, 1), sizes: a.sizes, strides: a.strides)
        let y = Buffer(numbers(b.capacity, 2), sizes: b.sizes, strides: b.strides)
        let flags = Buffer(numbers(b.capacity, 3).map { UInt8($0 > 0 ? 1 : 0) }, sizes: b.sizes, strides: b.strides, dtype: CR_BOOL)
        let out = Buffer([Double](repeating: 0, count: a.sizes.reduce(1, *)), sizes: a.sizes)
        cr_where(&flags.tensor, &x.tensor, &y.tensor, &out.tensor)
        #expect(out.array == zip(flags.array, zip(x.array, y.array)).map { $0 != 0 ? $1.0 : $1.1 }, "\(a) \(b)")
      }
    }
  }

  @Test func copiesBetweenStridedTensors() {
    func check<T: Element>(_ convert: (Double) -> T) {
      for a in Self.matrices {
        for b in Self.matrices where a.sizes == b.sizes && !b.strides.contains(0) {
          let x = Buffer(numbers(a.capacity, 4).map(convert), sizes: a.sizes, strides: a.strides)
          let untouched = numbers(b.capacity, 5).map(convert)
          let out = Buffer(untouched, sizes: b.sizes, strides: b.strides)
          cr_copy(&x.tensor, &out.tensor)
          #expect(out.array == x.array, "\(a) to \(b)")
          let written = Set(indices(of: b.sizes).map { zip($0, b.strides).reduce(0) { $0 + $1.0 * $1.1 } })
          #expect((0..<b.capacity).allSatisfy { written.contains($0) || out.base[$0] == untouched[$0] }, "gaps of \(b)")
        }
      }
    }
    check { $0 }
    check { Float($0) }
    check { UInt8(abs($0) * 60) }
  }

  @Test func scalarOperands() {
    let x = Buffer(numbers(9100, 6), sizes: [70, 130], strides: [1, 70]), out = Buffer(numbers(9100, 7), sizes: [70, 130])
    #expect(cr_binary_scalar(CR_SUB, &x.tensor, cr_scalar(f: 0.1, i: 0), false, &out.tensor))
    #expect(out.array == x.array.map { $0 - 0.1 })
    #expect(cr_binary_scalar(CR_SUB, &x.tensor, cr_scalar(f: 0.1, i: 0), true, &out.tensor))
    #expect(out.array == x.array.map { 0.1 - $0 })
    cr_unary_scalar(CR_LEAKY_RELU, &x.tensor, 0.25, 0, &out.tensor)
    #expect(out.array == x.array.map { $0 > 0 ? $0 : $0 * 0.25 })
    cr_unary_scalar(CR_CLAMP, &x.tensor, -1, .infinity, &out.tensor)
    #expect(out.array == x.array.map { max($0, -1) })
    let whole = Buffer([Int32(7), -7, .min]), result = Buffer([Int32(0), 0, 0])
    #expect(cr_binary_scalar(CR_FLOOR_DIVIDE, &whole.tensor, cr_scalar(f: 0, i: -2), false, &result.tensor))
    #expect(result.array == [-4, 3, 1 << 30])
    #expect(!cr_binary_scalar(CR_REMAINDER, &whole.tensor, cr_scalar(f: 0, i: 0), false, &result.tensor))
  }

  @Test func accumulation() {
    let start = numbers(9100, 8)
    for layout in Self.matrices.prefix(5) {
      let x = Buffer(numbers(layout.capacity, 9), sizes: layout.sizes, strides: layout.strides), into = Buffer(start, sizes: [70, 130])
      cr_accumulate(&into.tensor, &x.tensor)
      #expect(into.array == zip(start, x.array).map { $0 + $1 }, "\(layout)")
    }
  }

  @Test func fills() {
    let out = Buffer([Double](repeating: 9, count: 24), sizes: [3, 4], strides: [1, 6])
    cr_fill(&out.tensor, cr_scalar(f: 2.5, i: 0))
    #expect(out.array == [Double](repeating: 2.5, count: 12))
    #expect((0..<24).filter { $0 % 6 >= 3 }.allSatisfy { out.base[$0] == 9 })
    cr_linear_fill(&out.tensor, 1, 0.1)
    #expect(out.array == (0..<12).map { 1 + Double($0) * 0.1 })
    let whole = Buffer([Int32](repeating: 0, count: 6), sizes: [2, 3], strides: [3, 1])
    cr_linear_fill_integer(&whole.tensor, 5, -2)
    #expect(whole.array == [5, 3, 1, -1, -3, -5])
  }

  @Test func sumToUndoesBroadcasting() {
    let x = Buffer(numbers(60, 10), sizes: [3, 4, 5])
    for target in [[], [5], [1, 5], [4, 1], [3, 1, 5], [1, 4, 1], [3, 4, 5]] {
      let out = Buffer([Double](repeating: 0, count: target.reduce(1, *)), sizes: target)
      cr_sum_to(&x.tensor, &out.tensor)
      var want = [[Int]: Double]()
      for (index, value) in zip(indices(of: [3, 4, 5]), x.array) {
        want[zip(index.suffix(target.count), target).map { $1 == 1 ? 0 : $0 }, default: 0] += value
      }
      for (index, value) in zip(indices(of: target), out.array) { #expect(abs(value - (want[index] ?? .nan)) < 1e-12, "\(target)") }
    }
    let small = Buffer([Int32(1), 2, 3, 4], sizes: [2, 2]), row = Buffer([Int32(0), 0])
    cr_sum_to(&small.tensor, &row.tensor)
    #expect(row.array == [4, 6])
  }

  /// Rows short enough to be stood up side by side, and rows that are not.
  @Test(arguments: [1, 3, 10, 16, 17, 128, 129]) func extremaOfRows(length: Int) {
    for rows in [1, 15, 16, 64, 65, 130] {
      var values = numbers(rows * length, UInt64(length)).map { Float(($0 * 2).rounded()) + 0 }
      values[rows * length / 2] = .nan
      let x = Buffer(values, sizes: [rows, length]), best = Buffer([Float](repeating: 0, count: rows)),
        at = Buffer([Int64](repeating: -1, count: rows))
      cr_extremum(true, &x.tensor, 1, &best.tensor, &at.tensor)
      for r in 0..<rows {
        let row = values[r * length..<(r + 1) * length]
        let nan = row.firstIndex { $0.isNaN }, largest = row.max() ?? 0
        let index = nan ?? row.firstIndex(of: largest) ?? -1
        #expect(at.array[r] == Int64(index - r * length) && same(best.array[r], values[index]))
      }
      let sums = Buffer([Float](repeating: 0, count: rows))
      cr_reduce(CR_SUM, &x.tensor, [false, true], &sums.tensor)
      for r in 0..<rows { #expect(same(sums.array[r], values[r * length..<(r + 1) * length].reduce(0, +))) }
    }
  }
}
