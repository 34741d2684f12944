import CKernels
import ChainRule
import Testing

/// Factorizations by what they must satisfy, whatever signs and orders they choose, with the plain methods and with LAPACK.
struct LinearAlgebraTests {
  private func random(_ sizes: Int..., seed: Int = 1) -> Tensor {
    Tensor.randn(sizes, dtype: .float64, generator: Generator(seed: seed))
  }

  private func largest(_ x: Tensor) -> Double { x.count == 0 ? 0 : x.abs().max().item() }

  private func check(_ m: Int, _ n: Int, _ x: Tensor) {
    let k = min(m, n), size = largest(x) + 1, one = Tensor.eye(k, dtype: .float64)
    for isFull in [false, true] {
      let (u, s, vh) = x.svd(fullMatrices: isFull)
      let product = (u.narrow(dim: -1, start: 0, count: k) * s.unsqueezed(-2)).matmul(vh.narrow(dim: -2, start: 0, count: k))
      #expect(largest(product - x) < 1e-12 * size * Double(max(m, n)), "svd \(m) \(n)")
      #expect(largest(u.mT.matmul(u) - Tensor.eye(isFull ? m : k, dtype: .float64)) < 1e-12, "u of \(m) \(n)")
      #expect(largest(vh.matmul(vh.mT) - Tensor.eye(isFull ? n : k, dtype: .float64)) < 1e-12, "vh of \(m) \(n)")
      let isFalling = (s.narrow(dim: -1, start: 1, count: k - 1) .<= s.narrow(dim: -1, start: 0, count: k - 1)).all()
      #expect(isFalling.item(as: Bool.self))
      let (q, r) = x.qr(mode: isFull ? .complete : .reduced)
      #expect(largest(q.matmul(r) - x) < 1e-13 * size * Double(m + n) && largest(r.tril(-1)) == 0, "qr \(m) \(n)")
      #expect(largest(q.mT.matmul(q) - Tensor.eye(isFull ? m : k, dtype: .float64)) < 1e-12, "q of \(m) \(n)")
    }
    let (p, l, u) = x.lu()
    #expect(largest(p.matmul(l).matmul(u) - x) < 1e-12 * size && largest(l) <= 1 + 1e-15, "lu \(m) \(n)")
    guard m == n else { return }
    let symmetric = x + x.mT, (values, vectors) = symmetric.eigh()
    #expect(largest((vectors * values.unsqueezed(-2)).matmul(vectors.mT) - symmetric) < 1e-12 * size * Double(n), "eigh \(n)")
    #expect(largest(vectors.mT.matmul(vectors) - one) < 1e-12, "v of \(n)")
    let definite = x.matmul(x.mT) + one, factor = definite.cholesky()
    #expect(largest(factor.matmul(factor.mT) - definite) < 1e-12 * largest(definite) && largest(factor.triu(1)) == 0, "cholesky \(n)")
    #expect(largest(definite.inv().matmul(definite) - one) < 1e-10, "inv \(n)")
    let rest = abs(definite.logdet().sum().item() - logarithms(of: definite))
    #expect(rest < 1e-9 * Double(n), "logdet \(n)")
  }

  private func logarithms(of definite: Tensor) -> Double { definite.eigvalsh().log().sum().item() }

  @Test(arguments: [(1, 1), (2, 2), (5, 3), (3, 5), (17, 17), (64, 20), (9, 64)]) func productsOfThePlainMethods(m: Int, n: Int) {
    check(m, n, random(2, m, n))
  }

  @Test func nothingIsSmallerThanAMatrixOfNothing() {
    let x = Tensor.zeros([2, 0, 0], dtype: .float64)
    #expect(
      x.inv().shape == [2, 0, 0] && x.det().doubles == [1, 1] && x.svd().s.shape == [2, 0] && x.eigh().eigenvalues.shape == [2, 0])
    #expect(Tensor.zeros([0, 3, 3]).cholesky().shape == [0, 3, 3] && Tensor.zeros([3, 0]).qr(mode: .complete).q.equal(Tensor.eye(3)))
  }

  /// Above 64 rows and columns LAPACK is wanted; a machine without one says how to get it.
  @Test func largeMatricesNeedLAPACK() throws {
    let x = random(70, 66), square = random(66, 66)
    guard cr_has_lapack() else {
      let error = try #require(throws: TensorError.self) { try catching { _ = x.svd() } }, text = "\(error)"
      #expect(text.contains("need LAPACK") && text.contains("apt-get install libopenblas0") && text.contains("CHAINRULE_LAPACK"))
      return
    }
    check(70, 66, x)
    check(66, 70, x.mT)
    check(66, 66, square)
  }

  /// Matrices of low rank, of zeros, and with columns that are far apart in size.
  @Test func singularMatrices() {
    let u = random(6, 2), w = random(4, 2, seed: 2), x = u.matmul(w.T)
    check(6, 4, x)
    check(3, 3, Tensor.zeros([3, 3], dtype: .float64))
    let far = Tensor([[1e200, 0], [0, 1e-90]], dtype: .float64).svdvals()
    #expect(far.doubles == [1e200, 1e-90])
    #expect(x.matrixRank().item() == 2 && largest(x.matmul(x.pinv()).matmul(x) - x) < 1e-12)
    #expect(Tensor([[1.0, 2], [2, 4]]).det().item() == 0)
    // The gradient of a determinant of 0 is the matrix of cofactors.
    let singular = Tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]], dtype: .float64, requiresGrad: true)
    singular.det().backward()
    let cofactors = Tensor([[-3.0, 6, -3], [6, -12, 6], [-3, 6, -3]], dtype: .float64)
    #expect(largest(singular.grad! - cofactors) < 1e-12)
  }

  /// What does not depend on the signs of vectors has a gradient also where the vectors have none.
  @Test func repeatedValues() {
    let x = (Tensor.eye(3, dtype: .float64) * 2).asLeaf()
    x.svdvals().sum().backward()
    #expect(largest(x.grad! - Tensor.eye(3, dtype: .float64)) < 1e-14)
    let y = (Tensor.eye(3, dtype: .float64) * 2).asLeaf()
    y.eigvalsh().square().sum().backward()
    #expect(largest(y.grad! - Tensor.eye(3, dtype: .float64) * 4) < 1e-14)
  }

  @Test func refusals() throws {
    let singular = Tensor([[1.0, 2], [2, 4]])
    for (text, call) in [
      (
        "linalg.inv: The diagonal element 2 is zero, the inversion could not be completed because the input matrix is singular.",
        { _ = singular.inv() }
      ),
      (
        "linalg.solve: (Batch element 1): The solver failed because the input matrix is singular.",
        { _ = stack([Tensor.eye(2), singular]).solve(Tensor([1.0, 2])) }
      ),
      ("linalg.inv: A must be batches of square matrices, but they are 2 by 3 matrices", { _ = Tensor.ones(2, 3).inv() }),
      ("linalg.det: The input tensor A must have at least 2 dimensions.", { _ = Tensor.ones(2).det() }),
      ("linalg.eigh: Expected a floating point or complex tensor as input. Got Long", { _ = Tensor([[1, 2], [2, 1]]).eigh() }),
      ("not positive-definite (the leading minor of order 2 is not positive-definite).", { _ = Tensor([[1.0, 2], [2, 1]]).cholesky() }),
      (
        "The algorithm failed to converge because the input matrix contained non-finite values.",
        { _ = Tensor([[Double.nan, 1], [1, 2]]).svd() }
      ),
      (
        "The QR decomposition is not differentiable when mode='complete' and nrows > ncols",
        { Tensor.ones([3, 1], requiresGrad: true).qr(mode: .complete).q.sum().backward() }
      ),
    ] as [(String, () -> Void)] {
      let found = try #require(message(call))
      #expect(found.contains(text))
    }
  }

  /// Single precision is computed in double, and keeps its type.
  @Test func singlePrecision() {
    let x = random(5, 5).to(.float32), y = x.inv()
    #expect(y.dtype == .float32 && largest(y.to(.float64) - x.to(.float64).inv()) < 1e-5)
    #expect(x.lu().p.dtype == .float32 && x.slogdet().sign.dtype == .float32 && x.matrixExp().dtype == .float32)
  }
}
