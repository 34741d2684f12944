import Foundation

/// Runs the bodies at once, each on a thread with a stack of `stack` bytes, and waits for all.
func onThreads(stack: Int = 512 * 1024, _ bodies: [@Sendable () -> Void]) {
  let finished = NSCondition()
  nonisolated(unsafe) var running = bodies.count
  for body in bodies {
    let thread = Thread {
      body()
      finished.withLock {
        running -= 1
        finished.signal()
      }
    }
    thread.stackSize = stack
    thread.start()
  }
  finished.withLock { while running > 0 { finished.wait() } }
}
