import ChainRuleSymbolic

extension DerivativeReport: CustomStringConvertible {
  /// The table with times, for a terminal.
  public var description: String { text() }

  /// The function, its derivatives' formulas, and a table of the methods; every line ended by a newline.
  ///
  /// - Parameters:
  ///   - style: plain or coloured text.
  ///   - ascii: whether only ASCII characters are used.
  ///   - showsTimes: whether there is a column of times, where they were taken.
  ///   - width: formulas are cut after this many characters.
  ///   - language: that of the words.
  public func text(
    style: TextTable.Style = .plain, ascii: Bool = false, showsTimes: Bool = true, width: Int = 110,
    language: ExplanationLanguage = .english
  ) -> String {
    let times = showsTimes && derivingSeconds != nil
    var text = heading(width, language) + "\n"
    var columns: [TextTable.Column] = [.init(Phrase("method", "방법")(language))]
    if variables.count > 1 { columns.append(.init(Phrase("by", "변수")(language))) }
    columns += [
      .init(Phrase("derivative", "도함수")(language), .decimal), .init(Phrase("error", "오차")(language), .decimal),
      .init(Phrase("cost", "비용")(language)),
    ]
    if times { columns.append(.init(Phrase("time", "시간")(language), .right)) }
    var table = TextTable(columns)
    for row in rows {
      var cells = [row.method.title(language)]
      if variables.count > 1 { cells.append(row.variable) }
      cells += [row.derivative.map(NumberText.exact) ?? "-", row.errorText, row.cost?.text(language) ?? ""]
      if times { cells.append(row.seconds.map(NumberText.duration) ?? "") }
      table.add(cells)
    }
    text += table.text(style: style, ascii: ascii)
    return text + "\n" + notes(times, language)
  }

  private func heading(_ width: Int, _ language: ExplanationLanguage) -> String {
    let names = variables.joined(separator: ", ")
    var lines = ["f(\(names)) = \(Self.cut("\(formula)", width))"]
    let simplified = formula.simplified()
    if "\(simplified)" != "\(formula)" { lines.append(Phrase("simplified: ", "정리하면: ")(language) + Self.cut("\(simplified)", width)) }
    for (variable, derivative) in zip(variables, derivatives) {
      lines.append("\(derivativeName(variable)) = \(Self.cut("\(derivative)", width))")
    }
    let place = point.keys.sorted().map { "\($0) = \(NumberText.shortest(point[$0] ?? .nan))" }.joined(separator: ", ")
    lines.append(Phrase("at \(place)", "\(place)에서")(language) + ": f = \(NumberText.shortest(value))")
    return lines.map { $0 + "\n" }.joined()
  }

  /// f', f'', f^(3), or, of several variables, df/dx, d^2f/dx^2.
  func derivativeName(_ variable: String) -> String {
    if variables.count == 1 { return (order <= 2 ? "f" + String(repeating: "'", count: order) : "f^(\(order))") + "(\(variable))" }
    return order == 1 ? "df/d\(variable)" : "d^\(order)f/d\(variable)^\(order)"
  }

  private func notes(_ times: Bool, _ language: ExplanationLanguage) -> String {
    var notes = [
      Phrase(
        "Errors are against the symbolic derivative evaluated in double precision; 0 means the same bits.",
        "오차는 기호 미분으로 얻은 식을 배정밀도로 계산한 값과의 차이입니다. 0이면 비트까지 같습니다.")(language)
    ]
    if times, let derivingSeconds {
      let duration = NumberText.duration(derivingSeconds)
      notes.append(
        Phrase(
          "Times are of one derivative; the formula's was derived once before, in \(duration).",
          "시간은 도함수 값 하나를 구하는 데 걸린 시간입니다. 도함수의 식은 그 전에 한 번, \(duration) 만에 구했습니다.")(language))
    }
    for row in rows {
      let method = row.method.title(language), place = variables.count > 1 ? " (\(row.variable))" : ""
      if let estimate = row.errorEstimate, estimate.isFinite {
        let size = NumberText.significant(estimate, digits: 2)
        notes.append(
          Phrase("\(method)\(place) estimates its own error at \(size).", "\(method)\(place)의 추정 오차는 \(size)입니다.")(language))
      }
      if let remarks = row.remarks { notes.append("\(method)\(place): \(remarks(language)).") }
      if let failure = row.failure { notes.append("\(method), \(row.variable): \(failure)") }
    }
    if rows.contains(where: \.isConvention) {
      notes.append(
        Phrase(
          "Where there is no derivative, the symbolic and the automatic ones are PyTorch's: a number by convention, or none.",
          "도함수가 없는 점에서 기호 미분과 자동 미분의 값은 PyTorch를 따릅니다. 관례로 정한 수이거나, 값이 없습니다.")(language))
    }
    return notes.map { $0 + "\n" }.joined()
  }

  /// The start of a long text, and how much there is.
  static func cut(_ text: String, _ width: Int) -> String {
    let count = text.count
    return count <= width ? text : "\(text.prefix(max(25, width) - 25))... (\(NumberText.count(count)) characters)"
  }

  /// The report as one JSON object.
  public func json() -> String {
    let rows = rows.map { row -> JSONText in
      .object([
        "method": .string(row.method.rawValue), "family": .string(row.method.family.rawValue), "variable": .string(row.variable),
        "value": .number(row.value), "derivative": row.derivative.map { .number($0) }, "error": row.error.map { .number($0) },
        "errorEstimate": row.errorEstimate.map { .number($0) }, "evaluations": row.evaluations.map { .integer($0) },
        "operations": row.operations.map { .integer($0) }, "seconds": row.seconds.map { .number($0) },
        "remark": row.remark.map { .string($0) }, "failure": row.failure.map { .string($0) },
      ])
    }
    let place = point.keys.sorted().map { name -> JSONText in
      .object(["variable": .string(name), "value": .number(point[name] ?? .nan)])
    }
    let formulas = variables.indices.map { index -> JSONText in
      .object([
        "variable": .string(variables[index]), "formula": .string("\(derivatives[index])"), "latex": .string(derivatives[index].latex),
        "value": exact[index].map { .number($0) },
      ])
    }
    return JSONText.object([
      "formula": .string("\(formula)"), "simplified": .string("\(formula.simplified())"), "latex": .string(formula.latex),
      "point": .array(place), "order": .integer(order), "value": .number(value), "derivatives": .array(formulas), "rows": .array(rows),
      "derivingSeconds": derivingSeconds.map { .number($0) },
    ]).text
  }
}

extension DerivativeReport.Row {
  var evaluations: Int? { if case .evaluations(let count)? = cost { count } else { nil } }

  var operations: Int? {
    switch cost {
    case .operations(let count), .tensorOperations(let count): count
    default: nil
    }
  }

  fileprivate var errorText: String {
    guard let error else { return "-" }
    return NumberText.significant(error, digits: 2)
  }
}

extension DerivativeReport.Row {
  /// Whether there is no derivative where the row was found.
  fileprivate var isConvention: Bool {
    switch diagnosis {
    case .kink, .jump, .pole, .unbounded: true
    default: false
    }
  }
}

extension NumberText {
  /// All digits; a NaN without its sign, which means nothing.
  static func exact(_ value: Double) -> String { value.isNaN ? "nan" : "\(value)" }

  /// 2 rather than 2.0; other numbers in the shortest form that reads back exactly.
  static func shortest(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : exact(value)
  }
}
