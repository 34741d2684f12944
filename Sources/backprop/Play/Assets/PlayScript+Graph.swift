extension PlayAssets {
  /// A computation as boxes and arrows, stepped through forward and backward; a click on an edge shows its product.
  static let graph = #"""
    import {h, s} from "./dom.js";
    import {t, say, language} from "./words.js";

    // A viewer of one graph at a time; .show(picture) keeps the step where it is, .element is what is shown.
    export function viewer(options = {}) {
      let picture = null, step = Infinity, picked = null, zoom = 1, fits = true, timer = 0, boxes = [], edges = [];
      const stage = h("div", {class: "graphbox", tabindex: 0, role: "group"});
      const words = h("div", {class: "words", "aria-live": "polite"}), product = h("div", {class: "stack"}), place = h("span", {class: "small"});
      const slider = h("input", {type: "range", min: 0, value: 0, oninput: e => { stop(); go(Number(e.target.value)); }});
      const button = (key, action) => h("button", {title: t("graph." + key), "aria-label": t("graph." + key), onclick: action},
        {first: "|◀", back: "◀", next: "▶", last: "▶|", play: "▶▶", fit: "⤢", larger: "+", smaller: "−"}[key]);
      const first = button("first", () => { stop(); go(0); }), back = button("back", () => { stop(); go(step - 1); });
      const next = button("next", () => { stop(); go(step + 1); }), last = button("last", () => { stop(); go(Infinity); });
      const play = button("play", () => {
        if (timer) return stop();
        if (step >= picture.steps.length) go(0);
        play.textContent = "❚❚";
        timer = setInterval(() => step < picture.steps.length && stage.isConnected ? go(step + 1) : stop(), 1200);
      });
      slider.setAttribute("aria-label", t("graph.slider"));
      const controls = h("div", {class: "row"}, first, back, next, last, play, place, h("span", {class: "grow"}),
        button("smaller", () => scale(zoom / 1.25)), button("larger", () => scale(zoom * 1.25)), button("fit", () => { fits = true; fit(); }));
      const element = h("div", {class: "stack"}, controls, slider, stage, words, product);

      function stop() { clearInterval(timer); timer = 0; play.textContent = "▶▶"; }

      stage.addEventListener("keydown", event => {
        if (event.target.closest("[data-edge]") && (event.key === "Enter" || event.key === " ")) {
          pick(Number(event.target.closest("[data-edge]").dataset.edge));
          event.preventDefault();
          return;
        }
        const action = {ArrowRight: () => go(step + 1), ArrowLeft: () => go(step - 1), Home: () => go(0), End: () => go(Infinity),
          "+": () => scale(zoom * 1.25), "-": () => scale(zoom / 1.25), "0": () => { fits = true; fit(); }}[event.key];
        if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
        stop();
        action();
        event.preventDefault();
      });

      function scale(to) { fits = false; zoom = Math.min(3, Math.max(0.25, to)); resize(); }
      function fit() {
        if (!picture || !stage.clientWidth) return;
        zoom = Math.min(1.15, Math.max(0.45, (stage.clientWidth - 4) / picture.width));
        resize();
      }
      function resize() {
        const svg = stage.querySelector("svg");
        if (!svg) return;
        svg.setAttribute("width", picture.width * zoom);
        svg.setAttribute("height", picture.height * zoom);
      }
      new ResizeObserver(() => { if (fits) fit(); }).observe(stage);

      function draw() {
        const arrow = (id, kind) => s("marker", {id, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 9, markerHeight: 9,
          markerUnits: "userSpaceOnUse", orient: "auto-start-reverse"}, s("path", {d: "M0 1L10 5L0 9Z", class: kind}));
        const svg = s("svg", {viewBox: `0 0 ${picture.width} ${picture.height}`, role: "img", "aria-label": t("graph.label")},
          s("defs", {}, arrow("tip", "head"), arrow("tip-now", "head-now"), arrow("tip-back", "head-back")));
        for (const group of picture.groups) {
          svg.append(s("g", {class: "g-frame"}, s("rect", {x: group.x, y: group.y, width: group.w, height: group.h, rx: 6}),
            s("text", {x: group.x + 6, y: group.y + 13}, group.name)));
        }
        edges = picture.edges.map((edge, id) => {
          const line = s("path", {class: "line", d: edge.path, "marker-end": "url(#tip)"}), hit = s("path", {class: "hit", d: edge.path});
          const made = s("g", {class: "g-edge" + (edge.dashed ? " dashed" : ""), "data-edge": id, tabindex: edge.part ? 0 : null,
            role: edge.part ? "button" : null, "aria-label": edge.factor + (edge.local ? " = " + edge.local : "")}, line, hit);
          if (edge.label) made.append(s("text", {x: edge.x, y: edge.y + 4}, edge.label));
          made.addEventListener("click", () => pick(id));
          svg.append(made);
          return {made, line};
        });
        boxes = picture.nodes.map(node => {
          const made = s("g", {class: "g-box " + node.kind + (node.root ? " root" : "") + (node.data ? " data" : ""), tabindex: 0, role: "button",
            "aria-label": [node.name, node.formula !== node.name ? node.formula : "", node.value && "value " + node.value,
              node.grad && "grad " + node.grad].filter(Boolean).join(", ")},
            s("rect", {x: node.x, y: node.y, width: node.w, height: node.h, rx: node.kind === "leaf" || node.kind === "constant" ? 3 : 10}));
          const lines = node.lines.map((line, i) => {
            const kind = i === 0 ? "name" : line.startsWith("grad ") ? "grad" : line.startsWith("value ") ? "value" : "";
            return s("text", {class: kind, x: node.x + node.w / 2, y: node.y + 17 + 16 * i}, line);
          });
          made.append(...lines);
          const chosen = () => options.node?.(node);
          made.addEventListener("click", chosen);
          made.addEventListener("keydown", event => { if (event.key === "Enter") { chosen(); event.preventDefault(); } });
          svg.append(made);
          return {made, value: lines.find(l => l.classList.contains("value")), grad: lines.find(l => l.classList.contains("grad"))};
        });
        stage.replaceChildren(svg);
        stage.setAttribute("aria-label", t("graph.help"));
        if (fits) fit(); else resize();
        go(step);
        if (picked !== null && picked < picture.edges.length) pick(picked); else product.replaceChildren();
      }

      function go(to) {
        const steps = picture.steps, all = steps.length;
        step = to === Infinity || to >= all ? all : Math.max(0, to);
        const now = step > 0 ? steps[step - 1] : null, done = steps.slice(0, step);
        const made = new Set(steps.filter(x => !x.back).map(x => x.node)), known = new Set(done.filter(x => !x.back).map(x => x.node));
        const sums = new Map();
        for (const x of done) for (const [node, sum] of x.sums) sums.set(Number(node), sum);
        boxes.forEach((box, id) => {
          const isThere = !made.has(id) || known.has(id);
          box.made.classList.toggle("waiting", !isThere);
          box.made.classList.toggle("now", step < all && now !== null && now.node === id);
          box.value?.classList.toggle("unseen", !isThere);
          if (box.grad) {
            box.grad.classList.toggle("unseen", !sums.has(id));
            if (sums.has(id)) box.grad.textContent = "grad " + sums.get(id);
          }
        });
        const active = new Set(now && step < all ? now.edges : []);
        edges.forEach((edge, id) => {
          const isNow = active.has(id), isBack = isNow && now.back;
          edge.made.classList.toggle("now", isNow && !isBack);
          edge.made.classList.toggle("back", isBack);
          // A gradient goes against the arrow of the computation.
          edge.line.setAttribute("marker-end", isBack ? "" : isNow ? "url(#tip-now)" : "url(#tip)");
          edge.line.setAttribute("marker-start", isBack ? "url(#tip-back)" : "");
        });
        slider.max = all;
        slider.value = step;
        place.textContent = step + " / " + all;
        first.disabled = back.disabled = step === 0;
        next.disabled = last.disabled = step === all;
        const lines = now === null ? [t("graph.start")] : say(now).split("\n");
        words.replaceChildren(...lines.map(line => h("div", {class: / [=≈] /.test(line) ? "" : "plain"}, line)));
      }

      // Incoming gradient times local derivative, and the sum over the uses.
      function pick(id) {
        const edge = picture.edges[id];
        if (!edge.part) return;
        picked = id;
        edges.forEach((e, i) => e.made.classList.toggle("picked", i === id));
        const part = (value, name, kind) => h("span", {}, h("b", {class: kind}, value), h("small", {}, name));
        const uses = picture.edges.filter(e => e.from === edge.from && e.part);
        product.replaceChildren(h("div", {class: "card", role: "status"}, h("h3", {}, t("graph.product")),
          h("div", {class: "product"}, part(edge.incoming, edge.into, "gradients"), "×", part(edge.local || edge.factor, edge.factor, "values"), "=",
            part(edge.part, edge.of, "gradients")),
          uses.length > 1 ? h("p", {class: "mono"}, picture.nodes[edge.from].gradName + " = " + uses.map(e => e.part).join(" + ").replaceAll("+ -", "− ")
            + " = " + picture.nodes[edge.from].grad) : null,
          h("small", {}, t(uses.length > 1 ? "graph.sum" : "graph.one"))));
      }

      return {
        element,
        get step() { return step; },
        show(next, at) {
          // What was at the end stays there.
          if (picture && step >= picture.steps.length) step = Infinity;
          picture = next;
          if (at !== undefined) step = at;
          draw();
        },
        stop
      };
    }
    """#
}
