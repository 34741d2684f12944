import Foundation

/// The public functions that take numbers, as the sources declare them.
struct PublicFunctions {
  /// How many functions there are of each name: overloads share one.
  private(set) var counts: [String: Int] = [:]

  /// A parameter of one of these is a number, or made of numbers.
  private static let numbers = [
    "Int", "Int32", "UInt8", "Double", "Float", "Tensor", "TensorScalar", "TensorOperand", "TensorElement", "NestedElements",
    "SpatialSizes", "SpatialPadding", "LayerValue", "TensorIndex", "NamedTensors", "Rational", "Number", "PerGroup",
  ]

  /// Types that only their module or package knows; what is public in them is nobody else's to call.
  private var hidden: Set<String> = []

  /// Reads the modules in the folder of sources.
  init(sources: URL) throws {
    var texts: [String] = []
    for module in ["ChainRule", "ChainRuleNN", "ChainRuleOptim", "ChainRuleData", "ChainRuleSymbolic", "ChainRuleExplain"] {
      let folder = sources.appendingPathComponent(module)
      for case let file as URL in FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) ?? .init()
      where file.pathExtension == "swift" {
        texts.append(try String(contentsOf: file, encoding: .utf8))
      }
    }
    self.init(texts: texts)
  }

  /// Reads files.
  init(texts: [String]) {
    var open: Set<String> = []
    for line in texts.flatMap({ $0.split(separator: "\n") }) where Self.mayDeclareType(line) {
      guard let match = line.firstMatch(of: /^ *(?:@\w+(?:\([^)]*\))? )*((?:\w+ )*)(?:struct|class|enum|protocol) (\w+)/) else { continue }
      let isOpen = match.1.contains("public") || match.1.contains("open")
      if isOpen { open.insert(String(match.2)) } else { hidden.insert(String(match.2)) }
    }
    hidden.subtract(open)
    for text in texts { read(text) }
  }

  /// Spares most lines the regular expressions, which take long.
  private static func mayDeclareType(_ line: some StringProtocol) -> Bool {
    ["extension ", "struct ", "class ", "enum ", "protocol "].contains { line.contains($0) }
  }

  private mutating func read(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var scopes: [(indent: Int, name: String)] = []
    for (number, line) in lines.enumerated() {
      let indent = line.prefix { $0 == " " }.count
      if !line.trimmingCharacters(in: .whitespaces).isEmpty {
        scopes.removeAll { $0.indent >= indent && ![")", "{"].contains(line.dropFirst(indent).first.map(String.init) ?? "") }
      }
      if Self.mayDeclareType(line),
        let match = line.firstMatch(
          of:
            /^ *(?:@\w+(?:\([^)]*\))? )*(?:(?:public|package|open|private|fileprivate|final|indirect) )*(?:extension|struct|class|enum|protocol) (\[?[\w.]+\]?)/
        ),
        !line.contains(" class func ")
      {
        scopes.append((indent, String(match.1)))
        continue
      }
      guard line.contains("public ") || line.contains("open "),
        let match = line.firstMatch(
          of:
            /^ *(?:@\w+ )*(?:public|open) (?:(?:static|final|convenience|override|mutating|required|prefix|class) )*(?:func (`?\w+`?|[^\w\s`]+)|(init|subscript))/
        )
      else { continue }
      if Self.isGone(lines, number) || scopes.contains(where: { hidden.contains(String($0.name.split(separator: ".").last ?? "")) }) {
        continue
      }
      guard let parameters = Self.parameters(lines[number..<min(number + 40, lines.count)].joined(separator: " ")),
        Self.takeNumbers(parameters, generics: Self.genericNumbers(line))
      else { continue }
      let name = (match.1 ?? match.2).map { String($0).replacingOccurrences(of: "`", with: "") } ?? ""
      let type = scopes.last.map { String($0.name.split(separator: ".").last ?? "") + "." } ?? ""
      let isOperator = !(name.first?.isLetter ?? false)
      let labels = parameters.map { parameter in
        let label = parameter.prefix { $0 != " " && $0 != ":" }
        return (isOperator || name == "subscript" ? "_" : String(label)) + ":"
      }
      counts["\(type)\(name)(\(labels.joined()))", default: 0] += 1
    }
  }

  /// Whether the declaration on a line is unavailable, or deprecated: it says another name for a function that is here.
  private static func isGone(_ lines: [String], _ number: Int) -> Bool {
    let above = lines[..<number].reversed().prefix { line in
      let text = line.trimmingCharacters(in: .whitespaces)
      return !text.isEmpty && !text.hasPrefix("//") && text != "}"
    }
    return above.contains { $0.contains("unavailable") || $0.contains("deprecated") }
  }

  /// The parameters of a declaration, each with its label and type.
  private static func parameters(_ declaration: String) -> [String]? {
    var depth = 0, generic = 0, current = "", result: [String] = [], isInside = false
    var previous: Character = " "
    // What stands between quotes is a default, in which a comma separates nothing.
    for character in declaration.replacing(/"[^"]*"/, with: "0") {
      if !isInside {
        // An operator's own name may hold a bracket of generic parameters.
        if character == "(" {
          isInside = true
          depth = 1
        }
        continue
      }
      switch character {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case "<": generic += 1
      case ">": if previous != "-" { generic -= 1 }
      default: break
      }
      previous = character
      if depth == 0 || depth == 1 && generic == 0 && character == "," {
        let parameter = current.trimmingCharacters(in: .whitespaces)
        if !parameter.isEmpty { result.append(parameter) }
        current = ""
        if depth == 0 { return result }
        continue
      }
      current.append(character)
    }
    return nil
  }

  /// The generic parameters that stand for numbers.
  private static func genericNumbers(_ line: String) -> [String] {
    line.prefix { $0 != "(" }.matches(of: /(\w+): (\w+)/).filter { numbers.contains(String($0.2)) }.map { String($0.1) }
  }

  /// Whether one of the parameters is of numbers; a function that is handed in is none.
  private static func takeNumbers(_ parameters: [String], generics: [String]) -> Bool {
    parameters.contains { parameter in
      let type = parameter.split(separator: ":", maxSplits: 1).last.map(String.init) ?? ""
      if type.contains("->") || type.contains("Formula") || type.contains(".Type") { return false }
      return type.prefix { $0 != "=" }.matches(of: /\w+/).contains {
        numbers.contains(String($0.output)) || generics.contains(String($0.output))
      }
    }
  }
}
