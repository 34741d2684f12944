import ChainRuleData
import Foundation
import Testing

struct TableTests {
  @Test func aHeaderNamesTheColumns() throws {
    let table = try Table(text: "x,y,name\n1,2.5,one\n-3,4e2,two\n")
    #expect(table.columnNames == ["x", "y", "name"])
    #expect(table.rowCount == 2)
    #expect(try table.integers("x") == [1, -3])
    #expect(try table.doubles("y") == [2.5, 400])
    #expect(try table.strings("name") == ["one", "two"])
    #expect(try table.values(of: ["y", "x"]) == [2.5, 1, 400, -3])
  }

  @Test func linesMayEndEitherWayAndTheLastNeedNot() throws {
    for text in ["a,b\n1,2\n3,4", "a,b\r\n1,2\r\n3,4\r\n", "\u{FEFF}a,b\n1,2\r\n3,4\n", "a,b\n1,2\n3,4\n\n\r\n\n"] {
      let table = try Table(text: text)
      #expect(table.columnNames == ["a", "b"])
      #expect(try table.values(of: ["a", "b"]) == [1, 2, 3, 4])
    }
  }

  @Test func quotedFieldsHoldAnything() throws {
    let table = try Table(text: "\"a,\r\nb\",\"say \"\"x\"\"\"\r\n\"\",\"1\"\r\n\"\"\"\",\" 2 \"\r\n")
    #expect(table.columnNames == ["a,\r\nb", "say \"x\""])
    #expect(try table.strings("a,\r\nb") == ["", "\""])
    #expect(try table.integers("say \"x\"") == [1, 2])
  }

  @Test func otherDelimitersAndNamesOfOnesOwn() throws {
    let table = try Table(text: "1\t2,5\n3\t4\n", delimiter: "\t", columnNames: ["x", "y"])
    #expect(table.rowCount == 2)
    #expect(try table.strings("y") == ["2,5", "4"])
  }

  @Test func aSingleColumnMayHaveEmptyFields() throws {
    let table = try Table(text: "x\n1\n\n3\n")
    #expect(try table.strings("x") == ["1", "", "3"])
    #expect(try table.doubles("x", missing: -1) == [1, -1, 3])
  }

  @Test func missingNumbersAreReplacedOnlyWhereAskedFor() throws {
    let table = try Table(text: "x,y\n, \n1,\"\"\n")
    #expect(try table.doubles("x", missing: .infinity) == [.infinity, 1])
    #expect(try table.doubles("y", missing: 0) == [0, 0])
    #expect(message { _ = try table.doubles("x") } == #"text: line 2, column "x": is empty, where a number should be"#)
  }

  @Test func aHeaderAloneIsATableWithoutRows() throws {
    let table = try Table(text: "x,y\n")
    #expect(table.rowCount == 0)
    #expect(try table.doubles("x") == [])
  }

  @Test func aFileIsRead() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("t.csv", "x\n1\n")
    #expect(try Table(contentsOf: path).integers("x") == [1])
    let empty = try directory.write("e.csv", "")
    #expect(message { _ = try Table(contentsOf: empty) } == "\(empty): the file is empty")
  }

  @Test(arguments: 0..<20) func whatIsQuotedIsReadBack(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let alphabet = ["a", "é", "\"", ",", "\n", "\r\n", " ", "😀", ""]
    let cells = (0..<60).map { _ in
      (0..<Int.random(in: 0...5, using: &generator)).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }.joined()
    }
    let lines = stride(from: 0, to: 60, by: 3).map { row in
      (0..<3).map { "\"\(cells[row + $0].replacing("\"", with: "\"\""))\"" }.joined(separator: ",")
    }
    let table = try Table(text: lines.joined(separator: "\r\n"), columnNames: ["0", "1", "2"])
    for column in 0..<3 {
      #expect(try table.strings("\(column)") == stride(from: column, to: 60, by: 3).map { cells[$0] })
    }
    // Damage must give an error or a table of whole rows.
    let bytes = Array(("x,y,z\n" + lines.joined(separator: "\n")).utf8)
    for _ in 0..<50 {
      guard let damaged = String(bytes: mutated(bytes, &generator), encoding: .utf8), let table = try? Table(text: damaged) else {
        continue
      }
      for column in table.columnNames {
        #expect(try table.strings(column).count == table.rowCount)
      }
    }
  }

  @Test(.enabled(if: dataDirectory != nil, "CHAINRULE_DATA is not set"))
  func theDigitsAreRead() throws {
    let table = try Table(contentsOf: #require(dataDirectory) + "/digits8-test.csv")
    #expect(table.rowCount == 10_000)
    let features = table.columnNames.filter { $0 != "label" }
    let values = try table.values(of: features)
    #expect(values.count == 640_000 && values.allSatisfy { (0...255).contains($0) })
    #expect(try table.classLabels("label").names == (0..<10).map { String($0) })
  }
}

struct MalformedTableTests {
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]

    init(_ expected: String, _ text: String) {
      self.init(expected, Array(text.utf8))
    }

    init(_ expected: String, _ bytes: [UInt8]) {
      testDescription = expected
      self.bytes = bytes
    }
  }

  static let cases: [Case] = [
    Case("the file is empty", ""),
    Case("the file is empty", "\u{FEFF}"),
    Case("line 3: 1 field, where there are 2 columns", "x,y\n1,2\n3\n4,5\n"),
    Case("line 3: 3 fields, where there are 2 columns", "x,y\n1,2\n3,4,5\n"),
    Case("line 5: 1 field, where there are 2 columns", "x,y\n1,\"2\n\n\"\n3\n"),
    Case("line 3: is blank", "x,y\n1,2\n\n3,4\n"),
    Case(#"line 1: columns 1 and 3 are both named "x""#, "x,y,x\n1,2,3\n"),
    Case("line 2: a quoted field without an end", "x,y\n1,\"2\n3,4\n"),
    Case("line 2: a quotation mark within a field that does not begin with one", "x,y\n1,2\"\n"),
    Case("line 3: text after the end of a quoted field", "x,y\n1,\"2\n\"3\n"),
    Case("line 2: a carriage return without a line feed after it; lines end with LF or CRLF", "x\n1\r2\n"),
    Case("line 2: byte 4 of the file is not UTF-8", [0x78, 0x0A, 0x31, 0x2C, 0xFF, 0x0A]),
    Case("line 2: byte 2 of the file is not UTF-8", [0x78, 0x0A, 0xE2, 0x82]),
    Case("byte 0: the text is UTF-16; save it as UTF-8", [0xFF, 0xFE, 0x78, 0]),
    Case("byte 0: the text is UTF-16; save it as UTF-8", [0xFE, 0xFF, 0, 0x78]),
    Case(#"line 3, column "x": "seven" is not a number"#, "y,x\n1,2\n1,seven\n"),
    Case(#"line 4, column "x": "1.2.3" is not a number"#, "y,x\n\"1\n\",2\n1,1.2.3\n"),
    Case(#"line 2, column "x": is empty, where a number should be"#, "x,y\n,1\n"),
    Case(#"column "x": no column of this name; the table has "a", "b""#, "a,b\n1,2\n"),
  ]

  @Test(arguments: cases) func givesOneClearError(_ malformed: Case) throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("t.csv", malformed.bytes)
    #expect(message { _ = try Table(contentsOf: path).doubles("x") } == "\(path): \(malformed.testDescription)")
  }

  @Test func aDelimiterMustDelimit() {
    for delimiter: Character in ["\"", "\n", "é", "\r\n"] {
      let text = message { _ = try Table(text: "x", delimiter: delimiter) }
      #expect(text.hasSuffix("is not one ASCII character that can delimit"))
    }
  }

  @Test func integersAndLabelsNameTheirPlace() throws {
    let table = try Table(text: "x,y\n1,a\n2.0,\n")
    #expect(message { _ = try table.integers("x") } == #"text: line 3, column "x": "2.0" is not an integer"#)
    #expect(message { _ = try table.classLabels("y") } == #"text: line 3, column "y": the label is missing"#)
    #expect(
      message { _ = try table.classIndices("y", among: ["b", "c"]) } == #"text: line 2, column "y": "a" is none of the classes "b", "c""#)
  }
}

struct NumberTextTests {
  private func double(_ text: String) -> Double? {
    try? Table(text: "x,y\n\(text),0\n").doubles("x", allowsNonFinite: true).first
  }

  private func integer(_ text: String) -> Int? {
    try? Table(text: "x,y\n\(text),0\n").integers("x").first
  }

  @Test func allTheWaysToWriteANumberAreRead() {
    let cases: [(String, Double)] = [
      ("0", 0), ("7", 7), ("+7", 7), ("-7.25", -7.25), (".5", 0.5), ("5.", 5), ("1e3", 1000), ("1E+3", 1000), ("1e-3", 0.001),
      (" 42\t", 42), ("007", 7), ("123456789012345678901234567890", 1.2345678901234568e29), ("0.1", 0.1),
      ("1e22", 1e22), ("1e23", 1e23), ("9007199254740993", 9_007_199_254_740_992), ("1e400", .infinity), ("-1e400", -.infinity),
      ("1e-400", 0), ("4.9e-324", .leastNonzeroMagnitude), ("2.2250738585072011e-308", Double.leastNormalMagnitude.nextDown),
      ("1e999999999999", .infinity),
      ("0e999999999999", 0), ("inf", .infinity), ("-Infinity", -.infinity),
      ("0.00000000000000000000000000000000001", 1e-35), ("1000000000000000000000000000000e-30", 1),
    ]
    for (text, value) in cases {
      #expect(double(text) == value, "\(text)")
    }
    #expect(double("-0")?.sign == .minus)
    #expect(double("NaN")?.isNaN == true)
  }

  @Test func whatIsNoNumberIsRefused() {
    for text in ["x", "1x", "1 2", "--1", "+", "-", ".", "e5", "1e", "1e+", "1.2.3", "0x10", "1_000", "nano", "infinit", "１", "1,"] {
      #expect(double(text) == nil, "\(text)")
    }
    for text in ["1.0", "1e3", "", "-", "9223372036854775808", "-9223372036854775809", "0x1", "a"] {
      #expect(integer(text) == nil, "\(text)")
    }
  }

  @Test func integersReachTheirLimits() {
    #expect(integer("9223372036854775807") == .max)
    #expect(integer("-9223372036854775808") == .min)
    #expect(integer(" +12 ") == 12)
  }

  @Test(arguments: 0..<10) func everyDoubleIsReadBack(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var values: [Double] = []
    for _ in 0..<300 {
      let bits = Double(bitPattern: generator.next())
      values.append(bits.isFinite ? bits : 0)
      // Short decimals take the fast way.
      values.append(Double(Int.random(in: -100_000...100_000, using: &generator)) / 1000)
    }
    let table = try Table(text: "x\n" + values.map { "\($0)" }.joined(separator: "\n"))
    #expect(try table.doubles("x").map(\.bitPattern) == values.map(\.bitPattern))
    let long = try Table(text: "x\n" + values.map { String(format: "%.25e", $0) }.joined(separator: "\n"))
    #expect(try long.doubles("x").map(\.bitPattern) == values.map(\.bitPattern))
  }
}

struct ClassLabelTests {
  @Test func integersAreNumberedByValueAndTextByItsBytes() throws {
    let table = try Table(text: "n,t\n10,b\n 9,a\n-1,B\n010,b\n")
    #expect(try table.classLabels("n").names == ["-1", "9", "10"])
    #expect(try table.classLabels("n").indices == [2, 1, 0, 2])
    #expect(try table.classLabels("t").names == ["B", "a", "b"])
    #expect(try table.classLabels("t").indices == [2, 1, 0, 2])
  }

  @Test func anotherTableIsNumberedAlike() throws {
    let train = try Table(text: "y\ncat\ndog\nemu\n").classLabels("y")
    #expect(try Table(text: "y\nemu\ncat\n").classIndices("y", among: train.names) == [2, 0])
  }
}

struct StandardizationTests {
  @Test func columnsGetMeanZeroAndDeviationOne() {
    var values: [Double] = [1, 10, 0.1, 3, 30, 0.1, 5, 80, 0.1]
    let standardization = Standardization(of: values, columnCount: 3)
    #expect(standardization.mean[0] == 3 && standardization.mean[1] == 40)
    #expect(standardization.scale[0] == (8.0 / 3).squareRoot())
    #expect(standardization.scale[2] == 1)
    standardization.apply(to: &values)
    for column in 0..<3 {
      let column = stride(from: column, to: 9, by: 3).map { values[$0] }
      #expect(abs(column.reduce(0, +)) < 1e-14)
    }
    #expect(abs(values[0] * values[0] + values[3] * values[3] + values[6] * values[6] - 3) < 1e-14)
  }

  @Test func aConstantColumnWhoseMeanIsRoundedIsStillConstant() {
    var values = [Double](repeating: 0.1, count: 1001)
    let standardization = Standardization(of: values, columnCount: 1)
    #expect(standardization.scale == [1])
    standardization.apply(to: &values)
    #expect(values.allSatisfy { abs($0) < 1e-12 })
  }

  @Test func aSmallSpreadAroundALargeMeanIsNotLost() {
    let values = (0..<1000).map { 1e9 + Double($0 % 2) }
    #expect(Standardization(of: values, columnCount: 1).scale == [0.5])
  }

  @Test func noRowsChangeNothing() {
    let standardization = Standardization(of: [], columnCount: 2)
    #expect(standardization.mean == [0, 0] && standardization.scale == [1, 1])
  }
}
