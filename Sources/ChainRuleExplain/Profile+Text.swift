public import ChainRule

extension Profile {
  /// A row for each operation and phase, the longest first, then the sum and what passed outside operations.
  ///
  /// - Parameters:
  ///   - limit: how many operations at most.
  ///   - ascii: whether only ASCII characters are used.
  public func table(rows limit: Int = 30, ascii: Bool = false) -> String {
    let limit = max(0, limit)
    var table = TextTable([
      .init("operation"), .init("phase"), .init("calls", .right), .init("time", .right), .init("share", .right), .init("a call", .right),
      .init("bytes", .right), .init("GB/s", .right), .init("FLOPs", .right), .init("GFLOP/s", .right),
      .init("allocated", .right),
    ])
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
    let all = totals.flatMap { name, phases in phases.map { (name: name, phase: $0.rawValue, total: $1) } }
      .sorted { ($1.total.seconds, $0.name, $0.phase) < ($0.total.seconds, $1.name, $1.phase) }
    for row in all.prefix(limit) { add(row.name, row.phase, row.total) }
    if all.count > limit { add("\(all.count - limit) others", "", all.dropFirst(limit).map(\.total).reduce(Total(), +)) }
    let sum = total()
    add("all", "", sum)
    // What several threads do at once takes longer than the scope.
    if threads == 1 { table.add(["outside", "", "", NumberText.duration(duration - sum.seconds)]) }
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
