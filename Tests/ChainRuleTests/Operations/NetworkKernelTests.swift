import ChainRule
import Testing

/// The fused kernels of networks, at sizes that fill their blocks and vectors, against the same mathematics in tensor operations:
/// values, gradients, and the rule that takes the kernel's place where gradients are recorded.
struct NetworkKernelTests {
  private func compare(
    _ label: String, _ shapes: [[Int]], _ tolerance: Double = 1e-11, _ dtype: DType = .float64,
    _ f: ([Tensor]) -> Tensor, _ reference: ([Tensor]) -> Tensor
  ) {
    var random = TestRandom(7, label)
    let leaves = shapes.map { random.tensor($0).to(dtype).asLeaf() }
    let y = f(leaves), expected = reference(leaves), w = random.tensor(y.shape).to(dtype)
    #expect(distance(y, expected) < tolerance, "value: \(label)")
    let fused = gradients(of: [y], withRespectTo: leaves, gradOutputs: [w], retainGraph: true)
    let recorded = gradients(of: [y], withRespectTo: leaves, gradOutputs: [w], createGraph: true)
    let wanted = gradients(of: [expected], withRespectTo: leaves, gradOutputs: [w])
    for i in leaves.indices {
      guard let a = fused[i], let b = recorded[i], let c = wanted[i] else {
        Issue.record("no gradient of input \(i): \(label)")
        continue
      }
      #expect(distance(a, c) < tolerance, "gradient \(i): \(label)")
      #expect(distance(b, c) < tolerance, "recorded gradient \(i): \(label)")
    }
  }

  @Test(arguments: [(150, 130, 20, 24), (64, 64, 32, 32), (70, 200, 8, 5)])
  func attention(_ queries: Int, _ keys: Int, _ width: Int, _ valueWidth: Int) {
    let shapes = [[2, 2, queries, width], [2, 2, keys, width], [2, 2, keys, valueWidth]]
    let label = "\(shapes)"
    compare(label, shapes) {
      scaledDotProductAttention($0[0], $0[1], $0[2])
    } _: {
      ($0[0].matmul($0[1].mT) / Double(width).squareRoot()).softmax(dim: -1).matmul($0[2])
    }
    let visible = Tensor.arange(queries).unsqueezed(1) .>= Tensor.arange(keys)
    for (dtype, tolerance) in [(DType.float64, 1e-11), (.float32, 1e-4)] {
      compare("causal \(label)", shapes, tolerance, dtype) {
        scaledDotProductAttention($0[0], $0[1], $0[2], isCausal: true)
      } _: {
        scaledDotProductAttention($0[0], $0[1], $0[2], mask: visible)
      }
    }
  }

  /// A cotangent that is one row for all rows, or one number for all elements, is read where it lies: the same bits as written out.
  @Test func expandedCotangents() {
    var random = TestRandom(8, "expanded cotangents")
    let row = random.tensor([200])
    let maps: [(String, (Tensor) -> Tensor)] = [
      ("softmax", { $0.softmax(dim: -1) }), ("logSoftmax", { $0.logSoftmax(dim: -1) }), ("softmax of columns", { $0.softmax(dim: 1) }),
      ("layerNorm", { layerNorm($0, [200]) }), ("layerNorm of two", { layerNorm($0, [4, 200]) }),
    ]
    for (name, f) in maps {
      let x = random.tensor([3, 4, 200]).asLeaf(), y = f(x)
      for cotangent in [row.expanded(3, 4, 200), row[0].expanded(3, 4, 200), row[0..<4].unsqueezed(1).expanded(3, 4, 200)] {
        let read = gradients(of: [y], withRespectTo: [x], gradOutputs: [cotangent], retainGraph: true)[0]!
        let copied = gradients(of: [y], withRespectTo: [x], gradOutputs: [cotangent.contiguous()], retainGraph: true)[0]!
        #expect(read.equal(copied), "\(name)")
      }
    }
    let x = random.tensor([40, 200]).asLeaf(), weight = random.tensor([200]).asLeaf(), bias = random.tensor([200]).asLeaf()
    let y = layerNorm(x, [200], weight: weight, bias: bias), all = [x, weight, bias]
    let read = gradients(of: [y], withRespectTo: all, gradOutputs: [row.expanded(40, 200)], retainGraph: true)
    let copied = gradients(of: [y], withRespectTo: all, gradOutputs: [row.expanded(40, 200).contiguous()])
    for (a, b) in zip(read, copied) { #expect(a!.equal(b!)) }
  }

  @Test(arguments: [[3, 5, 7, 11], [2, 3, 200], [4, 300], [40, 6, 16, 16]]) func batchNormalization(_ shape: [Int]) {
    let over = shape.indices.filter { $0 != 1 }
    func spread(_ x: Tensor) -> Tensor { x.reshaped(shape.indices.map { $0 == 1 ? shape[1] : 1 }) }
    for (dtype, tolerance) in [(DType.float64, 1e-11), (.float32, 2e-4)] {
      compare("\(shape)", [shape, [shape[1]], [shape[1]]], tolerance, dtype) {
        batchNorm($0[0], weight: $0[1], bias: $0[2])
      } _: {
        let centered = $0[0] - $0[0].mean(dim: over, keepDim: true)
        let h = centered * (centered.square().mean(dim: over, keepDim: true) + 1e-5).rsqrt()
        return h * spread($0[1]) + spread($0[2])
      }
    }
  }

  @Test func poolsOfPairs() {
    func pairs(_ x: Tensor) -> Tensor { x.reshaped(3, 4, 18, 2, 35, 2).permuted(0, 1, 2, 4, 3, 5).flattened(from: 4) }
    compare("max", [[3, 4, 36, 70]]) {
      maxPool2d($0[0], kernel: 2)
    } _: {
      pairs($0[0]).max(dim: 4).values
    }
    compare("mean", [[3, 4, 36, 70]]) {
      avgPool2d($0[0], kernel: 2)
    } _: {
      pairs($0[0]).mean(dim: 4)
    }
  }

  @Test func theFirstOfEqualElementsIsTheLargest() {
    let x = Tensor([1.0, 1, 0, 2, 1, 1, 2, 2], shape: [1, 1, 2, 4], requiresGrad: true)
    let found = maxPool2dWithIndices(x, kernel: 2)
    #expect(found.indices.array(of: Int.self) == [0, 3])
    found.values.sum().backward()
    #expect(x.grad?.array(of: Double.self) == [1, 0, 0, 1, 0, 0, 0, 0])
    let withNaN = maxPool2dWithIndices(Tensor([1, Double.nan, 3, 2], shape: [1, 1, 2, 2]), kernel: 2)
    #expect(withNaN.values.item().isNaN && withNaN.indices.item() == 1)
  }

  /// A query that may look at nothing gives 0, and no gradient is NaN.
  @Test func idleQueries() {
    let q = Tensor.ones(2, 3, requiresGrad: true), k = Tensor.ones(2, 3), v = Tensor.ones(2, 3)
    let y = scaledDotProductAttention(q, k, v, mask: Tensor([[true, true], [false, false]]))
    #expect(y.array(of: Double.self) == [1, 1, 1, 0, 0, 0])
    y.sum().backward()
    #expect(q.grad?.isFinite().all().item() == 1)
  }
}
