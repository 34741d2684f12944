import ChainRule
import ChainRuleExplain
import Foundation

/// All sessions, and the one queue they compute on: a tab's training goes on in slices, between which the others' and all commands have
/// their turn.
final class PlayEngine: @unchecked Sendable {
  /// What a tab is sent next.
  enum State {
    case same
    case new(Int, Data)
    case refused(PlayError)
  }

  /// More tabs than this are refused, so that memory is bounded.
  static let sessionLimit = 8
  /// How long a session waits for its tab to come back.
  private static let patience = Duration.seconds(60)
  /// How long a session trains before others have their turn.
  private static let slice = Duration.milliseconds(12)

  private let queue = DispatchQueue(label: "backprop play")
  /// What the page shows, the first of it at first.
  let views: [String]
  private let table: PlayTable?
  private let plan: PlayPlan?
  private let stored: PlayStored?
  /// A run that goes on elsewhere in this process; tabs watch it and have none of their own.
  private let live: LiveRun?
  // Below: of the queue alone.
  private let digits: PlayDigits?
  private var sessions: [String: PlaySession] = [:]
  private var isTraining = false
  private var listeners = 0

  /// - Parameters:
  ///   - plan: what a tab begins with.
  ///   - stored: the weights of the run that was opened.
  ///   - digits: the network that drawings are shown to.
  ///   - live: a run to be watched.
  init(table: PlayTable?, plan: PlayPlan? = nil, stored: PlayStored? = nil, digits: PlayDigits? = nil, live: LiveRun? = nil) {
    (self.table, self.plan, self.stored, self.digits, self.live) = (table, plan, stored, digits, live)
    views = live != nil ? ["live", "learn", "formula"] : (digits == nil ? [] : ["draw"]) + ["train", "learn", "formula"]
  }

  // MARK: Called from anywhere

  /// Answers a command.
  func answer(_ body: Data, tab: String) async -> Result<Data, PlayError> {
    await onQueue { engine in
      do {
        // A fault of the command is an answer; a fault of ours that traps elsewhere is one here.
        let answer = try catching { try PlayCommand(body).run(digits: engine.digits) { try engine.session(tab) } }
        engine.train()
        return .success(answer)
      } catch {
        return .failure(PlayError(wrapping: error))
      }
    }
  }

  /// The state of a tab's session where it is not `version`.
  func state(of tab: String, _ listener: Int, after version: Int) async -> State {
    if let live { return live.state(after: version).map { .new($0.version, $0.json) } ?? .same }
    return await onQueue { engine in
      do {
        let session = try engine.session(tab)
        session.listener = listener
        guard session.version != version else { return .same }
        return .new(session.version, try catching { session.state() })
      } catch {
        return .refused(PlayError(wrapping: error))
      }
    }
  }

  func nextListener() -> Int {
    queue.sync {
      listeners += 1
      return listeners
    }
  }

  /// The tab has gone, or its connection: training stops at once, and the session soon.
  func stopListening(_ tab: String, _ listener: Int) {
    queue.async { [self] in
      guard let session = sessions[tab], session.listener == listener else { return }
      session.listener = nil
      session.pause()
      session.leftAt = .now
    }
  }

  private func onQueue<R: Sendable>(_ body: @escaping @Sendable (PlayEngine) -> R) async -> R {
    await withCheckedContinuation { continuation in queue.async { [self] in continuation.resume(returning: body(self)) } }
  }

  // MARK: On the queue

  private func session(_ tab: String) throws(PlayError) -> PlaySession {
    if live != nil { throw PlayError("this page watches a run of backprop train --live", "이 페이지는 backprop train --live의 실행을 보여 줍니다") }
    if let session = sessions[tab] { return session }
    sessions = sessions.filter { $0.value.listener != nil || ContinuousClock.now - $0.value.leftAt < Self.patience }
    if sessions.count >= Self.sessionLimit,
      let oldest = sessions.filter({ $0.value.listener == nil }).min(by: { $0.value.leftAt < $1.value.leftAt })
    {
      sessions[oldest.key] = nil
    }
    guard sessions.count < Self.sessionLimit else {
      throw PlayError(
        "\(Self.sessionLimit) tabs are open, which is the most: close one, then reload this one",
        "탭이 이미 \(Self.sessionLimit)개 열려 있습니다. 하나를 닫고 이 탭을 새로 고치세요")
    }
    let session = try PlaySession(table: table, plan: plan, stored: stored) { [weak self] in self?.sessions[tab] = nil }
    sessions[tab] = session
    return session
  }

  /// Sees to it that sessions that run are trained, slice by slice.
  private func train() {
    guard !isTraining, sessions.values.contains(where: \.isRunning) else { return }
    isTraining = true
    queue.async { [self] in trainSlice() }
  }

  private func trainSlice() {
    let running = sessions.values.filter(\.isRunning)
    for session in running { session.train(for: Self.slice / running.count) }
    guard let wait = running.filter(\.isRunning).map(\.wait).min() else {
      isTraining = false
      return
    }
    // What is due at once still lets commands in first: the queue is in order.
    if wait > .zero {
      queue.asyncAfter(deadline: .now() + min(wait, .milliseconds(20)).inSeconds) { [self] in trainSlice() }
    } else {
      queue.async { [self] in trainSlice() }
    }
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension PlayError {
  /// What went wrong in a command, as the page says it.
  init(wrapping error: any Error) {
    if let error = error as? PlayError { self = error } else { self.init(Told.text(error, .english), Told.text(error, .korean)) }
  }
}
