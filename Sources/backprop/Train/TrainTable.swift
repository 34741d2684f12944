public import ArgumentParser
import ChainRule
public import ChainRuleData
import ChainRuleExplain

/// Learns to predict a column of a table from the others.
struct TrainTable: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table",
    abstract: spoken("Predict a column of a CSV table with a header from its other columns.", "머리글이 있는 CSV 표에서 한 열을 나머지 열로 예측합니다."),
    discussion: spoken(
      """
      Columns of numbers are standardised, texts are categories, and empty cells follow a policy that is printed. A column of texts, or of the \
      numbers of classes, is learned as classes, one of many different numbers as a quantity; --task says otherwise. Without --test a fifth of \
      the rows is kept to test on. backprop predict uses the model on new rows.
      """,
      """
      숫자 열은 표준화하고 문자열은 범주로 보며, 빈칸을 어떻게 채웠는지 알려 줍니다. 예측할 열이 문자열이나 클래스 번호이면 분류로, 서로 다른 수가 많으면 \
      회귀로 학습합니다. --task로 바꿀 수 있습니다. --test가 없으면 행의 5분의 1을 떼어 평가합니다. 새 행은 backprop predict로 예측합니다.
      """) + "\n\n" + usual.usual)

  private static let usual = {
    var usual = RunSettings(job: "table", epochs: 40, batch: 32, lr: 2e-3, hidden: [64, 64])
    // The last weights are the best where the rate has come down.
    usual.schedule = .cosine
    return usual
  }()

  @Option(help: ArgumentHelp("The table to learn from.", "학습할 표."))
  var data: String

  @Option(
    help: ArgumentHelp(
      "The table to test on, with the same columns; without one, a fifth of the rows.", "평가할 표로 열이 같아야 합니다. 없으면 행의 5분의 1을 씁니다."))
  var test: String?

  @Option(help: ArgumentHelp("The column to predict. (default: label)", "예측할 열. (기본값: label)"))
  var label: String?

  @Option(
    help: ArgumentHelp(
      "What is predicted: classification or regression; by default what the column looks like.",
      "classification(분류) 또는 regression(회귀). 없으면 열을 보고 정합니다."))
  var task: TableTask?

  @Option(help: ArgumentHelp("Columns that are not looked at, with commas between.", "쓰지 않을 열, 쉼표로 구분."))
  var leaveOut: String?

  @Option(help: ArgumentHelp("Columns whose numbers are names, such as postcodes, with commas between.", "우편번호처럼 숫자가 이름인 열, 쉼표로 구분."))
  var categories: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many different texts a column of categories may have. (default: 100)", "범주 열에 올 수 있는 서로 다른 문자열의 수. (기본값: 100)"))
  var maxCategories: Int?

  @Option(
    help: ArgumentHelp(
      "What an empty cell among numbers becomes: mean, median, mode or refuse. (default: median)",
      "숫자 열의 빈칸을 채우는 값: mean, median, mode, refuse. (기본값: median)"))
  var missingNumbers: TableTransform.MissingNumber?

  @Option(
    help: ArgumentHelp(
      "What an empty cell among texts becomes: category, mode or refuse. (default: category)",
      "문자열 열의 빈칸: category, mode, refuse. (기본값: category)"))
  var missingTexts: TableTransform.MissingCategory?

  @Option(
    help: ArgumentHelp(
      "What a text becomes that no row to learn from has: none, mode or refuse. (default: none)",
      "학습 때 없던 문자열: none, mode, refuse. (기본값: none)"))
  var unknownTexts: TableTransform.UnknownCategory?

  @Option(
    help: ArgumentHelp(
      "How much each class counts: equal, or balanced, where rare ones count more. (default: equal)",
      "클래스마다의 비중: equal, 또는 드문 클래스를 더 중시하는 balanced. (기본값: equal)"))
  var classWeights: ClassWeights?

  @Option(
    help: ArgumentHelp(
      "What stands between the fields: one character, or tab. A first line sep=; says it too. (default: ,)",
      "구분자: 글자 하나 또는 tab. 첫 줄의 sep=;도 됩니다. (기본값: ,)"))
  var separator: Separator?

  @OptionGroup var options: TrainingOptions

  func validate() throws {
    if let maxCategories, !(1...10_000).contains(maxCategories) {
      throw ValidationError(
        spoken("--max-categories \(maxCategories): from 1 to 10000", "--max-categories \(maxCategories): 1부터 10000까지 쓸 수 있습니다"))
    }
  }

  /// What a run needs of a table. The table itself goes: beside it there would be no room for the training.
  private struct Prepared {
    let transform: TableTransform
    let answers: TableAnswers
    let x: Tensor
    let testX: Tensor
    let columnCount: Int
    /// In columns of a table to test on alone, how many texts the rows to learn from have not.
    let unknown: [String: Int]
  }

  private func prepared(_ settings: RunSettings, isBegun: Bool) throws -> Prepared {
    let label = settings.extra["label"] ?? "", separator = settings.extra["separator"].flatMap { Separator(argument: $0) }
    let table = try Table(contentsOf: data, delimiter: separator?.character ?? ",")
    let separateTest = try test.map { try Table(contentsOf: $0, delimiter: separator?.character ?? ",") }
    var problems = TableProblems(data)
    let columns = try columns(of: table, label, list(settings.extra["leave-out"]), &problems)
    guard table.rowCount > (test == nil ? 1 : 0) else {
      throw FormatError(file: data, table.rowCount == 0 ? "has no rows: nothing to learn from" : "has one row: nothing to test on")
    }
    if let separateTest, separateTest.rowCount == 0 { throw FormatError(file: separateTest.file, "has no rows: nothing to test on") }
    var rows = Array(0..<table.rowCount), testRows: [Int]?
    if separateTest == nil {
      let (kept, rest) = Samples.split(table.rowCount, fraction: 0.2, seed: settings.seed)
      (rows, testRows) = (rest, kept)
    }
    let testTable = separateTest ?? table
    let answers = try problems.noting {
      try TableAnswers(
        label, table, rows, testTable, testRows, task: settings.extra["task"].flatMap(TableTask.init),
        weights: settings.extra["class-weights"].flatMap(ClassWeights.init) ?? .equal, isBegun: isBegun)
    }
    let preparation = try transformOptions(settings)
    let transform = try problems.noting { try TableTransform.fitted(table, columns: columns, rows: rows, options: preparation) }
    let encoded = try problems.noting {
      try transform.map { (try $0.allEncoded(table, rows: rows), try $0.allEncoded(testTable, rows: testRows)) }
    }
    try problems.check()
    guard let answers, let transform, case let (x, testX)?? = encoded else { throw problems }
    return Prepared(
      transform: transform, answers: answers, x: x, testX: testX, columnCount: columns.count,
      unknown: try separateTest.map { try transform.unknownCategories($0) } ?? [:])
  }

  func run() throws {
    let (settings, checkpoint) = try settings()
    let prepared = try prepared(settings, isBegun: checkpoint != nil)
    let (transform, answers, x, testX) = (prepared.transform, prepared.answers, prepared.x, prepared.testX)
    let form = ModelForm(
      inputs: [transform.featureCount], hidden: settings.hidden, outputs: answers.outputs,
      preparation: .table(
        transform, label: settings.extra["label"] ?? "", separator: settings.extra["separator"] ?? "comma"))

    let folder = try RunFolder(options.out)
    manualSeed(settings.seed)
    let run = try TrainingRun(
      settings, options, train: Samples(TensorDataset(x, answers.train)), test: Samples(TensorDataset(testX, answers.test)), form: form,
      objective: answers.objective, folder: folder, checkpoint: checkpoint)
    print(
      spoken(
        "\(x.shape[0]) rows to learn from, \(testX.shape[0]) to test on; \(prepared.columnCount) columns, \(answers.summary.english)",
        "학습할 행 \(x.shape[0])개, 테스트할 행 \(testX.shape[0])개, 열 \(prepared.columnCount)개. \(answers.summary.korean)"))
    for line in transform.summary { print("  \(spoken(line, Told.sentence(line)))") }
    for (column, count) in prepared.unknown.sorted(by: { $0.key < $1.key }) {
      let policy = transform.options.unknownCategories.rawValue
      print(
        spoken(
          "  \(count) rows to test on have a text in \"\(printable(column))\" that none to learn from has: \(policy)",
          "  테스트할 행 \(count)개의 \"\(printable(column))\" 열에 학습할 행에는 없는 문자열이 있습니다: \(policy)"))
    }
    try complete(run, options) { _ in
      let names = transform.featureNames
      guard names.count == 2, (2...Boundary.classLimit).contains(form.classNames.count) else { return [:] }
      let train = TensorDataset(x, answers.train), test = TensorDataset(testX, answers.test)
      return [
        "boundary.svg": Boundary.plot(
          run.model, form.classNames, train, test, limit: 3,
          names: names.map { spoken("\(printable($0)), in standard deviations from the mean", "\(printable($0)) (평균에서 표준편차의 몇 배)") }
        ).svg()
      ]
    }
  }

  private func settings() throws -> (RunSettings, Checkpoint?) {
    var defaults = Self.usual
    defaults.extra = [
      "label": "label", "task": "", "leave-out": "", "categories": "", "max-categories": "100", "missing-numbers": "median",
      "missing-texts": "category", "unknown-texts": "none", "class-weights": "equal", "separator": "comma",
    ]
    defaults.sources = ["data": data, "test": test ?? ""]
    return try options.settings(
      defaults,
      extra: [
        "label": label, "task": task?.rawValue, "leave-out": leaveOut, "categories": categories,
        "max-categories": maxCategories.map(String.init), "missing-numbers": missingNumbers?.rawValue,
        "missing-texts": missingTexts?.rawValue, "unknown-texts": unknownTexts?.rawValue, "class-weights": classWeights?.rawValue,
        "separator": separator?.name,
      ])
  }

  private func transformOptions(_ settings: RunSettings) throws -> TableTransform.Options {
    var options = TableTransform.Options()
    options.missingNumbers = .init(rawValue: settings.extra["missing-numbers"] ?? "") ?? options.missingNumbers
    options.missingCategories = .init(rawValue: settings.extra["missing-texts"] ?? "") ?? options.missingCategories
    options.unknownCategories = .init(rawValue: settings.extra["unknown-texts"] ?? "") ?? options.unknownCategories
    options.categories = Set(list(settings.extra["categories"]))
    options.maxCategories = Int(settings.extra["max-categories"] ?? "") ?? options.maxCategories
    return options
  }

  private func list(_ text: String?) -> [String] { (text ?? "").split(separator: ",").map(String.init) }

  /// The columns to predict from.
  private func columns(of table: Table, _ label: String, _ leftOut: [String], _ problems: inout TableProblems) throws -> [String] {
    for name in leftOut + list(categories) + [label] where !table.columnNames.contains(name) {
      _ = try problems.noting { try table.strings(name) }
    }
    let columns = table.columnNames.filter { $0 != label && !leftOut.contains($0) }
    guard !columns.isEmpty else { throw FormatError(file: data, "has no column but \"\(label)\": nothing to learn from") }
    if let nameless = table.columnNames.firstIndex(of: ""), !leftOut.contains("") {
      problems.add(
        FormatError(
          file: data,
          "column \(nameless + 1) has no name: give it one in the first line, or leave it out (pandas writes its row numbers so, unless index=False)"
        ))
    }
    return columns
  }
}

/// What is learned of a table's column.
enum TableTask: String, ExpressibleByArgument, CaseIterable {
  case classification, regression
}

/// How much each class counts in the loss.
enum ClassWeights: String, ExpressibleByArgument, CaseIterable {
  /// All alike.
  case equal
  /// Each class as much as every other, however few its rows: rows / (classes x rows of the class).
  case balanced
}

extension TableTransform.MissingNumber: ExpressibleByArgument {}
extension TableTransform.MissingCategory: ExpressibleByArgument {}
extension TableTransform.UnknownCategory: ExpressibleByArgument {}

/// The column to predict, as what a network is taught.
struct TableAnswers {
  let train: Tensor
  let test: Tensor
  let outputs: ModelForm.Outputs
  let objective: Objective
  /// What is learned, for the reader.
  let summary: Phrase

  /// - Parameters:
  ///   - isBegun: whether the run is gone on with, so that what it learns has been decided.
  init(
    _ label: String, _ table: Table, _ rows: [Int], _ testTable: Table, _ testRows: [Int]?, task: TableTask?, weights: ClassWeights,
    isBegun: Bool
  ) throws {
    let testRows = testRows ?? Array(0..<testTable.rowCount)
    func refused(_ message: String) -> FormatError { FormatError(file: table.file, place: .column(label), message) }
    let labels = try task == .regression ? nil : table.classLabels(label)
    let isQuantity = labels?.looksLikeRegression ?? true
    guard let labels, task == .classification || !isQuantity else {
      let values = try table.doubles(label), testValues = try testTable.doubles(label)
      let learned = rows.map { values[$0] }
      if learned.allSatisfy({ $0 == learned[0] }) { throw refused("every row has \(learned[0]): there is nothing to predict") }
      let standardization = Standardization(of: learned, columnCount: 1)
      train = Tensor(standardization.applied(to: learned), dtype: .float32)
      test = Tensor(standardization.applied(to: testRows.map { testValues[$0] }), dtype: .float32)
      guard train.isAllFinite, test.isAllFinite else { throw refused("lies too far from its mean for 32-bit numbers") }
      outputs = .quantity(label, standardization)
      objective = .quantity
      let name = "\"\(printable(label))\"", (low, high) = (learned.min() ?? 0, learned.max() ?? 0)
      summary = Phrase(
        "\(name) is a quantity from \(low) to \(high)" + (task == nil ? " (--task classification takes each number as a class)" : ""),
        "\(name) 열은 \(low)부터 \(high)까지의 수량입니다" + (task == nil ? "(--task classification을 쓰면 수마다 한 클래스로 봅니다)" : ""))
      return
    }
    if labels.names.count == 1, !isBegun {
      throw refused("every row has the label \"\(labels.names[0])\": there is nothing to tell apart")
    }
    if labels.names.count > 10_000 { throw refused("\(labels.names.count) classes, and 10000 are the most") }
    let testLabels = try testTable.file == table.file ? labels.indices : testTable.classIndices(label, among: labels.names)
    train = Tensor(rows.map { labels.indices[$0] })
    test = Tensor(testRows.map { testLabels[$0] })
    outputs = .classes(labels.names)
    var counts = [Int](repeating: 0, count: labels.names.count)
    for row in rows { counts[labels.indices[row]] += 1 }
    let balanced = counts.map { $0 == 0 ? 1 : Double(rows.count) / (Double(counts.count) * Double($0)) }
    objective = .classes(weights: weights == .balanced ? balanced : nil)
    summary = Phrase(
      "\(labels.names.count) classes" + (weights == .balanced ? ", each of which counts as much as every other" : ""),
      "클래스는 \(labels.names.count)개입니다" + (weights == .balanced ? "(모두 같은 비중)" : ""))
  }
}

/// What stands between the fields of a table, as it is typed.
struct Separator: ExpressibleByArgument {
  let character: Character

  /// Its name on the command line.
  var name: String {
    switch character {
    case "\t": "tab"
    case ",": "comma"
    case ";": "semicolon"
    case " ": "space"
    default: String(character)
    }
  }

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
