import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
import FlyingFox
import Foundation

/// A model behind HTTP. `Serve make FILE` trains one and keeps it; `Serve FILE [PORT]` answers requests with it.
///
///     POST /predict  {"points": [[0.5, 0.2], [1, -0.3]]}                      {"probabilities": [[0.98, 0.02], [0.01, 0.99]]}
///     POST /learn    {"points": [[0.5, 0.2]], "labels": [0]}                  {"loss": 0.02}
///
/// A request that does not fit is answered with 400 and a sentence that says why.
@main
struct Serve {
  static func main() async {
    let arguments = CommandLine.arguments.dropFirst()
    do {
      switch (arguments.first, arguments.count) {
      case ("make", 2): try make(arguments[2])
      case (let file?, 1): try await serve(file, 8080)
      case (let file?, 2) where UInt16(arguments[2]) != nil: try await serve(file, UInt16(arguments[2])!)
      default:
        print("Usage: Serve make FILE.safetensors, then Serve FILE.safetensors [PORT]")
        exit(2)
      }
    } catch {
      print(error)
      exit(1)
    }
  }

  /// Learns two moons.
  static func make(_ path: String) throws {
    manualSeed(0)
    let angle = Tensor.rand(1000) * Double.pi, side = Tensor.randint(0, 2, [1000])
    let x0 = Tensor.where(side .== 0, angle.cos(), 1 - angle.cos()), x1 = Tensor.where(side .== 0, angle.sin(), 0.5 - angle.sin())
    let points = stack([x0, x1], dim: 1) + 0.1 * Tensor.randn(1000, 2)
    let model = Learner.network(), optimizer = Adam(model.parameters(), lr: 0.01)
    for _ in 0..<20 {
      for (x, y) in DataLoader(TensorDataset(points, side), batchSize: 32, shuffle: true) {
        let loss = crossEntropy(model(x), y)
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
      }
    }
    try model.save(to: path)
  }

  static func serve(_ path: String, _ port: UInt16) async throws {
    let state = try loadSafetensors(path), learner = try Learner(state)
    let model = Learner.network()
    try model.load(state)
    let served = Served(model.frozen())
    // A request is computed by the thread that answers it: many small ones at once use all cores already.
    setThreadCount(1)
    let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: port), logger: .disabled)
    await server.appendRoute("POST /predict") { request in
      try await answer(request) { (question: Prediction) in
        let model = await served.model
        let probabilities = try catching { model(Tensor(try question.rows())).softmax(dim: 1) }
        return ["probabilities": [[Double]](probabilities)]
      }
    }
    await server.appendRoute("POST /learn") { request in
      try await answer(request) { (lesson: Lesson) in
        let (loss, model) = try await learner.learn(try lesson.rows(), lesson.labels)
        await served.replace(by: model)
        return ["loss": loss]
      }
    }
    await server.appendRoute("GET /health") { _ in HTTPResponse(statusCode: .ok, body: Data("ok\n".utf8)) }
    print("listening on port \(port)")
    try await server.run()
  }

  /// The answer to a question in JSON: 400 with the sentence where it is none, or does not fit the model.
  static func answer<Question: Decodable, Answer: Encodable>(
    _ request: HTTPRequest, _ body: (Question) async throws -> Answer
  ) async throws -> HTTPResponse {
    do {
      guard let size = request.bodySequence.count, size <= 1 << 20 else {
        throw BadRequest("the body has at most 1 MiB, and says its length")
      }
      let question = try JSONDecoder().decode(Question.self, from: try await request.bodyData)
      let answer = try JSONEncoder().encode(try await body(question))
      return HTTPResponse(statusCode: .ok, headers: [.contentType: "application/json"], body: answer)
    } catch let error as DecodingError {
      return refusal(BadRequest(error).description)
    } catch let error as any ChainRuleError {
      return refusal("\(error)")
    } catch let error as BadRequest {
      return refusal(error.description)
    }
  }

  static func refusal(_ sentence: String) -> HTTPResponse { HTTPResponse(statusCode: .badRequest, body: Data("\(sentence)\n".utf8)) }
}
