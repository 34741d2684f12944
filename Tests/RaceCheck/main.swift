// One leaf, one graph or one network used by two tasks at once, in a release build: what an optimised build gets wrong shows in no
// debug build and to no sanitizer.
//
//   RaceCheck list                        the kinds
//   RaceCheck KIND SECONDS ELEMENTS       runs one; exit code 3 and a line where a value was wrong, 4 where it hung
//
// .ci/races runs them all. A fault shows as a crash, hence one process for each.
import Dispatch
import Foundation

let arguments = CommandLine.arguments
if arguments.count == 2, arguments[1] == "list" {
  for kind in Kind.all { print(kind.name) }
  exit(0)
}
guard arguments.count == 4, let kind = Kind.all.first(where: { $0.name == arguments[1] }), let seconds = Double(arguments[2]),
  let elements = Int(arguments[3])
else {
  print("usage: RaceCheck list | RaceCheck KIND SECONDS ELEMENTS")
  exit(2)
}

// A task that waits for ever would be no failure otherwise.
let watchdog = Thread {
  Thread.sleep(forTimeInterval: seconds + 60)
  fault("still not done a minute after the time was over", code: 4)
}
watchdog.start()

// Threads and not tasks of Swift's pool, which has as many threads as the machine has processors: here all run at once.
let tasks = kind.make(elements)
let deadline = ContinuousClock.now + .seconds(seconds)
let done = DispatchGroup()
let runs = UnsafeMutableBufferPointer<Int>.allocate(capacity: tasks.count)
for (i, task) in tasks.enumerated() {
  done.enter()
  nonisolated(unsafe) let count = runs.baseAddress! + i
  let thread = Thread {
    count.pointee = 0
    while ContinuousClock.now < deadline {
      task()
      count.pointee += 1
    }
    done.leave()
  }
  thread.stackSize = 8 << 20
  thread.start()
}
done.wait()
print("\(kind.name), \(elements) elements:", runs.map { "\($0)" }.joined(separator: " and "), "runs")
