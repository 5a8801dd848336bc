"use strict";
/* Draws a timeline: once for a window of time, and over it, picture by picture, the cursor and what happens now. */
class Paint {
  constructor(base, over, data, dancer) {
    Object.assign(this, { base, over, data, dancer, pen: base.getContext("2d"), top: over.getContext("2d"), below: 42 });
    this.beatRows = [...(dancer.music.length ? [["music", dancer.music, "right"]] : []), ...(dancer.beats.length ? [["body", dancer.beats, "ink"]] : [])];
  }

  x(time) { return this.label + ((time - this.from) / (this.to - this.from)) * this.span; }

  t(x) { return this.from + ((x - this.label) / this.span) * (this.to - this.from); }

  measure() {
    const width = this.base.parentElement.clientWidth;
    this.width = width;
    this.label = width < 520 ? 84 : 112;
    this.span = Math.max(width - this.label - 2, 1);
    return width > 0;
  }

  /* Everything that stays while the clock runs. */
  whole(rows, from, to, loop) {
    if (!this.measure()) return;
    Object.assign(this, { rows, from, to });
    const style = getComputedStyle(this.base), ratio = window.devicePixelRatio || 1, pen = this.pen;
    const tone = (name) => style.getPropertyValue(`--${name}`).trim();
    this.tones = Object.fromEntries(["ink", "soft", "line", "poor", "fair", "good", "right", "left", "mid", "card", ...Object.keys(this.data.kinds)].map((name) => [name, tone(name)]));
    this.face = style.fontFamily;
    this.bottom = rows.height + 16 * this.beatRows.length;
    const height = this.bottom + this.below;
    for (const canvas of [this.base, this.over]) {
      canvas.style.height = `${height}px`;
      canvas.width = Math.round(this.width * ratio); canvas.height = Math.round(height * ratio);
      canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    this.tall = height;
    pen.textBaseline = "middle";
    for (const row of rows.rows) {
      pen.fillStyle = this.tones.line; pen.fillRect(0, row.top + row.height - 1, this.width, 1);
      pen.fillStyle = this.tones.soft; pen.font = `${this.width < 520 ? 11 : 12.5}px ${this.face}`; pen.textAlign = "left";
      pen.fillText(row.title, 0, row.top + row.height / 2);
    }
    pen.save();
    pen.beginPath(); pen.rect(this.label, 0, this.span, height); pen.clip();
    this.loop(loop);
    pen.fillStyle = this.tones.soft;
    for (const cut of this.data.shots) pen.fillRect(this.x(cut) - 0.5, 0, 1, this.bottom + 8);
    this.crossings();
    for (const row of rows.rows) for (const run of row.runs) this.bar(pen, run, row.top + 3 + run.lane * Rows.LANE, false);
    this.beats();
    this.seen(this.bottom + 5);
    pen.restore();
    this.ticks(this.bottom + 33);
  }

  /* The cursor, and the bars under it in full colour. */
  cursor(time, active) {
    const pen = this.top;
    if (!this.rows) return;
    pen.clearRect(0, 0, this.width, this.tall);
    pen.save();
    pen.beginPath(); pen.rect(this.label, 0, this.span, this.tall); pen.clip();
    pen.textBaseline = "middle";
    for (const run of active) {
      const row = this.rows.rows.find((one) => one.title === run.part);
      if (row) this.bar(pen, run, row.top + 3 + run.lane * Rows.LANE, true);
    }
    pen.fillStyle = this.tones.ink;
    pen.fillRect(this.x(time) - 0.75, 0, 1.5, this.bottom + 12);
    pen.restore();
  }

  /* A pale block with a strong left edge and as much of its name as fits; filled while the cursor is on it. */
  bar(pen, run, y, on) {
    const a = this.x(run.a), b = this.x(run.b), height = 16, wide = Math.max(b - a - 1, 2);
    if (b < this.label || a > this.label + this.span) return;
    pen.globalAlpha = 1;
    if (on) { pen.fillStyle = this.tones.card; pen.fillRect(a, y, wide, height); }
    pen.fillStyle = this.tones[run.kind] || this.tones.R;
    pen.globalAlpha = on ? 0.55 : 0.14 + 0.26 * Math.max(0, (run.prob - 40) / 60);
    pen.beginPath();
    if (pen.roundRect) pen.roundRect(a, y, wide, height, 2.5); else pen.rect(a, y, wide, height);
    pen.fill();
    pen.globalAlpha = 1;
    pen.fillRect(a, y, Math.min(3, wide), height);
    pen.font = `${on ? 700 : 500} 11px ${this.face}`;
    const left = Math.max(a, this.label) + 7, room = Math.min(b, this.label + this.span) - left - 3, text = this.fitting(pen, run.short, room);
    if (!text) return;
    pen.fillStyle = this.tones.ink; pen.textAlign = "left";
    pen.fillText(text, left, y + height / 2 + 0.5);
  }

  /* The text, or its beginning with dots where at least four letters of it fit, or nothing. */
  fitting(pen, text, room) {
    if (room < 20) return "";
    if (pen.measureText(text).width <= room) return text;
    let many = text.length - 1;
    while (many >= 4 && pen.measureText(`${text.slice(0, many)}…`).width > room) many--;
    return many >= 4 ? `${text.slice(0, many).trimEnd()}…` : "";
  }

  /* From A to B: pale outside, a line at both. */
  loop([a, b]) {
    const pen = this.pen;
    for (const [at, name, from, to] of [[a, "A", this.from, a], [b, "B", b, this.to]]) {
      if (at === null) continue;
      pen.fillStyle = this.tones.soft; pen.globalAlpha = 0.18;
      pen.fillRect(this.x(from), 0, this.x(to) - this.x(from), this.bottom + 12);
      pen.globalAlpha = 1; pen.fillStyle = this.tones.ink;
      pen.fillRect(this.x(at) - 0.5, 0, 1, this.bottom + 12);
      pen.font = `700 11px ${this.face}`; pen.textAlign = name === "A" ? "right" : "left";
      pen.fillText(name, this.x(at) + (name === "A" ? -4 : 4), this.bottom + 15);
    }
  }

  /* Beats of the music and of the body in rows of their own, and, where they do not crowd, hairlines through all rows like bar lines. */
  beats() {
    const pen = this.pen;
    this.beatRows.forEach(([, beats, tone], i) => {
      const shown = beats.filter((t) => t >= this.from && t <= this.to), y = this.rows.height + 16 * i + 4;
      pen.fillStyle = this.tones[tone];
      for (const beat of shown) {
        const x = this.x(beat);
        if (i === 0 && shown.length * 12 < this.span) { pen.globalAlpha = 0.13; pen.fillRect(x - 0.5, 0, 1, this.rows.height); }
        pen.globalAlpha = 0.75;
        pen.fillRect(x - 0.75, y, 1.5, 9);
      }
    });
    pen.globalAlpha = 1;
  }

  /* The thin line below the rows: seen, filled in, missing. */
  seen(y) {
    const state = this.dancer.state, pen = this.pen, colours = [this.tones.poor, this.tones.fair, this.tones.good];
    for (let start = 0; start < state.length;) {
      let stop = start;
      while (stop < state.length && state[stop] === state[start]) stop++;
      const a = this.x(this.rows.at(start));
      pen.fillStyle = colours[state[start]];
      pen.fillRect(a, y, Math.max(this.x(this.rows.at(stop)) - a, 1), 3);
      start = stop;
    }
  }

  /* Overlaps with other dancers: a mark below the rows; where it is not sure who came out as whom, a band through all. */
  crossings() {
    const pen = this.pen;
    for (const [start, stop, other, , doubtful] of this.dancer.crossings) {
      const a = this.x(start), wide = Math.max(this.x(stop) - a, 2);
      pen.fillStyle = this.tones[doubtful ? "poor" : "soft"];
      if (doubtful) { pen.globalAlpha = 0.16; pen.fillRect(a, 0, wide, this.bottom); pen.globalAlpha = 1; }
      pen.fillRect(a, this.bottom + 13, wide, 3);
      if (!doubtful) continue;
      pen.font = `600 11px ${this.face}`; pen.textAlign = "left";
      pen.fillText(`${other}?`, a + wide + 4, this.bottom + 15);
    }
  }

  ticks(y) {
    const pen = this.pen, span = this.to - this.from, wanted = span / Math.max(this.span / 90, 2);
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600].find((s) => s >= wanted) || 1200;
    pen.fillStyle = this.tones.soft; pen.font = `11px ${this.face}`; pen.textAlign = "left";
    pen.fillText("seen", 0, this.bottom + 6.5);
    this.beatRows.forEach(([name], i) => pen.fillText(this.width < 520 ? name : name === "music" ? "music's beat" : "body's beat", 0, this.rows.height + 16 * i + 8.5));
    pen.textAlign = "center";
    for (let t = Math.ceil(this.from / step) * step; t <= this.to; t += step) {
      const x = this.x(t);
      if (x < this.label + 8 || x > this.width - 14) continue;
      pen.fillText(step < 1 ? `${t.toFixed(1)} s` : t >= 120 ? `${Math.floor(t / 60)}:${String(Math.round(t % 60)).padStart(2, "0")}` : `${Math.round(t)} s`, x, y);
    }
  }
}
