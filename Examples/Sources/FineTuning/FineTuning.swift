import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
import Figures
import Foundation

/// ResNet-18 learns digits and is kept in a file. Then its weights are read again, its body is frozen, and a new head learns something else on
/// it: odd and even.
@main
struct FineTuning {
  static func main() throws {
    let folder = Figures.data("mnist")
    var figures = Figures("fine_tuning")
    manualSeed(0)
    let (learned, tested, batch, tuned) = Figures.isSmall ? (64, 32, 16, 32) : (10_000, 2000, 64, 1000)
    let digits = try MNIST(directory: folder, split: .train), others = try MNIST(directory: folder, split: .test)
    let train = Subset(digits, indices: Array(0..<learned)), test = Subset(others, indices: Array(0..<tested))

    let model = ResNet.resNet18(classes: 10, channels: 1, stem: .cifar)
    let (first, last) = learn(model, Adam(model.parameters(), lr: 1e-3), DataLoader(train, batchSize: batch, shuffle: true)) { $0 }
    figures.report("first loss", first, within: 1e-5)
    figures.report("last loss", last, within: Figures.isSmall ? 0.02 : 0.2)
    figures.report("accuracy of ten digits", accuracy(model, test) { $0 }, within: 0.01)

    let file = FileManager.default.temporaryDirectory.appending(path: "resnet18-\(UUID().uuidString).safetensors").path
    try model.save(to: file)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let tunedModel = ResNet.resNet18(classes: 10, channels: 1, stem: .cifar, generator: Generator(seed: 1))
    try tunedModel.load(file)
    tunedModel.requiresGrad(false)
    tunedModel.fc = Linear(512, 2)
    tunedModel.eval()
    let some = DataLoader(Subset(digits, indices: Array(0..<tuned)), batchSize: batch, shuffle: true)
    let (_, end) = learn(tunedModel, Adam(tunedModel.fc.parameters(), lr: 1e-2), some) { $0.remainder(2) }
    figures.report("last loss of the new head", end, within: Figures.isSmall ? 0.01 : 0.2)
    figures.report("accuracy of odd and even", accuracy(tunedModel, test) { $0.remainder(2) }, within: 0.02)
    figures.finish()
  }

  /// An image of 28x28 with a border, 32x32.
  static func bordered(_ images: Tensor) -> Tensor { images.padded([2, 2, 2, 2]) }

  /// One pass over the images: the first loss and the last.
  static func learn(
    _ model: ResNet, _ optimizer: Adam, _ loader: DataLoader<Subset<MNIST>>, _ target: (Tensor) -> Tensor
  ) -> (first: Double, last: Double) {
    var losses: [Double] = []
    for (x, y) in loader {
      let loss = crossEntropy(model(bordered(x)), target(y))
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
      losses.append(loss.item())
      if losses.count % 10 == 0 { print("step \(losses.count) of \(loader.count)  loss \(loss.item())") }
    }
    return (losses[0], losses[losses.count - 1])
  }

  /// The part of the images whose class is guessed.
  static func accuracy(_ model: ResNet, _ test: Subset<MNIST>, _ target: (Tensor) -> Tensor) -> Double {
    model.eval()
    let hits = noGrad {
      DataLoader(test, batchSize: 100).reduce(0.0) {
        $0 + (model(bordered($1.0)).argmax(dim: 1) .== target($1.1)).sum().item()
      }
    }
    return hits / Double(test.count)
  }
}
