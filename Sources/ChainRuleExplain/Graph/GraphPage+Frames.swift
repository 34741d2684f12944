extension GraphPage {
  /// Folding of single frames in the page. Nothing is laid out anew: what is left keeps its order and moves together, by one increasing,
  /// piecewise linear map for each axis that leaves boxes and labels their size and shortens the space between them. So nothing that
  /// did not overlap before can do so after.
  static let frameScript = """
    const fontSize = 11, widestGap = 48;

    // The picture as it was drawn, to which every folding goes back.
    const drawn = pictures.map(picture => {
      const svg = picture.querySelector("svg"), number = (element, name) => Number(element.getAttribute(name));
      const box = rect => ({x: number(rect, "x"), y: number(rect, "y"), w: number(rect, "width"), h: number(rect, "height")});
      const all = (selector, key, make) => {
        const list = [];
        for (const element of picture.querySelectorAll(selector)) list[Number(element.dataset[key])] = {element, ...make(element)};
        return list;
      };
      return {
        svg, size: {w: number(svg, "width"), h: number(svg, "height")},
        nodes: all(".node", "node", e => ({box: box(e.querySelector("rect"))})),
        frames: all(".frame", "group", e => ({box: box(e.querySelector("rect")), name: e.querySelector("text").textContent})),
        edges: all(".edge", "edge", e => {
          const label = e.querySelector("text"), [path, arrow] = e.querySelectorAll("path");
          return {path, arrow, label, line: path.getAttribute("d"), head: arrow.getAttribute("d"),
            text: label && {x: number(label, "x"), y: number(label, "y"), w: label.textContent.length * fontSize * 0.6 + 8}};
        })
      };
    });

    // For each group the outermost folded one around it, or -1.
    function foldedOver(graph, folds) {
      const outer = [];
      graph.groups.forEach((group, i) => {
        outer.push(group.parent >= 0 && outer[group.parent] >= 0 ? outer[group.parent] : folds.has(i) ? i : -1);
      });
      return outer;
    }

    // The increasing map that keeps these stretches' lengths and bounds the gaps between them; the identity where nothing is folded.
    function shrinking(stretches, isIdentity) {
      if (isIdentity) return v => v;
      const merged = [];
      for (const [from, to] of stretches.sort((a, b) => a[0] - b[0])) {
        const last = merged[merged.length - 1];
        if (last && from <= last[1]) last[1] = Math.max(last[1], to); else merged.push([from, to]);
      }
      const points = [];
      let at = 0, end = 0;
      for (const [from, to] of merged) {
        at += Math.min(from - end, widestGap);
        points.push([from, at]);
        at += to - from;
        points.push([to, at]);
        end = to;
      }
      return v => {
        let [a, b] = [[0, 0], points[0]];
        for (let i = 1; b && v > b[0]; i++) [a, b] = [b, points[i]];
        if (!b) return a[1] + Math.min(v - a[0], widestGap);
        return b[0] === a[0] ? b[1] : a[1] + (v - a[0]) * (b[1] - a[1]) / (b[0] - a[0]);
      };
    }

    // Points along a path as it was drawn, close to each other.
    function samples(line) {
      const numbers = line.match(/-?[\\d.]+/g).map(Number), points = [[numbers[0], numbers[1]]];
      let at = 2;
      for (const command of line.slice(1).match(/[LC]/g)) {
        const [x, y] = points[points.length - 1], n = numbers.slice(at, at += command === "C" ? 6 : 2);
        for (let i = 1; i <= 16; i++) {
          const t = i / 16, s = 1 - t;
          points.push(command === "L" ? [x + t * (n[0] - x), y + t * (n[1] - y)] : [0, 1].map(k =>
            s * s * s * (k ? y : x) + 3 * s * s * t * n[k] + 3 * s * t * t * n[2 + k] + t * t * t * n[4 + k]));
        }
      }
      return points;
    }

    // Where the line from a box's middle to a point leaves the box.
    function border(box, [x, y]) {
      const u = box.x + box.w / 2, v = box.y + box.h / 2, dx = x - u, dy = y - v;
      const t = Math.min(1, box.w / 2 / Math.max(Math.abs(dx), 1e-9), box.h / 2 / Math.max(Math.abs(dy), 1e-9));
      return [u + t * dx, v + t * dy];
    }

    // The head of an arrow that arrives at the last point.
    function head([a, b], [x, y]) {
      const d = Math.hypot(x - a, y - b) || 1, [u, v] = [(x - a) / d * 7, (y - b) / d * 7];
      return `M${x} ${y}L${x - u + 0.45 * v} ${y - v - 0.45 * u}L${x - u - 0.45 * v} ${y - v + 0.45 * u}Z`;
    }

    // The points of an edge outside two folded frames; there it runs around the boxes, as it was drawn.
    function outside(edge, source, target) {
      const within = (frame, [x, y]) => x >= frame.box.x && x <= frame.box.x + frame.box.w && y >= frame.box.y && y <= frame.box.y + frame.box.h;
      let points = edge.points ??= samples(edge.line);
      if (source) points = points.slice(points.findLastIndex(p => within(source, p)) + 1);
      const into = target ? points.findIndex(p => within(target, p)) : -1;
      return into >= 0 ? points.slice(0, into) : points;
    }

    // A path through these points, out of the box and into the box of folded frames, inside which nothing is in the way; and its arrow.
    function around(points, [start, end], target, down) {
      const middle = r => [r.x + r.w / 2, r.y + r.h / 2], text = p => p.map(v => v.toFixed(1)).join(" ");
      const curve = ([x, y], [u, v]) => down
        ? `C${text([x, (y + v) / 2])} ${text([u, (y + v) / 2])} ${text([u, v])}` : `C${text([(x + u) / 2, y])} ${text([(x + u) / 2, v])} ${text([u, v])}`;
      const first = points[0] ?? middle(end ?? target), last = points[points.length - 1] ?? middle(start);
      let line = "", tail = points.length > 1 ? points[points.length - 2] : first, tip = last;
      if (start) {
        const side = down ? [start.x + start.w / 2, start.y + start.h] : [start.x + start.w, start.y + start.h / 2];
        const isAhead = down ? first[1] > side[1] + 4 : first[0] > side[0] + 4;
        line = isAhead ? "M" + text(side) : "M" + text(border(start, first));
        if (points.length > 0) line += isAhead ? curve(side, first) : "L" + text(first);
      } else {
        line = "M" + text(first);
      }
      for (const p of points.slice(1)) line += "L" + text(p);
      if (end || points.length === 0) {
        const box = end ?? target, side = down ? [box.x + box.w / 2, box.y] : [box.x, box.y + box.h / 2];
        const isAhead = down ? last[1] < side[1] - 8 : last[0] < side[0] - 8;
        tip = isAhead ? side : border(box, last);
        tail = isAhead ? (down ? [tip[0], tip[1] - 1] : [tip[0] - 1, tip[1]]) : last;
        line += isAhead ? curve(last, tip) : "L" + text(tip);
      }
      return [line, head(tail, tip)];
    }

    function arrange(which) {
      const graph = views[which], picture = drawn[which], folds = folded[which], outer = foldedOver(graph, folds);
      const holder = id => graph.nodes[id].group >= 0 ? outer[graph.nodes[id].group] : -1;
      // A folded frame is a box in the middle of where it was.
      const small = picture.frames.map((frame, i) => {
        if (outer[i] !== i) return null;
        const count = graph.nodes.reduce((sum, node, id) => sum + (holder(id) === i ? node.count : 0), 0);
        const second = "▸ " + count.toLocaleString("en") + words[lang].nodes;
        const w = Math.min(frame.box.w, Math.max(frame.name.length, second.length) * fontSize * 0.62 + 20), h = Math.min(frame.box.h, 42);
        return {x: frame.box.x + (frame.box.w - w) / 2, y: frame.box.y + (frame.box.h - h) / 2, w, h, second};
      });
      const across = [], upright = [];
      const keep = (x, y, w, h) => { across.push([x, x + w]); upright.push([y, y + h]); };
      picture.nodes.forEach((node, id) => { if (holder(id) < 0) keep(node.box.x, node.box.y, node.box.w, node.box.h); });
      picture.frames.forEach((frame, i) => {
        if (small[i]) keep(small[i].x, small[i].y, small[i].w, small[i].h);
        if (outer[i] >= 0) return;
        keep(frame.box.x, frame.box.y, 12, 20);
        keep(frame.box.x + frame.box.w - 12, frame.box.y + frame.box.h - 12, 12, 12);
      });
      const isOwn = edge => holder(edge.from) < 0 && holder(edge.to) < 0;
      picture.edges.forEach((edge, id) => {
        if (edge.text && isOwn(graph.edges[id])) keep(edge.text.x - edge.text.w / 2, edge.text.y - 12, edge.text.w, 16);
      });
      const f = shrinking(across, folds.size === 0), g = shrinking(upright, folds.size === 0);
      const moved = box => ({x: f(box.x), y: g(box.y), w: box.w, h: box.h});
      const shift = (element, x, y) => element.setAttribute("transform", `translate(${f(x) - x} ${g(y) - y})`);
      picture.nodes.forEach((node, id) => {
        node.element.classList.toggle("tucked", holder(id) >= 0);
        shift(node.element, node.box.x, node.box.y);
      });
      picture.frames.forEach((frame, i) => {
        const rect = frame.element.querySelector("rect"), [name, count] = frame.element.querySelectorAll("text");
        if (count) count.remove();
        frame.element.classList.toggle("tucked", outer[i] >= 0 && outer[i] !== i);
        frame.element.classList.toggle("folded", small[i] !== null);
        frame.element.setAttribute("aria-expanded", small[i] === null);
        frame.element.setAttribute("aria-label", frame.name);
        const {x, y, w, h} = frame.box;
        const b = small[i] ? moved(small[i]) : {x: f(x), y: g(y), w: f(x + w) - f(x), h: g(y + h) - g(y)};
        for (const [key, value] of [["x", b.x], ["y", b.y], ["width", b.w], ["height", b.h]]) rect.setAttribute(key, value);
        name.setAttribute("x", small[i] ? b.x + b.w / 2 : b.x + 6);
        name.setAttribute("y", small[i] ? b.y + 17 : b.y + 13);
        name.setAttribute("text-anchor", small[i] ? "middle" : "start");
        if (!small[i]) return;
        const line = name.cloneNode();
        line.textContent = small[i].second;
        line.setAttribute("y", b.y + 33);
        frame.element.append(line);
      });
      const beside = new Map();
      picture.edges.forEach((edge, id) => {
        edge.shown = id;
        const {from, to} = graph.edges[id], a = holder(from), b = holder(to), own = isOwn(graph.edges[id]);
        edge.element.classList.toggle("tucked", a >= 0 && a === b);
        if (edge.label) {
          edge.label.classList.toggle("tucked", !own);
          shift(edge.label, edge.text.x, edge.text.y);
        }
        if (own) {
          let odd = false;
          edge.path.setAttribute("d", edge.line.replace(/-?[\\d.]+/g, n => (odd = !odd) ? f(Number(n)) : g(Number(n))));
          edge.arrow.setAttribute("d", edge.head);
          const [x, y] = edge.head.match(/-?[\\d.]+/g).map(Number);
          shift(edge.arrow, x, y);
        } else {
          const ends = [a >= 0 ? moved(small[a]) : null, b >= 0 ? moved(small[b]) : null];
          const points = outside(edge, picture.frames[a], picture.frames[b]).map(([x, y]) => [f(x), g(y)]);
          const [line, head] = around(points, ends, moved(picture.nodes[to].box), graph.down);
          edge.path.setAttribute("d", line);
          edge.arrow.setAttribute("d", head);
          edge.arrow.removeAttribute("transform");
          // Of several edges between the same boxes the shortest stands for all.
          const key = `${a >= 0 ? "frame" + a : from} ${b >= 0 ? "frame" + b : to}`, length = edge.path.getTotalLength();
          if (a !== b) beside.set(key, [...(beside.get(key) ?? []), {id, length}]);
        }
      });
      for (const edges of beside.values()) {
        edges.sort((a, b) => a.length - b.length);
        edges.forEach(({id}, i) => {
          picture.edges[id].shown = edges[0].id;
          picture.edges[id].element.classList.toggle("tucked", i > 0);
        });
      }
      const w = f(picture.size.w), h = g(picture.size.h);
      for (const [key, value] of [["width", w], ["height", h], ["viewBox", `0 0 ${w} ${h}`]]) picture.svg.setAttribute(key, value);
    }

    // What a folded frame hands on: its last node that others use.
    function lastInside(which, group) {
      const graph = views[which], outer = foldedOver(graph, new Set([group]));
      const inside = id => graph.nodes[id].group >= 0 && outer[graph.nodes[id].group] === group;
      const used = graph.nodes.map((_, id) => id).filter(inside);
      return used.filter(id => graph.edges.some(e => e.from === id && !inside(e.to))).pop() ?? used.pop();
    }

    function toggle(which, group) {
      const folds = folded[which];
      if (!folds.delete(group)) folds.add(group);
      arrange(which);
      show();
    }

    drawn.forEach((picture, which) => {
      picture.frames.forEach((frame, group) => {
        frame.element.addEventListener("click", () => toggle(which, group));
        frame.element.addEventListener("pointerenter", () => {
          if (folded[which].has(group)) detail(lastInside(which, group), frame.name);
        });
        frame.element.addEventListener("keydown", event => {
          if (event.key !== "Enter") return;
          toggle(which, group);
          event.preventDefault();
        });
      });
    });
    """
}
