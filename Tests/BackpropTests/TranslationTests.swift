import ChainRuleExplain
import Foundation
import Testing

@testable import backprop

/// What the command line says in Korean, in particular of errors, whose sentences the libraries know in English only.
struct TranslationTests {
  private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Sources")

  // MARK: Every sentence has its twin

  /// The arguments of the calls of `name(...)` in a program that are sentences: those that say no place.
  private static func sentences(of name: String, in text: String) -> [String] {
    var found: [String] = [], rest = text[...]
    while let call = rest.firstRange(of: "\(name)(") {
      rest = rest[call.upperBound...]
      if text[..<call.lowerBound].last.map({ $0.isLetter || $0 == "." || $0 == "_" }) == true { continue }
      var depth = 1, isQuoted = false, quotes: [Int] = [], start = rest.startIndex, i = rest.startIndex, ends: [Range<String.Index>] = []
      while i < rest.endIndex, depth > 0 {
        let character = rest[i]
        if isQuoted {
          if character == "\\", rest.index(after: i) < rest.endIndex {
            i = rest.index(after: i)
            if rest[i] == "(" {
              // An interpolation, which may hold texts of its own.
              quotes.append(depth)
              depth += 1
              isQuoted = false
            }
          } else if character == "\"" {
            isQuoted = false
          }
        } else {
          switch character {
          case "\"": isQuoted = true
          case "(", "[", "{": depth += 1
          case ")", "]", "}":
            depth -= 1
            if quotes.last == depth {
              quotes.removeLast()
              isQuoted = true
            }
          case "," where depth == 1:
            ends.append(start..<i)
            start = rest.index(after: i)
          default: break
          }
        }
        i = rest.index(after: i)
      }
      guard depth == 0 else { break }
      ends.append(start..<rest.index(before: i))
      found += ends.map { String(rest[$0]) }.filter { argument in
        let argument = argument.drop { $0.isWhitespace }
        return !["file:", "place:", "row:", "column:", "in:", "at:"].contains { argument.hasPrefix($0) }
      }
    }
    return found
  }

  /// The texts of an expression, each interpolation as an x.
  private static func texts(of expression: String) -> [String] {
    var texts: [String] = [], text: String?, depth = 0, i = expression.startIndex
    while i < expression.endIndex {
      let character = expression[i], next = expression.index(after: i)
      if depth > 0 {
        if character == "(" { depth += 1 } else if character == ")" { depth -= 1 }
      } else if let open = text {
        if character == "\\", next < expression.endIndex {
          if expression[next] == "(" {
            text = open + "x"
            depth = 1
          } else {
            text = open + String(expression[next])
          }
          i = expression.index(after: next)
          continue
        }
        if character == "\"" {
          texts.append(open)
          text = nil
        } else {
          text = open + String(character)
        }
      } else if character == "\"" {
        text = ""
      }
      i = next
    }
    return texts
  }

  /// What throws a sentence to a reader. Tensors' errors are PyTorch's sentences and stay as they are; so do samplers' and the few of
  /// an optimizer's state.
  private static let calls = [
    "FormatError", "ParseError", "DataError", "TokenError", "OptimizerStateError", "error", "expected", "refused", "unreadable",
  ]
  private static let untranslated = ["Loading/Samplers.swift", "Text/TokenSampling.swift", "TensorBoard/SummaryWriter.swift"]

  // A sentence of which hardly a word is fixed is tried below, and half a sentence with its other halves.
  @Test(arguments: ["ChainRuleSymbolic/Text", "ChainRuleData", "ChainRuleOptim", "backprop"])
  func everySentenceHasItsTwin(_ folder: String) throws {
    let root = Self.sources.appendingPathComponent(folder)
    var count = 0
    for name in try FileManager.default.subpathsOfDirectory(atPath: root.path) where name.hasSuffix(".swift") {
      guard !Self.untranslated.contains(name) else { continue }
      let text = try String(contentsOf: root.appendingPathComponent(name), encoding: .utf8).replacing(/"\s*\n\s*\+ "/, with: "")
      for call in Self.calls {
        for expression in Self.sentences(of: call, in: text) where !expression.contains(": String") {
          for sentence in Self.texts(of: expression) where sentence.contains(" ") && !sentence.hasPrefix(" ") && !sentence.hasSuffix(" ") {
            if sentence.hasPrefix("x x") || sentence.hasPrefix("x: x") || sentence.hasPrefix("loaded state dict") { continue }
            count += 1
            #expect(Translation.korean(sentence) != nil, "\(folder)/\(name): \(sentence)")
          }
        }
      }
    }
    #expect(count >= 5)
  }

  @Test func formsAreWhole() {
    var seen: Set<String> = []
    for (english, korean) in Translation.all {
      #expect(seen.insert(english).inserted, "twice: \(english)")
      let parts = english.matches(of: /\{\}/).count, used = Set(korean.matches(of: /\{(\d)\}/).compactMap { Int($0.output.1) })
      #expect(used.allSatisfy { $0 < parts }, "\(english)")
      #expect(korean.unicodeScalars.contains { 0xAC00...0xD7A3 ~= $0.value } || english.contains("{} or {}"), "\(english)")
    }
  }

  /// The more special form comes first, parts are translated too, and particles fit what stands before them.
  @Test(arguments: [
    ("unknown function 'sine'; did you mean 'sin'?", "'sine' 함수는 없습니다. 혹시 'sin'인가요?"), ("\"x\" is not a number", "\"x\"는 수가 아닙니다"),
    (
      "\"1,5\" is not a number: numbers are written with a point before their decimals and nothing between thousands",
      "\"1,5\"는 수가 아닙니다. 소수점은 점으로 쓰고, 천 단위에는 아무것도 쓰지 않습니다"
    ),
    ("\"age\": numbers; 3 missing become the median, 40.0, and are marked", "\"age\": 수. 빈칸 3개는 중앙값(40.0)으로 채우고 표시합니다"),
    ("expected a colon after the key \"shape\", found \"=\"", "\"shape\" 키 뒤의 쌍점이 와야 하는데 \"=\"가 있습니다"),
    ("byte 12 of the archive: the checksum does not match the data", "압축 파일의 바이트 12: 체크섬이 데이터와 맞지 않습니다"),
    ("the length code is incomplete", "길이 부호에 빠진 것이 있습니다"),
    (
      "state.0.exp_avg has shape [2], for a parameter of [3] it is [3]",
      "state.0.exp_avg의 형태가 [2]입니다. 형태가 [3]인 매개변수에서는 [3]이어야 합니다"
    ),
    ("cannot be opened: no such file or directory", "열 수 없습니다: 그런 파일이나 폴더가 없습니다"),
    (
      "3 fields, where there are 2 columns; the line ends with \",\", that of the names does not",
      "필드가 3개인데 열은 2개입니다. 이 줄의 끝은 \",\"인데 열 이름의 줄은 그렇지 않습니다"
    ),
  ])
  func sentences(_ english: String, _ korean: String) { #expect(Translation.korean(english) == korean) }

  // MARK: As it is run

  @Test func errorsAreKorean() throws {
    let folder = try TemporaryFolder()
    try folder.write("t.csv", Array("a,b\n1,2\n3,x\n5,6\n7,8\n9,1\n4,4\n5,5\n6,6\n7,7\n8,8\n9,9\n3,3\n2,2\n".utf8))
    for (arguments, code, message) in [
      (["train", "--epoch", "3"], 2, "'--epoch' 옵션은 없습니다. 혹시 '--epochs'인가요?"), (["train", "--lr", "0"], 2, "--lr 0.0: 양수여야 합니다"),
      (["train", "--batch", "x"], 2, "'--batch <batch>'에 'x'는 쓸 수 없습니다"), (["train", "table"], 2, "'--data <data>'가 빠졌습니다"),
      (["predict", "--model", folder("no"), "--data", "x"], 1, "\(folder("no")): 열 수 없습니다: 그런 파일이나 폴더가 없습니다"),
      (["train", "table", "--data", folder("t.csv"), "--label", "c"], 1, "\"c\" 열: 이런 이름의 열이 없습니다. 표에 있는 열: \"a\", \"b\""),
      (["derive", "x^2*", "--at", "x=1"], 2, "피연산자가 와야 할 곳에서 식이 끝났습니다\n  x^2*\n      ^"),
      (["derive", "log(x)", "--at", "x=-1"], 1, "log는 x > 0에서만 정의되는데 값이 -1입니다"), (["tour", "99"], 2, "99번 예제는 없습니다"),
      (["explain", "x", "--at", "y"], 2, "--at: 값이 빠졌습니다. 예: x=2\n  y\n   ^"), (["trian"], 2, "'trian' 명령은 없습니다. 혹시 'train'인가요?"),
    ] as [([String], Int32, String)] {
      let run = try Command.run(arguments, locale: ["LC_ALL": "ko_KR.UTF-8"])
      #expect(run.code == code && run.errors.contains(message), "\(arguments): \(run.errors)")
    }
    // Of the help no sentence is left in English.
    for arguments in [["train"], ["train", "table"], ["train", "images"], ["train", "text"], ["train", "mnist"], ["predict"], ["runs"]] {
      let overview = try Command.run(arguments + ["--help"], locale: ["LANG": "ko_KR.UTF-8"]).output.components(separatedBy: "USAGE:")[0]
      let sentences = overview.split(separator: "\n\n").filter { !$0.isEmpty }
      #expect(sentences.count >= 2 && sentences.allSatisfy { $0.unicodeScalars.contains { 0xAC00...0xD7A3 ~= $0.value } }, "\(overview)")
    }
    #expect(try Command.run(["train", "--lr", "0", "--korean"]).errors == "backprop: --lr 0.0: 양수여야 합니다\n")
  }

  /// The same run in both languages: what is read differs, the files of numbers do not.
  @Test func trainingSpeaksKorean() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<60).map { "\($0),\($0 % 7 == 0 ? "" : "\($0 % 5)"),\($0 < 30 ? "low" : "high")" }
    try folder.write("t.csv", Array("a,b,kind\n\(rows.joined(separator: "\n"))\n".utf8))
    func train(_ name: String, _ options: String...) throws -> Command {
      try Command.run(["train", "table", "--data", folder("t.csv"), "--label", "kind", "--epochs", "2", "--out", folder(name)] + options)
    }
    let korean = try train("ko", "--korean", "--gradients"), english = try train("en", "--gradients")
    #expect(korean.code == 0 && english.code == 0, "\(korean.errors)\(english.errors)")
    for part in ["학습할 행 48개, 테스트할 행 12개", "중앙값", "2에폭, 배치 32", "학습률", "저장: ", "테스트 정확도", "손실", "가중치"] {
      #expect(korean.output.contains(part), "\(part): \(korean.output)")
    }
    for part in [" rows", "wrote", "loss ", "test accuracy", "learning rate", "missing", "epochs "] {
      #expect(!korean.output.contains(part), "\(part): \(korean.output)")
    }
    #expect(korean.errors.contains("에폭 2/2") && !korean.errors.contains("epoch"))
    #expect(try folder.read("ko/metrics.jsonl") == folder.read("en/metrics.jsonl"))
    #expect(try folder.read("ko/model.safetensors") == folder.read("en/model.safetensors"))
    for (name, part) in [("loss.svg", "학습 손실"), ("confusion.svg", "혼동 행렬"), ("calibration.svg", "확률 보정"), ("gradients.svg", "에폭")] {
      #expect(String(decoding: try folder.read("ko/\(name)"), as: UTF8.self).contains(part), "\(name)")
    }
    let predicted = try Command.run(["predict", "--model", folder("ko"), "--data", folder("t.csv"), "--out", folder("p.csv"), "--korean"])
    for part in ["예측 60개를", "정확도", "재현율", ", 정답 "] { #expect(predicted.output.contains(part), "\(predicted.output)") }
    #expect(try Command.run(["runs", folder.path, "--korean"]).output.contains("테스트 손실"))
  }
}
