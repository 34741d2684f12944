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
        return step(model, SGD(model.parameters(), lr: 0.01), (x, y)) { x, y in (1 - y * model(x).squeezed(1)).relu().mean() }
      },
      Workload(name: "mnist_mlp_b128_sgd") {
        let model = mlp(), (x, y) = digits(128, 784)
        return step(model, SGD(model.parameters(), lr: 0.01, momentum: 0.9), (x, y)) { x, y in crossEntropy(model(x), y) }
      },
      Workload(name: "mnist_mlp_b128_adam") {
        let model = mlp(), (x, y) = digits(128, 784)
        return step(model, Adam(model.parameters()), (x, y)) { x, y in crossEntropy(model(x), y) }
      },
      Workload(name: "mnist_cnn_b64_adam") {
        let model = Sequential {
          Conv2d(1, 32, kernel: 3, padding: 1)
          ReLU()
          MaxPool2d(2)
          Conv2d(32, 64, kernel: 3, padding: 1)
          ReLU()
          MaxPool2d(2)
          Flatten()
          ChainRuleNN.Linear(64 * 49, 128)
          ReLU()
          ChainRuleNN.Linear(128, 10)
        }
        let (x, y) = digits(64, 1, 28, 28)
        return step(model, Adam(model.parameters()), (x, y)) { x, y in crossEntropy(model(x), y) }
      },
      Workload(name: "resnet18_cifar_b8_sgd") {
        let model = ResNet.resNet18(classes: 10, stem: .cifar), (x, y) = digits(8, 3, 32, 32)
        return step(model, SGD(model.parameters(), lr: 0.01, momentum: 0.9), (x, y)) { x, y in crossEntropy(model(x), y) }
      },
      Workload(name: "gpt_4x128_b12_t64_adamw") { gpt(GPT(vocabulary: 65, context: 64, layers: 4, heads: 4, width: 128), batch: 12) },
      Workload(name: "gpt_6x384_b4_t256_adamw") { gpt(GPT(vocabulary: 65, context: 256, layers: 6, heads: 6, width: 384), batch: 4) },
      Workload(name: "lstm_256_b32_t64") {
        let lstm = LSTM(64, 256, batchFirst: true), x = Tensor.randn(32, 64, 64)
        return Work(data: (x, x)) { x, _ in
          lstm.zeroGrad()
          lstm(x).output.sum().backward()
          return nil
        }
      },
      Workload(name: "gru_256_b32_t64") {
        let gru = GRU(64, 256, batchFirst: true), x = Tensor.randn(32, 64, 64)
        return Work(data: (x, x)) { x, _ in
          gru.zeroGrad()
          gru(x).output.sum().backward()
          return nil
        }
      },
      Workload(name: "transformer_encoder_256_b16_t128") {
        let layer = TransformerEncoderLayer(256, heads: 8, batchFirst: true), x = Tensor.randn(16, 128, 256)
        let later = Transformer.squareSubsequentMask(128) .< 0
        // Example i has 128 - 4 i positions.
        let padding = Tensor.arange(128).unsqueezed(0) .>= (128 - Tensor.arange(16) * 4).unsqueezed(1)
        return Work(data: (x, later)) { x, later in
          layer.zeroGrad()
          layer(x, mask: later, keyPaddingMask: padding).sum().backward()
          return nil
        }
      },
      Workload(name: "adam_25M") {
        let parameters = (0..<25).map { _ in Tensor.randn(1000, 1000).asParameter() }, optimizer = Adam(parameters)
        for parameter in parameters { parameter.grad = Tensor.randn(1000, 1000) }
        return Work { _, _ in
          optimizer.step()
          return nil
        }
      },
    ]
  }

  private static func gpt(_ model: GPT, batch: Int) -> Work {
    let x = Tensor.randint(0, 65, [batch, model.context]), y = Tensor.randint(0, 65, [batch, model.context])
    return step(model, AdamW(model.parameters()), (x, y)) { x, y in crossEntropy(model(x).reshaped(-1, 65), y.flattened()) }
  }

  static func step(
    _ model: any Module, _ optimizer: Optimizer, _ data: (x: Tensor, y: Tensor), _ loss: @escaping (Tensor, Tensor) -> Tensor
  ) -> Work {
    Work(data: data) { x, y in
      optimizer.zeroGrad()
      loss(x, y).backward()
      optimizer.step()
      return nil
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
