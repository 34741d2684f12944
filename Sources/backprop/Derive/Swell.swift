import ArgumentParser
import ChainRuleExplain
import ChainRuleSymbolic

/// Shows how symbolic derivatives grow, and recorded graphs do not.
struct Swell: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the expression swell: symbolic derivatives against recorded graphs.",
    discussion: """
      Operations are counted as SymPy's count_ops does: of f, of its derivatives written out, and of these after common subexpressions \
      are computed once. Beside them the operations that automatic differentiation records and computes.
      """)

  @Option(parsing: .unconditional, help: "Factors of the product x1 x2 ... xn, up to 200.")
  var factors = 8

  @Option(parsing: .unconditional, help: "Iterations of the logistic map l -> 4 l (1 - l), up to 24.")
  var iterations = 8

  func run() throws {
    guard (1...200).contains(factors) else { throw OptionError("--factors \(factors): from 1 to 200") }
    guard (1...24).contains(iterations) else { throw OptionError("--iterations \(iterations): from 1 to 24") }
    print("The gradient of the product x1 x2 ... xn:\n")
    show("n", rows(factors)) { (.product(factors: $0), RecordedSize.product(factors: $0)) }
    print("\nThe derivative of n iterations of l -> 4 l (1 - l), starting at x:\n")
    show("n", rows(iterations)) { (.logisticMap(iterations: $0), RecordedSize.logisticMap(iterations: $0)) }
    print(
      """

      f, symbolic and shared count scalar operations, as SymPy's count_ops does. For 8 iterations SymPy has 638 and 13,824 too;
      its cse leaves 157 where shared has 143, as it names products with their numbers (16 t, 64 t u): named without, one name
      serves in more places. Recorded and backward count the operations that automatic differentiation computes: the graph
      grows as f is computed, and the way back is a small multiple of it.
      """)
  }

  /// All sizes up to eight, of more the doublings and the last.
  private func rows(_ count: Int) -> [Int] {
    count <= 8 ? Array(1...count) : Array(Set([1, 2, 4, 8, 16, 32, 64, 128].filter { $0 < count } + [count])).sorted()
  }

  private func show(_ name: String, _ sizes: [Int], _ measure: (Int) -> (ExpressionSwell, RecordedSize)) {
    var table = TextTable([
      .init(name, .right), .init("f", .right), .init("symbolic", .right), .init("shared", .right), .init("recorded", .right),
      .init("backward", .right),
    ])
    for size in sizes {
      let (swell, recorded) = measure(size)
      table.add([
        "\(size)", NumberText.count(swell.formula), NumberText.count(swell.derivative), NumberText.count(swell.shared),
        NumberText.count(recorded.nodes), NumberText.count(recorded.backward),
      ])
    }
    print(table.text(ascii: !Terminal.output.usesUnicode), terminator: "")
  }
}
