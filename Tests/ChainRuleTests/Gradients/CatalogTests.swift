import ChainRule
import Foundation
import Testing

/// What the suites iterate is everything there is.
struct CatalogTests {
  static let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Sources/ChainRule/Ops").standardized

  /// A type that conforms to an operation protocol but is in no catalog would escape every suite.
  @Test func everyOperationIsListed() throws {
    let protocols = /struct (\w+)(?:<[^>]*>)?: ([\w, @]*(?:Operation|LinearlyShifted|ExtremumOfTwo)\b)/
    var listed: Set<String> = [], found: [String: String] = [:]
    let files = try #require(FileManager.default.enumerator(at: Self.sources, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: protocols) { found[String(match.1)] = file.lastPathComponent }
      for match in text.matches(of: /(\w+)\.info\b/) { listed.insert(String(match.1)) }
    }
    #expect(found.count > 60)
    for (name, file) in found.sorted(by: { $0.key < $1.key }) {
      #expect(listed.contains(name), "\(name) in \(file) is in no catalog")
    }
  }

  @Test func entriesAreComplete() {
    for info in Catalog.all {
      #expect(!info.name.isEmpty && info.summary.hasSuffix(".") && !info.formula.isEmpty && !info.derivative.isEmpty, "\(info.name)")
      #expect(!info.samples.isEmpty, "\(info.name) has no samples")
    }
    let names = Catalog.all.map(\.name)
    #expect(Set(names).count == names.count, "a name stands twice")
  }

  /// A public function of tensors that no entry names would be found by nobody, and tried by no suite.
  @Test func everyPublicFunctionIsNamed() throws {
    let named = Set(Catalog.all.flatMap { $0.name.split { !$0.isLetter && !$0.isNumber } }.map { $0.lowercased() })
    var found = 0
    let files = try #require(FileManager.default.enumerator(at: Self.sources, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /public (?:static )?func `?(\w+)`?[^{]*?-> (?:Tensor|ValuesAndIndices|UniqueElements|\[Tensor\])\b/) {
        found += 1
        let name = String(match.1)
        #expect(named.contains(name.lowercased()), "\(name) in \(file.lastPathComponent) is named by no entry")
      }
    }
    #expect(found > 150)
  }
}
