import ChainRule
import ChainRuleData
import ChainRuleExplain
import Foundation

/// What a model of texts says of the lines of another: how each goes on, and how much it is surprised by it.
struct TextPredictions: Predictions {
  private static let length = 80
  private let lines: [(text: String, prediction: String, perplexity: Double?)]
  private let whole: Double?

  init(_ path: String, _ writer: TextWriter) throws {
    let text = try FileBytes.text(path)
    var texts = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    if texts.last == "" { texts.removeLast() }
    let end = try? writer.tokenizer.encode("\n").first
    let tokens = try texts.enumerated().map { i, line in try writer.tokens(line, "\(path): line \(i + 1)") }
    // Nothing has gone before an empty line: it goes on as one.
    let begun = tokens.indices.filter { !tokens[$0].isEmpty }
    let more = writer.continuations(of: begun.map { tokens[$0] }, length: Self.length, until: end) { sampleTokens($0, temperature: 0) }
    var predictions = [String](repeating: "", count: texts.count)
    for (line, tokens) in zip(begun, more) { predictions[line] = try writer.tokenizer.decode(tokens) }
    lines = zip(zip(texts, predictions), writer.perplexities(tokens)).map { ($0.0, $0.1, $1) }
    whole = writer.perplexities([try writer.tokens(text, path)])[0]
  }

  var columns: [String] { ["text", "prediction", "perplexity"] }
  var delimiter: Character { "," }
  var count: Int { lines.count }
  var rows: [[String]] { lines.map { [$0.text, $0.prediction, $0.perplexity.map { "\(Float($0))" } ?? ""] } }

  func line(_ row: [String]) -> String { "\(printable(row[0])) > \(printable(row[1]))" }

  func fit() throws -> Fit? {
    whole.map { Fit("perplexity \(NumberText.fixed($0, decimals: 3)) " + spoken("(all lines together)", "(모든 줄을 합쳐)")) }
  }
}
