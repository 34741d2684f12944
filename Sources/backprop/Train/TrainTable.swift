import ArgumentParser
import ChainRule
import ChainRuleData

/// Learns to classify the rows of a table.
struct TrainTable: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table", abstract: "Classify the rows of a CSV table with a header; numeric columns are standardised.")

  @Option(help: "The table to learn from.")
  var data: String

  @Option(help: "The table to test on, with the same columns.")
  var test: String

  @Option(help: "The column that holds the class: whole numbers or text.")
  var label = "label"

  @OptionGroup var options: TrainingOptions

  func run() throws {
    let table = try Table(contentsOf: data), testTable = try Table(contentsOf: test)
    let classes = try table.classLabels(label)
    let columns = table.columnNames.filter { $0 != label }
    guard !columns.isEmpty else { throw FormatError(file: data, "has no column but \"\(label)\": nothing to learn from") }
    guard table.rowCount > 0 else { throw FormatError(file: data, "has no rows: nothing to learn from") }
    guard testTable.rowCount > 0 else { throw FormatError(file: test, "has no rows: nothing to test on") }
    var values = try table.values(of: columns), testValues = try testTable.values(of: columns)
    let testLabels = try testTable.classIndices(label, among: classes.names)
    let scaling = Standardization(of: values, columnCount: columns.count)
    scaling.apply(to: &values)
    scaling.apply(to: &testValues)

    let folder = try RunFolder(options.out)
    manualSeed(options.seed)
    let run = ClassifierRun(
      train: samples(values, classes.indices, columns.count), test: samples(testValues, testLabels, columns.count),
      classNames: classes.names, hidden: options.hidden?.values ?? [64], epochs: options.epochs ?? 10,
      batch: options.batch ?? 64, lr: options.lr ?? 1e-3)
    print("\(table.rowCount) rows, \(columns.count) columns, \(classes.names.count) classes")
    print(run.model)
    run.run()
    try report(run, to: folder)
  }

  private func samples(_ values: [Double], _ labels: [Int], _ columns: Int) -> ClassifierRun.Samples {
    ClassifierRun.Samples(
      inputs: Tensor(values, shape: [labels.count, columns], dtype: .float32), labels: Tensor(labels))
  }
}
