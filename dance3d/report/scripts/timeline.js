"use strict";
/* One dancer's movements over time: hover names them, click or drag goes there, and the tools above choose what is shown. */
class Timeline {
  constructor(panel, data, dancer, seek) {
    Object.assign(this, { panel, data, dancer, seek });
    this.rows = new Rows(data, dancer);
    [this.canvas, this.over] = panel.querySelectorAll(".timeline canvas");
    this.paint = new Paint(this.canvas, this.over, data, dancer);
    this.tip = panel.querySelector(".tip");
    this.first = data.time[0];
    this.last = this.rows.last;
    this.from = this.first; this.to = this.last;
    this.cursor = this.first; this.frame = 0; this.loop = [null, null];
    this.list = new MovementList(panel, this.rows, seek);
    this.point();
    this.tools();
    new ResizeObserver(() => this.draw()).observe(this.canvas.parentElement);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /* Mouse and finger: a mouse drags the cursor, a finger drags the window. */
  point() {
    let held = false, drag = null;
    const where = (e) => { const box = this.over.getBoundingClientRect(); return [e.clientX - box.left, e.clientY - box.top]; };
    const go = (x) => this.seek(Math.max(this.first, Math.min(this.last - 1e-3, this.paint.t(x))));
    this.over.addEventListener("pointerdown", (e) => { const [x] = where(e); held = true; drag = x; if (x >= this.paint.label) go(x); });
    this.over.addEventListener("wheel", (e) => {
      const by = e.deltaX || (e.shiftKey ? e.deltaY : 0);
      if (by) { e.preventDefault(); this.pan(by); }
    }, { passive: false });
    this.over.addEventListener("pointermove", (e) => {
      const [x, y] = where(e);
      if (held && x >= this.paint.label && e.pointerType === "mouse") go(x);
      else if (held) { this.pan(drag - x); drag = x; }
      this.hint(x, y);
    });
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, () => (held = false));
    this.over.addEventListener("pointerleave", () => (this.tip.hidden = true));
  }

  tools() {
    const of = (name) => this.panel.querySelector(`[data-${name}]`);
    for (const button of this.panel.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => this.zoom(Number(button.dataset.zoom)));
    of("sure").addEventListener("input", (e) => this.choose({ sure: Number(e.target.value) }));
    of("search").addEventListener("input", (e) => this.choose({ search: e.target.value }));
    of("part").addEventListener("change", (e) => this.choose({ part: e.target.value }));
    of("detail").addEventListener("click", (e) => {
      const detail = !this.rows.detail;
      e.currentTarget.setAttribute("aria-pressed", String(detail));
      for (const legend of this.panel.querySelectorAll("[data-legend]")) legend.hidden = (legend.dataset.legend === "detail") !== detail;
      this.choose({ detail, part: "" });
      this.parts();
    });
    this.parts();
    this.told();
  }

  parts() {
    const select = this.panel.querySelector("[data-part]");
    select.replaceChildren(...["", ...this.rows.titles()].map((title) => new Option(title || "all parts", title)));
  }

  choose(change) {
    Object.assign(this.rows, change);
    this.rows.arrange();
    this.told();
    this.list.fill();
    this.draw();
    this.show(this.cursor, this.frame);
  }

  /* How many are shown and how many are not, and how often such ones are right. */
  told() {
    const many = this.rows.runs.length, { hidden, sure, detail } = this.rows, known = this.data.right.filter(([from]) => sure >= from).at(-1);
    const right = !detail && known ? ` Of those from ${known[0]} % on, ${known[1]} of 100 were right on films that no net had seen.` : "";
    this.panel.querySelector("[data-sure-text]").textContent = `${sure} %`;
    this.panel.querySelector("[data-told]").textContent = `${many} shown${hidden ? `, ${hidden} less sure` : ""}.${right}`;
  }

  zoom(by) {
    const whole = this.last - this.first, span = by === 0 ? whole : Math.max(Math.min((this.to - this.from) * by, whole), Math.min(1, whole));
    this.from = Math.max(this.first, Math.min(this.cursor - span / 2, this.last - span));
    this.to = this.from + span;
    this.draw();
  }

  pan(pixels) {
    const span = this.to - this.from;
    this.from = Math.max(this.first, Math.min(this.from + (pixels / this.paint.span) * span, this.last - span));
    this.to = this.from + span;
    this.draw();
  }

  hint(x, y) {
    const t = this.paint.t(x), words = x < this.paint.label ? [] : this.rows.under(y, t).map((run) =>
      `${run.part}: ${run.title}\n${run.sentence ? `${run.sentence}\n` : ""}${this.rows.types(run)}${run.a.toFixed(2)} to ${run.b.toFixed(2)} s, ${run.prob} % sure`);
    if (!words.length && x >= this.paint.label) {
      const slack = (4 / this.paint.span) * (this.to - this.from);
      for (const [a, b, other, sure, doubtful] of this.dancer.crossings) {
        if (a - slack <= t && t <= b + slack) words.push(`Overlaps ${this.who(other)}\n${a.toFixed(2)} to ${b.toFixed(2)} s, sure ${sure.toFixed(2)}${doubtful ? ": they may be exchanged afterwards" : ""}`);
      }
    }
    this.tip.hidden = !words.length;
    if (!words.length) return;
    this.tip.textContent = words.join("\n");
    this.tip.style.left = `${Math.max(0, Math.min(x + 14, this.paint.width - this.tip.offsetWidth - 4))}px`;
    this.tip.style.top = `${y + 18}px`;
  }

  who(person) {
    const found = this.data.dancers.find((d) => d.person === person);
    return (found && found.name) || `dancer ${person}`;
  }

  /* The movement that begins next, or before, on the timeline as it is filtered. */
  neighbour(way) {
    const starts = this.rows.byTime.map((run) => run.a), now = this.cursor;
    const at = way > 0 ? starts.find((a) => a > now + 1e-3) : starts.filter((a) => a < now - 0.03).at(-1);
    if (at !== undefined) this.seek(at + 1e-3);
  }

  show(time, frame) {
    this.cursor = time; this.frame = frame;
    const span = this.to - this.from, whole = this.last - this.first;
    if (span < whole - 1e-6 && (time < this.from || time > this.from + span * 0.85)) {
      this.from = Math.max(this.first, Math.min(time - span * 0.15, this.last - span));
      this.to = this.from + span;
      this.draw();
    }
    const active = this.rows.active(frame - this.dancer.start);
    this.paint.cursor(time, active);
    return active;
  }

  /* For a screen reader: the time and what happens then. Told while the clock stands, so that it does not chatter. */
  say(active) {
    this.over.setAttribute("aria-valuenow", this.cursor.toFixed(2));
    this.over.setAttribute("aria-valuetext", `${this.cursor.toFixed(2)} seconds: ${active.map((run) => run.title).join(", ") || "nothing named"}`);
  }

  draw() {
    if (!this.paint.measure()) return;
    if (!this.opened) { // a long clip opens on as much as can be read, and then follows the cursor
      this.opened = true;
      this.to = Math.min(this.last, this.from + Math.max(this.paint.span / 100, 3));
    }
    this.paint.whole(this.rows, this.from, this.to, this.loop);
    this.paint.cursor(this.cursor, this.rows.active(this.frame - this.dancer.start));
  }
}
