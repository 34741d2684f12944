import ArgumentParser
import ChainRuleExplain

/// Prints what the catalog says of the operations, or writes its pages.
struct Ops: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what the operations compute and how they are differentiated: all of them, or those of a name.",
    discussion: "The name may be ours or PyTorch's, or a family's: logSoftmax, log_softmax, Softmax.")

  @Argument(help: "An operation or a family; all of them without it.")
  var name: [String] = []

  @Option(help: "Write a page for each family into a folder instead.")
  var pages: String?

  func run() throws {
    if let pages {
      guard name.isEmpty else { throw OptionError("--pages \(pages): writes all operations, not \(name.joined(separator: " "))") }
      let folder = try RunFolder(pages)
      for page in OperationPages.all { try folder.write(page.text, to: page.name) }
      return print("wrote \(OperationPages.all.count) pages to \(pages)")
    }
    guard !name.isEmpty else { return print(OperationReference.list(ascii: !Terminal.output.usesUnicode), terminator: "") }
    let wanted = name.joined(separator: " ")
    let entries = OperationReference.entries(named: wanted)
    guard !entries.isEmpty else {
      let hint = OperationReference.suggestion(for: wanted).map { "did you mean '\($0)'?" } ?? "backprop ops lists them all"
      throw OptionError("unknown operation '\(wanted)': \(hint)")
    }
    print(entries.map(OperationReference.text).joined(separator: "\n"), terminator: "")
  }
}
