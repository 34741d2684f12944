import ChainRule
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

  /// What the page shows of its second step, of a frame folded and unfolded by clicks, and of a box pointed at.
  @Test(.enabled(if: browser != nil, "no chromium is installed: the page is not opened")) func framesFoldAndUnfold() throws {
    let probe = """
      <script>
      const log = [], picture = document.querySelector(".view:not([hidden])"), svg = picture.querySelector("svg");
      const seen = () => [...picture.querySelectorAll(".node:not(.tucked), .frame.folded")]
        .map(n => [...n.querySelectorAll("text")].slice(0, n.matches(".frame") ? 2 : 1).map(t => t.textContent).join(" "))
        .sort().join("; ");
      const frame = name => [...picture.querySelectorAll(".frame")].find(f => f.querySelector("text").textContent === name);
      const say = (name, value) => log.push(name + ": " + value);
      const sizes = () => svg.getAttribute("width") + " x " + svg.getAttribute("height"), whole = svg.outerHTML, size = sizes();
      const overlaps = () => {
        const boxes = [...picture.querySelectorAll(".node:not(.tucked), .frame.folded")]
          .map(n => n.querySelector("rect").getBoundingClientRect());
        return boxes.filter((a, i) => boxes.some((b, j) => i < j && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1
          && b.top < a.bottom - 1)).length;
      };
      say("whole", seen());
      frame("hidden").dispatchEvent(new MouseEvent("click", {bubbles: true}));
      say("folded", seen());
      say("smaller", Number(svg.getAttribute("height")) < Number(size.split(" x ")[1]));
      say("overlaps", overlaps());
      say("expanded", frame("hidden").getAttribute("aria-expanded"));
      const into = views[0].edges.map((e, i) => [views[0].nodes[e.from].name, i]).find(e => e[0] === "v2")[1];
      say("edge out of the frame", getComputedStyle(picture.querySelector(`.edge[data-edge="${into}"]`)).display !== "none");
      document.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight"}));
      say("step inside", [...picture.querySelectorAll(".frame.now text")].map(t => t.textContent).join(" "));
      document.dispatchEvent(new KeyboardEvent("keydown", {key: "l"}));
      say("Korean", seen());
      document.dispatchEvent(new KeyboardEvent("keydown", {key: "l"}));
      frame("hidden").dispatchEvent(new PointerEvent("pointerenter"));
      say("hovered", find("detail-title").textContent + " / " + find("detail").innerText.replaceAll("\\n", " "));
      for (const name of ["out", "loss"]) frame(name).dispatchEvent(new KeyboardEvent("keydown", {key: "Enter"}));
      say("all folded", seen());
      say("overlaps again", overlaps());
      for (const name of ["loss", "hidden", "out"]) frame(name).dispatchEvent(new MouseEvent("click", {bubbles: true}));
      say("unfolded", seen() + " " + (sizes() === size));
      const w = [...picture.querySelectorAll(".node")].find(n => n.querySelector("text").textContent === "out.bias");
      w.dispatchEvent(new PointerEvent("pointerenter"));
      say("pointed at", find("detail-title").textContent + " " + find("detail").innerText.replaceAll("\\n", " "));
      const out = document.createElement("pre");
      out.id = "log";
      out.textContent = log.join("\\n");
      document.body.append(out);
      </script>
      """
    let page = try Gallery.network.html(direction: .down)
    let log = try open(page.replacingOccurrences(of: "</body>", with: probe + "</body>"))
    try Snapshot.check(log + "\n", "page-frames.txt")
    #expect(log.contains("overlaps: 0\n") && log.contains("overlaps again: 0\n") && log.contains("smaller: true\n"))
  }

  @Test func repeatedLayersHaveAFrame() throws {
    let w = Tensor(0.5).named("w").asLeaf()
    let plain = GradientGraph { (0..<4).reduce(Tensor(1.0).named("x") - 2) { h, _ in (h * w + 1).tanh() } }
    #expect(plain.framingRepeats().groups.map(\.name) == ["4 × (mul → add → tanh)"])
    let modules = GradientGraph { (0..<3).reduce(Tensor(1.0).named("x")) { h, i in graphGroup("block") { (h * w).tanh() } } }
    let framed = modules.framingRepeats().groups
    #expect(framed.map(\.name) == ["3 × (block)", "block", "block", "block"])
    #expect(framed.map(\.parent) == [nil, 0, 0, 0])
    #expect(try modules.html().contains("3 × (block)"))
    #expect(try Gallery.network.framingRepeats().groups.map(\.name) == Gallery.network.groups.map(\.name))
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
