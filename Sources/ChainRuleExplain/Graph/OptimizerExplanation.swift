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
  public func explanation(parameter: Double, gradients: [Double], language: ExplanationLanguage = .english) -> String {
    run(parameter, gradients).enumerated().map { index, step in
      (language == .korean ? "\(index + 1)단계\n" : "step \(index + 1)\n") + step.lines.map { "  \($0)\n" }.joined()
    }.joined()
  }

  private func run(_ parameter: Double, _ gradients: [Double]) -> [(value: Double, lines: [String])] {
    let text = { (value: Double) in NumberText.significant(value, digits: 6) }
    let factor = { (value: Double) in GradientGraph.factor(text(value)) }
    // `name = symbols = numbers = result`, where rounded numbers are only about equal.
    let equation = { (symbols: String, numbers: String, values: [Double], result: Double) -> String in
      let isExact = values.allSatisfy { TensorSummary.isExact($0, text($0)) }
      let isResultExact = isExact && TensorSummary.isExact(result, text(result))
      return symbols + GradientGraph.equals(isExact) + numbers + GradientGraph.equals(isResultExact) + text(result)
    }
    var (p, m, v) = (parameter, 0.0, 0.0)
    return gradients.enumerated().map { index, g in
      let t = Double(index + 1), before = p
      var lines = ["g\(GradientGraph.equals(TensorSummary.isExact(g, text(g))))\(text(g))"]
      switch self {
      case .sgd(let lr, let momentum):
        if momentum == 0 {
          p = before - lr * g
          lines.append(equation("p = p - lr * g", "\(text(before)) - \(text(lr)) * \(factor(g))", [before, lr, g], p))
        } else {
          let old = v
          v = index == 0 ? g : momentum * old + g
          lines.append(
            index == 0
              ? "v = g\(GradientGraph.equals(TensorSummary.isExact(v, text(v))))\(text(v))"
              : equation("v = momentum * v + g", "\(text(momentum)) * \(factor(old)) + \(factor(g))", [momentum, old, g], v))
          p = before - lr * v
          lines.append(equation("p = p - lr * v", "\(text(before)) - \(text(lr)) * \(factor(v))", [before, lr, v], p))
        }
      case .adam(let lr, let beta1, let beta2, let eps):
        let (oldM, oldV) = (m, v), (restM, restV) = (1 - beta1, 1 - beta2)
        m = beta1 * oldM + restM * g
        v = beta2 * oldV + restV * g * g
        lines.append(
          equation(
            "m = b1 * m + (1 - b1) * g", "\(text(beta1)) * \(factor(oldM)) + \(text(restM)) * \(factor(g))", [beta1, oldM, restM, g], m))
        lines.append(
          equation(
            "v = b2 * v + (1 - b2) * g^2", "\(text(beta2)) * \(factor(oldV)) + \(text(restV)) * \(factor(g))^2", [beta2, oldV, restV, g],
            v))
        var (power1, power2) = (1.0, 1.0)
        for _ in 0...index { (power1, power2) = (power1 * beta1, power2 * beta2) }
        let (meanHat, squareHat) = (m / (1 - power1), v / (1 - power2))
        lines.append(equation("mHat = m / (1 - b1^\(Int(t)))", "\(text(m)) / \(text(1 - power1))", [m, 1 - power1], meanHat))
        lines.append(equation("vHat = v / (1 - b2^\(Int(t)))", "\(text(v)) / \(text(1 - power2))", [v, 1 - power2], squareHat))
        let root = squareHat.squareRoot()
        p = before - lr * meanHat / (root + eps)
        // With digits enough to see eps beside a root near 1.
        let below = NumberText.significant(root + eps, digits: 9)
        let isExact = [root, eps].allSatisfy { TensorSummary.isExact($0, text($0)) }
        lines.append(
          "sqrt(vHat) + eps\(GradientGraph.equals(isExact))\(text(root)) + \(text(eps))"
            + "\(GradientGraph.equals(isExact && TensorSummary.isExact(root + eps, below)))\(below)")
        lines.append(
          equation(
            "p = p - lr * mHat / (sqrt(vHat) + eps)", "\(text(before)) - \(text(lr)) * \(factor(meanHat)) / \(below)",
            [before, lr, meanHat] + (TensorSummary.isExact(root + eps, below) ? [] : [root + eps]), p))
      }
      return (p, lines)
    }
  }
}
