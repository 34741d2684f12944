import Foundation
import Testing

@testable import ChainRuleExplain

struct GalleryTests {
  @Test(arguments: Gallery.svgs.map(\.name)) func pictureIsWellFormed(_ name: String) throws {
    let text = try #require(Gallery.svgs.first { $0.name == name }?.text)
    #expect(WellFormed.problem(in: text) == nil)
    #expect(!text.contains("nan") || name == "heatmap")
    #expect(!text.contains("\"inf"))
    try write(text, name + ".svg")
  }

  @Test(arguments: Gallery.texts.map(\.name)) func textFitsItsWidth(_ name: String) throws {
    let text = try #require(Gallery.texts.first { $0.name == name }?.text)
    #expect(text.hasSuffix("\n"))
    for line in text.split(separator: "\n") { #expect(TextMetrics.columns(String(line)) <= (name == "confusion-md" ? 120 : 100)) }
    if name.hasSuffix("ascii") { #expect(text.utf8.allSatisfy { $0 < 128 }) }
    try write(text, name + ".txt")
  }

  @Test(arguments: Gallery.graphs) func graphIsWellFormed(_ name: String) throws {
    let graph = try Gallery.graph(name), direction: LayoutOptions.Direction = name == "graph-network" ? .down : .right
    let text = try graph.svg(direction: direction, limit: 40)
    #expect(WellFormed.problem(in: text) == nil)
    try write(text, name + ".svg")
    try write(graph.html(direction: direction, limit: 40), name + ".html")
  }

  private func write(_ text: String, _ name: String) throws {
    guard let directory = ProcessInfo.processInfo.environment["CHAINRULE_PICTURES"] else { return }
    try Data(text.utf8).write(to: URL(fileURLWithPath: directory).appendingPathComponent(name))
  }
}
