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
  print(run.model)
  print(run.plan)
  if options.findsRate { return try RateFinder(run).find() }
  let folder = run.folder
  try folder.write(run.settings.file, to: "settings.json")
  var isFinished = false
  if options.isProfiled {
    let report = try profile { isFinished = try run.run() }
    print(report.table(ascii: !Terminal.output.usesUnicode), terminator: "")
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
    print("ended early, after step \(run.progress.losses.count); --resume --out \(folder.path) goes on from there")
    // What a shell reports of a program that Ctrl-C has ended.
    throw ExitCode(130)
  }
}

/// What a trained network makes of the samples to test on, in words and pictures.
private func result(_ run: TrainingRun) throws -> (text: String, pictures: [String: String], answers: Answers?) {
  let samples = "(\(NumberText.count(run.test.count)) samples)"
  switch run.form.outputs {
  case .classes(let names):
    let answers = Answers(of: run.model, run.test, batch: run.form.evaluationBatch)
    let scores = ClassScores(labels: answers.labels, probabilities: answers.probabilities, classNames: names)
    return ("test accuracy \(NumberText.percent(scores.matrix.accuracy)) \(samples)", scores.pictures, answers)
  case .quantity(let name, let standardization):
    let estimates = Estimates(of: run.model, run.test, batch: run.form.evaluationBatch, target: standardization)
    let scores = QuantityScores(name: name, actual: estimates.actual, predicted: estimates.predicted)
    return ("test \(scores.line) \(samples)", scores.pictures, nil)
  case .tokens:
    let tally = try run.measure(run.test, isShared: false)
    return (
      "test loss \(NumberText.fixed(tally.loss, decimals: 4)), perplexity \(NumberText.fixed(exp(tally.loss), decimals: 3)), accuracy "
        + "\(NumberText.percent(tally.score)) \(samples)", [:], nil
    )
  }
}
