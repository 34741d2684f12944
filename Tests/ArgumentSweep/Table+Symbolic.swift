import ChainRuleSymbolic

/// A formula of two variables.
func formula() throws -> Formula { try Formula("sin(x)*exp(y) + x^3/(1+y^2)") }

extension Table {
  private static let steep: @Sendable (Double) -> Double = { $0 * $0 * $0 }
  private static let bowl: @Sendable ([Double]) -> Double = { $0.reduce(0) { $0 + $1 * $1 } }

  /// They know no tensors: what they refuse ends the process with the sentence.
  static let symbolic: [Call] = [
    call("Formula.derivative(_:order:)", 2, mayTrap: true) { try Formula("x^2").derivative("x", order: $0).description },
    call("Formula.derivative(_:order:)", 2, mayTrap: true) { try formula().derivative("x", order: $0).description.count },
    call("ExpressionSwell.product(factors:)", 3, mayTrap: true) { ExpressionSwell.product(factors: $0) },
    call("ExpressionSwell.logisticMap(iterations:)", 3, mayTrap: true) { ExpressionSwell.logisticMap(iterations: $0) },
    call("Method.defaultStep(at:)", 1.0, mayTrap: true) { NumericDifferentiation.Method.central.defaultStep(at: $0) },
    call("numericDerivative(of:at:order:method:step:)", 1.0, Optional(0.1), mayTrap: true) {
      try numericDerivative(of: steep, at: $0, step: $1)
    },
    call("numericDerivative(of:at:order:method:step:)", 1.0, Optional(0.1), mayTrap: true) {
      try numericDerivative(of: steep, at: $0, method: .central, step: $1)
    },
    call("numericDerivative(of:at:order:method:step:)", 1.0, 2, mayTrap: true) { try numericDerivative(of: steep, at: $0, order: $1) },
    call("numericDerivative(of:at:order:method:step:)", 1.0, mayTrap: true) { value in try numericDerivative(of: { _ in value }, at: 1) },
    call("Formula.numericDerivative(_:at:order:method:step:)", 1.0, Optional(0.1), mayTrap: true) {
      try formula().numericDerivative("x", at: ["x": $0, "y": 1], step: $1)
    },
    call("Formula.numericDerivative(_:at:order:method:step:)", 1.0, Optional(0.1), mayTrap: true) {
      try formula().numericDerivative("x", at: ["x": $0, "y": 1], method: .complexStep, step: $1)
    },
    call("Formula.numericDerivative(_:at:order:method:step:)", 1.0, 2, Optional(0.1), mayTrap: true) {
      try formula().numericDerivative("x", at: ["x": $0, "y": 1], order: $1, step: $2)
    },
    call("Formula.numericGradient(_:at:method:step:)", 1.0, Optional(0.1), mayTrap: true) {
      try formula().numericGradient(["x", "y"], at: ["x": $0, "y": 1], step: $1)
    },
    call("numericGradient(of:at:method:step:)", [1.0, 2.0], Optional(0.1), mayTrap: true) {
      try numericGradient(of: bowl, at: $0, step: $1)
    },
    call("numericJacobian(of:at:method:step:)", [1.0, 2.0], Optional(0.1), mayTrap: true) {
      try numericJacobian(of: { [bowl($0)] }, at: $0, step: $1)
    },
    call("numericHessian(of:at:method:step:)", [1.0, 2.0], Optional(0.01), mayTrap: true) {
      // Of 300 variables there are 45,150 derivatives.
      try numericHessian(of: bowl, at: Array($0.prefix(20)), step: $1)
    },
    call("Formula.evaluate(_:)", 1.0, mayTrap: true) { try formula().evaluate(["x": $0, "y": 2]) },
    call("FormulaSequence.evaluate(_:)", 1.0, mayTrap: true) { try FormulaSequence("u = x + y; u*x").evaluate(["x": $0, "y": 2]) },
    call("Formula.compiled(_:)", [1.0, 2.0], mayTrap: true) { try formula().compiled(["x", "y"])($0) },
    call("StepStudy.init(of:_:at:methods:steps:)", 1.0, [0.1, 0.01], mayTrap: true) {
      try StepStudy(of: formula(), "x", at: ["x": $0, "y": 1], steps: $1)
    },
    call("StepStudy.init(of:at:exact:methods:steps:)", 1.0, 3.0, [0.1, 0.01], mayTrap: true) {
      StepStudy(of: steep, at: $0, exact: $1, steps: $2)
    },
    call("Formula.init(_:)", 2, mayTrap: true) { simplified(Formula($0)) },
    call("Formula.init(_:)", 2.0, mayTrap: true) { simplified(Formula($0)) },
    call("Formula.init(integerLiteral:)", 2, mayTrap: true) { simplified(Formula(integerLiteral: $0)) },
    call("Formula.init(floatLiteral:)", 2.0, mayTrap: true) { simplified(Formula(floatLiteral: $0)) },
    call("Formula.init(_:)", 2, 3, mayTrap: true) { Rational($0, over: $1).map { simplified(Formula($0)) } },
    call("Number.init(_:)", 2, mayTrap: true) { Formula.Number($0) }, call("Rational.init(_:)", 2, mayTrap: true) { Rational($0) },
    call("Rational.init(_:over:)", 2, 3, mayTrap: true) { Rational($0, over: $1)?.description },
    call("Rational.<(_:_:)", 2, 3, mayTrap: true) { a, b in
      guard let p = Rational(a, over: 7), let q = Rational(b, over: 5) else { return false }
      return p < q
    },
  ]

  /// The number in places where the algebra computes with it.
  private static func simplified(_ number: Formula) -> String {
    let x = Formula.variable("x"), sum = number * x + number.pow(2) + x / number + x.pow(number) + number.pow(number) + sin(number)
    return sum.simplified().description + sum.expanded().description + sum.derivative("x", order: 2).description
  }
}
