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

  @Option(help: "What stands between the fields: one character, or tab. A first line sep=; says it too. (default: ,)")
  var separator: Separator?

  @Flag(help: "Take the numbers of the label column as classes, however many there are.")
  var classify = false

  @OptionGroup var options: TrainingOptions

  func run() throws {
    let (settings, checkpoint) = try options.settings(RunSettings(job: "table", epochs: 10, batch: 64, lr: 1e-3, hidden: [64]))
    let delimiter = separator?.character ?? ","
    let table = try Table(contentsOf: data, delimiter: delimiter), testTable = try Table(contentsOf: test, delimiter: delimiter)
    let classes = try table.classLabels(label)
    let columns = table.columnNames.filter { $0 != label }
    guard !columns.isEmpty else { throw FormatError(file: data, "has no column but \"\(label)\": nothing to learn from") }
    if let nameless = table.columnNames.firstIndex(of: "") {
      throw FormatError(
        file: data,
        "column \(nameless + 1) has no name: give it one in the first line, or leave it out (pandas writes its row numbers so, unless index=False)"
      )
    }
    guard table.rowCount > 0 else { throw FormatError(file: data, "has no rows: nothing to learn from") }
    guard testTable.rowCount > 0 else { throw FormatError(file: test, "has no rows: nothing to test on") }
    if checkpoint == nil { try check(classes) }
    var values = try table.values(of: columns), testValues = try testTable.values(of: columns)
    let testLabels = try testTable.classIndices(label, among: classes.names)
    let scaling = Standardization(of: values, columnCount: columns.count)
    scaling.apply(to: &values)
    scaling.apply(to: &testValues)
    for (table, scaled) in [(table, values), (testTable, testValues)] {
      // The network computes in 32 bits.
      if let i = scaled.firstIndex(where: { !($0.magnitude <= Double(Float.greatestFiniteMagnitude)) }) {
        throw table.error(
          row: i / columns.count, column: columns[i % columns.count], "lies too far from the column's mean for a 32-bit number")
      }
    }

    let folder = try RunFolder(options.out)
    manualSeed(settings.seed)
    let form = ModelForm(inputs: [columns.count], hidden: settings.hidden, classNames: classes.names)
    let run = try ClassifierRun(
      settings: settings, train: samples(values, classes.indices, columns.count), test: samples(testValues, testLabels, columns.count),
      model: form, folder: folder, checkpoint: checkpoint)
    print("\(table.rowCount) rows, \(columns.count) columns, \(classes.names.count) classes")
    try complete(run, in: folder, isProfiled: options.isProfiled)
  }

  /// Refuses what is no task for a classifier: one class alone, and a quantity.
  private func check(_ classes: ClassLabels) throws {
    if classes.names.count == 1 {
      throw FormatError(
        file: data, place: .column(label), "every row has the label \"\(classes.names[0])\": there is nothing to tell apart")
    }
    guard !classify, classes.looksLikeRegression else { return }
    throw FormatError(
      file: data, place: .column(label),
      "\(classes.names.count) different numbers from \(classes.names.first ?? "") to \(classes.names.last ?? ""): this looks like regression, "
        + "and train table learns classes; --classify takes each number as a class all the same")
  }

  private func samples(_ values: [Double], _ labels: [Int], _ columns: Int) -> TensorDataset {
    TensorDataset(Tensor(values, shape: [labels.count, columns], dtype: .float32), Tensor(labels))
  }
}

/// What stands between the fields of a table, as it is typed.
struct Separator: ExpressibleByArgument {
  let character: Character

  init?(argument: String) {
    switch argument.lowercased() {
    case "tab", "\\t": character = "\t"
    case "comma": character = ","
    case "semicolon": character = ";"
    case "space": character = " "
    default:
      guard argument.count == 1, let only = argument.first, only.isASCII, !"\"\r\n".contains(only) else { return nil }
      character = only
    }
  }
}
