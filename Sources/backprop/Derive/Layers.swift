import ArgumentParser
import ChainRuleExplain

/// Goes through back-propagation on a small network, layer by layer, numerically and automatically.
struct Layers: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken(
      "Walk through back-propagation on a network of five layers, with both kinds of local derivatives.",
      "층이 다섯인 신경망의 역전파를 두 가지 국소 도함수로 하나씩 따라갑니다."))

  @Option(parsing: .unconditional, help: ArgumentHelp("The step of the numeric local derivatives.", "국소 도함수를 수치로 구할 때의 증분 h."))
  var step = 1e-10

  @Option(
    help: ArgumentHelp(
      "Draw PREFIX-network.svg, the network with its numbers, and PREFIX-loss.svg, the loss of its training.",
      "신경망과 그 수를 PREFIX-network.svg에, 학습의 손실을 PREFIX-loss.svg에 그립니다."))
  var svg: String?

  @Flag(help: ArgumentHelp("Leave the training out.", "학습은 뺍니다."))
  var noTraining = false

  @OptionGroup var speech: LanguageOptions

  func run() throws {
    guard step > 0, step.isFinite else { throw OptionError("--step \(step): a positive number", "--step \(step): 양수여야 합니다") }
    let walk = LayerGraphWalk(step: step), ascii = !Terminal.output.usesUnicode
    print(try walk.text(ascii: ascii, language: speech.language), terminator: "")
    if !noTraining { print("\n" + (try walk.training(ascii: ascii, language: speech.language)), terminator: "") }
    guard let svg else { return }
    try draw(walk.svg(), to: "\(svg)-network.svg")
    if !noTraining { try draw(walk.lossChart(language: speech.language).svg(), to: "\(svg)-loss.svg") }
  }

  private func draw(_ picture: String, to path: String) throws {
    try writeFile(picture, to: path)
    print(writtenText(path))
  }
}
