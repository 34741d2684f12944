import ChainRule
import ChainRuleExplain
import Foundation

/// A run of `backprop train --live`, as the page sees it while it goes on: written by the training, read by the server.
final class LiveRun: @unchecked Sendable {
  /// Points drawn of the losses: more cannot be told apart.
  private static let pointLimit = 300
  private let lock = NSLock()
  private let folder: String
  private let plan: Phrase
  private let printed: String
  private let epochs: Int
  private let steps: Int
  private let isQuantity: Bool
  // Below: under the lock.
  private var losses: [Double]
  private var measured: [[Double]]
  private var rate = 0.0
  private var version = 0
  private var isOver = false

  private struct State: Encodable {
    let folder: String
    let plan: PlayText
    let printed: String
    let step: Int
    let steps: Int
    let epoch: Int
    let epochs: Int
    let lr: Double
    /// The mean loss of some steps, behind the last of them.
    let curve: [[Double]]
    /// Behind each epoch: its step, the losses of training and of samples not learned from, and their score.
    let measured: [[Double]]
    let quantity: Bool
    let over: Bool
  }

  init(_ run: TrainingRun, perEpoch: Int) {
    (folder, plan, printed) = (run.folder.path, run.planPhrase, "\(run.model)")
    (epochs, steps) = (run.settings.epochs, run.settings.epochs * perEpoch)
    losses = run.progress.losses
    if case .quantity = run.objective { isQuantity = true } else { isQuantity = false }
    measured = run.progress.epochs.enumerated().map { [Double(($0 + 1) * perEpoch), $1.trainLoss, $1.testLoss, $1.testScore] }
  }

  func endStep(loss: Double, rate: Double) {
    lock.withLock {
      losses.append(loss)
      self.rate = rate
      version += 1
    }
  }

  func endEpoch(_ record: EpochRecord) {
    lock.withLock {
      measured.append([Double(losses.count), record.trainLoss, record.testLoss, record.testScore])
      version += 1
    }
  }

  func end() {
    lock.withLock {
      isOver = true
      version += 1
    }
  }

  /// What is new since a version; nil where nothing is.
  func state(after known: Int) -> (version: Int, json: Data)? {
    lock.withLock {
      guard version != known else { return nil }
      let size = max(1, (losses.count + Self.pointLimit - 1) / Self.pointLimit)
      let curve = stride(from: 0, to: losses.count, by: size).map { start in
        let part = losses[start..<min(start + size, losses.count)]
        return [Double(start + part.count), part.reduce(0, +) / Double(part.count)]
      }
      return (
        version,
        PlayJSON.encoded(
          State(
            folder: folder, plan: PlayText(plan), printed: printed, step: losses.count, steps: steps, epoch: measured.count, epochs: epochs,
            lr: rate, curve: curve, measured: measured, quantity: isQuantity, over: isOver))
      )
    }
  }

  /// Serves the page beside the training, and says where; it ends with the process.
  func serve() throws {
    try PlayServer(port: 0, language: .spoken, engine: PlayEngine(table: nil, live: self)).start(waitsForEnd: false)
  }
}
