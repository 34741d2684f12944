import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN

/// What a model of a table says of the rows of another.
struct TablePredictions: Predictions {
  private let table: Table
  private let label: String
  private let outcomes: Outcomes
  private let form: ModelForm

  init(_ path: String, _ delimiter: Character, _ transform: TableTransform, _ label: String, _ form: ModelForm, _ network: any Layer) throws
  {
    table = try Table(contentsOf: path, delimiter: delimiter)
    self.label = label
    self.form = form
    let x = try transform.allEncoded(table)
    for (column, count) in try transform.unknownCategories(table).sorted(by: { $0.key < $1.key }) {
      let policy = transform.options.unknownCategories.rawValue
      print(
        spoken(
          "\(count) rows have a text in \"\(printable(column))\" that the model has not learned: \(policy)",
          "행 \(count)개의 \"\(printable(column))\" 열에 모델이 배우지 않은 문자열이 있습니다: \(policy)"))
    }
    outcomes = Outcomes(table.rowCount, form, network) { x.narrow(dim: 0, start: $0.lowerBound, count: $0.count) }
    if let twice = outcomes.columns.first(where: table.columnNames.contains) {
      throw FormatError(file: path, place: .column(twice), "is a column already: rename it, predictions are written under this name")
    }
  }

  var columns: [String] { table.columnNames + outcomes.columns }
  var delimiter: Character { table.delimiter }
  var count: Int { table.rowCount }
  var rows: some Sequence<[String]> { (0..<count).lazy.map { table.fields(ofRow: $0) + outcomes.fields($0) } }

  func line(_ row: [String]) -> String {
    let width = table.columnNames.count, classes = outcomes.classNames
    let truth = table.columnNames.firstIndex(of: label).map { spoken(", is \(printable(row[$0]))", ", 정답 \(printable(row[$0]))") } ?? ""
    guard !classes.isEmpty else { return "\(printable(label)) \(row[width])\(truth)" }
    let best = row.dropFirst(width + 1).compactMap(Double.init).max() ?? 0
    return "\(printable(label)) \(printable(row[width])) (\(NumberText.percent(best, decimals: 1)))\(truth)"
  }

  func fit() throws -> Fit? {
    guard table.columnNames.contains(label), count > 0 else { return nil }
    do {
      if case .quantity(let name, _) = form.outputs {
        return Fit(QuantityScores(name: name, actual: try table.doubles(label), predicted: outcomes.quantities))
      }
      let labels = try table.classIndices(label, among: outcomes.classNames)
      return Fit(ClassScores(labels: labels, probabilities: outcomes.probabilities, classNames: outcomes.classNames))
    } catch let error as FormatError {
      return Fit(spoken("not measured how well: \(error)", "얼마나 맞는지 재지 못했습니다: \(Told.text(error, .korean))"))
    }
  }
}
