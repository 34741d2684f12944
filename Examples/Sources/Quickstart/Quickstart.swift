import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
import Figures

/// A small network learns two moons: data, a model, an optimizer, and the four lines of every training loop.
@main
struct Quickstart {
  static func main() {
    manualSeed(0)
    let count = 1000
    let angle = Tensor.rand(count) * Double.pi
    let side = Tensor.randint(0, 2, [count])
    let x0 = Tensor.where(side .== 0, angle.cos(), 1 - angle.cos())
    let x1 = Tensor.where(side .== 0, angle.sin(), 0.5 - angle.sin())
    let points = stack([x0, x1], dim: 1) + 0.2 * Tensor.randn(count, 2)

    let model = Sequential {
      Linear(2, 32)
      ReLU()
      Linear(32, 32)
      ReLU()
      Linear(32, 2)
    }
    print(model)
    let optimizer = Adam(model.parameters(), lr: 0.01)
    let loader = DataLoader(TensorDataset(points[..<800], side[..<800]), batchSize: 32, shuffle: true)
    var losses: [Double] = []
    for epoch in 1...(Figures.isSmall ? 5 : 40) {
      for (x, y) in loader {
        let loss = crossEntropy(model(x), y)
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
      }
      print("epoch \(epoch)  loss \(losses.last!)")
    }

    let logits = noGrad { model(points[800...]) }
    var figures = Figures("quickstart")
    figures.report("first loss", losses[0], within: 1e-5)
    figures.report("test loss", crossEntropy(logits, side[800...]).item(), within: 0.01)
    figures.report("test accuracy", (logits.argmax(dim: 1) .== side[800...]).to(.float32).mean().item(), within: 0.01)
    figures.finish()
  }
}
