#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The calls that can fail between a program and its disk. Tests put failing ones in their place: a full disk, a call that
/// transfers less than it was asked to, a process that dies half-way.
package struct SystemCalls: Sendable {
  package var open: @Sendable (_ path: String, _ flags: Int32, _ mode: UInt32) -> Int32
  package var read: @Sendable (_ file: Int32, _ to: UnsafeMutableRawPointer, _ count: Int) -> Int
  package var write: @Sendable (_ file: Int32, _ from: UnsafeRawPointer, _ count: Int) -> Int
  package var sync: @Sendable (_ file: Int32) -> Int32
  package var rename: @Sendable (_ from: String, _ to: String) -> Int32

  package static let system = SystemCalls(
    open: { systemOpen($0, $1, $2) }, read: { systemRead($0, $1, $2) }, write: { systemWrite($0, $1, $2) },
    sync: { fsync($0) }, rename: { systemRename($0, $1) })
}

// Inside the type its own members would hide the C library's names.
private func systemOpen(_ path: String, _ flags: Int32, _ mode: UInt32) -> Int32 {
  open(path, flags, mode_t(truncatingIfNeeded: mode))
}

private func systemRead(_ file: Int32, _ to: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(file, to, count)
}

private func systemWrite(_ file: Int32, _ from: UnsafeRawPointer, _ count: Int) -> Int {
  write(file, from, count)
}

private func systemRename(_ from: String, _ to: String) -> Int32 {
  rename(from, to)
}

/// What the last failed call reports, in words.
func systemMessage(_ code: Int32 = errno) -> String {
  switch code {
  case ENOENT: "no such file or directory"
  case EACCES, EPERM: "permission denied"
  case ENOSPC, EDQUOT: "no space left on the disk"
  case ENOTDIR: "a part of the path is not a directory"
  case EISDIR: "is a directory"
  default: strerror(code).map { String(cString: $0) } ?? "error \(code)"
  }
}

/// Checks what no system call would: a path that is empty, or that C would cut short.
func checkPath(_ path: String) throws(FormatError) {
  if path.isEmpty {
    throw FormatError(file: "(no path)", "the path is empty")
  }
  if path.utf8.contains(0) {
    throw FormatError(file: path, "the path holds a zero byte")
  }
}
