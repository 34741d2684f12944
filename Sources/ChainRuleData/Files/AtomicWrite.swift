#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Writes the file at `path` as a whole or not at all: beside it, then to the disk, then renamed over it. Whatever fails, and
/// wherever the process dies, a file that was there before stays as it was.
///
/// A symbolic link stays one: its target is replaced. The permissions of a file that is replaced are kept.
package func writeAtomically<Result>(
  to path: String, calls: SystemCalls = .system, _ body: (inout FileWriter) throws -> Result
) throws -> Result {
  try checkPath(path)
  let (target, mode) = try destination(path)
  let (temporary, file) = try createBeside(target, mode: mode ?? 0o666, path: path, calls)
  var isOpen = true
  var isRenamed = false
  defer {
    if isOpen { close(file) }
    if !isRenamed { unlink(temporary) }
  }
  var writer = FileWriter(file: file, path: path, calls: calls)
  let result = try body(&writer)
  try writer.flush()
  // `open` masks the mode; a file that is replaced keeps its own.
  if let mode, fchmod(file, mode_t(truncatingIfNeeded: mode)) != 0 {
    throw FormatError(file: path, "cannot set its permissions: \(systemMessage())")
  }
  guard calls.sync(file) == 0 else {
    throw FormatError(file: path, "cannot be written to the disk: \(systemMessage())")
  }
  isOpen = false
  // Network file systems report a full disk here.
  guard close(file) == 0 else {
    throw FormatError(file: path, "cannot be written to the disk: \(systemMessage())")
  }
  guard calls.rename(temporary, target) == 0 else {
    throw FormatError(file: path, "cannot be replaced: \(systemMessage())")
  }
  isRenamed = true
  syncDirectory(of: target)
  return result
}

/// Collects small writes and passes them on in large ones.
package struct FileWriter: ~Copyable {
  private let file: Int32
  private let path: String
  private let calls: SystemCalls
  private var pending: [UInt8] = []
  private static let blockSize = 1 << 16

  init(file: Int32, path: String, calls: SystemCalls) {
    self.file = file
    self.path = path
    self.calls = calls
    pending.reserveCapacity(Self.blockSize)
  }

  package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
    if pending.count + bytes.count <= Self.blockSize {
      pending.append(contentsOf: bytes)
    } else {
      try flush()
      try send(bytes)
    }
  }

  package mutating func write(_ bytes: Bytes) throws(FormatError) {
    try bytes.withUnsafeBytes { (buffer) throws(FormatError) in try write(buffer) }
  }

  package mutating func write(_ bytes: [UInt8]) throws(FormatError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(FormatError) in try write(UnsafeRawBufferPointer(buffer)) }
  }

  mutating func flush() throws(FormatError) {
    try pending.withUnsafeBufferPointer { (buffer) throws(FormatError) in try send(UnsafeRawBufferPointer(buffer)) }
    pending.removeAll(keepingCapacity: true)
  }

  private func send(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
    var rest = bytes[...]
    while let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
      // Darwin refuses to transfer 2 GiB or more at once.
      let count = calls.write(file, base, min(rest.count, 1 << 30))
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count == 0 || errno != EINTR {
        throw FormatError(file: path, "cannot be written: \(count == 0 ? "the disk takes no more bytes" : systemMessage())")
      }
    }
  }
}

/// The file to replace, which is where a link leads, and the permissions of what is there.
private func destination(_ path: String) throws(FormatError) -> (target: String, mode: UInt32?) {
  var status = stat()
  guard stat(path, &status) == 0 else {
    guard errno == ENOENT else {
      throw FormatError(file: path, "cannot be written: \(systemMessage())")
    }
    if lstat(path, &status) == 0 {
      throw FormatError(file: path, "is a link that leads nowhere")
    }
    return (path, nil)
  }
  switch status.st_mode & S_IFMT {
  case S_IFREG: break
  case S_IFDIR: throw FormatError(file: path, "is a directory, not a file")
  default: throw FormatError(file: path, "is not a regular file")
  }
  guard let resolved = realpath(path, nil) else {
    throw FormatError(file: path, "cannot be written: \(systemMessage())")
  }
  defer { free(resolved) }
  return (String(cString: resolved), UInt32(status.st_mode & 0o7777))
}

/// Creates a file in the directory of `target`, because only within a file system is a rename atomic.
private func createBeside(
  _ target: String, mode: UInt32, path: String, _ calls: SystemCalls
) throws(FormatError) -> (path: String, file: Int32) {
  for _ in 0..<100 {
    let temporary = "\(target).\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
    let file = calls.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    if file >= 0 {
      return (temporary, file)
    }
    if errno != EEXIST {
      throw FormatError(file: path, "cannot be written: \(systemMessage())")
    }
  }
  throw FormatError(file: path, "cannot be written: every name tried beside it is taken")
}

/// Makes the rename itself survive a loss of power. Some file systems cannot; then the order of their writes must do.
private func syncDirectory(of target: String) {
  let directory = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "."
  let file = open(directory, O_RDONLY | O_CLOEXEC)
  if file >= 0 {
    fsync(file)
    close(file)
  }
}
