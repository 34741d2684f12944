extension PlayAssets {
  /// A run of `backprop train --live`, watched while it goes on.
  static let live = #"""
    import {h, s, text, whole, percent} from "./dom.js";
    import {t, say} from "./words.js";
    import {drawChart} from "./chart.js";

    let state = null, parts = null;

    export function take(next) { state = next; paint(); }
    // The program ends with the run.
    export function lost() { if (parts && !state?.over) parts.status.textContent = t("lost"); }
    export function refuse(body) { if (parts) parts.status.textContent = say(body.error); }

    export function draw() {
      const shown = Object.fromEntries(["step", "epoch", "trainLoss", "testLoss", "score", "lr"].map(key => {
        const dd = h("dd", {}, "–"), dt = h("dt", {}, t("train." + key));
        return [key, {element: h("div", {}, dt, dd), dt, dd}];
      }));
      const losses = s("svg"), status = h("p", {class: "small", role: "status"}), plan = h("p", {}), folder = h("p", {class: "small mono"});
      const bar = h("progress", {max: 1, value: 0, "aria-label": t("live.progress")}), printed = h("pre");
      parts = {shown, losses, status, plan, folder, bar, printed};
      return h("div", {class: "stack live"}, h("section", {class: "card"}, h("h2", {}, t("live.title")), folder, plan, bar, status,
        h("dl", {class: "numbers"}, Object.values(shown).map(x => x.element))),
        h("section", {class: "card"}, h("h2", {}, t("train.losses")), losses, h("div", {class: "legend"}, [["low", "ofStep"], ["high", "ofTest"]].map(([color, key]) =>
          h("span", {}, h("i", {class: "b-" + color}), t("train." + key))))),
        h("section", {class: "card"}, h("h2", {}, t("draw.network")), h("div", {class: "code"}, printed)));
    }
    export function shown() { paint(); }

    function paint() {
      if (!state || !parts) return;
      const {shown} = parts, last = state.measured[state.measured.length - 1], set = (element, value) => { if (element.textContent !== value) element.textContent = value; };
      set(parts.folder, state.folder);
      set(parts.plan, say(state.plan));
      set(parts.printed, state.printed);
      set(parts.status, t(state.over ? "live.over" : "live.running"));
      parts.bar.value = state.steps ? state.step / state.steps : 0;
      if (state.quantity) set(shown.score.dt, "R²");
      set(shown.step.dd, whole(state.step));
      set(shown.epoch.dd, whole(state.epoch) + " / " + whole(state.epochs));
      set(shown.trainLoss.dd, text(state.curve.length ? state.curve[state.curve.length - 1][1] : null));
      set(shown.testLoss.dd, text(last?.[2]));
      set(shown.score.dd, last ? (state.quantity ? text(last[3]) : percent(last[3])) : "–");
      set(shown.lr.dd, text(state.lr, 3));
      drawChart(parts.losses, [{kind: "low", points: state.curve, faint: true}, {kind: "high", points: state.measured.map(m => [m[0], m[2]])}],
        {height: 190, x: t("train.steps"), label: t("train.losses"), empty: t("train.none")});
    }
    """#
}
