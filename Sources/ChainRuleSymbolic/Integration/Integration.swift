extension Formula {
  /// A rule of integration, with what it chose.
  public struct IntegrationRule: Sendable, Hashable {
    /// The rules of a calculus course.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
      /// The integral of c is c x.
      case constant
      /// Term by term.
      case sum
      /// A constant factor stays in front.
      case factor
      /// Read off the table of derivatives, with something linear or quadratic inside.
      case table
      /// A quotient of polynomials as a sum of simple fractions.
      case partialFractions
      /// A product of sines and cosines as a sum.
      case trigonometricProduct
      /// t for a part g of the integrand, dt = g' dx.
      case substitution
      /// u v less the integral of v du.
      case parts
      /// Multiplied out, then term by term.
      case expansion
    }

    /// Which rule.
    public let kind: Kind
    /// Of parts u; of a substitution the new variable; else nil.
    public let u: Formula?
    /// Of parts v; of a substitution what the new variable stands for; else nil.
    public let v: Formula?
  }

  /// One integral that a rule found.
  public struct IntegrationStep: Sendable, Hashable {
    /// How many rules lead to it: 0 for the first.
    public let level: Int
    /// What is integrated.
    public let integrand: Formula
    /// The variable of the integral, another one after a substitution.
    public let variable: String
    /// The rule.
    public let rule: IntegrationRule
    /// What it gives.
    public let antiderivative: Formula
  }

  /// An antiderivative, and how it was found.
  public struct Integration: Sendable, Hashable {
    /// The antiderivative, without a constant.
    public let antiderivative: Formula
    /// Its derivative, which was compared with the integrand.
    public let derivative: Formula
    /// At how many points both have a value; they agree at each.
    public let checkedPoints: Int
    /// The integrals on the way, each before those it was reduced to.
    public let steps: [IntegrationStep]
  }
}

extension Integrator {
  /// Longer stories are cut: nobody reads them.
  private static let stepLimit = 100

  /// The steps that lead to the answer for an integrand that has one.
  func describe(_ f: Node, level: Int, into steps: inout [Formula.IntegrationStep]) {
    guard let reason = reasons[f.id], steps.count < Self.stepLimit else { return }
    steps.append(
      .init(level: level, integrand: Formula(f), variable: name, rule: reason.rule, antiderivative: Formula(reason.answer)))
    if let (node, search) = reason.inner { search.describe(node, level: level + 1, into: &steps) }
    for part in reason.parts { describe(part, level: level + 1, into: &steps) }
  }
}
