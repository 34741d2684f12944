extension PlayAssets {
  /// A sheet to draw a digit on, what the network sees of it, what it answers, and which pixels the answer hangs on.
  static let draw = #"""
    import {h, ask, bytes, colors, css, latest, paintSigned, pixelTable, pixels, percent, text} from "./dom.js";
    import {t} from "./words.js";

    const size = 560, grid = 28;
    let setup = null, strokes = [], about = null, parts = null, answer = null;

    export function draw() {
      const sheet = h("canvas", {class: "sheet", width: size, height: size, tabindex: 0, role: "img", "data-key": "sheet", "aria-label": t("draw.sheet")});
      const seen = h("canvas", {role: "img", "aria-label": t("draw.seen")}), gradient = h("canvas", {role: "img", "aria-label": t("draw.gradient")});
      const bars = h("div", {class: "answers", role: "group", "aria-label": t("draw.answers")}), title = h("h2", {}), error = h("div", {class: "error", role: "alert"});
      const aboutText = h("p", {class: "small"}), printed = h("pre"), folder = h("p", {class: "small mono"});
      const undo = h("button", {"data-key": "undo", onclick: () => { strokes.pop(); changed(); }}, t("draw.undo"));
      const clear = h("button", {class: "main", "data-key": "clear", onclick: () => { strokes = []; about = null; changed(); }}, t("draw.clear"));
      // Where the keyboard's pen is, in the grid, and whether it is down.
      const pen = {x: grid / 2, y: grid / 2, isDown: false, isShown: false};
      parts = {sheet, seen, gradient, bars, title, error, aboutText, undo, clear, pen, printed, folder};

      const place = event => {
        const box = sheet.getBoundingClientRect();
        return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map(v => Math.min(1, Math.max(0, v)));
      };
      let isDrawing = false;
      sheet.addEventListener("pointerdown", event => {
        if (event.button !== 0) return;
        sheet.setPointerCapture(event.pointerId);
        isDrawing = true;
        pen.isShown = pen.isDown = false;
        strokes.push([place(event)]);
        changed();
      });
      sheet.addEventListener("pointermove", event => {
        if (!isDrawing) return;
        // A browser tells of several places at once where the pen is fast.
        const events = event.getCoalescedEvents?.() ?? [];
        for (const one of events.length ? events : [event]) strokes[strokes.length - 1].push(place(one));
        changed();
      });
      for (const name of ["pointerup", "pointercancel"]) sheet.addEventListener(name, () => { isDrawing = false; });
      sheet.addEventListener("keydown", event => {
        const by = {ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0]}[event.key];
        if (by) {
          pen.x = Math.min(grid - 1, Math.max(1, pen.x + by[0]));
          pen.y = Math.min(grid - 1, Math.max(1, pen.y + by[1]));
          if (pen.isDown) strokes[strokes.length - 1].push([pen.x / grid, pen.y / grid]);
        } else if (event.key === " ") {
          pen.isDown = !pen.isDown;
          if (pen.isDown) strokes.push([[pen.x / grid, pen.y / grid]]);
        } else if (event.key === "Escape") { strokes = []; about = null; pen.isDown = false; } else return;
        pen.isShown = true;
        event.preventDefault();
        changed();
      });
      sheet.addEventListener("blur", () => { pen.isShown = pen.isDown = false; drawSheet(); });

      return h("div", {class: "drawing"},
        h("section", {class: "card"}, h("h2", {}, t("draw.title")), h("p", {class: "small"}, t("draw.text")), sheet, h("div", {class: "row"}, clear, undo), error),
        h("div", {class: "stack"}, h("section", {class: "card"}, title, h("p", {class: "small"}, t("draw.choose")), bars),
          h("section", {class: "card"}, h("h2", {}, t("draw.network")), folder, h("div", {class: "code"}, printed))),
        h("div", {class: "stack"}, h("section", {class: "card"}, h("h2", {}, t("draw.seen")), h("p", {class: "small"}, t("draw.seenText")), seen),
          h("section", {class: "card"}, h("h2", {}, t("draw.gradient")), aboutText, gradient)));
    }

    export async function shown() {
      try { setup ??= await ask({do: "digits"}); } catch (refused) { parts.error.textContent = refused.text || String(refused); return; }
      parts.printed.textContent = setup.printed;
      parts.folder.textContent = setup.folder;
      changed();
    }

    function changed() {
      parts.undo.disabled = parts.clear.disabled = strokes.length === 0;
      drawSheet();
      if (strokes.length === 0) { answer = null; drawAnswer(); } else look();
    }

    const look = latest(async () => {
      try {
        const next = await ask(about === null ? {do: "draw", strokes} : {do: "draw", strokes, about});
        parts.error.textContent = "";
        answer = strokes.length ? next : null;
      } catch (refused) { parts.error.textContent = refused.text || String(refused); }
      drawAnswer();
    });

    function drawSheet() {
      const context = parts.sheet.getContext("2d"), {ink, paper, low} = colors(), {pen} = parts;
      context.fillStyle = css(paper);
      context.fillRect(0, 0, size, size);
      context.strokeStyle = context.fillStyle = css(ink);
      context.lineWidth = size / 14;
      context.lineCap = context.lineJoin = "round";
      for (const stroke of strokes) {
        context.beginPath();
        context.moveTo(stroke[0][0] * size, stroke[0][1] * size);
        // A line to where it begins is the dot that a single point leaves.
        for (const [x, y] of stroke.length > 1 ? stroke : [stroke[0], stroke[0]]) context.lineTo(x * size, y * size);
        context.stroke();
      }
      if (!pen.isShown) return;
      context.lineWidth = 4;
      context.strokeStyle = css(low);
      context.beginPath();
      context.arc(pen.x / grid * size, pen.y / grid * size, size / 28, 0, 7);
      context.stroke();
      if (pen.isDown) { context.fillStyle = css(low, 0.5); context.fill(); }
    }

    function drawAnswer() {
      const {bars, title, seen, gradient, aboutText} = parts;
      if (!setup) return;
      title.textContent = answer ? t("draw.answer", setup.classes[answer.best], percent(answer.probabilities[answer.best])) : t("draw.empty");
      if (bars.dataset.of !== document.documentElement.lang || bars.children.length !== setup.classes.length) {
        bars.dataset.of = document.documentElement.lang;
        bars.replaceChildren(...setup.classes.map((name, i) => h("button", {class: "answer", "data-key": "class-" + i, "aria-pressed": "false", onclick: () => {
          about = about === i ? null : i;
          if (answer) look();
        }}, h("b", {}, name), h("span", {class: "track"}, h("i", {})), h("span", {class: "share"}))));
      }
      [...bars.children].forEach((row, i) => {
        const share = answer ? answer.probabilities[i] : 0;
        row.disabled = !answer;
        row.classList.toggle("best", answer?.best === i);
        row.setAttribute("aria-pressed", String(answer?.about === i));
        row.querySelector("i").style.width = 100 * share + "%";
        row.querySelector(".share").textContent = answer ? percent(share) : "–";
      });
      aboutText.textContent = answer ? t("draw.gradientText", setup.classes[answer.about], text(answer.gradient.scale, 3)) : t("draw.none");
      for (const canvas of [seen, gradient]) canvas.hidden = !answer;
      if (!answer) return;
      const data = bytes(answer.image), table = pixelTable("ink", () => colors().ink, i => i / 255), {cells, show} = pixels(seen, answer.columns, answer.rows);
      for (let i = 0; i < data.length; i++) cells[i] = table[data[i]];
      show();
      paintSigned(gradient, answer.gradient, "gradients");
      const live = document.getElementById("live");
      if (live && live.textContent !== title.textContent) live.textContent = title.textContent;
    }
    """#
}
