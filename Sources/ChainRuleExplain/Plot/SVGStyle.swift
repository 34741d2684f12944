/// The colours of every drawing, named by what they mean, for light and for dark surroundings.
///
/// Series and classes `k` take `cr-line{k}` (stroke) and `cr-fill{k}` (fill). The hues are Paul Tol's colour-blind safe ones (technical
/// note SRON/EPS/TN/09-002, 2021): "bright" and "vibrant", darkened where white paper asks for it, and "light" on dark paper.
enum SVGStyle {
  /// The number of distinct series colours; further series begin again.
  static let seriesCount = lightSeries.count

  /// The CSS text. Written out twice instead of with variables, which librsvg and older viewers do not know.
  static let sheet: String = {
    let base =
      "text{font-family:Helvetica,Arial,'Liberation Sans','DejaVu Sans','Noto Sans CJK KR',sans-serif}"
      + ".cr-mono{font-family:Menlo,Consolas,'DejaVu Sans Mono',monospace}.cr-halo{paint-order:stroke;stroke-width:5px;stroke-linejoin:round}"
      + ".cr-axis,.cr-grid,.cr-edge,.cr-group{stroke-width:1}.cr-pixels{image-rendering:optimizeSpeed;image-rendering:pixelated}"
    return base + rules(light: true) + "@media (prefers-color-scheme:dark){" + rules(light: false) + "}"
  }()

  /// The class that draws series `index` as a line.
  static func line(_ index: Int) -> String { "cr-line\(index % seriesCount)" }

  /// The class that fills with the colour of series `index`.
  static func fill(_ index: Int) -> String { "cr-fill\(index % seriesCount)" }

  private static let lightSeries = [
    "#4477aa", "#b85c00", "#228833", "#b59a00", "#2c9dc4", "#aa3377", "#d6455c", "#009988", "#5544a0", "#777777",
  ]
  private static let darkSeries = [
    "#77aadd", "#ffaa77", "#66cc88", "#eedd88", "#99ddff", "#dd88bb", "#ff99aa", "#44ccbb", "#b0a0f0", "#bbbbbb",
  ]

  private static func rules(light: Bool) -> String {
    let (paper, ink, faint) = light ? ("#ffffff", "#1f2328", "#59636e") : ("#0d1117", "#e6edf3", "#9198a1")
    let (grid, axis, panel) = light ? ("#e4e8ec", "#8b949e", "#f3f5f8") : ("#262c34", "#6e7681", "#171c23")
    var css = ".cr-paper{fill:\(paper)}.cr-text{fill:\(ink)}.cr-faint{fill:\(faint)}.cr-halo{stroke:\(paper)}"
    css += ".cr-grid{stroke:\(grid);fill:none}.cr-axis{stroke:\(axis);fill:none}.cr-edge{stroke:\(axis);fill:none}"
    css += ".cr-arrow{fill:\(axis)}.cr-node{fill:\(panel);stroke:\(axis)}.cr-group{fill:\(panel);fill-opacity:.5;stroke:\(grid)}"
    css += ".cr-rim{stroke:\(paper)}.cr-mark{stroke:\(ink);fill:none}"
    for (index, color) in (light ? lightSeries : darkSeries).enumerated() {
      css += ".cr-line\(index){stroke:\(color);fill:none}.cr-fill\(index){fill:\(color)}"
    }
    return css
  }
}
