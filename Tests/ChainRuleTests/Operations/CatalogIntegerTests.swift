package import ChainRule
import Testing

/// Every operation of the catalog given int64: answered or refused as it declares, which is as PyTorch 2.13 does.
struct CatalogIntegerTests {
  private func inputs(_ sample: OperationSample) -> [Tensor] {
    sample.inputs.map { input in
      let count = input.shape.reduce(1, *)
      return switch input.domain {
      case .mask: Tensor((0..<count).map { $0 % 2 == 0 }, shape: input.shape, dtype: .bool)
      case .index(let bound): Tensor((0..<count).map { $0 % bound }, shape: input.shape, dtype: .int64)
      default: Tensor((0..<count).map { 1 + ($0 * 7) % 5 }, shape: input.shape, dtype: .int64)
      }
    }
  }

  @Test(arguments: Catalog.all) func integersAreTakenAsDeclared(_ info: OperationInfo) {
    let answers = info.samples.map { sample in message { _ = sample.call(inputs(sample)) } }
    let isAnswered = answers.contains { $0 == nil }
    #expect(isAnswered == info.takesIntegers, "\(answers.compactMap { $0 })")
  }

  /// Bools either have an answer or a sentence, never a crash.
  @Test(arguments: Catalog.all) func boolsAreAnsweredOrRefused(_ info: OperationInfo) {
    for sample in info.samples {
      let given = zip(sample.inputs, inputs(sample)).map { $0.domain.isDifferentiable ? $1.to(.bool) : $1 }
      if let text = message({ _ = sample.call(given) }) { #expect(text.count > 10) }
    }
  }

  /// What is composed refuses what PyTorch's own kernel refuses.
  @Test func composed() {
    let x = Tensor([[1, 2], [3, 4]])
    for (kernel, call) in [
      ("mish_cpu", { $0.mish() }), ("hardsigmoid_cpu", { $0.hardsigmoid() }), ("hardswish_cpu", { $0.hardswish() }),
      ("glu_cpu", { $0.glu() }), ("prelu_cpu", { $0.prelu(Tensor([1])) }), ("frac_cpu", { $0.frac() }), ("elu_cpu", { $0.selu() }),
    ] as [(String, (Tensor) -> Tensor)] {
      #expect(message { _ = call(x) } == "\"\(kernel)\" not implemented for 'Long'")
    }
    #expect(message { _ = cosineSimilarity(x, x) } != nil && message { _ = normalize(x) } != nil)
  }
}
