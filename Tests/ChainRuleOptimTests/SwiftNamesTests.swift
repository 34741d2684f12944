import ChainRule
import ChainRuleNN
import ChainRuleOptim
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
}
