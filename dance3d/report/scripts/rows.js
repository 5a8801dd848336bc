"use strict";
/* Which movements the timeline shows, by certainty, search and part, and in which lane of which row each lies. */
class Rows {
  constructor(data, dancer) {
    Object.assign(this, { data, dancer, detail: false, sure: data.sure, search: "", part: "" });
    this.time = data.time;
    this.last = this.time[this.time.length - 1] + 1 / data.fps;
    this.arrange();
  }

  static LANE = 18;

  at(row) {
    const frame = row + this.dancer.start;
    return frame < this.time.length ? this.time[frame] : this.last;
  }

  titles() { return (this.detail ? this.data.parts : this.data.rows).map(({ title }) => title); }

  /* The most important ones, which last long and are sure, come first and lie in the upper lanes; a row is as high as its lanes. */
  arrange() {
    const names = this.detail ? this.data.movements : this.data.words, wanted = this.search.trim().toLowerCase();
    const rows = this.titles().map((title) => ({ title, runs: [] }));
    this.hidden = 0;
    for (const [movement, start, stop, prob] of this.detail ? this.dancer.runs : this.dancer.words) {
      const [row, title, kind, sentence] = names[movement], part = rows[row].title;
      if (this.part && part !== this.part) continue;
      if (wanted && !`${part} ${title} ${sentence || ""}`.toLowerCase().includes(wanted)) continue;
      if (prob < this.sure) { this.hidden++; continue; }
      const a = this.at(start), b = Math.max(this.at(stop), a + 1 / this.data.fps);
      const short = this.detail ? title : title.replace(/^(left|right) [a-z]+: | (left|right) (arm|leg|foot)\b/, ""); // the row says the limb
      rows[row].runs.push({ movement, part, title, short: short || title, kind, sentence, prob, start, stop, a, b, weight: (b - a) * prob });
    }
    let top = 0;
    this.rows = rows.filter((row) => row.runs.length || (!this.part && !wanted && row.title !== "hands") || row.title === this.part);
    for (const row of this.rows) {
      row.runs.sort((one, two) => two.weight - one.weight);
      const lanes = [];
      for (const run of row.runs) {
        let lane = lanes.findIndex((taken) => taken.every((other) => other.b <= run.a + 1e-9 || run.b <= other.a + 1e-9));
        if (lane < 0) lane = lanes.push([]) - 1;
        lanes[lane].push(run);
        run.lane = lane;
      }
      row.top = top;
      row.height = Rows.LANE * Math.max(1, lanes.length) + 7;
      top += row.height;
    }
    this.height = top;
    this.runs = this.rows.flatMap((row) => row.runs);
    this.byTime = this.runs.slice().sort((one, two) => one.a - two.a);
  }

  active(row) { return this.runs.filter((run) => run.start <= row && row < run.stop).sort((one, two) => two.prob - one.prob); }

  under(y, t) {
    const row = this.rows.find((one) => y >= one.top && y < one.top + one.height);
    const lane = row && Math.floor((y - row.top - 3) / Rows.LANE);
    return row ? row.runs.filter((run) => run.a <= t && t < run.b && run.lane === lane) : [];
  }

  /* Which types are behind a word, where they are shown. */
  types(word) {
    if (this.detail) return "";
    const of = this.data.words[word.movement].slice(4);
    const found = this.dancer.runs.filter(([m, start, stop]) => of.includes(m) && start < word.stop && word.start < stop);
    const titles = [...new Set(found.map(([m]) => this.data.movements[m][1]))].filter((title) => title !== word.title);
    return titles.length ? `${titles.join(", ")}\n` : "";
  }
}
