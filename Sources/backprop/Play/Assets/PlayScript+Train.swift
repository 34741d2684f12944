extension PlayAssets {
  /// The view in which a network learns.
  static let train = #"""
    import {h, s, ask, bytes, colors, css, mix, pixels, pixelTable, set, text, whole, percent, choice} from "./dom.js";
    import {t, say} from "./words.js";
    import {drawChart} from "./chart.js";
    import {viewer} from "./graph.js";
    import {drawEditor} from "./editor.js";
    import {layerStrip} from "./layers.js";

    let setup = null, frame = null, isAsked = false, problem = null, parts = null, graphPicture = null, code = null, language = "swift", isSliding = false;
    const speeds = [[1, "1"], [5, "5"], [20, "20"], [100, "100"], [0, null]];

    // MARK: What comes in

    export function take(state) {
      frame = state;
      if (problem?.isLost) { problem = null; tell(null); }
      if (!setup || setup.run !== state.run) { load(); return; }
      paint();
    }
    export function refuse(body) { problem = {text: say(body.error)}; tell(problem.text); }
    export function lost() { problem = {text: t("lost"), isLost: true}; tell(problem.text); }

    async function load() {
      if (isAsked) return;
      isAsked = true;
      try { begun(await ask({do: "setup"})); } catch (refused) { tell(refused.text || String(refused)); }
      isAsked = false;
    }

    function begun(next) {
      setup = next;
      code = graphPicture = null;
      parts?.layers.reset();
      if (parts?.root.isConnected) redraw();
      paint();
    }

    async function command(name, rest = {}) {
      tell(null);
      try { return await ask({do: name, ...rest}); } catch (refused) { tell(refused.text || String(refused)); }
    }

    function tell(message) { if (parts) parts.error.textContent = message ?? problem?.text ?? ""; }

    export async function begin(plan) {
      const next = await command("begin", {plan});
      if (next) begun(next);
    }
    export async function useTable(text, label) {
      const next = await command("table", {text, label});
      if (next) begun(next);
    }

    // MARK: What is shown

    function redraw() {
      const root = parts.root, fresh = draw();
      root.replaceWith(fresh);
      shown();
    }

    export function draw() {
      const number = (key, kind) => {
        const dd = h("dd", {class: kind || ""}, "–");
        return {element: h("div", {}, h("dt", {}, t("train." + key)), dd), dd};
      };
      const shown = Object.fromEntries(["step", "epoch", "trainLoss", "testLoss", "score", "lr"].map(key => [key, number(key)]));
      if (setup && setup.classes.length === 0) shown.score.element.firstChild.textContent = "R²";
      const run = h("button", {class: "main", "data-key": "run", onclick: () => command(frame?.running ? "pause" : "run")}, t("train.run"));
      const epoch = h("button", {"data-key": "epoch", onclick: () => command("epoch")}, t("train.oneEpoch"));
      const step = h("button", {"data-key": "step", onclick: () => command("step")}, t("train.oneStep"));
      const node = h("button", {"data-key": "node", onclick: openGraph}, t("train.oneNode"));
      const again = h("button", {"data-key": "again", onclick: () => begin(setup.plan)}, t("train.again"));
      const speed = choice(speeds.map(([v, name]) => [String(v), name ? name + " " + t("train.perSecond") : t("train.fast")]), String(frame?.speed ?? 0),
        v => command("speed", {value: Number(v)}), t("train.speed"));
      const field = h("canvas"), dots = h("canvas", {width: 640, height: 640});
      const plane = h("div", {class: "plane", role: "img", "aria-label": t("train.plane")}, field, dots);
      const time = h("input", {type: "range", min: 0, max: 0, value: 0, "aria-label": t("train.time"), oninput: async () => {
        isSliding = true;
        await command("go", {value: Number(time.value)});
        isSliding = false;
      }});
      const timeText = h("span", {class: "small"});
      const error = h("div", {class: "error", role: "alert"}), sentences = h("ul", {class: "sentences"});
      const losses = s("svg"), lastText = h("p", {class: "small"});
      const lastNumbers = Object.fromEntries([["loss", ""], ["gradient", "gradients"], ["update", ""], ["change", ""]].map(([key, kind]) => [key, h("dd", {class: kind})]));
      const lastStep = h("dl", {class: "numbers"}, Object.entries(lastNumbers).map(([key, dd]) => h("div", {}, h("dt", {}, t("last." + key)), dd)));
      const legend = h("div", {class: "legend"}), graph = viewer(), strip = layerStrip(command);
      const graphCard = h("section", {class: "card wide", hidden: graphPicture === null}, h("h2", {}, t("train.graph")), h("p", {class: "small"}, t("train.graphText")),
        graph.element, h("div", {class: "row"}, h("button", {class: "main", onclick: async () => { await command("step"); openGraph(); }}, t("train.take")),
          h("button", {onclick: () => { graphPicture = null; graphCard.hidden = true; graph.stop(); }}, t("train.close"))));
      const exported = h("p", {class: "small", role: "status"});
      const codeText = h("pre"), codeCard = h("section", {class: "card wide"}, h("h2", {}, t("train.code")), h("p", {class: "small"}, t("train.codeText")),
        h("div", {class: "row"}, ["swift", "pytorch"].map(name => h("button", {"data-key": "code-" + name, "aria-pressed": String(language === name), onclick: async event => {
          language = name;
          for (const other of event.target.parentNode.children) other.setAttribute("aria-pressed", String(other === event.target));
          await showCode();
        }}, name === "swift" ? "Swift" : "PyTorch")), h("button", {class: "quiet", onclick: () => navigator.clipboard?.writeText(codeText.textContent)}, t("train.copy")), h("span", {class: "grow"}),
          h("button", {"data-key": "export", onclick: async () => {
            const made = await command("export");
            if (made) exported.textContent = t(made.predicts ? "train.predicts" : "train.exported", made.folder)
              + (made.resumes ? " " + t("train.resumes", made.resumes + (made.predicts ? " --data CSV" : ""), made.folder) : "");
          }}, t("train.export"))), exported,
        h("div", {class: "code"}, codeText));
      const card = (title, ...children) => h("section", {class: "card"}, h("h2", {}, title), ...children);
      const root = h("div", {class: "train"},
        h("section", {class: "card setup", "aria-label": t("edit.title")}, setup ? drawEditor(setup, begin, useTable) : h("p", {}, t("loading"))),
        h("div", {class: "stack"},
          h("section", {class: "card"}, h("div", {class: "row"}, run, epoch, step, node, h("span", {class: "grow"}), speed, again), error),
          h("section", {class: "card"}, plane, legend, h("div", {class: "fieldset"}, h("h3", {}, t("train.time")), time, timeText)),
        ),
        h("div", {class: "stack"},
          h("section", {class: "card"}, h("dl", {class: "numbers"}, Object.values(shown).map(x => x.element))),
          card(t("train.losses"), losses, h("div", {class: "legend"}, [["low", "ofStep"], ["high", "ofTest"]].map(([color, key]) =>
            h("span", {}, h("i", {class: "b-" + color}), t("train." + key))))),
          card(t("train.words"), sentences), card(t("train.last"), lastStep, lastText)),
        graphCard, h("section", {class: "card wide"}, h("h2", {}, t("train.layers")), h("p", {class: "small"}, t("train.layersText")), strip.element),
        codeCard);
      parts = {root, shown, run, epoch, step, node, field, dots, plane, time, timeText, error, sentences, losses, lastStep, lastNumbers, lastText, legend, graph, graphCard, layers: strip, codeText};
      if (graphPicture) graph.show(graphPicture);
      tell(null);
      drawDots();
      return root;
    }

    export function shown() { paint(); showCode(); }

    async function showCode() {
      code ??= await ask({do: "code"}).catch(() => null);
      if (code && parts) parts.codeText.textContent = code[language];
    }

    async function openGraph() {
      const answer = await command("graph");
      if (!answer) return;
      graphPicture = answer;
      parts.graphCard.hidden = false;
      parts.graph.show(answer, 0);
      parts.graphCard.scrollIntoView({block: "nearest"});
    }

    // The samples: full ones are learned from, open ones tested on.
    function drawDots() {
      if (!setup || !parts) return;
      const canvas = parts.dots, context = canvas.getContext("2d"), size = canvas.width, {classes, paper} = colors();
      context.clearRect(0, 0, size, size);
      const limit = frame?.state.field?.limit ?? 1.15, at = v => (v / limit + 1) / 2 * size;
      const isFit = setup.inputs === 1, names = setup.classes;
      for (const p of setup.points) {
        const y = isFit && names.length ? p.label * 1.6 - 0.8 : p.y / (isFit ? 1.2 / limit : 1);
        const color = names.length ? classes[p.label % classes.length] : isFit ? classes[0] : mix(classes[0], classes[1], Math.min(1, Math.max(0, (p.label + 2) / 4)));
        context.beginPath();
        context.arc(at(p.x), size - at(y), 5, 0, 7);
        context.lineWidth = 2;
        context.fillStyle = p.test ? css(paper) : css(color);
        context.strokeStyle = p.test ? css(color) : css(paper);
        context.fill();
        context.stroke();
      }
      const legend = names.length ? names.slice(0, 6).map((name, i) => h("span", {}, h("i", {class: "b-" + ["low", "high", "c2", "c3", "c4", "c5"][i]}), name)) : [];
      parts.legend.replaceChildren(...legend, h("span", {}, h("i", {class: "b-faint"}), t("train.learned", whole(setup.samples))),
        h("span", {}, h("i", {class: "open"}), t("train.tested", whole(setup.tests))));
    }

    function drawField(field) {
      const canvas = parts.field, {low, high, classes, gradientHigh} = colors();
      if (!field) {
        canvas.width = canvas.height = 1;
        return;
      }
      if (field.curve) {
        const size = 640, context = canvas.getContext("2d");
        canvas.width = canvas.height = size;
        context.strokeStyle = css(gradientHigh);
        context.lineWidth = 5;
        context.beginPath();
        field.curve.forEach((v, i) => {
          if (typeof v !== "number") return;
          const y = setup.classes.length ? v * 1.6 - 0.8 : v / 1.2;
          context.lineTo(i / (field.curve.length - 1) * size, size - (y + 1) / 2 * size);
        });
        context.stroke();
        return;
      }
      const data = bytes(field.bytes), {cells, show} = pixels(canvas, field.size, field.size);
      if (field.winners) {
        const winners = bytes(field.winners), tables = classes.map((color, k) => pixelTable("class " + k, () => color, i => 0.55 * i / 255));
        for (let i = 0; i < data.length; i++) cells[i] = tables[winners[i] % tables.length][data[i]];
      } else {
        const table = pixelTable("field", i => i < 128 ? low : high, i => 0.55 * Math.abs(i / 255 - 0.5) * 2);
        for (let i = 0; i < data.length; i++) cells[i] = table[data[i]];
      }
      show();
    }

    function paint() {
      if (!frame || !setup || !parts?.root.isConnected || setup.run !== frame.run) return;
      const state = frame.state, {shown} = parts;
      set(shown.step.dd, whole(state.step));
      set(shown.epoch.dd, whole(state.epoch) + " / " + whole(state.epochs));
      set(shown.trainLoss.dd, text(state.trainLoss));
      set(shown.testLoss.dd, text(state.testLoss));
      set(shown.score.dd, setup.classes.length ? percent(state.score) : text(state.score));
      set(shown.lr.dd, text(state.lr, 3));
      set(parts.run, t(frame.running ? "train.pause" : "train.run"));
      for (const name of ["run", "epoch", "step", "node"]) parts[name].disabled = state.over && !(name === "run" && frame.running);
      const limit = parts.limit;
      parts.limit = state.field?.limit;
      if (limit !== parts.limit) drawDots();
      drawField(state.field);
      parts.plane.hidden = !state.field;
      if (!isSliding) {
        parts.time.min = state.oldest;
        parts.time.max = state.newest;
        parts.time.value = state.step;
      }
      parts.time.disabled = state.newest === state.oldest;
      set(parts.timeText, t("train.kept", whole(state.oldest), whole(state.newest)));
      drawChart(parts.losses, [{kind: "low", points: state.curve, faint: true}, {kind: "high", points: state.measured.map(m => [m[0], m[2]])}],
        {height: 190, x: t("train.steps"), label: t("train.losses"), empty: t("train.none")});
      const key = JSON.stringify(state.sentences);
      if (parts.said !== key || parts.saidIn !== document.documentElement.lang) {
        parts.said = key;
        parts.saidIn = document.documentElement.lang;
        parts.sentences.replaceChildren(...state.sentences.map(x => h("li", {class: x.kind}, say(x.text))));
      }
      parts.lastStep.hidden = !state.last;
      if (state.last) for (const [key, dd] of Object.entries(parts.lastNumbers)) set(dd, text(state.last[key]));
      set(parts.lastText, t(state.last ? "last.text" : "last.none"));
      parts.layers.paint(frame);
      const live = document.getElementById("live");
      if (live && !frame.running && live.dataset.step !== String(state.step)) {
        live.dataset.step = state.step;
        live.textContent = t("train.live", whole(state.step), text(state.trainLoss, 3), text(state.testLoss, 3));
      }
    }
    """#
}
