import ChainRule

/// Numbers that users give for sizes and counts.
enum Bounds {
  /// The sides of a picture and the width of a table.
  static let sides = 0.0...100_000

  /// Whether all numbers lie in the range; the first that does not is refused by name.
  static func hold(_ numbers: KeyValuePairs<String, Double>, _ range: ClosedRange<Double>, _ operation: String) -> Bool {
    guard let (name, value) = numbers.first(where: { !range.contains($0.value) }) else { return true }
    let text = NumberText.significant
    refuse(
      TensorError(
        .argument, "\(name) is out of range, got \(text(value, 6))",
        hint: "Give a number from \(text(range.lowerBound, 6)) to \(text(range.upperBound, 6)).", operation: operation))
    return false
  }
}
