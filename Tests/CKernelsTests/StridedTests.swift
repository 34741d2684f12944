import CKernels
import Testing

extension KernelTests {
  private static let layouts: [(sizes: [Int], strides: [Int], capacity: Int)] = [
    ([6, 5], [5, 1], 30), ([6, 5], [1, 6], 30), ([6, 5], [0, 1], 5), ([6, 5], [1, 0], 6), ([6, 5], [20, 2], 120),
    ([4, 3, 70], [210, 70, 1], 840), ([4, 3, 70], [1, 4, 12], 840), ([4, 3, 70], [0, 70, 1], 210), ([4, 3, 70], [3, 1, 0], 12),
    ([300, 7], [7, 1], 2100), ([300, 7], [0, 1], 7), ([300, 7], [1, 300], 2100), ([], [], 1), ([1, 1], [9, 4], 1), ([0, 3], [3, 1], 1),
    ([33, 65], [1, 33], 2145),
  ]
  private static func make(_ layout: (sizes: [Int], strides: [Int], capacity: Int), _ seed: UInt64) -> Buffer<Float> {
    var random = SplitMix(seed)
    return Buffer((0..<layout.capacity).map { _ in Float(random.uniform(-2, 2)) }, sizes: layout.sizes, strides: layout.strides)
  }

  @Test func binaryOverEveryPairOfLayouts() {
    for a in Self.layouts {
      for b in Self.layouts where a.sizes == b.sizes {
        let x = Self.make(a, 1), y = Self.make(b, 2), count = a.sizes.reduce(1, *)
        let out = Buffer([Float](repeating: 0, count: count), sizes: a.sizes)
        #expect(cr_binary(CR_SUB, &x.tensor, &y.tensor, &out.tensor))
        #expect(out.array == zip(x.array, y.array).map { $0 - $1 }, "\(a) - \(b)")
      }
    }
  }

  @Test func rightAlignedBroadcasting() {
    let x = Buffer((0..<12).map { Float($0) }, sizes: [3, 4]), row = Buffer([Float(1), 2, 3, 4]),
      column = Buffer([Float(10), 20, 30], sizes: [3, 1])
    let out = Buffer([Float](repeating: 0, count: 12), sizes: [3, 4])
    _ = cr_binary(CR_ADD, &x.tensor, &row.tensor, &out.tensor)
    let sums: [Float] = [1, 3, 5, 7, 5, 7, 9, 11, 9, 11, 13, 15]
    #expect(out.array == sums)
    _ = cr_binary(CR_SUB, &column.tensor, &row.tensor, &out.tensor)
    let differences: [Float] = [9, 8, 7, 6, 19, 18, 17, 16, 29, 28, 27, 26]
    #expect(out.array == differences)
  }

  @Test func unaryCopyAndReductions() {
    for layout in Self.layouts {
      let x = Self.make(layout, 3), count = layout.sizes.reduce(1, *), values = x.array
      let out = Buffer([Float](repeating: 0, count: count), sizes: layout.sizes)
      cr_unary(CR_NEG, &x.tensor, &out.tensor)
      #expect(out.array == values.map { -$0 }, "\(layout)")
      cr_copy(&x.tensor, &out.tensor)
      #expect(out.array == values, "\(layout)")
      // Into a strided output too: twice the room in each dimension.
      let spread = rowMajor(layout.sizes).map { $0 * 2 }
      let target = Buffer([Float](repeating: 0, count: 2 * count + 1), sizes: layout.sizes, strides: spread)
      cr_copy(&x.tensor, &target.tensor)
      #expect(target.array == values, "\(layout)")
      for mask in 0..<(1 << layout.sizes.count) { checkReductions(of: x, values, mask) }
    }
  }

  private func checkReductions(of x: Buffer<Float>, _ values: [Float], _ mask: Int) {
    let reduced = x.sizes.indices.map { mask >> $0 & 1 == 1 }
    let kept = x.sizes.indices.filter { !reduced[$0] }.map { x.sizes[$0] }
    var groups = [[Int]: [Float]]()
    for (index, value) in zip(indices(of: x.sizes), values) {
      groups[index.indices.filter { !reduced[$0] }.map { index[$0] }, default: []].append(value)
    }
    let rows = indices(of: kept).map { groups[$0] ?? [] }
    let out = Buffer([Float](repeating: -1, count: rows.count), sizes: kept)
    cr_reduce(CR_SUM, &x.tensor, reduced, &out.tensor)
    for (got, row) in zip(out.array, rows) { #expect(abs(Double(got) - row.reduce(0) { $0 + Double($1) }) <= 1e-5 * Double(row.count + 1)) }
    guard !values.isEmpty else { return }
    cr_reduce(CR_AMAX, &x.tensor, reduced, &out.tensor)
    #expect(out.array == rows.map { $0.max() ?? 0 }, "\(x.sizes) \(x.strides) \(reduced)")
    let at = Buffer([Int64](repeating: -1, count: rows.count), sizes: kept)
    cr_reduce(CR_ARGMIN, &x.tensor, reduced, &at.tensor)
    #expect(at.array == rows.map { row in Int64(row.firstIndex(of: row.min() ?? 0) ?? -1) })
  }

  @Test func whereCastAndCumulative() {
    let condition = Buffer([UInt8(1), 0, 1, 0], sizes: [2, 2], dtype: CR_BOOL)
    let a = Buffer([Float(1), 2, 3, 4], sizes: [2, 2]), zero = Buffer([Float(0)], sizes: [])
    let out = Buffer([Float](repeating: 9, count: 4), sizes: [2, 2])
    cr_where(&condition.tensor, &a.tensor, &zero.tensor, &out.tensor)
    #expect(out.array == [1, 0, 3, 0])
    let x = Buffer([Float(300), -1, -300, .nan, 1e20, 2.9, -2.9]), bytes = Buffer([UInt8](repeating: 0, count: 7))
    cr_cast(&x.tensor, &bytes.tensor)
    #expect(bytes.array == [44, 255, 212, 0, 0, 2, 254])
    let truth = Buffer([UInt8](repeating: 7, count: 7), dtype: CR_BOOL)
    cr_cast(&x.tensor, &truth.tensor)
    #expect(truth.array == [1, 1, 1, 1, 1, 1, 1])
    let m = Buffer([Float(1), 1, 0, .nan, 2, .nan]), best = Buffer([Float](repeating: 0, count: 6)),
      at = Buffer([Int64](repeating: 0, count: 6))
    cr_cumulative(CR_CUMMAX, &m.tensor, 0, &best.tensor, &at.tensor)
    #expect(at.array == [0, 1, 1, 3, 3, 5])
    let s = Buffer((1...6).map { Int32($0) }, sizes: [2, 3]), sums = Buffer([Int64](repeating: 0, count: 6), sizes: [2, 3])
    cr_cumulative(CR_CUMSUM, &s.tensor, 0, &sums.tensor, nil)
    #expect(sums.array == [1, 2, 3, 5, 7, 9])
  }
}
