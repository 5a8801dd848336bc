"use strict";
/* Two dancers in step: A's clock runs, B follows by the warp; both bodies over each other, and where they differ. */
const heatColour = (degrees, full) => {
  const s = Math.min(degrees / full, 1);
  return `hsl(${Math.round(46 - 40 * s)} ${Math.round(55 + 30 * s)}% ${Math.round(88 - 42 * s)}%)`;
};

class Both extends Space {
  body(dancer, joints) {
    const pen = this.pen, aside = this.apart ? (dancer.person === "A" ? -0.6 : 0.6) : 0;
    const at = joints.map((j) => j && [j[0] + aside, j[1], j[2]]);
    pen.strokeStyle = "#000000"; pen.globalAlpha = 0.25; pen.lineWidth = Math.max(2, (this.focal / this.away) * 0.05);
    for (const [p, c] of this.data.bones) if (at[p] && at[c]) this.path([[at[p][0], 0, at[p][2]], [at[c][0], 0, at[c][2]]]);
    const seen = at.map((j) => j && this.project(...j)), row = this.frame * this.data.parts.length;
    const bones = this.data.bones.filter(([p, c]) => seen[p] && seen[c]);
    bones.sort((one, two) => seen[two[1]][3] - seen[one[1]][3]);
    const line = (p, c, wide, colour, alpha) => {
      pen.strokeStyle = colour; pen.lineWidth = wide; pen.globalAlpha = alpha;
      pen.beginPath(); pen.moveTo(seen[p][0], seen[p][1]); pen.lineTo(seen[c][0], seen[c][1]); pen.stroke();
    };
    for (const [p, c] of bones) {
      const thick = Math.max(2.5, (seen[p][2] + seen[c][2]) * 0.5 * 0.032), off = this.data.degrees[row + this.data.part_of[c]];
      if (dancer.person === "B" && off < 255 && off > 8) line(p, c, thick * 3.6, "#ff3b2a", Math.min((off - 8) / 40, 0.75));
      line(p, c, thick + 2, "#181b21", 0.8);
      line(p, c, thick, dancer.colour, 1);
    }
    if (!seen[this.head] || !seen[this.nose]) return;
    const [a, b] = [at[this.head], at[this.nose]], ball = this.project((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2);
    if (!ball) return;
    pen.globalAlpha = 0.92; pen.fillStyle = dancer.colour; pen.strokeStyle = "#181b21"; pen.lineWidth = 1.5;
    pen.beginPath(); pen.arc(ball[0], ball[1], Math.max(4, ball[2] * 0.09), 0, 7); pen.fill(); pen.stroke();
    pen.fillStyle = "#181b21"; pen.font = `600 ${Math.max(9, ball[2] * 0.1)}px system-ui, sans-serif`;
    pen.textAlign = "center"; pen.textBaseline = "middle"; pen.fillText(dancer.person, ball[0], ball[1] + 0.5);
    pen.globalAlpha = 1;
  }
}

class Heat {
  constructor(canvas, data, seek) {
    Object.assign(this, { canvas, data, seek, pen: canvas.getContext("2d"), row: 0 });
    this.parts = data.parts.map((part, i) => ({ ...part, i })).filter((part) => part.name !== "body");
    const go = (e) => {
      const share = (e.clientX - canvas.getBoundingClientRect().left - this.label) / this.span;
      seek(Math.max(0, Math.min(1, share)) * (data.rows - 1));
    };
    let down = false;
    canvas.addEventListener("pointerdown", (e) => { down = true; canvas.setPointerCapture(e.pointerId); go(e); });
    canvas.addEventListener("pointermove", (e) => { if (down) go(e); });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (down = false));
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  /* The picture of the differences is drawn once for each width; the cursor is drawn over it. */
  paint(width, ratio) {
    const { data, parts } = this, line = 17, sheet = document.createElement("canvas"), pen = sheet.getContext("2d");
    const columns = Math.max(1, Math.min(data.rows, Math.round(this.span * ratio)));
    sheet.width = columns; sheet.height = parts.length;
    parts.forEach((part, y) => {
      for (let x = 0; x < columns; x++) {
        const low = Math.floor((x * data.rows) / columns), high = Math.max(low + 1, Math.floor(((x + 1) * data.rows) / columns));
        let sum = 0, count = 0;
        for (let r = low; r < high; r++) { const v = data.degrees[r * data.parts.length + part.i]; if (v < 255) { sum += v; count++; } }
        pen.fillStyle = count ? heatColour(sum / count, data.full) : "#8a8f99";
        pen.fillRect(x, y, 1, 1);
      }
    });
    this.sheet = sheet; this.painted = `${width} ${ratio}`; this.line = line;
  }

  draw() {
    const { canvas, pen, data, parts } = this, ratio = window.devicePixelRatio || 1, width = canvas.clientWidth;
    if (!width) return;
    this.label = width < 520 ? 84 : 112; this.span = width - this.label - 2;
    if (this.painted !== `${width} ${ratio}`) this.paint(width, ratio);
    const height = parts.length * this.line, tone = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    canvas.style.height = `${height + 22}px`;
    canvas.width = Math.round(width * ratio); canvas.height = Math.round((height + 22) * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height + 22);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.sheet, this.label, 0, this.span, height);
    pen.font = `${width < 520 ? 11 : 12.5}px ${getComputedStyle(canvas).fontFamily}`; pen.textBaseline = "middle";
    parts.forEach((part, y) => {
      pen.fillStyle = tone("soft"); pen.fillText(part.title, 0, (y + 0.5) * this.line);
      pen.fillStyle = tone("card"); pen.fillRect(this.label, (y + 1) * this.line - 1, this.span, 1);
    });
    const first = data.time[0][0], last = data.time[0][data.rows - 1], long = Math.max(last - first, 1e-6);
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300].find((s) => s >= (long / this.span) * 80) || 600;
    pen.fillStyle = tone("soft"); pen.textAlign = "center";
    for (let t = Math.ceil(first / step) * step; t <= last; t += step) pen.fillText(`${step < 1 ? t.toFixed(1) : Math.round(t)} s`, Math.min(this.label + ((t - first) / long) * this.span, width - 14), height + 12);
    pen.textAlign = "left";
    pen.fillStyle = tone("ink");
    pen.fillRect(this.label + (this.row / Math.max(data.rows - 1, 1)) * this.span - 1, 0, 2, height);
  }
}

(() => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), by = (id) => document.getElementById(id);
  const data = JSON.parse(by("data").textContent), rows = data.rows, last = rows - 1;
  data.time = data.time.map((text) => new Float64Array(bytes(text).buffer));
  data.degrees = bytes(data.degrees);
  data.fps = 30;
  data.sides = data.joints.map(() => "mid");
  data.dancers = data.bodies.map((text, i) => ({
    xyz: new Int16Array(bytes(text).buffer), unit: data.unit, start: 0, frames: rows, state: null, person: "AB"[i], colour: data.colours[i],
  }));
  const [timeA, timeB] = data.time;
  const rowOf = (times, t) => {
    let low = 0, high = last;
    while (low < high) { const middle = (low + high + 1) >> 1; if (times[middle] <= t) low = middle; else high = middle - 1; }
    const next = Math.min(low + 1, last), step = times[next] - times[low];
    return low + (step > 0 ? Math.max(0, Math.min(1, (t - times[low]) / step)) : 0);
  };
  const at = (times, row) => { const low = Math.floor(row), next = Math.min(low + 1, last); return times[low] + (times[next] - times[low]) * (row - low); };

  /* Videos: each follows the clock, gently while it runs and at once when it is far off. */
  const plain = by("plain");
  const screens = [...document.querySelectorAll("video[data-side]")].map((video) => {
    const side = video.dataset.side, inside = by(`movie-${side}`).textContent, screen = { video, side, dead: false };
    const movie = inside === "a" ? by("movie-a").textContent : inside;
    if (movie) video.src = URL.createObjectURL(new Blob([bytes(movie)], { type: "video/mp4" }));
    video.addEventListener("error", () => { screen.dead = true; video.hidden = true; video.nextElementSibling.hidden = false; });
    video.addEventListener("loadedmetadata", () => show());
    video.addEventListener("click", () => toggle());
    return screen;
  });
  const clockOf = (side) => {
    if (side === "a") return at(timeA, row);
    return plain.checked ? timeB[0] + at(timeA, row) - timeA[0] : at(timeB, row);
  };
  const follow = () => {
    for (const { video, side, dead } of screens) {
      if (dead || !video.duration) continue;
      const wanted = Math.min(clockOf(side), video.duration - 0.01), off = wanted - video.currentTime;
      if (!playing) { video.pause(); if (Math.abs(off) > 0.02 && !video.seeking) video.currentTime = wanted; continue; }
      if (video.paused) video.play().catch(() => {});
      if (Math.abs(off) > 0.3) { if (!video.seeking) video.currentTime = wanted; continue; }
      const next = Math.min(row + 3, last), slope = side === "a" || plain.checked || next <= row ? 1 : (at(timeB, next) - at(timeB, row)) / (at(timeA, next) - at(timeA, row));
      video.playbackRate = Math.max(0.1, Math.min(4, rate * slope + off * 2));
    }
  };

  const spaces = [new Both(by("space"), data)];
  for (const canvas of document.querySelectorAll("[data-alone]")) {
    const dancer = data.dancers["ab".indexOf(canvas.dataset.alone)];
    spaces.push(new Both(canvas, { ...data, dancers: [dancer], degrees: new Uint8Array(data.degrees.length).fill(255) }));
  }
  for (const space of spaces) { space.yaw = 0; space.pitch = 0.06; }
  const heat = new Heat(by("heat"), data, (to) => seek(to));
  let row = 0, playing = false, rate = 1, before = 0, drawn = "";
  const show = () => {
    heat.row = row; heat.draw();
    for (const space of spaces) { space.frame = Math.round(row); space.draw(); }
    by("seek").value = Math.round(row);
    by("heat").setAttribute("aria-valuenow", at(timeA, row).toFixed(2));
    for (const clock of document.querySelectorAll("[data-clock]")) clock.textContent = `${clockOf(clock.dataset.clock).toFixed(2)} s`;
    follow();
  };
  const seek = (to) => { row = Math.max(0, Math.min(last, to)); show(); };
  const toggle = () => { playing = !playing; if (playing && row >= last) row = 0; by("play").textContent = playing ? "Pause" : "Play"; show(); };
  const step = (by_) => { if (playing) toggle(); seek(Math.round(row) + by_); };

  by("seek").max = last;
  by("heat").setAttribute("aria-valuemax", timeA[last].toFixed(2));
  by("seek").addEventListener("input", (e) => seek(Number(e.target.value)));
  by("play").addEventListener("click", toggle);
  by("back").addEventListener("click", () => step(-1));
  by("next").addEventListener("click", () => step(1));
  by("speed").addEventListener("change", (e) => (rate = Number(e.target.value)));
  plain.addEventListener("change", show);
  const first = screens.find((one) => one.side === "a"), sound = by("sound");
  sound.hidden = !first;
  sound.addEventListener("click", () => { first.video.muted = !first.video.muted; sound.setAttribute("aria-pressed", String(!first.video.muted)); });
  for (const button of document.querySelectorAll("[data-seek]")) button.addEventListener("click", () => seek(rowOf(timeA, Number(button.dataset.seek))));
  for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => spaces[0].look(button.dataset.view));
  for (const button of document.querySelectorAll("[data-toggle]")) {
    button.addEventListener("click", () => { spaces[0].set(button.dataset.toggle, !spaces[0][button.dataset.toggle]); spaces[0].draw(); });
  }
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || /^(SELECT|BUTTON|VIDEO|SUMMARY|A|INPUT)$/.test(e.target.tagName)) return;
    if (e.key === " ") toggle();
    else if (e.key === "ArrowLeft" || e.key === "ArrowRight") step(e.key === "ArrowLeft" ? -1 : 1);
    else return;
    e.preventDefault();
  });
  const opened = /^#t=([\d.]+)$/.exec(location.hash); // compare.html#t=1.5 opens there, on A's clock
  seek(opened ? rowOf(timeA, Number(opened[1])) : 0);
  const tick = (stamp) => {
    const gone = Math.min((stamp - before) / 1000, 0.1);
    before = stamp;
    if (playing) {
      row = rowOf(timeA, at(timeA, row) + gone * rate);
      if (row >= last) toggle(); else show();
    } else follow();
    if (spaces[0].turn) { spaces[0].yaw += gone * 0.6; spaces[0].draw(); }
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
})();
