import Foundation
import Testing

@testable import ChainRuleExplain

struct TextOutputTests {
  @Test func numbersReadWell() {
    #expect(NumberText.fixed(2.5, decimals: 2) == "2.50")
    #expect(NumberText.fixed(-0.001, decimals: 2) == "0.00")
    #expect(NumberText.fixed(1e20, decimals: 2) == "1e+20")
    let significant: [(Double, String)] = [
      (0, "0"), (1234, "1234"), (9.9996, "10"), (99999.6, "100000"), (1.23456e-10, "1.235e-10"), (-0.05, "-0.05"),
      (.leastNonzeroMagnitude, "4.941e-324"), (.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf"),
    ]
    for (value, text) in significant { #expect(NumberText.significant(value) == text) }
    let counts = [(0, "0"), (999, "999"), (1000, "1,000"), (-60000, "-60,000"), (Int.min, "-9,223,372,036,854,775,808")]
    for (value, text) in counts { #expect(NumberText.count(value) == text) }
    let compact: [(Double, String)] = [(950, "950"), (999.7, "1k"), (1234, "1.23k"), (45_600_000, "45.6M")]
    for (value, text) in compact { #expect(NumberText.compact(value) == text) }
    for (value, text) in [(512, "512 B"), (1536, "1.5 KiB"), (30_000_000, "28.6 MiB")] { #expect(NumberText.bytes(value) == text) }
    let durations: [(Double, String)] = [
      (12.3e-6, "12.3 us"), (4.56e-3, "4.56 ms"), (7.891, "7.89 s"), (59.94, "59.9 s"), (59.96, "1:00"), (65, "1:05"),
      (7384, "2:03:04"), (273_900, "3d 04:05"),
    ]
    for (value, text) in durations { #expect(NumberText.duration(value) == text) }
    #expect(NumberText.rate(12_345) == "12.3k it/s")
    #expect(NumberText.rate(0.4, unit: "step") == "2.50 s/step")
    #expect(NumberText.percent(0.98346) == "98.35%")
  }

  @Test func columnsCountWideCharacters() {
    #expect(TextMetrics.columns("abc") == 3)
    #expect(TextMetrics.columns("손실 함수") == 9)
    #expect(TextMetrics.columns("e\u{301}") == 1)
    #expect(TextMetrics.clipped("abcdef", columns: 4) == "abc…")
    #expect(TextMetrics.clipped("한국어", columns: 4) == "한…")
    #expect(TextMetrics.clipped("abc", columns: 3) == "abc")
  }

  @Test func tableAligns() {
    var table = TextTable([.init("이름"), .init("n", .right), .init("value", .decimal)])
    table.add(["fc1", "7", "12.5"])
    table.add(["합성곱", "1,234", "-0.125", "dropped"])
    table.add(["x\ny", "0", "nan"])
    table.add(["short"])
    #expect(
      table.text() == """
        이름        n    value
        ──────  ─────  ───────
        fc1         7   12.5
        합성곱  1,234   -0.125
        x y         0  nan
        short

        """)
    var pipes = TextTable([.init("a"), .init("b", .right)])
    pipes.add(["x|y", "1"])
    #expect(pipes.text(style: .markdown) == "| a    |   b |\n| ---- | --: |\n| x\\|y |   1 |\n")
  }

  @Test func sparklineSpansLowestToHighest() {
    #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
    #expect(Sparkline.text([2, 2, .nan]) == "▅▅ ")
    #expect(Sparkline.text([0, 0, 10, 10], width: 2, ascii: true) == "_@")
    #expect(Sparkline.text([]) == "")
  }

  private final class Sink {
    var text = ""
    var time = 0.0
  }

  private func progress(_ sink: Sink, total: Int?, isInteractive: Bool, columns: Int = 60) -> ProgressLine {
    ProgressLine(
      "epoch 1", total: total, unit: "batch", terminal: Terminal(isInteractive: isInteractive, columns: columns),
      now: { sink.time }, write: { sink.text += $0 })
  }

  @Test func pipedProgressIsPlainLinesAtABoundedRate() {
    let sink = Sink()
    var line = progress(sink, total: 1000, isInteractive: false)
    for step in 1...1000 {
      sink.time = Double(step) * 0.025
      line.update(step, note: "loss \(step)")
    }
    line.finish(note: "done")
    // 25 seconds: lines at 10 and 20, and the last.
    #expect(
      sink.text == """
        epoch 1  40%  400/1,000 batch  40 batch/s  15.0 s left  loss 400
        epoch 1  80%  800/1,000 batch  40 batch/s  5.00 s left  loss 800
        epoch 1  100%  1,000/1,000 batch  40 batch/s  in 25.0 s  done

        """)
    #expect(!sink.text.contains("\r") && !sink.text.contains("\u{1B}"))
  }

  @Test func terminalProgressRedrawsOneLineThatFits() {
    let sink = Sink()
    var line = progress(sink, total: 100, isInteractive: true)
    for step in 1...100 {
      sink.time += 0.02
      line.update(step, note: "a note that is too long for the line of this terminal")
    }
    line.log("saved")
    line.finish()
    #expect(sink.text.filter { $0 == "\n" }.count == 2)
    let redraws = sink.text.split(separator: "\r")
    #expect(redraws.count <= 23)
    for redraw in redraws.dropLast(2) { #expect(TextMetrics.columns(String(redraw.dropFirst(3))) <= 59) }
    #expect(sink.text.contains("\r\u{1B}[Ksaved\n"))
  }

  @Test func fileIsNoTerminal() throws {
    let null = try #require(FileHandle(forWritingAtPath: "/dev/null"))
    let terminal = Terminal(fileDescriptor: null.fileDescriptor)
    #expect(!terminal.isInteractive && !terminal.usesColor)
    #expect(terminal.columns == 80 && terminal.rows == 24)
  }

  @Test func progressWithoutAnEndCountsOn() {
    let sink = Sink()
    var line = progress(sink, total: nil, isInteractive: false)
    sink.time = 20
    line.update(10)
    line.finish()
    #expect(sink.text == "epoch 1  10 batch  2.00 s/batch\nepoch 1  10 batch  2.00 s/batch  in 20.0 s\n")
  }

  @Test func svgTextIsEscaped() {
    #expect(SVGDocument.escaped("<a href=\"x\">&\u{0}\u{1B}") == "&lt;a href=&quot;x&quot;&gt;&amp;\u{FFFD}\u{FFFD}")
    let numbers: [(Double, String)] = [(1, "1"), (-0.001, "0"), (.nan, "0"), (1e30, "10000000"), (2.5, "2.5"), (1.0 / 3, "0.33")]
    for (value, text) in numbers { #expect(SVGDocument.number(value) == text) }
  }
}
