import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
import Figures

/// A convolutional network reads 10,000 handwritten digits in five epochs.
@main
struct Digits {
  static func main() throws {
    let folder = Figures.data("mnist")
    var figures = Figures("digits")
    manualSeed(0)
    let train = try MNIST(directory: folder, split: .train), test = try MNIST(directory: folder, split: .test)
    let learned = Figures.isSmall ? 640 : train.count, tested = Figures.isSmall ? 500 : test.count

    let model = Sequential {
      Conv2d(1, 32, kernel: 3, padding: 1)
      ReLU()
      MaxPool2d(2)
      Conv2d(32, 64, kernel: 3, padding: 1)
      ReLU()
      MaxPool2d(2)
      Flatten()
      Linear(64 * 49, 128)
      ReLU()
      Dropout(0.5)
      Linear(128, 10)
    }
    let optimizer = Adam(model.parameters())
    let loader = DataLoader(Subset(train, indices: Array(0..<learned)), batchSize: 64, shuffle: true)
    var losses: [Double] = []
    for epoch in 1...(Figures.isSmall ? 1 : 5) {
      for (x, y) in loader {
        let loss = crossEntropy(model(x), y)
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
      }
      print("epoch \(epoch)  mean loss \(losses.suffix(loader.count).reduce(0, +) / Double(loader.count))")
    }

    model.eval()
    var hits = 0.0
    for (x, y) in DataLoader(Subset(test, indices: Array(0..<tested)), batchSize: 500) {
      hits += noGrad { (model(x).argmax(dim: 1) .== y).sum().item() }
    }
    figures.report("first loss", losses[0], within: 1e-5)
    figures.report("test accuracy", hits / Double(tested), within: Figures.isSmall ? 0.02 : 0.006)
    figures.finish()
  }
}
