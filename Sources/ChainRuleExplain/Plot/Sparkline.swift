/// A curve in one line of text: `▁▂▅█▃`.
public enum Sparkline {
  /// The values as bars of eight heights, from the lowest to the highest; values that are not finite leave a space. More values than
  /// `width` are averaged in groups. In ASCII the heights are `_.-=+*#@`.
  public static func text(_ values: [Double], width: Int? = nil, ascii: Bool = false) -> String {
    var values = values
    if let width, width > 0, values.count > width {
      values = (0..<width).map { column in
        let group = values[(column * values.count / width)..<((column + 1) * values.count / width)].filter(\.isFinite)
        return group.reduce(0) { $0 + $1 / Double(group.count) } + (group.isEmpty ? .nan : 0)
      }
    }
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return String(repeating: " ", count: values.count) }
    let levels = Array(ascii ? "_.-=+*#@" : "▁▂▃▄▅▆▇█")
    return String(
      values.map { value in
        guard value.isFinite else { return " " }
        let fraction = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5
        return levels[min(levels.count - 1, Int(fraction * Double(levels.count)))]
      })
  }
}
