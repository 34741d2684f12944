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
    const grouped = new Intl.NumberFormat("en");
    export const whole = value => grouped.format(value);

    // Writes a text where it is another one; what an element says is not read back from it.
    const told = new WeakMap();
    export function set(element, value) {
      if (told.get(element) === value) return;
      told.set(element, value);
      element.textContent = value;
    }
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
        gradientHigh: read("--gradient-high"), classes: ["--low", "--high", "--c2", "--c3", "--c4", "--c5"].map(read), tables: {}};
      return palette;
    }
    export function forgetColors() { palette = null; }
    export const css = ([r, g, b], a = 1) => `rgba(${r},${g},${b},${a})`;
    export const mix = (a, b, t) => [0, 1, 2].map(i => a[i] + (b[i] - a[i]) * t);

    // Of each byte the pixel that shows it: a colour, and how much of it there is on the paper. Kept until the colours change.
    export function pixelTable(name, color, share) {
      const {paper, tables} = colors();
      return tables[name] ??= Int32Array.from({length: 256}, (_, i) => {
        const [r, g, b] = mix(paper, color(i), share(i)).map(Math.round);
        // Red comes first in memory, and the lowest byte of a number does. With its sign the number is small, which engines keep without a box.
        return 255 << 24 | b << 16 | g << 8 | r;
      });
    }

    // Of a byte with a sign: 128 is the paper, 0 and 255 the two ends, which are those of values or of gradients.
    export function signedTable(kind) {
      const {low, high, gradientLow, gradientHigh} = colors(), [below, above] = kind === "gradients" ? [gradientLow, gradientHigh] : [low, high];
      return pixelTable(kind, i => i < 128 ? below : above, i => Math.min(1, Math.abs(i - 128) / 127));
    }

    // The pixels of a canvas, to be written and then shown: one picture for as long as the canvas has its size.
    const pictures = new WeakMap();
    export function pixels(canvas, columns, rows) {
      let made = pictures.get(canvas);
      if (!made || canvas.width !== columns || canvas.height !== rows || made.columns !== columns || made.rows !== rows) {
        canvas.width = columns;
        canvas.height = rows;
        const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
        made = {columns, rows, cells: new Int32Array(image.data.buffer), show: () => context.putImageData(image, 0, 0)};
        pictures.set(canvas, made);
      }
      return made;
    }

    // A picture of bytes with a sign.
    export function paintSigned(canvas, picture, kind) {
      const data = bytes(picture.bytes), table = signedTable(kind), {cells, show} = pixels(canvas, picture.columns, picture.rows);
      for (let i = 0; i < data.length; i++) cells[i] = table[data[i]];
      show();
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
