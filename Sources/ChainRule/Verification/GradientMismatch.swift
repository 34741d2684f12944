/// A gradient that differs from finite differences: both Jacobians, the element that is furthest off, and the likely cause.
public struct GradientMismatch: ChainRuleError {
  /// How the derivative was computed.
  public enum Mode: Sendable { case reverse, forward, untracked }

  /// What most likely went wrong, read off the pattern of the two Jacobians.
  public enum Cause: Sendable, Equatable {
    /// Zero everywhere: the gradient is cut off between output and input.
    case cutOff
    /// The gradient times -1.
    case sign
    /// The gradient lacks this constant factor.
    case factor(Double)
    /// The gradient's last two dimensions are exchanged.
    case transposed
    /// The Jacobian was applied where its transpose belongs.
    case jacobianNotTransposed
    /// The gradient was summed over this dimension of the input, or over all (-1), and repeated along it.
    case summedOver(dim: Int)
    /// Each output passes back the right sum, to the wrong elements.
    case wrongDimension
    /// Right where it is not zero: contributions are missing.
    case incomplete
    /// NaN or infinite where the function is not.
    case notFinite
    /// The function is not smooth here: its slopes to the left and to the right.
    case kink(left: Double, right: Double)
    /// The function gives different values at the same point.
    case nonDeterministic
    /// Two backward passes over one graph differ by more than the tolerance.
    case notReentrant(tolerance: Double)
    /// A gradient of zeros does not give zeros.
    case ignoresArrivingGradient
    /// None of these.
    case other

    /// Whether the function, not one of its derivatives, is the reason.
    var isOfTheFunction: Bool {
      switch self {
      case .kink, .nonDeterministic: true
      default: false
      }
    }
  }

  /// The first operation of a composition whose derivative is wrong.
  public struct Operation: Sendable {
    /// PyTorch's name of its node: `MulBackward0`.
    public let nodeName: String
    /// Its number among the recorded operations, in the order they ran, from 1.
    public let number: Int
    /// Which of its inputs.
    public let input: Int
    /// That input's shape.
    public let shape: [Int]
    /// What is wrong with its derivative.
    public let cause: Cause
  }

  /// How the derivative was computed.
  public let mode: Mode
  /// Which output.
  public let output: Int
  /// Which input.
  public let input: Int
  /// The name given to the input with `named(_:)`.
  public let inputName: String?
  let jacobians: JacobianPair
  let row: Int
  let column: Int
  /// What most likely went wrong.
  public let cause: Cause
  /// The first recorded operation whose derivative is wrong; nil where every one of them is right.
  public let operation: Operation?

  /// The Jacobian by differences: a row for each element of the output, a column for each of the input.
  public var numerical: Tensor { Tensor(jacobians.numeric, shape: [jacobians.rows, jacobians.columns], dtype: .float64) }
  /// The Jacobian that was computed, in the same order.
  public var analytical: Tensor { Tensor(jacobians.analytic, shape: [jacobians.rows, jacobians.columns], dtype: .float64) }
  /// The index, in the output, of the element that is furthest off.
  public var outputIndex: [Int] { JacobianPair.index(row, jacobians.outputShape) }
  /// The index, in the input, of the element that is furthest off.
  public var inputIndex: [Int] { JacobianPair.index(column, jacobians.inputShape) }
  /// The derivative there by differences.
  public var expected: Double { jacobians.numeric[row * jacobians.columns + column] }
  /// The derivative there as it was computed.
  public var found: Double { jacobians.analytic[row * jacobians.columns + column] }

  /// PyTorch's sentence, both Jacobians, and the verdict.
  public var description: String {
    """
    \(headline)
    numerical:\(numerical)
    analytical:\(analytical)
    (a row for each element of the output, a column for each element of the input)

    verdict: the derivative of output \(output) at \(outputIndex) with respect to input \(input)\(name) at \(inputIndex) is \
    \(Self.text(found)), \(reference) \(Self.text(expected)).
    likely cause: \(cause.text)\(operationText)
    """
  }

  private var headline: String {
    let what = "output \(output) with respect to input \(input),"
    return switch (cause, mode) {
    case (.notReentrant(let tolerance), _):
      "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different values, although "
        + "analytical gradient matches numerical gradient. The tolerance for nondeterminism was \(Self.text(tolerance)), for \(what)"
    case (.ignoresArrivingGradient, _): "backward not multiplied by grad_output for \(what)"
    case (_, .reverse): "Jacobian mismatch for \(what)"
    case (_, .forward): "Jacobian computed with forward mode mismatch for \(what)"
    case (_, .untracked): "Numerical gradient for function expected to be zero for \(what)"
    }
  }

  private var name: String { inputName.map { " (\"\($0)\")" } ?? "" }

  private var reference: String {
    switch cause {
    case .notReentrant: "and the pass before gave"
    case .ignoresArrivingGradient: "for an arriving gradient of zeros it is"
    default: "by central differences it is"
    }
  }

  private var operationText: String {
    guard !cause.isOfTheFunction, mode != .untracked else { return "" }
    switch cause {
    case .notReentrant, .ignoresArrivingGradient: return ""
    default: break
    }
    guard let operation else {
      return "\nfirst wrong operation: none; every recorded operation has the right derivative, so the gradient is lost between them: look "
        + "for detach(), noGrad, item() or array(of:) on the way"
    }
    return
      "\nfirst wrong operation: \(operation.nodeName), number \(operation.number) of those recorded, for its input \(operation.input) of shape \(operation.shape): "
      + operation.cause.text
  }

  /// The number to six digits.
  static func text(_ value: Double) -> String {
    // The sign of a NaN means nothing.
    if value.isNaN { return "nan" }
    guard value.isFinite, let rounded = Double(formatted(value, style: "e", precision: 5)) else { return "\(value)" }
    return abs(rounded) < 1e15 && rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }
}

extension GradientMismatch.Cause {
  /// The cause in a sentence, and where to look.
  var text: String {
    switch self {
    case .cutOff:
      "the gradient is zero everywhere: it is cut off, by detach(), noGrad, a number read out with item(), or a rule that gives nil"
    case .sign: "the sign: every element is the negative of what it should be"
    case .factor(let factor):
      "a missing constant factor: multiplied by \(Self.fraction(factor)) every element is right"
    case .transposed: "the gradient is transposed: with its last two dimensions exchanged it is right"
    case .jacobianNotTransposed: "the rule applies the Jacobian where its transpose belongs: J'v, not J v"
    case .summedOver(-1): "the gradient is summed over the whole input and repeated: a sum too many"
    case .summedOver(let dim): "the gradient is summed over dimension \(dim) of the input and repeated along it: a sum too many"
    case .wrongDimension:
      "summed over the wrong dimension: each output element passes back the right total, but to the wrong elements of the input; sum over "
        + "the dimensions that broadcasting added or enlarged"
    case .incomplete:
      "contributions are missing: what is not zero is right; a broadcast is not undone (sum over it instead of taking one part), or a mask "
        + "or an index leaves elements out"
    case .notFinite: "NaN or infinite: the rule divides by zero or multiplies infinity by zero, perhaps in a branch that where() discards"
    case .kink(let left, let right):
      "the function is not smooth here: its slope is \(GradientMismatch.text(left)) to the left and \(GradientMismatch.text(right)) to the "
        + "right; check at another point"
    case .nonDeterministic: "the function gives different values at the same point: fix its random numbers (dropout, generator:) first"
    case .notReentrant: "the backward pass is not deterministic, or it changes what it reads: a rule with state, or random numbers in it"
    case .ignoresArrivingGradient: "the rule does not multiply by the gradient that arrives"
    case .other: "no simple pattern: neither a constant factor, nor a sign, nor elements in the wrong places"
    }
  }

  /// The number, as a fraction of small integers where it is one to five digits.
  private static func fraction(_ value: Double) -> String {
    for denominator in 1...12 {
      let numerator = value * Double(denominator)
      if abs(numerator) < 1000, abs(numerator - numerator.rounded()) < 1e-5 * abs(numerator) {
        return denominator == 1 ? "\(Int(numerator.rounded()))" : "\(Int(numerator.rounded()))/\(denominator)"
      }
    }
    return GradientMismatch.text(value)
  }
}
