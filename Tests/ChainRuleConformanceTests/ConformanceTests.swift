import ChainRule
import ChainRuleData
import Foundation
import Testing

/// Every operator of PyTorch's own test table, with PyTorch's own samples and answers.
///
/// The committed fixture has one or two small samples for each; `CONFORMANCE_CASES=DIR` names a directory of more, as the
/// generator writes them. Operators in required.txt must pass; what else a directory holds is only reported.
@Suite struct ConformanceTests {
  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  private static var source: CaseSource {
    get throws {
      guard let path = ProcessInfo.processInfo.environment["CONFORMANCE_CASES"] else {
        return try CaseSource(pack: directory.appendingPathComponent("Fixture").path)
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: path)
      let names = files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
      return CaseSource(directory: path, names: names.sorted())
    }
  }

  private static var required: [String] {
    get throws {
      let text = try String(contentsOf: directory.appendingPathComponent("required.txt"), encoding: .utf8)
      return text.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.hasPrefix("#") }
    }
  }

  @Test func everyRequiredOperatorAgreesWithPyTorch() throws {
    let source = try Self.source
    let required = Set(try Self.required)
    var unmapped: [String] = [], passed: Set<String> = [], failed: [String: String] = [:]
    for name in source.names {
      guard let implementation = OperatorTable.implementations[name] else {
        unmapped.append(name)
        continue
      }
      if let failure = try failure(name, implementation, source) { failed[name] = failure } else { passed.insert(name) }
    }
    for (name, line) in failed.sorted(by: { $0.key < $1.key }) { print("\(name): \(line)") }
    if !unmapped.isEmpty { print("not mapped: " + unmapped.joined(separator: ", ")) }
    print("\(passed.count) of \(source.names.count) entries pass")
    for name in required.sorted() where !passed.contains(name) && source.names.contains(name) {
      Issue.record("\(name): \(failed[name] ?? "not mapped")")
    }
  }

  @Test func fixtureCoversTheRequiredOperators() throws {
    let source = try CaseSource(pack: Self.directory.appendingPathComponent("Fixture").path)
    let missing = Set(try Self.required).subtracting(source.names)
    #expect(missing.isEmpty, "run make_fixture.py for \(missing.sorted())")
  }

  /// A sine that is wrong in just one way.
  enum WrongSine: String, CaseIterable {
    case value = "output 0"
    case gradient = "grad 0"
    case secondDerivative = "second 0"

    func callAsFunction(_ x: Tensor) -> Tensor {
      let fixed = x.detach()
      return switch self {
      case .value: x.cos()
      case .gradient: fixed.sin()
      case .secondDerivative: fixed.sin() + (x - fixed) * fixed.cos()
      }
    }
  }

  /// The suite can fail: each check finds the rule that is wrong in its way.
  @Test(arguments: WrongSine.allCases)
  func wrongRulesAreFound(wrong: WrongSine) throws {
    let (entry, tensors) = try CaseSource(pack: Self.directory.appendingPathComponent("Fixture").path).load("sin")
    let examiner = Examiner(name: "sin", implementation: OperatorTable.unary { wrong($0) }, tensors: tensors)
    #expect(examiner.examine(entry.samples[0])?.check == wrong.rawValue)
  }

  /// The first failure of an operator, with how many samples fail.
  private func failure(_ name: String, _ implementation: @escaping OperatorTable.Implementation, _ source: CaseSource) throws -> String? {
    let (entry, tensors) = try source.load(name)
    let examiner = Examiner(name: name, implementation: implementation, tensors: tensors)
    let failures = entry.samples.enumerated().compactMap { i, sample in examiner.examine(sample).map { (i, $0) } }
    guard let (sample, first) = failures.first else { return nil }
    let share = "\(failures.count) of \(entry.samples.count) samples"
    return "sample \(sample), \(first.check): \(first.reason) (\(share))".replacingOccurrences(of: "\n", with: " ")
  }
}
