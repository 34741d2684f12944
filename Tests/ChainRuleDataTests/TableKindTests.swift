import ChainRule
import ChainRuleData
import Testing

/// Tables as other programs write them: read as they are meant, or refused with the line, the column and what it probably is.
struct TableKindTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let text: String
    let delimiter: Character
    /// The numbers of the columns x and y, or the error.
    let values: [Double]?
    let error: String

    var testDescription: String { text.debugDescription }

    init(_ text: String, _ values: [Double], delimiter: Character = ",") {
      (self.text, self.values, self.delimiter, error) = (text, values, delimiter, "")
    }

    init(_ text: String, error: String, delimiter: Character = ",") {
      (self.text, values, self.delimiter, self.error) = (text, nil, delimiter, error)
    }
  }

  /// No column x in a table of one column, which are several by another separator.
  private static func separated(_ text: String, _ name: String, by separator: String, not delimiter: Character = ",") -> Case {
    Case(
      text,
      error: #"column "x": no column of this name; the table has "\#(name)"; the fields are separated by \#(separator), "#
        + #"not by "\#(delimiter)": name the separator"#, delimiter: delimiter)
  }

  private static let comment = "; line 1 begins with #: CSV has no comments, the first line names the columns"

  /// A field of column y that is written as numbers are not.
  private static func written(_ field: String, _ shown: String, delimiter: Character = ",") -> Case {
    Case(
      "x\(delimiter)y\n1\(delimiter)\(field)\n",
      error:
        #"line 2, column "y": "\#(shown)" is not a number: numbers are written with a point before their decimals and nothing between "#
        + "thousands", delimiter: delimiter)
  }

  static let cases: [Case] = [
    // What is meant is plain.
    Case("sep=;\nx;y\n1;2\n3;4\n", [1, 2, 3, 4]),
    Case("sep=;\r\nx;y\r\n1;2\r\n", [1, 2]),
    Case("\u{FEFF}sep=|\nx|y\n1|2\n", [1, 2]),
    Case("sep=\t\nx\ty\n1\t2\n", [1, 2]),
    Case("sep=,\nx,y\n1,2\n", [1, 2], delimiter: ";"),
    Case("x;y\n1;2\n", [1, 2], delimiter: ";"),
    Case("x,y,\n1,2,\n3,4,\n", [1, 2, 3, 4]),
    Case("x,y,\r\n1,2,\r\n", [1, 2]),
    Case("x,y\n+1, .5\n5. ,-1e3", [1, 0.5, 5, -1000]),
    Case("\"x\",\"y\"\n\"1\",\"2\"\n", [1, 2]),
    Case("x,z,y\n1,anything,2\n", [1, 2]),
    // Separators.
    separated("x;y\n1;2\n", "x;y", by: #"";""#),
    separated("x\ty\n1\t2\n", #"x\u{9}y"#, by: "tabs"),
    separated("x|y\n1|2\n", "x|y", by: #""|""#),
    separated("x y\n1 2\n", "x y", by: "spaces"),
    separated("x,y\n1,2\n", "x,y", by: #"",""#, not: ";"),
    Case(
      "x;y\n1,5;2,5\n",
      error: #"line 2: 3 fields, where there is 1 column; the fields are separated by ";", not by ",": name the separator"#),
    Case(
      "x,y\n1,2,\n", error: #"line 2: 3 fields, where there are 2 columns; the line ends with ",", that of the names does not"#),
    Case("# a comment\nx,y\n1,2\n", error: "line 2: 2 fields, where there is 1 column\(comment)"),
    Case("# x, made\nx,y\n1,2\n", error: ##"column "x": no column of this name; the table has "# x", " made"\##(comment)"##),
    Case("\nx,y\n1,2\n", error: "line 1: is blank, where the names of the columns should be"),
    Case("x,y\n1,2\n\n3,4\n", error: "line 3: is blank"),
    // As old systems end lines, throughout; between others it is damage.
    Case("x,y\r1,2\r", [1, 2]), Case("sep=;\rx;y\r1;2\r3;4", [1, 2, 3, 4]), Case("x,y\r\"1\",2\r", [1, 2]),
    Case("x,y\r1\r", error: "line 2: 1 field, where there are 2 columns"),
    Case("x,y\r1,2\r3,4\n", error: "line 1: a carriage return without a line feed after it; lines end with LF or CRLF"),
    Case("x,y,x\n1,2,3\n", error: #"line 1: columns 1 and 3 are both named "x""#),
    Case("x,y,,\n1,2,,\n", [1, 2]),
    Case("x,y,,\n1,2,3,\n", [1, 2]),
    Case("x,y,,\n1,2,,3\n", error: #"line 1: columns 3 and 4 are both named """#),
    Case("x,y\n1,2\"3\n", error: "line 2: a quotation mark within a field that does not begin with one"),
    // Numbers.
    Case("x,y\n1,nan\n", error: #"line 2, column "y": "nan" is not a finite number"#),
    Case("x,y\n1,2\n-Infinity,2\n", error: #"line 3, column "x": "-Infinity" is not a finite number"#),
    Case("x,y\n1, +inf\n", error: #"line 2, column "y": " +inf" is not a finite number"#),
    Case("x,y\n1,1e400\n", error: #"line 2, column "y": "1e400" is too large for a 64-bit number"#),
    Case("x,y\n1,-1e400\n", error: #"line 2, column "y": "-1e400" is too large for a 64-bit number"#),
    written("\"1,234\"", "1,234"),
    written("2,5", "2,5", delimiter: ";"),
    written("1 234", "1 234"),
    written("1_000", "1_000"),
    Case("x,y\n1,NA\n", error: #"line 2, column "y": "NA" is not a number"#),
    Case("x,y\n1,0x1F\n", error: #"line 2, column "y": "0x1F" is not a number"#),
    Case("x,y\n1,\n", error: #"line 2, column "y": is empty, where a number should be"#),
    Case("x,y\n1,12%\n", error: #"line 2, column "y": "12%" is not a number"#),
    // Text that is none.
    Case("x,y\n1,2\n3,c\0at\n", error: "line 3: a zero byte in field 2 (byte 11 of the file): the file is damaged, or no UTF-8 text"),
    Case("x\0,\0y\0\n\01\0,\02\0\n\0", error: "line 1: a zero byte in field 1 (byte 1 of the file): the file is damaged, or no UTF-8 text"),
  ]

  @Test(arguments: cases) func readOrRefused(_ table: Case) throws {
    let text = message {
      let values = try Table(text: table.text, delimiter: table.delimiter).values(of: ["x", "y"])
      #expect(values == table.values)
    }
    #expect(text == (table.values == nil ? "text: \(table.error)" : "(no error)"))
  }

  @Test func whatIsNotFiniteIsReadWhereAskedFor() throws {
    let table = try Table(text: "x\nnan\ninf\n-inf\n1e400\n-1e400\n1\n")
    let values = try table.doubles("x", allowsNonFinite: true)
    #expect(values[0].isNaN && Array(values[1...]) == [.infinity, -.infinity, .infinity, -.infinity, 1])
    #expect(try Table(text: "x,y\n,1\n").doubles("x", missing: .nan)[0].isNaN)
  }

  @Test func aCommaAtTheEndOfEveryLineMakesNoColumn() throws {
    #expect(try Table(text: "x,y,\n1,2,\n").columnNames == ["x", "y"])
    #expect(try Table(text: "x,y,\n1,2,\n3,4,5\n").columnNames == ["x", "y", ""])
    #expect(try Table(text: "x,y,\"\"\n1,2,\n").columnNames == ["x", "y", ""])
  }
}

/// Labels: what they are, and what they are not.
struct LabelKindTests {
  private func labels(_ texts: [String]) throws -> ClassLabels {
    try Table(text: "y,z\n" + texts.map { "\($0),0\n" }.joined()).classLabels("y")
  }

  @Test func numbersAreOneClassHoweverTheyAreWritten() throws {
    #expect(try labels(["1", "2.0", " 1.0", "2e0"]).names == ["1", "2"])
    #expect(try labels(["0.5", ".5", "1.50", "-1"]).names == ["-1", "0.5", "1.5"])
    #expect(try labels(["9007199254740993", "9007199254740992"]).names == ["9007199254740992", "9007199254740993"])
    #expect(try labels(["1", "a"]).names == ["1", "a"])
  }

  @Test(arguments: ["nan", "NA", "inf", "null", "1e400", " NaN "]) func amongNumbersOneThatIsNoneIsNoClass(label: String) {
    let text = message { _ = try labels(["0", "1", label]) }
    #expect(text.hasPrefix("text: line 4, column \"y\": ") && text.hasSuffix(" is no label, where the others are numbers"), "\(text)")
  }

  @Test func aBlankLabelIsMissing() {
    #expect(message { _ = try labels(["a", " "]) } == #"text: line 3, column "y": the label is missing"#)
    #expect(message { _ = try labels(["1", ""]) } == #"text: line 3, column "y": the label is missing"#)
  }

  @Test func aQuantityLooksLikeRegression() throws {
    func looks(_ values: some Sequence<Any>) throws -> Bool { try labels(values.map { "\($0)" }).looksLikeRegression }
    // Prices, ages, measurements.
    #expect(try looks((0..<500).map { 100 + $0 * 7 % 131 }))
    #expect(try looks((0..<5000).map { 20 + $0 % 60 }))
    #expect(try looks([1.5, 2.25, 3.75, 1.5]))
    #expect(try looks((0..<30).map { $0 }))
    // Classes.
    #expect(try !looks((0..<1000).map { $0 % 100 }))
    #expect(try !looks((0..<1000).map { 1 + $0 % 100 }))
    #expect(try !looks([7, 13, 7, 5, 100_000]))
    #expect(try !looks([-1, 1, -1]))
    #expect(try !looks([0.5, 1.5, 0.5]))
    #expect(try !looks((0..<500).map { "house \($0)" }))
  }
}

/// Scales of columns whose squares, sums or differences leave the range of numbers.
struct StandardizationRangeTests {
  /// Standardising does not depend on the unit: all of these are the same column.
  @Test(arguments: [1, 1e308, 1e-308, 1e200, -1e160, 1e-170, 0x1p-1064]) func theUnitDoesNotMatter(unit: Double) {
    let base = [0.25, -1, 1.5, 0.75, -0.5, 1.75]
    var values = base.map { $0 * unit }, expected = base
    let scaling = Standardization(of: values, columnCount: 1)
    Standardization(of: base, columnCount: 1).apply(to: &expected)
    scaling.apply(to: &values)
    #expect(scaling.mean[0].isFinite && scaling.scale[0].isFinite && scaling.scale[0] > 0)
    let sign = unit < 0 ? -1.0 : 1
    for (value, expected) in zip(values, expected) {
      #expect(abs(value * sign - expected) < 1e-2 * (unit < 1e-300 && unit > 0 ? 1 : 1e-11))
    }
  }

  @Test func theLargestNumbersOfBothSigns() {
    let most = Double.greatestFiniteMagnitude
    var values = [most, -most, most, -most], far = [-most]
    let scaling = Standardization(of: values, columnCount: 1)
    #expect(scaling.mean == [0] && scaling.scale == [most])
    scaling.apply(to: &values)
    #expect(values == [1, -1, 1, -1])
    Standardization(of: [most, most / 2], columnCount: 1).apply(to: &far)
    #expect(abs(far[0] + 7) < 1e-12)
  }

  @Test func ordinaryColumnsBesideThemKeepTheirBits() {
    let ordinary = (0..<50).map { Double($0 * 7919 % 104_729) / 1000 }
    let alone = Standardization(of: ordinary, columnCount: 1)
    let both = Standardization(of: ordinary.flatMap { [$0, $0 * 1e300] }, columnCount: 2)
    #expect(both.mean[0] == alone.mean[0] && both.scale[0] == alone.scale[0])
  }

  @Test func constantColumnsOfAnyMagnitude() {
    for value in [1e308, 1e-308, 0, -1e200] {
      #expect(Standardization(of: [value, value, value], columnCount: 1).scale == [1], "\(value)")
    }
  }

  @Test func whatHasNoMeanIsRefused() {
    for bad in [Double.nan, .infinity, -.infinity] {
      let error = #expect(throws: TensorError.self) { try catching { _ = Standardization(of: [1, 2, 3, bad], columnCount: 2) } }
      #expect(error?.message == "row 1 of column 1 is \(bad), not a finite number")
    }
    for count in [0, -1, 2, .min] {
      #expect(throws: TensorError.self) { try catching { _ = Standardization(of: [1, 2, 3], columnCount: count) } }
    }
    var odd = [1.0, 2, 3]
    let scaling = Standardization(of: [1, 2], columnCount: 2)
    #expect(throws: TensorError.self) { try catching { scaling.apply(to: &odd) } }
  }
}
