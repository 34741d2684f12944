import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
import Foundation
import Testing

/// Models in files.
struct ModuleFileTests {
  private func path(_ name: String) -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)-\(name)").path
  }

  @Test(arguments: ["net.safetensors", "net.pt", "net.pth"])
  func aModelComesBackFromItsFile(_ name: String) throws {
    let model = Sequential(Linear(3, 4), BatchNorm1d(4)), other = Sequential(Linear(3, 4), BatchNorm1d(4)), file = path(name)
    defer { try? FileManager.default.removeItem(atPath: file) }
    _ = model(Tensor.randn(5, 3))
    try model.save(to: file)
    try other.load(file)
    for (a, b) in zip(model.stateDict(), other.stateDict()) { #expect(a.tensor.equal(b.tensor), "\(a.name)") }
    let head = Sequential(["fc": Linear(3, 4)])
    let (missing, unexpected) = try head.load(file, strict: false, renaming: ["0.": "fc."])
    #expect(missing.isEmpty && unexpected.count == 5 && head.stateDict()["fc.bias"]!.equal(model.stateDict()["0.bias"]!))
  }

  @Test func whatDoesNotFitNamesTheFile() throws {
    let file = path("net.safetensors")
    defer { try? FileManager.default.removeItem(atPath: file) }
    try Linear(2, 2).save(to: file)
    let error = try #require(throws: FormatError.self) { try Linear(2, 3).load(file) }
    #expect(error.description.hasPrefix(file) && error.description.contains("size mismatch for weight"))
    #expect(throws: FormatError.self) { try Linear(2, 2).load(path("nothing.safetensors")) }
    #expect(throws: FormatError.self) { try Linear(2, 2).save(to: "/no/such/folder/net.pt") }
  }
}
