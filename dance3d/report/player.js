"use strict";
/* Puts the page together: unpacks the data, and keeps video, 3D view and timelines at the same frame. */
(() => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const data = JSON.parse(document.getElementById("data").textContent);
  data.time = new Float64Array(bytes(data.time).buffer);
  for (const dancer of data.dancers) {
    dancer.xyz = new Int16Array(bytes(dancer.xyz).buffer);
    dancer.state = bytes(dancer.state);
  }
  const time = data.time, end = time[time.length - 1] + 1 / data.fps;
  const video = document.getElementById("video"), movie = document.getElementById("movie").textContent;
  const frameAt = (t) => {
    let low = 0, high = time.length - 1;
    while (low < high) { const middle = (low + high + 1) >> 1; if (time[middle] <= t + 1e-4) low = middle; else high = middle - 1; }
    return low;
  };
  const middleOf = (frame) => (time[frame] + (frame + 1 < time.length ? time[frame + 1] : end)) / 2;

  /* The clock is the video's; where it cannot play, one of our own. */
  const clock = {
    own: false, playing: false, t: time[0], rate: 1, before: 0, shown: null,
    now(stamp) {
      if (!this.own) return this.shown ?? video.currentTime;
      if (this.playing) { this.t += ((stamp - this.before) / 1000) * this.rate; if (this.t >= end) this.t = time[0]; }
      this.before = stamp;
      return this.t;
    },
    running() { return this.own ? this.playing : !video.paused; },
    toggle() {
      if (this.own) { this.playing = !this.playing; label(); return; }
      if (video.paused) video.play().catch(() => this.fallBack()); else video.pause();
    },
    pause() { if (this.own) { this.playing = false; label(); } else video.pause(); },
    seek(t) { this.t = t; this.shown = null; if (!this.own) video.currentTime = t; },
    speed(rate) { this.rate = rate; video.playbackRate = rate; },
    fallBack() { if (this.own) return; this.own = true; video.hidden = true; document.getElementById("novideo").hidden = false; label(); },
  };
  video.addEventListener("error", () => clock.fallBack());
  if (movie) video.src = URL.createObjectURL(new Blob([bytes(movie)], { type: "video/mp4" }));
  if (video.requestVideoFrameCallback) {
    const note = (_, meta) => { clock.shown = meta.mediaTime; video.requestVideoFrameCallback(note); };
    video.requestVideoFrameCallback(note);
  }
  for (const name of ["seeking", "seeked"]) video.addEventListener(name, () => (clock.shown = null));
  const sound = document.getElementById("sound"), slider = document.getElementById("seek");
  video.addEventListener("click", () => clock.toggle());
  sound.addEventListener("click", () => { video.muted = !video.muted; sound.setAttribute("aria-pressed", String(!video.muted)); });
  document.getElementById("full").addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : video.requestFullscreen && video.requestFullscreen()));
  slider.addEventListener("input", () => seek(middleOf(Number(slider.value))));
  video.addEventListener("loadedmetadata", () => {
    const at = /^#t=([\d.]+)$/.exec(location.hash); // report.html#t=1.5 opens there
    if (at) seek(middleOf(frameAt(Number(at[1]))));
    document.querySelector(".stage").classList.toggle("tall", video.videoHeight > video.videoWidth);
  });

  const play = document.getElementById("play"), readout = document.getElementById("clock");
  const label = () => (play.textContent = clock.running() ? "Pause" : "Play");
  for (const name of ["play", "pause"]) video.addEventListener(name, label);
  play.addEventListener("click", () => clock.toggle());
  const seek = (t) => clock.seek(t);
  const step = (by) => { clock.pause(); seek(middleOf(Math.max(0, Math.min(time.length - 1, current + by)))); };
  document.getElementById("back").addEventListener("click", () => step(-1));
  document.getElementById("next").addEventListener("click", () => step(1));
  document.getElementById("speed").addEventListener("change", (e) => clock.speed(Number(e.target.value)));
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || /^(SELECT|BUTTON|VIDEO|SUMMARY|A)$/.test(e.target.tagName)) return;
    if (e.key === " ") clock.toggle();
    else if (e.key === "ArrowLeft" || e.key === "ArrowRight") step(e.key === "ArrowLeft" ? -1 : 1);
    else return;
    e.preventDefault();
  });

  const space = new Space(document.getElementById("space"), data);
  for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => space.look(button.dataset.view));
  for (const button of document.querySelectorAll("[data-toggle]")) {
    button.addEventListener("click", () => { space.set(button.dataset.toggle, !space[button.dataset.toggle]); space.draw(); });
  }
  const panels = [...document.querySelectorAll("[data-panel]")];
  const lines = panels.map((panel, i) => new Timeline(panel, data, data.dancers[i], seek));
  const choose = (index) => {
    space.chosen = index;
    panels.forEach((panel, i) => (panel.hidden = i !== index));
    for (const button of document.querySelectorAll("[data-dancer]")) button.setAttribute("aria-pressed", String(Number(button.dataset.dancer) === index));
    if (lines[index]) lines[index].show(time[current], current);
    space.draw();
  };
  for (const button of document.querySelectorAll("[data-dancer]")) button.addEventListener("click", () => choose(Number(button.dataset.dancer)));
  for (const button of document.querySelectorAll("[data-seek]")) button.addEventListener("click", () => seek(Number(button.dataset.seek)));

  let current = 0, drawn = -1, last = 0;
  choose(0);
  const tick = (stamp) => {
    current = frameAt(clock.now(stamp));
    if (current !== drawn) {
      drawn = current;
      space.frame = current;
      space.draw();
      if (lines[space.chosen]) lines[space.chosen].show(time[current], current);
      slider.value = current;
      if (video.webkitAudioDecodedByteCount || video.mozHasAudio || (video.audioTracks && video.audioTracks.length)) sound.hidden = false;
      readout.textContent = `${time[current].toFixed(2)} s, frame ${current}`;
    }
    if (space.turn) { space.yaw += Math.min(stamp - last, 50) * 0.0006; space.draw(); }
    last = stamp;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
})();
