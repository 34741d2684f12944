import ChainRule
import Testing

struct VersionTests {
  @Test func versionIsSemantic() {
    #expect(chainRuleVersion.split(separator: ".").count == 3)
  }
}
