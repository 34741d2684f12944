import ChainRuleExplain

/// The files of the page, which the program holds itself. The page loads nothing else.
enum PlayAssets {
  /// The file of that name and what it is; the empty name is the page's, which has these views.
  static func asset(_ name: String, _ language: ExplanationLanguage, _ views: [String]) -> (type: String, text: String)? {
    if name.isEmpty { return ("text/html", page(language, views)) }
    if name == "style.css" { return ("text/css", style) }
    return scripts[name].map { ("text/javascript", $0) }
  }

  /// The modules by the names under which they import each other.
  static let scripts = [
    "app.js": app, "dom.js": dom, "words.js": words, "chart.js": chart, "graph.js": graph, "train.js": train, "editor.js": editor,
    "layers.js": layers, "learn.js": learn, "formula.js": formula, "draw.js": draw, "live.js": live,
  ]

  private static func page(_ language: ExplanationLanguage, _ views: [String]) -> String {
    """
    <!doctype html>
    <html lang="\(Phrase("en", "ko")(language))">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>ChainRule play</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="style.css">
    <script type="module" src="app.js"></script>
    </head>
    <body data-views="\(views.joined(separator: " "))">
    <noscript>The page needs JavaScript. · 이 페이지에는 자바스크립트가 필요합니다.</noscript>
    </body>
    </html>

    """
  }
}
