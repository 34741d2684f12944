import ChainRule
import ChainRuleData
import ChainRuleExplain
import Foundation

/// One tab: its run, and how fast it goes on. Everything happens on the engine's queue.
final class PlaySession {
  private(set) var trainer: Trainer
  private var table: PlayTable?
  private let stored: PlayStored?
  /// Counts what changes; the page is told of the newest.
  private(set) var version = 0
  /// The connection that listens, if any.
  var listener: Int?
  var leftAt = ContinuousClock.now
  /// Ends the session.
  let end: () -> Void
  private(set) var isRunning = false
  /// Where running stops by itself.
  private var lastStep: Int?
  /// Steps a second; 0 for as many as can be.
  private var speed = 0.0
  private var nextAt = ContinuousClock.now
  private var sample = 0
  private var runs = 0

  init(table: PlayTable?, plan given: PlayPlan?, stored: PlayStored?, end: @escaping () -> Void) throws(PlayError) {
    self.table = table
    self.stored = stored
    self.end = end
    var plan = given ?? PlayPlan()
    if given == nil, let table {
      plan.data = .csv
      plan.loss = table.classes.isEmpty ? .mse : .crossEntropy
    }
    do { trainer = try Trainer(plan, table: table, stored: stored) } catch { throw PlayError(wrapping: error) }
  }

  // MARK: Commands

  func begin(_ plan: PlayPlan) throws {
    trainer = try Trainer(plan, table: table, stored: stored)
    pause()
    runs += 1
    version += 1
  }

  func use(_ table: PlayTable) throws {
    var plan = trainer.plan
    plan.data = .csv
    plan.loss = table.classes.isEmpty ? .mse : .crossEntropy
    // The weights of a run are those of a network for its own data.
    if plan.start == .stored { plan.start = .standard }
    let next = try Trainer(plan, table: table)
    self.table = table
    trainer = next
    pause()
    runs += 1
    version += 1
  }

  func run(epochs: Int?) {
    if let epochs {
      let done = trainer.now.stepInEpoch
      lastStep = trainer.now.step + epochs * trainer.batchCount - done
    } else {
      lastStep = nil
    }
    isRunning = !trainer.isOver
    nextAt = .now
    version += 1
  }

  func pause() {
    isRunning = false
    version += 1
  }

  func step() {
    isRunning = false
    trainer.step()
    version += 1
  }

  func setSpeed(_ speed: Double) {
    self.speed = speed
    nextAt = .now
    version += 1
  }

  func go(toStep step: Int) {
    isRunning = false
    trainer.go(to: step - trainer.moments[0].step)
    version += 1
  }

  func look(atSample sample: Int) {
    self.sample = sample
    version += 1
  }

  /// The next step, node by node.
  func graph() throws -> Data { PlayJSON.encoded(try trainer.nextGraph()) }

  /// One weight: the loss along it, and how the last step moved it.
  func weight(_ layer: Int, _ row: Int, _ column: Int) throws -> Data { PlayJSON.encoded(try trainer.weight(layer, row, column)) }

  /// Writes the run into a new folder.
  func export() throws -> Data { PlayJSON.encoded(try trainer.export(table, stored)) }

  /// The run as a program, in two languages.
  func code() -> Data { PlayJSON.encoded(PlayCode(trainer.plan, trainer.data, stored: stored)) }

  // MARK: Training

  /// How long until the next step is due.
  var wait: Duration { speed == 0 ? .zero : max(.zero, nextAt - .now) }

  func train(for slice: Duration) {
    let clock = ContinuousClock(), end = clock.now + slice
    while isRunning {
      if speed > 0 {
        guard clock.now >= nextAt else { return }
        nextAt = max(nextAt + .seconds(1 / speed), clock.now - .milliseconds(100))
      }
      let stepped = trainer.step()
      version += 1
      if !stepped || trainer.isOver || trainer.now.step == lastStep { isRunning = false }
      if clock.now >= end { return }
    }
  }

  // MARK: What is sent

  private struct State: Encodable {
    let run: Int
    let running: Bool
    let speed: Double
    let sample: Int
    let state: TrainerState
  }

  func state() -> Data {
    PlayJSON.encoded(
      State(run: runs, running: isRunning, speed: speed, sample: sample, state: trainer.looking { trainer.state(sample: sample) }))
  }

  private struct Setup: Encodable {
    let run: Int
    let plan: PlayPlan
    let points: [TrainerState.Point]
    let classes: [String]
    let inputs: Int
    let names: [String]
    let samples: Int
    let tests: Int
    let summary: PlayText?
    let printed: String
    /// The folder of the run whose weights a network can begin with.
    let stored: String?
  }

  /// What stays the same as long as the run does.
  func setup() -> Data {
    PlayJSON.encoded(
      Setup(
        run: runs, plan: trainer.plan, points: trainer.points(), classes: trainer.data.classes, inputs: trainer.data.inputs,
        names: trainer.data.names, samples: trainer.data.train.count, tests: trainer.data.test.count,
        summary: trainer.plan.data == .csv ? table.map { PlayText($0.summary) } : nil, printed: "\(trainer.model)",
        stored: stored?.folder))
  }
}
