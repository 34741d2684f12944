package import ChainRule
import Testing

/// Every differentiable operation of the catalog, at points of its smooth domain, in float64: both modes against central
/// differences, against each other, and to second order. A new operation needs no edit here.
struct GradientSuiteTests {
  static let seed: UInt64 = 20_260_731
  static let operations = Catalog.all.filter(\.isDifferentiable)

  private func forms(_ info: OperationInfo) -> [(SampleForm, TestRandom)] {
    info.samples.flatMap { sample in
      var random = TestRandom(Self.seed, info.name + sample.label)
      var result: [(SampleForm, TestRandom)] = []
      for layout in SampleForm.Layout.allCases {
        if let form = SampleForm(sample, layout, &random) { result.append((form, random)) }
      }
      if let form = SampleForm(twice: sample, &random) { result.append((form, random)) }
      return result
    }
  }

  @Test(arguments: operations) func firstOrder(_ info: OperationInfo) {
    for (form, start) in forms(info) {
      var random = start
      let note = "\(info.name) \(form.label), seed \(Self.seed)"
      let v = form.inputs.map { random.tensor($0.shape) }
      let forward = jvp(form.call, form.inputs, v)
      #expect(distance(forward.value, form.call(form.inputs)) == 0, "value under jvp: \(note)")
      #expect(distance(forward.tangent, centralDifference(form.call, form.inputs, v)) < 1e-6, "jvp: \(note)")

      let leaves = form.inputs.map { $0.asLeaf() }
      let y = form.call(leaves)
      #expect(distance(y, forward.value) == 0, "value when recorded: \(note)")
      let one = Tensor(random.real(0.5, 1), dtype: .float64)
      for w in [random.tensor(y.shape), one.expanded(y.shape)] {
        let g = gradients(of: [y], withRespectTo: leaves, gradOutputs: [w], retainGraph: true, allowUnused: true)
        let found = zip(g, leaves).map { $0 ?? Tensor.zeros(like: $1) }
        for (gradient, leaf) in zip(found, leaves) {
          #expect(gradient.shape == leaf.shape && gradient.dtype == leaf.dtype, "form of the gradient: \(note)")
        }
        let left = inner([forward.tangent], [w]), right = inner(v, found)
        // The mean of nothing is NaN, and so is its tangent.
        let isUndefined = y.doubles.contains(where: \.isNaN)
        #expect(isUndefined || abs(left - right) <= 1e-10 * (1 + abs(left)), "<Jv,w> = \(left), <v,J'w> = \(right): \(note)")
        let pulled = vjp(form.call, form.inputs).pullbacks(w)
        #expect(zip(pulled, found).allSatisfy { distance($0, $1) == 0 }, "vjp and gradients differ: \(note)")
      }
    }
  }

  @Test(arguments: operations) func secondOrder(_ info: OperationInfo) {
    for (form, start) in forms(info) {
      var random = start
      let note = "\(info.name) \(form.label), seed \(Self.seed)"
      let v = form.inputs.map { random.tensor($0.shape) }
      let w = random.tensor(form.call(form.inputs).shape)
      let scalar: ([Tensor]) -> Tensor = { (form.call($0) * w).sum() }
      let slope: ([Tensor]) -> Tensor = { x in flat(grad(scalar)(x)) }
      let expected = centralDifference(slope, form.inputs, v)

      #expect(distance(jvp(slope, form.inputs, v).tangent, expected) < 1e-6, "forward over reverse: \(note)")

      let leaves = form.inputs.map { $0.asLeaf() }
      let first = gradients(of: [scalar(leaves)], withRespectTo: leaves, createGraph: true, allowUnused: true)
      let along = zip(first, v).compactMap { g, v in g.map { ($0 * v).sum() } }.filter(\.requiresGrad)
      let second =
        along.isEmpty
        ? leaves.map { _ in nil } : gradients(of: along.dropFirst().reduce(along[0], +), withRespectTo: leaves, allowUnused: true)
      let found = flat(zip(second, leaves).map { $0 ?? Tensor.zeros(like: $1) })
      #expect(distance(found, expected) < 1e-6, "reverse over reverse: \(note)")

      let mixed = flat(grad { (x: [Tensor]) in (jvp(form.call, x, v).tangent * w).sum() }(form.inputs))
      #expect(distance(mixed, expected) < 1e-6, "reverse over forward: \(note)")

      let nested = jvp({ x in jvp(scalar, x, v).tangent }, form.inputs, v).tangent
      #expect(abs(nested.item() - inner([expected], [flat(v)])) < 1e-5 * (1 + abs(nested.item())), "forward over forward: \(note)")
    }
  }

  /// The inputs of one shape, joined: what second order compares.
  private func flat(_ x: [Tensor]) -> Tensor { cat(x.map { $0.reshaped(-1) }) }
}

/// Every operation of the catalog under `vmap`, against one example at a time.
struct BatchSuiteTests {
  private static let mapped = Catalog.all.filter(\.isMappable)

  private func batch(_ sample: OperationSample, _ size: Int, _ mapped: [Bool], _ random: inout TestRandom) -> [Tensor] {
    zip(sample.inputs, mapped).map { input, isMapped in
      isMapped ? stack((0..<size).map { _ in random.tensor(input.shape, input.domain) }) : random.tensor(input.shape, input.domain)
    }
  }

  /// All inputs mapped, and each input mapped or shared alone.
  private func choices(_ n: Int) -> [[Bool]] {
    guard n > 1 else { return [[true]] }
    var result = [[Bool](repeating: true, count: n)]
    for i in 0..<n {
      let alone = (0..<n).map { $0 == i }
      result.append(alone)
      if n > 2 { result.append(alone.map { !$0 }) }
    }
    return result
  }

  private func example(_ x: [Tensor], _ mapped: [Bool], _ b: Int) -> [Tensor] {
    zip(x, mapped).map { $1 ? $0.select(dim: 0, index: b) : $0 }
  }

  @Test(arguments: mapped) func values(_ info: OperationInfo) {
    for sample in info.samples {
      for mapped in choices(sample.inputs.count) {
        var random = TestRandom(GradientSuiteTests.seed, info.name + sample.label + "\(mapped)")
        let note = "\(info.name) \(sample.label), mapped \(mapped), seed \(GradientSuiteTests.seed)"
        let x = batch(sample, 3, mapped, &random)
        let dims = mapped.map { $0 ? 0 : nil } as [Int?]
        let y = vmap(sample.call, inDims: dims)(x)
        let expected = stack((0..<3).map { sample.call(example(x, mapped, $0)) })
        #expect(y.dtype == expected.dtype && distance(y, expected) < 1e-13, "\(note)")
        let none = vmap(sample.call, inDims: dims)(zip(x, mapped).map { $1 ? $0[0..<0] : $0 })
        #expect(none.shape == [0] + expected.shape.dropFirst(), "empty batch: \(note)")
      }
    }
  }

  /// A result whose shape depends on values differs from example to example.
  @Test(arguments: Catalog.all.filter { !$0.isMappable }) func refusals(_ info: OperationInfo) {
    for sample in info.samples {
      var random = TestRandom(GradientSuiteTests.seed, info.name)
      let x = batch(sample, 3, sample.inputs.map { _ in true }, &random)
      #expect(throws: TensorError.self, "\(info.name)") { try catching { vmap(sample.call)(x) } }
    }
  }

  /// A batch rule applies as many operations to many examples as to few. Only a recurrence with a weight for each example goes one by one.
  @Test(arguments: mapped) func noRuleGoesOneByOne(_ info: OperationInfo) {
    for sample in info.samples {
      for mapped in choices(sample.inputs.count) where !isOneByOne(info, mapped) {
        func count(_ size: Int) -> Int {
          var random = TestRandom(GradientSuiteTests.seed, info.name)
          let x = batch(sample, size, mapped, &random)
          return countingOperations { vmap(sample.call, inDims: mapped.map { $0 ? 0 : nil })(x) }.operations
        }
        #expect(count(3) == count(5), "\(info.name) \(sample.label), mapped \(mapped)")
      }
    }
  }

  private func isOneByOne(_ info: OperationInfo, _ mapped: [Bool]) -> Bool {
    let sequences = ["lstm": 3, "gru": 2, "rnn": 2]
    return sequences[info.name].map { mapped.dropFirst($0).contains(true) } ?? false
  }

  @Test(arguments: mapped.filter(\.isDifferentiable)) func gradientsPerExample(_ info: OperationInfo) {
    for sample in info.samples {
      var random = TestRandom(GradientSuiteTests.seed, info.name + sample.label)
      let note = "\(info.name) \(sample.label), seed \(GradientSuiteTests.seed)"
      let mapped = sample.inputs.map { _ in true }
      let x = batch(sample, 2, mapped, &random)
      guard let i = sample.inputs.firstIndex(where: { $0.domain.isDifferentiable }) else { continue }
      func loss(_ z: [Tensor]) -> Tensor { (sample.call(z) * 1.5).sin().sum() }
      func slope(_ z: [Tensor]) -> Tensor {
        grad { (t: Tensor) in
          var inputs = z
          inputs[i] = t
          return loss(inputs)
        }(z[i])
      }
      let y = vmap(slope)(x)
      #expect(distance(y, stack((0..<2).map { slope(example(x, mapped, $0)) })) < 1e-12, "vmap of grad: \(note)")
      let v = random.tensor(x[i].shape)
      func tangent(_ z: [Tensor]) -> Tensor {
        jvp(
          { (t: Tensor) in
            var inputs = Array(z.dropLast())
            inputs[i] = t
            return sample.call(inputs)
          }, z[i], z[z.count - 1]
        ).tangent
      }
      let all = x + [v]
      let expected = stack((0..<2).map { b in tangent(all.map { $0.select(dim: 0, index: b) }) })
      #expect(distance(vmap(tangent)(all), expected) < 1e-12, "vmap of jvp: \(note)")
    }
  }
}
