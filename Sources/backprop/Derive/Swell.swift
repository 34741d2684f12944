import ArgumentParser
import ChainRuleExplain
import ChainRuleSymbolic

/// Shows how symbolic derivatives grow, and recorded graphs do not.
struct Swell: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken(
      "Measure the expression swell: symbolic derivatives against recorded graphs.",
      "식의 팽창을 잽니다. 기호 미분의 식과 기록된 그래프를 견줍니다."),
    discussion: spoken(
      """
      Operations are counted as SymPy's count_ops does: of f, of its derivatives written out, and of these after common subexpressions \
      are computed once. Beside them the operations that automatic differentiation records and computes.
      """,
      """
      연산은 SymPy의 count_ops처럼 셉니다. f, 풀어 쓴 도함수, 공통 부분식을 한 번만 계산한 도함수의 연산 수를, 자동 미분이 기록하고 계산하는 \
      연산 수와 나란히 보여 줍니다.
      """))

  @Option(parsing: .unconditional, help: ArgumentHelp("Factors of the product x1 x2 ... xn, up to 200.", "곱 x1 x2 ... xn의 인수의 수, 200까지."))
  var factors = 8

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Iterations of the logistic map l -> 4 l (1 - l), up to 24.", "로지스틱 사상 l -> 4 l (1 - l)의 반복 횟수, 24까지."))
  var iterations = 8

  @OptionGroup var speech: LanguageOptions

  func run() throws {
    guard (1...200).contains(factors) else {
      throw OptionError("--factors \(factors): from 1 to 200", "--factors \(factors): 1부터 200까지 쓸 수 있습니다")
    }
    guard (1...24).contains(iterations) else {
      throw OptionError("--iterations \(iterations): from 1 to 24", "--iterations \(iterations): 1부터 24까지 쓸 수 있습니다")
    }
    let says = { (english: String, korean: String) in Phrase(english, korean)(speech.language) }
    print(says("The gradient of the product x1 x2 ... xn:\n", "곱 x1 x2 ... xn의 기울기:\n"))
    show("n", rows(factors)) { (.product(factors: $0), RecordedSize.product(factors: $0)) }
    print(says("\nThe derivative of n iterations of l -> 4 l (1 - l), starting at x:\n", "\nx에서 시작해 l -> 4 l (1 - l)을 n번 반복한 것의 도함수:\n"))
    show("n", rows(iterations)) { (.logisticMap(iterations: $0), RecordedSize.logisticMap(iterations: $0)) }
    print(
      says(
        """

        f, symbolic and shared count scalar operations, as SymPy's count_ops does. For 8 iterations SymPy has 638 and 13,824 too;
        its cse leaves 157 where shared has 143, as it names products with their numbers (16 t, 64 t u): named without, one name
        serves in more places. Recorded and backward count the operations that automatic differentiation computes: the graph
        grows as f is computed, and the way back is a small multiple of it.
        """,
        """

        f, 기호 미분, 공유는 SymPy의 count_ops처럼 센 스칼라 연산의 수입니다. 8번 반복하면 SymPy에서도 638과 13,824입니다. SymPy의
        cse는 157개를 남기고 여기서는 143개가 남습니다. SymPy는 곱을 계수까지 묶어(16 t, 64 t u) 이름을 붙이는데, 계수를 떼고 이름을
        붙이면 더 여러 곳에서 같은 이름을 쓸 수 있기 때문입니다. 기록과 역전파는 자동 미분이 계산하는 연산의 수입니다. 그래프는 f를
        계산하는 만큼만 커지고, 되돌아오는 길은 그 몇 배에 그칩니다.
        """))
  }

  /// All sizes up to eight, of more the doublings and the last.
  private func rows(_ count: Int) -> [Int] {
    count <= 8 ? Array(1...count) : Array(Set([1, 2, 4, 8, 16, 32, 64, 128].filter { $0 < count } + [count])).sorted()
  }

  private func show(_ name: String, _ sizes: [Int], _ measure: (Int) -> (ExpressionSwell, RecordedSize)) {
    let says = { (english: String, korean: String) in Phrase(english, korean)(speech.language) }
    var table = TextTable([
      .init(name, .right), .init("f", .right), .init(says("symbolic", "기호 미분"), .right), .init(says("shared", "공유"), .right),
      .init(says("recorded", "기록"), .right), .init(says("backward", "역전파"), .right),
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
