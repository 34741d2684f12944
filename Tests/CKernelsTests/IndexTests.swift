import CKernels
import Testing

extension KernelTests {
  struct IndexTests {
    /// A tensor of [3, 4, 5], and others of these sizes with other strides.
    private func layouts<T: Element>(_: T.Type, _ g: inout SplitMix) -> [Box<T>] {
      [
        .random([3, 4, 5], &g),
        Box.random([5, 4, 3], &g).view([3, 4, 5], strides: [1, 3, 12]),
        Box.random([6, 4, 10], &g).view([3, 4, 5], strides: [80, 10, 2], offset: 1),
      ]
    }

    private func moving(_ p: [Int], _ dim: Int, _ i: Int) -> Int {
      var q = p
      q[dim] = i
      return (q[0] * 4 + q[1]) * 5 + q[2]
    }

    private func check<T: Element & Numeric>(_: T.Type) {
      var g = SplitMix(51)
      for x in layouts(T.self, &g) {
        for dim in 0..<3 {
          let size = [3, 4, 5][dim]
          let index = (0..<7).map { _ in Int64(g.below(size)) }
          var sizes = [3, 4, 5]
          sizes[dim] = 7
          let out = Box<T>.random(sizes, &g)
          #expect(cr_index_select(&x.t, Int32(dim), index, 7, &out.t) == -1)
          let flat = x.values
          #expect(out.values == positions(sizes).map { flat[moving($0, dim, Int(index[$0[dim]]))] })

          let before = Box<T>.random([3, 4, 5], &g).values
          let copied = Box(before, [3, 4, 5])
          #expect(cr_index_copy(&copied.t, Int32(dim), index, 7, &out.t) == -1)
          var wanted = before
          for (q, p) in positions(sizes).enumerated() { wanted[moving(p, dim, Int(index[p[dim]]))] = out.storage[q] }
          #expect(copied.values == wanted)

          let each = Box((0..<60).map { _ in Int64(g.below(size)) }, [3, 4, 5])
          let gathered = Box<T>.random([3, 4, 5], &g)
          #expect(cr_gather(&x.t, Int32(dim), &each.t, &gathered.t) == -1)
          #expect(gathered.values == positions([3, 4, 5]).enumerated().map { flat[moving($1, dim, Int(each.storage[$0]))] })
          let scattered = Box(before, [3, 4, 5])
          #expect(cr_scatter(&scattered.t, Int32(dim), &each.t, &x.t) == -1)
          wanted = before
          for (q, p) in positions([3, 4, 5]).enumerated() { wanted[moving(p, dim, Int(each.storage[q]))] = flat[q] }
          #expect(scattered.values == wanted)
          let value = flat[3]
          #expect(cr_scatter_value(&scattered.t, Int32(dim), &each.t, [value]) == -1)
          for (q, p) in positions([3, 4, 5]).enumerated() { wanted[moving(p, dim, Int(each.storage[q]))] = value }
          #expect(scattered.values == wanted)
        }
      }
    }

    @Test func movesElementsOfEveryType() {
      check(Float.self)
      check(Double.self)
      check(Int64.self)
      check(Int32.self)
      check(UInt8.self)
    }

    @Test func addsWithTheSameBitsForEveryThreadCount() {
      var g = SplitMix(52)
      let src = Box<Float>.random([500, 96], &g), index = (0..<500).map { _ in Int64(g.below(20)) }
      let spread = Box((0..<48_000).map { _ in Int64(g.below(20)) }, [500, 96])
      var wanted = [Float](repeating: 0.5, count: 20 * 96), wantedSpread = wanted
      for i in 0..<500 {
        for j in 0..<96 {
          wanted[Int(index[i]) * 96 + j] += src.storage[i * 96 + j]
          wantedSpread[Int(spread.storage[i * 96 + j]) * 96 + j] += src.storage[i * 96 + j]
        }
      }
      for threads in 1...3 {
        withThreads(Int32(threads)) {
          let into = Box([Float](repeating: 0.5, count: 20 * 96), [20, 96])
          #expect(cr_index_add(&into.t, 0, index, 500, &src.t) == -1)
          #expect(into.values == wanted)
          let other = Box([Float](repeating: 0.5, count: 20 * 96), [20, 96])
          #expect(cr_scatter_add(&other.t, 0, &spread.t, &src.t) == -1)
          #expect(other.values == wantedSpread)
        }
      }
    }

    @Test func refusesIndicesOutOfRangeAndWritesNothing() {
      var g = SplitMix(53)
      let x = Box<Float>.random([3, 4], &g)
      for bad in [Int64(4), -1, .max, .min] {
        let out = Box<Float>(.init(repeating: 9, count: 9), [3, 3]), into = Box<Float>(.init(repeating: 9, count: 12), [3, 4])
        #expect(cr_index_select(&x.t, 1, [0, 3, bad], 3, &out.t) == 2)
        #expect(cr_index_copy(&into.t, 1, [0, bad, 1], 3, &out.t) == 1)
        #expect(cr_index_add(&into.t, 1, [bad, 0, bad], 3, &out.t) == 0)
        let each = Box([0, 1, 2, 3, 0, 1, bad, 0, bad], [3, 3])
        #expect(cr_gather(&x.t, 1, &each.t, &out.t) == 6)
        #expect(cr_scatter(&into.t, 1, &each.t, &out.t) == 6)
        #expect(cr_scatter_add(&into.t, 1, &each.t, &out.t) == 6)
        let turned = each.view([3, 3], strides: [1, 3])
        #expect(cr_gather(&x.t, 1, &turned.t, &out.t) == 2)
        #expect(out.values.allSatisfy { $0 == 9 } && into.values.allSatisfy { $0 == 9 })
      }
      let none = Box<Float>([], [0, 4]), out = Box<Float>([], [0, 1])
      #expect(cr_index_select(&none.t, 1, [4], 1, &out.t) == 0 && cr_index_select(&none.t, 1, [3], 1, &out.t) == -1)
    }

    @Test func indexesScalars() {
      let x = Box<Float>([5], []), out = Box<Float>([0], []), index = Box<Int64>([0], []), bad = Box<Int64>([1], [])
      #expect(cr_gather(&x.t, 0, &index.t, &out.t) == -1 && out.storage[0] == 5)
      #expect(cr_gather(&x.t, 0, &bad.t, &out.t) == 0)
      #expect(cr_index_add(&x.t, 0, [0], 1, &out.t) == -1 && x.storage[0] == 10)
    }

    @Test func wrapsNegativeIndices() {
      var out = [Int64](repeating: 7, count: 4)
      #expect(cr_wrap_indices([0, -1, -5, 4], 4, 5, &out) == -1)
      #expect(out == [0, 4, 0, 4])
      #expect(cr_wrap_indices([0, -6], 2, 5, &out) == 1 && cr_wrap_indices([5], 1, 5, &out) == 0)
    }

    @Test func findsWhatIsNotZero() {
      var g = SplitMix(54)
      // The longer one is shared out among threads.
      for shape in [[3, 4, 5], [2, 300, 201]] {
        let mask = Box((0..<shape.reduce(1, *)).map { _ in UInt8(g.below(2)) }, shape, dtype: CR_BOOL)
        let set = zip(positions(shape), mask.values).filter { $1 != 0 }.map(\.0)
        let count = cr_nonzero(&mask.t, nil)
        #expect(count == set.count)
        var places = [Int64](repeating: -1, count: set.count * 3 + 1)
        #expect(cr_nonzero(&mask.t, &places) == count)
        #expect(places == set.joined().map(Int64.init) + [-1])
      }
      let special = Box<Float>([0, -0.0, .nan, .leastNonzeroMagnitude], [4])
      var places = [Int64](repeating: 0, count: 2)
      #expect(cr_nonzero(&special.t, &places) == 2 && places == [2, 3])
      let scalar = Box<Float>([2], [])
      #expect(cr_nonzero(&scalar.t, nil) == 1)
    }
  }
}
