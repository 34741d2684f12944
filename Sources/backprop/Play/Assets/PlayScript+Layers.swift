extension PlayAssets {
  /// Each layer's weights and gradients as pictures and histograms, and what one weight does.
  static let layers = #"""
    import {h, s, paintSigned, pixels, signedTable, set, text, latest} from "./dom.js";
    import {t, say} from "./words.js";
    import {drawChart} from "./chart.js";

    const columns = 90;

    export function layerStrip(command) {
      let rows = [], past = [], shape = "", picked = null, lastStep = -1, isSeen = true, newest = null;
      const list = h("div", {class: "layers"}), detail = h("div", {class: "stack"}), element = h("div", {class: "stack"}, list, detail);
      const sample = h("input", {type: "number", min: 0, value: 0, "aria-label": t("layer.sample"), onchange: () => command("sample", {value: Math.max(0, Math.round(Number(sample.value)))})});

      // What is scrolled out of sight is not painted.
      new IntersectionObserver(entries => {
        isSeen = entries[entries.length - 1].isIntersecting;
        if (isSeen && newest) paint(newest);
      }, {rootMargin: "200px"}).observe(element);

      function build(layers) {
        list.replaceChildren();
        rows = layers.map((layer, index) => {
          const cell = (count, room) => Math.max(2, Math.min(20, Math.floor(room / count)));
          const canvas = label => {
            const made = h("canvas", {role: "img", "aria-label": label});
            made.style.width = layer.weight.columns * cell(layer.weight.columns, 168) + "px";
            made.style.height = layer.weight.rows * cell(layer.weight.rows, 128) + "px";
            return made;
          };
          const weight = canvas(t("layer.weightsOf", layer.name)), gradient = canvas(t("layer.gradientsOf", layer.name));
          weight.tabIndex = 0;
          weight.setAttribute("role", "button");
          const cursor = {row: 0, column: 0};
          const point = (row, column) => {
            cursor.row = Math.min(layer.weight.rows - 1, Math.max(0, row));
            cursor.column = Math.min(layer.weight.columns - 1, Math.max(0, column));
            pick(index, cursor.row, cursor.column);
          };
          weight.addEventListener("click", event => {
            const box = weight.getBoundingClientRect();
            point(Math.floor((event.clientY - box.top) / box.height * layer.weight.rows), Math.floor((event.clientX - box.left) / box.width * layer.weight.columns));
          });
          weight.addEventListener("keydown", event => {
            const by = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Enter: [0, 0], " ": [0, 0]}[event.key];
            if (!by) return;
            point(cursor.row + by[0], cursor.column + by[1]);
            event.preventDefault();
          });
          const row = {weight, gradient, bars: s("svg", {class: "bars", viewBox: "0 0 210 56", preserveAspectRatio: "none", role: "img", "aria-label": t("layer.histogram")}, s("path")),
            gradientBars: s("svg", {class: "bars g", viewBox: "0 0 210 56", preserveAspectRatio: "none", role: "img", "aria-label": t("layer.gradientHistogram")}, s("path")),
            past: h("canvas", {class: "past", width: columns, height: 21, role: "img", "aria-label": t("layer.past")}),
            gradientPast: h("canvas", {class: "past", width: columns, height: 21, role: "img", "aria-label": t("layer.gradientPast")}),
            weightScale: h("small"), gradientScale: h("small"), weightNorm: h("span"), gradientNorm: h("span"), ratio: h("span"), units: h("small"),
            activations: h("canvas", {role: "img", "aria-label": t("layer.activations")})};
          row.activations.style.width = "100%";
          row.activations.style.height = "18px";
          list.append(h("div", {class: "layer"},
            h("div", {}, h("b", {}, t("layer.name", layer.name)), h("div", {class: "small"}, `${layer.inputs} → ${layer.outputs}`), h("div", {}, row.units)),
            h("div", {}, h("h3", {class: "values"}, t("layer.weights")), weight, row.weightScale),
            h("div", {}, h("h3", {class: "gradients"}, t("layer.gradients")), gradient, row.gradientScale),
            h("div", {}, h("h3", {}, t("layer.histogram")), row.bars, row.past),
            h("div", {}, h("h3", {}, t("layer.gradientHistogram")), row.gradientBars, row.gradientPast),
            h("div", {}, h("h3", {}, t("layer.numbers")), h("div", {class: "small"}, t("layer.norm") + " ", row.weightNorm), h("div", {class: "small"}, t("layer.gradientNorm") + " ", row.gradientNorm),
              h("div", {class: "small"}, t("layer.ratio") + " ", row.ratio), h("h3", {}, t("layer.activations")), row.activations)));
          return row;
        });
        list.append(h("div", {class: "row small"}, h("label", {}, t("layer.sample"), " ", sample)));
        past = layers.map(() => []);
      }

      const most = histogram => Math.max(1, ...histogram.counts);
      function drawBars(svg, histogram) {
        const height = 54 / most(histogram);
        svg.firstChild.setAttribute("d", histogram.counts.map((count, i) => `M${10 * i + 1} 56V${(56 - height * count).toFixed(1)}h8V56Z`).join(""));
      }

      // A moment's distribution as bytes of a share, which need no division where they are painted.
      function column(histogram) {
        const scale = 1 / most(histogram);
        return {high: histogram.high, shares: Uint8Array.from(histogram.counts, count => Math.round(127 * Math.sqrt(count * scale)))};
      }

      // A column a moment, the newest at the right: how a distribution moves. Where only the newest is new, the others move aside.
      const drawn = new WeakMap();
      function drawPast(canvas, list, key) {
        const {cells, show} = pixels(canvas, columns, 21), table = signedTable(key), first = columns - list.length, before = drawn.get(canvas);
        let reach = 0;
        for (const moment of list) reach = Math.max(reach, moment[key].high);
        // In steps, as the largest weight is another one in every frame.
        reach = 2 ** (Math.ceil(4 * Math.log2(reach)) / 4);
        const isNext = before?.table === table && before.reach === reach && before.newest === list[list.length - 2];
        if (isNext) cells.copyWithin(0, 1); else cells.fill(table[128]);
        drawn.set(canvas, {table, reach, newest: list[list.length - 1]});
        for (let x = isNext ? columns - 1 : first; x < columns; x++) {
          const {high, shares} = list[x - first][key], scale = reach / high;
          for (let y = 0; y < 21; y++) {
            // Asked of a place that it has not, an array of bytes is slow.
            const place = Math.round((10 - y) * scale + 10), share = place >= 0 && place < 21 ? shares[place] : 0;
            cells[y * columns + x] = table[y > 10 ? 128 - share : 128 + share];
          }
        }
        show();
      }

      function paint(frame) {
        newest = frame;
        const layers = frame.state.layers, next = layers.map(l => `${l.inputs}-${l.outputs}`).join() + document.documentElement.lang;
        if (next !== shape || rows.length !== layers.length) {
          shape = next;
          build(layers);
        }
        if (frame.state.step < lastStep) past = past.map(list => list.filter(x => x.step <= frame.state.step));
        const isNew = frame.state.step !== lastStep;
        lastStep = frame.state.step;
        layers.forEach((layer, i) => {
          const row = rows[i];
          if (isNew) past[i].push({step: frame.state.step, values: column(layer.weights), gradients: column(layer.gradients)});
          if (past[i].length > columns) past[i].splice(0, past[i].length - columns);
          if (!isSeen) return;
          paintSigned(row.weight, layer.weight, "values");
          paintSigned(row.gradient, layer.gradient, "gradients");
          set(row.weightScale, t("layer.scale", text(layer.weight.scale, 3)));
          set(row.gradientScale, t("layer.scale", text(layer.gradient.scale, 3)));
          drawBars(row.bars, layer.weights);
          drawBars(row.gradientBars, layer.gradients);
          if (past[i].length) {
            drawPast(row.past, past[i], "values");
            drawPast(row.gradientPast, past[i], "gradients");
          }
          set(row.weightNorm, text(layer.weightNorm, 3));
          set(row.gradientNorm, text(layer.gradientNorm, 3));
          set(row.ratio, layer.ratio === null || layer.ratio === undefined ? "–" : text(100 * layer.ratio, 2) + "%");
          set(row.units, layer.units ? (layer.units.dead ? t("layer.dead", layer.units.dead, layer.units.count) : layer.units.saturated
            ? t("layer.saturated", layer.units.saturated, layer.units.count) : t("layer.alive", layer.units.count)) : "");
          if (layer.activations) paintSigned(row.activations, layer.activations, "values");
        });
        if (picked && isNew && !frame.running) refresh();
      }

      const refresh = latest(async () => {
        if (!picked) return;
        const {layer, row, column} = picked, answer = await command("weight", {layer, row, column});
        if (!answer || !picked) return;
        const chart = s("svg");
        drawChart(chart, [{kind: "low", points: answer.curve}, {kind: "gradient", points: answer.tangent, dashed: true}, {kind: "gradient", points: [answer.here], dots: 4.5}],
          {height: 230, x: answer.name, label: t("weight.curve")});
        detail.replaceChildren(h("div", {class: "card"}, h("h2", {}, t("weight.title", answer.name)), h("div", {class: "two"},
          h("div", {}, chart, h("div", {class: "legend"}, h("span", {}, h("i", {class: "b-low"}), t("weight.curve")), h("span", {}, h("i", {class: "b-gradient"}), t("weight.tangent")))),
          h("div", {}, h("dl", {class: "numbers long"}, [["value", answer.value, "values"], ["gradient", answer.gradient, "gradients"], ["numeric", answer.numeric, ""]].map(([key, value, kind]) =>
            h("div", {}, h("dt", {}, t("weight." + key)), h("dd", {class: kind}, text(value, 5))))), h("p", {class: "small"}, t("weight.text")),
            h("h3", {}, t("weight.step")), h("div", {class: "code"}, h("pre", {}, answer.lines.map(say).join("\n")))))));
      });
      function pick(layer, row, column) {
        picked = {layer, row, column};
        refresh();
      }

      return {element, paint, reset() { picked = newest = null; past = []; shape = ""; lastStep = -1; detail.replaceChildren(); }};
    }
    """#
}
