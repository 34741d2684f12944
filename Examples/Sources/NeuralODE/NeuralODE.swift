import ChainRule
import ChainRuleNN
import ChainRuleOptim
import Figures

/// A neural ODE (Chen et al. 2018): a network is the right-hand side of y' = f(y), and learns a spiral through the steps of the solver.
@main
struct NeuralODE {
  /// Runge and Kutta's method of fourth order, a step from each time to the next: the states, [times, batch, 2].
  static func solve(_ field: (Tensor) -> Tensor, _ start: Tensor, _ times: [Double]) -> Tensor {
    var y = start, states = [y]
    for (time, next) in zip(times, times.dropFirst()) {
      let h = next - time
      let k1 = field(y)
      let k2 = field(y + h / 2 * k1)
      let k3 = field(y + h / 2 * k2)
      let k4 = field(y + h * k3)
      y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
      states.append(y)
    }
    return stack(states)
  }

  static func main() {
    var figures = Figures("neural_ode")
    manualSeed(0)
    withDefaultDType(.float64) { learn(&figures) }
    figures.finish()
  }

  static func learn(_ figures: inout Figures) {
    let matrix = Tensor([[-0.1, 2.0], [-2.0, -0.1]]), start = Tensor([[2.0, 0.0]])
    let model = Sequential {
      Linear(2, 50)
      Tanh()
      Linear(50, 2)
    }
    let points = 1000, batch = 20, length = 10
    let times = Tensor.linspace(0, 25, points).array(of: Double.self)
    let truth = noGrad { solve({ $0.pow(3).matmul(matrix) }, start, times) }
    let optimizer = RMSprop(model.parameters(), lr: 1e-3)
    let steps = Figures.isSmall ? 30 : 2000
    for step in 0..<steps {
      let begins = Tensor.randperm(points - length)[..<batch]
      let target = stack((0..<length).map { truth[begins + $0] })
      let path = solve({ model($0.pow(3)) }, truth[begins], Array(times[..<length]))
      let loss = (path - target).abs().mean()
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
      if step == 0 { figures.report("first loss", loss.item(), within: 1e-9, isRelative: true) }
      if (step + 1) % (steps / 10) == 0 { print("step \(step + 1)  loss \(loss.item())") }
    }
    let error = noGrad { (solve({ model($0.pow(3)) }, start, times) - truth).abs().mean().item() }
    figures.report("error of the path", error, within: Figures.isSmall ? 1e-6 : 0.05)
  }
}
