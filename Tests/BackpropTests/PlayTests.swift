import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleSymbolic
import Foundation
import Testing

@testable import backprop

/// The run that the page shows, and the messages between them.
struct PlayTests {
  private static func plan(_ change: (inout PlayPlan) -> Void = { _ in }) -> PlayPlan {
    var plan = PlayPlan()
    plan.samples = 200
    plan.hidden = [.init(width: 8, activation: .relu)]
    change(&plan)
    return plan
  }

  // MARK: The run

  /// The page's first run is `backprop train`: every loss to the last bit.
  @Test func losesWhatTheCommandLineLoses() throws {
    let folder = try TemporaryFolder(), out = folder("run")
    let run = try Command.run(["train", "--epochs", "2", "--out", out])
    #expect(run.code == 0, "\(run.errors)")
    let lines = String(decoding: try folder.read("run/metrics.jsonl"), as: UTF8.self).split(separator: "\n")
    struct Line: Decodable {
      let step: Int?
      let loss: Double?
    }
    let losses = try lines.compactMap { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }.compactMap {
      $0.step == nil ? nil : $0.loss
    }
    let trainer = try Trainer(PlayPlan(), table: nil)
    for _ in 0..<2 * trainer.batchCount { trainer.step() }
    #expect(trainer.losses.count == 64 && Array(trainer.losses) == losses)
  }

  /// A run of a table, replayed from its folder, exported, and used to predict with.
  @Test func runsAreReplayedAndExported() throws {
    let folder = try TemporaryFolder(), data = folder("points.csv")
    let rows = (0..<80).map { "\(Double($0 % 11) / 10),\($0 % 7),\($0 % 11 < 5 ? "low" : "high")" }
    try folder.write("points.csv", "a,b,kind\n\(rows.joined(separator: "\n"))\n".utf8)
    let arguments = [
      "train", "table", "--data", data, "--label", "kind", "--epochs", "3", "--seed", "5", "--hidden", "8", "--schedule", "onecycle",
    ]
    let run = try Command.run(arguments + ["--out", folder("run")])
    #expect(run.code == 0, "\(run.errors)")
    let replay = try PlayReplay(folder("run"), data: nil, label: nil)
    var plan = try #require(replay.plan)
    // It begins with the weights that the run has left.
    let last = try Trainer(plan, table: replay.table, stored: replay.stored)
    let told = String(decoding: try folder.read("run/metrics.jsonl"), as: UTF8.self).matches(of: /"testLoss": ([0-9.e-]+)/)
    #expect(plan.start == .stored && told.last.map { Double($0.output.1) } == .some(last.epochs[0].test))
    #expect(PlayCode(plan, last.data, stored: replay.stored).swift.contains("run/model.safetensors\"))"))
    // Weights fit their own network alone, and only where a run was opened.
    plan.hidden = [.init(width: 9, activation: .relu)]
    #expect(throws: PlayError.self) { _ = try Trainer(plan, table: replay.table, stored: replay.stored) }
    plan = try #require(replay.plan)
    #expect(throws: PlayError.self) { _ = try Trainer(plan, table: replay.table) }
    plan.start = .standard
    let trainer = try Trainer(plan, table: replay.table, stored: replay.stored)
    while trainer.step() {}
    let exported = try trainer.export(replay.table, in: folder.path)
    #expect(exported.predicts && trainer.now.epoch == 3)
    #expect(try folder.read("run/metrics.jsonl") == folder.read("play-1/metrics.jsonl"))
    let predicted = try Command.run(["predict", "--model", exported.folder, "--data", data, "--out", folder("predictions.csv")])
    #expect(predicted.code == 0 && folder.has("predictions.csv"), "\(predicted.errors)")
    #expect(try Command.run(["runs", folder.path]).output.contains("play-1"))
    // Exported within an epoch, it is gone on with as if the command line had begun it.
    let half = try Trainer(plan, table: replay.table)
    for _ in 0..<5 { half.step() }
    _ = half.nextBatch()
    let open = try half.export(replay.table, in: folder.path)
    let resumed = try Command.run(["train", "table", "--data", data, "--resume", "--out", open.folder])
    #expect(open.resumes == "table" && half.now.stepInEpoch == 1 && resumed.code == 0, "\(resumed.errors)")
    #expect(try folder.read("run/metrics.jsonl") == folder.read("play-2/metrics.jsonl"))
    try folder.write("odd/settings.json", Array("{\"job\": \"text\"}".utf8))
    for odd in ["odd", "nothing"] { #expect(throws: FormatError.self) { _ = try PlayReplay(folder(odd), data: nil, label: nil) } }
  }

  /// The result is differentiated for nodes without a name too, and in numbers that is what the backward pass brings there.
  @Test func nodesWithoutANameAreDifferentiatedFor() throws {
    let text = "h = w*x + b; sin(h)*w + exp(w*x)", point = ["w": 2.0, "x": 0.5, "b": 0.25]
    let asked = try FormulaAsked(text, point, ["x"]), graph = try asked.sequence.gradientGraph(at: point, data: ["x"])
    let nodes = graph.nodes.indices.filter { graph.nodes[$0].kind == .result && $0 != graph.root }
    #expect(nodes.count >= 6)
    for node in nodes.map({ graph.nodes[$0] }) {
      let (formula, values) = try asked.formula(in: node.name)
      let derivative = try formula.derivative(node.name).evaluate(values), gradient = try #require(node.gradient).item()
      #expect(abs(derivative - gradient) < 1e-12, "\(node.name): \(derivative), \(gradient)")
    }
    for odd in ["x", "nothing", ""] { #expect(throws: PlayError.self) { _ = try asked.formula(in: odd) } }
  }

  /// Spirals of the page are gone on with by the command line, whose own run has the same numbers; what it has no words for is not.
  @Test(arguments: [PlayPlan.Rule.adamw, .sgd])
  func exportsAreResumed(_ rule: PlayPlan.Rule) throws {
    let folder = try TemporaryFolder()
    let plan = Self.plan {
      $0.samples = 60
      $0.hidden = [.init(width: 8, activation: .relu)]
      ($0.optimizer, $0.epochs, $0.schedule, $0.weightDecay) = (rule, 4, .cosine, rule.usualWeightDecay)
    }
    let trainer = try Trainer(plan, table: nil)
    while trainer.now.epoch < 2 { trainer.step() }
    trainer.step()
    let exported = try trainer.export(nil, in: folder.path)
    let options = ["--points", "30", "--hidden", "8", "--optimizer", rule.rawValue, "--epochs", "4", "--schedule", "cosine"]
    let whole = try Command.run(
      ["train", "--out", folder("run"), "--batch", "\(plan.batch)", "--lr", "\(plan.lr)", "--seed", "\(plan.seed)"] + options)
    let resumed = try Command.run(["train", "--resume", "--out", exported.folder])
    #expect(exported.resumes == "spirals" && whole.code == 0 && resumed.code == 0, "\(whole.errors)\(resumed.errors)")
    #expect(try folder.read("run/metrics.jsonl") == folder.read("play-1/metrics.jsonl"))
    let odd = try Trainer(Self.plan { $0.noise = 0.1 }, table: nil).export(nil, in: folder.path)
    #expect(odd.resumes == nil && !folder.has("play-2/checkpoint.safetensors"))
  }

  /// Back in time and forward again gives the same numbers, whatever is random in a step.
  @Test(arguments: PlayPlan.Norm.allCases, PlayPlan.Rule.allCases)
  func timeTravelRepeats(_ norm: PlayPlan.Norm, _ rule: PlayPlan.Rule) throws {
    let trainer = try Trainer(
      Self.plan {
        $0.norm = norm
        $0.optimizer = rule
        $0.dropout = 0.2
        $0.schedule = .cosine
        $0.momentum = rule == .sgd ? 0.9 : 0
      }, table: nil)
    for _ in 0..<17 { trainer.step() }
    let losses = Array(trainer.losses), weights = trainer.now.weights
    for place in [0, 9] {
      trainer.go(to: place)
      #expect(trainer.losses.count == place && trainer.now.step == place)
      // What is only looked at changes nothing.
      _ = try trainer.nextGraph()
      _ = try trainer.weight(0, 1, 1)
      _ = trainer.looking { trainer.state(sample: 3) }
      while trainer.now.step < 17 { trainer.step() }
      #expect(Array(trainer.losses) == losses)
      for (name, tensor) in weights { #expect(trainer.now.weights[name].map { $0.equal(tensor) } == true, "\(name)") }
    }
  }

  @Test(arguments: PlayPlan.Source.allCases.filter { $0 != .csv }, PlayPlan.Start.allCases.filter { $0 != .stored })
  func everySourceIsLearned(_ source: PlayPlan.Source, _ start: PlayPlan.Start) throws {
    let trainer = try Trainer(
      Self.plan {
        $0.data = source
        $0.start = start
        $0.loss = source == .regression ? .mse : .crossEntropy
        $0.lr = 0.02
      }, table: nil)
    let before = trainer.tally(trainer.data.train).loss
    for _ in 0..<60 { trainer.step() }
    // A network of zeros has no gradient to leave zero by; only its last bias moves, to and fro.
    #expect(trainer.tally(trainer.data.train).loss <= before * (start == .zeros ? 1.1 : 1) && trainer.failure == nil)
    let state = PlayJSON.encoded(trainer.state(sample: 0))
    #expect(state.count < 200_000 && !trainer.points().isEmpty)
  }

  @Test func divergenceIsSaidAndUndone() throws {
    let trainer = try Trainer(
      Self.plan {
        $0.optimizer = .sgd
        $0.lr = 900
        $0.data = .regression
        $0.loss = .mse
      }, table: nil)
    for _ in 0..<200 where trainer.failure == nil { trainer.step() }
    let failure = try #require(trainer.failure)
    #expect(failure.english.contains("Step") && failure.korean.contains("단계"))
    #expect(trainer.state(sample: 0).sentences.contains { $0.kind == "bad" })
    trainer.go(to: 0)
    #expect(trainer.failure == nil || trainer.moments.count == 1)
  }

  @Test func aTableIsLearned() throws {
    let rows = (0..<60).map { "\(Double($0) / 10),\($0 % 7),\($0 < 30 ? "low" : "high")" }
    let table = try PlayTable(text: "a,b,kind\n" + rows.joined(separator: "\n") + "\n", label: nil)
    #expect(table.classes.sorted() == ["high", "low"] && table.inputs == 2)
    let trainer = try Trainer(Self.plan { $0.data = .csv }, table: table)
    for _ in 0..<30 { trainer.step() }
    #expect(trainer.tally(trainer.data.train).score > 0.5)
    for text in ["", "a", "a\n1\n2\n", "a,b\n1,2\n", "a,b\n1,x\n2,x\n", "\u{0}\u{1}"] {
      #expect(throws: (any Error).self) { _ = try PlayTable(text: text, label: nil) }
    }
  }

  /// The kept steps of a large network take less memory, not more.
  @Test func memoryIsBounded() throws {
    let trainer = try Trainer(
      Self.plan {
        $0.hidden = Array(repeating: .init(width: 64, activation: .tanh), count: 6)
        $0.batch = 1
      }, table: nil)
    for _ in 0..<160 { trainer.step() }
    let bytes = trainer.parameters.reduce(0) { $0 + 16 * $1.count }
    #expect(trainer.moments.count * bytes <= 48 << 20 && trainer.now.step == 160)
  }

  // MARK: Messages

  /// Whatever a message says, the answer is an answer.
  @Test func hostileMessagesAreRefused() async throws {
    let engine = PlayEngine(table: nil), tab = "hostilehostile"
    let plan = String(decoding: PlayJSON.encoded(Self.plan()), as: UTF8.self)
    let deep = String(repeating: "(", count: 400), nested = String(repeating: "[", count: 100_000)
    var bodies = [
      "", "{", "[]", "null", "{}", "{\"do\":1}", "{\"do\":\"\"}", "{\"do\":\"begin\"}", "{\"do\":\"begin\",\"plan\":{}}",
      "{\"do\":\"go\",\"value\":-1}",
      "{\"do\":\"go\",\"value\":1e300}", "{\"do\":\"go\",\"value\":9223372036854775807}", "{\"do\":\"sample\",\"value\":1.5}",
      "{\"do\":\"speed\",\"value\":-1}",
      "{\"do\":\"weight\",\"layer\":-1,\"row\":0,\"column\":0}", "{\"do\":\"weight\",\"layer\":0,\"row\":9223372036854775807,\"column\":0}",
      "{\"do\":\"lesson\",\"number\":0,\"language\":\"en\",\"numbers\":{}}",
      "{\"do\":\"lesson\",\"number\":5,\"language\":\"en\",\"numbers\":{\"epochs\":1e300}}",
      "{\"do\":\"swell\",\"kind\":\"map\",\"count\":100000}", "{\"do\":\"table\",\"text\":\"\"}", "{\"do\":\"\\u0000\"}", nested,
      "{\"do\":\"formula\",\"text\":\"\(deep)\",\"point\":{},\"data\":[]}",
      "{\"do\":\"formula\",\"text\":\"log(x)\",\"point\":{\"x\":-1},\"data\":[]}",
      "{\"do\":\"formula\",\"text\":\"f(x)\",\"point\":{},\"data\":[]}",
      "{\"do\":\"formula\",\"text\":\"x^2\",\"point\":{\"x\":\"a\"},\"data\":[]}",
      "{\"do\":\"derive\",\"text\":\"x\",\"point\":{},\"data\":[],\"target\":\"y\"}",
      "{\"do\":\"derive\",\"text\":\"x\",\"point\":{},\"data\":[\"x\"],\"target\":\"x\"}",
    ]
    let doubling = "a0 = sin(x); " + (1..<24).map { "a\($0) = sin(a\($0 - 1))*a\($0 - 1); " }.joined() + "a23"
    bodies.append("{\"do\":\"derive\",\"text\":\"\(doubling)\",\"point\":{},\"data\":[],\"target\":\"x\"}")
    for (field, value) in [
      ("lr", "-1"), ("lr", "1e999"), ("samples", "0"), ("samples", "4000000"), ("epochs", "0"), ("batch", "-5"), ("seed", "-1"),
      ("dropout", "1"),
      ("hidden", "[{\"width\":100000,\"activation\":\"relu\"}]"), ("loss", "\"mse\""), ("data", "\"csv\""), ("optimizer", "\"magic\""),
      ("noise", "\"x\""),
    ] {
      let changed = try #require(plan.firstRange(of: "\"\(field)\":"))
      let rest = plan[changed.upperBound...],
        end = field == "hidden" ? rest.firstRange(of: "]")?.upperBound : rest.firstIndex { $0 == "," || $0 == "}" }
      bodies.append("{\"do\":\"begin\",\"plan\":\(plan[..<changed.upperBound])\(value)\(plan[(end ?? plan.endIndex)...])}")
    }
    for body in bodies {
      guard case .failure(let error) = await engine.answer(Data(body.utf8), tab: tab) else {
        Issue.record("answered: \(body.prefix(200))")
        continue
      }
      #expect(!error.phrase.english.isEmpty && !error.phrase.korean.isEmpty)
    }
    guard case .success = await engine.answer(Data("{\"do\":\"step\"}".utf8), tab: tab) else { return #expect(Bool(false)) }
  }

  @Test func tabsAreBounded() async throws {
    let engine = PlayEngine(table: nil)
    var refused = 0
    for i in 0..<PlayEngine.sessionLimit + 3 {
      let tab = "tabtabtab\(i)"
      // One that listens is not given up for another.
      if case .refused = await engine.state(of: tab, engine.nextListener(), after: -1) { refused += 1 }
    }
    #expect(refused == 3)
    engine.stopListening("tabtabtab0", 1)
    guard case .new = await engine.state(of: "another00", engine.nextListener(), after: -1) else { return #expect(Bool(false)) }
  }

  /// A caret stands where the command line's does.
  @Test func aFormulaIsRefusedAtItsPlace() async throws {
    let body = Data("{\"do\":\"formula\",\"text\":\"x^2 * sine(x)\",\"point\":{},\"data\":[]}".utf8)
    guard case .failure(let error) = await PlayEngine(table: nil).answer(body, tab: "formulaform") else { return #expect(Bool(false)) }
    #expect(error.place?.column == 6 && error.place?.source == "x^2 * sine(x)")
    #expect(error.phrase.english.contains("did you mean 'sin'?") && error.phrase.korean == "'sine' 함수는 없습니다. 혹시 'sin'인가요?")
  }

  // MARK: The page

  /// Every sentence of the page has its twin, every one that is asked for is there, and none is left over.
  @Test func bothLanguagesAreComplete() throws {
    let entry = try Regex(#"^ *"([a-zA-Z.0-9]+)": \[\s*"((?:[^"\\]|\\.)+)",\s*"((?:[^"\\]|\\.)+)"\],?$"#).anchorsMatchLineEndings()
    var words: [String: (String, String)] = [:]
    for match in PlayAssets.words.matches(of: entry) {
      let parts = match.output.map { String($0.substring ?? "") }
      #expect(words[parts[1]] == nil, "\(parts[1]) twice")
      words[parts[1]] = (parts[2], parts[3])
    }
    // No line of the table is of another form.
    let keys = PlayAssets.words.matches(of: try Regex(#"(?m)^ *"[a-zA-Z.0-9]+": \["#)).count
    #expect(words.count == keys && keys > 150)
    let same: Set = [
      "XOR", "ReLU", "tanh", "GELU", "leaky ReLU", "Huber", "SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "one cycle", "h", "n",
    ]
    for (key, (english, korean)) in words {
      #expect(korean.unicodeScalars.contains { 0xAC00...0xD7A3 ~= $0.value } || same.contains(english) && english == korean, "\(key)")
      #expect(
        Set(english.matches(of: /\{\d\}/).map { "\($0.output)" }) == Set(korean.matches(of: /\{\d\}/).map { "\($0.output)" }), "\(key)")
    }
    let scripts = PlayAssets.scripts.filter { $0.key != "words.js" }.values.joined()
    for match in scripts.matches(of: /\bt\("([a-zA-Z.0-9]+)"[,)]/) { #expect(words[String(match.output.1)] != nil, "\(match.output.1)") }
    for key in words.keys {
      let parts = key.split(separator: "."), group = "\(parts[0]).", name = "\(parts[parts.count - 1])"
      #expect(
        scripts.contains("\"\(key)\"") || scripts.contains("\"\(group)\" +") && scripts.contains(name) || scripts.contains("\"\(name)\""),
        "\(key) is asked for nowhere")
    }
  }

  /// What CSP would refuse is not there to begin with, and nothing of the page is on another server.
  @Test func thePageIsOnItsOwn() throws {
    let page = try #require(PlayAssets.asset("", .korean, ["train", "learn", "formula"])).text
    #expect(page.contains("<html lang=\"ko\">") && !page.contains("<style") && !page.contains("style=") && !page.contains("onclick="))
    for text in [page, PlayAssets.style] + PlayAssets.scripts.values {
      let addresses = text.matches(of: /https?:\/\/[^\s"'`]+/).map { String($0.output) }
      #expect(addresses.allSatisfy { $0 == "http://www.w3.org/2000/svg" }, "\(addresses)")
      #expect(!text.contains("innerHTML") && !text.contains("eval(") && !text.contains("url(//"))
    }
    for (name, script) in PlayAssets.scripts {
      for match in script.matches(of: /from "\.\/([a-z]+\.js)"/) {
        #expect(PlayAssets.scripts[String(match.output.1)] != nil, "\(name): \(match.output.1)")
      }
    }
  }
}
