import ChainRuleSymbolic
import Foundation
import Testing

@testable import ChainRuleExplain

/// The page, opened in a real browser where there is one.
struct GraphPageTests {
  /// A headless Chromium, or nil.
  private static let browser: String? = {
    let names = ["chromium", "chromium-browser", "google-chrome"]
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    for name in names {
      for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") { return "\(folder)/\(name)" }
    }
    return nil
  }()

  private func page() throws -> String { try Formula("relu(w*x+b)").gradientGraph(at: ["w": 2, "x": 3, "b": -1]).html() }

  @Test func pageStandsAlone() throws {
    let page = try page()
    for foreign in ["http-equiv", "src=", "<link", "@import", "url("] { #expect(!page.contains(foreign)) }
    #expect(page.components(separatedBy: "http").count == page.components(separatedBy: "http://www.w3.org/2000/svg").count)
  }

  @Test func namesCannotLeaveTheScript() throws {
    #expect(GraphPage.quoted("</script>\"\\\n") == "\"\\u003c/script\\u003e\\\"\\\\\\n\"")
  }

  @Test(.enabled(if: browser != nil, "no chromium is installed: the page is not opened")) func steppingShowsTheChainRule() throws {
    // Every step's phase, text and boxes, written down by the page itself while keys are pressed.
    let probe = """
      <script>
      const log = [];
      const seen = () => [...document.querySelectorAll(".view:not([hidden]) .node")].map(n => n.querySelector("text").textContent + ": "
        + [...n.querySelectorAll(".value, .grad")].filter(t => !t.classList.contains("unseen")).map(t => t.textContent).join(", "));
      const press = key => document.dispatchEvent(new KeyboardEvent("keydown", {key}));
      for (let i = 0; i < 20 && !find("next").disabled; i++) {
        press("ArrowRight");
        log.push(find("place").textContent + " | " + find("phase").textContent + " | " + find("text").innerText.replaceAll("\\n", " / ")
          + " | " + seen().join("; ") + " | " + [...document.querySelectorAll("#sums td")].map(c => c.textContent).join(" "));
      }
      press("l");
      log.push(find("phase").textContent);
      press("ArrowLeft");
      log.push(find("place").textContent);
      press("Home");
      log.push(find("place").textContent + seen().join(";"));
      const out = document.createElement("pre");
      out.id = "log";
      out.textContent = log.join("\\n");
      document.body.append(out);
      </script>
      """
    let log = try open(try page().replacingOccurrences(of: "</body>", with: probe + "</body>"))
    #expect(log.contains("1 / 7 | Forward: values | v1 = w * x = 2 * 3 = 6"))
    #expect(log.contains("4 / 7 | Backward: gradients | dL/dL = 1"))
    #expect(log.contains("7 / 7 | Backward: gradients | dL/dw = dL/dv1 * dv1/dw = 1 * 3 = 3 / dL/dx = dL/dv1 * dv1/dx = 1 * 2 = 2"))
    #expect(log.contains("w: value 2, grad 3; x: value 3, grad 2"))
    #expect(log.contains("w 1 3 3 3 x 1 2 2 2"))
    #expect(log.contains("역전파: 기울기\n6 / 7\n0 / 7"))
  }

  /// The text that the page's probe left in `#log`.
  private func open(_ page: String) throws -> String {
    let browser = try #require(Self.browser)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("chainrule-page-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("page.html")
    try Data(page.utf8).write(to: file)
    let process = Process(), output = Pipe()
    process.executableURL = URL(fileURLWithPath: browser)
    process.arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(folder.path)/profile", "--lang=en-US", "--dump-dom",
      file.absoluteString + "#lang=en",
    ]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let start = try #require(text.range(of: "<pre id=\"log\">")),
      end = try #require(text.range(of: "</pre>", range: start.upperBound..<text.endIndex))
    return text[start.upperBound..<end.lowerBound].replacingOccurrences(of: "&gt;", with: ">").replacingOccurrences(of: "&lt;", with: "<")
  }
}
