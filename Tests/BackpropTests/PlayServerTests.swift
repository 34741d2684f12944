import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// `backprop play` as a process, asked over sockets: also what no browser would send.
struct PlayServerTests {
  /// The program, while the test runs.
  private final class Server {
    let process: Process
    let port: UInt16
    let path: String

    init(_ arguments: [String] = ["play"]) throws {
      process = Command.process(arguments)
      let output = Pipe()
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try process.run()
      // The address comes at once, into a pipe too.
      var line = Data()
      while !line.contains(0x0A), case let piece = output.fileHandleForReading.availableData, !piece.isEmpty { line += piece }
      let match = try #require(try /http:\/\/127\.0\.0\.1:(\d+)(\/[0-9a-f]{32}\/)\n/.prefixMatch(in: String(decoding: line, as: UTF8.self)))
      port = try #require(UInt16(match.output.1))
      path = String(match.output.2)
    }

    deinit {
      // A thread of the tests starts it with most signals blocked.
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }

    /// What comes back for these bytes, up to the end, to `limit` bytes or to a text; nothing where the connection is closed.
    func send(_ bytes: Data, limit: Int = 1 << 22, seconds: Int = 5, isLast: Bool = false, until end: String? = nil) -> String {
      #if canImport(Glibc)
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      #else
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
      #endif
      defer { close(descriptor) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var wait = timeval(tv_sec: seconds, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
      let isConnected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
      }
      guard isConnected else { return "not connected" }
      bytes.withUnsafeBytes { buffer in
        var sent = 0
        while sent < buffer.count {
          #if canImport(Glibc)
          let count = Glibc.send(descriptor, buffer.baseAddress! + sent, buffer.count - sent, Int32(MSG_NOSIGNAL))
          #else
          let count = Darwin.send(descriptor, buffer.baseAddress! + sent, buffer.count - sent, 0)
          #endif
          if count <= 0 { return }
          sent += count
        }
      }
      // Nothing more will come: the server need not wait for the rest of a request.
      if isLast { shutdown(descriptor, Int32(SHUT_WR)) }
      var answer = [UInt8](), piece = [UInt8](repeating: 0, count: 1 << 16)
      while answer.count < limit {
        let count = recv(descriptor, &piece, piece.count, 0)
        if count <= 0 { break }
        answer += piece[..<count]
        if let end, Data(answer).range(of: Data(end.utf8)) != nil { break }
      }
      return String(decoding: answer, as: UTF8.self)
    }

    func request(
      _ method: String, _ place: String, host: String? = nil, headers: [String] = [], body: String = "", length: String? = nil,
      limit: Int = 1 << 22, seconds: Int = 5, until end: String? = nil
    ) -> String {
      var lines = ["\(method) \(place) HTTP/1.1", "Host: \(host ?? "127.0.0.1:\(port)")", "Connection: close"] + headers
      if method == "POST" { lines.append("Content-Length: \(length ?? "\(body.utf8.count)")") }
      return send(Data((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8), limit: limit, seconds: seconds, until: end)
    }

    func command(_ body: String, headers: [String] = ["Content-Type: application/json"], length: String? = nil) -> String {
      request("POST", path + "do?tab=testtesttest", headers: headers, body: body, length: length)
    }
  }

  @Test func onlyWhoKnowsTheAddressIsServed() throws {
    let server = try Server(), json = "Content-Type: application/json"
    let page = server.request("GET", server.path)
    #expect(
      page.hasPrefix("HTTP/1.1 200") && page.contains("default-src 'none'; script-src 'self'")
        && page.contains("X-Content-Type-Options: nosniff"))
    #expect(server.request("GET", "/").hasPrefix("HTTP/1.1 404"))
    #expect(server.request("GET", "/00000000000000000000000000000000/").hasPrefix("HTTP/1.1 404"))
    #expect(server.request("GET", server.path + "../../etc/passwd").hasPrefix("HTTP/1.1 404"))
    #expect(server.request("GET", server.path, host: "evil.example").hasPrefix("HTTP/1.1 403"))
    #expect(server.request("GET", server.path, host: "evil.example:\(server.port)").hasPrefix("HTTP/1.1 403"))
    #expect(server.command("{\"do\":\"step\"}", headers: [json, "Origin: http://evil.example"]).hasPrefix("HTTP/1.1 403"))
    #expect(server.command("{\"do\":\"step\"}", headers: [json, "Origin: null"]).hasPrefix("HTTP/1.1 403"))
    #expect(server.command("{\"do\":\"step\"}", headers: ["Content-Type: text/plain"]).hasPrefix("HTTP/1.1 415"))
    #expect(server.command("{\"do\":\"step\"}", headers: [json, "Origin: http://127.0.0.1:\(server.port)"]).hasPrefix("HTTP/1.1 200"))
    #expect(server.request("DELETE", server.path).hasPrefix("HTTP/1.1 405"))
    #expect(server.command("{\"do\":\"nonsense\"}").hasPrefix("HTTP/1.1 422"))
  }

  @Test func theStreamTellsWhatChanges() throws {
    let server = try Server()
    _ = server.command("{\"do\":\"step\"}")
    let stream = server.request("GET", server.path + "stream?tab=testtesttest", limit: 2000)
    #expect(stream.contains("text/event-stream") && stream.contains("data: {"))
  }

  /// A run of the command line, watched while it goes on; tabs have no run of their own there.
  @Test func aLiveRunIsShown() throws {
    let folder = try TemporaryFolder()
    let server = try Server(["train", "--epochs", "4000", "--live", "--out", folder("run")]),
      place = server.path + "stream?tab=testtesttest"
    #expect(server.request("GET", server.path).contains("data-views=\"live learn formula\""))
    func step() throws -> Int {
      let text = server.request("GET", place, until: "}\n\n")
      #expect(text.contains("\"steps\":128000") && text.contains("4000에폭"), "\(text.prefix(300))")
      return try #require(text.firstMatch(of: /"step":(\d+)/).flatMap { Int($0.output.1) })
    }
    let first = try step()
    Thread.sleep(forTimeInterval: 1)
    #expect(try step() > first)
    #expect(server.command("{\"do\":\"run\"}").hasPrefix("HTTP/1.1 422"))
    #expect(server.command("{\"do\":\"lessons\"}").hasPrefix("HTTP/1.1 200"))
  }

  /// Nobody is left to look at it.
  @Test func closingATabEndsItsTraining() throws {
    let server = try Server(), place = server.path + "stream?tab=testtesttest"
    func state() -> (isRunning: Bool, step: Int)? {
      let text = server.request("GET", place, until: "}\n\n")
      guard let running = text.firstMatch(of: /"running":(true|false)/), let step = text.firstMatch(of: /"step":(\d+)/) else { return nil }
      return (running.output.1 == "true", Int(step.output.1) ?? -1)
    }
    // Slow, so that it is not over before.
    #expect(server.command("{\"do\":\"speed\",\"value\":20}").hasPrefix("HTTP/1.1 200"))
    #expect(server.command("{\"do\":\"run\"}").hasPrefix("HTTP/1.1 200"))
    #expect(state()?.isRunning == true)
    // The stream's end is noticed when something is written to it, once a second at least.
    var seen = state()
    for _ in 0..<20 where seen?.isRunning != false {
      Thread.sleep(forTimeInterval: 1)
      seen = state()
    }
    #expect(seen?.isRunning == false && seen?.step ?? 0 < 1920)
    let later = state()
    #expect(later?.isRunning == false && later?.step == seen?.step)
  }

  /// Ten thousand times what no page sends; then a page is still served, and memory has not grown with them.
  @Test func hostileRequestsAreOutlived() throws {
    let server = try Server()
    var random = SplitMix(state: 7)
    // A length that is only claimed: nothing of it is awaited.
    let claimed = server.command("{}", length: "\(1 << 40)")
    #expect(claimed.hasPrefix("HTTP/1.1 413"), "\(claimed.prefix(200))")
    #expect(server.command(String(repeating: "x", count: 1_100_000)).hasPrefix("HTTP/1.1 413"))
    let count = Int(ProcessInfo.processInfo.environment["PLAY_REQUESTS"] ?? "") ?? 400
    let good =
      "POST \(server.path)do?tab=testtesttest HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nContent-Type: application/json\r\nConnection: close\r\n"
    for i in 0..<count {
      var bytes = Data((good + "Content-Length: 13\r\n\r\n{\"do\":\"step\"}").utf8)
      switch i % 6 {
      case 0: for _ in 0..<1 + i % 9 { bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next()) }
      case 1: bytes = bytes.prefix(Int(random.next() % UInt64(bytes.count)))
      case 2: bytes = Data((good + "Transfer-Encoding: chunked\r\n\r\n\(String(random.next(), radix: 16))\r\nxx").utf8)
      case 3: bytes = Data((good + "Content-Length: \(Int64(bitPattern: random.next()))\r\n\r\n{}").utf8)
      case 4: bytes = Data((0..<200).map { _ in UInt8(truncatingIfNeeded: random.next()) })
      default: bytes = Data((good + "Content-Length: 60\r\n\r\n{\"do\":\"go\",\"value\":\(random.next())}").utf8)
      }
      // The answer is not waited for: only that one comes to those who ask properly.
      _ = server.send(bytes, limit: 1, seconds: 2, isLast: true)
    }
    #expect(server.process.isRunning)
    #expect(server.request("GET", server.path).hasPrefix("HTTP/1.1 200"))
    #expect(server.command("{\"do\":\"step\"}").hasPrefix("HTTP/1.1 200"))
  }

  @Test func wrongOptionsAreRefused() throws {
    for (arguments, code) in [
      (["play", "--port", "0"], 2), (["play", "--port", "70000"], 2), (["play", "--label", "x"], 2),
      (["play", "--data", "/nonexistent.csv"], 1),
    ] as [([String], Int32)] {
      let run = try Command.run(arguments)
      #expect(run.code == code && run.errors.hasPrefix("backprop: "), "\(arguments): \(run.errors)")
    }
    let server = try Server(), taken = try Command.run(["play", "--port", "\(server.port)"])
    #expect(taken.code == 1 && taken.errors.contains("hint:"), "\(taken.errors)")
  }
}

/// Numbers that look random, the same every time.
private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
