/// Names as people type them.
package enum NearestName {
  /// Case and underscores are PyTorch's or ours: log_softmax is logSoftmax.
  package static func key(_ name: String) -> String { name.lowercased().filter { $0 != "_" && $0 != " " } }

  /// The name that a mistyped one is most like, or nil where none is near: where more than one letter in `share` is another.
  package static func nearest(to name: String, in names: [String], share: Int = 3) -> String? {
    let wanted = Array(key(name))
    let wantedLetters = wanted.sorted()
    // Of equally near ones that with the same letters.
    func strangeness(_ name: String) -> (distance: Int, other: Int) {
      let letters = Array(key(name))
      return (distance(wanted, letters), letters.sorted() == wantedLetters ? 0 : 1)
    }
    guard let nearest = names.min(by: { strangeness($0) < strangeness($1) }) else { return nil }
    return strangeness(nearest).distance <= max(1, wanted.count / share) ? nearest : nil
  }

  /// How many letters must be changed, added, dropped or swapped with their neighbour (Damerau 1964) to make `a` into `b`.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var least = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, rows[i - 1][j - 1] + 1) }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
