import CKernels

func rowMajor(_ sizes: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: sizes.count)
  for d in sizes.indices.dropLast().reversed() { strides[d] = strides[d + 1] * sizes[d + 1] }
  return strides
}

/// A tensor over memory of its own, with guard elements never touched behind it.
final class Buffer<T: Element> {
  let base: UnsafeMutablePointer<T>
  let capacity: Int
  let sizes: [Int]
  let strides: [Int]
  let offset: Int
  private let dims: UnsafeMutablePointer<Int64>
  var tensor: cr_tensor

  init(_ values: [T], sizes: [Int]? = nil, strides: [Int]? = nil, offset: Int = 0, dtype: cr_dtype = T.dtype) {
    capacity = max(values.count, 1)
    base = .allocate(capacity: capacity)
    for (i, v) in values.enumerated() { (base + i).initialize(to: v) }
    self.sizes = sizes ?? [values.count - offset]
    self.strides = strides ?? rowMajor(self.sizes)
    self.offset = offset
    let rank = self.sizes.count
    dims = .allocate(capacity: max(2 * rank, 1))
    for d in 0..<rank {
      dims[d] = Int64(self.sizes[d])
      dims[rank + d] = Int64(self.strides[d])
    }
    let count = self.sizes.reduce(1, *)
    tensor = cr_tensor(
      data: base + offset, dims: dims, count: Int64(count), dtype: dtype, rank: UInt8(rank),
      contiguous: count < 2 || self.strides == rowMajor(self.sizes), flags: 0, output: 0)
  }
  deinit {
    base.deallocate()
    dims.deallocate()
  }

  /// The elements in row-major order of the sizes.
  var array: [T] { indices(of: sizes).map { base[offset + zip($0, strides).reduce(0) { $0 + $1.0 * $1.1 }] } }
}

/// All index tuples, last dimension fastest.
func indices(of sizes: [Int]) -> [[Int]] {
  sizes.reduce([[]]) { tuples, size in tuples.flatMap { t in (0..<size).map { t + [$0] } } }
}

/// Equal bits, any NaN equal to any NaN.
func same(_ a: Float, _ b: Float) -> Bool { a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN) }
func same(_ a: Double, _ b: Double) -> Bool { a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN) }

let specials: [Double] = [
  0, -0.0, 1, -1, 2, -2, 0.5, .infinity, -.infinity, .nan, 0x1p-149, -0x1p-149, 0x1p-130, 0x1p-126, -0x1p-126, 88.7, 89.5, -87.4,
  -103.9, -110, 3.4e38, -3.4e38, 1e-20, 20, -20, 0.9, 0.55, 1e6, 1e15, -1e30,
]
