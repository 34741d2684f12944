/// The sizes (or strides) of a tensor: a small list of integers that needs no allocation up to four dimensions.
struct Shape: Sendable, Equatable, RandomAccessCollection, ExpressibleByArrayLiteral {
  let rank: Int
  private var first: (Int, Int, Int, Int) = (0, 0, 0, 0)
  private var rest: [Int] = []

  @inline(__always) var startIndex: Int { 0 }
  @inline(__always) var endIndex: Int { rank }

  init(repeating value: Int, rank: Int) {
    self.rank = rank
    first = (value, value, value, value)
    if rank > 4 { rest = Array(repeating: value, count: rank - 4) }
  }

  init(_ pointer: UnsafePointer<Int64>, rank: Int) {
    self.init(repeating: 0, rank: rank)
    for i in 0..<rank { self[i] = Int(pointer[i]) }
  }

  init(_ sizes: some Collection<Int>) {
    self.init(repeating: 0, rank: sizes.count)
    for (i, size) in sizes.enumerated() { self[i] = size }
  }

  init(arrayLiteral sizes: Int...) { self.init(sizes) }

  subscript(i: Int) -> Int {
    @inline(__always) get {
      switch i {
      case 0: first.0
      case 1: first.1
      case 2: first.2
      case 3: first.3
      default: rest[i - 4]
      }
    }
    @inline(__always) set {
      switch i {
      case 0: first.0 = newValue
      case 1: first.1 = newValue
      case 2: first.2 = newValue
      case 3: first.3 = newValue
      default: rest[i - 4] = newValue
      }
    }
  }

  static func == (a: Shape, b: Shape) -> Bool {
    guard a.rank == b.rank else { return false }
    for i in 0..<a.rank where a[i] != b[i] { return false }
    return true
  }

  /// The number of elements: the product of the sizes, 1 for rank 0.
  @inline(__always) var elements: Int {
    var product = 1
    for i in 0..<rank { product &*= self[i] }
    return product
  }

  /// No tensor has more dimensions: a descriptor counts them in one byte.
  static let mostDimensions = 64

  /// The same, refused where no integer holds it.
  @inline(__always)
  func countedElements() throws(TensorError) -> Int {
    if rank > Shape.mostDimensions { throw Rules.tooManyDimensions(rank) }
    var product = 1
    for i in 0..<rank {
      let (next, overflow) = product.multipliedReportingOverflow(by: self[i])
      if overflow { throw Rules.storageOverflow("sizes=\(array)") }
      product = next
    }
    return product
  }

  var array: [Int] { Array(self) }

  /// The strides of a row-major tensor of these sizes.
  var rowMajorStrides: Shape {
    var strides = Shape(repeating: 1, rank: rank)
    var stride = 1
    for i in downward {
      strides[i] = stride
      // Beside a size of 0 the others may multiply to more than an integer holds; then no element is looked up.
      stride &*= Swift.max(self[i], 1)
    }
    return strides
  }

  /// Whether elements of these sizes with these strides lie row-major without gaps.
  func isRowMajor(_ strides: Shape) -> Bool {
    if elements < 2 { return true }
    var expected = 1
    for i in downward where self[i] != 1 {
      if strides[i] != expected { return false }
      expected *= self[i]
    }
    return true
  }

  private var downward: StrideThrough<Int> { Swift.stride(from: rank - 1, through: 0, by: -1) }

  // MARK: Edits

  func removing(_ dim: Int) -> Shape {
    var result = Shape(repeating: 0, rank: rank - 1)
    for i in 0..<rank where i != dim { result[i < dim ? i : i - 1] = self[i] }
    return result
  }

  func inserting(_ size: Int, at dim: Int) -> Shape {
    var result = Shape(repeating: size, rank: rank + 1)
    for i in 0..<rank { result[i < dim ? i : i + 1] = self[i] }
    return result
  }

  func replacing(_ dim: Int, with size: Int) -> Shape {
    var result = self
    result[dim] = size
    return result
  }

  func permuted(_ order: [Int]) -> Shape {
    var result = self
    for (i, from) in order.enumerated() { result[i] = self[from] }
    return result
  }

  /// The sizes both broadcast to, or the dimension (from the left of the result) at which they disagree.
  static func broadcast(_ a: Shape, _ b: Shape) -> Result<Shape, BroadcastMismatch> {
    let rank = Swift.max(a.rank, b.rank)
    var result = Shape(repeating: 1, rank: rank)
    for i in 0..<rank {
      let x = i < rank - a.rank ? 1 : a[i - (rank - a.rank)]
      let y = i < rank - b.rank ? 1 : b[i - (rank - b.rank)]
      guard x == y || x == 1 || y == 1 else { return .failure(BroadcastMismatch(dim: i, a: x, b: y)) }
      result[i] = x == 1 ? y : x
    }
    return .success(result)
  }
}

/// Where two shapes do not broadcast.
struct BroadcastMismatch: Error {
  let dim: Int
  let a: Int
  let b: Int
}
