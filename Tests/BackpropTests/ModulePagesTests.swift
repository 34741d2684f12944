import Foundation
import Testing

@testable import backprop

struct ModulePagesTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..").standardizedFileURL
  private static let texts = root.appendingPathComponent("Sources/backprop/Modules/Texts")

  private static func swiftFiles(_ folder: String, _ prefix: String = "") throws -> [String] {
    let url = root.appendingPathComponent(folder)
    return try FileManager.default.contentsOfDirectory(atPath: url.path).filter { $0.hasPrefix(prefix) && $0.hasSuffix(".swift") }.sorted()
      .map {
        try String(contentsOf: url.appendingPathComponent($0), encoding: .utf8)
      }
  }

  /// What the command knows is what the declarations say; a run with CHAINRULE_RECORD=1 writes it anew.
  @Test func textsAreThoseOfTheDeclarations() throws {
    let files = try DeclaredModules(root: Self.root).files
    if ProcessInfo.processInfo.environment["CHAINRULE_RECORD"] == "1" {
      for file in files { try Data(file.text.utf8).write(to: Self.texts.appendingPathComponent(file.name)) }
    }
    for file in files {
      let written = try? String(contentsOf: Self.texts.appendingPathComponent(file.name), encoding: .utf8)
      let line = zip(file.text.split(separator: "\n"), (written ?? "").split(separator: "\n")).first { $0 != $1 }
      #expect(
        written == file.text,
        "\(file.name): \(line.map { "is \($0.1), not \($0.0)" } ?? "lines are missing"). Run the test with CHAINRULE_RECORD=1")
    }
    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: Self.texts.path)) == Set(files.map(\.name)))
  }

  /// Documentation/modules says what the command says; the command that the failure names writes it anew.
  @Test func pagesAreWritten() throws {
    let folder = Self.root.appendingPathComponent("Documentation/modules"), pages = ModulePages.all
    for page in pages {
      let written = try? String(contentsOf: folder.appendingPathComponent(page.name), encoding: .utf8)
      let line = zip(page.text.split(separator: "\n"), (written ?? "").split(separator: "\n")).first { $0 != $1 }
      #expect(
        written == page.text,
        "\(page.name): \(line.map { "is \($0.1), not \($0.0)" } ?? "lines are missing"). Run swift run backprop modules --pages Documentation/modules"
      )
    }
    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == Set(pages.map(\.name)))
  }

  /// A module, optimizer or schedule that the conformance tests know has its section.
  @Test func everyModuleOfTheTablesHasItsSection() throws {
    let folder = "Tests/ChainRuleConformanceTests",
      tables = try Self.swiftFiles(folder, "ModuleTable") + Self.swiftFiles(folder, "TrainingTables")
    let names = Set(tables.flatMap { $0.matches(of: /\n    "([A-Z]\w+)":/).map { String($0.1) } })
    // Our names, and what is another class's by another call.
    let ours = ["ModuleDict": "ModuleDictionary", "ParameterDict": "ParameterDictionary", "NonDynamicallyQuantizableLinear": "Linear"]
    let entries = Set(ModuleReference.entries.map(\.name))
    let missing = names.filter { name in
      !entries.contains(ours[name] ?? name) && !(name.hasPrefix("Packed") && entries.contains(String(name.dropFirst(6))))
    }
    #expect(names.count > 140 && missing.isEmpty, "no page lists \(missing.sorted())")
    #expect(entries.count == ModuleReference.entries.count)
  }

  @Test func examplesRunTheCodeThatTheyShow() throws {
    let entries = Set(ModuleReference.entries.map(\.name))
    for (name, example) in ModuleExample.all { #expect(entries.contains(name) && !example.lines.isEmpty, "\(name)") }
    let plain = Set([
      "ModuleList", "ModuleDictionary", "ParameterList", "ParameterDictionary", "AveragedModel", "ReduceLROnPlateau", "SparseAdam",
    ])
    let rare = entries.subtracting(ModuleExample.all.keys).subtracting(plain)
    #expect(rare.count <= 8, "without an example: \(rare.sorted())")
    let sources = try Self.swiftFiles("Sources/backprop/Modules", "ModuleExample+").joined().filter { !$0.isWhitespace }
    for (name, example) in ModuleExample.all {
      // Once as text, once as code.
      let code = example.code.filter { !$0.isWhitespace }
      #expect(sources.ranges(of: code).count >= 2, "\(name) shows \(example.code), and runs something else")
    }
  }

  @Test func theCommandPrintsThem() throws {
    let one = try Command.run(["modules", "conv2d"])
    #expect(
      one.code == 0 && one.output.hasPrefix("## Conv2d\n") && one.output.contains("dilation: some SpatialSizes = 1")
        || one.output.contains("`dilation`"))
    let all = try Command.run(["modules"])
    #expect(all.code == 0 && all.output.contains("\nConv2d ") && all.output.contains("CosineAnnealingLR"))
    let folder = try TemporaryFolder(), pages = try Command.run(["modules", "--pages", folder("pages")])
    #expect(pages.code == 0 && folder.has("pages/README.md") && folder.has("pages/Schedules.md"))
    for (arguments, part) in [
      (["modules", "Convo2d"], "did you mean 'Conv2d'?"), (["modules", "xxxxxxxxxxxx"], "backprop modules lists them all"),
    ] {
      let run = try Command.run(arguments)
      #expect(run.code == 2 && run.errors.contains(part))
    }
  }
}
