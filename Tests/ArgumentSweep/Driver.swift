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

  /// The numbers, over the whole table, of the cases to run.
  mutating func run(_ numbers: [Int]) throws {
    let all = Table.cases
    var next = 0
    while next < numbers.count {
      let part = Array(numbers[next..<min(next + perProcess, numbers.count)])
      let (output, errors, ending) = try Self.spawn(executable, ["work"] + part.map(String.init))
      var done = 0
      for line in output.split(separator: "\n") where line.hasPrefix("< ") {
        if line != "< value", line != "< refused" { fail(all[part[done]], String(line.dropFirst(2))) }
        done += 1
      }
      count += done
      next += done
      guard done < part.count else { continue }
      // The one that ended the process.
      let culprit = all[part[done]]
      let sentence = errors.split(separator: "\n").first { $0.contains(": Fatal error: ") }
      if !(culprit.call.mayTrap && sentence?.firstMatch(of: /ChainRule\w*\/[\w+]+\.swift:\d+: Fatal error: \S/) != nil) {
        fail(culprit, "\(ending) \(sentence ?? "without a sentence")")
      }
      count += 1
      next += 1
    }
  }

  private mutating func fail(_ place: (call: Call, index: Int), _ what: String) {
    failures.append("\(place.call.key) | \(place.call.cases[place.index]): \(what)")
  }

  private static func spawn(_ executable: String, _ arguments: [String]) throws -> (output: String, errors: String, ending: String) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sweep-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process(), paths = ["output", "errors"].map { folder.appendingPathComponent($0) }
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    var environment = ProcessInfo.processInfo.environment
    environment["SWIFT_BACKTRACE"] = "enable=no"
    environment["CHAINRULE_THREADS"] = "1"
    process.environment = environment
    for path in paths { _ = FileManager.default.createFile(atPath: path.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: paths[0])
    process.standardError = try FileHandle(forWritingTo: paths[1])
    try process.run()
    process.waitUntilExit()
    let status = process.terminationStatus
    let ending = process.terminationReason == .exit ? "exit \(status)" : status == SIGALRM ? "no end in 5 s" : "signal \(status)"
    return (
      String(decoding: try Data(contentsOf: paths[0]), as: UTF8.self), String(decoding: try Data(contentsOf: paths[1]), as: UTF8.self),
      ending
    )
  }
}
