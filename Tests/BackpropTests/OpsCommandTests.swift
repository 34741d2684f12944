import Foundation
import Testing

@testable import backprop

@Suite struct OpsCommandTests {
  @Test func printsEntries() throws {
    let one = try Command.run(["ops", "log_softmax"])
    #expect(one.code == 0 && one.output.hasPrefix("logSoftmax (Softmax)\n") && one.output.contains("  node        LogSoftmaxBackward0\n"))
    let all = try Command.run(["ops"])
    #expect(all.code == 0 && all.output.contains("\nsinh ") && all.output.contains("\nMatrix product"))
  }

  /// The fixed words are Korean, and the first line says that the descriptions are not.
  @Test func speaksKorean() throws {
    for (arguments, parts) in [
      (["ops", "sinh"], ["sinh (쌍곡선 함수)\n", "\n  호출    x.sinh()\n", "\n예 (기울기는 결과의 합을 미분한 값):\n", "\n  x의 기울기 = tensor("]),
      (["ops"], ["행렬 곱 ", " 수식 ", " 도함수\n"]), (["modules", "Linear"], ["\n예:\n"]), (["modules"], ["활성화 함수\n", "옵티마이저\n"]),
    ] {
      let run = try Command.run(arguments + ["--korean"])
      #expect(run.code == 0 && run.output.hasPrefix("설명은 소스의 선언을 그대로 옮긴 것이라 영어입니다.\n\n"), "\(run.output.prefix(200))")
      for part in parts { #expect(run.output.contains(part), "\(arguments): \(part)") }
    }
    let families = Set(OperationReference.entries.map(\.family) + ModuleReference.entries.map(\.family))
    #expect(families == Set(FamilyTitle.korean.keys))
  }

  @Test func writesPages() throws {
    let folder = try TemporaryFolder()
    let run = try Command.run(["ops", "--pages", folder("new/pages")])
    #expect(
      run.code == 0 && run.output.hasPrefix("wrote ") && folder.has("new/pages/Hyperbolic.md") && folder.has("new/pages/README.ko.md"))
  }

  @Test func refusesWhatIsNoOperation() throws {
    for (arguments, code, part) in [
      (["ops", "sihn"], 2, "unknown operation 'sihn': did you mean 'sinh'?"),
      (["ops", "backpropagation"], 2, "backprop ops lists them all"), (["ops", "sinh", "--pages", "x"], 2, "--pages x"),
      (["ops", "--pages", "/dev/null"], 1, "is a file"),
    ] as [([String], Int32, String)] {
      let run = try Command.run(arguments)
      #expect(run.code == code && run.errors.contains(part) && run.output.isEmpty, "\(arguments): \(run.errors)")
      #expect(run.errors.filter { $0 == "\n" }.count == 1)
    }
  }
}
