import CKernels

/// What operations on matrices share: checks, and batches in double precision, which float32 is computed in and rounded from once.
enum Matrices {
  /// The sizes of a batch of matrices.
  struct Sizes {
    let batch: [Int]
    let rows: Int
    let columns: Int
    var count: Int64 { Int64(batch.reduce(1, *)) }
    var least: Int { Swift.min(rows, columns) }

    init(_ x: Tensor) {
      let shape = x.shape
      batch = Array(shape.dropLast(2))
      rows = shape[shape.count - 2]
      columns = shape[shape.count - 1]
    }
  }

  /// Refuses what is no batch of matrices of real numbers; `isSquare` says whether they must be square.
  static func check(_ x: Tensor, _ operation: String, square isSquare: Bool = true) throws(TensorError) {
    let name = "linalg.\(operation)"
    guard x.rank > 1 else {
      throw TensorError(
        .shape, "\(name): The input tensor A must have at least 2 dimensions.", hint: "It has shape \(x.shape).", operation: operation)
    }
    guard x.dtype.isFloatingPoint else {
      throw TensorError(
        .dtype, "\(name): Expected a floating point or complex tensor as input. Got \(x.dtype.scalarTypeName)",
        hint: "Convert first: x.to(.float32).", operation: operation)
    }
    let sizes = Sizes(x)
    guard !isSquare || sizes.rows == sizes.columns else {
      throw TensorError(
        .shape, "\(name): A must be batches of square matrices, but they are \(sizes.rows) by \(sizes.columns) matrices",
        hint: "For others there are pinv and lstsq.", operation: operation)
    }
  }

  /// The elements in double precision, row-major, and nobody else's.
  static func doubles(_ x: Tensor) throws(TensorError) -> Tensor {
    x.dtype == .float64 ? try Tensor.copied(x) : try x.converted(to: .float64).packed
  }

  static func empty(_ shape: [Int], _ dtype: DType = .float64) throws(TensorError) -> Tensor {
    Tensor(try TensorBox.uninitialized(Shape(shape), dtype))
  }

  static func pointer(_ x: Tensor) -> UnsafeMutablePointer<Double> { x.box.c.pointee.data.assumingMemoryBound(to: Double.self) }
  static func integers(_ x: Tensor) -> UnsafeMutablePointer<Int32> { x.box.c.pointee.data.assumingMemoryBound(to: Int32.self) }

  /// Runs a kernel that gives a number for each matrix: 0, or what went wrong, of which `refusal` makes a sentence.
  static func run(
    _ sizes: Sizes, _ operation: String, _ kernel: (UnsafeMutablePointer<Int32>) -> Void, refusal: (Int) -> String?
  ) throws(TensorError) {
    guard sizes.least <= CR_PLAIN_SIZE || cr_has_lapack() else {
      throw TensorError(
        .argument, "linalg.\(operation): matrices with more than \(CR_PLAIN_SIZE) rows and columns need LAPACK, which was not found",
        hint: "Install it with `apt-get install libopenblas0` or `brew install openblas`, or name a library in CHAINRULE_LAPACK.",
        operation: operation)
    }
    let info = try empty([Int(sizes.count)], .int32)
    defer { withExtendedLifetime(info) {} }
    kernel(integers(info))
    for i in 0..<Int(sizes.count) where integers(info)[i] != 0 {
      let number = Int(integers(info)[i])
      let place = sizes.batch.isEmpty ? "" : "(Batch element \(i)): "
      guard number != Int(CR_NO_MEMORY) else {
        throw TensorError(.argument, "out of memory", hint: "Use smaller matrices.", operation: operation)
      }
      guard let sentence = refusal(number) else { continue }
      throw TensorError(
        .argument, "linalg.\(operation): \(place)\(sentence)", hint: "The matrix has shape \(sizes.rows) by \(sizes.columns).",
        operation: operation)
    }
  }

  /// Refuses NaN and infinities, with which no rotation ends.
  static func checkFinite(_ x: Tensor, _ operation: String) throws(TensorError) {
    let values = UnsafeBufferPointer(start: pointer(x), count: x.count)
    if values.allSatisfy(\.isFinite) { return }
    throw TensorError(
      .argument, "linalg.\(operation): The algorithm failed to converge because the input matrix contained non-finite values.",
      hint: "Look for NaN and infinities with isFinite().", operation: operation)
  }
}

extension Tensor {
  /// Half the diagonal of what is left of the matrices when the part above it is taken away: the triangle of a symmetric sum.
  var halfTriangle: Tensor { tril() - diagonal(offset: 0, dim1: -2, dim2: -1).diagEmbed() * 0.5 }

  /// The rows of the matrices in another order.
  func withRows(_ order: Tensor) -> Tensor { takeAlongDim(order.unsqueezed(-1), dim: -2) }

  /// The identity matrices of the batch's shape.
  static func identities(_ batch: [Int], _ n: Int, _ dtype: DType) -> Tensor { eye(n, dtype: dtype).expanded(batch + [n, n]) }

  /// The first columns of the matrices.
  func columns(_ start: Int, _ count: Int) -> Tensor { narrow(dim: -1, start: start, count: count) }

  /// The first rows of the matrices.
  func rows(_ start: Int, _ count: Int) -> Tensor { narrow(dim: -2, start: start, count: count) }
}
