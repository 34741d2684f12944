import ChainRule

/// A kind of argument that can be given nonsense.
protocol Sweepable {
  /// What is given in this argument's place, each under a name that does not change from run to run.
  var nonsense: [(name: String, value: Self)] { get }
}

extension Int: Sweepable {
  var nonsense: [(name: String, value: Int)] {
    [
      ("min", .min), ("min+1", .min + 1), ("-2", -2), ("-1", -1), ("0", 0), ("1", 1), ("2^31", 1 << 31), ("2^40", 1 << 40),
      ("2^61", 1 << 61), ("max-1", .max - 1), ("max", .max),
    ]
  }
}

/// How often something is done: a large number is no nonsense, and takes as long as it says.
struct Times: Sweepable {
  let count: Int

  init(_ count: Int) { self.count = count }

  var nonsense: [(name: String, value: Times)] {
    [("min", .min), ("-1", -1), ("0", 0), ("1", 1)].map { ($0.0, Times($0.1)) }
  }
}

extension Double: Sweepable {
  var nonsense: [(name: String, value: Double)] {
    [
      ("nan", .nan), ("inf", .infinity), ("-inf", -.infinity), ("0", 0), ("-0", -0.0), ("-1", -1), ("1", 1), ("1e18", 1e18), ("1e30", 1e30),
      ("-1e30", -1e30), ("greatest", .greatestFiniteMagnitude), ("least", .leastNonzeroMagnitude),
    ]
  }
}

extension Float: Sweepable {
  var nonsense: [(name: String, value: Float)] {
    [("nan", .nan), ("inf", .infinity), ("-inf", -.infinity), ("0", 0), ("-1", -1), ("greatest", .greatestFiniteMagnitude)]
  }
}

extension UInt8: Sweepable {
  var nonsense: [(name: String, value: UInt8)] { [("0", 0), ("max", .max)] }
}

extension String: Sweepable {
  var nonsense: [(name: String, value: String)] { [("empty", "")] }
}

extension Optional: Sweepable where Wrapped: Sweepable {
  var nonsense: [(name: String, value: Wrapped?)] { [("nil", nil)] + (map { $0.nonsense.map { ($0.name, Optional($0.value)) } } ?? []) }
}

extension Array: Sweepable where Element: Sweepable {
  var nonsense: [(name: String, value: [Element])] {
    var all: [(name: String, value: [Element])] = [("[]", [])]
    guard let first, let last else { return all }
    all += first.nonsense.map { ("first " + $0.name, [$0.value] + dropFirst()) }
    all += last.nonsense.map { ("last " + $0.name, dropLast() + [$0.value]) }
    all += first.nonsense.map { ("all " + $0.name, Array(repeating: $0.value, count: count)) }
    // More tensors than these are many derivatives, which is no nonsense either.
    let many = first is Tensor ? 8 : 300
    return all + [("one", [first]), ("one more", self + [last]), ("many", Array(repeating: first, count: many))]
  }
}

extension Range<Int>: Sweepable {
  var nonsense: [(name: String, value: Range<Int>)] {
    [("empty", 0..<0), ("negative", -2 ..< -1), ("beyond", 5..<9), ("whole", Int.min..<Int.max), ("far", Int.max - 1..<Int.max)]
  }
}

extension ClosedRange<Double>: Sweepable {
  var nonsense: [(name: String, value: ClosedRange<Double>)] {
    [
      ("point", 0...0), ("infinite", -Double.infinity...Double.infinity),
      ("greatest", -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude),
      ("least", 0...Double.leastNonzeroMagnitude), ("far", 1e300...2e300),
    ]
  }
}

extension Tensor: Sweepable {
  var nonsense: [(name: String, value: Tensor)] {
    var all: [(name: String, value: Tensor)] = [
      ("empty", Tensor.zeros(0, dtype: dtype)), ("0-dim", Tensor.ones([], dtype: dtype)), ("one", Tensor.ones([1], dtype: dtype)),
      ("bools", Tensor.ones(shape, dtype: .bool)), ("integers", Tensor.zeros(shape, dtype: .int64)),
      ("smallest integers", Tensor.full(shape, Int.min, dtype: .int64)), ("largest integers", Tensor.full(shape, Int.max, dtype: .int64)),
      ("-1", Tensor.full(shape, -1, dtype: dtype)), ("6-dim", Tensor.ones([1, 1, 1, 1, 1, 1], dtype: dtype)),
      ("beyond memory", Tensor.ones([], dtype: dtype).expanded([1 << 40] + shape.dropFirst())),
      ("beyond memory, all", Tensor.ones([], dtype: dtype).expanded(shape.indices.map { $0 == 0 ? 1 << 44 : 1 })),
    ]
    all += [DType.int8, .int16, .float16, .bfloat16].map { ($0.name, Tensor.full(shape, 3, dtype: $0)) }
    if dtype.isFloatingPoint {
      all += [("nan", Double.nan), ("inf", .infinity), ("-inf", -.infinity), ("0", 0), ("greatest", 1e300)].map {
        ($0.0, Tensor.full(shape, $0.1, dtype: .float64).to(dtype))
      }
    }
    for d in shape.indices {
      var sizes = shape
      sizes[d] = 0
      all.append(("size 0 in \(d)", Tensor.zeros(sizes, dtype: dtype)))
    }
    return all
  }
}
