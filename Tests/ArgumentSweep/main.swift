// Gives every public function nonsense, one argument after the other, and reports whatever is neither a value nor a sentence.
//
//     ArgumentSweep all            every call in a process of its own
//     ArgumentSweep tenth [SEED]   every tenth, drawn by the seed, many in a process
//     ArgumentSweep match TEXT...  many in a process: the calls whose function's name contains one of the texts
//     ArgumentSweep keys           the functions of the table, a line for each row
import Foundation

let arguments = CommandLine.arguments.dropFirst()
switch arguments.first {
case "work":
  Worker.run(arguments.dropFirst().compactMap { Table.Place($0) })
case "keys":
  for call in Table.calls { print(call.key) }
case "all", "tenth", "match":
  let started = Date()
  var driver = Driver(perProcess: arguments.first == "all" ? 1 : 200)
  var chosen = Table.places
  if arguments.first == "tenth" {
    var state = arguments.dropFirst().first.flatMap { UInt64($0) } ?? UInt64(started.timeIntervalSince1970)
    print("seed \(state)")
    chosen = chosen.filter { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33 % 10 == 0
    }
  } else if arguments.first == "match" {
    chosen = chosen.filter { place in arguments.dropFirst().contains { place.call.key.contains($0) } }
  }
  try driver.run(chosen)
  driver.failures.forEach { print($0) }
  let seconds = Int(Date().timeIntervalSince(started))
  print("\(driver.count) calls of \(Table.calls.count) functions, \(driver.failures.count) failures, \(seconds) s")
  exit(driver.failures.isEmpty ? 0 : 1)
default:
  print("usage: ArgumentSweep all | tenth [SEED] | match TEXT... | keys")
  exit(2)
}
