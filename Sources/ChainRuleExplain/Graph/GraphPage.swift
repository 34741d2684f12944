/// The page around a graph: style, controls and the script that steps.
enum GraphPage {
  static func text(title: String, pictures: String, data: String, language: ExplanationLanguage?) -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(title)</title>
    <style>\(style)</style>
    </head>
    <body>
    <header>
    <h1>\(title)</h1>
    <nav>
    <button id="first" data-t="first">|◀</button>
    <button id="back" data-t="back">◀</button>
    <button id="next" data-t="next">▶</button>
    <button id="last" data-t="last">▶|</button>
    <button id="play" data-t="play">▶▶</button>
    <input id="slider" type="range" min="0" value="0" data-t="slider">
    <span id="place"></span>
    <button id="smaller" data-t="smaller">−</button>
    <button id="larger" data-t="larger">+</button>
    <button id="fit" data-t="fit">⤢</button>
    <select id="fold" data-t="fold"></select>
    <button id="lang">한국어</button>
    </nav>
    </header>
    <main>
    <section id="pictures">
    \(pictures)</section>
    <aside>
    <h2 id="phase"></h2>
    <div id="text" aria-live="polite"></div>
    <table id="sums"><thead><tr></tr></thead><tbody></tbody></table>
    <h2 id="detail-title"></h2>
    <dl id="detail"></dl>
    <p id="help"></p>
    </aside>
    </main>
    <script>
    const views = \(data);
    const asked = "\(language.map { Phrase("en", "ko")($0) } ?? "")";
    \(script)
    \(frameScript)
    speak();
    scale(0);
    </script>
    </body>
    </html>

    """
  }

  /// The text as a JavaScript string that can stand inside a script element.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "<", ">", "&", "\u{2028}", "\u{2029}": result += hexadecimal(scalar)
      default:
        if scalar.value < 0x20 { result += hexadecimal(scalar) } else { result.unicodeScalars.append(scalar) }
      }
    }
    return result + "\""
  }

  private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }

  private static let style = """
    :root{color-scheme:light dark;--paper:#fff;--ink:#1b2127;--faint:#56606b;--line:#d5dce3;--panel:#f5f7f9;--now:#1f5fc4;--back:#b85c00}
    @media (prefers-color-scheme:dark){:root{--paper:#0f1318;--ink:#e7ecf1;--faint:#9aa6b2;--line:#2b343e;--panel:#171d24;--now:#6ea6ff;--back:#ffa24d}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.5 system-ui,-apple-system,'Segoe UI',Helvetica,Arial,'Noto Sans CJK KR',sans-serif;
    height:100vh;display:flex;flex-direction:column}
    header{padding:8px 16px;border-bottom:1px solid var(--line);display:flex;flex-wrap:wrap;gap:6px 20px;align-items:center}
    h1{font-size:17px;margin:0;font-family:Menlo,Consolas,monospace;overflow-wrap:anywhere}
    h2{font-size:14px;margin:14px 0 4px;color:var(--faint)}
    nav{display:flex;flex-wrap:wrap;gap:6px;align-items:center}
    button,select{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:3px 10px;
    cursor:pointer}
    button:disabled{opacity:.4;cursor:default}
    main{flex:1;display:flex;min-height:0}
    #pictures{flex:1;overflow:auto;padding:16px}
    aside{width:400px;flex:none;overflow:auto;padding:4px 16px 16px;border-left:1px solid var(--line);background:var(--panel)}
    @media (max-width:800px){main{flex-direction:column}aside{width:auto;max-height:50%;border-left:0;border-top:1px solid var(--line)}}
    #text{font-family:Menlo,Consolas,'DejaVu Sans Mono','Noto Sans CJK KR',monospace;font-size:13px;white-space:pre-wrap}
    #text div{margin:2px 0}#text .word{font-family:Helvetica,Arial,'Noto Sans CJK KR',sans-serif;color:var(--faint)}
    table{border-collapse:collapse;margin-top:10px;font-size:12px}
    th,td{border:1px solid var(--line);padding:3px 5px;text-align:right}th{font-weight:normal;word-break:keep-all;color:var(--faint)}
    dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 12px;margin:0;font-size:13px}dt{color:var(--faint)}dd{margin:0;
    overflow-wrap:anywhere}
    #help{color:var(--faint);font-size:12px}
    .node,.frame{cursor:pointer}.edge{pointer-events:none}.tucked{display:none}.frame:hover rect{stroke:var(--faint)}
    .frame.folded rect{fill-opacity:1;stroke:var(--faint);stroke-dasharray:4 3}.frame.now rect{stroke:var(--now);stroke-width:3px}
    .waiting{opacity:.35}.now rect:first-child{stroke:var(--now);stroke-width:3px}
    .edge.now path{stroke:var(--now);stroke-width:2.5px}.edge.now .cr-arrow{fill:var(--now)}.unseen{visibility:hidden}
    .edge.back path{stroke:var(--back)}.edge.back .cr-arrow{fill:var(--back)}.edge.back>.cr-arrow:not(.tip),.edge:not(.back)>.tip{display:none}
    :focus-visible{outline:2px solid var(--now);outline-offset:2px}.node:focus-visible{outline:none}
    .node:focus-visible rect:first-child{stroke:var(--now);stroke-width:3px}
    """

  private static let script = """
    const words = {
      en: {first: "to the start (Home)", back: "one step back (left arrow)", next: "one step on (right arrow)", last: "to the end (End)",
        play: "play", slider: "step", fold: "folding", smaller: "smaller (-)", larger: "larger (+)", fit: "fit (0)", forward: "Forward: values", backward: "Backward: gradients", start: "Start",
        startText: "The values that are given. Step on with the right arrow key.", path: "gradient of", incoming: "incoming gradient",
        local: "local derivative", part: "contribution", sum: "sum so far", value: "value", grad: "gradient", op: "operation",
        fn: "grad_fn", shape: "shape", dtype: "type", formula: "formula", other: "한국어",
        help: "Boxes: value and gradient. On each edge: the local derivative. Point at a box for details. "
          + "Click a frame to fold it, and again to unfold it. Keys: arrows, Home, End; + - 0 size; L language; F folding.", nodes: " nodes",
        inside: "the result of what is folded:"},
      ko: {first: "처음으로 (Home)", back: "한 단계 뒤로 (왼쪽 화살표)", next: "한 단계 앞으로 (오른쪽 화살표)", last: "끝으로 (End)",
        play: "재생", slider: "단계", fold: "접기", smaller: "작게 (-)", larger: "크게 (+)", fit: "맞추기 (0)", forward: "순전파: 값", backward: "역전파: 기울기", start: "시작",
        startText: "입력으로 주어진 값입니다. 오른쪽 화살표 키를 누르면 한 단계씩 나아갑니다.", path: "변수", incoming: "들어온 기울기",
        local: "국소 도함수", part: "이 경로의 기울기", sum: "지금까지의 합", value: "값", grad: "기울기", op: "연산",
        fn: "grad_fn", shape: "형태(shape)", dtype: "자료형", formula: "식", other: "English",
        help: "상자에는 값과 기울기, 간선에는 국소 도함수가 있습니다. 상자에 마우스를 올리거나 탭하면 자세한 내용이 나옵니다. "
          + "테두리를 누르면 접히고 다시 누르면 펼쳐집니다. 키: 화살표, Home, End, + - 0(크기), L(언어), F(접기).", nodes: "개 노드",
        inside: "접힌 부분의 결과:"}
    };
    const find = id => document.getElementById(id);
    const place = new URLSearchParams(location.hash.slice(1));
    let lang = place.get("lang") || asked || ((navigator.language || "").startsWith("ko") ? "ko" : "en");
    if (!words[lang]) lang = "en";
    let view = Math.min(Math.max(0, Number(place.get("view")) || 0), views.length - 1), step = Number(place.get("step")) || 0, timer = 0;
    const pictures = [...document.querySelectorAll(".view")], folded = views.map(v => new Set(v.fold));
    if (place.has("folded")) {
      const known = group => views[view].groups[group];
      folded[view] = new Set(place.get("folded").split(",").filter(Boolean).map(Number).filter(known));
    }

    function cell(row, text, name) {
      const made = document.createElement(name || "td");
      made.textContent = text;
      row.append(made);
    }

    function show() {
      const graph = views[view], t = words[lang], picture = pictures[view];
      step = Math.min(Math.max(0, Math.round(step)), graph.steps.length);
      pictures.forEach((p, i) => { p.hidden = i !== view; });
      const done = graph.steps.slice(0, step), now = step > 0 ? graph.steps[step - 1] : null;
      const made = new Set(graph.steps.filter(s => s.d === 0).map(s => s.node));
      const known = new Set(done.filter(s => s.d === 0).map(s => s.node)), sums = new Map();
      for (const s of done) for (const [node, text] of s.sums) sums.set(node, text);
      for (const box of picture.querySelectorAll(".node")) {
        const id = Number(box.dataset.node), given = !made.has(id);
        box.classList.toggle("waiting", !given && !known.has(id));
        box.classList.toggle("now", now !== null && now.node === id);
        const value = box.querySelector(".value"), grad = box.querySelector(".grad");
        if (value) value.classList.toggle("unseen", !given && !known.has(id));
        if (grad) {
          grad.classList.toggle("unseen", !sums.has(id));
          if (sums.has(id)) grad.textContent = "grad " + sums.get(id);
        }
      }
      const holders = foldedOver(graph, folded[view]);
      for (const frame of picture.querySelectorAll(".frame")) {
        const id = Number(frame.dataset.group);
        frame.classList.toggle("now", now !== null && graph.nodes[now.node].group >= 0 && holders[graph.nodes[now.node].group] === id);
      }
      const active = new Set(now ? now.edges.map(id => drawn[view].edges[id].shown) : []);
      for (const edge of picture.querySelectorAll(".edge")) {
        const id = Number(edge.dataset.edge), isNow = active.has(id), label = edge.querySelector("text"), to = graph.edges[id].to;
        edge.classList.toggle("now", isNow);
        // A gradient goes against the arrow of the computation.
        edge.classList.toggle("back", isNow && now.d === 1);
        if (isNow && now.d === 1) turnArrow(edge);
        // A local derivative is known when the value is.
        if (label) label.classList.toggle("unseen", made.has(to) && !known.has(to));
      }
      find("phase").textContent = now === null ? t.start : now.d === 0 ? t.forward : t.backward;
      const lines = now === null ? [t.startText] : now[lang].split("\\n");
      find("text").replaceChildren(...lines.map(line => {
        const made = document.createElement("div");
        made.textContent = line;
        if (!/ [=≈] /.test(line)) made.className = "word";
        return made;
      }));
      const head = document.querySelector("#sums thead tr"), body = document.querySelector("#sums tbody");
      head.replaceChildren();
      body.replaceChildren();
      if (now !== null && now.d === 1 && now.edges.length > 0) {
        for (const name of [t.path, t.incoming, "× " + t.local, "= " + t.part, t.sum]) cell(head, name, "th");
        now.edges.forEach((id, i) => {
          const edge = graph.edges[id], row = document.createElement("tr");
          for (const text of [edge.use, edge.incoming, edge.local || edge.factor, edge.part, now.sums[i][1]]) {
            cell(row, text);
          }
          body.append(row);
        });
      }
      find("slider").max = graph.steps.length;
      find("slider").value = step;
      find("place").textContent = step + " / " + graph.steps.length;
      find("first").disabled = find("back").disabled = step === 0;
      find("next").disabled = find("last").disabled = step === graph.steps.length;
      if (now !== null) {
        detail(now.node);
        picture.querySelector(".frame.now, .node.now:not(.tucked)").scrollIntoView({block: "nearest", inline: "nearest"});
      }
    }

    function detail(id, frame) {
      const node = views[view].nodes[id], t = words[lang], list = find("detail");
      find("detail-title").textContent = frame ? `${frame}, ${t.inside} ${node.name}` : node.name;
      list.replaceChildren();
      for (const field of ["formula", "value", "grad", "shape", "dtype", "op", "fn"]) {
        if (!node[field]) continue;
        cell(list, t[field], "dt");
        cell(list, node[field], "dd");
      }
    }

    function speak() {
      const t = words[lang];
      document.documentElement.lang = lang;
      for (const control of document.querySelectorAll("[data-t]")) {
        control.title = t[control.dataset.t];
        control.setAttribute("aria-label", t[control.dataset.t]);
      }
      find("lang").textContent = t.other;
      find("help").textContent = t.help;
      find("fold").replaceChildren(...views.map((v, i) => new Option(v[lang], i, false, i === view)));
      find("fold").hidden = views.length < 2;
      pictures.forEach((_, i) => arrange(i));
      show();
    }

    // An arrow at the edge's beginning, drawn when it is wanted.
    function turnArrow(edge) {
      const points = samples(edge.querySelector("path").getAttribute("d"));
      let tip = edge.querySelector(".tip");
      if (!tip) {
        tip = edge.querySelector(".cr-arrow").cloneNode();
        tip.classList.add("tip");
        tip.removeAttribute("transform");
        edge.append(tip);
      }
      tip.setAttribute("d", head(points[Math.min(3, points.length - 1)], points[0]));
    }

    // The size of the pictures: as asked, or as fits.
    let zoomAsked = 0;
    function scale(to) {
      const box = find("pictures"), svg = pictures[view].querySelector("svg"), width = Number(svg.getAttribute("width"));
      zoomAsked = to === 0 ? 0 : Math.min(3, Math.max(0.2, to));
      const zoom = zoomAsked || Math.min(1, Math.max(0.65, (box.clientWidth - 32) / width));
      for (const picture of pictures) picture.style.zoom = zoom;
      return zoom;
    }
    const zoomed = by => scale((zoomAsked || scale(0)) * by);
    find("smaller").onclick = () => zoomed(0.8);
    find("larger").onclick = () => zoomed(1.25);
    find("fit").onclick = () => scale(0);
    addEventListener("resize", () => { if (!zoomAsked) scale(0); });

    function go(to) { step = to; show(); }
    // One step on, or back; through all that a folded frame hides at once.
    function move(by) {
      const {steps, nodes, groups} = views[view], outer = foldedOver(views[view], folded[view]);
      const inside = i => !steps[i] || nodes[steps[i].node].group < 0 ? -1 : outer[nodes[steps[i].node].group];
      const isOne = (i, j) => inside(i) >= 0 && inside(i) === inside(j) && steps[i].d === steps[j].d;
      let to = step + by;
      while (by > 0 ? isOne(to - 1, to) : isOne(to, to - 1)) to += by;
      go(to);
    }
    function stop() { clearInterval(timer); timer = 0; find("play").textContent = "▶▶"; }
    function turn() { lang = lang === "en" ? "ko" : "en"; speak(); }
    function fold(to) { view = to % views.length; find("fold").value = view; step = 0; if (!zoomAsked) scale(0); show(); }
    find("first").onclick = () => { stop(); go(0); };
    find("back").onclick = () => { stop(); move(-1); };
    find("next").onclick = () => { stop(); move(1); };
    find("last").onclick = () => { stop(); go(Infinity); };
    find("slider").oninput = event => { stop(); go(Number(event.target.value)); };
    find("lang").onclick = turn;
    find("fold").onchange = event => fold(Number(event.target.value));
    find("play").onclick = () => {
      if (timer) return stop();
      if (step === views[view].steps.length) go(0);
      find("play").textContent = "❚❚";
      timer = setInterval(() => step < views[view].steps.length ? move(1) : stop(), 1200);
    };
    document.addEventListener("keydown", event => {
      if (event.ctrlKey || event.metaKey || event.altKey || /^(SELECT|INPUT)$/.test(event.target.tagName || "")) return;
      const action = {ArrowRight: () => move(1), ArrowLeft: () => move(-1), Home: () => go(0), End: () => go(Infinity),
        "+": () => zoomed(1.25), "-": () => zoomed(0.8), "0": () => scale(0), l: turn, L: turn, f: () => fold(view + 1), F: () => fold(view + 1)}[event.key];
      if (!action) return;
      stop();
      action();
      event.preventDefault();
    });
    for (const picture of pictures) {
      for (const box of picture.querySelectorAll(".node")) {
        box.addEventListener("pointerenter", () => detail(Number(box.dataset.node)));
        box.addEventListener("focus", () => detail(Number(box.dataset.node)));
        box.setAttribute("aria-label", [...box.querySelectorAll("text")].map(text => text.textContent).join(", "));
      }
    }
    """
}
