/// Compares two expressions by their values at fixed points.
enum Verification {
  /// Both signs, both sides of 1, no special values; the first ones spread over the whole range.
  private static let points: [Double] = [
    0.3137, 1.7321, -0.4271, 2.9173, -1.3819, 0.7717, -2.6131, 4.1479, 0.1123, 1.1931, -0.9147, 6.7331, -5.1237, 0.5519, 9.3471, 1.4433,
  ]

  /// Whether they agree wherever both have a value, at three points at least.
  ///
  /// Other variables stand for parameters, which textbook rules take to be positive.
  static func agree(_ first: Formula, _ second: Formula, _ variable: String) -> Bool { agreements(first, second, variable) >= 3 }

  /// At how many points both have a value and agree; 0 where they differ at one.
  static func agreements(_ first: Formula, _ second: Formula, _ variable: String) -> Int {
    let names = Set(first.variables + second.variables).union([variable]).sorted()
    guard let program = try? Program([first, second], variables: names) else { return 0 }
    var agreements = 0
    for (index, x) in points.enumerated() {
      let values = names.enumerated().map { position, name in
        name == variable ? x : 0.6 + 1.37 * Double((7 * position + 5 * index + 3) % 11) / 11
      }
      guard let pair = try? program.run(values), pair[0].isFinite, pair[1].isFinite else { continue }
      let tolerance = 1e-8 * max(1, max(pair[0].magnitude, pair[1].magnitude))
      guard (pair[0] - pair[1]).magnitude <= tolerance else { return 0 }
      agreements += 1
    }
    return agreements
  }
}
