import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN

/// What a network of two inputs has learned, as a map.
enum Boundary {
  /// Classes have this many colours of their own at most.
  static let classLimit = 10

  /// Every pair of an x and a y, row by row.
  static func places(_ x: Tensor, _ y: Tensor) -> Tensor {
    stack([x.expanded(y.count, x.count).flattened(), y.unsqueezed(1).expanded(y.count, x.count).flattened()], dim: 1)
  }

  /// What the network says of every place of a square around 0, with the points it was trained and tested on.
  static func plot(
    _ model: any Layer, _ classNames: [String], _ train: TensorDataset, _ test: TensorDataset, limit: Double,
    names: [String] = ["x₁", "x₂"]
  ) -> RegionPlot {
    let columns = 150, rows = 120
    let grid = places(Tensor.linspace(-limit, limit, columns), Tensor.linspace(-limit, limit, rows))
    model.eval()
    defer { model.train() }
    let probabilities = noGrad { model(grid).softmax(dim: 1) }
    var plot = RegionPlot(
      title: spoken("What the network has learned", "신경망이 배운 것"), x: -limit...limit, y: -limit...limit, columns: columns, rows: rows,
      classCount: classNames.count,
      grid: probabilities.array(of: Double.self))
    plot.classNames = classNames
    plot.language = .spoken
    (plot.xLabel, plot.yLabel) = (names[0], names[1])
    for (samples, isTest) in [(train, false), (test, true)] {
      let places = samples.inputs.array(of: Double.self), labels = samples.targets.array(of: Int.self)
      // A few hundred points show the form; more would hide the regions.
      for i in stride(from: 0, to: samples.count, by: Swift.max(1, samples.count / 300)) {
        plot.points.append(.init(x: places[2 * i], y: places[2 * i + 1], label: labels[i], isTest: isTest))
      }
    }
    return plot
  }
}
