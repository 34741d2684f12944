import CKernels
import Testing

extension KernelTests {
  struct SortTests {
    /// Sorting indices by insertion into place: stable by construction.
    private func order<T: Element>(_ line: [T], descending: Bool) -> [Int] {
      func isNaN(_ x: T) -> Bool { x != x }
      func before(_ a: T, _ b: T) -> Bool {
        if isNaN(a) || isNaN(b) { return descending ? isNaN(a) && !isNaN(b) : !isNaN(a) && isNaN(b) }
        return descending ? a > b : a < b
      }
      return line.indices.sorted { before(line[$0], line[$1]) || (!before(line[$1], line[$0]) && $0 < $1) }
    }

    private func check<T: Element>(_ values: [T], dtype: cr_dtype = T.dtype) {
      let n = values.count / 6
      let shapes: [([Int], [Int]?, Int)] = [([2, n, 3], nil, 1), ([6, n], nil, 1), ([n, 6], [1, n], 0)]
      for (sizes, strides, dim) in shapes {
        let x = Box(values, sizes, strides: strides, dtype: dtype)
        for descending in [false, true] {
          for k in [n, min(n, 5), min(n, 40)] {
            var outSizes = sizes
            outSizes[dim] = k
            let count = outSizes.reduce(1, *)
            let sorted = Box([T](repeating: values[0], count: count), outSizes, dtype: dtype)
            let indices = Box([Int64](repeating: -1, count: count), outSizes)
            let done =
              k == n
              ? cr_sort(&x.t, Int32(dim), descending, &sorted.t, &indices.t)
              : cr_topk(&x.t, Int32(dim), Int64(k), descending, &sorted.t, &indices.t)
            #expect(done)
            let flat = x.values, got = indices.values
            var lines = [[Int]: [T]]()
            for (q, p) in positions(sizes).enumerated() {
              var key = p
              key[dim] = 0
              lines[key, default: []].append(flat[q])
            }
            let orders = lines.mapValues { order($0, descending: descending) }
            var good = true
            for (q, p) in positions(outSizes).enumerated() {
              var key = p
              key[dim] = 0
              guard let wanted = orders[key]?[p[dim]], let value = lines[key]?[wanted] else { continue }
              good = good && got[q] == Int64(wanted) && (sorted.storage[q] == value || value != value)
            }
            #expect(good, "\(T.self) \(sizes) dim \(dim) k \(k) descending \(descending)")
          }
        }
      }
    }

    @Test func sortsStably() {
      var g = SplitMix(61)
      for n in [1, 2, 20, 33, 300] {
        check(
          (0..<6 * n).map { _ in
            [Float(g.below(9)) - 4, .nan, -.infinity, -0.0, 0, .leastNonzeroMagnitude, .greatestFiniteMagnitude][g.below(7)]
          })
        check((0..<6 * n).map { _ in [g.unit(), .nan, .infinity, -0.0, 0, -.leastNonzeroMagnitude][g.below(6)] })
        check((0..<6 * n).map { _ in Int32.random(&g) >> Int32(g.below(31)) })
        check((0..<6 * n).map { _ in Int64.random(&g) >> Int64(g.below(63)) })
        check((0..<6 * n).map { _ in UInt8.random(&g) })
        check((0..<6 * n).map { _ in UInt8(g.below(2)) }, dtype: CR_BOOL)
      }
    }

    @Test func takesScalarsAndNothing() {
      let scalar = Box<Float>([3], []), value = Box<Float>([0], []), index = Box<Int64>([7], [])
      #expect(cr_sort(&scalar.t, 0, false, &value.t, &index.t))
      #expect(value.storage[0] == 3 && index.storage[0] == 0)
      let empty = Box<Float>([], [0, 3]), out = Box<Float>([], [0, 3])
      #expect(cr_sort(&empty.t, 1, false, &out.t, nil))
      #expect(cr_sort(&empty.t, 0, false, nil, nil))
    }
  }
}
