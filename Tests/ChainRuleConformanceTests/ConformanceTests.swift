import ChainRule
import ChainRuleData
import Foundation
import Testing

/// Every operator of PyTorch's own test table, with PyTorch's own samples and answers.
///
/// The committed fixture has one or two small samples for each in float64, and one for most in other types; `CONFORMANCE_CASES=DIR`
/// names a directory of more, as the generator writes them, and `CONFORMANCE_LIST=FILE` a file that gets a line for each sample that fails. Operators in required.txt must pass; what else a directory holds is only reported.
@Suite(.serialized) struct ConformanceTests {
  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  /// The fixture's types; last what was asked for, in place of float64.
  private static var sets: [String] {
    let given = ProcessInfo.processInfo.environment["CONFORMANCE_CASES"].map { URL(fileURLWithPath: $0).path }
    return ["bool", "int64", "float32", given ?? "float64"]
  }

  private static func source(_ set: String) throws -> CaseSource {
    guard set.contains("/") else { return try fixture(set) }
    let files = try FileManager.default.contentsOfDirectory(atPath: set)
    let names = files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
    return CaseSource(directory: set, names: names.sorted())
  }

  private static func fixture(_ dtype: String) throws -> CaseSource {
    try CaseSource(pack: directory.appendingPathComponent("Fixture/\(dtype)").path)
  }

  private static var required: [String] {
    get throws {
      let text = try String(contentsOf: directory.appendingPathComponent("required.txt"), encoding: .utf8)
      return text.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.hasPrefix("#") }
    }
  }

  @Test(arguments: sets) func everyRequiredOperatorAgreesWithPyTorch(_ set: String) throws {
    let source = try Self.source(set)
    let required = Set(try Self.required)
    var unmapped: [String] = [], passed: Set<String> = [], failed: [String: String] = [:], wrong = 0, calls = 0
    for name in source.names {
      guard let implementation = OperatorTable.implementations[name] else {
        unmapped.append(name)
        continue
      }
      let (failure, wrongCalls, count) = try failure(name, implementation, source)
      (wrong, calls) = (wrong + wrongCalls, calls + count)
      if let failure { failed[name] = failure } else { passed.insert(name) }
    }
    if wrong > 0 { print("\(calls - wrong) of \(calls) calls agree") }
    for (name, line) in failed.sorted(by: { $0.key < $1.key }) { print("\(name): \(line)") }
    if !unmapped.isEmpty { print("not mapped: " + unmapped.joined(separator: ", ")) }
    print((set.contains("/") ? "" : "\(set): ") + "\(passed.count) of \(source.names.count) entries pass")
    for name in required.sorted() where !passed.contains(name) && source.names.contains(name) {
      Issue.record("\(name): \(failed[name] ?? "not mapped")")
    }
  }

  @Test func fixtureCoversTheRequiredOperators() throws {
    let missing = Set(try Self.required).subtracting(try Self.fixture("float64").names)
    #expect(missing.isEmpty, "run make_fixture.py for \(missing.sorted())")
    // Samples of other types are committed where they are small.
    for (dtype, count) in [("float32", 190), ("int64", 140), ("bool", 120)] { #expect(try Self.fixture(dtype).names.count >= count) }
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
    let (entry, tensors) = try Self.fixture("float64").load("sin")
    let examiner = Examiner(name: "sin", implementation: OperatorTable.unary { wrong($0) }, tensors: tensors)
    #expect(examiner.examine(entry.samples[0])?.check == wrong.rawValue)
  }

  /// The first failure of an operator, how many samples fail, and of how many.
  private func failure(
    _ name: String, _ implementation: @escaping OperatorTable.Implementation, _ source: CaseSource
  ) throws -> (first: String?, failed: Int, count: Int) {
    let (entry, tensors) = try source.load(name)
    let examiner = Examiner(name: name, implementation: implementation, tensors: tensors)
    let failures = entry.samples.enumerated().compactMap { i, sample in examiner.examine(sample).map { (i, $0) } }
    if let list = ProcessInfo.processInfo.environment["CONFORMANCE_LIST"] {
      let lines = failures.map { "\(name)\t\($0.0)\t\($0.1.check)\t\($0.1.reason.replacingOccurrences(of: "\n", with: " "))\n" }
      let file = fopen(list, "a")
      fputs(lines.joined(), file)
      fclose(file)
    }
    guard let (sample, first) = failures.first else { return (nil, 0, entry.samples.count) }
    let share = "\(failures.count) of \(entry.samples.count) samples"
    let text = "sample \(sample), \(first.check): \(first.reason) (\(share))".replacingOccurrences(of: "\n", with: " ")
    return (text, failures.count, entry.samples.count)
  }
}
