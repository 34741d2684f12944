/// Small images in rows with captions under them: the worst mistakes of a classifier, the filters of a layer.
public struct ImageGrid: Sendable {
  /// An image with lines of text under it.
  public struct Item: Sendable {
    /// The picture.
    public var image: PixelImage
    /// The lines under it, the first stronger than the rest.
    public var caption: [String]

    /// An image with lines of text under it.
    public init(_ image: PixelImage, caption: [String] = []) {
      self.image = image
      self.caption = caption
    }
  }

  /// The heading.
  public var title: String
  /// The images, row by row.
  public var items: [Item]
  /// Images per row.
  public var columns: Int
  /// The width of an image on paper.
  public var cellWidth: Double

  /// A grid of images.
  public init(title: String, items: [Item], columns: Int = 8, cellWidth: Double = 84) {
    self.title = title
    self.items = items
    self.columns = columns
    self.cellWidth = cellWidth
  }

  /// The grid as a self-contained SVG file; the images are inside as PNG.
  public func svg() -> String {
    guard Bounds.hold(["cellWidth": cellWidth], Bounds.sides, "ImageGrid") else { return "" }
    let columns = max(1, min(columns, max(1, items.count)))
    let cellWidth = max(16, cellWidth)
    let rows = stride(from: 0, to: items.count, by: columns).map { Array(items[$0..<min($0 + columns, items.count)]) }
    let heights = rows.map { row in
      row.map { cellWidth * Double($0.image.height) / Double($0.image.width) }.max() ?? 0
    }
    let captionHeights = rows.map { row in Double(row.map(\.caption.count).max() ?? 0) * 14 + 14 }
    let top = title.isEmpty ? 16.0 : 44.0
    let width = max(Double(columns) * (cellWidth + 12) + 20, TextMetrics.width(title, size: 15) + 32)
    let height = top + zip(heights, captionHeights).reduce(0) { $0 + $1.0 + $1.1 } + 6
    var picture = SVGDocument(width: width, height: height, title: title, description: "\(items.count) images")
    picture.label(title, x: 16, y: 26, size: 15)
    var y = top
    for (row, (rowHeight, captionHeight)) in zip(rows, zip(heights, captionHeights)) {
      for (column, item) in row.enumerated() {
        draw(item, x: 16 + Double(column) * (cellWidth + 12), y: y, width: cellWidth, rowHeight: rowHeight, in: &picture)
      }
      y += rowHeight + captionHeight
    }
    return picture.text
  }

  private func draw(_ item: Item, x: Double, y: Double, width: Double, rowHeight: Double, in picture: inout SVGDocument) {
    let height = width * Double(item.image.height) / Double(item.image.width)
    // Small images are shown with hard pixels, as they are.
    picture.begin(
      "image",
      [
        "class": "cr-pixels", "x": x, "y": y, "width": width, "height": height, "preserveAspectRatio": "none", "href": item.image.dataURI,
      ])
    if !item.caption.isEmpty { picture.element("title", [:], text: item.caption.joined(separator: ", ")) }
    picture.end()
    picture.element("rect", ["class": "cr-grid", "x": x, "y": y, "width": width, "height": height])
    for (index, line) in item.caption.enumerated() {
      var size = 11.0
      while size > 7 && TextMetrics.width(line, size: size) > width + 6 { size -= 0.5 }
      let style = index == 0 ? "cr-text" : "cr-faint"
      picture.label(line, x: x + width / 2, y: y + rowHeight + 14 + Double(index) * 14, style: style, size: size, anchor: "middle")
    }
  }
}
