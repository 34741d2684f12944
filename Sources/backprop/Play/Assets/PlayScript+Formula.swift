extension PlayAssets {
  /// The formula laboratory: a formula, dials for its leaves, the graph, derivatives in three ways, and the swell of expressions.
  static let formula = #"""
    import {h, s, ask, latest, text, whole, choice} from "./dom.js";
    import {t, say} from "./words.js";
    import {viewer} from "./graph.js";
    import {drawChart} from "./chart.js";

    const examples = ["s = w*x + b; relu(s)", "yhat = x*w; s = yhat - y; s^2", "x^2 * sin(x)", "p = sigmoid(w*x + b); -(y*log(p) + (1-y)*log(1-p))",
      "y = x + 2; z = 2*y^2; z/4", "a = x*y; a*a + sin(x)", "tanh(w2*tanh(w1*x))"];

    // A laboratory of its own: the tab has one, and each lesson that has a formula.
    export function laboratory(begun, hasInput) {
      const state = {text: begun.text, point: {...begun.point}, data: [...begun.data], target: null, answer: null};
      const error = h("div", {class: "caret", role: "alert", hidden: true});
      const input = h("input", {class: "formula-input", type: "text", value: state.text, spellcheck: "false", autocomplete: "off", maxlength: 500,
        "aria-label": t("formula.input"), oninput: () => { state.text = input.value; refresh(); }});
      const dials = h("div", {class: "dials"}), result = h("p", {class: "mono", "aria-live": "polite"});
      const graph = viewer({node: node => { if (node.target) { state.target = node.target; drawTargets(); derive(); } }});
      const targets = h("div", {class: "row"}), rows = h("div", {class: "scroll"}), curve = s("svg"), remark = h("p", {class: "small"});
      const symbolic = h("p", {class: "mono"});
      let names = "";

      const refresh = latest(async () => {
        const asked = state.text;
        try {
          const answer = await ask({do: "formula", text: asked, point: state.point, data: state.data});
          if (asked !== state.text) return;
          error.hidden = true;
          state.answer = answer;
          for (const variable of answer.variables) state.point[variable.name] ??= variable.value;
          const known = answer.variables.map(v => v.name + (v.data ? "*" : "")).join();
          if (known !== names) { names = known; drawDials(); }
          result.textContent = answer.result;
          if (answer.graph) graph.show(answer.graph);
          if (!answer.targets.includes(state.target)) state.target = answer.targets[0] ?? null;
          drawTargets();
          derive();
        } catch (refused) {
          if (!refused.body || asked !== state.text) throw refused;
          error.hidden = false;
          const {source, column} = refused.body;
          error.replaceChildren(h("div", {}, refused.text), source ? h("pre", {}, source + "\n" + " ".repeat(column) + "^") : "");
        }
      });

      const derive = latest(async () => {
        if (state.target === null) { rows.replaceChildren(); return; }
        try {
          const answer = await ask({do: "derive", text: state.text, point: state.point, data: state.data, target: state.target});
          symbolic.textContent = answer.derivative;
          rows.replaceChildren(h("table", {}, h("caption", {class: "hidden"}, t("formula.ways")),
            h("thead", {}, h("tr", {}, ["method", "derivative", "error", "cost"].map(key => h("th", {scope: "col"}, t("formula." + key))))),
            h("tbody", {}, answer.rows.map(row => h("tr", {}, h("td", {}, say(row.method)), h("td", {class: "mono"}, row.derivative), h("td", {class: "mono"}, row.error),
              h("td", {}, say(row.cost)))))));
          const kinds = ["gradient", "low", "high", "c2"];
          drawChart(curve, answer.curves.map((c, i) => ({name: c.name, kind: kinds[i], points: c.points})),
            {height: 210, logX: true, logY: true, x: t("formula.step"), label: t("formula.curve"), empty: t("formula.nocurve")});
          remark.replaceChildren(...answer.curves.flatMap((c, i) => [h("span", {class: "legend"}, h("span", {}, h("i", {class: "b-" + kinds[i]}), say(c.label)))]),
            h("span", {}, answer.remark ? say(answer.remark) : ""));
        } catch (refused) {
          if (!refused.body) throw refused;
          rows.replaceChildren(h("p", {class: "error"}, refused.text));
        }
      });

      function drawTargets() {
        if (!state.answer) return;
        targets.replaceChildren(h("span", {class: "small"}, t("formula.target")), choice(state.answer.targets.map(v => [v, v]), state.target, v => {
          state.target = v;
          derive();
        }, t("formula.target")));
      }

      // A dial for each leaf: dragged or typed, everything follows.
      function drawDials() {
        dials.replaceChildren(...state.answer.variables.map(({name}) => {
          const value = state.point[name], reach = Math.max(4, Math.abs(value) * 2);
          const number = h("input", {type: "number", step: "any", value, id: "n-" + name + hasInput, oninput: () => set(Number(number.value), number.value !== "")});
          const range = h("input", {type: "range", min: -reach, max: reach, step: reach / 200, value, "aria-label": t("formula.drag") + " " + name,
            oninput: () => { number.value = range.value; set(Number(range.value), true); }});
          function set(to, isGood) {
            if (!isGood || !Number.isFinite(to)) return;
            state.point[name] = to;
            range.value = to;
            refresh();
          }
          const isData = h("input", {type: "checkbox", checked: state.data.includes(name), onchange: () => {
            state.data = state.data.filter(n => n !== name).concat(isData.checked ? [name] : []);
            refresh();
          }});
          return h("div", {class: "dial"}, h("label", {for: "n-" + name + hasInput}, h("b", {}, name)), number, range,
            h("label", {class: "data"}, isData, t("formula.data")));
        }));
      }

      const element = h("div", {class: "stack"},
        hasInput ? h("section", {class: "card"}, h("h2", {}, t("formula.title")), h("p", {class: "small"}, t("formula.intro")), input, error,
          h("div", {class: "row"}, h("span", {class: "small"}, t("formula.examples")), examples.map(example =>
            h("button", {class: "quiet mono", onclick: () => { input.value = state.text = example; refresh(); }}, example)))) : error,
        h("section", {class: "card"}, h("h2", {}, t("formula.leaves")), h("p", {class: "small"}, t("formula.dials")), dials, result, graph.element),
        h("section", {class: "card"}, h("h2", {}, t("formula.ways")), h("p", {class: "small"}, t("formula.nodes")), targets, symbolic,
          h("div", {class: "two loose"}, rows, h("div", {}, h("h3", {}, t("formula.curve")), curve, remark))));
      refresh();
      return {element, set(name, value) {
        if (!(name in state.point)) return;
        state.point[name] = value;
        names = "";
        refresh();
      }, get state() { return state; }};
    }

    // What symbolic derivatives grow to, beside what is recorded.
    function swell() {
      const svg = s("svg"), numbers = h("p", {class: "mono", "aria-live": "polite"});
      let kind = "product", count = 8;
      const refresh = latest(async () => {
        const {sizes} = await ask({do: "swell", kind, count});
        const line = (key, name) => ({kind: key, points: sizes.map(size => [size.n, size[name]])});
        drawChart(svg, [line("gradient", "symbolic"), line("c2", "shared"), line("high", "backward"), line("low", "recorded")],
          {height: 220, x: "n", logY: true, label: t("swell.title")});
        const last = sizes[sizes.length - 1];
        numbers.textContent = `n = ${last.n}: ${t("swell.symbolic")} ${whole(last.symbolic)}, ${t("swell.shared")} ${whole(last.shared)}, `
          + `${t("swell.recorded")} ${whole(last.recorded)}, ${t("swell.backward")} ${whole(last.backward)}`;
      });
      const range = h("input", {type: "range", min: 1, max: 20, value: count, "aria-label": t("swell.count"), oninput: () => { count = Number(range.value); refresh(); }});
      refresh();
      return h("section", {class: "card"}, h("h2", {}, t("swell.title")), h("p", {}, t("swell.text")),
        h("div", {class: "two"}, h("div", {}, choice([["product", t("swell.product")], ["map", t("swell.map")]], kind, v => { kind = v; refresh(); }, t("swell.title")),
          range, numbers, h("div", {class: "legend"}, ["symbolic gradient", "shared c2", "backward high", "recorded low"].map(pair => {
            const [key, color] = pair.split(" ");
            return h("span", {}, h("i", {class: "b-" + color}), t("swell." + key));
          }))), svg));
    }

    let kept = {text: examples[0], point: {w: 2, x: 3, b: -1}, data: []}, lab = null;
    export function draw() {
      if (lab) kept = lab.state;
      lab = laboratory(kept, true);
      return h("div", {class: "stack"}, lab.element, swell());
    }
    """#
}
