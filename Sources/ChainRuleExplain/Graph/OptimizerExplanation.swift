/// The rule of an optimizer, for one parameter that is a number: every step with all that comes between gradient and new value.
///
/// ```swift
/// print(OptimizerRule.adam(lr: 0.1).explanation(parameter: 1, gradients: [0.5, 0.25]))
/// ```
public enum OptimizerRule: Sendable, Equatable {
  /// v = momentum v + g, at first g; p = p - lr v.
  case sgd(lr: Double, momentum: Double = 0)
  /// Kingma and Ba (2015): m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2; p = p - lr mHat / (sqrt(vHat) + eps).
  case adam(lr: Double, beta1: Double = 0.9, beta2: Double = 0.999, eps: Double = 1e-8)

  /// The parameter after a step for each gradient.
  public func values(parameter: Double, gradients: [Double]) -> [Double] { run(parameter, gradients).map(\.value) }

  /// Every step in sentences.
  public func explanation(parameter: Double, gradients: [Double]) -> String {
    run(parameter, gradients).enumerated().map { "step \($0.offset + 1)\n" + $0.element.lines.map { "  \($0)\n" }.joined() }.joined()
  }

  private func run(_ parameter: Double, _ gradients: [Double]) -> [(value: Double, lines: [String])] {
    let text = { (value: Double) in NumberText.significant(value, digits: 6) }
    let factor = { (value: Double) in GradientGraph.factor(text(value)) }
    var (p, m, v) = (parameter, 0.0, 0.0)
    return gradients.enumerated().map { index, g in
      let t = Double(index + 1), before = p
      var lines = ["g = \(text(g))"]
      switch self {
      case .sgd(let lr, let momentum):
        if momentum == 0 {
          p = before - lr * g
          lines.append("p = p - lr * g = \(text(before)) - \(text(lr)) * \(factor(g)) = \(text(p))")
        } else {
          let old = v
          v = index == 0 ? g : momentum * old + g
          lines.append(
            index == 0 ? "v = g = \(text(v))" : "v = momentum * v + g = \(text(momentum)) * \(factor(old)) + \(factor(g)) = \(text(v))")
          p = before - lr * v
          lines.append("p = p - lr * v = \(text(before)) - \(text(lr)) * \(factor(v)) = \(text(p))")
        }
      case .adam(let lr, let beta1, let beta2, let eps):
        let (oldM, oldV) = (m, v), (restM, restV) = (1 - beta1, 1 - beta2)
        m = beta1 * oldM + restM * g
        v = beta2 * oldV + restV * g * g
        lines.append("m = b1 * m + (1 - b1) * g = \(text(beta1)) * \(factor(oldM)) + \(text(restM)) * \(factor(g)) = \(text(m))")
        lines.append("v = b2 * v + (1 - b2) * g^2 = \(text(beta2)) * \(factor(oldV)) + \(text(restV)) * \(factor(g))^2 = \(text(v))")
        var (power1, power2) = (1.0, 1.0)
        for _ in 0...index { (power1, power2) = (power1 * beta1, power2 * beta2) }
        let (meanHat, squareHat) = (m / (1 - power1), v / (1 - power2))
        lines.append("mHat = m / (1 - b1^\(Int(t))) = \(text(m)) / \(text(1 - power1)) = \(text(meanHat))")
        lines.append("vHat = v / (1 - b2^\(Int(t))) = \(text(v)) / \(text(1 - power2)) = \(text(squareHat))")
        let root = squareHat.squareRoot()
        p = before - lr * meanHat / (root + eps)
        // With digits enough to see eps beside a root near 1.
        let below = NumberText.significant(root + eps, digits: 9)
        lines.append("sqrt(vHat) + eps = \(text(root)) + \(text(eps)) = \(below)")
        lines.append(
          "p = p - lr * mHat / (sqrt(vHat) + eps) = \(text(before)) - \(text(lr)) * \(factor(meanHat)) / \(below) = \(text(p))")
      }
      return (p, lines)
    }
  }
}
