/// A value of an SVG attribute: text, or a number written with at most two decimals.
protocol SVGAttributeValue {
  /// The attribute's text, before escaping.
  var svgText: String { get }
}

extension String: SVGAttributeValue {
  var svgText: String { self }
}

extension Int: SVGAttributeValue {
  var svgText: String { "\(self)" }
}

extension Double: SVGAttributeValue {
  var svgText: String { SVGDocument.number(self) }
}

/// A self-contained SVG picture, written element by element.
///
/// The text is a function of the calls alone: numbers have at most two decimals, nothing depends on locale, time or hashing. Colours come
/// from a style sheet with a light and a dark half (`prefers-color-scheme`), so one file reads well on both. Nothing is referred to by id,
/// so several pictures can stand in one HTML page.
///
/// ```swift
/// var picture = SVGDocument(width: 100, height: 50, title: "A dot")
/// picture.element("circle", ["class": "cr-fill0", "cx": 50.0, "cy": 25.0, "r": 4.0])
/// print(picture.text)
/// ```
struct SVGDocument: Sendable {
  /// The size of the view box in user units.
  let width: Double
  /// The height of the view box in user units.
  let height: Double
  private let title: String
  private let description: String
  private var body = ""
  private var openElements: [String] = []

  /// An empty picture; `title` and `description` are what a screen reader says of it.
  init(width: Double, height: Double, title: String, description: String = "") {
    self.width = width
    self.height = height
    self.title = title
    self.description = description
    element("rect", ["class": "cr-paper", "width": width, "height": height])
  }

  /// Adds an element with attributes in the given order, and a text within it where one is given.
  mutating func element(_ name: String, _ attributes: KeyValuePairs<String, any SVGAttributeValue>, text: String? = nil) {
    openTag(name, attributes)
    if let text { body += ">\(Self.escaped(text))</\(name)>\n" } else { body += "/>\n" }
  }

  /// Opens an element that holds those added until the matching `end()`.
  mutating func begin(_ name: String, _ attributes: KeyValuePairs<String, any SVGAttributeValue> = [:]) {
    openTag(name, attributes)
    body += ">\n"
    openElements.append(name)
  }

  /// Closes the element opened last; without one it does nothing.
  mutating func end() {
    if let name = openElements.popLast() { body += "</\(name)>\n" }
  }

  /// Adds a line of text; `anchor` is `start`, `middle` or `end`.
  mutating func label(_ text: String, x: Double, y: Double, style: String = "cr-text", size: Double = 12, anchor: String = "start") {
    guard !text.isEmpty else { return }
    element("text", ["class": style, "x": x, "y": y, "font-size": size, "text-anchor": anchor], text: text)
  }

  /// The whole file.
  var text: String {
    let (width, height) = (Self.number(width), Self.number(height))
    var file = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\""
    file += " viewBox=\"0 0 \(width) \(height)\" role=\"img\">\n<title>\(Self.escaped(title))</title>\n"
    if !description.isEmpty { file += "<desc>\(Self.escaped(description))</desc>\n" }
    file += "<style>\(SVGStyle.sheet)</style>\n" + body
    for name in openElements.reversed() { file += "</\(name)>\n" }
    return file + "</svg>\n"
  }

  /// The number with at most two decimals. Readers reject `nan` and `inf`, so those become 0; magnitudes stop at 10⁷.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    return NumberText.trimmed(NumberText.fixed(max(-1e7, min(value, 1e7)), decimals: 2))
  }

  /// The text as XML character data or attribute value; control characters that XML 1.0 forbids become U+FFFD.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
      default:
        let isForbidden = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value & 0xFFFE == 0xFFFE
        result.unicodeScalars.append(isForbidden ? "\u{FFFD}" : scalar)
      }
    }
    return result
  }

  private mutating func openTag(_ name: String, _ attributes: KeyValuePairs<String, any SVGAttributeValue>) {
    body += "<\(name)"
    for (key, value) in attributes { body += " \(key)=\"\(Self.escaped(value.svgText))\"" }
  }
}
