import ChainRule
import ChainRuleSymbolic
import Foundation
import TestSupport
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
    let log = try open(
      try page(),
      """
      const log = [], seen = () => [...document.querySelectorAll(".view:not([hidden]) .node")].map(n => n.querySelector("text").textContent + ": "
        + [...n.querySelectorAll(".value, .grad")].filter(t => !t.classList.contains("unseen")).map(t => t.textContent).join(", "));
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
      """)
    #expect(log.contains("1 / 7 | Forward: values | v1 = w * x = 2 * 3 = 6"))
    #expect(log.contains("4 / 7 | Backward: gradients | dL/dL = 1"))
    #expect(log.contains("7 / 7 | Backward: gradients | dL/dw = dL/dv1 * ∂v1/∂w = 1 * 3 = 3 / dL/dx = dL/dv1 * ∂v1/∂x = 1 * 2 = 2"))
    #expect(log.contains("w: value 2, grad 3; x: value 3, grad 2"))
    #expect(log.contains("w 1 3 3 3 x 1 2 2 2"))
    #expect(log.contains("역전파: 기울기\n6 / 7\n0 / 7"))
  }

  /// What the page shows of its second step, of a frame folded and unfolded by clicks, and of a box pointed at.
  @Test(.enabled(if: browser != nil, "no chromium is installed: the page is not opened")) func framesFoldAndUnfold() throws {
    let log = try open(
      try Gallery.network.html(direction: .down),
      Self.frames
        + """
            const size = sizes();
        say("whole", seen());
        click(frame("hidden"));
        say("folded", seen());
        say("smaller", Number(svg.getAttribute("height")) < Number(size.split(" x ")[1]));
        say("overlaps", overlaps() + crossings());
        say("expanded", frame("hidden").getAttribute("aria-expanded"));
        const into = views[0].edges.map((e, i) => [views[0].nodes[e.from].name, i]).find(e => e[0] === "v2")[1];
        say("edge out of the frame", getComputedStyle(picture.querySelector(`.edge[data-edge="${into}"]`)).display !== "none");
        press("ArrowRight");
        say("step inside", find("place").textContent + " " + [...picture.querySelectorAll(".frame.now text")].map(t => t.textContent).join(" "));
        press("ArrowRight");
        say("step outside", find("place").textContent);
        press("ArrowLeft");
        press("ArrowLeft");
        say("back", find("place").textContent);
        press("l");
        say("Korean", seen());
        press("l");
        frame("hidden").dispatchEvent(new PointerEvent("pointerenter"));
        say("hovered", find("detail-title").textContent + " / " + find("detail").innerText.replaceAll("\\n", " "));
        for (const name of ["out", "loss"]) frame(name).dispatchEvent(new KeyboardEvent("keydown", {key: "Enter"}));
        say("all folded", seen());
        say("overlaps again", overlaps() + crossings());
        for (const name of ["loss", "hidden", "out"]) click(frame(name));
        say("unfolded", seen() + " " + (sizes() === size));
        const w = [...picture.querySelectorAll(".node")].find(n => n.querySelector("text").textContent === "out.bias");
        w.dispatchEvent(new PointerEvent("pointerenter"));
        say("pointed at", find("detail-title").textContent + " " + find("detail").innerText.replaceAll("\\n", " "));
        """)
    #expect(try Golden.difference(of: log + "\n", from: "Snapshots/page-frames.txt") == nil)
    #expect(log.contains("overlaps: 0\n") && log.contains("overlaps again: 0\n") && log.contains("smaller: true\n"))
  }

  /// Several paths to one leaf: each contribution and the sum so far, read from the table.
  @Test(.enabled(if: browser != nil, "no chromium is installed: the page is not opened")) func pathsAreSummedInTheTable() throws {
    let log = try open(
      try Formula("x*x + sin(y)*x").gradientGraph(at: ["x": 3, "y": 0]).html(),
      """
      const log = [];
      while (!find("next").disabled) {
        press("ArrowRight");
        for (const row of document.querySelectorAll("#sums tbody tr")) log.push([...row.children].map(c => c.textContent).join(" "));
      }
      const x = [...document.querySelectorAll(".node")].find(n => n.querySelector("text").textContent === "x");
      log.push(x.querySelector(".grad").textContent);
      """)
    // dL/dx = sin y + x + x; dL/dy = x cos y.
    #expect(log == "v1 1 1 1 1\nv3 1 1 1 1\nv2 1 3 3 3\nx(3) 1 0 0 0\ny 3 1 3 3\nx(1) 1 3 3 3\nx(2) 1 3 3 6\ngrad 6")
  }

  /// A thousand layers are one box; clicks show the first and the last of them, and the frame around what repeats folds again.
  @Test(.enabled(if: browser != nil, "no chromium is installed: the page is not opened")) func whatIsFoldedForItsSizeUnfolds() throws {
    let log = try open(
      try Gallery.deep.html(limit: 40),
      Self.frames
        + """
        const size = sizes(), all = "1,000 × (mul → add → tanh)";
        say("at first", seen());
        press("End");
        press("ArrowLeft");
        say("sums", [...document.querySelectorAll("#sums td")].map(c => c.textContent).join(" "));
        press("Home");
        for (let i = 0; i < 3; i++) press("ArrowRight");
        say("three steps", find("text").innerText);
        click(frame(all));
        say("unfolded", seen());
        say("overlaps", overlaps() + crossings());
        click(frame(all));
        say("folded again", seen() + " " + (sizes() === size));
        """)
    #expect(try Golden.difference(of: log + "\n", from: "Snapshots/page-deep.txt") == nil)
    #expect(log.contains("overlaps: 0\n") && log.hasSuffix(" true"))
  }

  /// With every frame folded in turn no edge runs through a box: a chain of blocks with a way around each and one around all.
  @Test(
    .enabled(if: browser != nil, "no chromium is installed: the page is not opened"), arguments: [LayoutOptions.Direction.right, .down])
  func edgesRunAroundTheBoxes(_ direction: LayoutOptions.Direction) throws {
    let w = Tensor([0.5, 1, 2]).named("w").asLeaf()
    let graph = GradientGraph {
      let x = (Tensor([1.0, 2, 3]).named("x") * w).named("start")
      let h = (0..<4).reduce(x) { h, i in graphGroup("block \(i)") { ((h * w).tanh() + h.exp()).sin() } + h }
      return (h * x).sum()
    }
    let log = try open(
      try graph.html(direction: direction),
      Self.frames
        + """
        const names = [...picture.querySelectorAll(".frame")];
        for (let folds = 0; folds < 1 << names.length; folds++) {
          names.forEach((f, i) => { if (folds > 0 && (folds ^ folds - 1) >> i & 1) click(f); });
          if (overlaps() + crossings() > 0) say("folds " + folds, overlaps() + " overlaps, " + crossings() + " crossings");
        }
        say("frames", names.length);
        """)
    #expect(log == "frames: \(try graph.framingRepeats().groups.count)")
  }

  /// What the probes of frames have in common: what is seen, frames by name, and how many boxes overlap or have an edge run through them.
  private static let frames = """
    const log = [], picture = document.querySelector(".view:not([hidden])"), svg = picture.querySelector("svg");
    const seen = () => [...picture.querySelectorAll(".node:not(.tucked), .frame.folded")]
      .map(n => [...n.querySelectorAll("text")].slice(0, n.matches(".frame") ? 2 : 1).map(t => t.textContent).join(" "))
      .sort().join("; ");
    const frame = name => [...picture.querySelectorAll(".frame")].find(f => f.querySelector("text").textContent === name);
    const say = (name, value) => log.push(name + ": " + value);
    const click = frame => frame.dispatchEvent(new MouseEvent("click", {bubbles: true}));
    const sizes = () => svg.getAttribute("width") + " x " + svg.getAttribute("height"), whole = svg.outerHTML;
    const boxes = () => [...picture.querySelectorAll(".node:not(.tucked), .frame.folded")]
      .map(n => { const b = n.querySelector("rect").getBBox(); return {left: b.x, right: b.x + b.width, top: b.y, bottom: b.y + b.height, n}; })
      .map(b => {
        const shift = /translate\\(([^ ]+) ([^)]+)/.exec(b.n.getAttribute("transform")) ?? [0, 0, 0], [x, y] = [Number(shift[1]), Number(shift[2])];
        return {left: b.left + x, right: b.right + x, top: b.top + y, bottom: b.bottom + y};
      });
    const overlaps = () => boxes().filter((a, i, all) => all.some((b, j) => i < j && a.left < b.right - 1 && b.left < a.right - 1
      && a.top < b.bottom - 1 && b.top < a.bottom - 1)).length;
    const crossings = () => {
      const all = boxes();
      return [...picture.querySelectorAll(".edge:not(.tucked)")].filter(e => {
        const path = e.querySelector("path"), length = path.getTotalLength();
        for (let i = 3; i < length - 3; i += 2) {
          const p = path.getPointAtLength(i);
          if (all.some(b => p.x > b.left + 2 && p.x < b.right - 2 && p.y > b.top + 2 && p.y < b.bottom - 2)) return true;
        }
        return false;
      }).length;
    };

    """

  @Test func repeatedLayersHaveAFrame() throws {
    let w = Tensor(0.5).named("w").asLeaf()
    let plain = GradientGraph { (0..<4).reduce(Tensor(1.0).named("x") - 2) { h, _ in (h * w + 1).tanh() } }
    #expect(plain.framingRepeats().groups.map(\.name) == ["4 × (mul → add → tanh)"])
    let modules = GradientGraph { (0..<3).reduce(Tensor(1.0).named("x")) { h, i in graphGroup("block") { (h * w).tanh() } } }
    let framed = modules.framingRepeats().groups
    #expect(framed.map(\.name) == ["3 × (block)", "block", "block", "block"])
    #expect(framed.map(\.parent) == [nil, 0, 0, 0])
    #expect(try modules.html().contains("3 × (block)"))
    #expect(Gallery.network.framingRepeats().groups.map(\.name) == Gallery.network.groups.map(\.name))
  }

  /// Opens the page and runs a script in it that fills the array `log`, which is what comes back.
  private func open(_ page: String, _ probe: String) throws -> String {
    let page = page.replacingOccurrences(
      of: "</body>",
      with: """
        <script>
        const press = key => document.dispatchEvent(new KeyboardEvent("keydown", {key}));
        \(probe)
        const out = document.createElement("pre");
        out.id = "log";
        out.textContent = log.join("\\n");
        document.body.append(out);
        </script></body>
        """)
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
