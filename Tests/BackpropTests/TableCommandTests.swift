import ChainRuleData
import Foundation
import Testing

/// From a table to a model, and from the model to predictions for new rows.
@Suite(.serialized) struct TableCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Prices by a smooth function of three numbers and a town; one row in 33 has a hole.
  private func flats(_ count: Int, seed: UInt64 = 1, holes: Bool = true) -> [[String]] {
    var state = seed
    func random() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / 0x1p53
    }
    return (0..<count).map { _ in
      let area = 20 + 130 * random(), age = 80 * random(), floor = Int(10 * random()), town = Int(4 * random())
      let factor = [1.5, 1, 0.7, 0.4][town], height = Double(floor - 4)
      let price = 50 + 3 * area * factor + 40 * sin(age / 12) + 0.015 * height * height * area + 4 * (random() - 0.5)
      var row = ["\(area)", "\(age)", "\(floor)", ["Oslo", "Bergen", "Bodø", "Ål, by the lake"][town]]
      if random() < 0.03, holes { row[Int(4 * random())] = "" }
      return row + ["\(price)"]
    }
  }

  private func write(_ name: String, _ rows: [[String]], delimiter: Character = ",") throws {
    try saveCSV(rows, columns: ["area", "age", "floor", "town", "price"], delimiter: delimiter, to: folder(name))
  }

  private func number(_ run: Command, after text: String) throws -> Double {
    let start = try #require(run.output.range(of: text)).upperBound
    return try #require(Double(run.output[start...].prefix { "0123456789.-".contains($0) }))
  }

  @Test func aQuantityIsLearnedWithTheUsualSettings() throws {
    try write("flats.csv", flats(2500))
    let run = try Command.run(["train", "table", "--data", folder("flats.csv"), "--label", "price", "--out", folder("run")])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("2000 rows to learn from, 500 to test on; 4 columns, \"price\" is a quantity from"), "\(run.output)")
    #expect(run.output.contains("\"town\": 4 categories;") && run.output.contains("missing are a category of their own"))
    #expect(run.output.contains("missing become the median, "))
    let r2 = try number(run, after: "test R2 ")
    print("R2 of 500 flats: \(r2)")
    #expect(r2 >= 0.97)
    for name in ["residuals.svg", "predictions.svg", "settings.json"] { #expect(folder.has("run/\(name)"), "\(name)") }

    // New rows, in another order of columns, with what no row to learn from had.
    var new = flats(400, seed: 9)
    new[3][3] = "Narvik"
    try saveCSV(
      new.map { [$0[3], $0[4], $0[2], "note, \($0[0])", $0[1], $0[0]] }, columns: ["town", "price", "floor", "note", "age", "area"],
      delimiter: ";", to: folder("new.csv"))
    let predicted = try Command.run([
      "predict", "--model", folder("run"), "--data", folder("new.csv"), "--separator", ";", "--out", folder("out.csv"), "--pictures",
      folder("pictures"),
    ])
    #expect(predicted.code == 0, "\(predicted.errors)")
    #expect(predicted.output.contains("1 rows have a text in \"town\" that the model has not learned: none"))
    #expect(try number(predicted, after: "R2 ") >= 0.97)
    #expect(folder.has("pictures/residuals.svg"))
    let out = try Table(contentsOf: folder("out.csv"), delimiter: ";")
    #expect(out.columnNames == ["town", "price", "floor", "note", "age", "area", "prediction"] && out.rowCount == 400)
    #expect(try out.strings("note") == new.map { "note, \($0[0])" })
    let errors = zip(try out.doubles("price"), try out.doubles("prediction")).map { abs($0 - $1) }.sorted()
    #expect(errors[200] < 12)
  }

  @Test func classesWithTheirProbabilities() throws {
    let rows = flats(600, holes: false).map { row in row.dropLast() + [Double(row[4])! > 200 ? "dear" : "cheap"] }
    try write("train.tsv", rows.map { Array($0) }, delimiter: "\t")
    let train = [
      "train", "table", "--data", folder("train.tsv"), "--separator", "tab", "--label", "price", "--leave-out", "floor",
      "--class-weights", "balanced", "--out", folder("run"), "--epochs", "20",
    ]
    let run = try Command.run(train)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("480 rows to learn from, 120 to test on; 3 columns, 2 classes, each of which counts as much"))
    #expect(!run.output.contains("\"floor\"") && folder.has("run/calibration.svg"))
    let predict = ["predict", "--model", folder("run/model.safetensors"), "--data", folder("train.tsv"), "--out", folder("out.tsv")]
    let predicted = try Command.run(predict)
    #expect(predicted.code == 0, "\(predicted.errors)")
    for text in ["F1", "ROC area", "calibration error", "wrote 600 predictions"] { #expect(predicted.output.contains(text), "\(text)") }
    #expect(try number(predicted, after: "accuracy ") > 90)
    let out = try Table(contentsOf: folder("out.tsv"), delimiter: "\t")
    #expect(out.columnNames.suffix(3) == ["prediction", "probability cheap", "probability dear"])
    let predictions = try out.strings("prediction"), cheap = try out.doubles("probability cheap"),
      dear = try out.doubles("probability dear")
    for i in 0..<600 {
      #expect(abs(cheap[i] + dear[i] - 1) < 1e-5 && predictions[i] == (cheap[i] > dear[i] ? "cheap" : "dear"))
    }
    let right = zip(try out.strings("price"), predictions).count { $0 == $1 }
    #expect(abs(try number(predicted, after: "accuracy ") - Double(right) / 6) < 0.01)
    // Without the answers there is nothing to measure.
    try saveCSV(rows.map { Array($0.dropLast()) }, columns: ["area", "age", "floor", "town"], delimiter: "\t", to: folder("new.tsv"))
    let blind = try Command.run(["predict", "--model", folder("run"), "--data", folder("new.tsv"), "--show", "2"])
    #expect(blind.code == 0 && blind.output.split(separator: "\n").count == 2, "\(blind.errors)")
  }

  @Test func whatIsRefused() throws {
    func expectError(_ arguments: [String], code: Int32 = 1, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
      let run = try Command.run(arguments)
      #expect(run.code == code && run.errors.filter { $0 == "\n" }.count == 1, "\(run.errors)", sourceLocation: sourceLocation)
      for part in parts { #expect(run.errors.contains(part), "\(run.errors)", sourceLocation: sourceLocation) }
    }
    var rows = flats(60, holes: false)
    try write("t.csv", rows)
    let train = ["train", "table", "--data", folder("t.csv"), "--label", "price", "--out", folder("run"), "--epochs", "1"]
    try expectError(train + ["--task", "guess"], code: 2, "--task")
    try expectError(train + ["--leave-out", "size"], folder("t.csv"), "column \"size\"", "no column of this name")
    try expectError(train + ["--max-categories", "2"], "column \"town\"", "4 different texts")
    for row in rows.indices { rows[row][1] = "2024-05-\(10 + row % 20)" }
    try write("t.csv", rows)
    try expectError(train, "line 2, column \"age\"", "is a date: leave the column out")
    #expect(!folder.has("run"))
    rows = flats(60, holes: false)
    rows[7][0] = ""
    try write("t.csv", rows)
    try expectError(train + ["--missing-numbers", "refuse"], "column \"area\": is empty")
    #expect(try Command.run(train).code == 0)
    // Predictions: nothing is written where a cell is wrong, and a full disk is told.
    let predict = ["predict", "--model", folder("run"), "--data", folder("t.csv"), "--out", folder("out.csv")]
    rows[5][2] = "ground"
    try write("t.csv", rows)
    try expectError(predict, "line 7, column \"floor\": \"ground\" is not a number")
    #expect(!folder.has("out.csv"))
    rows[5][2] = "0"
    try write("t.csv", rows)
    try expectError(Array(predict.dropLast()) + ["/dev/full"], "/dev/full")
    try expectError(Array(predict.dropLast()) + [folder("nowhere/out.csv")], folder("nowhere/out.csv"))
    try saveCSV(rows.map { $0 + ["1"] }, columns: ["area", "age", "floor", "town", "price", "prediction"], to: folder("t.csv"))
    try expectError(predict, "column \"prediction\"", "is a column already")
    try saveCSV(rows.map { Array($0.prefix(3)) }, columns: ["area", "age", "floor"], to: folder("t.csv"))
    try expectError(predict, "column \"town\": no column of this name")
  }

  /// Whatever a model file says of itself, it is believed only where it fits.
  @Test func damagedModels() throws {
    try write("t.csv", flats(60))
    let run = try Command.run(["train", "table", "--data", folder("t.csv"), "--label", "price", "--out", folder("run"), "--epochs", "1"])
    #expect(run.code == 0, "\(run.errors)")
    let path = folder("run/model.safetensors"), contents = try SafetensorsContents(path)
    let form = try #require(contents.metadata["model.form"])
    var changes = [
      ("\"hidden\":[64,64]", "\"hidden\":[64,65]"), ("\"hidden\":[64,64]", "\"hidden\":[100000,100000]"),
      ("\"hidden\":[64,64]", "\"hidden\":[-1]"), ("\"kind\":\"mlp\"", "\"kind\":\"gpt\""), ("\"kind\":\"mlp\"", "\"kind\":\"tree\""),
      ("\"inputs\":[", "\"inputs\":[7,"), ("\"scale\":[", "\"scale\":[-"), ("\"Oslo\"", "\"Oslo\",\"Rome\""),
    ]
    for length in stride(from: 0, to: form.utf8.count, by: 97) { changes.append((form, String(form.prefix(length)))) }
    for (old, new) in changes {
      #expect(form.contains(old), "\(old)")
      var metadata = contents.metadata
      metadata["model.form"] = form.replacing(old, with: new)
      try saveSafetensors(contents.tensors, metadata: metadata, to: path)
      let predicted = try Command.run(["predict", "--model", folder("run"), "--data", folder("t.csv"), "--out", folder("out.csv")])
      #expect(predicted.code == 1 && predicted.errors.contains(path), "\(new): \(predicted.errors)")
      #expect(predicted.errors.filter { $0 == "\n" }.count == 1 && !folder.has("out.csv"), "\(new): \(predicted.errors)")
    }
  }

  /// All that is wrong with the columns is told at once, in the order of the columns.
  @Test func everyProblemOfTheColumnsIsTold() throws {
    let rows = (1...40).map { "\($0),2024-05-\($0 % 28 + 1),,\($0 == 7 ? "seven" : "\($0)"),\($0 % 2 == 0 ? "x" : "y")" }
    try folder.write("bad.csv", Array("id,when,gone,size,kind\n\(rows.joined(separator: "\n"))\n".utf8))
    let train = ["train", "table", "--data", folder("bad.csv"), "--out", folder("run")]
    let run = try Command.run(train + ["--label", "kin", "--leave-out", "idd", "--categories", "zip"])
    let lines = run.errors.split(separator: "\n").map(String.init)
    #expect(run.code == 1 && lines.first == "backprop: \(folder("bad.csv")): 6 faults in its columns", "\(run.errors)")
    for (line, part) in zip(
      lines.dropFirst(), ["\"idd\"", "\"zip\"", "\"kin\"", "column \"when\": \"2024-05-", "\"gone\": is empty", "\"size\": \"seven\""])
    {
      #expect(line.contains(part) && line.hasPrefix("  "), "\(line)")
    }
    #expect(lines.count == 7 && !folder.has("run"))
    // One alone is one line, as any other error.
    let one = try Command.run(train + ["--label", "kind", "--leave-out", "when,gone"])
    #expect(one.code == 1 && one.errors.hasPrefix("backprop: \(folder("bad.csv")): line 8, column \"size\": \"seven\""), "\(one.errors)")
    #expect(one.errors.filter { $0 == "\n" }.count == 1)
    // New rows that lack columns, too.
    try folder.write(
      "good.csv", Array(("a,b,c,kind\n" + (1...40).map { "\($0),\($0 % 3),\($0 % 5),\($0 % 2 == 0 ? "x" : "y")\n" }.joined()).utf8))
    #expect(
      try Command.run(["train", "table", "--data", folder("good.csv"), "--label", "kind", "--epochs", "1", "--out", folder("run")]).code
        == 0)
    try folder.write("new.csv", Array("a\nx\n".utf8))
    let predicted = try Command.run(["predict", "--model", folder("run"), "--data", folder("new.csv"), "--out", folder("p.csv")])
    #expect(predicted.code == 1 && predicted.errors.contains("3 faults") && !folder.has("p.csv"), "\(predicted.errors)")
    for part in ["line 2, column \"a\"", "column \"b\"", "column \"c\""] { #expect(predicted.errors.contains(part), "\(predicted.errors)") }
  }
}
