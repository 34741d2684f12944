public import ChainRule

extension Profile {
  /// A row for each operation and phase, the longest first, then the sum and what passed outside operations.
  ///
  /// - Parameters:
  ///   - limit: how many operations at most.
  ///   - ascii: whether only ASCII characters are used for the rule.
  ///   - language: what the heads are written in.
  public func table(rows limit: Int = 30, ascii: Bool = false, language: ExplanationLanguage = .english) -> String {
    let limit = max(0, limit)
    func says(_ english: String, _ korean: String) -> String { Phrase(english, korean)(language) }
    var table = TextTable([
      .init(says("operation", "연산")), .init(says("phase", "단계")), .init(says("calls", "호출"), .right), .init(says("time", "시간"), .right),
      .init(says("share", "비율"), .right), .init(says("a call", "호출당"), .right), .init(says("bytes", "바이트"), .right), .init("GB/s", .right),
      .init("FLOPs", .right), .init("GFLOP/s", .right), .init(says("allocated", "할당"), .right),
    ])
    func spoken(_ phase: Phase) -> String {
      switch phase {
      case .forward: says("forward", "순전파")
      case .backward: says("backward", "역전파")
      case .update: says("update", "갱신")
      case .span: says("span", "구간")
      }
    }
    func add(_ name: String, _ phase: String, _ total: Total) {
      let isTimed = total.seconds > 0
      table.add([
        name, phase, NumberText.count(total.calls), NumberText.duration(total.seconds),
        NumberText.percent(duration > 0 ? total.seconds / duration : 0, decimals: 1),
        total.calls > 0 ? NumberText.duration(total.seconds / Double(total.calls)) : "",
        total.bytes > 0 ? NumberText.bytes(total.bytes) : "",
        total.bytes > 0 && isTimed ? NumberText.fixed(Double(total.bytes) / total.seconds / 1e9, decimals: 1) : "",
        total.flops > 0 ? NumberText.compact(total.flops) : "",
        total.flops > 0 && isTimed ? NumberText.fixed(total.flops / total.seconds / 1e9, decimals: 1) : "",
        total.allocated > 0 ? NumberText.bytes(total.allocated) : "",
      ])
    }
    let all = totals.flatMap { name, phases in phases.map { (name: name, phase: spoken($0), total: $1) } }
      .sorted { ($1.total.seconds, $0.name, $0.phase) < ($0.total.seconds, $1.name, $1.phase) }
    for row in all.prefix(limit) { add(row.name, row.phase, row.total) }
    if all.count > limit {
      add(says("\(all.count - limit) others", "나머지 \(all.count - limit)개"), "", all.dropFirst(limit).map(\.total).reduce(Total(), +))
    }
    let sum = total()
    add(says("all", "전체"), "", sum)
    // What several threads do at once takes longer than the scope.
    if threads == 1 { table.add([says("outside", "연산 밖"), "", "", NumberText.duration(duration - sum.seconds)]) }
    return table.text(ascii: ascii)
  }

  /// The events for chrome://tracing or ui.perfetto.dev: JSON in the Trace Event Format, one row for each phase
  /// of each thread.
  public func chromeTrace() -> String {
    var rows: [(thread: Int, phase: Phase)] = []
    for thread in 0..<threads {
      for phase in [Phase.forward, .backward, .update, .span] where phase != .span || events.contains(where: { $0.phase == .span }) {
        rows.append((thread, phase))
      }
    }
    let names = rows.enumerated().map { i, row in
      JSONText.object([
        "name": .string("thread_name"), "ph": .string("M"), "pid": .integer(1), "tid": .integer(i + 1),
        "args": .object(["name": .string(row.thread == 0 ? row.phase.rawValue : "\(row.phase.rawValue), thread \(row.thread)")]),
      ])
    }
    let spans = events.map { event in
      JSONText.object([
        "name": .string(event.name), "cat": .string(event.phase.rawValue), "ph": .string("X"), "pid": .integer(1),
        "tid": .integer((rows.firstIndex { $0 == (event.thread, event.phase) } ?? 0) + 1), "ts": .number(event.start * 1e6),
        "dur": .number(event.duration * 1e6),
        "args": .object([
          "shapes": .string("\(event.shapes)"), "bytes": .integer(event.bytes), "flops": .number(event.flops),
          "allocated": .integer(event.allocated),
        ]),
      ])
    }
    let lines = (names + spans).map(\.text)
    return "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n" + lines.joined(separator: ",\n") + "\n]}\n"
  }
}
