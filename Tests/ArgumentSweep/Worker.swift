import ChainRule
import Foundation

/// Runs calls of the table and says on standard output how far it has come, so that whoever reads it knows which call ended it.
enum Worker {
  /// What one call may take; longer, and the alarm ends the process.
  static let seconds: UInt32 = 5
  /// What the process may have, so that a request between this and the machine's memory is the system's to refuse.
  static let bytes = 2 << 30

  /// Written at once, as the next line may not be reached.
  private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

  static func run(_ cases: [(call: Call, index: Int)]) {
    #if os(Linux)
    var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
    _ = setrlimit(__rlimit_resource_t(9), &limit)  // RLIMIT_AS
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    _ = setrlimit(__rlimit_resource_t(4), &none)  // RLIMIT_CORE
    #endif
    for (call, index) in cases {
      say("> \(call.key) | \(call.cases[index])")
      alarm(seconds)
      do {
        try catching { try call.run(index) }
        say("< value")
      } catch let error as TensorError where index == 0 {
        say("< usual call refused: \(error)")
      } catch {
        say(index == 0 ? "< usual call refused: \(error)" : "< refused")
      }
      alarm(0)
    }
  }
}
