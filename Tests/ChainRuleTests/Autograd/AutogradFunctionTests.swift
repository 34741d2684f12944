import ChainRule
import Testing

/// Functions of the user's own in their general form; the sentences are PyTorch's.
struct AutogradFunctionTests {
  /// sin x and cos x from each other's values.
  struct SineAndCosine: AutogradFunction {
    func forward(_ x: [Tensor?]) -> [Tensor] { [x[0]!.sin(), x[0]!.cos()] }
    func keeps(needsInputGrad: [Bool]) -> FunctionSaves { FunctionSaves(inputs: [], outputs: [0, 1]) }
    func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] {
      return [dy[0]! * context.output(1) - dy[1]! * context.output(0)]
    }
  }

  /// scale x w + b, where w and b may be left out; each gradient only where it is wanted.
  struct Affine: AutogradFunction {
    let scale: Double
    func forward(_ x: [Tensor?]) -> [Tensor] {
      var y = x[0]! * scale
      if let w = x[1] { y = y * w }
      if let b = x[2] { y = y + b }
      return [y]
    }
    func keeps(needsInputGrad: [Bool]) -> FunctionSaves {
      FunctionSaves(inputs: (needsInputGrad[0] ? [1] : []) + (needsInputGrad[1] ? [0] : []), outputs: [])
    }
    func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] {
      let dy = dy[0]! * scale, needs = context.needsInputGrad
      let dx = needs[0] ? context.inputs[1].map { dy * $0 } ?? dy : nil
      return [dx, needs[1] ? dy * context.input(0) : nil, needs[2] ? dy / scale : nil]
    }
  }

  private let x = Tensor([0.5, -1, 2], dtype: .float64)

  @Test func severalResults() throws {
    let leaf = x.asLeaf(), y = SineAndCosine()(leaf)
    #expect(y.count == 2 && y[0].gradFn === y[1].gradFn && y[0].gradFn!.name == "SineAndCosineBackward")
    #expect(y[0].gradFn!.saved.map(\.name) == ["result0", "result1"])
    (y[0] * 2 + y[1] * y[1]).sum().backward(retainGraph: true)
    let expected = x.cos() * 2 - 2 * x.sin() * x.cos()
    #expect(leaf.grad!.allClose(expected, relative: 1e-14, absolute: 1e-15))
    // A result that receives none is zeros in the rule.
    leaf.zeroGrad()
    y[1].sum().backward()
    #expect(leaf.grad!.allClose(-x.sin(), relative: 1e-14, absolute: 1e-15))
    try gradcheck({ x in SineAndCosine()(x[0]) }, [leaf], checkForwardAD: true, checkBatchedGrad: true)
    try gradgradcheck({ x in SineAndCosine()(x[0]) }, [leaf], checkForwardOverReverse: true)
  }

  @Test func optionalInputsAndWantedGradients() throws {
    let w = Tensor([2.0, 3, 4], dtype: .float64), b = Tensor([1.0, 1, 1], dtype: .float64)
    let all = [x, w, b].map { $0.asLeaf() }, f = Affine(scale: 3)
    f(all[0], all[1], all[2])[0].sum().backward()
    #expect(all.map { $0.grad!.doubles } == [[6, 9, 12], [1.5, -3, 6], [1, 1, 1]])
    all.forEach { $0.zeroGrad() }
    let y = f(all[0], nil, all[2])
    #expect(y[0].doubles == [2.5, -2, 7] && y[0].gradFn!.nextFunctions.count == 2 && y[0].gradFn!.saved.isEmpty)
    y[0].sum().backward()
    #expect(all[0].grad!.doubles == [3, 3, 3] && all[1].grad == nil && all[2].grad!.doubles == [1, 1, 1])
    // Only what the gradients that are wanted need is kept.
    #expect(f(x, all[1], nil)[0].gradFn!.saved.map(\.name) == ["input0"])
    #expect(f(all[0], w, nil)[0].gradFn!.saved.map(\.name) == ["input1"])
    #expect(!f(x, w, b)[0].requiresGrad)
    try gradcheck({ (x: [Tensor]) in f(x[0], nil, x[1])[0] }, [all[0], all[2]], checkForwardAD: true, checkBatchedGrad: true)
  }

  @Test func undefinedGradients() {
    struct Two: AutogradFunction {
      static var materializesGrads: Bool { false }
      func forward(_ x: [Tensor?]) -> [Tensor] { [x[0]! * 2, x[0]! * 3, x[0]! * 4] }
      func isDifferentiable(output: Int) -> Bool { output != 2 }
      func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] {
        #expect(dy[2] == nil)
        let parts = [dy[0].map { $0 * 2 }, dy[1].map { $0 * 3 }].compactMap { $0 }
        return [parts.reduce(nil) { sum, part in sum.map { $0 + part } ?? part }]
      }
    }
    let leaf = x.asLeaf(), y = Two()(leaf)
    #expect(y.map(\.requiresGrad) == [true, true, false])
    y[0].sum().backward(retainGraph: true)
    #expect(leaf.grad!.doubles == [2, 2, 2])
    y[1].sum().backward()
    #expect(leaf.grad!.doubles == [5, 5, 5])
    #expect(jvp({ Two()($0)[0] }, x, Tensor.ones([3], dtype: .float64)).tangent.doubles == [2, 2, 2])
  }

  @Test func onceDifferentiable() throws {
    struct Once: AutogradFunction {
      static var isOnceDifferentiable: Bool { true }
      func forward(_ x: [Tensor?]) -> [Tensor] { [x[0]! * 1, x[0]! * 2] }
      func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] {
        #expect(!dy[0]!.requiresGrad && !isGradEnabled)
        return [dy[0]! + 2 * dy[1]!]
      }
    }
    let leaf = Tensor([1.0, 2], dtype: .float64, requiresGrad: true), y = Once()(leaf)
    let g = gradients(of: y[0].sum() * y[0].sum(), withRespectTo: [leaf], createGraph: true)[0]
    #expect(g.doubles == [6, 6] && g.gradFn!.name == "Error")
    let sentence = "trying to differentiate twice a function that was marked with @once_differentiable"
    #expect(message { g.sum().backward() } == sentence)
    #expect(grad { Once()($0)[0].sum() }(leaf.data).doubles == [1, 1])
    #expect(message { _ = jvp(grad { (Once()($0)[0] * $0).sum() }, leaf.data, leaf.data) }?.contains("differentia") ?? false)
    #expect(message { _ = jvp({ Once()($0)[0] }, leaf.data, leaf.data) }?.contains("once differentiable") ?? false)
    #expect(vmap(grad { Once()($0)[1].sum() })(Tensor.ones([3, 2], dtype: .float64)).doubles == [2, 2, 2, 2, 2, 2])
    // A pass that nobody records is as any other.
    Once()(leaf)[1].sum().backward()
    #expect(leaf.grad!.doubles == [2, 2])
  }

  @Test func batchRules() {
    final class Count: @unchecked Sendable { var forward = 0 }
    struct Doubled: AutogradFunction {
      let count: Count
      func forward(_ x: [Tensor?]) -> [Tensor] {
        count.forward += 1
        return [x[0]! * 2, x[0]! * x[1]!]
      }
      func vjp(_ dy: [Tensor?], _ c: FunctionContext) -> [Tensor?] { [dy[0]! * 2 + dy[1]! * c.input(1), dy[1]! * c.input(0)] }
      func batch(_ x: [Tensor?], batched: [Bool], size: Int) -> [Tensor]? {
        #expect(batched == [true, false] && size == 4)
        return self(x)
      }
    }
    let count = Count(), rows = Tensor.arange(12).to(.float64).reshaped(4, 3)
    let value = vmap { Doubled(count: count)($0, x)[1] }(rows)
    #expect(count.forward == 1 && value.equal(rows * x))
    let pulled = vmap(grad { Doubled(count: count)($0, x)[1].sum() })(rows)
    #expect(count.forward == 2 && pulled.equal(Tensor.zeros([4, 3], dtype: .float64) + x))
    struct One: DifferentiableFunction {
      let count: Count
      func forward(_ x: [Tensor]) -> Tensor {
        count.forward += 1
        return x[0] * x[0]
      }
      func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * 2 * x[0]] }
      func batch(_ x: [Tensor], batched: [Bool]) -> Tensor? { self(x) }
    }
    count.forward = 0
    #expect(vmap(grad { One(count: count)($0).sum() })(rows).equal(rows * 2) && count.forward == 1)
    struct Wrong: AutogradFunction {
      func forward(_ x: [Tensor?]) -> [Tensor] { [x[0]!] }
      func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] { dy }
      func batch(_ x: [Tensor?], batched: [Bool], size: Int) -> [Tensor]? { [x[0]!.sum()] }
    }
    #expect(message { _ = vmap { Wrong()($0)[0] }(rows) }?.hasPrefix("the batch rule of Wrong returned a tensor of shape []") ?? false)
  }

  @Test func refusals() {
    struct Bad: AutogradFunction {
      let results: Int
      let reads: Bool
      func forward(_ x: [Tensor?]) -> [Tensor] { (0..<results).map { _ in x[0]! * 1 } }
      func keeps(needsInputGrad: [Bool]) -> FunctionSaves { FunctionSaves(inputs: [], outputs: []) }
      func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] { reads ? [context.input(0), nil] : [dy[0]] }
    }
    let leaf = x.asLeaf()
    #expect(message { _ = Bad(results: 0, reads: false)(leaf) } == "Bad returned no result")
    #expect(message { Bad(results: 1, reads: true)(leaf, nil)[0].sum().backward() } == "a rule of Bad read input 0, which is not kept")
    #expect(
      message { Bad(results: 1, reads: false)(leaf, nil)[0].sum().backward() }
        == "function BadBackward returned an incorrect number of gradients (expected 2, got 1)")
  }

  /// The shape of a gradient is checked also where the input is not kept.
  @Test func shapesOfGradients() {
    struct Long: AutogradFunction {
      func forward(_ x: [Tensor?]) -> [Tensor] { [x[0]! * 1] }
      func keeps(needsInputGrad: [Bool]) -> FunctionSaves { FunctionSaves(inputs: [], outputs: []) }
      func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] { [Tensor.ones([4], dtype: .float64)] }
    }
    #expect(
      message { Long()(x.asLeaf())[0].sum().backward() }
        == "Function LongBackward returned an invalid gradient at index 0 - got [4] but expected shape compatible with [3]")
  }
}
