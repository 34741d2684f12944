import ChainRule

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Checkpoints of a training run in a folder, one file of PyTorch's format for each: `step-000000100.pt`.
///
///     let checkpoints = CheckpointFolder("run", keep: 3)
///     try checkpoints.save(["model": TorchValue(model.stateDict()), "epoch": 3], step: 100)
///     if let latest = try checkpoints.latest() {
///       try model.load(latest.value["model"]!.tensors)
///       for error in latest.damaged { print("passed over:", error) }
///     }
///
/// Every part of a file carries its checksum, and all are looked at when it is read: a damaged checkpoint is named and the one before it used.
public struct CheckpointFolder: Sendable {
  /// The folder.
  public let path: String
  /// How many checkpoints are kept; older ones are removed when one is saved.
  public let keep: Int

  /// A checkpoint that was read.
  public struct Checkpoint: Sendable {
    /// The step it was saved at.
    public let step: Int
    /// What was saved.
    public let value: TorchValue
    /// What is wrong with later checkpoints, which were passed over.
    public let damaged: [FormatError]
  }

  /// The checkpoints in the folder at `path`, which is made when the first is saved.
  public init(_ path: String, keep: Int = 3) {
    self.path = path
    self.keep = Swift.max(keep, 1)
    if keep < 1 {
      refuse(TensorError(.argument, "\(keep) checkpoints cannot be kept", hint: "Keep at least one.", operation: "CheckpointFolder"))
    }
  }

  private func file(_ step: Int) -> String {
    let digits = String(step)
    return "\(path)/step-\(String(repeating: "0", count: Swift.max(0, 9 - digits.count)))\(digits).pt"
  }

  /// The steps of the checkpoints that are there, in order.
  ///
  /// - Throws: `FormatError` where the folder cannot be read.
  public func steps() throws(FormatError) -> [Int] {
    guard exists(path) else { return [] }
    return try entries(of: path).compactMap { name in
      guard name.hasPrefix("step-"), name.hasSuffix(".pt") else { return nil }
      return Int(name.dropFirst(5).dropLast(3)).flatMap { $0 >= 0 ? $0 : nil }
    }.sorted()
  }

  /// Saves `value` as the checkpoint of `step`, and removes the oldest beyond those that are kept.
  ///
  /// - Throws: `FormatError` where it cannot be written; what was there before is there still.
  public func save(_ value: TorchValue, step: Int) throws {
    guard step >= 0 else { throw FormatError(file: path, "the step \(step) is negative") }
    guard exists(path) || mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw FormatError(file: path, "cannot be made: \(systemMessage())")
    }
    try saveTorch(value, to: file(step))
    for old in try steps().filter({ $0 <= step }).dropLast(keep) { unlink(file(old)) }
  }

  /// The last checkpoint that is whole; nil where there is none.
  ///
  /// - Throws: `FormatError` of the last one, where there are some and all are damaged.
  public func latest() throws(FormatError) -> Checkpoint? {
    var damaged: [FormatError] = []
    for step in try steps().reversed() {
      do throws(FormatError) {
        return Checkpoint(step: step, value: try TorchFile(file(step)).value(), damaged: damaged)
      } catch {
        damaged.append(error)
      }
    }
    if let first = damaged.first { throw first }
    return nil
  }
}
