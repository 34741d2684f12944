import ChainRule
import ChainRuleNN
import ChainRuleOptim
import Figures

/// A network that obeys an equation (Raissi et al. 2019): u'' + 2 d u' + w^2 u = 0 with u(0) = 1, u'(0) = 0, a damped oscillator. No solution is
/// shown to it: the loss is the equation itself, with derivatives of the network with respect to its input.
@main
struct Physics {
  static func main() {
    var figures = Figures("physics")
    withDefaultDType(.float64) { learn(&figures) }
    figures.finish()
  }

  static func learn(_ figures: inout Figures) {
    manualSeed(0)
    let damping = 1.5, frequency = 6.0
    let model = Sequential {
      Linear(1, 32)
      Tanh()
      Linear(32, 32)
      Tanh()
      Linear(32, 1)
    }
    let steps = Figures.isSmall ? 200 : 6000
    let optimizer = Adam(model.parameters(), lr: Figures.isSmall ? 1e-3 : 3e-3)
    let times = Tensor.linspace(0, 1, 50).unsqueezed(1).asLeaf()
    let start = Tensor.zeros([1, 1], requiresGrad: true)

    func loss() -> Tensor {
      let u0 = model(start)
      let v0 = gradients(of: u0, withRespectTo: [start], createGraph: true)[0]
      let u = model(times)
      let v = gradients(of: u.sum(), withRespectTo: [times], createGraph: true)[0]
      let a = gradients(of: v.sum(), withRespectTo: [times], createGraph: true)[0]
      let residual = a + 2 * damping * v + frequency * frequency * u
      return (u0 - 1).pow(2).sum() + 0.1 * v0.pow(2).sum() + 1e-4 * residual.pow(2).mean()
    }

    var last = 0.0
    for step in 0..<steps {
      let value = loss()
      optimizer.zeroGrad()
      value.backward()
      optimizer.step()
      last = value.item()
      if step == 0 { figures.report("first loss", last, within: 1e-9, isRelative: true) }
      if (step + 1) % (steps / 10) == 0 { print("step \(step + 1)  loss \(last)") }
    }

    let t = times.detach(), w = (frequency * frequency - damping * damping).squareRoot()
    let solution = (-damping * t).exp() * ((w * t).cos() + damping / w * (w * t).sin())
    let error = noGrad { (model(t) - solution).abs().max().item() }
    // Rounding grows with the number of steps: the small run has few enough for the same digits.
    figures.report("last loss", last, within: Figures.isSmall ? 1e-6 : 1, isRelative: true)
    figures.report("largest error", error, within: Figures.isSmall ? 1e-6 : 0.01)
  }
}
