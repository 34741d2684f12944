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
    let (settings, checkpoint) = try options.settings(RunSettings(job: "table", epochs: 10, batch: 64, lr: 1e-3, hidden: [64]))
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
    manualSeed(settings.seed)
    let form = ModelForm(inputs: [columns.count], hidden: settings.hidden, classNames: classes.names)
    let run = try ClassifierRun(
      settings: settings, train: samples(values, classes.indices, columns.count), test: samples(testValues, testLabels, columns.count),
      model: form, folder: folder, checkpoint: checkpoint)
    print("\(table.rowCount) rows, \(columns.count) columns, \(classes.names.count) classes")
    try complete(run, in: folder, isProfiled: options.isProfiled)
  }

  private func samples(_ values: [Double], _ labels: [Int], _ columns: Int) -> TensorDataset {
    TensorDataset(Tensor(values, shape: [labels.count, columns], dtype: .float32), Tensor(labels))
  }
}
