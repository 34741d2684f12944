import ChainRule
import Testing

/// Trees of tensors in and out of every transform.
struct TreeTests {
  private struct Line: TensorTree {
    var slope: Tensor
    var offset: Tensor
    var name = "line"
    mutating func visitParts(_ visit: TensorTreeVisitor) {
      visit("slope", &slope)
      visit("offset", &offset)
    }
  }

  private func t(_ values: Double...) -> Tensor { Tensor(values, dtype: .float64) }
  private let x = Tensor([0.5, -1, 2], dtype: .float64)

  @Test func formAndPaths() {
    let tree: [String: [Line?]] = [
      "b": [Line(slope: t(1), offset: t(2)), nil], "a": [Line(slope: t(3), offset: t(4), name: "kept")],
    ]
    #expect(tree.namedTensors.map(\.path) == ["a.0.slope", "a.0.offset", "b.0.slope", "b.0.offset"])
    #expect(tree.tensors.map { $0.item() } == [3, 4, 1, 2])
    let doubled = tree.mapTensors { $0 * 2 }
    #expect(doubled["a"]?[0]?.offset.item() == 8 && doubled["a"]?[0]?.name == "kept" && doubled["b"]?[1] == nil)
    #expect(tree.mapTensors(with: doubled) { $1 - $0 }.tensors.map { $0.item() } == [3, 4, 1, 2])
    #expect(tree.replacingTensors([t(5), t(6), t(7), t(8)])["b"]?[0]?.slope.item() == 7)
    #expect(x.namedTensors.map(\.path) == [""] && x.mapTensors { $0 * 2 }.doubles == [1, -2, 4])
    let named: NamedTensors = ["w": t(1), "b": t(2)]
    #expect(named.namedTensors.map(\.path) == ["w", "b"] && named.mapTensors { -$0 }["b"]?.item() == -2)
    #expect(named.merging(["b": t(7), "c": t(8)]).names == ["w", "b", "c"] && named.merging(["b": t(7)])["b"]?.item() == 7)
  }

  @Test func gradientsHaveTheFormOfTheirInput() {
    let line = Line(slope: t(2), offset: t(1))
    let f = { (p: Line) in (p.slope * self.x + p.offset).square().sum() }
    // sum 2 (a x + b) x and sum 2 (a x + b), with x of sum 1.5 and square sum 5.25.
    let slopes = grad(f)(line)
    #expect(slopes.slope.item() == 2 * (2 * 5.25 + 1.5) && slopes.offset.item() == 2 * (2 * 1.5 + 3))
    let (value, gradients) = valueAndGrad(f)(line)
    #expect(value.item() == f(line).item() && gradients.slope.equal(slopes.slope))
    let dictionary = grad { (p: [String: Tensor]) in (p["w"]! * p["v"]!).sum() }(["w": t(2, 3), "v": t(5, 7)])
    #expect(dictionary["w"]?.doubles == [5, 7] && dictionary["v"]?.doubles == [2, 3])
    let second = grad { (p: [Tensor]) in grad { (q: [Tensor]) in (q[0] * q[0] * q[1]).sum() }(p)[0].sum() }([t(3), t(4)])
    #expect(second.map { $0.item() } == [8, 6])
    #expect(grad { (p: [[String: Tensor]]) in p[1]["a"]!.sum() }([[:], ["a": t(1), "b": t(2)]])[1]["b"]?.item() == 0)
  }

  @Test func pullbacksAndTangents() {
    let p = ["a": t(2, 3), "b": t(5, 7)]
    let f = { (p: [String: Tensor]) in ["product": p["a"]! * p["b"]!, "sine": p["a"]!.sin()] }
    let (y, pullback) = vjp(f, p)
    #expect(y["product"]?.doubles == [10, 21] && y["sine"]?.equal(p["a"]!.sin()) ?? false)
    let back = pullback(["product": t(1, 10), "sine": t(100, 0)])
    #expect(distance(back["a"]!, t(5, 70) + t(100, 0) * p["a"]!.cos()) < 1e-12 && back["b"]?.doubles == [2, 30])
    let (value, tangent) = jvp(f, p, ["a": t(1, 0), "b": t(0, 1)])
    #expect(value["product"]?.doubles == [10, 21] && tangent["product"]?.doubles == [5, 3])
    #expect(distance(tangent["sine"]!, t(1, 0) * p["a"]!.cos()) < 1e-15)
    // <v, J u> = <J'v, u>.
    let v = ["product": t(0.3, 2), "sine": t(-1, 0.5)], u = ["a": t(0.1, 0.7), "b": t(-2, 1)]
    let left = v.mapTensors(with: jvp(f, p, u).tangent) { ($0 * $1).sum() }.tensors.reduce(0) { $0 + $1.item() }
    let right = u.mapTensors(with: pullback(v)) { ($0 * $1).sum() }.tensors.reduce(0) { $0 + $1.item() }
    #expect(abs(left - right) < 1e-13)
  }

  @Test func jacobiansAndHessians() {
    let p = ["a": t(2, 3), "b": t(5, 7)]
    for mode in [JacobianMode.forward, .reverse, .automatic] {
      let j = jacobian({ (p: [String: Tensor]) in p["a"]! * p["b"]! }, p, mode: mode)
      #expect(j["a"]?.doubles == [5, 0, 0, 7] && j["b"]?.doubles == [2, 0, 0, 3])
      let rows = jacobian({ (p: [Tensor]) in [p[0] * p[1], p[1].sum()] }, [t(2, 3), t(5, 7)], mode: mode, chunkSize: 2)
      #expect(rows[0].map(\.doubles) == [[5, 0, 0, 7], [2, 0, 0, 3]] && rows[1].map(\.doubles) == [[0, 0], [1, 1]])
      #expect(rows[1][1].shape == [2] && rows[0][0].shape == [2, 2])
    }
    let f = { (p: [Tensor]) in (p[0].square() * p[1]).sum() }, lists = [t(2, 3), t(5, 7)]
    let h = hessian(f, lists)
    #expect(h[0][0].doubles == [10, 0, 0, 14] && h[0][1].doubles == [4, 0, 0, 6] && h[1][0].doubles == [4, 0, 0, 6])
    #expect(h[1][1].doubles == [0, 0, 0, 0])
    let pair = hessian({ a, b in (a.square() * b).sum() }, lists[0], lists[1])
    #expect(pair.0.0.equal(h[0][0]) && pair.0.1.equal(h[0][1]) && pair.1.0.equal(h[1][0]) && pair.1.1.equal(h[1][1]))
    let v = [t(1, 0.5), t(-1, 2)], product = hvp(f, lists, v), left = vhp(f, lists, v)
    for i in 0...1 {
      #expect(distance(product[i], h[i][0].matmul(v[0]) + h[i][1].matmul(v[1])) < 1e-13 && distance(left[i], product[i]) < 1e-13)
    }
    let both = hvp({ a, b in (a.square() * b).sum() }, (lists[0], lists[1]), (v[0], v[1]))
    #expect(both.0.equal(product[0]) && both.1.equal(product[1]))
    let reversed = vhp({ a, b in (a.square() * b).sum() }, (lists[0], lists[1]), (v[0], v[1]))
    #expect(distance(reversed.0, product[0]) < 1e-13 && distance(reversed.1, product[1]) < 1e-13)
  }

  @Test func batches() {
    let rows = Tensor([[1.0, 2], [3, 4], [5, 6]], dtype: .float64)
    let both = vmap { (x: Tensor) in ["sum": x.sum(), "square": x * x] }(rows)
    #expect(both["sum"]?.doubles == [3, 7, 11] && both["square"]?.equal(rows * rows) ?? false)
    let lists = vmap({ (p: [Tensor]) in [p[0] * p[1], p[1]] }, inDims: [0, nil], outDims: [1, nil])([rows, t(10, 100)])
    #expect(lists[0].equal((rows * t(10, 100)).T) && lists[1].doubles == [10, 100])
    let p = ["w": rows, "b": t(1, 2, 3)], ys = t(1, -1)
    let ensemble = vmap({ (p: [String: Tensor], x: Tensor) in p["w"]!.dot(x) + p["b"]! }, inDims: (0, nil))(p, ys)
    #expect(ensemble.doubles == [0, 1, 2])
    // Gradients of each member of an ensemble, as trees.
    let slopes = vmap(
      { (p: [String: Tensor], x: Tensor) in grad { (q: [String: Tensor]) in (q["w"]!.dot(x) * q["b"]!) }(p) }, inDims: (0, nil))(p, ys)
    #expect(slopes["w"]?.doubles == [1, -1, 2, -2, 3, -3] && slopes["b"]?.doubles == [-1, -1, -1])
  }

  @Test func chunks() {
    let rows = Tensor.arange(14, dtype: .float64).reshaped(7, 2)
    for size in [1, 2, 3, 7, 100] {
      var runs = 0
      let f = { (x: Tensor) -> Tensor in
        runs += 1
        return (x * x).sum()
      }
      #expect(vmap(f, chunkSize: size)(rows).equal((rows * rows).sum(dim: 1)) && runs == (7 + size - 1) / size)
      #expect(vmap({ (x: Tensor) in x * 2 }, inDim: 1, outDim: 1, chunkSize: size)(rows.T).equal(rows.T * 2))
      #expect(jacobian({ $0 * $0 }, rows[0], chunkSize: size).equal((rows[0] * 2).diag()))
      #expect(hessian({ ($0 * $0 * $0).sum() }, rows[1], chunkSize: size).equal((rows[1] * 6).diag()))
      let same = vmap({ (x: Tensor) in x + Tensor.rand(2, dtype: .float64) }, randomness: .same, chunkSize: size)(rows) - rows
      #expect(same.array(of: Float.self).chunked(2).allSatisfy { abs($0[0] - Float(same[0, 0].item())) < 1e-5 })
    }
  }

  @Test func besideTheValue() {
    let f = { (x: Tensor) in ((x * x).sum(), ["double": x * 2, "fixed": self.x]) }
    let (gradients, aux) = grad(f, hasAux: true)(x)
    #expect(gradients.equal(x * 2) && aux["double"]?.equal(x * 2) ?? false && aux["fixed"]?.equal(x) ?? false)
    #expect(!aux["double"]!.requiresGrad)
    let all = valueAndGrad(f, hasAux: true)(x)
    #expect(all.value.item() == 5.25 && all.gradients.equal(x * 2) && all.aux["double"]?.doubles == [1, -2, 4])
    let pulled = vjp(f, x, hasAux: true)
    #expect(pulled.pullback(Tensor(3.0, dtype: .float64)).equal(x * 6) && pulled.aux["double"]?.equal(x * 2) ?? false)
    let pushed = jvp(f, x, Tensor.ones([3], dtype: .float64), hasAux: true)
    #expect(pushed.tangent.item() == 3 && pushed.aux["double"]?.equal(x * 2) ?? false)
    // What is beside the value goes on in an outer transform.
    let outer = grad { (x: Tensor) in grad(f, hasAux: true)(x).aux["double"]!.sum() }(x)
    #expect(outer.doubles == [2, 2, 2])
    let per = vmap { (x: Tensor) in grad({ (y: Tensor) in (y * y, y * 3) }, hasAux: true)(x).aux }(x)
    #expect(per.equal(x * 3))
    let leaf = x.asLeaf()
    grad({ (y: Tensor) in ((y * y).sum(), y * leaf) }, hasAux: true)(x).aux.sum().backward()
    #expect(leaf.grad!.equal(x))
  }

  @Test func chosenArguments() {
    let f = { (x: Tensor, w: Tensor) in (x * x * w).sum() }
    #expect(grad(f)(t(2), t(5)).item() == 20 && grad(f, argnums: 1)(t(2), t(5)).item() == 4 && grad(f, argnums: -1)(t(2), t(5)).item() == 4)
    #expect(grad(f, argnums: [1, 0])(t(2), t(5)).map { $0.item() } == [4, 20])
    let list = { (p: [Tensor]) in (p[0] * p[1] * p[2]).sum() }
    #expect(grad(list, argnums: [2, 0])([t(2), t(3), t(5)]).map { $0.item() } == [6, 15])
    let (value, gradients) = valueAndGrad(list, argnums: [1])([t(2), t(3), t(5)])
    #expect(value.item() == 30 && gradients.map { $0.item() } == [10])
    // An index that is not chosen may be an integer.
    #expect(grad(list, argnums: [0])([t(2), Tensor([3]), t(5)]).map { $0.item() } == [15])
    #expect(message { _ = grad(f, argnums: 2)(t(2), t(5)) }?.hasPrefix("Got argnum=2, but only 2 positional inputs") ?? false)
    #expect(message { _ = grad(f, argnums: [])(t(2), t(5)) }?.hasPrefix("argnums must be non-empty") ?? false)
    #expect(message { _ = grad(f, argnums: [0, -2])(t(2), t(5)) }?.hasPrefix("argnums elements must be unique, got [0, -2]") ?? false)
  }

  @Test func batchedSeeds() {
    let a = t(2, 3).asLeaf(), b = t(5).asLeaf(), unused = t(1).asLeaf(), y = a * a * b, seeds = Tensor.eye(2, dtype: .float64)
    let rows = gradients(
      of: [y], withRespectTo: [a, b, unused], gradOutputs: [seeds], createGraph: true, allowUnused: true, isGradsBatched: true)
    #expect(rows[0]?.doubles == [20, 0, 0, 30] && rows[1]?.doubles == [4, 9] && rows[2] == nil)
    // Recorded, they are differentiated again.
    #expect(gradients(of: rows[0]!.sum(), withRespectTo: [a])[0].doubles == [10, 10])
    #expect(
      message { _ = gradients(of: [a * b], withRespectTo: [a], isGradsBatched: true) }?.hasPrefix("is_grads_batched: got 1 tensors and 0")
        ?? false)
    #expect(
      message { _ = gradients(of: [a * b], withRespectTo: [a], gradOutputs: [t(1, 2, 3)], isGradsBatched: true) }?
        .hasPrefix("Mismatch in shape") ?? false)
  }

  @Test func strictness() {
    let constant = { (x: Tensor) in Tensor.ones([2], dtype: .float64) }, product = { (p: [Tensor]) in [p[0] * 2, p[0] * p[1]] }
    #expect(jacobian(constant, x).equal(Tensor.zeros([2, 3], dtype: .float64)))
    #expect(
      message { _ = jacobian(constant, x, strict: true) }?.hasPrefix(
        "Output 0 of the user-provided function is independent of input 0. This is not allowed in strict mode.") ?? false)
    #expect(
      message { _ = jacobian(product, [x, x], strict: true) }?.hasPrefix(
        "Output 0 of the user-provided function is independent of input 1.") ?? false)
    #expect(jacobian({ $0 * $0 }, x, strict: true).equal((x * 2).diag()))
    #expect(message { _ = jacobian({ $0 * $0 }, x, mode: .forward, strict: true) }?.contains("not supported together") ?? false)
    let linear = { (x: Tensor) in x.sum() }
    #expect(hessian(linear, x).equal(Tensor.zeros([3, 3], dtype: .float64)))
    for call in [{ hessian(linear, $0, strict: true) }, { hvp(linear, $0, $0, strict: true) }, { vhp(linear, $0, $0, strict: true) }] {
      #expect(message { _ = call(x) }?.hasPrefix("The jacobian of the user-provided function is independent of input 0.") ?? false)
    }
    #expect(hvp({ $0.pow(3).sum() }, x, x, strict: true).equal(x * 6 * x))
  }

  @Test func misuse() {
    let f = { (p: [String: Tensor]) in p["a"]! * 2 }, p = ["a": t(1, 2)]
    func refuses(_ sentence: String, _ body: () -> Void) { #expect(message(body)?.contains(sentence) ?? false, "\(sentence)") }
    refuses("Expected primals and tangents to have the same structure") { _ = jvp(f, p, ["b": t(1, 2)]) }
    refuses("Expected the vector to have the same structure") { _ = hvp({ (p: [String: Tensor]) in p["a"]!.sum() }, p, ["b": t(1, 2)]) }
    refuses("Expected the cotangents to have the same structure") { _ = vjp({ (p: [String: Tensor]) in p }, p).pullback(["b": t(1, 2)]) }
    refuses("Mismatch in shape: grad_output[0]") { _ = vjp(f, p).pullback(t(1)) }
    refuses("Mismatch in shape: grad_output[0]") { _ = vjp({ _ in self.x }, t(1)).pullback(t(1)) }
    refuses("Expected f(*args) to return a scalar Tensor") { _ = grad(f)(p) }
    refuses("Expected f to return a Tensor, got a tuple") { _ = grad({ (x: Tensor) in (x.sum(), x) }, hasAux: false)(x) }
    refuses("chunk_size should be None or greater than 0. (got 0)") { _ = vmap({ (x: Tensor) in x }, chunkSize: 0)(x) }
    refuses("out_dims is not compatible") { _ = vmap({ (x: Tensor) in [x, x] }, outDims: [0])(x) }
    refuses("can not return a BatchedTensor when out_dim is None") { _ = vmap({ (x: Tensor) in [x] }, outDims: [nil])(x) }
    refuses("in_dims is not compatible") { _ = vmap({ (p: [Tensor]) in p }, inDims: [0])([x, x]) }
    refuses("a tree of 1 tensors got 2") { _ = p.replacingTensors([x, x]) }
    // Nothing runs on after an error, and everything has a form.
    let result = try? catching { () -> [[String: Tensor]] in
      _ = t(1, 2) + t(1, 2, 3)
      return [
        grad { (p: [String: Tensor]) in p["a"]!.sum() }(p), vjp(f, p).pullback(t(1, 2)), jacobian(f, p),
        vmap { (p: [String: Tensor]) in p }(p),
      ]
    }
    #expect(result == nil)
  }
}

extension Array {
  fileprivate func chunked(_ size: Int) -> [[Element]] { stride(from: 0, to: count, by: size).map { Array(self[$0..<$0 + size]) } }
}
