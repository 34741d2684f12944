/// The progress of a long loop: one line that redraws itself on a terminal, plain lines now and then in a pipe or log.
///
/// ```swift
/// var progress = ProgressLine("epoch 1", total: 938, unit: "batch")
/// for (index, batch) in loader.enumerated() {
///   progress.update(index + 1, note: "loss 0.31")
/// }
/// progress.finish()
/// ```
public struct ProgressLine {
  private let label: String
  private let total: Int?
  private let unit: String
  private let language: ExplanationLanguage
  private let terminal: Terminal
  /// Seconds between two redraws or two lines.
  private let interval: Double
  private let now: () -> Double
  private let write: (String) -> Void
  private let start: Double
  private var done = 0
  private var note = ""
  private var shown: (time: Double, done: Int)
  private var speed: Double?
  private var isDrawn = false

  /// Progress towards `total` things (nil where the end is unknown), shown on the standard error.
  public init(
    _ label: String, total: Int?, unit: String = "it", language: ExplanationLanguage = .english, terminal: Terminal = .error
  ) {
    let clock = ContinuousClock()
    let origin = clock.now
    self.init(
      label, total: total, unit: unit, language: language, terminal: terminal, now: { (clock.now - origin) / .seconds(1) },
      write: { Terminal.write($0, to: 2) }
    )
  }

  /// Progress told the time by `now` (in seconds) and shown by `write`. Without an interval a terminal is redrawn at most ten times a second
  /// and a log gets a line every ten seconds.
  public init(
    _ label: String, total: Int?, unit: String = "it", language: ExplanationLanguage = .english, terminal: Terminal,
    interval: Double? = nil, now: @escaping () -> Double,
    write: @escaping (String) -> Void
  ) {
    self.label = label
    self.total = total
    self.unit = unit
    self.language = language
    self.terminal = terminal
    self.interval = interval ?? (terminal.isInteractive ? 0.1 : 10)
    self.now = now
    self.write = write
    start = now()
    shown = (start, 0)
  }

  /// States how many things are done, and what else is worth saying; cheap enough for every turn of a loop.
  public mutating func update(_ done: Int, note: @autoclosure () -> String = "") {
    self.done = done
    let time = now()
    guard time - shown.time >= interval else { return }
    self.note = note()
    measure(time)
    show(time)
  }

  /// Writes a line of its own without disturbing the progress.
  public mutating func log(_ line: String) {
    write((isDrawn ? Self.erase : "") + line + "\n")
    isDrawn = false
  }

  /// Shows the final state and ends the line.
  public mutating func finish(note: String? = nil) {
    if let note { self.note = note }
    let time = now()
    // The mean over all is what a finished run is remembered by.
    speed = time > start ? Double(done) / (time - start) : nil
    let end = text(time, isFinished: true)
    write(terminal.isInteractive ? Self.erase + end + "\n" : end + "\n")
    isDrawn = false
  }

  /// Carriage return, then clear to the end of the line (ECMA-48 EL).
  private static let erase = "\r\u{1B}[K"

  private mutating func measure(_ time: Double) {
    guard time > shown.time else { return }
    let latest = (Double(done) - Double(shown.done)) / (time - shown.time)
    // Smoothed, so that the time left does not jump about.
    speed = speed.map { 0.7 * $0 + 0.3 * latest } ?? latest
    shown = (time, done)
  }

  private mutating func show(_ time: Double) {
    let line = text(time, isFinished: false)
    if terminal.isInteractive {
      // One column stays free: a full line would wrap on some terminals.
      write(Self.erase + TextMetrics.clipped(line, columns: max(terminal.columns, 1) - 1, ellipsis: terminal.usesUnicode ? "…" : "..."))
      isDrawn = true
    } else {
      write(line + "\n")
    }
  }

  private func text(_ time: Double, isFinished: Bool) -> String {
    var parts = [label]
    if let total, total > 0 {
      let fraction = max(0, min(Double(done) / Double(total), 1))
      if terminal.isInteractive && !isFinished { parts.append(bar(fraction)) }
      parts.append("\(Int(fraction * 100))%")
      parts.append("\(NumberText.count(done))/\(NumberText.count(total)) \(unit)")
    } else {
      parts.append("\(NumberText.count(done)) \(unit)")
    }
    if let speed { parts.append(NumberText.rate(speed, unit: unit)) }
    if isFinished {
      let time = NumberText.duration(time - start)
      parts.append(Phrase("in \(time)", "걸린 시간 \(time)")(language))
    } else if let total, let speed, speed > 0 {
      let left = NumberText.duration(max(0, (Double(total) - Double(done)) / speed))
      parts.append(Phrase("\(left) left", "남은 시간 \(left)")(language))
    }
    if !note.isEmpty { parts.append(note) }
    return parts.filter { !$0.isEmpty }.joined(separator: "  ")
  }

  private func bar(_ fraction: Double) -> String {
    let width = max(6, min(24, terminal.columns / 5))
    let filled = Int(fraction * Double(width))
    let (full, empty) = terminal.usesUnicode ? ("━", "─") : ("#", ".")
    return String(repeating: full, count: filled) + String(repeating: empty, count: width - filled)
  }
}
