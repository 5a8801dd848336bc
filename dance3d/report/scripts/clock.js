"use strict";
/* The clock that all views follow: the video's own, or one of ours where it cannot play; with a loop from A to B. */
class Clock {
  constructor(video, time, fps) {
    Object.assign(this, { video, time, own: false, playing: false, t: time[0], rate: 1, before: 0, shown: null, loop: [null, null] });
    this.end = time[time.length - 1] + 1 / fps;
    this.changed = () => {};
    video.addEventListener("error", () => this.fallBack());
    for (const name of ["play", "pause"]) video.addEventListener(name, () => this.changed());
    for (const name of ["seeking", "seeked"]) video.addEventListener(name, () => (this.shown = null));
    if (video.requestVideoFrameCallback) {
      const note = (_, meta) => { this.shown = meta.mediaTime; video.requestVideoFrameCallback(note); };
      video.requestVideoFrameCallback(note);
    }
    if (video.error || !video.src) this.fallBack(); // it failed before anybody listened, or there is none
  }

  /* Where it stands, in seconds, also between two pictures of the screen. */
  place() { return this.own ? this.t : this.shown ?? this.video.currentTime; }

  /* Seconds now; called once per picture of the screen. */
  now(stamp) {
    let t = this.place();
    if (this.own && this.playing) t = this.t = this.t + ((stamp - this.before) / 1000) * this.rate;
    this.before = stamp;
    const [a, b] = this.span();
    if (this.running() && (t >= b || t < a - 0.05)) { this.seek(a); return a; }
    return t;
  }

  span() {
    const [a, b] = this.loop;
    return [a ?? this.time[0], b ?? (this.own ? this.end : Infinity)];
  }

  running() { return this.own ? this.playing : !this.video.paused; }

  toggle() {
    if (this.own) { this.playing = !this.playing; this.changed(); return; }
    if (this.video.paused) this.video.play().catch(() => this.fallBack()); else this.video.pause();
  }

  pause() { if (this.own) { this.playing = false; this.changed(); } else this.video.pause(); }

  seek(t) { this.t = t; this.shown = null; if (!this.own) this.video.currentTime = t; }

  speed(rate) { this.rate = rate; this.video.playbackRate = rate; }

  fallBack() {
    if (this.own) return;
    this.own = true;
    this.video.hidden = true;
    document.getElementById("novideo").hidden = false;
    this.changed();
  }

  frameAt(t) {
    const time = this.time;
    let low = 0, high = time.length - 1;
    while (low < high) { const middle = (low + high + 1) >> 1; if (time[middle] <= t + 1e-4) low = middle; else high = middle - 1; }
    return low;
  }

  middleOf(frame) { return (this.time[frame] + (frame + 1 < this.time.length ? this.time[frame + 1] : this.end)) / 2; }
}
