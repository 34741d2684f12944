import ArgumentParser
import ChainRuleExplain
import Foundation
import TestSupport
import Testing

@testable import backprop

struct TourTests {
  private func text(_ lesson: Int, _ language: ExplanationLanguage = .english, _ changed: [String: Double] = [:]) throws -> String {
    try Tour.lessons[lesson - 1].page(in: language, number: lesson, changing: changed).text
  }

  @Test(arguments: Tour.lessons.indices, ExplanationLanguage.allCases)
  func lessonPrintsWhatItDid(_ index: Int, _ language: ExplanationLanguage) throws {
    let name = language == .korean ? "tour\(index + 1).ko.txt" : "tour\(index + 1).txt"
    #expect(try Golden.difference(of: try text(index + 1, language), from: "Snapshots/\(name)") == nil)
  }

  /// The digits of the lessons themselves, in both languages.
  @Test(arguments: [
    (
      1,
      [
        "tensor([4.0000, 5.3333, 6.6667])", "tensor([ 1.5410, -0.2934, -2.1788], requires_grad=True)",
        "tensor([ 4.7213,  2.2754, -0.2384])",
      ]
    ),
    (2, ["grad can be implicitly created only for scalar outputs", "tensor([12.,  0.,  0.])", "tensor([2., 1., 0.])"]),
    (3, ["tensor(8., grad_fn=<MeanBackward0>)", "tensor([[2., 2.],\n            [2., 2.]])\n"]),
    (4, ["dloss/ds = 2 s = 2 * (-1) = -2", "tensor([-2.])"]),
    (6, ["4.000000330961484", "-2.000000165480742", "12.000000992884452, -4.000000330961484", "1e-16           0.0 "]),
    (
      7,
      [
        "f = 32", "5.000018177270249", "5.999964969305438", "1.000017846308765", "2.00003569261753", "2.999982484652719",
        "247.1311126871836",
        "247.00057110749185", "dj/dw1 = 247\n", "999.987", "visit: 7, backward(from:): 5",
      ]
    ), (8, ["p - y ≈ -0.1192"]),
    (9, ["(f(x)*g(x))' = f(x)*g'(x) + f'(x)*g(x)", "-x^2*cos(x) + 2*x*sin(x) + 2*cos(x)"]),
    (10, ["tensor([0., 0., 1.])", "tensor(0.5000) tensor(0.5000)"]), (11, ["tensor([-2.])\n    tensor([-4.])\n    tensor([-6.])"]),
  ])
  func lessonsHaveTheirDigits(_ lesson: Int, _ parts: [String]) throws {
    for language in ExplanationLanguage.allCases {
      let page = try text(lesson, language)
      for part in parts { #expect(page.contains(part), "\(lesson) \(language): \(part)") }
    }
  }

  /// `loop.py` beside it wrote the file.
  @Test func theLoopPrintsWhatPyTorchPrints() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Snapshots/loop.txt")
    let lines = String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 82)
    #expect(try text(5).contains(lines.map { "    \($0)\n" }.joined()))
  }

  @Test func aNumberCanBeChanged() throws {
    #expect(try text(4, .english, ["w": 3]).contains("tensor([2.])"))
    for lesson in Tour.lessons.indices {
      let page = try Tour.lessons[lesson].page(in: .english)
      // Every number that is named is one that counts.
      for (name, value) in page.numbers where name != "h" {
        #expect(
          try Tour.lessons[lesson].page(in: .english, changing: [name: value + (name == "y" ? -0.25 : 0.25)]).text != page.text,
          "\(lesson + 1): \(name)")
      }
    }
  }

  @Test func aLabelIsAProbability() {
    #expect { try text(8, .english, ["y": 2]) } throws: { "\($0)".contains("a label is a probability") }
  }

  @Test func interactiveLessonsRunAgain() throws {
    let run = try Command.run(["tour", "--interactive"], input: "\n\n\nw=3\nz=1\nw=two\nq\n")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("w is 3") && run.output.contains("    tensor([2.])\n"))
    #expect(run.output.contains("this lesson has no number 'z'; it has x, w, y") && run.output.contains("a number is expected here"))
    #expect(run.output.contains("4. One weight") && !run.output.contains("5. The loop"))
    let korean = try Command.run(["tour", "4", "--interactive", "--korean"], input: "")
    #expect(korean.code == 0 && korean.output.hasSuffix("Enter: 다음 예제, x=2처럼 쓰면 수를 바꾸어 다시, q: 끝\n"))
  }

  /// What a lesson says to go on with works. Training has tests of its own.
  @Test(arguments: Tour.lessons.indices) func lessonsGoOn(_ index: Int) throws {
    let lines = try text(index + 1).split(separator: "\n").filter { $0.hasPrefix("    backprop ") }
    #expect(!lines.isEmpty)
    for line in lines {
      let parts = line.dropFirst("    backprop ".count).split(separator: "\"", omittingEmptySubsequences: false)
      let words = parts.enumerated().flatMap { $0 % 2 == 1 ? [String($1)] : $1.split(separator: " ").map(String.init) }
      _ = try Backprop.parseAsRoot(words)
      guard words[0] != "train", !words.contains("--svg") else { continue }
      let run = try Command.run(words)
      #expect(run.code == 0 && !run.output.isEmpty, "\(line): \(run.errors)")
    }
  }
}
