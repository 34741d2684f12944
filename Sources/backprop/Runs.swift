import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleExplain
import Foundation

/// Lists the runs of a folder beside each other.
struct Runs: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken(
      "List training runs: what they measured last, and the settings in which they differ.", "학습 실행들을 마지막 측정값과 서로 다른 설정으로 나란히 보여 줍니다."),
    discussion: spoken(
      "A run is a folder with metrics.jsonl, as backprop train leaves it.", "실행은 backprop train이 남긴, metrics.jsonl이 있는 폴더입니다."))

  @Argument(help: ArgumentHelp("The folder of the runs.", "실행 폴더들이 있는 폴더."))
  var folder = "runs"

  @Option(help: ArgumentHelp("Draw the losses of all runs beside each other in this SVG file.", "모든 실행의 손실을 이 SVG 파일에 나란히 그립니다."))
  var picture: String?

  @OptionGroup var speech: LanguageOptions

  func run() throws {
    let names = try subfolders()
    let runs = try names.compactMap { try RunRecord($0.name, $0.path) }
    guard !runs.isEmpty else { throw FormatError(file: folder, "has no runs: folders with metrics.jsonl, as backprop train leaves them") }
    // What all runs that have it agree on need not be said.
    let keys = Set(runs.flatMap(\.settings.keys)).filter { key in Set(runs.compactMap { $0.settings[key] }).count > 1 }.sorted()
    var table = TextTable(
      [
        .init(spoken("run", "실행")), .init(spoken("job", "작업")), .init(spoken("epochs", "에폭"), .right), .init(spoken("loss", "손실"), .right),
        .init(spoken("test loss", "테스트 손실"), .right), .init(spoken("score", "점수"), .right),
      ]
        + keys.filter { $0 != "job" && $0 != "epochs" }.map { .init($0) })
    for run in runs {
      table.add(
        [run.name, run.settings["job"] ?? "-", "\(run.epochs.count)"] + run.figures
          + keys.filter { $0 != "job" && $0 != "epochs" }.map { run.settings[$0] ?? "-" })
    }
    print(table.text(ascii: !Terminal.output.usesUnicode), terminator: "")
    guard let picture else { return }
    var chart = LineChart(
      title: spoken("Loss on samples not learned from", "학습하지 않은 샘플의 손실"), xLabel: spoken("epoch", "에폭"), yLabel: spoken("loss", "손실"))
    chart.series = runs.map { run in
      LineSeries(run.name, run.epochs.enumerated().map { (x: Double($0.offset + 1), y: $0.element.testLoss) }, style: .linePoints)
    }
    try writeFile(chart.svg(), to: picture)
    print(writtenText(picture))
  }

  /// The folder itself, and those in it.
  private func subfolders() throws -> [(name: String, path: String)] {
    let manager = FileManager.default
    guard let entries = try? manager.contentsOfDirectory(atPath: folder) else {
      throw FormatError(file: folder, "cannot be read: there is no such folder")
    }
    let paths = entries.sorted().map { (name: $0, path: folder + "/" + $0) } + [(name: folder, path: folder)]
    return paths.filter { manager.fileExists(atPath: $0.path + "/metrics.jsonl") }
  }
}

/// What a run's folder says of it.
private struct RunRecord {
  struct Epoch {
    let trainLoss: Double
    let testLoss: Double
    let score: (name: String, value: Double)?
  }

  let name: String
  let settings: [String: String]
  let epochs: [Epoch]

  init(_ name: String, _ path: String) throws {
    self.name = name
    let file = path + "/settings.json"
    settings =
      FileManager.default.fileExists(atPath: file)
      ? try JSONDecoder().decode([String: String].self, from: Data(FileBytes.text(file).utf8)) : [:]
    let metrics = path + "/metrics.jsonl"
    epochs = try FileBytes.text(metrics).split(separator: "\n").enumerated().compactMap { i, line in
      guard let fields = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
        throw FormatError(file: metrics, place: .line(i + 1), "is no JSON object")
      }
      guard fields["epoch"] != nil else { return nil }
      func number(_ names: String...) -> Double { names.lazy.compactMap { fields[$0] as? Double }.first ?? .nan }
      let score = fields.keys.sorted().first { ["testAccuracy", "testR2", "validationAccuracy", "validationR2"].contains($0) }
      return Epoch(
        trainLoss: number("trainLoss"), testLoss: number("testLoss", "validationLoss"),
        score: score.map { ($0, number($0)) })
    }
  }

  /// The last epoch's numbers.
  var figures: [String] {
    guard let last = epochs.last else { return ["-", "-", "-"] }
    func text(_ value: Double) -> String { value.isFinite ? NumberText.fixed(value, decimals: 4) : "-" }
    let score = last.score.map { score in
      score.name.hasSuffix("R2") ? "R2 \(text(score.value))" : NumberText.percent(score.value)
    }
    return [text(last.trainLoss), text(last.testLoss), score ?? "-"]
  }
}
