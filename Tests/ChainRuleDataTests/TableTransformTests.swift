import ChainRule
import ChainRuleData
import Foundation
import Testing

struct TableTransformTests {
  private static let flats = """
    area,city,rooms
    50,Oslo,2
    ,Bergen,3
    70,Oslo,
    90, ,NA
    """

  private func table(_ text: String = flats) throws -> Table { try Table(text: text) }

  @Test func numbersAreStandardisedAndCategoriesAreOneHot() throws {
    let transform = try TableTransform(fitting: table())
    #expect(
      transform.featureNames == [
        "area", "area is missing", "city=Bergen", "city=Oslo", "city is missing", "rooms", "rooms is missing",
      ])
    let x = try transform.encoded(table())
    #expect(x.shape == [4, 7] && x.dtype == .float32)
    // 50, 70, 70 (the median), 90: mean 70, variance 200. 2, 3 and twice 2.5: mean 2.5, variance 1/8.
    let area = Float(20 / 200.0.squareRoot()), rooms = Float(0.5 / 0.125.squareRoot())
    let expected: [[Float]] = [
      [-area, 0, 0, 1, 0, -rooms, 0], [0, 1, 1, 0, 0, rooms, 0], [0, 0, 0, 1, 0, 0, 1], [area, 0, 0, 0, 1, 0, 1],
    ]
    for (row, values) in expected.enumerated() {
      for (found, value) in zip(x[row].array(of: Float.self), values) { #expect(abs(found - value) < 1e-6, "row \(row)") }
    }
    #expect(transform.codeCounts == [4])
    #expect(try transform.codes(table()).array(of: Int.self) == [2, 1, 2, 3])
    #expect(
      transform.decoded(x).map { $0.map { $0 ?? "-" } } == [
        ["50.0", "Oslo", "2.0"], ["-", "Bergen", "3.0"], ["70.0", "Oslo", "-"], ["90.0", "-", "-"],
      ])
    #expect(transform.summary[0] == "\"area\": numbers; 1 missing become the median, 70.0, and are marked")
    #expect(transform.summary[1] == "\"city\": 2 categories; 1 missing are a category of their own")
  }

  @Test func onlyTheRowsToLearnFromAreMeasured() throws {
    let transform = try TableTransform(fitting: table(), columns: ["area", "city"], rows: [0, 2])
    #expect(transform.featureNames == ["area", "city=Oslo"])
    // Mean 60, deviation 10; the empty cell is the median, the unknown city none.
    #expect(try transform.encoded(table()).array(of: Float.self) == [-1, 1, 0, 0, 1, 1, 3, 0])
    #expect(try transform.encoded(table(), rows: [3]).array(of: Float.self) == [3, 0])
    #expect(try transform.unknownCategories(table()) == ["city": 1])
    let again = try JSONDecoder().decode(TableTransform.self, from: JSONEncoder().encode(transform))
    #expect(again == transform)
  }

  @Test func policies() throws {
    var options = TableTransform.Options()
    (options.missingNumbers, options.missingCategories, options.unknownCategories) = (.mode, .mode, .mode)
    let text = "x,c\n1,b\n2,b\n2,a\n,\n"
    let transform = try TableTransform(fitting: table(text), options: options)
    #expect(transform.featureNames == ["x", "x is missing", "c=a", "c=b"])
    #expect(transform.decoded(try transform.encoded(table("x,c\n2,q\n"))) == [["2.0", "b"]])
    #expect(transform.summary[0].contains("1 missing become the mode, 2.0"))
    options.missingNumbers = .mean
    #expect(try TableTransform(fitting: table(text), options: options).summary[0].contains("the mean, 1.666"))
    options.missingNumbers = .refuse
    #expect(message { _ = try TableTransform(fitting: table(text), options: options) }.contains("line 5, column \"x\": is empty"))
    (options.missingNumbers, options.missingCategories) = (.median, .refuse)
    #expect(message { _ = try TableTransform(fitting: table(text), options: options) }.contains("line 5, column \"c\": is empty"))
    options.unknownCategories = .refuse
    let strict = try TableTransform(fitting: table(text), rows: [0, 1, 2], options: options)
    #expect(
      message { _ = try strict.encoded(table("x,c\n1,q\n")) } == #"text: line 2, column "c": "q" is none of "a", "b""#)
    // Postcodes are names.
    options = .init()
    options.categories = ["x"]
    #expect(try TableTransform(fitting: table(text), columns: ["x"], options: options).featureNames == ["x=1", "x=2", "x is missing"])
  }

  @Test func whatIsRefused() throws {
    func error(_ text: String, _ options: TableTransform.Options = .init()) -> String {
      message { _ = try TableTransform(fitting: table(text), options: options) }
    }
    for dates in [["2024-05-31", "2024-06-01"], ["31.5.2024", "1.6.24"], ["5/31/2024", "6/1/2024"], ["12:30", "12:30:59"]] {
      #expect(error("d\n" + dates.joined(separator: "\n")).contains("line 2, column \"d\": \"\(dates[0])\" is a date"), "\(dates)")
    }
    for texts in [["1-2", "a.b"], ["1.2.3", "x:y"], ["10.0.0.1", "ab"]] {
      #expect(error("d\n" + texts.joined(separator: "\n")) == "(no error)")
    }
    let numbers = (0..<20).map { "\($0)\n" }.joined()
    #expect(error("x\n\(numbers)1O\n") == #"text: line 22, column "x": "1O" is not a number"#)
    #expect(error("x,y\n1,\n2,\n").contains("column \"y\": is empty in every row"))
    #expect(error("x\ninf\n1\n").contains("line 2, column \"x\""))
    #expect(error("x\n").contains("no rows"))
    var few = TableTransform.Options()
    few.maxCategories = 2
    #expect(error("c\na\nb\nc\n", few).contains("3 different texts in 3 rows, and 2 categories are the most"))
    #expect(message { _ = try TableTransform(fitting: table(), columns: ["size"]) }.contains("no column of this name"))
    #expect(message { _ = try TableTransform(fitting: table(), rows: [9]) }.contains("no row 9"))
    let far = try TableTransform(fitting: table("x\n1\n2\n"))
    #expect(message { _ = try far.encoded(table("x\n1e300\n")) }.contains("line 2, column \"x\": lies too far"))
  }
}
