extension PlayAssets {
  /// Lines over axes.
  static let chart = #"""
    import {s, text} from "./dom.js";

    const width = 340, left = 46, right = 8, top = 8, bottom = 30;

    // Round places between two numbers.
    function ticks(low, high, count) {
      const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].find(k => k * power >= raw) * power;
      const made = [];
      for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) made.push(Number((i * step).toPrecision(12)));
      return made;
    }

    function decades(low, high) {
      const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9), every = Math.max(1, Math.ceil((last - first) / 5));
      const made = [];
      for (let i = first; i <= last; i += every) made.push(10 ** i);
      return made;
    }

    // series: {name, kind (a colour of the style sheet), points: [[x, y]], dots, faint}; options: {height, x, y, logX, logY, label}.
    // What is no number breaks a line.
    export function drawChart(svg, series, options) {
      const height = options.height || 200;
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      svg.setAttribute("class", "chart");
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", options.label);
      const good = (v, isLog) => typeof v === "number" && (!isLog || v > 0);
      const points = series.flatMap(line => line.points).filter(p => good(p[0], options.logX) && good(p[1], options.logY));
      if (points.length === 0) {
        svg.replaceChildren(s("text", {x: width / 2, y: height / 2, "text-anchor": "middle"}, options.empty || ""));
        return;
      }
      const range = (k, isLog) => {
        let low = Math.min(...points.map(p => p[k])), high = Math.max(...points.map(p => p[k]));
        if (low === high) { const gap = isLog ? 0 : Math.abs(low) / 2 || 1; low = isLog ? low / 10 : low - gap; high = isLog ? high * 10 : high + gap; }
        if (k === 1 && !isLog && !options.tight) { const gap = (high - low) * 0.06; low = low >= 0 ? Math.max(0, low - gap) : low - gap; high += gap; }
        return [low, high];
      };
      const [x0, x1] = range(0, options.logX), [y0, y1] = range(1, options.logY);
      const share = (v, a, b, isLog) => isLog ? (Math.log10(v) - Math.log10(a)) / (Math.log10(b) - Math.log10(a)) : (v - a) / (b - a);
      const px = v => left + share(v, x0, x1, options.logX) * (width - left - right);
      const py = v => height - bottom - share(v, y0, y1, options.logY) * (height - top - bottom);
      const parts = [];
      for (const v of options.logY ? decades(y0, y1) : ticks(y0, y1, 4)) {
        parts.push(s("line", {class: "grid", x1: left, x2: width - right, y1: py(v), y2: py(v)}));
        parts.push(s("text", {x: left - 6, y: py(v) + 4, "text-anchor": "end"}, text(v, 3)));
      }
      for (const v of options.logX ? decades(x0, x1) : ticks(x0, x1, 4)) {
        parts.push(s("text", {x: px(v), y: height - bottom + 14, "text-anchor": "middle"}, text(v, 3)));
      }
      parts.push(s("line", {class: "axis", x1: left, x2: width - right, y1: height - bottom, y2: height - bottom}));
      parts.push(s("text", {x: width - right, y: height - 2, "text-anchor": "end"}, options.x || ""));
      for (const line of series) {
        let path = "", isOpen = false;
        for (const [x, y] of line.points) {
          const isGood = good(x, options.logX) && good(y, options.logY);
          if (isGood) path += (isOpen ? "L" : "M") + px(x).toFixed(1) + " " + py(y).toFixed(1);
          isOpen = isGood;
        }
        if (!line.dots) parts.push(s("path", {class: "k-" + line.kind, d: path, "stroke-dasharray": line.dashed ? "5 4" : null,
          "stroke-opacity": line.faint ? 0.5 : null}));
        else for (const [x, y] of line.points) if (good(x, options.logX) && good(y, options.logY)) {
          parts.push(s("circle", {class: "f-" + line.kind, cx: px(x), cy: py(y), r: line.dots}));
        }
      }
      svg.replaceChildren(...parts);
    }
    """#
}
