import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
import Figures

/// Two networks play against each other: one draws digits, one tells them from real ones (Radford et al. 2016). `--out FILE.png` keeps 64 drawn
/// digits.
@main
struct DCGAN {
  static func main() throws {
    let folder = Figures.data("mnist")
    var figures = Figures("dcgan")
    manualSeed(0)
    let digits = try MNIST(directory: folder, split: .train), (count, batch) = Figures.isSmall ? (320, 32) : (9984, 64)
    let generator = Sequential {
      ConvTranspose2d(64, 64, kernel: 7, bias: false)
      BatchNorm2d(64)
      ReLU()
      ConvTranspose2d(64, 32, kernel: 4, stride: 2, padding: 1, bias: false)
      BatchNorm2d(32)
      ReLU()
      ConvTranspose2d(32, 1, kernel: 4, stride: 2, padding: 1, bias: false)
      Tanh()
    }
    let discriminator = Sequential {
      Conv2d(1, 32, kernel: 4, stride: 2, padding: 1, bias: false)
      LeakyReLU(0.2)
      Conv2d(32, 64, kernel: 4, stride: 2, padding: 1, bias: false)
      BatchNorm2d(64)
      LeakyReLU(0.2)
      Conv2d(64, 1, kernel: 7, bias: false)
      Flatten()
    }
    for (_, module) in generator.namedModules() + discriminator.namedModules() {
      switch module {
      case let module as Conv2d: Initialize.normal(module.weight, std: 0.02)
      case let module as ConvTranspose2d: Initialize.normal(module.weight, std: 0.02)
      case let module as BatchNorm2d: Initialize.normal(module.weight!, mean: 1, std: 0.02)
      default: break
      }
    }
    let ofGenerator = Adam(generator.parameters(), lr: 2e-4, betas: (0.5, 0.999))
    let ofDiscriminator = Adam(discriminator.parameters(), lr: 2e-4, betas: (0.5, 0.999))
    let real = Tensor.ones(batch, 1), drawn = Tensor.zeros(batch, 1)
    var losses: [(d: Double, g: Double)] = []
    for epoch in 1...(Figures.isSmall ? 1 : 3) {
      for (x, _) in DataLoader(Subset(digits, indices: Array(0..<count)), batchSize: batch, shuffle: true) {
        let fake = generator(Tensor.randn(batch, 64, 1, 1))
        let lossD =
          binaryCrossEntropyWithLogits(discriminator(x * 2 - 1), real) + binaryCrossEntropyWithLogits(discriminator(fake.detach()), drawn)
        ofDiscriminator.zeroGrad()
        lossD.backward()
        ofDiscriminator.step()
        let lossG = binaryCrossEntropyWithLogits(discriminator(fake), real)
        ofGenerator.zeroGrad()
        lossG.backward()
        ofGenerator.step()
        losses.append((lossD.item(), lossG.item()))
      }
      print("epoch \(epoch)  losses \(losses.last!)")
    }
    // A game of two networks multiplies roundings: at size the figures are alike, and not equal.
    let last = losses.suffix((losses.count + 2) / 3), margin = Figures.isSmall ? 1e-3 : 0.5
    figures.report("first loss of the discriminator", losses[0].d, within: 1e-5)
    figures.report("first loss of the generator", losses[0].g, within: 1e-5)
    let d = last.map(\.d).reduce(0, +), g = last.map(\.g).reduce(0, +), steps = Double(last.count)
    figures.report("mean loss of the discriminator at the end", d / steps, within: margin, isRelative: true)
    figures.report("mean loss of the generator at the end", g / steps, within: margin, isRelative: true)
    if let option = CommandLine.arguments.firstIndex(of: "--out") {
      let images = noGrad { generator(Tensor.randn(64, 64, 1, 1)) } / 2 + 0.5
      let sheet = images.reshaped(8, 8, 28, 28).permuted(0, 2, 1, 3).reshaped(1, 224, 224)
      try writePNG(sheet, to: CommandLine.arguments[option + 1])
    }
    figures.finish()
  }
}
