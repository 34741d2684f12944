import ChainRule
import Testing

/// scan, cond and whileLoop, alone and inside transforms.
struct ControlFlowTests {
  private let x = Tensor([0.5, -1, 2], dtype: .float64)
  private let rows = Tensor([[1.0, 2], [3, 4], [5, 6]], dtype: .float64)

  private func sums(_ xs: Tensor, reverse: Bool = false) -> (state: Tensor, outputs: Tensor) {
    scan(
      { (s: Tensor, x: Tensor) in
        let next = s * 0.5 + x * x
        return (next, next.sin())
      }, Tensor.zeros([2], dtype: .float64), xs, reverse: reverse)
  }

  @Test func scanIsALoop() {
    var state = Tensor.zeros([2], dtype: .float64), outputs: [Tensor] = []
    for row in rows.unbind() {
      state = state * 0.5 + row * row
      outputs.append(state.sin())
    }
    let scanned = sums(rows)
    #expect(scanned.state.equal(state) && scanned.outputs.equal(stack(outputs)))
    #expect(sums(rows.flip(0)).outputs.equal(sums(rows, reverse: true).outputs.flip(0)))
    let trees = scan(
      { (s: [String: Tensor], x: [Tensor]) in (["n": s["n"]! + 1, "dot": s["dot"]! + x[0].dot(x[1])], [x[0] * s["n"]!]) },
      ["n": Tensor(0.0, dtype: .float64), "dot": Tensor(0.0, dtype: .float64)], [rows, rows * 2])
    #expect(trees.state["n"]?.item() == 3 && trees.state["dot"]?.item() == 182 && trees.outputs[0].doubles == [0, 0, 3, 4, 10, 12])
    let none = sums(Tensor.zeros([0, 2], dtype: .float64))
    #expect(none.state.doubles == [0, 0] && none.outputs.shape == [0, 2])
  }

  @Test func scanIsDifferentiated() throws {
    try gradcheck({ (xs: Tensor) in self.sums(xs).outputs * self.sums(xs, reverse: true).state }, [rows.asLeaf()], checkForwardAD: true)
    try gradgradcheck({ (xs: Tensor) in self.sums(xs).outputs }, [rows.asLeaf()], checkForwardOverReverse: true)
    let batch = stack([rows, rows * 0.3])
    #expect(distance(vmap { self.sums($0).outputs }(batch), stack([sums(rows).outputs, sums(rows * 0.3).outputs])) == 0)
  }

  @Test func choices() {
    let f = { (x: Tensor) in
      cond(x .> 0) {
        x.square()
      } otherwise: {
        -x
      }
    }
    #expect(f(x[0]).item() == 0.25 && f(x[1]).item() == 1)
    #expect(
      vmap(f)(x).doubles == [0.25, 1, 4] && vmap(grad(f))(x).doubles == [1, -1, 4] && grad { vmap(f)($0).sum() }(x).doubles == [1, -1, 4])
    #expect(jvp(vmap(f), x, x).tangent.doubles == [0.5, 1, 8] && vmap(grad(grad(f)))(x).doubles == [2, 0, 2])
    #expect(vmap { row in vmap(f)(row) }(stack([x, -x])).doubles == [0.25, 1, 4, 0.5, 1, 2])
    // Where all examples agree only one branch runs.
    var runs = 0
    let counted = { (x: Tensor) -> Tensor in
      cond(x .< 100) {
        x
      } otherwise: {
        runs += 1
        return -x
      }
    }
    #expect(vmap(counted)(x).equal(x) && runs == 0)
    let trees = vmap { (x: Tensor) in
      cond(x .> 0) {
        ["a": x, "b": x * 2]
      } otherwise: {
        ["a": x * 0, "b": x]
      }
    }(x)
    #expect(trees["a"]?.doubles == [0.5, 0, 2] && trees["b"]?.doubles == [1, -1, 4])
  }

  @Test func loopsWithAnEnd() {
    // Newton's square root: as many steps as each needs.
    let root = { (a: Tensor) in whileLoop({ ($0 * $0 - a).abs() .> 1e-13 }, { 0.5 * ($0 + a / $0) }, a) }
    let a = Tensor([2.0, 9, 0.25], dtype: .float64)
    for (i, value) in [(2.0).squareRoot(), 3, 0.5].enumerated() { #expect(abs(root(a[i]).item() - value) < 1e-13) }
    #expect(distance(vmap(root)(a), a.sqrt()) < 1e-13 && distance(vmap(grad(root))(a), 0.5 / a.sqrt()) < 1e-8)
    let counts = vmap { (n: Tensor) in
      whileLoop({ $0["k"]! .< n }, { ["k": $0["k"]! + 1, "p": $0["p"]! * 2] }, ["k": n * 0, "p": n * 0 + 1])["p"]!
    }
    #expect(counts(Tensor([0.0, 3, 5])).doubles == [1, 8, 32])
    #expect(whileLoop({ _ in Tensor(false) }, { $0 + 1 }, x).equal(x))
  }

  @Test func misuse() {
    func refuses(_ sentence: String, _ body: () -> Void) { #expect(message(body)?.contains(sentence) ?? false, "\(sentence)") }
    refuses("Expected pred to be bool") {
      _ = cond(x) {
        x
      } otherwise: {
        x
      }
    }
    refuses("Expected pred to be bool") {
      _ = cond(x .> 0) {
        x
      } otherwise: {
        x
      }
    }
    refuses("Expected pred to be bool") { _ = whileLoop({ $0 }, { $0 }, x[0]) }
    refuses("must have equal types, got float64[] and float64[1]") {
      _ = vmap { (x: Tensor) in
        cond(x .> 0) {
          x
        } otherwise: {
          x.reshaped(1)
        }
      }(x)
    }
    refuses("must have equal types") { _ = whileLoop({ $0.sum() .< 10 }, { cat([$0, $0]) }, x) }
    refuses("states and branches to have the same structure") {
      _ = vmap { (x: Tensor) in
        cond(x .> 0) {
          ["a": x]
        } otherwise: {
          ["b": x]
        }
      }(x)
    }
    refuses("must have equal types") { _ = scan({ (s: Tensor, x: Tensor) in (s + x, x) }, Tensor(0.0, dtype: .float64), rows) }
    refuses("scan got values with different leading axis sizes: 3, 2.") {
      _ = scan({ (s: Tensor, x: [Tensor]) in (s, s) }, x, [x, x[..<2]])
    }
    refuses("scan got values") { _ = scan({ (s: Tensor, x: Tensor) in (s, s) }, x, x[0]) }
  }
}
