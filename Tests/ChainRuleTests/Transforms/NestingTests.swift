import ChainRule
import ChainRuleNN
import Testing

/// What a level of transforms may and may not see of the others.
struct NestingTests {
  private func t(_ values: Double...) -> Tensor { Tensor(values, dtype: .float64) }
  private let x = Tensor([0.5, -1, 2], dtype: .float64), one = Tensor.ones([3], dtype: .float64)
  private let cube: (Tensor) -> Tensor = { $0.pow(3) }

  @Test func pullbacksInsideTransforms() {
    let diagonal = (x * 6).diag()
    let f = { (x: Tensor) in x.pow(3).sum() }
    for outer in [JacobianMode.automatic, .forward, .reverse] {
      for inner in [JacobianMode.automatic, .forward, .reverse] {
        #expect(distance(jacobian({ jacobian(f, $0, mode: inner) }, x, mode: outer), diagonal) < 1e-12)
      }
    }
    #expect(jvp({ jacobian(f, $0) }, x, one).tangent.doubles == [3, -6, 12])
    let pulled = jvp(
      {
        let p = vjp(cube, $0)
        return vmap { p.pullback($0) }(Tensor.eye(3, dtype: .float64))
      }, x, one
    ).tangent
    #expect(distance(pulled, diagonal) < 1e-12)
    let batch = Tensor([[1, 2, 3], [4, 5, 6]], dtype: .float64)
    let each = vmap { jacobian({ $0 * $0 }, $0, mode: .reverse) }(batch)
    #expect(each.doubles == stack([(batch[0] * 2).diag(), (batch[1] * 2).diag()]).doubles)
    // A cotangent that an outer gradient tracks inside a batch, for a pullback that no transform has seen.
    let p = vjp(cube, x)
    let inBatch = grad { v in vmap { p.pullback($0) }(stack([v, v * v])).sum() }(one)
    #expect(inBatch.doubles == (x * x * 9).doubles && !inBatch.requiresGrad)
    // A pullback called inside a gradient inside a tangent.
    let third = jvp({ z in grad { v in (vjp(cube, z).pullback(v) * v).sum() }(z) }, x, one).tangent
    #expect(distance(third, x * x * 18) < 1e-12)
  }

  @Test func detachCutsAllLevels() {
    for cut in [{ $0.detach() }, { $0.data }] as [(Tensor) -> Tensor] {
      let f = { (x: Tensor) in x * cut(x) }, total = { (x: Tensor) in f(x).sum() }
      #expect(jvp(f, x, one).tangent.doubles == x.doubles && grad(total)(x).doubles == x.doubles)
      #expect(hessian(total, x).doubles == [Double](repeating: 0, count: 9) && hvp(total, x, one).doubles == [0, 0, 0])
      #expect(grad { grad(total)($0).sum() }(x).doubles == [0, 0, 0] && jvp(grad(total), x, one).tangent.doubles == [0, 0, 0])
      #expect(grad { jvp(f, $0, one).tangent.sum() }(x).doubles == [0, 0, 0])
      #expect(vmap { jvp(f, $0, one).tangent }(stack([x, x + 1])).doubles == x.doubles + (x + 1).doubles)
      let through = { (x: Tensor) in x + cut(x.round() - x) }
      for mode in [JacobianMode.automatic, .forward, .reverse] {
        #expect(jacobian(through, x, mode: mode).doubles == Tensor.eye(3).doubles)
        #expect(jacobian(f, x, mode: mode).doubles == x.diag().doubles)
      }
    }
  }

  /// `noGrad` stops the tapes of all levels and no tangent: PyTorch's rule.
  @Test func noGradStopsTapesAlone() {
    let f = { (x: Tensor) in x - noGrad { x * x } }
    #expect(jvp(f, x, one).tangent.doubles == (1 - 2 * x).doubles && grad { f($0).sum() }(x).doubles == [1, 1, 1])
    let product = { (x: Tensor) in (f(x) * x).sum() }
    #expect(jvp(grad(product), x, one).tangent.doubles == (2 - 2 * x).doubles)
    #expect(grad { jvp({ f($0) * $0 }, $0, one).tangent.sum() }(x).doubles == (2 - 2 * x).doubles)
    #expect(grad { grad(product)($0).sum() }(x).doubles == [2, 2, 2])
    // Around an inner transform: it works, and is a constant to outer tapes, also to those that lie under a tangent.
    let inner = { (a: Tensor) in (noGrad { grad { ($0.pow(3)).sum() }(a) } * a).sum() }
    #expect(grad(inner)(x).doubles == (3 * x * x).doubles)
    #expect(jvp(inner, x, one).tangent.item() == (9 * x * x).sum().item())
    #expect(jvp({ grad(inner)($0) }, x, one).tangent.doubles == (6 * x).doubles)
    let captured = { (a: Tensor) in grad { b in (noGrad { a * a } * b).sum() }(a).sum() }
    #expect(grad(captured)(x).doubles == [0, 0, 0] && vmap(grad(captured))(stack([x])).doubles == [0, 0, 0])
    let silent = { (a: Tensor) in noGrad { grad { b in (a * a * b).sum() }(a) }.sum() + a.sum() }
    #expect(grad(silent)(x).doubles == [1, 1, 1] && vmap(grad(silent))(stack([x])).doubles == [1, 1, 1])
  }

  /// What is saved keeps the leaves that were captured, whichever operation saves it: an input, a result, a leaf itself.
  @Test func leavesAreSeenThroughAllLevels() {
    let w = (x * 0.3).asLeaf(), v = x.cos()
    func f(_ z: Tensor) -> Tensor { (z * w).exp() * w + (w * z).softmax(dim: 0) * w.sin() }
    func check(_ name: String, _ nest: @escaping (Tensor, @escaping (Tensor) -> Tensor) -> Tensor) {
      w.zeroGrad()
      nest(x, f).sum().backward()
      let plain = w.data
      let reference = grad { (u: Tensor) in
        nest(x, { z in (z * u).exp() * u + (u * z).softmax(dim: 0) * u.sin() }).sum()
      }(plain)
      #expect(w.grad.map { distance($0, reference) < 1e-12 } ?? false, "\(name)")
    }
    check("jvp") { x, f in jvp(f, x, v).tangent }
    check("jvp of grad") { x, f in jvp({ grad { f($0).sum() }($0) }, x, v).tangent }
    check("grad of jvp") { x, f in grad { jvp(f, $0, v).tangent.sum() }(x) }
    check("vmap of grad") { x, f in vmap { grad { f($0).sum() }($0) }(stack([x, v])) }
    check("hessian") { x, f in hessian({ f($0).sum() }, x) }
    check("jacobian twice") { x, f in jacobian({ jacobian(f, $0, mode: .reverse) }, x, mode: .reverse) }
    check("pullback in jvp") { x, f in
      let p = vjp(f, x)
      return jvp({ p.pullback($0 * $0) }, v, v).tangent
    }
    check("checkpoint in vmap") { x, f in
      let p = vjp({ checkpoint(f, $0) }, x)
      return vmap { p.pullback($0) }(stack([v, v * v]))
    }
    // A leaf as the point itself, and one that is changed before the pullback runs: what is saved stays.
    w.zeroGrad()
    let p = jvp(
      { z in
        let p = vjp({ $0 * w }, z)
        w.data = w.data * 0
        return p.pullback(z)
      }, x, one)
    #expect(distance(p.tangent, x * 0.3) < 1e-12)
    let c = x.asLeaf()
    jvp({ z in grad { (cube($0) * z).sum() }(c) }, x, one).tangent.sum().backward()
    #expect(c.grad?.doubles == (6 * x).doubles)
    let frozen = vmap { ($0.asLeaf(requiresGrad: false) * $0).sum() }(stack([x, one]))
    #expect(frozen.doubles == [(x * x).sum().item(), 3])
  }

  @Test func whatEscapesIsAValueOrRefused() {
    let v = x
    // From a gradient that has ended: a value as any other, as in PyTorch.
    let used = jvp(
      { z in
        var kept = z
        _ = grad { y in
          kept = y * y
          return kept.sum()
        }(z)
        return kept * z
      }, x, one)
    #expect(used.tangent.doubles == (3 * x * x).doubles && !used.tangent.requiresGrad)
    let escaped = "a tensor from inside jvp, vmap or grad was used after the transform had ended"
    // From a tangent or a batch that has ended: refused, also by a later one of the same level.
    var kept = v
    _ = jvp(
      {
        kept = $0 * 2
        return $0
      }, x, one)
    #expect(message { _ = jvp({ $0 * kept }, x, one) } == escaped)
    _ = vmap {
      kept = $0
      return $0
    }(x)
    #expect(message { _ = vmap { $0 * kept }(x) } == escaped)
    #expect(
      message {
        _ = jvp(
          { z in
            jvp(
              {
                kept = $0
                return $0
              }, z, one
            ).value * kept
          }, x, one)
      } == escaped)
    #expect(
      message {
        _ = jvp(
          { z in
            _ = jvp(
              {
                kept = $0
                return $0
              }, z, one)
            return kept
          }, x, one)
      } == escaped)
    var pullback: Pullback?
    _ = jvp(
      {
        pullback = vjp(cube, $0)
        return $0
      }, x, one)
    #expect(message { _ = jvp({ pullback?.pullback($0) ?? $0 }, x, one) } == escaped)
    // A result that a leaf made inside tracks is a value outside.
    let inside = jvp({ z in z * Tensor.ones([3], dtype: .float64, requiresGrad: true) }, x, one)
    #expect(inside.tangent.doubles == [1, 1, 1] && !inside.tangent.requiresGrad)
    #expect(vmap { z in z * Tensor(2.0, dtype: .float64, requiresGrad: true) }(x).doubles == (x * 2).doubles)
  }

  /// Gradients taken step by step inside transforms: a leaf made there belongs to the innermost level.
  @Test func leavesInsideTransforms() {
    func slope(_ z: Tensor) -> Tensor {
      let w = z.asLeaf()
      return gradients(of: ((w * z).exp() * w).sum(), withRespectTo: [w], createGraph: true)[0]
    }
    let direct = { (z: Tensor) in grad { w in ((w * z).exp() * w).sum() }(z.detach()) }
    #expect(distance(jvp(slope, x, one).tangent, jvp(direct, x, one).tangent) < 1e-12)
    #expect(distance(vmap(slope)(stack([x, one])), vmap(direct)(stack([x, one]))) < 1e-12)
    let slopes = jvp({ z in grad { slope($0).sum() }(z) }, x, one), directs = jvp({ z in grad { direct($0).sum() }(z) }, x, one)
    #expect(distance(slopes.tangent, directs.tangent) < 1e-12)
  }

  /// A leaf that outlives the transform it was made in is as one made outside.
  @Test func leavesThatOutliveTransforms() {
    var made: Tensor?
    _ = jvp(
      { z in
        let w = Tensor([2.0, 2, 2], dtype: .float64, requiresGrad: true)
        made = w
        return z * w
      }, x, one)
    let w = made ?? x, v = one.asLeaf()
    (jvp({ cube($0) * w * v }, x, one).tangent + w).sum().backward()
    #expect(w.grad?.doubles == (3 * x * x + 1).doubles && v.grad?.doubles == (6 * x * x).doubles)
  }

  private final class Pair: Module, @unchecked Sendable {
    let a = Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true)
    let b = Tensor([5.0, 7, 11], dtype: .float64, requiresGrad: true)
  }

  @Test func substitutionsInsideTransforms() {
    let pair = Pair()
    // Each stands for the other: each is replaced once, at whatever level.
    let swapped = { (z: Tensor) in functionalCall(pair, ["a": pair.b, "b": pair.a]) { pair.a * z - pair.b } }
    let expected = (pair.b * x - pair.a).doubles
    #expect(swapped(x).doubles == expected)
    #expect(jvp(swapped, x, one).value.doubles == expected)
    #expect(vmap(swapped)(stack([x])).doubles == expected && jvp(swapped, x, one).tangent.doubles == pair.b.doubles)
    let point = { (z: Tensor) in functionalCall(pair, ["a": pair.b, "b": pair.a]) { grad { (cube($0) * z).sum() }(pair.a) } }
    #expect(point(x).doubles == (3 * pair.b * pair.b * x).doubles && vmap(point)(stack([x])).doubles == point(x).doubles)
    #expect(jacobian(swapped, x, mode: .reverse).doubles == pair.b.data.diag().doubles)
    // The point itself is a leaf that stands for another tensor, and one that is read without an operation.
    let square = { (z: Tensor) in functionalCall(pair, ["a": z]) { grad { cube($0).sum() }(pair.a) } }
    #expect(square(x).doubles == (3 * x * x).doubles && jvp(square, x, one).tangent.doubles == (6 * x).doubles)
    let cut = { (z: Tensor) in functionalCall(pair, ["a": z]) { pair.a * pair.a.detach() + pair.a.data } }
    #expect(cut(x).doubles == (x * x + x).doubles && jvp(cut, x, one).tangent.doubles == x.doubles)
    let again = { (z: Tensor) in functionalCall(pair, ["a": z]) { checkpoint(cube, pair.a) } }
    #expect(again(x).doubles == cube(x).doubles && grad { again($0).sum() }(x).doubles == (3 * x * x).doubles)
    // Inside another call: a value that is itself a leaf stands for what the outer call says.
    let nested = { (z: Tensor) in
      functionalCall(pair, ["b": z]) { functionalCall(pair, ["a": pair.b]) { pair.a * pair.a } }
    }
    #expect(nested(x).doubles == (x * x).doubles && jvp(nested, x, one).tangent.doubles == (2 * x).doubles)
    #expect(jvp({ functionalCall(pair, ["a": $0]) { pair.a * pair.a } }, pair.a, one).tangent.doubles == [2, 4, 6])
  }

  /// A leaf that a function returns as it is, without an operation, stands for its tensor there too.
  @Test func substitutedLeavesThatAreReturned() {
    let pair = Pair()
    let bare = { (z: Tensor) in functionalCall(pair, ["a": z]) { pair.a } }
    #expect(bare(x).doubles == x.doubles && jvp(bare, x, one).tangent.doubles == [1, 1, 1])
    #expect(grad { bare($0).sum() }(x).doubles == [1, 1, 1] && vmap(bare)(stack([x])).doubles == x.doubles)
    let listed = functionalCall(pair, ["a": x]) { [pair.a, pair.b] }
    #expect(listed[0].doubles == x.doubles && listed[1].doubles == pair.b.doubles)
    let inside = { (z: Tensor) in functionalCall(pair, ["a": z]) { jvp({ _ in pair.a }, z, z).value + vjp({ _ in pair.a }, z).value } }
    #expect(inside(x).doubles == (2 * x).doubles && jvp(inside, x, one).tangent.doubles == [2, 2, 2])
    // Two calls, one in the other: what leaves the inner one is not put again by the outer one.
    let twice = functionalCall(pair, ["a": pair.b, "b": pair.a]) { functionalCall(pair, ["a": pair.a]) { pair.a } * 1 }
    #expect(twice.doubles == pair.b.doubles)
    // The gradient for a leaf is that for the tensor that stands for it.
    let z = x.asLeaf()
    let slope = functionalCall(pair, ["a": z]) { gradients(of: cube(pair.a).sum(), withRespectTo: [pair.a])[0] }
    #expect(slope.doubles == (3 * x * x).doubles)
  }

  /// What is written to a leaf while another tensor stands for it, as running statistics are, goes to that tensor.
  @Test func writesInsideFunctionalCalls() {
    let pair = Pair(), norm = BatchNorm1d(2, dtype: .float64)
    let y = functionalCall(pair, ["a": x]) {
      pair.a.data = pair.a.data * 2
      pair.a.data += 1
      return pair.a * 1
    }
    #expect(y.doubles == (2 * x + 1).doubles && pair.a.doubles == [1, 2, 3])
    let batch = Tensor([[1, 2], [3, 6]], dtype: .float64)
    functionalCall(norm, ["running_mean": Tensor([10, 10], dtype: .float64)]) {
      _ = norm(batch)
      #expect(norm.runningMean?.value.doubles == [9.2, 9.4])
    }
    #expect(norm.runningMean?.value.doubles == [0, 0])
    // A gradient or a tangent moves running statistics by values, as PyTorch does.
    #expect(jvp({ norm($0) }, batch, batch).value.shape == [2, 2] && norm.runningMean?.value.doubles == [0.2, 0.4])
  }

  @Test func checkpointsAreComputedAgainAsBefore() {
    let pair = Pair(), v = stack([one, x])
    // Inside vmap, with random numbers: those of the first time.
    let noise = Tensor.randn([3], dtype: .float64, generator: Generator(seed: 3))
    let p = Generator.withDefault(Generator(seed: 3)) {
      vjp({ checkpoint({ cube($0) * Tensor.randn([3], dtype: .float64) }, $0) }, x)
    }
    #expect(distance(vmap { p.pullback($0) }(v), v * noise * 3 * x * x) < 1e-12)
    // Inside a functionalCall that was not there the first time.
    let y = checkpoint({ $0 * $0 * pair.a }, x.asLeaf())
    functionalCall(pair, ["a": pair.b]) { y.sum().backward() }
    #expect(pair.a.grad?.doubles == (x * x).doubles && pair.b.grad == nil)
    // A gradient inside, for what the function around it differentiates for.
    let inner = { (u: Tensor) in checkpoint({ z in grad { q in (cube(q) * u).sum() }(z) }, x) }
    #expect(distance(grad { inner($0).sum() }(one), 3 * x * x) < 1e-12)
    #expect(distance(hessian({ u in checkpoint({ (cube($0) * u).sum() }, u) }, x), (12 * x * x).diag()) < 1e-12)
  }

  @Test func anomaliesAreFoundInsideTransforms() {
    let f = { (z: Tensor) in (z - 1).sqrt().sum() }, found = "Function 'SqrtBackward0' returned nan values in its 0th output."
    #expect(message { withAnomalyDetection { _ = jvp(grad(f), x, one) } } == found)
    #expect(message { withAnomalyDetection { _ = vmap(grad(f))(stack([one * 2, x])) } } == found)
    #expect(message { withAnomalyDetection { _ = vmap(grad(f))(stack([one * 2, one * 3])) } } == nil)
  }

  @Test func randomNumbersInsideNests() {
    let rows = stack([x, x, x])
    let same = vmap({ jvp({ $0 * Tensor.randn([3], dtype: .float64) }, $0, self.one).tangent }, randomness: .same)(rows)
    #expect(same[0].doubles == same[2].doubles)
    let different = vmap({ z in grad { ($0 * Tensor.randn([3], dtype: .float64)).sum() }(z) }, randomness: .different)(rows)
    #expect(different[0].doubles != different[2].doubles)
  }

  /// A value may be read inside jvp and grad, where it is one number, and not inside vmap.
  @Test func valuesAreReadInsideTangents() {
    let f = { (z: Tensor) in z.sum().item() > 0 ? z * 2 : z * 3 }
    #expect(jvp(f, x, one).tangent.doubles == [2, 2, 2] && jvp({ grad { f($0).sum() }($0) }, -x, one).value.doubles == [3, 3, 3])
    #expect(message { _ = vmap(f)(stack([x, one])) }?.hasPrefix("vmap: It looks like you're calling .item()") ?? false)
  }

  /// Where a norm, a spread or an angle has a kink, its second derivatives are the same in every mode.
  @Test func secondDerivativesAtKinks() {
    let y = t(0.3, -0.2), zero = t(0, 0)
    let kinks: [(String, (Tensor) -> Tensor, Tensor)] = [
      ("RBF kernel", { (-0.5 * ($0 - y).norm() * ($0 - y).norm()).exp() }, y), ("norm", { $0.norm() }, zero),
      ("norm 3", { $0.norm(3) }, zero), ("norm 0.5", { $0.norm(0.5) }, zero), ("norm 1", { $0.norm(1) }, zero),
      ("std", { $0.std() }, t(2, 2)), ("atan2", { $0[0].atan2($0[1]) }, zero),
      ("pow", { $0[0].pow($0[1]) }, t(0, 2)), ("xlogy", { $0[0].xlogy($0[1]) }, t(0, -1)),
    ]
    for (name, f, x) in kinks {
      let first = jacobian({ jacobian(f, $0, mode: .forward) }, x, mode: .forward).doubles
      #expect(first.allSatisfy { $0.isFinite }, "\(name): \(first)")
      for (outer, inner) in [(JacobianMode.forward, JacobianMode.reverse), (.reverse, .forward), (.reverse, .reverse)] {
        let other = jacobian({ jacobian(f, $0, mode: inner) }, x, mode: outer).doubles
        #expect(other == first, "\(name): \(outer) over \(inner) gives \(other), forward over forward \(first)")
      }
    }
    #expect(hessian({ (-0.5 * ($0 - y).square().sum()).exp() }, y).doubles == [-1, 0, 0, -1])
  }
}
