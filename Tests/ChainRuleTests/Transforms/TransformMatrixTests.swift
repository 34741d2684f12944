import ChainRule
import Foundation
import Testing

/// Every transform inside every other, over every function, against torch.func.
struct TransformMatrixTests {
  /// One nest over one function, as the fixture has it.
  private struct Case: Sendable {
    let names: [String]
    let mode: String
    let function: String
    let shape: String
    let magnitude: Double
    let weighted: Double
  }

  /// The lines of transforms.txt: a nest, how inputs reach it, perhaps the only function; then for each function shape and two sums.
  private static let cases: [Case] = {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/transforms.txt")
    let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").flatMap { line -> [Case] in
      let parts = line.split(separator: "|"), head = parts[0].split(separator: " ").map(String.init)
      let functions = head.count > 2 ? [head[2]] : TransformMatrix.functions.map(\.name)
      return zip(functions, parts.dropFirst()).map { function, numbers in
        let numbers = numbers.split(separator: " ")
        return Case(
          names: head[0].split(separator: "/").map(String.init), mode: head[1], function: function, shape: String(numbers[0]),
          magnitude: Double(numbers[1]) ?? .nan, weighted: Double(numbers[2]) ?? .nan)
      }
    }
  }()

  /// What is wrong with the case; nil where nothing is.
  private static func fault(_ c: Case) -> String? {
    let title = "\(c.names.joined(separator: "/")) \(c.mode) \(c.function)"
    guard let f = TransformMatrix.functions.first(where: { $0.name == c.function })?.apply else { return "\(title): no such function" }
    do {
      let y = try catching { TransformMatrix.result(c.names, c.mode, f) }
      let shape = y.shape.isEmpty ? "-" : y.shape.map(String.init).joined(separator: "x")
      if shape != c.shape { return "\(title): shape \(shape), torch has \(c.shape)" }
      if y.requiresGrad { return "\(title): the result is tracked, although no leaf takes part" }
      let elements = y.array(of: Double.self), weights = TransformMatrix.weights([elements.count], 0.1).array(of: Double.self)
      let magnitude = elements.reduce(0) { $0 + abs($1) }
      let weighted = zip(elements, weights).reduce(0) { $0 + $1.0 * $1.1 }
      let tolerance = 1e-8 * (1 + c.magnitude)
      if abs(magnitude - c.magnitude) <= tolerance, abs(weighted - c.weighted) <= tolerance { return nil }
      return "\(title): \(magnitude) \(weighted), torch has \(c.magnitude) \(c.weighted)"
    } catch {
      return "\(title): \(error)"
    }
  }

  private static func check(_ cases: some Sequence<Case>) {
    let faults = cases.compactMap(fault)
    #expect(faults.isEmpty, "\(faults.count) of the nests differ:\n\(faults.prefix(40).joined(separator: "\n"))")
  }

  /// Two deep: every pair of transforms with every function. Each in one of the three modes in turn, or with TRANSFORM_MATRIX=all in
  /// all of them.
  @Test(arguments: TransformMatrix.transforms.map(\.name)) func twoDeep(_ outermost: String) {
    let all = ProcessInfo.processInfo.environment["TRANSFORM_MATRIX"] == "all"
    let pairs = Self.cases.filter { $0.names.count == 2 && $0.names[0] == outermost }
    var chosen: [Case] = []
    for (i, inner) in TransformMatrix.transforms.enumerated() {
      for (j, function) in TransformMatrix.functions.enumerated() {
        for (k, mode) in TransformMatrix.modes.enumerated() where all || (i + j) % TransformMatrix.modes.count == k {
          let found = pairs.filter { $0.names[1] == inner.name && $0.function == function.name && $0.mode == mode }
          #expect(found.count == 1, "transforms.txt has no \(outermost)/\(inner.name) \(mode) \(function.name): run make_transforms.py")
          chosen += found
        }
      }
    }
    Self.check(chosen)
  }

  /// Three deep: a hundred and more that the script has drawn.
  @Test func threeDeep() {
    let chosen = Self.cases.filter { $0.names.count == 3 }
    #expect(chosen.count >= 100)
    Self.check(chosen)
  }
}
