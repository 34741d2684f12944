import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN
import ChainRuleOptim
import Foundation

/// How learning flows through a network: of the last step of each epoch the norms of every parameter, its gradient and its update; and of
/// every rectifier the units that gave nothing for any of the samples looked at after the epoch.
final class GradientFlow {
  private struct Norms: Codable {
    let epoch: Int
    let parameter: String
    let weight: Double
    let gradient: Double
    let update: Double
  }

  private struct Units: Codable {
    let epoch: Int
    let layer: String
    let units: Int
    let dead: Int
  }

  private static let name = "gradients.jsonl"
  private let model: any Layer
  private var norms: [Norms] = []
  private var units: [Units] = []
  private var old: [Tensor] = []

  init(_ model: any Layer) { self.model = model }

  /// Takes over what the run in this folder noted of its first epochs.
  func goOn(_ folder: RunFolder, epochs: Int) throws {
    let path = folder.file(Self.name)
    guard FileManager.default.fileExists(atPath: path) else { return }
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      let data = Data(line.utf8), decoder = JSONDecoder()
      if let row = try? decoder.decode(Norms.self, from: data), row.epoch <= epochs {
        norms.append(row)
      } else if let row = try? decoder.decode(Units.self, from: data), row.epoch <= epochs {
        units.append(row)
      }
    }
  }

  /// Before an update.
  func before() { old = noGrad { model.parameters().map { $0.detach() + 0 } } }

  /// After it.
  func after(epoch: Int) {
    func norm(_ tensor: Tensor?) -> Double { tensor.map { getTotalNorm([$0]).item() } ?? 0 }
    noGrad {
      for ((name, parameter), old) in zip(model.namedParameters(), old) {
        norms.append(
          Norms(
            epoch: epoch, parameter: name, weight: norm(old), gradient: norm(parameter.grad), update: norm(parameter.detach() - old)))
      }
    }
    old = []
  }

  /// Runs `body` and counts the units of rectifiers that stay at 0 throughout.
  func watchingUnits<R>(epoch: Int, _ body: () throws -> R) rethrows -> R {
    var largest: [String: Tensor] = [:], names: [String] = [], handles: [ModuleHookHandle] = []
    for case let (name, rectifier as ReLU) in model.namedModules() {
      names.append(name)
      handles.append(
        rectifier.registerForwardHook { _, _, outputs in
          let output = outputs[0].detach()
          // A unit of images is a channel.
          let here = output.amax(dim: (0..<output.rank).filter { $0 != 1 })
          largest[name] = largest[name].map { $0.maximum(here) } ?? here
          return nil
        })
    }
    defer { for handle in handles { handle.remove() } }
    let result = try body()
    for name in names {
      guard let values = largest[name]?.array(of: Double.self) else { continue }
      units.append(Units(epoch: epoch, layer: name, units: values.count, dead: values.count { $0 <= 0 }))
    }
    return result
  }

  /// Writes what was noted, and prints the last epoch's; returns the files' names.
  func write(to folder: RunFolder) throws -> [String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var lines: [String] = []
    for epoch in 1...Swift.max(norms.last?.epoch ?? 1, 1) {
      for row in norms where row.epoch == epoch { lines.append(String(decoding: try encoder.encode(row), as: UTF8.self)) }
      for row in units where row.epoch == epoch { lines.append(String(decoding: try encoder.encode(row), as: UTF8.self)) }
    }
    try folder.write(lines.map { $0 + "\n" }.joined(), to: Self.name)
    try folder.write(chart.svg(), to: "gradients.svg")
    print(table.text(ascii: !Terminal.output.usesUnicode), terminator: "")
    return [Self.name, "gradients.svg"]
  }

  private var table: TextTable {
    var table = TextTable([
      .init(spoken("parameter", "매개변수")), .init(spoken("weight", "가중치"), .right), .init(spoken("gradient", "기울기"), .right),
      .init(spoken("update", "갱신량"), .right), .init(spoken("update / weight", "갱신량 / 가중치"), .right),
    ])
    func text(_ value: Double) -> String { NumberText.significant(value, digits: 3) }
    for row in norms where row.epoch == norms.last?.epoch {
      table.add([
        row.parameter, text(row.weight), text(row.gradient), text(row.update), row.weight > 0 ? text(row.update / row.weight) : "-",
      ])
    }
    for row in units where row.epoch == units.last?.epoch {
      table.add([row.layer, spoken("\(row.dead) of \(row.units) units dead", "유닛 \(row.units)개 가운데 \(row.dead)개 죽음"), "", "", ""])
    }
    return table
  }

  /// The size of each parameter's update beside its own, epoch by epoch; about a thousandth is healthy.
  private var chart: LineChart {
    var chart = LineChart(
      title: spoken("Update / weight", "갱신량 / 가중치"), xLabel: spoken("epoch", "에폭"), yLabel: spoken("ratio of norms", "norm의 비"),
      yScale: .logarithmic)
    var order: [String] = [], points: [String: [(x: Double, y: Double)]] = [:]
    for row in norms where row.parameter.hasSuffix("weight") && row.weight > 0 {
      if points[row.parameter] == nil { order.append(row.parameter) }
      points[row.parameter, default: []].append((Double(row.epoch), row.update / row.weight))
    }
    // More lines than colours cannot be told apart: the first and the last layers are shown.
    let shown = order.count > 10 ? order.prefix(5) + order.suffix(5) : order[...]
    chart.series = shown.map { LineSeries($0, points[$0] ?? [], style: .linePoints) }
    return chart
  }
}
