import ChainRule
import ChainRuleData
import ChainRuleExplain

/// The samples of a run: those to learn from, those to test on, and what they mean.
struct PlayData {
  let train: TensorDataset
  let test: TensorDataset
  /// The numbers that a sample has.
  let inputs: Int
  /// The names of the classes; none where a number is learned.
  let classes: [String]
  /// What the columns are called.
  let names: [String]
  /// The square, or interval, that is drawn.
  let limit: Double

  /// Draws the samples from the default generator, as the command line does.
  init(_ plan: PlayPlan, _ table: PlayTable?) throws {
    if plan.data == .csv {
      guard let table else {
        throw PlayError("no table has been given: open one, or start with --data", "표가 없습니다. 파일을 열거나 --data로 시작하세요", field: "data")
      }
      (train, test, inputs, classes, names) = (table.train, table.test, table.inputs, table.classes, table.names)
      limit = inputs <= 2 ? 3 : 0
      return
    }
    let isFit = plan.data == .regression
    train = Self.samples(plan)
    test = Self.samples(plan)
    inputs = isFit ? 1 : 2
    classes = isFit ? [] : ["0", "1"]
    names = isFit ? ["x"] : ["x1", "x2"]
    limit = isFit ? 1 : plan.data == .moons || plan.data == .circles ? 1.6 : 1.15
  }

  /// One number for each class, or one alone.
  var outputs: Int { classes.isEmpty ? 1 : classes.count }

  private static func samples(_ plan: PlayPlan) -> TensorDataset {
    let n = plan.samples
    switch plan.data {
    case .spirals: return TrainSpirals.samples(n / 2, noise: plan.noise)
    case .moons:
      let t = Tensor.rand(n) * Double.pi, labels = Tensor.arange(n).to(.int64) .>= n / 2
      let x = Tensor.where(labels, 1 - t.cos(), t.cos()) - 0.5, y = Tensor.where(labels, 0.5 - t.sin(), t.sin()) - 0.25
      return labelled(stack([x, y], dim: 1), labels, plan.noise)
    case .circles:
      let t = Tensor.rand(n) * (2 * Double.pi), labels = Tensor.arange(n).to(.int64) .>= n / 2
      let radius = 1 - labels.to(.float32) * 0.5
      return labelled(stack([radius * t.cos(), radius * t.sin()], dim: 1), labels, plan.noise)
    case .xor:
      let x = Tensor.rand(n, 2) * 2 - 1
      return labelled(x, (x[.all, 0] * x[.all, 1]) .> 0, plan.noise)
    case .regression, .csv:
      let x = Tensor.rand(n, 1) * 2 - 1
      let y = (x * 5).sin() * 0.5 + x * 0.3 + Tensor.randn(n, 1) * plan.noise
      return TensorDataset(x, y.flattened())
    }
  }

  private static func labelled(_ x: Tensor, _ labels: Tensor, _ noise: Double) -> TensorDataset {
    TensorDataset(x + Tensor.randn(x.shape[0], 2) * noise, labels.to(.int64))
  }
}

/// A table of the reader's own, made ready for a network.
struct PlayTable: Sendable {
  /// A table of a page has at most this many rows.
  private static let rowLimit = 20_000

  let train: TensorDataset
  let test: TensorDataset
  let inputs: Int
  let classes: [String]
  let names: [String]
  /// What is learned, in words.
  let summary: Phrase
  /// What becomes of a row before the network sees it, and what the network's results are.
  let preparation: ModelForm.Preparation
  let outputs: ModelForm.Outputs

  /// - Parameter seed: decides which fifth of the rows is kept to test on.
  init(contentsOf path: String, label: String?, seed: Int = 0) throws { try self.init(Table(contentsOf: path), path, label, seed) }

  init(text: String, label: String?) throws { try self.init(Table(text: text, name: "table"), "table", label, 0) }

  private init(_ table: Table, _ file: String, _ label: String?, _ seed: Int) throws {
    guard (2...Self.rowLimit).contains(table.rowCount) else {
      throw FormatError(file: file, "has \(table.rowCount) rows; from 2 to \(Self.rowLimit) are shown")
    }
    guard let label = label ?? table.columnNames.last, table.columnNames.count > 1 else {
      throw FormatError(file: file, "has one column: nothing to learn from")
    }
    if !table.columnNames.contains(label) { _ = try table.strings(label) }
    var problems = TableProblems(file)
    let (kept, rest) = Samples.split(table.rowCount, fraction: 0.2, seed: seed)
    let answers = try problems.noting { try TableAnswers(label, table, rest, table, kept, task: nil, weights: .equal, isBegun: false) }
    let columns = table.columnNames.filter { $0 != label }
    let transform = try problems.noting { try TableTransform.fitted(table, columns: columns, rows: rest) }
    try problems.check()
    guard let answers, let transform else { throw problems }
    guard (1...64).contains(transform.featureCount) else {
      throw FormatError(file: file, "gives \(transform.featureCount) numbers for each row; from 1 to 64 are shown")
    }
    train = TensorDataset(try transform.encoded(table, rows: rest), answers.train)
    test = TensorDataset(try transform.encoded(table, rows: kept), answers.test)
    inputs = transform.featureCount
    names = transform.featureNames
    summary = answers.summary
    preparation = .table(transform, label: label, separator: "comma")
    outputs = answers.outputs
    if case .classes(let names) = answers.outputs {
      guard names.count <= 64 else { throw FormatError(file: file, "\(names.count) classes; 64 are the most that is shown") }
      classes = names
    } else {
      classes = []
    }
  }
}
