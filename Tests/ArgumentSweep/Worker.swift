import ChainRule
import Foundation
import TestSupport

/// Runs calls of the table and says on standard output how far it has come, so that whoever reads it knows which call ended it.
enum Worker {
  /// What one call may take of a processor, and how long it may wait for one, before a timer ends the process.
  static let seconds = Sanitizer.isLoaded ? 60 : 5, patience: UInt32 = 120
  /// What the process may have, so that a request between this and the machine's memory is the system's to refuse.
  static let bytes = 2 << 30

  /// Written at once, as the next line may not be reached.
  private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

  private static func startTimers() {
    var timer = itimerval()
    timer.it_value.tv_sec = seconds
    #if os(Linux)
    setitimer(Int32(ITIMER_PROF.rawValue), &timer, nil)
    #else
    setitimer(ITIMER_PROF, &timer, nil)
    #endif
    alarm(patience)
  }

  static func run(_ places: [Table.Place]) {
    #if os(Linux)
    // A sanitizer maps terabytes for itself.
    if !Sanitizer.isLoaded {
      var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
      _ = setrlimit(__rlimit_resource_t(9), &limit)  // RLIMIT_AS
    }
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    _ = setrlimit(__rlimit_resource_t(4), &none)  // RLIMIT_CORE
    #endif
    for place in places {
      let call = place.call, it = call.cases[place.index]
      startTimers()
      do {
        try catching { try call.run(it) }
        say("< value")
      } catch {
        say(it.isUsual ? "< usual call refused: \(error)" : "< refused")
      }
    }
  }
}
