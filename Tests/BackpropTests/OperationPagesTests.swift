import ChainRule
import Foundation
import Testing

@testable import backprop

struct OperationPagesTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Documentation/operations").standardizedFileURL

  /// Documentation/operations says what the declarations say; the command that the failure names writes it anew.
  @Test func pagesAreThoseOfTheDeclarations() throws {
    let pages = OperationPages.all
    for page in pages {
      let written = try? String(contentsOf: Self.folder.appendingPathComponent(page.name), encoding: .utf8)
      let line = zip(page.text.split(separator: "\n"), (written ?? "").split(separator: "\n")).first { $0 != $1 }
      #expect(
        written == page.text,
        "\(page.name): \(line.map { "is \($0.1), not \($0.0)" } ?? "lines are missing"). Run swift run backprop ops --pages Documentation/operations"
      )
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(Set(files) == Set(pages.map(\.name)))
  }

  @Test func everyOperationHasItsEntry() {
    for entry in OperationReference.entries {
      let text = OperationReference.text(entry)
      for part in [entry.info.summary, entry.info.call, entry.info.formula, entry.info.shapes, entry.info.derivative] {
        #expect(!part.isEmpty && text.contains(part), "\(entry.info.name): \(part)")
      }
      #expect(entry.info.isDifferentiable == text.contains("  node  "), "\(entry.info.name)")
      #expect(OperationReference.entries(named: entry.info.name).contains { $0.info.name == entry.info.name })
    }
  }

  /// The example is computed: its gradient is the derivative it documents.
  @Test func entryOfAnOperation() throws {
    let entry = try #require(OperationReference.entries(named: "sinh").first)
    #expect(
      OperationReference.text(entry) == """
        sinh (Hyperbolic)
        The hyperbolic sine of each element.

          call        x.sinh()
          formula     sinh x
          shapes      elementwise
          derivative  cosh x
          node        SinhBackward0

        Example (gradients of the sum of the result):
          x = tensor([ 0.5000, -1.1000,  1.4000, -0.1000])
          result = tensor([ 0.5211, -1.3356,  1.9043, -0.1002])
          gradient of x = tensor([1.1276, 1.6685, 2.1509, 1.0050])

        """)
  }

  @Test func names() {
    func found(_ name: String) -> [String] { OperationReference.entries(named: name).map(\.info.name) }
    #expect(found("log_softmax") == ["logSoftmax"] && found("LOGSOFTMAX") == ["logSoftmax"])
    #expect(found("pow") == ["pow", "pow (tensors)", "pow (number to a tensor)"])
    #expect(found("amin") == ["amax, amin"] && found("Hyperbolic").contains("cosh") && found("swish") == ["silu"])
    #expect(found("sihn").isEmpty)
    #expect(OperationReference.suggestion(for: "sihn") == "sinh" && OperationReference.suggestion(for: "soft_max2") == "softmax")
    #expect(OperationReference.suggestion(for: "backpropagation") == nil)
  }
}
