import ChainRule
import ChainRuleNN

/// What takes a function of a tensor to a function of a tensor, and functions to try it on, in the order of
/// Tests/Fixtures/make_transforms.py.
///
/// To add a transform or a function write it here and there under one name, and run the script: the test tries it inside and around
/// every other, and fails while one of the two tables lacks it. A transform that only watches (a scope, a hook) returns `f`'s own
/// values: in the script it is `same`.
struct TransformMatrix {
  typealias Function = (Tensor) -> Tensor

  static let transforms: [(name: String, apply: @Sendable (@escaping Function) -> Function)] = [
    ("grad", { f in grad { scalar(f($0)) } }),
    ("vjp", { f in { x in pulled(f, x) { $0.pullback(weights($0.value.shape, 0.7)) } } }),
    ("jvp", { f in { x in jvp(f, x, direction(x)).tangent } }),
    ("jacobianForward", { f in { x in jacobian(f, x, mode: .forward) } }),
    ("jacobianReverse", { f in { x in jacobian(f, x, mode: .reverse) } }),
    ("hessian", { f in { x in hessian({ scalar(f($0)) }, x) } }),
    ("hvp", { f in { x in hvp({ scalar(f($0)) }, x, direction(x)) } }),
    ("vmap", { f in { x in vmap(f)(stack([x, x * 0.5 + 0.2])) } }),
    // A pullback that runs inside a transform its function has not seen.
    (
      "vmapOfPullback",
      { f in
        { x in
          pulled(f, x) { p in vmap { p.pullback($0) }(stack([weights(p.value.shape, 0.7), weights(p.value.shape, 2)])) }
        }
      }
    ),
    (
      "jvpOfPullback",
      { f in
        { x in
          pulled(f, x) { p in
            let v = weights(p.value.shape, 0.7)
            return jvp({ p.pullback($0 * $0) }, v, direction(v)).tangent
          }
        }
      }
    ),
    (
      "gradOfPullback",
      { f in { x in pulled(f, x) { p in grad { scalar(p.pullback($0 * $0)) }(weights(p.value.shape, 0.7)) } } }
    ),
    ("linearize", { f in { x in linearize(f, x).jvp(direction(x)) } }),
    ("dualLevel", { f in { x in dualLevel { derivative(f(makeDual(x, direction(x)))) } } }),
    ("vhp", { f in { x in vhp({ scalar(f($0)) }, x, direction(x)) } }),
    (
      "tree",
      { f in
        { x in grad { (p: [String: Tensor]) in scalar(f(p["a"]! * p["b"]!)) }(["a": x, "b": x.sin()])["b"]! }
      }
    ),
    ("chunks", { f in { x in vmap(f, chunkSize: 1)(stack([x, x * 0.5 + 0.2])) } }),
    (
      "control",
      { f in
        { x in
          let scanned = scan(
            { (s: Tensor, row: Tensor) in
              let y = cond(row.reshaped(-1)[0] .> 0.3) {
                f(row)
              } otherwise: {
                f(row * 0.5)
              }
              return (s * 0.9 + y.sum() * 0.1, y)
            }, Tensor.ones([], dtype: .float64), stack([x, x * 0.5 + 0.2]))
          return scanned.outputs * scanned.state
        }
      }
    ),
    (
      "fixedPoint",
      { f in { x in fixedPoint({ (z: Tensor, a: Tensor) in z - 0.3 * (z * z - 1 - a.sigmoid()) }, Tensor.ones(like: f(x)), f(x)) } }
    ),
    // Second derivatives along a curve.
    ("jet", { f in { x in jet(f, x, series: [direction(x), weights(x.shape, 0.5)]).series[1] } }),
    (
      "jacobianAux",
      { f in
        { x in
          let (j, aux) = jacobian({ (z: Tensor) in (f(z), z.sin()) }, x, hasAux: true, mode: .reverse)
          return j * aux.sum()
        }
      }
    ),
    ("argnums", { f in { x in jacobian({ f($0 * $1) }, x.sin(), x, argnums: 1, mode: .forward) } }),
    // The recurrence h = cos(y) h' + y.
    (
      "associativeScan",
      { f in
        { x in
          let rows = stack([f(x), f(x * 0.5 + 0.2), f(x * 0.3)])
          return associativeScan(
            { (a: [Tensor], b: [Tensor]) in [a[0] * b[0], b[0] * a[1] + b[1]] }, [rows.cos(), rows])[1]
        }
      }
    ),
    ("checkpoint", { f in { x in checkpoint(f, x) } }),
    // Rules of the user's before and after: one with a tangent rule, one without.
    ("function", { f in { x in Bent()(f(Waved()(x))) } }),
    (
      "severalResults",
      { f in
        { x in
          let y = Turned()(x)
          return f(y[0] * y[1] + x)
        }
      }
    ),
    // What is kept is kept in another form.
    ("savedTensorHooks", { f in { x in savedTensorHooks(pack: { $0.unsqueezed(0) }, unpack: { $0[0] }) { f(x) } } }),
    (
      "nodeHooks",
      { f in
        { x in
          let y = f(x)
          y.gradFn?.registerPrehook { $0.map { $0.map { $0 * 2 / 2 } } }
          y.gradFn?.registerHook { gradInputs, _ in gradInputs.map { $0.map { $0 / 2 * 2 } } }
          if y.requiresGrad { registerMultiGradHook([y]) { _ in } }
          return y
        }
      }
    ),
    ("functionalCall", { f in { x in call(Holder(), x, f) } }),
    ("catching", { f in { x in (try? catching { f(x) }) ?? Tensor(Double.nan, dtype: .float64) } }),
  ]

  static let functions: [(name: String, apply: @Sendable (Tensor, Tensor) -> Tensor)] = [
    ("elementwise", { z, u in (z.sin() * u).exp() + z.pow(3) * u }),
    ("activation", { z, u in (z * u).gelu() + z.silu() * u.sigmoid() + (z * u).tanh() }),
    ("linear", { z, u in weights([2, 3], 0.2).matmul(z * u) }),
    ("layer", { z, u in linear(z.reshaped(1, 3), weights([2, 3], 0.2) * u, u[0..<2]) }),
    ("product", { z, u in outer(z, u).matmul(outer(u, z)) }),
    ("convolution", { z, u in conv1d(z.reshaped(1, 1, 3), u[0..<2].reshaped(1, 1, 2)).tanh() }),
    ("broadcast", { z, u in z.unsqueezed(1) * u + z }),
    ("reduction", { z, u in (z * u).sum() * z.mean() + (z * z + u).prod() }),
    ("variance", { z, u in z.`var`() * (z * u).logsumexp(dim: 0) }),
    ("norm", { z, u in z / z.norm() * u * (z * u).norm() }),
    ("indexing", { z, u in z.indexSelect(dim: 0, index: Tensor([2, 0, 0])) * u + z[1] * u.flip(0) * z }),
    (
      "scatter",
      { z, u in Tensor.zeros([4], dtype: .float64).indexAdd(dim: 0, index: Tensor([1, 1, 3]), source: z * u * z) }
    ),
    ("order", { z, u in z.sort().values * u + z.cumsum(dim: 0) * z.max() + z.maximum(u) * z }),
    ("choice", { z, u in Tensor.where(z .> 0, z * u, z.exp()) + (z * u).clamp(min: -0.5, max: 0.5) }),
    ("layerNorm", { z, u in layerNorm(z * u + z, [3], weight: u, eps: 0.1) }),
    ("batchNorm", { z, u in batchNorm(outer(z, u) + weights([3, 3], 0.5), weight: u, eps: 0.1) }),
    ("softmax", { z, u in (z * u).softmax(dim: 0) }),
    ("crossEntropy", { z, u in crossEntropy(outer(z, u) + weights([3, 3], 0.6), Tensor([0, 2, 1])) }),
    (
      "attention",
      { z, u in
        scaledDotProductAttention(outer(z, u) + weights([3, 3], 0.4), weights([3, 3], 1.3) * z, weights([3, 3], 2.1) * u)
      }
    ),
    (
      "inPlace",
      { z, u in
        var v = z * u
        v[0] = v[1] * z[2]
        v += z
        v *= u
        return v
      }
    ),
    ("straightThrough", { z, u in u * (z + (z.round() - z).detach()) * z.detach() + z * u.data }),
    (
      "noGrad",
      { z, u in
        let c = noGrad { z * z * u }
        return z * u + c * z
      }
    ),
  ]

  /// How the inputs of a function reach a nest: all transforms act on the first input; the outermost acts on the second, which the
  /// function captures; or on both.
  static let modes = ["passed", "captured", "both"]

  static let point = Tensor([0.4, -0.7, 1.1], dtype: .float64)
  static let other = Tensor([0.9, 0.6, -0.5], dtype: .float64)

  /// What the nest gives, outermost transform first.
  static func result(_ names: [String], _ mode: String, _ f: @escaping (Tensor, Tensor) -> Tensor) -> Tensor {
    let outermost = transform(names[0]), rest = Array(names.dropFirst())
    switch mode {
    case "passed": return nested(names) { f($0, other) }(point)
    case "captured": return outermost { u in nested(rest) { f($0, u) }(point) }(other)
    default: return outermost { u in nested(rest) { f($0, u) }(u) }(point)
    }
  }

  private static func nested(_ names: [String], _ f: @escaping Function) -> Function {
    names.reversed().reduce(f) { transform($1)($0) }
  }

  private static func transform(_ name: String) -> (@escaping Function) -> Function {
    transforms.first { $0.name == name }?.apply ?? { _ in { _ in Tensor(Double.nan, dtype: .float64) } }
  }

  /// cos(0.9 i + phase) for each element i.
  static func weights(_ shape: [Int], _ phase: Double) -> Tensor {
    (Tensor.arange(shape.reduce(1, *)).to(.float64) * 0.9 + phase).cos().reshaped(shape)
  }

  private static func scalar(_ y: Tensor) -> Tensor { (y * weights(y.shape, 0.3)).sum() }
  private static func direction(_ y: Tensor) -> Tensor { weights(y.shape, 1.1) }
  private static func derivative(_ y: Tensor) -> Tensor { unpackDual(y).tangent ?? Tensor.zeros(like: y) }
  private static func outer(_ z: Tensor, _ u: Tensor) -> Tensor { z.unsqueezed(1) * u }
  private static func pulled(_ f: Function, _ x: Tensor, _ use: (Pullback) -> Tensor) -> Tensor { use(vjp(f, x)) }

  /// A module whose parameter stands for the input.
  private final class Holder: Module, @unchecked Sendable {
    let x = Tensor.ones([3], dtype: .float64).asLeaf()
  }

  private static func call(_ holder: Holder, _ x: Tensor, _ f: Function) -> Tensor { functionalCall(holder, ["x": x]) { f(holder.x) } }

  /// x + 0.3 sin x, with both rules.
  private struct Waved: DifferentiableFunction {
    func forward(_ x: [Tensor]) -> Tensor { x[0] + 0.3 * x[0].sin() }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * (1 + 0.3 * x[0].cos())] }
    func jvp(_ dx: [Tensor?], _ x: [Tensor], _ y: Tensor) -> Tensor { (dx[0] ?? Tensor.zeros(like: y)) * (1 + 0.3 * x[0].cos()) }
  }

  /// y / sqrt(1 + y^2), whose gradient rule reads its result; the tangent is made of that rule.
  private struct Bent: DifferentiableFunction {
    func forward(_ x: [Tensor]) -> Tensor { x[0] / (1 + x[0] * x[0]).sqrt() }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * (1 - y * y).pow(1.5)] }
  }

  /// sin x and cos x, from each other's values, whole batches at once.
  private struct Turned: AutogradFunction {
    func forward(_ x: [Tensor?]) -> [Tensor] { x[0].map { [$0.sin(), $0.cos()] } ?? [] }
    func keeps(needsInputGrad: [Bool]) -> FunctionSaves { FunctionSaves(inputs: [], outputs: [0, 1]) }
    func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] {
      guard let a = dy[0], let b = dy[1] else { return [nil] }
      return [a * context.output(1) - b * context.output(0)]
    }
    func batch(_ x: [Tensor?], batched: [Bool], size: Int) -> [Tensor]? { self(x) }
  }
}
