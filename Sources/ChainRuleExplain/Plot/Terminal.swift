#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the reader of an output stream can show.
public struct Terminal: Sendable, Equatable {
  /// Whether a person watches, so that lines may be redrawn; false for pipes, files and logs.
  public var isInteractive: Bool
  /// The width in columns; 80 where unknown.
  public var columns: Int
  /// The height in rows; 24 where unknown.
  public var rows: Int
  /// Whether braille and line drawing characters arrive.
  public var usesUnicode: Bool
  /// Whether colour escapes may be sent.
  public var usesColor: Bool

  /// Abilities stated by hand.
  public init(isInteractive: Bool, columns: Int = 80, rows: Int = 24, usesUnicode: Bool = true, usesColor: Bool = false) {
    self.isInteractive = isInteractive
    self.columns = columns
    self.rows = rows
    self.usesUnicode = usesUnicode
    self.usesColor = usesColor
  }

  /// Asks the system about a file descriptor, and the environment: `TERM=dumb` and `NO_COLOR` turn redrawing and colour off, the locale
  /// (`LC_ALL`, `LC_CTYPE`, `LANG`, the first that is set) says whether text is UTF-8.
  public init(fileDescriptor: Int32) {
    let isDumb = Self.environment("TERM") == "dumb"
    isInteractive = isatty(fileDescriptor) == 1 && !isDumb
    var size = winsize()
    // The request's integer type differs between the C libraries.
    let isKnown = ioctl(fileDescriptor, numericCast(TIOCGWINSZ), &size) == 0
    columns = isKnown && size.ws_col > 0 ? Int(size.ws_col) : 80
    rows = isKnown && size.ws_row > 0 ? Int(size.ws_row) : 24
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(Self.environment).first ?? ""
    usesUnicode = locale.uppercased().contains("UTF-8") || locale.uppercased().contains("UTF8")
    usesColor = isInteractive && Self.environment("NO_COLOR") == nil
  }

  /// The standard output.
  public static var output: Terminal { Terminal(fileDescriptor: 1) }
  /// The standard error, where progress is shown.
  public static var error: Terminal { Terminal(fileDescriptor: 2) }

  /// Writes the whole text to a file descriptor; what cannot be written is given up, because nobody is left to be told.
  static func write(_ text: String, to fileDescriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { writeBytes(fileDescriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }

  private static func writeBytes(_ fileDescriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Darwin)
    return Darwin.write(fileDescriptor, start, count)
    #elseif canImport(Glibc)
    return Glibc.write(fileDescriptor, start, count)
    #else
    return Musl.write(fileDescriptor, start, count)
    #endif
  }

  /// An environment variable; nil where unset or empty.
  private static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }
}
