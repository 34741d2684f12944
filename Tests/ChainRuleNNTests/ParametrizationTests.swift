import ChainRule
import ChainRuleNN
import Testing

/// Parameters that are made of others, and pruned ones, against PyTorch: see Fixtures/make_module_system.py.
struct ParametrizationTests {
  private func wave(_ shape: Int...) -> Tensor { Tensor.arange(shape.reduce(1, *)).to(.float64).sin().reshaped(shape) }

  private func check(_ name: String, _ layer: Linear, tolerance: Double = 1e-6) throws {
    let expected = try #require(try Fixture("module_system").root[name] as? [String: Any])
    #expect(layer.description == expected["printed"] as? String)
    #expect(layer.stateDict().names == expected["names"] as? [String])
    #expect(layer.namedParameters().map(\.name) == expected["parameters"] as? [String])
    layer.to(.float64)
    for (i, row) in try #require(expected["rows"] as? [[String: Any]]).enumerated() {
      if i == 2 { layer.eval() }
      layer.zeroGrad()
      let y = layer(wave(2, 3))
      #expect(try difference(y.array(of: Double.self), Fixture.numbers(row["y"])) < tolerance, "\(name) \(i)")
      if i == 2 { break }
      y.square().sum().backward()
      #expect(try difference(layer.weight.array(of: Double.self), Fixture.numbers(row["weight"])) < tolerance)
      let gradients = try #require(row["grads"] as? [Any])
      #expect(gradients.count == layer.parameters().count)
      for (parameter, numbers) in zip(layer.parameters(), gradients) {
        #expect(try difference(#require(parameter.grad).array(of: Double.self), Fixture.numbers(numbers)) < tolerance, "\(name) \(i)")
        if let gradient = parameter.grad { parameter.data -= 0.1 * gradient }
      }
    }
  }

  @Test func normsArePyTorchs() throws {
    func layer(_ generator: Generator) -> Linear { Linear(3, 4, generator: generator) }
    let generator = Generator(seed: 0)
    try check("weight norm", weightNorm(layer(Generator(seed: 0))))
    try check("weight norm of all", weightNorm(layer(Generator(seed: 0)), dim: nil))
    try check("spectral norm", spectralNorm(layer(generator), generator: generator))
  }

  @Test func orthogonalMatricesArePyTorchs() throws {
    func layer() -> (Linear, Generator) {
      let generator = Generator(seed: 0)
      return (Linear(3, 4, generator: generator), generator)
    }
    // PyTorch factorises the matrix to start from in float32.
    let (first, generator) = layer(), tolerance = 1e-5
    try check("orthogonal", orthogonal(first, generator: generator), tolerance: tolerance)
    try check("orthogonal by reflections", orthogonal(layer().0, useTrivialization: false))
    for (name, map) in [("exp", OrthogonalMap.matrixExp), ("cayley", .cayley)] {
      let (linear, generator) = layer()
      try check("orthogonal by \(name)", orthogonal(linear, map: map, generator: generator), tolerance: tolerance)
    }
  }

  @Test(arguments: OrthogonalMap.allCases, [true, false]) func orthogonalOnesStaySo(_ map: OrthogonalMap, _ isTrivialized: Bool) throws {
    for shape in [[5, 5], [3, 5], [5, 3], [2, 4, 3]] {
      final class Holder: Layer {
        let weight: Tensor
        init(_ shape: [Int]) { weight = Tensor.randn(shape, dtype: .float64, generator: Generator(seed: 1)).asParameter() }
        func forward(_ x: Tensor) -> Tensor { weight * x }
      }
      let layer = orthogonal(Holder(shape), map: map, useTrivialization: isTrivialized, generator: Generator(seed: 2))
      for _ in 0..<2 {
        let q = layer(Tensor(1, dtype: .float64)), isWide = q.size(-2) < q.size(-1), products = isWide ? q.matmul(q.mT) : q.mT.matmul(q)
        let one = Tensor.eye(min(q.size(-2), q.size(-1)), dtype: .float64).expanded(products.shape)
        #expect(q.shape == shape && products.allClose(one, absolute: 1e-9), "\(map) \(shape)")
        (q * q.detach().sin()).sum().backward()
        for parameter in layer.parameters() { if let gradient = parameter.grad { parameter.data -= 0.1 * gradient } }
      }
      let other = orthogonal(Holder(shape), map: map, useTrivialization: isTrivialized)
      try other.load(layer.stateDict())
      #expect(other(Tensor(1, dtype: .float64)).equal(layer(Tensor(1, dtype: .float64))), "\(map) \(shape)")
    }
  }

  private final class Symmetric: Parametrization {
    func forward(_ originals: [Tensor]) -> Tensor { (originals[0] + originals[0].transposed(0, 1)) / 2 }
  }
  private final class Halved: Parametrization {
    func forward(_ originals: [Tensor]) -> Tensor { originals[0].narrow(dim: 0, start: 0, count: 1) }
  }

  @Test func ofOnesOwnAndInARow() throws {
    let layer = registerParametrization(Linear(3, 3), "weight", Symmetric()), x = Tensor.ones(1, 3)
    #expect(isParametrized(layer) && isParametrized(layer, "weight") && !isParametrized(layer, "bias") && !isParametrized(Linear(1, 1)))
    #expect(layer.weight.transposed(0, 1).equal(layer.weight.detach()))
    layer(x).sum().backward()
    #expect(layer.parameter("parametrizations.weight.original")?.grad?.shape == [3, 3] && layer.weight.grad == nil)
    let before = layer(x).array(of: Double.self)
    removeParametrizations(layer, "weight")
    #expect(layer.stateDict().names == ["weight", "bias"] && layer.weight.requiresGrad && !isParametrized(layer))
    #expect(difference(layer(x).array(of: Double.self), before) < 1e-6)
    spectralNorm(registerParametrization(layer, "weight", Symmetric()))
    #expect(layer.stateDict().names.contains("parametrizations.weight.1._u"))
    #expect(layer.weight.shape == [3, 3] && layer(x).shape == [1, 3])
  }

  @Test func copiesAndStatesHaveThem() throws {
    let model = Sequential(weightNorm(Linear(3, 4)), ReLU(), spectralNorm(orthogonal(Linear(4, 2)))), x = Tensor.ones(2, 3)
    _ = model(x)
    let copy = model.copy(), frozen = model.frozen(),
      fresh = Sequential(weightNorm(Linear(3, 4)), ReLU(), spectralNorm(orthogonal(Linear(4, 2))))
    try fresh.load(model.stateDict())
    model.eval()
    let expected = model(x).array(of: Double.self)
    #expect(copy.eval()(x).array(of: Double.self) == expected && frozen(x).array(of: Double.self) == expected)
    #expect(fresh.eval()(x).array(of: Double.self) == expected && copy.description == model.description)
    model.parameter("0.parametrizations.weight.original0")?.data *= 2
    #expect(copy(x).array(of: Double.self) == expected && model(x).array(of: Double.self) != expected)
  }

  private func pruned(_ name: String, _ cut: (Linear, Generator) -> Void) throws {
    let all = try #require(try Fixture("module_system").root["pruned"] as? [String: Any])
    let expected = try #require(all[name] as? [String: Any]), generator = Generator(seed: 0)
    let layer = Linear(3, 4, generator: generator)
    cut(layer, generator)
    #expect(layer.stateDict().names == expected["names"] as? [String], "\(name)")
    #expect(
      try difference(#require(layer.buffer("weight_mask")).value.array(of: Double.self), Fixture.numbers(expected["mask"])) == 0, "\(name)")
    #expect(try difference(layer.weight.array(of: Double.self), Fixture.numbers(expected["weight"])) < 1e-7, "\(name)")
  }

  @Test func pruningIsPyTorchs() throws {
    try pruned("l1") { layer, _ in Prune.l1Unstructured(layer, "weight", amount: 5) }
    try pruned("l1 half") { layer, _ in Prune.l1Unstructured(layer, "weight", amount: 0.5) }
    try pruned("ln") { layer, _ in Prune.lnStructured(layer, "weight", amount: 0.5) }
    try pruned("random") { layer, generator in Prune.randomUnstructured(layer, "weight", amount: 0.4, generator: generator) }
    try pruned("random rows") { layer, generator in Prune.randomStructured(layer, "weight", amount: 2, generator: generator) }
    try pruned("twice") { layer, _ in
      Prune.l1Unstructured(layer, "weight", amount: 3)
      Prune.l1Unstructured(layer, "weight", amount: 0.5)
    }
    let generator = Generator(seed: 0), a = Linear(3, 4, generator: generator), b = Linear(4, 2, generator: generator)
    Prune.globalL1Unstructured([(a, "weight"), (b, "weight")], amount: 0.4)
    let all = try #require(try Fixture("module_system").root["pruned"] as? [String: Any])
    for (layer, mask) in zip([a, b], try #require(all["global"] as? [Any])) {
      #expect(try layer.buffer("weight_mask")?.value.array(of: Double.self) == Fixture.numbers(mask))
    }
  }

  @Test func prunedElementsStayZeroAndArePermanentOnceRemoved() throws {
    let layer = Prune.customFromMask(Linear(2, 2), "weight", mask: Tensor([[1, 0], [0, 1]])), model = Sequential(layer)
    #expect(Prune.isPruned(model) && !Prune.isPruned(Linear(1, 1)))
    model(Tensor.ones(1, 2)).sum().backward()
    let original = try #require(layer.parameter("weight_orig"))
    #expect(original.grad?.array(of: Double.self) == [1, 0, 0, 1])
    original.data += 1
    _ = model(Tensor.ones(1, 2))
    #expect(layer.weight.array(of: Double.self)[1] == 0)
    Prune.remove(layer, "weight")
    #expect(layer.stateDict().names == ["weight", "bias"] && layer.weight.array(of: Double.self)[2] == 0 && !Prune.isPruned(model))
  }

  @Test func whatCannotBeIsRefused() {
    final class Own: Layer {
      let map = Linear(2, 2)
      let scale = Tensor.ones(2).asParameter()
      func callAsFunction(_ x: Tensor) -> Tensor { map(x) * scale }
    }
    func message(_ body: () -> Void) -> String? {
      do { try catching(body) } catch let error as TensorError { return error.message } catch {}
      return nil
    }
    let layer = Linear(2, 2), other = weightNorm(Linear(2, 2))
    #expect(message { weightNorm(layer, "scale") } == "Module 'Linear' does not have a parameter with name 'scale'")
    #expect(
      message { weightNorm(Own(), "scale") }
        == "'scale' of Own cannot be computed at each call: the class has a call of its own")
    #expect(
      message { registerParametrization(layer, "weight", Halved()) }?.hasPrefix("Registering a parametrization may not change") == true)
    #expect(message { removeParametrizations(layer, "weight") } == "Linear does not have a parametrization on weight")
    #expect(message { weightNorm(layer, dim: 2) }?.hasPrefix("Dimension out of range") == true)
    #expect(message { spectralNorm(layer, dim: -3) }?.hasPrefix("Dimension out of range") == true)
    #expect(message { spectralNorm(layer, powerIterations: 0) }?.hasPrefix("Expected n_power_iterations to be positive") == true)
    #expect(
      message { Prune.l1Unstructured(layer, "weight", amount: 5) } == "amount=5 should be smaller than the number of parameters to prune=4")
    #expect(message { Prune.l1Unstructured(layer, "weight", amount: 1.5) } == "amount=1.5 should be a float in the range [0, 1]")
    #expect(message { Prune.l1Unstructured(other, "weight", amount: 1) } == "'weight' has a parametrization: it cannot be pruned")
    #expect(
      message { Prune.lnStructured(layer, "bias", amount: 1) } == "Structured pruning can only be applied to multidimensional tensors.")
    #expect(
      message { Prune.remove(layer, "weight") }
        == "Parameter 'weight' of module Linear has to be pruned before pruning can be removed")
    #expect(layer.stateDict().names == ["weight", "bias"])
  }
}
