import ArgumentParser
import ChainRule
import ChainRuleData
import Foundation

/// The options of a run from a file, such as the settings.json that each run leaves: a JSON object of options by name.
enum ConfigFile {
  /// The words of a command line with the options of `--config FILE` put in, where the line says nothing else.
  static func expanded(_ words: [String]) throws -> [String] {
    guard words.first == Train._commandName, let path = path(in: words) else { return words }
    var options = try options(path)
    let known = Train.configuration.subcommands.map { (name: $0._commandName, command: $0) }
    var words = words
    if let job = options.removeValue(forKey: "job") {
      if words.count > 1, !words[1].hasPrefix("-") {
        guard words[1] == job else { throw FormatError(file: path, place: .key("job"), "is \(job), and the command line says \(words[1])") }
      } else {
        words.insert(job, at: 1)
      }
    }
    let job = words.count > 1 && !words[1].hasPrefix("-") ? words[1] : TrainSpirals._commandName
    guard let command = known.first(where: { $0.name == job })?.command else {
      throw FormatError(file: path, place: .key("job"), "is none of \(known.map(\.name).joined(separator: ", "))")
    }
    let listed = Set(command.helpMessage(columns: 500).split { " \n,".contains($0) }.map(String.init))
    var added: [String] = []
    for (name, value) in options.sorted(by: { $0.key < $1.key }) {
      guard listed.contains("--\(name)") else { throw FormatError(file: path, place: .key(name), "is no option of train \(job)") }
      let isGiven = words.contains { $0 == "--\(name)" || $0.hasPrefix("--\(name)=") }
      if isGiven || value.isEmpty || value == "false" { continue }
      added.append(value == "true" ? "--\(name)" : "--\(name)=\(value)")
    }
    words.insert(contentsOf: added, at: words.count > 1 && !words[1].hasPrefix("-") ? 2 : 1)
    return words
  }

  private static func path(in words: [String]) -> String? {
    for (i, word) in words.enumerated() {
      if word.hasPrefix("--config=") { return String(word.dropFirst("--config=".count)) }
      if word == "--config", i + 1 < words.count { return words[i + 1] }
    }
    return nil
  }

  /// The options by name, as they would be typed; flags are `true` and `false`.
  private static func options(_ path: String) throws -> [String: String] {
    let text = try FileBytes.text(path)
    let object: Any
    do {
      object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    } catch {
      throw FormatError(file: path, "is no JSON: \((error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? "\(error)")")
    }
    guard let values = object as? [String: Any] else { throw FormatError(file: path, "is no JSON object of options") }
    return try values.reduce(into: [:]) { result, entry in
      switch entry.value {
      case let text as String: result[entry.key] = text
      case let flag as Bool: result[entry.key] = flag ? "true" : "false"
      case let number as NSNumber: result[entry.key] = "\(number)"
      default: throw FormatError(file: path, place: .key(entry.key), "is neither a text, a number, nor true or false")
      }
    }
  }
}
