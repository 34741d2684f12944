#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Reading whole files.
package enum FileBytes {
  /// From this size on a file is mapped instead of copied: opening it then costs nothing, and only what is used is read.
  package static let mappingThreshold = 1 << 20

  /// The bytes of the regular file at `path`. A large file is mapped: it must not be cut short by someone else while it is in
  /// use (this package's own writing replaces files as wholes, which disturbs no reader).
  ///
  /// Throws `FormatError` for a file that is missing, empty, unreadable, larger than `limit`, or no regular file.
  package static func read(
    _ path: String, limit: Int = .max, calls: SystemCalls = .system
  ) throws(FormatError) -> Bytes {
    try checkPath(path)
    // Not blocking: a pipe without a writer must give an error, not wait for ever.
    let file = calls.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0)
    guard file >= 0 else {
      throw FormatError(file: path, "cannot be opened: \(systemMessage())")
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else {
      throw FormatError(file: path, "cannot be read: \(systemMessage())")
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw FormatError(file: path, "is a directory, not a file")
    default: throw FormatError(file: path, "is not a regular file")
    }
    guard let size = Int(exactly: status.st_size), size > 0 else {
      throw FormatError(file: path, "the file is empty")
    }
    guard size <= limit else {
      throw FormatError(file: path, "\(size) bytes are more than the \(limit) accepted here")
    }
    if size >= mappingThreshold, let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0), base != MAP_FAILED {
      return Bytes(ByteStorage(base: base, count: size, owner: .mapping))
    }
    return try copy(file, size, path, calls)
  }

  private static func copy(
    _ file: Int32, _ size: Int, _ path: String, _ calls: SystemCalls
  ) throws(FormatError) -> Bytes {
    guard let builder = ByteBuilder(capacity: size) else {
      throw FormatError(file: path, "there is no memory for its \(size) bytes")
    }
    var done = 0
    while done < size {
      let count = calls.read(file, builder.base + done, size - done)
      if count > 0 {
        done += count
      } else if count == 0 {
        throw FormatError(file: path, place: .byte(done), "the file was cut short while it was read")
      } else if errno != EINTR {
        throw FormatError(file: path, place: .byte(done), "cannot be read: \(systemMessage())")
      }
    }
    return builder.finish(count: size)
  }
}
