import Foundation
import Testing

/// A launcher of this machine, and how it is told not to mind that ranks share processors.
struct Launcher: CustomTestStringConvertible, Sendable {
  let name: String
  let path: String
  let arguments: [String]
  var testDescription: String { name }

  private static let known = [
    (name: "MPICH", programs: ["mpiexec.hydra", "mpiexec.mpich"], arguments: [String]()),
    (name: "Open MPI", programs: ["mpiexec.openmpi"], arguments: ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]),
  ]

  /// The launchers that are installed.
  static let all: [Launcher] = known.compactMap { kind in
    let path = kind.programs.lazy.map { "/usr/bin/\($0)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    return path.map { Launcher(name: kind.name, path: $0, arguments: kind.arguments) }
  }

  struct Result {
    let code: Int32
    let output: String
    let seconds: Double
  }

  /// Starts `program` in `ranks` processes, or with 0 without the launcher; what they print goes to `output`.
  func start(
    _ ranks: Int, _ program: URL, _ arguments: [String], environment: [String: String] = [:], output: Any? = FileHandle.nullDevice
  ) throws -> Process {
    let process = Process()
    process.executableURL = ranks == 0 ? program : URL(fileURLWithPath: path)
    process.arguments = ranks == 0 ? arguments : self.arguments + ["-n", "\(ranks)", program.path] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }.merging(["CHAINRULE_THREADS": "1"]) { $1 }
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    // A thread of the tests has most signals blocked, and would hand that down.
    var none = sigset_t(), before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try process.run()
    return process
  }

  /// Runs `program` in `ranks` processes and gives what they print.
  func run(_ ranks: Int, _ program: URL, _ arguments: [String], environment: [String: String] = [:]) throws -> Result {
    let output = Pipe(), began = ContinuousClock.now
    let process = try start(ranks, program, arguments, environment: environment, output: output)
    // Ranks that hang are a failure, and no test that never ends.
    DispatchQueue.global().asyncAfter(deadline: .now() + 600) { if process.isRunning { process.terminate() } }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(
      code: process.terminationStatus, output: String(decoding: data, as: UTF8.self), seconds: (ContinuousClock.now - began) / .seconds(1))
  }

  /// The program beside the tests.
  static func product(_ name: String) -> URL {
    #if os(macOS)
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL ?? Bundle.main.bundleURL
    return bundle.deletingLastPathComponent().appendingPathComponent(name)
    #else
    return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(name)
    #endif
  }
}
