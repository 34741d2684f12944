// What several ranks do together, under a launcher; the tests of ChainRuleDistributed start it.
//
//   mpiexec -n 2 RankCheck CHECK ARGUMENTS...
//
// Rank 0 prints what came out; the exit code is 0 where all is well.
import ChainRuleDistributed
import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
guard let name = arguments.first, let check = Check.all[name] else {
  print("usage: RankCheck \(Check.all.keys.sorted().joined(separator: "|")) ARGUMENTS...")
  exit(2)
}
do {
  try check(Array(arguments.dropFirst()))
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}
