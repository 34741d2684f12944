import FlyingSocks
import Foundation

/// What a tab is sent as long as it listens: the newest state of its session, at most 30 times a second. A state that a slow reader has
/// not taken is never kept for it: the next one is made when it is ready.
struct PlayStream: AsyncBufferedSequence, Sendable {
  typealias Element = UInt8

  let engine: PlayEngine
  let tab: String

  func makeAsyncIterator() -> Iterator { Iterator(Listener(engine, tab)) }

  /// Tells the engine that the tab listens; gone with the connection.
  final class Listener: Sendable {
    let engine: PlayEngine
    let tab: String
    let number: Int

    init(_ engine: PlayEngine, _ tab: String) {
      self.engine = engine
      self.tab = tab
      number = engine.nextListener()
    }

    deinit { engine.stopListening(tab, number) }
  }

  struct Iterator: AsyncBufferedIteratorProtocol {
    private let listener: Listener
    private var version = -1
    private var isOver = false
    /// What has not been handed over of the event under way.
    private var rest: ArraySlice<UInt8> = []

    init(_ listener: Listener) { self.listener = listener }

    mutating func next() async throws -> UInt8? { try await nextBuffer(suggested: 1)?.first }

    mutating func nextBuffer(suggested count: Int) async throws -> ArraySlice<UInt8>? {
      if rest.isEmpty {
        guard !isOver else { return nil }
        rest = try await event()[...]
      }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }

    /// The next event; an empty comment once a second where nothing is new, by which a closed tab is noticed.
    private mutating func event() async throws -> [UInt8] {
      for _ in 0..<30 {
        try await Task.sleep(for: .milliseconds(33))
        switch await listener.engine.state(of: listener.tab, listener.number, after: version) {
        case .same: continue
        case .new(let next, let json):
          version = next
          return Array("data: ".utf8) + json + Array("\n\n".utf8)
        case .refused(let error):
          isOver = true
          return Array("event: refused\ndata: ".utf8) + error.json + Array("\n\n".utf8)
        }
      }
      return Array(":\n\n".utf8)
    }
  }
}
