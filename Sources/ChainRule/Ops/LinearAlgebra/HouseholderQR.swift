import CKernels

extension Tensor {
  /// This matrix [rows, columns], with no fewer rows than columns, as a product of orthonormal columns and an upper triangle, by
  /// Householder's reflections: of any size without LAPACK, outside every graph, computed in float64.
  package func householderQR() throws(TensorError) -> (q: Tensor, r: Tensor) {
    guard rank == 2, dtype.isFloatingPoint, size(0) >= size(1) else {
      throw TensorError(
        .shape, "linalg.qr: Expected a real matrix with at least as many rows as columns", hint: "Transpose it.", operation: "qr",
        shapes: [shape])
    }
    let rows = Int64(size(0)), columns = Int64(size(1)), a = try bare.converted(to: .float64).packed
    let q = try Matrices.empty(shape), r = try Matrices.empty([size(1), size(1)])
    guard cr_householder_qr(Matrices.pointer(a), Matrices.pointer(q), Matrices.pointer(r), rows, columns, columns) == 0 else {
      throw TensorError(.argument, "out of memory", hint: "Use smaller matrices.", operation: "qr")
    }
    return (try q.converted(to: dtype), try r.converted(to: dtype))
  }
}
