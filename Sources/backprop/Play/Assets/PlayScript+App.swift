extension PlayAssets {
  /// The frame of the page: views, language, theme, and the stream.
  static let app = #"""
    import {h, tab, forgetColors} from "./dom.js";
    import {t, language, setLanguage} from "./words.js";
    import * as train from "./train.js";
    import * as learn from "./learn.js";
    import * as formula from "./formula.js";
    import * as digits from "./draw.js";
    import * as live from "./live.js";

    const known = {train, learn, formula, draw: digits, live};
    const views = Object.fromEntries(document.body.dataset.views.split(" ").map(name => [name, known[name]]));
    const asked = new URLSearchParams(location.hash.slice(1));
    let view = views[asked.get("view")] ? asked.get("view") : Object.keys(views)[0];
    const kept = name => { try { return localStorage.getItem(name); } catch { return null; } };
    const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* a private window */ } };
    const dark = matchMedia("(prefers-color-scheme: dark)");
    let theme = asked.get("theme") || kept("theme") || "auto";

    function applyTheme() {
      document.documentElement.dataset.theme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
      forgetColors();
    }

    function show(name) {
      view = name;
      location.hash = "view=" + view + (learn.place() && view === "learn" ? "&lesson=" + learn.place() : "");
      draw();
    }

    function draw() {
      document.documentElement.lang = language();
      document.title = t("title." + view) + " · ChainRule play";
      const at = document.activeElement && document.activeElement.dataset.key;
      const buttons = Object.keys(views).map(name => h("button", {role: "tab", id: "tab-" + name, "aria-selected": String(name === view),
        "aria-controls": "view", "data-key": "tab-" + name, tabindex: name === view ? 0 : -1, onclick: () => show(name), onkeydown: event => {
          const all = Object.keys(views), by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
          if (!by) return;
          show(all[(all.indexOf(name) + by + all.length) % all.length]);
          document.getElementById("tab-" + view).focus();
        }}, t("view." + name)));
      const themes = ["auto", "light", "dark"];
      document.body.replaceChildren(
        h("a", {class: "skip", href: "#view", onclick: event => { event.preventDefault(); document.getElementById("view").focus(); }}, t("skip")),
        h("header", {class: "bar"},
          h("div", {class: "brand"}, h("b", {"aria-hidden": "true"}, "∂"), h("span", {}, "ChainRule play")),
          h("div", {class: "tabs", role: "tablist", "aria-label": t("views")}, buttons),
          h("div", {class: "grow"}),
          h("button", {class: "quiet", "data-key": "theme", "aria-label": t("theme") + ": " + t("theme." + theme), title: t("theme"), onclick: () => {
            theme = themes[(themes.indexOf(theme) + 1) % 3];
            keep("theme", theme);
            applyTheme();
            draw();
          }}, t("theme." + theme)),
          h("button", {class: "quiet", "data-key": "lang", lang: language() === "en" ? "ko" : "en", onclick: () => {
            setLanguage(language() === "en" ? "ko" : "en");
            keep("language", language());
            draw();
          }}, language() === "en" ? "한국어" : "English")),
        h("main", {id: "view", role: "tabpanel", tabindex: -1, "aria-labelledby": "tab-" + view}, views[view].draw()),
        h("div", {id: "live", class: "hidden", "aria-live": "polite"}));
      if (at) document.querySelector(`[data-key="${at}"]`)?.focus();
      views[view].shown?.();
    }

    let newest = null, isAwaited = false;
    // What the stream tells of.
    const watched = views.live ?? train;
    function listen() {
      const stream = new EventSource("stream?tab=" + tab);
      stream.onmessage = event => {
        newest = event.data;
        if (isAwaited) return;
        isAwaited = true;
        // Only the newest state is read and painted.
        requestAnimationFrame(() => {
          isAwaited = false;
          performance.mark("frame");
          watched.take(JSON.parse(newest));
          performance.measure("update", "frame");
        });
      };
      stream.addEventListener("refused", event => { stream.close(); watched.refuse(JSON.parse(event.data)); });
      stream.onerror = () => watched.lost();
      addEventListener("pagehide", () => navigator.sendBeacon("do?tab=" + tab, new Blob(['{"do":"end"}'], {type: "application/json"})));
    }

    setLanguage(asked.get("lang") || kept("language") || document.documentElement.lang);
    if (asked.has("lesson")) learn.setPlace(Number(asked.get("lesson")));
    dark.addEventListener("change", () => { applyTheme(); draw(); });
    applyTheme();
    draw();
    listen();
    """#
}
