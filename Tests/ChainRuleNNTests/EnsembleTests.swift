import ChainRule
import ChainRuleNN
import Testing

/// Ensembles: stacked states, run at once.
struct EnsembleTests {
  private func models(_ count: Int) -> [Sequential] {
    let generator = Generator(seed: 5)
    return (0..<count).map { _ in
      Sequential {
        Linear(3, 4, generator: generator)
        BatchNorm1d(4)
        Tanh()
        Linear(4, 2, generator: generator)
      }.eval()
    }
  }

  @Test func anEnsembleIsALoop() {
    let models = models(3), x = Tensor.randn(5, 3), y = Tensor([0, 1, 1, 0, 1])
    let (parameters, buffers) = stackModuleState(models)
    #expect(parameters.names == models[0].namedParameters().map(\.name) && buffers.names.contains("1.running_mean"))
    #expect(
      parameters["0.weight"]?.shape == [3, 4, 3] && parameters["0.weight"]?.isLeaf ?? false && parameters["0.weight"]?.requiresGrad ?? false
    )
    let run = { (state: NamedTensors, x: Tensor) in functionalCall(models[0], state, x) }
    let all = parameters.merging(buffers)
    let outputs = vmap(run, inDims: (0, nil))(all, x)
    let loop = stack(models.map { $0(x) })
    #expect(outputs.allClose(loop, relative: 1e-5, absolute: 1e-6))
    // Each model with a batch of its own.
    let batches = Tensor.randn(3, 5, 3)
    let each = vmap(run)(all, batches)
    #expect(each.allClose(stack(zip(models, batches.unbind()).map { $0($1) }), relative: 1e-5, absolute: 1e-6))
    // Gradients: into the stacked leaves, and as a transform of each.
    vmap({ (state: NamedTensors, x: Tensor) in crossEntropy(run(state, x), y) }, inDims: (0, nil))(all, x).sum().backward()
    let slopes = vmap({ (p: NamedTensors, x: Tensor) in grad { (q: NamedTensors) in crossEntropy(run(q, x), y) }(p) }, inDims: (0, nil))
    let transformed = slopes(all.mapTensors { $0.detach() }, x)
    for (i, model) in models.enumerated() {
      crossEntropy(model(x), y).backward()
      for (name, parameter) in model.namedParameters() {
        #expect(parameters[name]!.grad![i].allClose(parameter.grad!, relative: 1e-4, absolute: 1e-6), "\(name) \(i)")
        #expect(transformed[name]![i].allClose(parameter.grad!, relative: 1e-4, absolute: 1e-6), "\(name) \(i)")
      }
    }
  }

  private class Scale: Module {
    let scale = Tensor([1.0], requiresGrad: true)
  }

  private final class Shift: Scale {}

  @Test func misuse() {
    func refuses(_ sentence: String, _ body: () -> Void) {
      do {
        try catching(body)
        Issue.record("\(sentence)")
      } catch { #expect("\(error)".contains(sentence), "\(error)") }
    }
    refuses("Expected at least one model, got 0.") { _ = stackModuleState([Linear]()) }
    refuses("same training/eval mode") { _ = stackModuleState([Linear(2, 2), Linear(2, 2).eval()]) }
    refuses("the same class") { _ = stackModuleState([Scale(), Shift()]) }
    refuses("is not in all") { _ = stackModuleState([Linear(2, 2), Linear(2, 2, bias: false)]) }
    refuses("to have the same .requires_grad") { _ = stackModuleState([Linear(2, 2), Linear(2, 2).requiresGrad(false)]) }
  }
}
