import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleExplain

/// Learns to write like a text.
struct TrainText: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "text",
    abstract: spoken(
      "Learn which character of a text comes next; backprop sample then writes.", "글의 다음 글자를 배웁니다. 그다음 backprop sample로 쓰게 할 수 있습니다."),
    discussion: spoken(
      """
      The last tenth of the text is kept to test on. --network lstm or gpt; --hidden gives the width of each layer, as in 128,128, which are \
      equal.
      """,
      """
      글의 마지막 10분의 1을 떼어 평가합니다. --network는 lstm이나 gpt입니다. --hidden은 층마다의 너비로, 128,128처럼 모두 같아야 합니다.
      """) + "\n\n" + usual.usual + " --network gpt: --lr \(usualGPT.lr) --hidden \(usualGPT.texts["hidden"]!).")

  private static let usual = RunSettings(job: "text", epochs: 4, batch: 32, lr: 3e-3, hidden: [128, 128])
  private static let usualGPT = RunSettings(job: "text", epochs: 4, batch: 32, lr: 1e-3, hidden: [128, 128, 128, 128])

  @Option(help: ArgumentHelp("The text, in UTF-8.", "UTF-8로 된 글."))
  var data: String

  @Option(help: ArgumentHelp("lstm or gpt. (default: lstm)", "lstm 또는 gpt. (기본값: lstm)"))
  var network: NetworkKind?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many characters the network sees at once. (default: 64)", "신경망이 한 번에 보는 글자 수. (기본값: 64)"))
  var context: Int?

  @OptionGroup var options: TrainingOptions

  private static let contexts = 2...4096

  func validate() throws {
    if let network, network != .lstm, network != .gpt {
      throw ValidationError(spoken("--network \(network.rawValue): lstm or gpt", "--network \(network.rawValue): lstm이나 gpt를 쓰세요"))
    }
    if let context, !Self.contexts.contains(context) {
      throw ValidationError(spoken("--context \(context): from 2 to 4096", "--context \(context): 2부터 4096까지 쓸 수 있습니다"))
    }
  }

  func run() throws {
    var defaults = network == .gpt ? Self.usualGPT : Self.usual
    defaults.sources = ["data": data]
    defaults.extra = ["network": NetworkKind.lstm.rawValue, "context": "64"]
    let (settings, checkpoint) = try options.settings(
      defaults, extra: ["network": network?.rawValue, "context": context.map(String.init)])
    guard let kind = NetworkKind(rawValue: settings.extra["network"] ?? ""), kind == .lstm || kind == .gpt,
      let context = Int(settings.extra["context"] ?? ""), Self.contexts.contains(context)
    else { throw FormatError(file: checkpoint?.path ?? options.out, place: .key("run.network"), "is no network for texts") }
    let text = try FileBytes.text(data), tokenizer = CharacterTokenizer(text)
    let tokens = try tokenizer.encode(text)
    let split = tokens.count - tokens.count / 10
    guard tokens.count / 10 > context else {
      throw FormatError(
        file: data, "has \(tokens.count) characters: a tenth of them, to test on, must be more than the \(context) of --context")
    }
    let form = ModelForm(
      kind, inputs: [context], hidden: settings.hidden, outputs: .tokens(String(String.UnicodeScalarView(tokenizer.characters))),
      preparation: .text)
    if let problem = form.problem {
      throw ValidationError(
        "--hidden \(settings.hidden.map(String.init).joined(separator: ",")): \(ExplanationLanguage.spoken == .korean ? Told.sentence(problem) : problem)"
      )
    }
    let folder = try RunFolder(options.out)
    manualSeed(settings.seed)
    let run = try TrainingRun(
      settings, options, train: windows(tokens[..<split], context, areMoved: true),
      test: windows(tokens[split...], context, areMoved: false), form: form,
      objective: .tokens, folder: folder, checkpoint: checkpoint)
    let counts = (NumberText.count(split), NumberText.count(tokens.count - split))
    print(
      spoken(
        "\(counts.0) characters to learn from, \(counts.1) to test on; \(tokenizer.vocabularySize) different ones",
        "학습 글자 \(counts.0)개, 테스트 글자 \(counts.1)개, 서로 다른 글자 \(tokenizer.vocabularySize)개"))
    try complete(run, options)
    print(
      spoken(
        "backprop sample --model \(options.out) --prompt \"...\" writes with it",
        "backprop sample --model \(options.out) --prompt \"...\"(으)로 글을 씁니다"))
  }

  /// Windows side by side: `context` tokens, and the one after each.
  ///
  /// - Parameters:
  ///   - areMoved: whether a window begins up to `context` tokens later, each time elsewhere, so that no network learns where windows begin.
  ///     How much follows from the batch that it is in: a run that is gone on with sees the same.
  private func windows(_ tokens: ArraySlice<Int>, _ context: Int, areMoved: Bool) -> Samples {
    let all = Tensor(Array(tokens)), places = Tensor.arange(context), last = tokens.count - context - 1
    return Samples(
      count: (tokens.count - 1) / context,
      rows: { indices, rows in
        var state = indices.reduce(UInt64(indices.count)) { $0 &* 0x9E37_79B9_7F4A_7C15 &+ UInt64($1) }
        let starts = indices.map { index in
          // Knuth's MMIX generator; its upper bits are the good ones.
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          return areMoved ? Swift.min(index * context + Int(state >> 33) % context, last) : index * context
        }
        let index = (Tensor(Array(starts[rows])).unsqueezed(1) + places).flattened(), shape = [rows.count, context]
        return (all.indexSelect(dim: 0, index: index).reshaped(shape), all.indexSelect(dim: 0, index: index + 1).reshaped(shape))
      })
  }
}
