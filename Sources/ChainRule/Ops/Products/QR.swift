import CKernels

extension Tensor {
  /// This matrix [rows, columns], with no fewer rows than columns, as a product of orthonormal columns and an upper triangle, by
  /// Householder's reflections; outside every graph, computed in float64.
  package func householderQR() throws(TensorError) -> (q: Tensor, r: Tensor) {
    guard rank == 2, dtype.isFloatingPoint, size(0) >= size(1) else {
      throw TensorError(
        .shape, "linalg.qr: Expected a real matrix with at least as many rows as columns", hint: "Transpose it.", operation: "qr",
        shapes: [shape])
    }
    let rows = size(0), columns = size(1)
    let q = try Tensor.copied(bare.converted(to: .float64)), r = Tensor(try TensorBox.uninitialized(Shape([columns, columns]), .float64))
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * columns) { work in
      cr_qr(Int64(rows), Int64(columns), q.doubles, r.doubles, work.baseAddress)
    }
    return (try q.converted(to: dtype), try r.converted(to: dtype))
  }

  private var doubles: UnsafeMutablePointer<Double> { box.c.pointee.data.assumingMemoryBound(to: Double.self) }
}
