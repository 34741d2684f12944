import CKernels

#if canImport(Runtime) && os(Linux)
import Runtime
#endif

/// Where an operation was called, kept as addresses until someone wants to read it.
struct CallPlace {
  #if canImport(Runtime) && os(Linux)
  private let trace: Backtrace?

  init() { trace = try? Backtrace.capture(algorithm: .auto, limit: 100) }

  /// The innermost calls outside this library: where, and in which function.
  private var calls: [(line: String, function: String)] {
    guard let frames = trace?.symbolicated()?.frames else { return [] }
    let calls = frames.lazy.compactMap { frame -> (line: String, function: String)? in
      guard let symbol = frame.symbol, let location = symbol.sourceLocation, location.line > 0, !location.path.isEmpty,
        !location.path.hasPrefix(Self.library)
      else { return nil }
      return ("\(location.path):\(location.line)", symbol.name)
    }
    return Array(calls.prefix(4))
  }

  /// The innermost calls outside this library, one text; nil where nothing is known.
  var text: String? {
    let calls = calls
    return calls.isEmpty ? nil : calls.map { "\($0.line) in \($0.function)" }.joined(separator: ", called from ")
  }

  /// The sentence behind the innermost line outside this library, as compilers write it, and below it where that was called from.
  func led(_ sentence: String) -> String {
    let calls = calls
    guard let first = calls.first else { return "Fatal error: \(sentence)\n" }
    let outer = calls.dropFirst().map { "  called from \($0.line) in \($0.function)\n" }.joined()
    return "\(first.line): Fatal error: \(sentence)\n  in \(first.function)\n\(outer)"
  }

  /// What the paths of this library's own sources begin with: `.../Sources/ChainRule`, its sister modules included.
  private static let library = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
  #else
  private let addresses: [UnsafeMutableRawPointer?]

  init() {
    var frames = [UnsafeMutableRawPointer?](repeating: nil, count: 100)
    let count = Int(cr_backtrace(&frames, Int32(frames.count)))
    addresses = Array(frames.prefix(count))
  }

  /// The innermost calls outside this library, by their functions; the lines are in no symbol table.
  var text: String? {
    let functions = addresses.lazy.compactMap { address -> String? in
      guard let name = cr_function_name(address) else { return nil }
      defer { cr_free_text(name) }
      let text = String(cString: name)
      return text.contains("ChainRule.") || text.hasPrefix("cr_") ? nil : text
    }
    let calls = Array(functions.prefix(4))
    return calls.isEmpty ? nil : calls.joined(separator: ", called from ")
  }
  #endif
}

/// Ends a program that is wrong: says the sentence, the program's own line first, and traps.
///
/// Swift's runtime would print every frame, most of them of this library, and take seconds for it; with `CHAINRULE_BACKTRACE=1` in the
/// environment it does. Debuggers stop here in either case.
@inline(never)
func trap(_ sentence: String) -> Never {
  #if canImport(Runtime) && os(Linux)
  cr_trap(CallPlace().led(sentence))
  #else
  fatalError(sentence)
  #endif
}
