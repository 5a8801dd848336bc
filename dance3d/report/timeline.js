"use strict";
/* Words over time, one row per limb, like a score, or in detail the movement types, one row per body part. Hover names a
   run, click or drag goes there. */
class Timeline {
  constructor(panel, data, dancer, seek) {
    Object.assign(this, { data, dancer, seek });
    this.canvas = panel.querySelector(".timeline canvas");
    this.tip = panel.querySelector(".tip");
    this.now = panel.querySelector("[data-now]");
    this.pen = this.canvas.getContext("2d");
    this.time = data.time;
    const style = getComputedStyle(document.documentElement);
    this.panel = panel; this.detail = false;
    this.colours = Object.fromEntries([...Object.keys(data.kinds), "left", "right", "mid"].map((k) => [k, style.getPropertyValue(`--${k}`).trim()]));
    this.first = this.time[0];
    this.last = this.time[this.time.length - 1] + 1 / data.fps;
    this.from = this.first; this.to = this.last;
    this.cursor = this.first; this.frame = 0;
    this.lanes();
    this.listen(panel);
  }

  /* Overlapping runs of one row share it in up to six lanes; more are drawn over the last. */
  lanes() {
    const names = this.detail ? this.data.movements : this.data.words;
    this.rows = (this.detail ? this.data.parts : this.data.rows).map(({ title }) => ({ title, runs: [], lanes: 1 }));
    for (const [movement, start, stop, prob] of this.detail ? this.dancer.runs : this.dancer.words) {
      const [row, title, kind, sentence] = names[movement];
      const a = this.at(start), b = Math.max(this.at(stop), a + 1 / this.data.fps);
      this.rows[row].runs.push({ movement, part: this.rows[row].title, title, kind, sentence, prob, start, stop, a, b });
    }
    if (!this.detail) this.rows = this.rows.filter((row) => row.runs.length || row.title !== "hands");
    let top = 0;
    for (const row of this.rows) {
      const ends = [];
      for (const run of row.runs) {
        let lane = ends.findIndex((end) => end <= run.a + 1e-9);
        if (lane < 0) lane = Math.min(ends.length, 5);
        ends[lane] = Math.max(ends[lane] || 0, run.b);
        run.lane = lane;
      }
      row.top = top;
      row.height = 18 * Math.max(1, Math.min(4, ends.length)) + 7;
      top += row.height;
    }
    this.bottom = top + (this.dancer.beats.length ? 16 : 0) + (this.dancer.music.length ? 16 : 0);
  }

  at(row) {
    const frame = row + this.dancer.start;
    return frame < this.time.length ? this.time[frame] : this.last;
  }

  listen(panel) {
    let held = false, drag = null;
    const where = (e) => { const box = this.canvas.getBoundingClientRect(); return [e.clientX - box.left, e.clientY - box.top]; };
    const go = (x) => this.seek(Math.max(this.first, Math.min(this.last - 1e-3, this.from + ((x - this.label) / this.span) * (this.to - this.from))));
    this.canvas.addEventListener("pointerdown", (e) => { const [x] = where(e); held = true; drag = x; if (x >= this.label) go(x); });
    this.canvas.addEventListener("wheel", (e) => {
      const by = e.deltaX || (e.shiftKey ? e.deltaY : 0);
      if (by) { e.preventDefault(); this.pan(by); }
    }, { passive: false });
    this.canvas.addEventListener("pointermove", (e) => {
      const [x, y] = where(e);
      if (held && x >= this.label && e.pointerType === "mouse") go(x);
      else if (held) { this.pan(drag - x); drag = x; }
      this.hint(x, y);
    });
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, () => (held = false));
    this.canvas.addEventListener("pointerleave", () => (this.tip.hidden = true));
    for (const button of panel.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.zoom(button.dataset.zoom === "in" ? 0.5 : 2));
    }
    panel.querySelector("details").addEventListener("toggle", () => this.list());
    panel.querySelector("[data-detail]").addEventListener("click", (e) => {
      this.detail = !this.detail;
      e.target.setAttribute("aria-pressed", String(this.detail));
      for (const legend of panel.querySelectorAll("[data-legend]")) legend.hidden = (legend.dataset.legend === "detail") !== this.detail;
      this.key = null;
      this.lanes(); this.list(); this.show(this.cursor, this.frame);
    });
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  zoom(by) {
    const whole = this.last - this.first, span = Math.max(Math.min((this.to - this.from) * by, whole), Math.min(1, whole));
    this.from = Math.max(this.first, Math.min(this.cursor - span / 2, this.last - span));
    this.to = this.from + span;
    this.draw();
  }

  pan(pixels) {
    const span = this.to - this.from;
    this.from = Math.max(this.first, Math.min(this.from + (pixels / this.span) * span, this.last - span));
    this.to = this.from + span;
    this.draw();
  }

  runAt(x, y) {
    const t = this.from + ((x - this.label) / this.span) * (this.to - this.from);
    const row = this.rows.find((r) => y >= r.top && y < r.top + r.height);
    if (!row || x < this.label) return [];
    return row.runs.filter((r) => r.a <= t && t < r.b);
  }

  hint(x, y) {
    const found = this.runAt(x, y), words = found.map((r) => `${this.detail ? `${r.part}: ` : ""}${r.title}\n${r.sentence ? `${r.sentence}\n` : ""}${this.types(r)}${r.a.toFixed(2)} to ${r.b.toFixed(2)} s, ${r.prob} %`);
    if (!found.length && x >= this.label) {
      const t = this.from + ((x - this.label) / this.span) * (this.to - this.from), slack = (4 / this.span) * (this.to - this.from);
      for (const [a, b, other, sure, doubtful] of this.dancer.crossings) {
        if (a - slack <= t && t <= b + slack) words.push(`Overlaps ${this.who(other)}\n${a.toFixed(2)} to ${b.toFixed(2)} s, sure ${sure.toFixed(2)}${doubtful ? ": they may be exchanged afterwards" : ""}`);
      }
    }
    this.tip.hidden = !words.length;
    if (!words.length) return;
    this.tip.textContent = words.join("\n");
    const most = this.canvas.clientWidth - this.tip.offsetWidth - 4;
    this.tip.style.left = `${Math.max(0, Math.min(x + 14, most))}px`;
    this.tip.style.top = `${y + 18}px`;
  }

  /* Which types are behind a word, where they are shown. */
  types(word) {
    if (this.detail) return "";
    const of = this.data.words[word.movement].slice(4);
    const found = this.dancer.runs.filter(([m, start, stop]) => of.includes(m) && start < word.stop && word.start < stop);
    const titles = [...new Set(found.map(([m]) => this.data.movements[m][1]))].filter((title) => title !== word.title);
    return titles.length ? `${titles.join(", ")}\n` : "";
  }

  who(person) {
    const found = this.data.dancers.find((d) => d.person === person);
    return (found && found.name) || `dancer ${person}`;
  }

  show(time, frame) {
    this.cursor = time; this.frame = frame;
    const span = this.to - this.from, whole = this.last - this.first;
    if (span < whole - 1e-6 && (time < this.from || time > this.from + span * 0.85)) {
      this.from = Math.max(this.first, Math.min(time - span * 0.15, this.last - span));
      this.to = this.from + span;
    }
    this.canvas.setAttribute("aria-valuenow", time.toFixed(2));
    const row = frame - this.dancer.start;
    const active = this.rows.flatMap((r) => r.runs.filter((run) => run.start <= row && row < run.stop));
    const key = active.map((r) => r.movement).join();
    if (key !== this.key) {
      this.key = key;
      this.now.classList.toggle("words", !this.detail);
      this.now.replaceChildren(...active.map((run) => {
        const item = document.createElement("span"), dot = document.createElement("i"), part = document.createElement("em");
        dot.dataset.kind = run.kind;
        part.textContent = run.part;
        item.append(dot, ...(this.detail ? [part] : []), run.title);
        return item;
      }));
    }
    this.draw();
  }

  draw() {
    const ratio = window.devicePixelRatio || 1, pen = this.pen, style = getComputedStyle(this.canvas), width = this.canvas.clientWidth;
    if (!width) return;
    const root = getComputedStyle(document.documentElement), tone = (name) => root.getPropertyValue(`--${name}`).trim();
    this.label = width < 520 ? 84 : 112;
    this.span = width - this.label - 2;
    if (!this.opened) { // a long clip opens on as much as can be read, and then follows the cursor
      this.opened = true;
      this.to = Math.min(this.last, this.from + Math.max(this.span / 100, 3));
    }
    const bottom = this.bottom, height = bottom + 42;
    this.canvas.style.height = `${height}px`;
    const w = Math.round(width * ratio), h = Math.round(height * ratio);
    if (this.canvas.width !== w || this.canvas.height !== h) { this.canvas.width = w; this.canvas.height = h; }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.textBaseline = "middle";
    this.face = style.fontFamily;
    for (const row of this.rows) {
      pen.fillStyle = tone("line");
      pen.fillRect(this.label, row.top + row.height - 1, this.span, 1);
      pen.fillStyle = tone("soft");
      pen.font = `${width < 520 ? 11 : 12.5}px ${this.face}`;
      pen.textAlign = "left";
      pen.fillText(row.title, 0, row.top + row.height / 2);
    }
    pen.save();
    pen.beginPath(); pen.rect(this.label, 0, this.span, height); pen.clip();
    this.ink = tone("ink");
    this.cuts(bottom, tone);
    this.crossings(bottom, tone);
    for (const row of this.rows) for (const run of row.runs) this.bar(run, row.top + 3 + run.lane * 18);
    this.beats(bottom, tone);
    this.seen(bottom + 5, tone);
    const x = this.x(this.cursor);
    pen.fillStyle = tone("ink");
    pen.fillRect(x - 0.75, 0, 1.5, bottom + 12);
    pen.restore();
    this.ticks(bottom + 33, tone, width);
  }

  x(time) { return this.label + ((time - this.from) / (this.to - this.from)) * this.span; }

  /* A pale block with a strong left edge; solid while the cursor is on it. */
  bar(run, y) {
    const pen = this.pen, a = this.x(run.a), b = this.x(run.b), height = 16;
    if (b < this.label || a > this.label + this.span) return;
    const on = run.a <= this.cursor && this.cursor < run.b, wide = Math.max(b - a - 1, 2);
    pen.fillStyle = this.colours[run.kind] || this.colours.R;
    pen.globalAlpha = on ? 1 : 0.16 + 0.3 * Math.max(0, (run.prob - 50) / 50);
    pen.beginPath();
    if (pen.roundRect) pen.roundRect(a, y, wide, height, 2.5); else pen.rect(a, y, wide, height);
    pen.fill();
    pen.globalAlpha = 1;
    pen.fillRect(a, y, Math.min(3, wide), height);
    pen.font = `500 11px ${this.face}`;
    const left = Math.max(a, this.label) + 7;
    const title = this.detail ? run.title : run.title.replace(/^(left|right) [a-z]+: | (left|right) (arm|leg|foot)/, ""); // the row says the limb
    if (pen.measureText(title).width < b - left - 3) {
      pen.fillStyle = on ? "#fff" : this.ink;
      pen.textAlign = "left";
      pen.fillText(title, left, y + height / 2 + 0.5);
    }
  }

  /* The thin line below the rows: seen, filled in, missing. */
  seen(y, tone) {
    const state = this.dancer.state, pen = this.pen, colours = [tone("poor"), tone("fair"), tone("good")];
    for (let start = 0; start < state.length;) {
      let stop = start;
      while (stop < state.length && state[stop] === state[start]) stop++;
      const a = this.x(this.at(start));
      pen.fillStyle = colours[state[start]];
      pen.fillRect(a, y, Math.max(this.x(this.at(stop)) - a, 1), 3);
      start = stop;
    }
  }

  /* Cuts: a thin line through all rows where another shot begins. */
  cuts(bottom, tone) {
    this.pen.fillStyle = tone("soft");
    for (const cut of this.data.shots) this.pen.fillRect(this.x(cut) - 0.5, 0, 1, bottom + 8);
  }

  /* Beats of the body and of the music: ticks below the rows, and, where they do not crowd, hairlines through all of them like bar lines. */
  beats(bottom, tone) {
    const pen = this.pen, music = this.dancer.music.length > 0, above = bottom - (music ? 31 : 15);
    const rows = music ? [[this.dancer.music, bottom - 12, "right", true], [this.dancer.beats, bottom - 28, "ink", false]] : [[this.dancer.beats, bottom - 12, "ink", true]];
    for (const [beats, y, name, lines] of rows) { // where music is heard, its beats are the bar lines
      const shown = beats.filter((t) => t >= this.from && t <= this.to);
      pen.fillStyle = tone(name);
      for (const beat of shown) {
        const x = this.x(beat);
        if (lines && shown.length * 12 < this.span) { pen.globalAlpha = 0.13; pen.fillRect(x - 0.5, 0, 1, above); }
        pen.globalAlpha = Math.abs(beat - this.cursor) < 0.07 ? 1 : 0.55;
        pen.fillRect(x - 0.75, y, 1.5, 9);
      }
    }
    pen.globalAlpha = 1;
  }

  /* Overlaps with other dancers: a mark below the rows; where it is not sure who came out as whom, a band through all. */
  crossings(bottom, tone) {
    const pen = this.pen;
    for (const [start, stop, other, , doubtful] of this.dancer.crossings) {
      const a = this.x(start), wide = Math.max(this.x(stop) - a, 2);
      pen.fillStyle = tone(doubtful ? "poor" : "soft");
      if (doubtful) { pen.globalAlpha = 0.16; pen.fillRect(a, 0, wide, bottom); pen.globalAlpha = 1; }
      pen.fillRect(a, bottom + 13, wide, 3);
      if (!doubtful) continue;
      pen.font = `600 11px ${this.face}`; pen.textAlign = "left";
      pen.fillText(`${other}?`, a + wide + 4, bottom + 15);
    }
  }

  ticks(y, tone, width) {
    const pen = this.pen, span = this.to - this.from, wanted = span / Math.max(this.span / 90, 2);
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600].find((s) => s >= wanted) || 1200;
    pen.fillStyle = tone("soft");
    pen.font = `11px ${this.face}`;
    pen.textAlign = "left";
    pen.fillText("seen", 0, y - 26.5);
    if (this.dancer.music.length) pen.fillText("music", 0, y - 40.5);
    if (this.dancer.beats.length) pen.fillText("beats", 0, y - (this.dancer.music.length ? 56.5 : 40.5));
    pen.textAlign = "center";
    for (let t = Math.ceil(this.from / step) * step; t <= this.to; t += step) {
      const x = this.x(t);
      if (x < this.label + 8 || x > width - 14) continue;
      pen.fillText(step < 1 ? `${t.toFixed(1)} s` : t >= 120 ? `${Math.floor(t / 60)}:${String(Math.round(t % 60)).padStart(2, "0")}` : `${Math.round(t)} s`, x, y);
    }
  }

  /* Every run as a table row, for reading aloud, searching and copying. */
  list() {
    if (!this.panel.querySelector("details").open) return;
    const table = document.createElement("table"), body = table.createTBody(), head = table.createTHead().insertRow();
    for (const title of ["From", "To", "Part", "Movement", "Sure"]) { const cell = document.createElement("th"); cell.textContent = title; head.append(cell); }
    for (const run of this.rows.flatMap((r) => r.runs).sort((a, b) => a.a - b.a)) {
      const row = body.insertRow();
      for (const text of [`${run.a.toFixed(2)} s`, `${run.b.toFixed(2)} s`, run.part, run.title, `${run.prob} %`]) row.insertCell().textContent = text;
    }
    this.panel.querySelector("[data-list]").replaceChildren(table);
  }
}
