extension PlayAssets {
  /// Data, network and teaching, edited by hand; every change begins a new run.
  static let editor = #"""
    import {h, field, choice} from "./dom.js";
    import {t, say} from "./words.js";

    export function drawEditor(setup, begin, useTable) {
      const plan = structuredClone(setup.plan);
      // The weights of a run fit its own network alone.
      const reshape = () => { if (plan.start === "stored") plan.start = "standard"; begin(plan); };
      const named = (group, values) => values.map(v => [v, t(group + "." + v)]);
      const select = (name, values) => field(t("edit." + name), choice(named(name, values), plan[name], v => { plan[name] = v; name === "norm" ? reshape() : begin(plan); }, t("edit." + name)));
      const number = (name, attributes) => {
        const input = h("input", {type: "number", value: plan[name], "data-key": "edit-" + name, ...attributes, onchange: () => {
          const value = Number(input.value);
          if (input.value === "" || !Number.isFinite(value)) { input.value = plan[name]; return; }
          plan[name] = value;
          name === "dropout" ? reshape() : begin(plan);
        }});
        return field(t("edit." + name), input);
      };
      const isFit = setup.classes.length === 0;

      const data = choice(named("data", ["spirals", "moons", "circles", "xor", "regression", "csv"]), plan.data, value => {
        if (value === "csv" && setup.plan.data !== "csv") { file.click(); data.value = setup.plan.data; return; }
        plan.data = value;
        plan.loss = value === "regression" ? "mse" : "crossEntropy";
        plan.noise = {spirals: 0.02, moons: 0.1, circles: 0.08, xor: 0.02, regression: 0.1}[value] ?? plan.noise;
        reshape();
      }, t("edit.data"));
      const file = h("input", {type: "file", accept: ".csv,text/csv", hidden: true, onchange: async () => {
        if (file.files[0]) useTable(await file.files[0].text(), undefined);
      }});
      const own = h("button", {onclick: () => file.click()}, t("edit.open"));

      const rows = plan.hidden.map((layer, i) => h("div", {class: "hiddenrow"}, h("span", {class: "small"}, String(i + 1)),
        h("input", {type: "number", min: 1, max: 64, value: layer.width, "aria-label": t("edit.width", i + 1), "data-key": "width-" + i, onchange: event => {
          layer.width = Math.round(Number(event.target.value));
          reshape();
        }}),
        choice(named("activation", ["relu", "tanh", "sigmoid", "gelu", "leakyRelu", "identity"]), layer.activation, v => { layer.activation = v; reshape(); }, t("edit.activation", i + 1)),
        h("button", {class: "quiet", title: t("edit.remove", i + 1), "aria-label": t("edit.remove", i + 1), onclick: () => { plan.hidden.splice(i, 1); reshape(); }}, "×")));
      const add = h("button", {disabled: plan.hidden.length >= 6, "data-key": "add", onclick: () => {
        plan.hidden.push({...(plan.hidden[plan.hidden.length - 1] ?? {width: 8, activation: "relu"})});
        reshape();
      }}, t("edit.add"));

      return h("div", {},
        h("div", {class: "fieldset"}, h("h2", {}, t("edit.dataTitle")), field(t("edit.data"), data), file,
          setup.summary ? h("p", {class: "small"}, say(setup.summary)) : null, plan.data === "csv" ? null : number("samples", {min: 10, max: 4000, step: 10}),
          plan.data === "csv" ? null : number("noise", {min: 0, max: 2, step: 0.01}), own),
        h("div", {class: "fieldset"}, h("h2", {}, t("edit.networkTitle")), h("p", {class: "small"}, t("edit.inputs", setup.inputs)), rows, add,
          h("p", {class: "small"}, t("edit.outputs", isFit ? 1 : setup.classes.length)), select("start", [...(setup.stored ? ["stored"] : []), "standard", "xavier", "kaiming", "orthogonal", "zeros", "large"]),
          select("norm", ["none", "batch", "layer"]), number("dropout", {min: 0, max: 0.9, step: 0.1})),
        h("div", {class: "fieldset"}, h("h2", {}, t("edit.teachingTitle")), select("loss", isFit ? ["mse", "l1", "huber"] : ["crossEntropy", "multiMargin"]),
          select("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad"]), number("lr", {min: 0, max: 1000, step: "any"}),
          plan.optimizer === "sgd" || plan.optimizer === "rmsprop" ? number("momentum", {min: 0, max: 0.999, step: 0.1}) : null,
          number("weightDecay", {min: 0, max: 10, step: "any"}), select("schedule", ["constant", "cosine", "linear", "onecycle", "step", "plateau"]),
          number("batch", {min: 1, max: 4000}), number("epochs", {min: 1, max: 100000}), number("seed", {min: 0, max: 4294967295})));
    }
    """#
}
