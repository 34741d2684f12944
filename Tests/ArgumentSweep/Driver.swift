import Foundation

/// Runs workers over the table, and a new one wherever one has ended before its last call.
struct Driver {
  var failures: [String] = []
  var count = 0
  let executable: String
  /// How many calls one process runs before the next starts.
  let perProcess: Int

  init(perProcess: Int) {
    self.perProcess = perProcess
    executable = CommandLine.arguments[0]
  }

  mutating func run(_ places: [Table.Place]) throws {
    // A process of one call mostly waits to be started and taken down, so many more of them than processors.
    let atOnce = perProcess == 1 ? 16 * ProcessInfo.processInfo.activeProcessorCount : 1
    var parts = stride(from: 0, to: places.count, by: perProcess).map { places[$0..<min($0 + perProcess, places.count)] }[...]
    var shown = 0
    while !parts.isEmpty {
      if count >= shown + 2000 {
        shown = count
        FileHandle.standardError.write(Data("\(count) of \(places.count) calls, \(failures.count) failed\n".utf8))
      }
      let started = try parts.prefix(atOnce).map { (part: $0, work: try Work(executable, $0)) }
      parts = parts.dropFirst(atOnce)
      for (part, work) in started {
        let rest = try take(work.end(), Array(part))
        if rest > 0 { parts.insert(part.suffix(rest), at: parts.startIndex) }
      }
    }
  }

  /// Counts the calls of a worker and notes those that failed; returns how many it did not come to.
  private mutating func take(_ end: (output: String, errors: String, ending: String), _ part: [Table.Place]) throws -> Int {
    var done = 0
    for line in end.output.split(separator: "\n") where line.hasPrefix("< ") {
      if line != "< value", line != "< refused" { fail(part[done], String(line.dropFirst(2))) }
      done += 1
    }
    count += done
    guard done < part.count else { return 0 }
    // The one that ended the process.
    let culprit = part[done]
    let sentence = end.errors.split(separator: "\n").first { $0.contains(": Fatal error: ") }
    if !(culprit.call.mayTrap && sentence?.firstMatch(of: /ChainRule\w*\/[\w+]+\.swift:\d+: Fatal error: \S/) != nil) {
      fail(culprit, "\(end.ending) \(sentence ?? "without a sentence")")
    }
    count += 1
    return part.count - done - 1
  }

  private mutating func fail(_ place: Table.Place, _ what: String) {
    failures.append("\(place.call.key) | \(place.call.cases[place.index].name): \(what)")
  }
}

/// A process that runs calls.
private struct Work {
  private let process = Process()
  private let folder: URL

  init(_ executable: String, _ places: ArraySlice<Table.Place>) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("sweep-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = ["work"] + places.map(\.text)
    process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no", "CHAINRULE_THREADS": "1"]) { $1 }
    for name in ["output", "errors"] { _ = FileManager.default.createFile(atPath: folder.appendingPathComponent(name).path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: folder.appendingPathComponent("output"))
    process.standardError = try FileHandle(forWritingTo: folder.appendingPathComponent("errors"))
    try process.run()
  }

  /// Waits for its end: what it wrote, and how it ended.
  func end() throws -> (output: String, errors: String, ending: String) {
    process.waitUntilExit()
    defer { try? FileManager.default.removeItem(at: folder) }
    let status = process.terminationStatus
    let ending =
      process.terminationReason == .exit ? "exit \(status)" : [SIGALRM, SIGPROF].contains(status) ? "no end in 5 s" : "signal \(status)"
    func text(_ name: String) throws -> String {
      String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
    }
    return (try text("output"), try text("errors"), ending)
  }
}
