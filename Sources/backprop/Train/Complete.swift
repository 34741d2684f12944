import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleExplain
import Foundation

/// Runs a job to its end: the network, the training, then what it makes of the samples to test on, the loss curve in the terminal, and the
/// pictures.
///
/// - Parameters:
///   - isQuiet: whether no curve is drawn in the terminal.
///   - pictures: what the job draws beside the loss and its usual pictures, from the answers to the test samples where those are classes; SVG
///     by file name.
func complete(
  _ run: TrainingRun, _ options: TrainingOptions, pictures: (Answers?) throws -> [String: String] = { _ in [:] }
) throws {
  // First, so that whoever reads the address from a pipe need not look for it.
  if options.isLive, !options.findsRate, run.folder.isWritten { try run.goLive() }
  print(run.model)
  print(run.plan)
  if options.findsRate { return try RateFinder(run).find() }
  let folder = run.folder
  try folder.write(run.settings.file, to: "settings.json")
  var isFinished = false
  if options.isProfiled {
    let report = try profile { isFinished = try run.run() }
    print(report.table(ascii: !Terminal.output.usesUnicode, language: .spoken), terminator: "")
    try folder.write(report.chromeTrace(), to: "profile.json")
    folder.tell("profile.json")
  } else {
    isFinished = try run.run()
  }
  // The first of several ranks shows what has come out; the others wait for it at their end.
  guard folder.isWritten else { return }
  let terminal = Terminal.output
  print(
    run.lossChart().text(
      width: Swift.min(terminal.columns, 100), height: 14, ascii: !terminal.usesUnicode, color: terminal.usesColor))
  let (text, own, answers) = try result(run)
  print(text)
  var pictures = try pictures(answers)
  pictures.merge(own) { $1 }
  pictures["loss.svg"] = run.lossChart().svg()
  for (name, text) in pictures.sorted(by: { $0.key < $1.key }) {
    try folder.write(text, to: name)
    folder.tell(name)
  }
  guard isFinished else {
    let step = run.progress.losses.count
    print(
      spoken(
        "ended early, after step \(step); --resume --out \(folder.path) goes on from there",
        "\(step)단계에서 일찍 끝냈습니다. --resume --out \(folder.path)(으)로 이어서 할 수 있습니다"))
    // What a shell reports of a program that Ctrl-C has ended.
    throw ExitCode(130)
  }
}

/// What a trained network makes of the samples to test on, in words and pictures.
private func result(_ run: TrainingRun) throws -> (text: String, pictures: [String: String], answers: Answers?) {
  let count = NumberText.count(run.test.count), samples = spoken("(\(count) samples)", "(샘플 \(count)개)")
  switch run.form.outputs {
  case .classes(let names):
    let answers = Answers(of: run.model, run.test, batch: run.form.evaluationBatch)
    let scores = ClassScores(labels: answers.labels, probabilities: answers.probabilities, classNames: names)
    return (
      spoken("test accuracy", "테스트 정확도") + " \(NumberText.percent(scores.matrix.accuracy)) \(samples)", scores.pictures, answers
    )
  case .quantity(let name, let standardization):
    let estimates = Estimates(of: run.model, run.test, batch: run.form.evaluationBatch, target: standardization)
    let scores = QuantityScores(name: name, actual: estimates.actual, predicted: estimates.predicted)
    return (spoken("test", "테스트") + " \(scores.line) \(samples)", scores.pictures, nil)
  case .tokens:
    let tally = try run.measure(run.test, isShared: false)
    return (
      spoken("test loss", "테스트 손실") + " \(NumberText.fixed(tally.loss, decimals: 4)), perplexity "
        + "\(NumberText.fixed(exp(tally.loss), decimals: 3)), " + spoken("accuracy", "정확도")
        + " \(NumberText.percent(tally.score)) \(samples)", [:], nil
    )
  }
}
