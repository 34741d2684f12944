extension PlayAssets {
  /// The lessons: text, code in both languages, numbers that can be changed, and the graph of the lesson's formula.
  static let learn = #"""
    import {h, ask, latest, choice} from "./dom.js";
    import {t, say, language} from "./words.js";
    import {laboratory} from "./formula.js";

    let number = 1, lessons = null, numbers = {}, page = h("div", {class: "text stack"}), lab = null, labOf = "", holder = h("div");
    export const place = () => number;
    export function setPlace(to) { if (Number.isInteger(to) && to >= 1) number = to; }

    const load = latest(async isNew => {
      let answer;
      try {
        lessons ??= (await ask({do: "lessons"})).lessons;
        if (number > lessons.length) number = lessons.length;
        answer = await ask({do: "lesson", number, language: language(), numbers});
      } catch (refused) {
        page.querySelector(".error")?.remove();
        page.append(h("p", {class: "error", role: "alert"}, refused.text || String(refused)));
        return;
      }
      drawLesson(answer, isNew);
    });

    function drawLesson(lesson, isNew) {
      const at = document.activeElement?.dataset?.key;
      const fields = lesson.numbers.map(({name, value}) => {
        const input = h("input", {type: "number", step: "any", value, "data-key": "n-" + name, "aria-label": name, oninput: () => {
          if (input.value === "" || !Number.isFinite(Number(input.value))) return;
          numbers[name] = Number(input.value);
          lab?.set(name, numbers[name]);
          load(false);
        }});
        return h("div", {class: "dial"}, h("label", {}, h("b", {}, name)), input);
      });
      const parts = lesson.blocks.map(block => {
        switch (block.kind) {
          case "code": return h("div", {class: "two"}, h("div", {class: "code"}, h("h3", {}, "Swift"), h("pre", {}, block.text)),
            h("div", {class: "code"}, h("h3", {}, block.peer), h("pre", {}, block.python)));
          case "show": return h("div", {class: "out", tabindex: 0, role: "group", "aria-label": t("learn.output")}, h("pre", {}, block.text));
          case "note": return h("p", {class: "small"}, block.text);
          case "commands": return h("div", {}, h("h3", {}, t("learn.commands")), h("div", {class: "code"}, h("pre", {}, block.text)));
          default: return h("p", {}, block.text);
        }
      });
      const titles = lessons.map((title, i) => [i + 1, `${i + 1}. ${say(title)}`]);
      const toc = document.querySelector(".toc"), short = document.querySelector(".toc-select");
      toc?.replaceChildren(...titles.map(([i, title]) => h("button", {"data-key": "lesson-" + i, "aria-current": String(i === number),
        onclick: () => go(i)}, title)));
      if (short) {
        short.replaceChildren(...titles.map(([i, title]) => h("option", {value: i, selected: i === number}, title)));
        short.onchange = () => go(Number(short.value));
      }
      page.replaceChildren(h("h1", {}, `${number}. ${say(lessons[number - 1])}`),
        fields.length ? h("section", {class: "card"}, h("h3", {}, t("learn.numbers")), h("div", {class: "dials"}, fields),
          h("button", {onclick: () => { numbers = {}; labOf = ""; load(true); }}, t("learn.reset"))) : "", ...parts, holder,
        h("div", {class: "row"}, h("button", {disabled: number === 1, onclick: () => go(number - 1)}, t("learn.back")),
          h("button", {class: "main", disabled: number === lessons.length, onclick: () => go(number + 1)}, t("learn.next"))));
      if (at) document.querySelector(`[data-key="${at}"]`)?.focus();
      const key = lesson.formula ? number + language() : "";
      if (key !== labOf || isNew) {
        labOf = key;
        lab = lesson.formula ? laboratory(lesson.formula, false) : null;
        holder.replaceChildren(...(lab ? [h("h2", {}, t("learn.graph")), h("p", {class: "mono"}, lesson.formula.text), lab.element] : []));
      }
    }

    function go(to) {
      number = to;
      numbers = {};
      location.hash = "view=learn&lesson=" + number;
      load(true).then(() => { scrollTo(0, 0); document.getElementById("live").textContent = page.querySelector("h1").textContent; });
    }

    export function draw() {
      return h("div", {class: "lesson"}, h("nav", {class: "toc", "aria-label": t("learn.toc")}),
        h("select", {class: "toc-select", "aria-label": t("learn.toc")}), page);
    }
    export function shown() { load(true); }
    """#
}
