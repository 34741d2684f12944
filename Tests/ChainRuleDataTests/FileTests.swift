import ChainRuleData
import Foundation
import Testing

struct FileReadingTests {
  @Test func aSmallFileIsCopiedAndALargeOneMapped() throws {
    let directory = try TemporaryDirectory()
    for count in [1, 1000, FileBytes.mappingThreshold - 1, FileBytes.mappingThreshold, FileBytes.mappingThreshold + 1] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let path = try directory.write("file", bytes)
      let read = try FileBytes.read(path)
      try FileManager.default.removeItem(atPath: path)
      #expect(read.array == bytes)
      #expect(read[count - 1..<count].array == [bytes[count - 1]])
    }
  }

  @Test func whatCannotBeReadGivesAClearError() throws {
    let directory = try TemporaryDirectory()
    func error(_ path: String, limit: Int = .max) -> String {
      message { _ = try FileBytes.read(path, limit: limit) }
    }
    #expect(error(directory("none")) == "\(directory("none")): cannot be opened: no such file or directory")
    #expect(error(directory.path) == "\(directory.path): is a directory, not a file")
    let empty = try directory.write("empty", [])
    #expect(error(empty) == "\(empty): the file is empty")
    let file = try directory.write("file", [1, 2, 3])
    #expect(error(file + "/x") == "\(file)/x: cannot be opened: a part of the path is not a directory")
    #expect(error(file, limit: 2) == "\(file): 3 bytes are more than the 2 accepted here")
    #expect(error("/dev/null") == "/dev/null: is not a regular file")
    #expect(error("") == "(no path): the path is empty")
    #expect(error("a\0b") == #"a\u{0}b: the path holds a zero byte"#)
    let pipe = directory("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(error(pipe) == "\(pipe): is not a regular file")
  }

  @Test func theSystemsFailuresAreReported() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("file", Array(0..<100))
    func error(_ change: (inout SystemCalls) -> Void) -> String {
      var calls = SystemCalls.system
      change(&calls)
      return message { _ = try FileBytes.read(path, calls: calls) }
    }
    let denied = error {
      $0.open = { _, _, _ in
        errno = EACCES
        return -1
      }
    }
    #expect(denied == "\(path): cannot be opened: permission denied")
    #expect(error { $0.read = { _, _, _ in 0 } } == "\(path): byte 0: the file was cut short while it was read")
    let broken = error {
      $0.read = { _, _, _ in
        errno = EIO
        return -1
      }
    }
    #expect(broken.hasPrefix("\(path): byte 0: cannot be read: "))
  }

  @Test func readsThatTransferLittleAreContinued() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("file", Array(0..<100))
    var calls = SystemCalls.system
    let interrupted = Counter()
    calls.read = { file, to, count in
      if interrupted.next() % 3 == 0 {
        errno = EINTR
        return -1
      }
      return SystemCalls.system.read(file, to, min(count, 7))
    }
    #expect(try FileBytes.read(path, calls: calls).array == Array(0..<100))
  }
}

struct AtomicWritingTests {
  /// Several writes, small and large, so that there are several calls to fail at.
  private static func writeNew(_ path: String, _ calls: SystemCalls = .system) throws {
    try writeAtomically(to: path, calls: calls) { writer in
      for _ in 0..<3 {
        try writer.write([UInt8](repeating: 7, count: 10))
        try writer.write(Bytes([UInt8](repeating: 8, count: 70_000)))
      }
      try writer.write([9])
    }
  }

  private static let new: [UInt8] =
    (0..<3).flatMap { _ in [UInt8](repeating: 7, count: 10) + [UInt8](repeating: 8, count: 70_000) } + [9]
  private static let old: [UInt8] = [1, 2, 3]
  /// 3 x (10 bytes, then 70,000), and the last byte.
  private static let writeCalls = 7

  @Test func theFileHoldsWhatWasWrittenAndNothingIsLeftBeside() throws {
    let directory = try TemporaryDirectory()
    try Self.writeNew(directory("file"))
    #expect(try contents(directory("file")) == Self.new)
    try Self.writeNew(directory("file"))
    #expect(try directory.names() == ["file"])
  }

  @Test func aPathWithoutADirectoryIsRelative() throws {
    let name = "chainrule-\(UUID().uuidString)"
    defer { unlink(name) }
    try Self.writeNew(name)
    #expect(try contents(name) == Self.new)
  }

  @Test func aFailureAtAnyCallLeavesTheOldFileWhole() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("file", Self.old)
    func failing(_ change: (inout SystemCalls) -> Void) throws {
      var calls = SystemCalls.system
      change(&calls)
      let text = message { try Self.writeNew(path, calls) }
      #expect(text.hasPrefix("\(path): cannot be"))
      #expect(text.hasSuffix("no space left on the disk"))
      #expect(try contents(path) == Self.old)
      #expect(try directory.names() == ["file"])
    }
    for failure in 0..<Self.writeCalls {
      let counter = Counter()
      try failing {
        $0.write = { file, from, count in
          if counter.next() == failure {
            errno = ENOSPC
            return -1
          }
          return SystemCalls.system.write(file, from, count)
        }
      }
      #expect(counter.value == failure + 1)
    }
    try failing {
      $0.open = { _, _, _ in
        errno = ENOSPC
        return -1
      }
    }
    try failing {
      $0.sync = { _ in
        errno = ENOSPC
        return -1
      }
    }
    try failing {
      $0.rename = { _, _ in
        errno = ENOSPC
        return -1
      }
    }
  }

  @Test func anErrorOfTheCallerLeavesTheOldFileWhole() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("file", Self.old)
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try writeAtomically(to: path) { writer in
        try writer.write([1])
        throw Stop()
      }
    }
    #expect(try contents(path) == Self.old)
    #expect(try directory.names() == ["file"])
  }

  @Test func writesThatTransferLittleAreContinued() throws {
    let directory = try TemporaryDirectory()
    var calls = SystemCalls.system
    let counter = Counter()
    calls.write = { file, from, count in
      if counter.next() % 3 == 0 {
        errno = EINTR
        return -1
      }
      return SystemCalls.system.write(file, from, min(count, 1000))
    }
    try Self.writeNew(directory("file"), calls)
    #expect(try contents(directory("file")) == Self.new)
  }

  @Test func permissionsAndLinksAreKept() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("file", Self.old)
    #expect(chmod(path, 0o640) == 0)
    #expect(symlink("file", directory("link")) == 0)
    try Self.writeNew(directory("link"))
    #expect(try contents(path) == Self.new)
    #expect(try directory.names() == ["file", "link"])
    var status = stat()
    #expect(lstat(path, &status) == 0 && status.st_mode & 0o7777 == 0o640)
    #expect(lstat(directory("link"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
  }

  @Test func whatIsNoFileIsNotReplaced() throws {
    let directory = try TemporaryDirectory()
    func error(_ path: String) -> String {
      message { try Self.writeNew(path) }
    }
    #expect(error(directory.path) == "\(directory.path): is a directory, not a file")
    #expect(error("/dev/null") == "/dev/null: is not a regular file")
    #expect(error(directory("none/file")) == "\(directory("none/file")): cannot be written: no such file or directory")
    #expect(symlink("nowhere", directory("link")) == 0)
    #expect(error(directory("link")) == "\(directory("link")): is a link that leads nowhere")
  }

  /// A process that dies at any write, before or after the data reaches the disk, or before the rename.
  @Test func aKilledProcessLeavesTheOldFileWhole() async throws {
    let directory = killDirectory(of: getpid())
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/file"
    for step in 0..<Self.writeCalls + 2 {
      try Data(Self.old).write(to: URL(fileURLWithPath: path))
      try Data([UInt8(step)]).write(to: URL(fileURLWithPath: directory + "/step"))
      await #expect(processExitsWith: .signal(SIGKILL)) {
        let directory = killDirectory(of: getppid())
        let step = Int(try contents(directory + "/step")[0])
        let counter = Counter()
        var calls = SystemCalls.system
        calls.write = { file, from, count in
          if counter.next() == step {
            // Half of it gets through, as when the machine stops.
            _ = SystemCalls.system.write(file, from, count / 2)
            kill(getpid(), SIGKILL)
          }
          return SystemCalls.system.write(file, from, count)
        }
        calls.sync = { file in
          if counter.next() == step { kill(getpid(), SIGKILL) }
          return SystemCalls.system.sync(file)
        }
        calls.rename = { from, to in
          if counter.next() == step { kill(getpid(), SIGKILL) }
          return SystemCalls.system.rename(from, to)
        }
        try AtomicWritingTests.writeNew(directory + "/file", calls)
      }
      #expect(try contents(path) == Self.old)
    }
  }
}

/// Where a process and the children it kills meet.
private func killDirectory(of process: pid_t) -> String {
  FileManager.default.temporaryDirectory.appendingPathComponent("chainrule-killed-\(process)").path
}

/// Counts calls; each test uses it from one thread.
private final class Counter: @unchecked Sendable {
  private(set) var value = 0

  func next() -> Int {
    defer { value += 1 }
    return value
  }
}
