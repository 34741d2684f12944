import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
import Figures

/// Images to a normal distribution in 20 dimensions, and a draw from it back to an image.
final class Autoencoder: Module {
  let fc1 = Linear(784, 400)
  let fc21 = Linear(400, 20)
  let fc22 = Linear(400, 20)
  let fc3 = Linear(20, 400)
  let fc4 = Linear(400, 784)

  /// How badly images are drawn again, and how far the distributions are from the standard one: the sum over the batch.
  func loss(_ images: Tensor) -> Tensor {
    let x = images.reshaped(-1, 784)
    let h = fc1(x).relu()
    let mean = fc21(h), logVariance = fc22(h)
    let z = mean + mean.randnLike() * (0.5 * logVariance).exp()
    let y = fc4(fc3(z).relu()).sigmoid()
    let divergence = -0.5 * (1 + logVariance - mean.pow(2) - logVariance.exp()).sum()
    return binaryCrossEntropy(y, x, reduction: .sum) + divergence
  }
}

/// A variational autoencoder of digits (Kingma and Welling 2014).
@main
struct VAE {
  static func main() throws {
    let folder = Figures.data("mnist")
    var figures = Figures("vae")
    manualSeed(0)
    let train = try MNIST(directory: folder, split: .train), test = try MNIST(directory: folder, split: .test)
    let learned = Figures.isSmall ? 1280 : train.count, tested = Figures.isSmall ? 512 : test.count
    let model = Autoencoder()
    let optimizer = Adam(model.parameters(), lr: 1e-3)
    var first: Double?
    for epoch in 1...(Figures.isSmall ? 1 : 5) {
      var total = 0.0
      for (x, _) in DataLoader(Subset(train, indices: Array(0..<learned)), batchSize: 128, shuffle: true) {
        let loss = model.loss(x)
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        if first == nil { first = loss.item() / Double(x.shape[0]) }
      }
      print("epoch \(epoch)  loss \(total / Double(learned))")
    }
    let total = noGrad {
      DataLoader(Subset(test, indices: Array(0..<tested)), batchSize: 128).reduce(0.0) { $0 + model.loss($1.0).item() }
    }
    figures.report("first loss", first!, within: 1e-5, isRelative: true)
    figures.report("test loss", total / Double(tested), within: Figures.isSmall ? 1e-4 : 0.01, isRelative: true)
    figures.finish()
  }
}
