import ChainRule
import ChainRuleData
import Foundation
import Testing

/// What PyTorch refuses for integers is refused here, and nothing else: its answers are in Fixture/refusals.json, by make_refusals.py.
struct RefusalTests {
  @Test func integersAreRefusedWherePyTorchRefusesThem() throws {
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixture")
    let refusals = try JSONParser.parse(FileBytes.read(fixture.appendingPathComponent("refusals.json").path).array)
    let source = try CaseSource(pack: fixture.appendingPathComponent("float64").path)
    for name in source.names {
      guard let implementation = OperatorTable.implementations[name] else { continue }
      let expected = try #require(refusals[name]?.array, "run make_refusals.py for \(name)")
      let (entry, tensors) = try source.load(name)
      let examiner = Examiner(name: name, implementation: implementation, tensors: tensors)
      #expect(entry.samples.count == expected.count)
      for (i, sample) in entry.samples.enumerated() where i < expected.count {
        guard let isRefused = expected[i].bool else { continue }
        let refusal = examiner.refusal(of: sample, replacing: integers)
        #expect((refusal != nil) == isRefused, "\(name), sample \(i): \(refusal ?? "answered")")
      }
    }
  }

  /// Integers in the place of real numbers; what is none stays.
  private func integers(_ x: Tensor) -> Tensor {
    x.dtype.isFloatingPoint ? Tensor((0..<x.count).map { 1 + $0 * 7 % 5 }, shape: x.shape, dtype: .int64) : x
  }
}
