"use strict";
/* What a teacher counts: the beat of eight, how near the body's rest is to it, and steps since the loop began. */
class Practice {
  constructor(data) {
    this.data = data;
    this.one = 0;
    const of = (name) => document.querySelector(`[data-count="${name}"]`);
    this.places = Object.fromEntries(["eight", "sound", "body", "steps"].map((name) => [name, of(name)]));
    const button = document.getElementById("one");
    if (button) button.addEventListener("click", () => { this.one = Math.max(0, this.last(this.beats(), this.time)); this.show(this.dancer, this.time, this.from); });
  }

  beats() { return this.dancer.music.length ? this.dancer.music : this.dancer.beats; }

  /* Number of the last beat up to a time; -1 before the first. */
  last(beats, time) {
    let low = 0, high = beats.length;
    while (low < high) { const middle = (low + high) >> 1; if (beats[middle] <= time + 1e-3) low = middle + 1; else high = middle; }
    return low - 1;
  }

  show(dancer, time, from) {
    Object.assign(this, { dancer, time, from });
    if (!dancer || !this.places.steps) return;
    const beats = this.beats(), at = this.last(beats, time), { eight, sound, body, steps } = this.places;
    eight.textContent = at < 0 ? "–" : String(((((at - this.one) % 8) + 8) % 8) + 1);
    for (const [place, list] of [[sound, dancer.music], [body, dancer.beats]]) {
      const k = this.last(list, time);
      place.hidden = !list.length;
      place.classList.toggle("on", k >= 0 && time - list[k] < 0.12);
    }
    const since = dancer.feet.filter(([, start]) => start > 0 && this.data.time[start + dancer.start] <= time && this.data.time[start + dancer.start] >= from);
    const left = since.filter(([side]) => side === 0).length;
    const text = `${since.length} step${since.length === 1 ? "" : "s"} (${left} left, ${since.length - left} right)`;
    if (text !== this.said) steps.textContent = this.said = text;
  }
}
