import ChainRule
import ChainRuleNN
import Testing

/// Recurrent layers: PyTorch's names, first values, results and gradients; see Fixtures/make_recurrent.py.
struct RecurrentTests {
  private func wave(_ shape: [Int]) -> Tensor { Tensor.arange(shape.reduce(1, *)).to(.float64).sin().reshaped(shape) }

  private func check(_ found: Tensor?, _ row: Any?, _ label: String) throws {
    let found = try #require(found), expected = try Fixture.tensor(row, dtype: .float64)
    #expect(found.shape == expected.shape, "\(label)")
    #expect(difference(found.array(of: Double.self), expected.array(of: Double.self)) < 1e-6, "\(label)")
  }

  @Test func lstmIsPyTorchs() throws {
    let fixture = try Fixture("recurrent").root, generator = Generator(seed: 0)
    let layers: [(String, LSTM, [Int], [[Int]]?)] = [
      ("plain", LSTM(3, 4, generator: generator), [5, 2, 3], nil),
      ("two layers", LSTM(2, 3, numLayers: 2, batchFirst: true, generator: generator), [2, 4, 2], [[2, 2, 3], [2, 2, 3]]),
      (
        "both ways", LSTM(2, 3, numLayers: 2, bias: false, bidirectional: true, generator: generator), [3, 2, 2], [[4, 2, 3], [4, 2, 3]]
      ),
      ("projected", LSTM(3, 4, bidirectional: true, projSize: 2, generator: generator), [3, 2, 3], [[2, 2, 2], [2, 2, 4]]),
      ("one example", LSTM(2, 3, dropout: 0, generator: generator), [4, 2], [[1, 3], [1, 3]]),
      ("wide", LSTM(2, 35, generator: generator), [3, 5, 2], nil),
    ]
    for (name, layer, shape, starts) in layers {
      let expected = try #require(fixture[name] as? [String: Any])
      #expect("\(layer)" == expected["text"] as? String)
      layer.to(.float64)
      let x = wave(shape).asLeaf(), state = starts?.enumerated().map { (wave($1) / Double($0 + 2)).asLeaf() }
      let (output, end) = layer(x, state.map { ($0[0], $0[1]) })
      [output, end.h, end.c].map { ($0 * wave($0.shape)).sum() }.reduce(Tensor(0.0, dtype: .float64), +).backward()
      try check(output, expected["output"], name)
      for (tensor, row) in zip([end.h, end.c], try #require(expected["end"] as? [Any])) { try check(tensor, row, name) }
      try check(x.grad, expected["dx"], name)
      for (tensor, row) in zip(state ?? [], try #require(expected["dstates"] as? [Any])) { try check(tensor.grad, row, name) }
      let parameters = layer.namedParameters(), rows = try #require(expected["parameters"] as? [[Any]])
      #expect(parameters.map(\.name) == rows.map { $0[0] as? String })
      for ((parameter, tensor), row) in zip(parameters, rows) {
        #expect(tensor.shape == row[1] as? [Int], "\(name) \(parameter)")
        let weights = wave(tensor.shape)
        let sums = [(tensor * weights).sum().item(), (try #require(tensor.grad) * weights).sum().item()]
        #expect(difference(sums, try Fixture.numbers(Array(row[2...]))) < 1e-5, "\(name) \(parameter)")
      }
    }
  }

  @Test func projectedGradientsAreRight() throws {
    let layer = LSTM(2, 3, projSize: 2).to(.float64)
    try gradcheck(
      { x in layer(x[0], (x[1], x[2])).output }, [wave([3, 1, 2]).asLeaf(), wave([1, 1, 2]).asLeaf(), wave([1, 1, 3]).asLeaf()])
  }

  @Test func secondDerivativesGoThroughTheLayer() throws {
    let layer = LSTM(2, 3, bidirectional: true).to(.float64)
    try gradgradcheck({ layer($0[0]).output }, [wave([3, 2, 2]).asLeaf()])
    let gated = GRU(2, 2, bidirectional: true).to(.float64), simple = RNN(2, 2).to(.float64),
      projected = LSTM(2, 3, projSize: 2).to(.float64)
    try gradgradcheck({ gated($0[0]).output + simple($0[0]).output.sum() }, [wave([2, 1, 2]).asLeaf()])
    try gradgradcheck({ projected($0[0]).output }, [wave([2, 1, 2]).asLeaf()])
  }

  @Test func aStateGoesOnWhereItEnded() {
    let layer = LSTM(2, 3), x = Tensor.randn(5, 1, 2), whole = layer(x)
    let first = layer(x[..<2]), second = layer(x[2...], first.state)
    #expect(cat([first.output, second.output]).allClose(whole.output, absolute: 1e-6))
    #expect(second.state.c.allClose(whole.state.c, absolute: 1e-6))
  }

  @Test func dropoutIsForTrainingOnly() {
    let layer = LSTM(2, 3, numLayers: 2, dropout: 0.5), x = Tensor.randn(4, 1, 2)
    func same() -> Bool { layer(x).output.array(of: Float.self) == layer(x).output.array(of: Float.self) }
    #expect(!same())
    layer.eval()
    #expect(same())
  }

  @Test(arguments: [
    ("2D or 3D", [4]), ("must be equal to input_size. Expected 2, got 3", [4, 1, 3]), ("sequence length to be larger than 0", [0, 1, 2]),
  ])
  func refusesInputs(_ message: String, _ shape: [Int]) {
    let error = #expect(throws: TensorError.self) { try catching { LSTM(2, 3)(Tensor.zeros(shape)).output } }
    #expect(error?.description.contains(message) ?? false)
  }

  @Test func refusesStatesAndOptions() {
    #expect(throws: TensorError.self) {
      try catching { LSTM(2, 3)(Tensor.zeros(4, 1, 2), (Tensor.zeros(1, 1, 3), Tensor.zeros(1, 1, 2))).output }
    }
    #expect(throws: TensorError.self) { try catching { LSTM(2, 3, projSize: 3) } }
    #expect(throws: TensorError.self) { try catching { LSTM(2, 0) } }
  }
}
