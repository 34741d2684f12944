import ChainRuleExplain
import Foundation
import TestSupport
import Testing

@testable import backprop

/// Which language is spoken, and that its words are those of the glossary.
struct LanguageTests {
  @Test func theLocaleDecides() {
    #expect(ExplanationLanguage.of(["LANG": "ko_KR.UTF-8"]) == .korean)
    #expect(ExplanationLanguage.of(["LC_MESSAGES": "ko", "LANG": "en_US.UTF-8"]) == .korean)
    #expect(ExplanationLanguage.of(["LC_ALL": "C", "LC_MESSAGES": "ko_KR", "LANG": "ko_KR"]) == .english)
    #expect(ExplanationLanguage.of(["LC_ALL": "", "LANG": "ko_KR"]) == .korean)
    #expect(ExplanationLanguage.of([:]) == .english)
  }

  @Test func optionsComeFirst() throws {
    let korean = ["LANG": "ko_KR.UTF-8"]
    for (arguments, locale, word) in [
      (["explain", "x^2", "--at", "x=2"], korean, "순전파"), (["explain", "x^2", "--at", "x=2", "--english"], korean, "Forward"),
      (["explain", "x^2", "--at", "x=2", "--korean"], ["LC_ALL": "C"], "순전파"),
      (["explain", "--optimizer", "adam"], ["LC_MESSAGES": "ko_KR.UTF-8"], "1단계"),
      (["derive", "x^2", "--at", "x=2", "--no-times"], korean, "전진 차분"), (["layers", "--no-training"], korean, "국소 도함수"),
      (["swell", "--factors", "2", "--iterations", "2"], korean, "역전파"), (["tour", "4"], korean, "연쇄 법칙"),
      (["graph", "x*y", "--at", "x=2", "--data", "y=3"], korean, "데이터"), (["integrate", "x*exp(x)"], korean, "부분적분"),
      (["formulas"], korean, "시그모이드"), (["derive", "--help"], korean, "수치 미분"),
      (["graph", "--help", "--english"], korean, "Draw a picture"),
    ] {
      let run = try Command.run(arguments, locale: locale)
      #expect(run.code == 0 && run.output.contains(word), "\(arguments) \(locale): \(run.output)\(run.errors)")
    }
    let both = try Command.run(["tour", "1", "--english", "--korean"])
    #expect(both.code == 2 && both.errors.contains("--english, --korean: one of them"))
    let page = try Command.run(["graph", "x^2", "--at", "x=2", "--html", "-", "--korean"])
    #expect(page.output.contains("const asked = \"ko\";"))
  }

  // MARK: The glossary

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The rows of Documentation/Glossary.md: the term in English, the Korean one, and the words that are not to stand for it.
  private static func glossary() throws -> [(english: String, korean: String, avoided: [String])] {
    let text = try String(contentsOf: root.appendingPathComponent("Documentation/Glossary.md"), encoding: .utf8)
    return text.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2).map { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      return (cells[0], cells[1], cells.count > 2 ? cells[2].split(separator: ", ").map(String.init) : [])
    }
  }

  /// The files that speak Korean, with their lines that do.
  private static func koreanLines() throws -> [(place: String, line: String)] {
    var lines: [(String, String)] = []
    for folder in ["Sources", "Documentation", "Benchmarks", "Tests/BackpropTests/Snapshots"] {
      let names = try FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(folder).path)
      for name in names where [".swift", ".ko.md", ".ko.txt"].contains(where: name.hasSuffix) {
        lines += try read("\(folder)/\(name)")
      }
    }
    return try lines + read("README.ko.md")
  }

  private static func read(_ name: String) throws -> [(String, String)] {
    let text = try String(contentsOf: root.appendingPathComponent(name), encoding: .utf8)
    return text.split(separator: "\n").filter { $0.unicodeScalars.contains { 0xAC00...0xD7A3 ~= $0.value } }.map { (name, String($0)) }
  }

  @Test func oneWordForOneTerm() throws {
    let terms = try Self.glossary(), lines = try Self.koreanLines()
    #expect(terms.count > 30 && lines.count > 300)
    for (place, line) in lines {
      for term in terms {
        for word in term.avoided where line.contains(word) {
          Issue.record("\(place): \(word) is \(term.korean) (\(term.english)): \(line)")
        }
      }
    }
  }

  /// A term that nothing says has no place in the glossary.
  @Test func everyTermIsUsed() throws {
    let lines = try Self.koreanLines().map(\.line)
    for term in try Self.glossary() {
      let word = term.korean.split(separator: "(")[0].trimmingCharacters(in: .whitespaces)
      #expect(lines.contains { $0.contains(word) }, "\(term.korean)")
    }
  }
}
