import ChainRuleExplain
import FlyingFox
import FlyingSocks
import Foundation

/// The page, its stream and its commands over HTTP, for this machine alone.
///
/// Whoever knows the address may use it: it holds 128 random bits. A page of another origin that a browser on this machine shows knows
/// them not, and its requests carry another `Origin`; one behind a name that was pointed at 127.0.0.1 sends another `Host`.
struct PlayServer {
  /// No command is longer.
  static let bodyLimit = 1 << 20

  let port: UInt16
  let language: ExplanationLanguage
  let engine: PlayEngine
  let token = PlayServer.randomToken()

  /// Serves until the task is cancelled.
  ///
  /// - Parameter listening: is told the page's address as soon as it can be opened.
  /// - Throws: `PlayError` where the port cannot be had.
  func run(_ listening: @escaping @Sendable (String) -> Void) async throws {
    var port = port, isFirst = true
    while true {
      let began = ContinuousClock.now
      do {
        try await serve(port) { bound in
          port = bound
          if isFirst { listening("http://127.0.0.1:\(bound)/\(token)/") }
          isFirst = false
        }
      } catch {
        if isFirst {
          throw PlayError(
            "port \(port) cannot be used: \(error.localizedDescription); hint: leave --port out, or name another",
            "포트 \(port)을(를) 쓸 수 없습니다: \(error.localizedDescription). --port를 빼거나 다른 포트를 쓰세요")
        }
        try Task.checkCancellation()
        // The process ran out of file descriptors, say: connections end, and pages come back by themselves.
        if ContinuousClock.now - began < .seconds(1) { try await Task.sleep(for: .seconds(1)) }
      }
    }
  }

  /// Serves in a task of its own, and prints the page's address. Waits until the server has ended, or only until the page can be opened.
  ///
  /// - Parameter listening: is told the address when it has been printed.
  /// - Throws: what kept the server from running.
  func start(waitsForEnd: Bool, _ listening: @escaping @Sendable (String) -> Void = { _ in }) throws {
    let waited = DispatchSemaphore(value: 0), failure = Failure()
    Task {
      do {
        try await run { address in
          print(address)
          // Whoever reads the address from a pipe waits for it.
          fflush(nil)
          listening(address)
          if !waitsForEnd { waited.signal() }
        }
      } catch {
        failure.error = error
      }
      waited.signal()
    }
    waited.wait()
    if let error = failure.error { throw error }
  }

  /// What ended the server; written before the signal that it is read after.
  private final class Failure: @unchecked Sendable {
    var error: (any Error)?
  }

  private func serve(_ port: UInt16, _ bound: (UInt16) -> Void) async throws {
    let configuration = HTTPServer.Configuration(
      address: try sockaddr_in.inet(ip4: "127.0.0.1", port: port), timeout: 30, sharedRequestBufferSize: 1 << 16,
      sharedRequestReplaySize: Self.bodyLimit, logger: .disabled)
    let place = PlayPlace()
    let server = HTTPServer(config: configuration, handler: ClosureHTTPHandler { request in await answer(request, place.port) })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      group.addTask { try await server.waitUntilListening() }
      // Either it listens now, or it has failed.
      try await group.next()
      guard case .ip4(_, port: let actual)? = await server.listeningAddress else { throw PlayError("it has no address") }
      place.port = actual
      bound(actual)
      try await group.next()
    }
  }

  // MARK: One request

  private func answer(_ request: HTTPRequest, _ port: UInt16) async -> HTTPResponse {
    let hosts = ["127.0.0.1:\(port)", "localhost:\(port)"]
    guard let host = request.headers[.host], hosts.contains(host) else { return refusal(.forbidden, "another host") }
    if let origin = request.headers[HTTPHeader("Origin")], !hosts.contains(where: { origin == "http://\($0)" }) {
      return refusal(.forbidden, "another origin")
    }
    let parts = request.target.path().split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isEmpty, parts[1] == token else { return refusal(.notFound, "no such page") }
    switch (request.method, String(parts[2])) {
    case (.GET, "stream"): return stream(request)
    case (.POST, "do"): return await command(request)
    case (.GET, let name):
      guard let asset = PlayAssets.asset(name, language, engine.views) else { return refusal(.notFound, "no such page") }
      return response(.ok, asset.type, Data(asset.text.utf8))
    default: return refusal(.methodNotAllowed, "GET and POST are answered")
    }
  }

  private func stream(_ request: HTTPRequest) -> HTTPResponse {
    guard let tab = tab(of: request) else { return refusal(.badRequest, "tab is missing") }
    let bytes = PlayStream(engine: engine, tab: tab)
    return HTTPResponse(
      statusCode: .ok, headers: headers("text/event-stream"), body: HTTPBodySequence(from: bytes, suggestedBufferSize: 1 << 16))
  }

  private func command(_ request: HTTPRequest) async -> HTTPResponse {
    guard let tab = tab(of: request) else { return refusal(.badRequest, "tab is missing") }
    // A form of another page cannot send this type without being asked first.
    guard request.headers[.contentType]?.hasPrefix("application/json") == true else {
      return refusal(.unsupportedMediaType, "commands are application/json")
    }
    guard let body = await body(of: request) else { return refusal(.payloadTooLarge, "a command has at most \(Self.bodyLimit) bytes") }
    switch await engine.answer(body, tab: tab) {
    case .success(let json): return response(.ok, "application/json", json)
    case .failure(let error): return response(.unprocessableContent, "application/json", error.json)
    }
  }

  /// The body, read piece by piece; nil where it is too long, whatever length it claims.
  private func body(of request: HTTPRequest) async -> Data? {
    if let count = request.bodySequence.count, count > Self.bodyLimit { return nil }
    var body = Data()
    do {
      for try await piece in request.bodySequence {
        body.append(piece)
        if body.count > Self.bodyLimit { return nil }
      }
    } catch {
      return nil
    }
    return body
  }

  /// The name that a tab gave itself.
  private func tab(of request: HTTPRequest) -> String? {
    guard let name = request.query.first(where: { $0.name == "tab" })?.value, (8...40).contains(name.utf8.count),
      name.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) })
    else { return nil }
    return name
  }

  // MARK: Responses

  /// Nothing but what this server sends is loaded, run or asked.
  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    + "form-action 'none'; frame-ancestors 'none'"

  private func headers(_ type: String) -> HTTPHeaders {
    [
      .contentType: type + "; charset=utf-8", HTTPHeader("Content-Security-Policy"): Self.policy,
      HTTPHeader("X-Content-Type-Options"): "nosniff", HTTPHeader("Referrer-Policy"): "no-referrer",
      HTTPHeader("Cache-Control"): "no-store", HTTPHeader("Cross-Origin-Resource-Policy"): "same-origin",
      HTTPHeader("Cross-Origin-Opener-Policy"): "same-origin",
    ]
  }

  private func response(_ status: HTTPStatusCode, _ type: String, _ body: Data) -> HTTPResponse {
    HTTPResponse(statusCode: status, headers: headers(type), body: body)
  }

  private func refusal(_ status: HTTPStatusCode, _ reason: String) -> HTTPResponse {
    response(status, "text/plain", Data("\(reason)\n".utf8))
  }

  private static func randomToken() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}

/// Where the server listens, known before its address is.
private final class PlayPlace: @unchecked Sendable {
  private let lock = NSLock()
  private var value: UInt16 = 0

  var port: UInt16 {
    get { lock.withLock { value } }
    set { lock.withLock { value = newValue } }
  }
}
