import ChainRule
import ChainRuleNN
import ChainRuleOptim
import Foundation
import Testing

struct SwiftNamesTests {
  @Test func aLearningRateIsReadAndSetForAllGroups() {
    let a = Linear(2, 2), b = Linear(2, 2)
    let optimizer = SGD(groups: [ParameterGroup(a.parameters(), ["lr": 0.5]), ParameterGroup(b.parameters())], lr: 0.1)
    #expect(optimizer.lr == 0.5 && optimizer.groups.map(\.lr) == [0.5, 0.1])
    optimizer.lr = 0.25
    #expect(optimizer.groups.map(\.lr) == [0.25, 0.25])
  }

  @Test func classesMayBeAnArray() {
    let logits = Tensor([[1.0, 2, 0.5], [0.1, 0.2, 0.3]])
    #expect(crossEntropy(logits, [1, 2]).equal(crossEntropy(logits, Tensor([1, 2]))))
  }

  @Test func aStateGoesThroughAnyEncoder() throws {
    func model() -> Linear { Linear(3, 2, generator: Generator(seed: 1)) }
    func step(_ model: Linear, _ optimizer: Adam) {
      optimizer.zeroGrad()
      model(Tensor([[0.5, -1, 2]])).square().sum().backward()
      optimizer.step()
    }
    let a = model(), first = Adam(a.parameters(), lr: 0.1)
    for _ in 0..<3 { step(a, first) }
    let state = try JSONDecoder().decode(OptimizerState.self, from: JSONEncoder().encode(first.stateDict()))
    #expect(state.tensors.names == first.stateDict().tensors.names && state.options == first.stateDict().options)
    let b = model(), second = Adam(b.parameters(), lr: 1)
    try b.load(JSONDecoder().decode(NamedTensors.self, from: JSONEncoder().encode(a.stateDict())))
    try second.load(state)
    for _ in 0..<3 {
      step(a, first)
      step(b, second)
    }
    for (one, other) in zip(a.parameters(), b.parameters()) { #expect(one.equal(other)) }
    let twice =
      #"[{"name":"a","tensor":{"dtype":"bool","shape":[],"values":[true]}},{"name":"a","tensor":{"dtype":"bool","shape":[],"values":[true]}}]"#
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(NamedTensors.self, from: Data(twice.utf8)) }
  }
}
