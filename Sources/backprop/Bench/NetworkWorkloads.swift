import ChainRule
import ChainRuleNN
import ChainRuleOptim

extension Workload {
  /// Training steps of whole networks.
  static var networks: [Workload] {
    [
      Workload(name: "moons_mlp_step") {
        let model = Sequential {
          ChainRuleNN.Linear(2, 16)
          ReLU()
          ChainRuleNN.Linear(16, 16)
          ReLU()
          ChainRuleNN.Linear(16, 1)
        }
        let x = Tensor.randn(100, 2), y = Tensor.randn(100).sign()
        return step(model, SGD(model.parameters(), lr: 0.01)) { (1 - y * model(x).squeezed(1)).relu().mean() }
      },
      Workload(name: "mnist_mlp_b128_sgd") {
        let model = mlp(), (x, y) = digits(128, 784)
        return step(model, SGD(model.parameters(), lr: 0.01, momentum: 0.9)) { crossEntropy(model(x), y) }
      },
      Workload(name: "mnist_mlp_b128_adam") {
        let model = mlp(), (x, y) = digits(128, 784)
        return step(model, Adam(model.parameters())) { crossEntropy(model(x), y) }
      },
    ]
  }

  static func step(_ model: any Module, _ optimizer: Optimizer, _ loss: @escaping () -> Tensor) -> () -> Void {
    {
      optimizer.zeroGrad()
      loss().backward()
      optimizer.step()
    }
  }

  static func digits(_ shape: Int...) -> (Tensor, Tensor) { (Tensor.randn(shape), Tensor.randint(0, 10, [shape[0]])) }

  private static func mlp() -> Sequential {
    Sequential {
      ChainRuleNN.Linear(784, 512)
      ReLU()
      ChainRuleNN.Linear(512, 512)
      ReLU()
      ChainRuleNN.Linear(512, 10)
    }
  }
}
