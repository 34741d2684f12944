import ArgumentParser
import ChainRuleExplain
import Foundation

/// Serves a page in which a network learns, and every step of it can be taken apart.
struct Play: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken(
      "Watch a network learn in the browser, and take any step of it apart.", "브라우저에서 신경망이 학습하는 모습을 보고, 어느 단계든 뜯어봅니다."),
    discussion: spoken(
      """
      The page is served to this machine alone, at an address with a secret in it. It computes nothing itself: every number comes from the \
      library. Ctrl-C ends it.
      """,
      """
      페이지는 이 컴퓨터에서만, 비밀 문자열이 든 주소로 열립니다. 페이지 자체는 아무것도 계산하지 않으며 모든 수는 라이브러리가 계산합니다. \
      Ctrl-C를 누르면 끝납니다.
      """))

  @Argument(
    help: ArgumentHelp(
      "The folder of a run of backprop train: the page begins with its network and can go through it again; one of digits reads what you draw.",
      "backprop train의 실행 폴더. 페이지가 그 신경망에서 시작하고 학습 과정도 다시 보여 줍니다. 숫자를 읽는 신경망이면 직접 그린 숫자를 읽습니다."))
  var folder: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The port, from 1 to 65535; without it one that is free.", "포트, 1부터 65535까지. 없으면 비어 있는 포트를 씁니다."))
  var port: Int?

  @Flag(help: ArgumentHelp("Open the page in the browser.", "브라우저에서 페이지를 엽니다."))
  var open = false

  @Option(help: ArgumentHelp("A table of your own to learn from (CSV with a header).", "학습할 내 표(머리글이 있는 CSV)."))
  var data: String?

  @Option(
    help: ArgumentHelp("The table's column to predict; without it the last one.", "표에서 예측할 열. 없으면 마지막 열입니다."))
  var label: String?

  @OptionGroup var speech: LanguageOptions

  func validate() throws {
    if let port, !(1...65535).contains(port) {
      throw ValidationError(spoken("--port \(port): from 1 to 65535", "--port \(port): 1부터 65535까지 쓸 수 있습니다"))
    }
    if label != nil, data == nil, folder == nil {
      throw ValidationError(spoken("--label: names a column of --data, which is missing", "--label: --data로 표를 주어야 열을 고를 수 있습니다"))
    }
  }

  func run() throws {
    let replay = try folder.map { try PlayReplay($0, data: data, label: label) }
    let table = try replay.map(\.table) ?? data.map { try PlayTable(contentsOf: $0, label: label) }
    let engine = PlayEngine(table: table, plan: replay?.plan, stored: replay?.stored, digits: replay?.digits)
    let server = PlayServer(port: UInt16(port ?? 0), language: speech.language, engine: engine)
    let opens = open, language = speech.language
    try server.start(waitsForEnd: true) { address in
      Backprop.tell(Phrase("Ctrl-C ends it", "Ctrl-C를 누르면 끝납니다")(language))
      if opens { Self.openBrowser(address) }
    }
  }

  private static func openBrowser(_ address: String) {
    #if os(macOS)
    let program = "/usr/bin/open"
    #else
    let program = "/usr/bin/xdg-open"
    #endif
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = [address]
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch {
      Backprop.tell(spoken("the browser could not be opened: open \(address) yourself", "브라우저를 열지 못했습니다. \(address)을(를) 직접 여세요"))
    }
  }
}
