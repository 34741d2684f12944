import ChainRuleData
import Testing

struct FormatErrorTests {
  @Test func eachPlaceIsNamed() {
    func text(_ place: FormatError.Place) -> String {
      FormatError(file: "a.csv", place: place, "is wrong").description
    }
    #expect(text(.file) == "a.csv: is wrong")
    #expect(text(.byte(12)) == "a.csv: byte 12: is wrong")
    #expect(text(.line(3)) == "a.csv: line 3: is wrong")
    #expect(text(.column("x")) == "a.csv: column \"x\": is wrong")
    #expect(text(.cell(line: 3, column: "x")) == "a.csv: line 3, column \"x\": is wrong")
    #expect(text(.key("fc1.weight")) == "a.csv: \"fc1.weight\": is wrong")
  }

  @Test func whateverANameHoldsTheMessageIsOneShortLine() {
    let name = "a\n\u{1B}[31m\u{202E}" + String(repeating: "x", count: 1000)
    let text = FormatError(file: "f", place: .key(name), "is wrong").description
    #expect(text.hasPrefix(#"f: "a\u{a}\u{1b}[31m\u{202e}xxx"#))
    #expect(text.hasSuffix(#"...": is wrong"#))
    #expect(text.count < 150)
  }
}
