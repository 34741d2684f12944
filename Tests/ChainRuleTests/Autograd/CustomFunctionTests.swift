import ChainRule
import Testing

/// Operations of the user's own.
struct CustomFunctionTests {
  struct Cube: DifferentiableFunction {
    func forward(_ x: [Tensor]) -> Tensor { x[0] * x[0] * x[0] }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * 3 * x[0] * x[0]] }
    func jvp(_ dx: [Tensor?], _ x: [Tensor], _ y: Tensor) -> Tensor { dx[0]! * 3 * x[0] * x[0] }
  }

  /// Without a tangent rule, with an attribute and an input that takes no gradient.
  struct ScaledProduct: DifferentiableFunction {
    let scale: Double
    func forward(_ x: [Tensor]) -> Tensor { x[0] * x[1] * scale + x[2].to(x[0].dtype) }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * x[1] * scale, dy * x[0] * scale, nil] }
  }

  /// Hands its input on.
  struct Identity: DifferentiableFunction {
    func forward(_ x: [Tensor]) -> Tensor { x[0] }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [-dy] }
  }

  struct Wrong: DifferentiableFunction {
    let count: Int
    let shape: [Int]
    func forward(_ x: [Tensor]) -> Tensor { x[0] + x[1] }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { (0..<count).map { _ in Tensor.ones(shape) } }
  }

  private let x = Tensor([1.0, 2, -3], dtype: .float64)

  @Test func valueGradientAndNode() {
    let leaf = x.asLeaf()
    let y = Cube()(leaf)
    #expect(y.gradFn!.name == "CubeBackward" && "\(y)".contains("grad_fn=<CubeBackward>"))
    y.sum().backward()
    #expect(y.doubles == [1, 8, -27] && leaf.grad!.doubles == [3, 12, 27])
    #expect(!Cube()(x).requiresGrad && !noGrad { Cube()(leaf) }.requiresGrad)
  }

  @Test func everyOrderAndMode() {
    let cube: (Tensor) -> Tensor = { Cube()($0).sum() }
    #expect(grad { grad(cube)($0).sum() }(x).doubles == [6, 12, -18])
    #expect(grad { grad { grad(cube)($0).sum() }($0).sum() }(x).doubles == [6, 6, 6])
    let v = Tensor([1.0, 0.5, 2], dtype: .float64)
    #expect(jvp({ Cube()($0) }, x, v).tangent.doubles == [3, 6, 54])
    #expect(jvp(grad(cube), x, v).tangent.doubles == [6, 6, -36])
    #expect(vmap(grad(cube))(stack([x, 2 * x])).doubles == [3, 12, 27, 12, 48, 108])
  }

  @Test func tangentFromTheGradientRule() {
    let w = Tensor([2.0, 3, 4], dtype: .float64), n = Tensor([1, 1, 1])
    let f: (Tensor, Tensor) -> Tensor = { ScaledProduct(scale: 0.5)($0, $1, n) }
    let (v, u) = (Tensor([1.0, 0, 1], dtype: .float64), Tensor([0.0, 1, 1], dtype: .float64))
    #expect(jvp(f, (x, w), (v, u)).tangent.doubles == [1, 1, 0.5])
    #expect(jvp({ f($0, w) }, x, v).tangent.doubles == [1, 0, 2])
    let leaf = x.asLeaf()
    f(leaf, w).sum().backward()
    #expect(leaf.grad!.doubles == [1, 1.5, 2])
    // Second order through the derived rule: the mixed derivative of the product is the scale.
    let mixed = jvp({ a in jvp({ b in f(a, b) }, w, u).tangent }, x, v).tangent
    #expect(mixed.doubles == [0, 0, 0.5])
  }

  @Test func inputHandedOn() {
    let leaf = x.asLeaf()
    let y = Identity()(leaf)
    #expect(!y.isLeaf && leaf.isLeaf)
    y.sum().backward()
    #expect(leaf.grad!.doubles == [-1, -1, -1])
  }

  @Test func wrongGradientsAreRefused() {
    let a = Tensor([1.0, 2, 3], requiresGrad: true), b = Tensor([1.0, 2, 3], requiresGrad: true)
    #expect(
      message { Wrong(count: 1, shape: [3])(a, b).sum().backward() }
        == "function WrongBackward returned an incorrect number of gradients (expected 2, got 1)")
    #expect(
      message { Wrong(count: 2, shape: [4])(a, b).sum().backward() }
        == "Function WrongBackward returned an invalid gradient at index 0 - got [4] but expected shape compatible with [3]")
    #expect(a.grad == nil && b.grad == nil)
    // A gradient that broadcasting made larger is summed back.
    Wrong(count: 2, shape: [2, 3])(a, b).sum().backward()
    #expect(a.grad!.doubles == [2, 2, 2])
  }

  @Test func functionMayRunBackwardInside() {
    struct Inner: DifferentiableFunction {
      func forward(_ x: [Tensor]) -> Tensor { x[0] * x[0] }
      func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] {
        [
          enableGrad { () -> Tensor in
            let z = x[0].detach().asLeaf()
            (z * z).sum().backward()
            return z.grad! * dy
          }
        ]
      }
    }
    let leaf = x.asLeaf()
    Inner()(leaf).sum().backward()
    #expect(leaf.grad!.doubles == [2, 4, -6])
  }
}
