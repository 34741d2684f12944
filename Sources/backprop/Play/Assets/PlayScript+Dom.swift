extension PlayAssets {
  /// Making elements, talking to the engine, numbers as text.
  static let dom = #"""
    import {say} from "./words.js";

    const names = "0123456789abcdefghijklmnopqrstuvwxyz";
    export const tab = [...crypto.getRandomValues(new Uint8Array(16))].map(b => names[b % 36]).join("");

    // h("button", {class: "main", onclick}, "text", child): an element with its attributes and children.
    export function h(name, attributes = {}, ...children) {
      const made = document.createElement(name);
      for (const [key, value] of Object.entries(attributes)) {
        if (value === undefined || value === null || value === false) continue;
        if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
        else if (key === "value" || key === "checked" || key === "disabled") made[key] = value;
        else made.setAttribute(key, value === true ? "" : value);
      }
      made.append(...children.flat().filter(c => c !== null && c !== undefined));
      return made;
    }

    export function s(name, attributes = {}, ...children) {
      const made = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== null) made.setAttribute(key, value);
      made.append(...children.flat().filter(c => c !== null && c !== undefined));
      return made;
    }

    // An error of the engine: .text in the reader's language.
    export class Refused extends Error {
      constructor(body) {
        super(body.error ? body.error.en : "refused");
        this.body = body;
      }
      get text() { return this.body.error ? say(this.body.error) : this.message; }
    }

    export async function ask(command) {
      let response;
      try {
        response = await fetch("do?tab=" + tab, {
          method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(command)});
      } catch {
        throw new Refused({error: {en: "The program has ended: start backprop play again.", ko: "프로그램이 끝났습니다. backprop play를 다시 실행하세요."}});
      }
      const text = await response.text();
      let body;
      try { body = JSON.parse(text); } catch { body = {error: {en: text.trim(), ko: text.trim()}}; }
      if (!response.ok) throw new Refused(body);
      return body;
    }

    // Of calls that come faster than answers, the newest is asked next; those between are dropped.
    export function latest(work) {
      let isBusy = false, next = null;
      return async function run(...values) {
        if (isBusy) { next = values; return; }
        isBusy = true;
        try { await work(...values); } finally {
          isBusy = false;
          if (next) { const again = next; next = null; run(...again); }
        }
      };
    }

    // A number with this many significant digits. Texts stand for what is no number.
    export function text(value, digits = 4) {
      if (value === null || value === undefined) return "–";
      if (typeof value === "string") return value;
      if (value === 0) return "0";
      const size = Math.abs(value);
      if (size >= 1e6 || size < 1e-4) return value.toExponential(Math.max(0, digits - 2)).replace(/\.?0*e/, "e").replace("e+", "e").replaceAll("-", "−");
      return Number(value.toPrecision(digits)).toString().replace("-", "−");
    }
    export const whole = value => value.toLocaleString("en");
    export const percent = value => (100 * value).toFixed(1) + "%";

    export function bytes(base64) {
      const binary = atob(base64), made = new Uint8Array(binary.length);
      for (let i = 0; i < binary.length; i++) made[i] = binary.charCodeAt(i);
      return made;
    }

    // The colours that pictures are painted with, from the style sheet.
    let palette = null;
    export function colors() {
      if (palette) return palette;
      const style = getComputedStyle(document.documentElement);
      const read = name => {
        const hex = style.getPropertyValue(name).trim().slice(1);
        const full = hex.length === 3 ? [...hex].map(c => c + c).join("") : hex;
        return [0, 2, 4].map(i => parseInt(full.slice(i, i + 2), 16));
      };
      palette = {paper: read("--paper"), ink: read("--ink"), low: read("--low"), high: read("--high"), gradientLow: read("--gradient-low"),
        gradientHigh: read("--gradient-high"), classes: ["--low", "--high", "--c2", "--c3", "--c4", "--c5"].map(read)};
      return palette;
    }
    export function forgetColors() { palette = null; }
    export const css = ([r, g, b], a = 1) => `rgba(${r},${g},${b},${a})`;
    export const mix = (a, b, t) => [0, 1, 2].map(i => a[i] + (b[i] - a[i]) * t);

    // A picture of bytes with a sign: 128 is the paper, 0 and 255 the two ends.
    export function paintSigned(canvas, picture, low, high) {
      const {rows, columns} = picture, data = bytes(picture.bytes), paper = colors().paper;
      if (canvas.width !== columns || canvas.height !== rows) { canvas.width = columns; canvas.height = rows; }
      const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
      for (let i = 0; i < data.length; i++) {
        const t = (data[i] - 128) / 127, end = t < 0 ? low : high, share = Math.min(1, Math.abs(t));
        for (let k = 0; k < 3; k++) image.data[4 * i + k] = paper[k] + (end[k] - paper[k]) * share;
        image.data[4 * i + 3] = 255;
      }
      context.putImageData(image, 0, 0);
    }

    export function field(label, control) {
      const id = "f" + Math.random().toString(36).slice(2);
      control.id = id;
      return h("div", {class: "field"}, h("label", {for: id}, label), control);
    }

    export function choice(values, chosen, change, label) {
      return h("select", {"aria-label": label, onchange: e => change(e.target.value)},
        values.map(([value, name]) => h("option", {value, selected: value === chosen}, name)));
    }
    """#
}
