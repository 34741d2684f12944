import ChainRuleSymbolic
import Testing

@testable import ChainRuleExplain

/// Sentences in two languages.
struct PhraseTests {
  @Test(arguments: [
    ("y", "y는", "y를"), ("L", "L은", "L을"), ("w1", "w1은", "w1을"), ("x2", "x2는", "x2를"), ("v(3)", "v(3)은", "v(3)을"), ("손실", "손실은", "손실을"),
    ("오차", "오차는", "오차를"), ("", "는", "를"),
  ])
  func particles(_ word: String, _ topic: String, _ object: String) {
    #expect(Particle.topic.after(word) == topic && Particle.object.after(word) == object)
  }

  /// Particles that are written in both forms become the one that fits.
  @Test func particlesAreSettled() {
    #expect(Particle.settled("'lr'은(는) '--data'을(를), 7(으)로 w0이(가)") == "'lr'은 '--data'를, 7로 w0이")
    #expect(Particle.settled("손실(으)로, 값(으)로, x(으)로") == "손실로, 값으로, x로")
  }

  @Test func aPhraseHasBoth() {
    let phrase = Phrase("Forward", "순전파")
    #expect(phrase(.english) == "Forward" && phrase(.korean) == "순전파")
  }

  /// Whatever a numeric derivative remarks is said in Korean too.
  @Test(arguments: [
    ("relu(x)", 0.0, "꺾인 점입니다. 왼쪽 도함수는 0, 오른쪽 도함수는 1입니다"), ("step(x)", 0, "불연속점입니다"), ("1/x^2", 1e-3, nil),
    ("sqrt(abs(x))", 0, "차분의 몫이 한없이 커져"), ("sqrt(x)^3", 0, "오른쪽에서만 정의되어"),
  ])
  func remarks(_ text: String, _ x: Double, _ korean: String?) throws {
    let result = try Formula(text).numericDerivative("x", at: ["x": x])
    if let korean { #expect(result.remarks?.korean.contains(korean) == true, "\(String(describing: result.remarks))") }
    #expect(result.remarks?.english == result.remark)
    if let remarks = result.remarks { #expect(remarks.korean != remarks.english) }
  }

  @Test func treesSayDataInKorean() throws {
    let graph = try Formula("x*y + x*y").gradientGraph(at: ["x": 2, "y": 3], data: ["y"])
    #expect(graph.tree(language: .korean).contains("y = 3    데이터") && graph.tree().contains("y = 3    data"))
    #expect(try graph.html(language: .korean).contains("const asked = \"ko\";") && graph.html().contains("const asked = \"\";"))
  }
}
