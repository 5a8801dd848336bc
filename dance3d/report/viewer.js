"use strict";
/* A small 3D view on a 2D canvas: floor, shadows, skeletons; turned by drag, touch or arrow keys, zoomed by wheel or pinch. */
class Space {
  constructor(canvas, data) {
    this.canvas = canvas;
    this.data = data;
    this.pen = canvas.getContext("2d");
    this.yaw = 0.45; this.pitch = 0.14; this.zoom = 1;
    this.turn = false; this.trails = false;
    this.frame = 0; this.chosen = 0;
    this.colours = { left: "#ff9f43", right: "#54acff", mid: "#f4f1ea" };
    this.head = data.joints.indexOf("head");
    this.nose = data.joints.indexOf("nose");
    this.tips = ["left_wrist", "right_wrist", "left_ankle", "right_ankle"].map((j) => data.joints.indexOf(j));
    this.span();
    this.listen();
  }

  /* Middle and reach of the whole dance, so that nobody leaves the view. */
  span() {
    const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
    for (const dancer of this.data.dancers) {
      const values = dancer.xyz;
      for (let i = 0; i < values.length; i += 3) {
        if (values[i] === this.data.missing) continue;
        for (let k = 0; k < 3; k++) {
          const v = values[i + k] * dancer.unit;
          if (v < low[k]) low[k] = v;
          if (v > high[k]) high[k] = v;
        }
      }
    }
    const known = isFinite(low[0]);
    this.centre = known ? [(low[0] + high[0]) / 2, Math.min(0.95, (low[1] + high[1]) / 2), (low[2] + high[2]) / 2] : [0, 0.9, 0];
    this.reach = known ? Math.max(1.05, Math.hypot(high[0] - low[0], high[2] - low[2]) / 2, (high[1] - Math.min(low[1], 0)) * 0.56) : 1.2;
  }

  listen() {
    const points = new Map();
    let spread = 0;
    const gap = () => { const [a, b] = [...points.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };
    this.canvas.addEventListener("pointerdown", (e) => {
      this.canvas.setPointerCapture(e.pointerId);
      points.set(e.pointerId, [e.clientX, e.clientY]);
      if (points.size === 2) spread = gap();
      this.set("turn", false);
    });
    this.canvas.addEventListener("pointermove", (e) => {
      const before = points.get(e.pointerId);
      if (!before) return;
      points.set(e.pointerId, [e.clientX, e.clientY]);
      if (points.size === 2) {
        const now = gap();
        this.scale(now / (spread || now));
        spread = now;
      } else {
        this.rotate((before[0] - e.clientX) * 0.009, e.pointerType === "touch" ? 0 : (e.clientY - before[1]) * 0.007);
      }
    });
    for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, (e) => points.delete(e.pointerId));
    this.canvas.addEventListener("wheel", (e) => { e.preventDefault(); this.scale(Math.exp(-e.deltaY * 0.0012)); }, { passive: false });
    this.canvas.addEventListener("keydown", (e) => {
      const step = { ArrowLeft: [0.12, 0], ArrowRight: [-0.12, 0], ArrowUp: [0, 0.08], ArrowDown: [0, -0.08] }[e.key];
      if (step) this.rotate(...step);
      else if (e.key === "+" || e.key === "-") this.scale(e.key === "+" ? 1.15 : 1 / 1.15);
      else return;
      e.preventDefault(); e.stopPropagation();
    });
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  rotate(yaw, pitch) {
    this.yaw += yaw;
    this.pitch = Math.max(-0.1, Math.min(1.55, this.pitch + pitch));
    this.draw();
  }

  scale(by) { this.zoom = Math.max(0.5, Math.min(5, this.zoom * by)); this.draw(); }

  look(view) {
    [this.yaw, this.pitch] = { front: [0, 0.06], side: [Math.PI / 2, 0.06], top: [0, 1.55] }[view];
    this.zoom = 1;
    this.set("turn", false);
    this.draw();
  }

  set(name, value) {
    this[name] = value;
    const button = document.querySelector(`[data-toggle="${name}"]`);
    if (button) button.setAttribute("aria-pressed", String(value));
  }

  /* World metres to pixels: [x, y, pixels per metre, depth], null behind the eye. */
  project(x, y, z) {
    const dx = x - this.centre[0], dy = y - this.centre[1], dz = z - this.centre[2];
    const across = dx * this.cy - dz * this.sy, deep = dx * this.sy + dz * this.cy;
    const up = dy * this.cp - deep * this.sp, near = dy * this.sp + deep * this.cp;
    const depth = this.away - near;
    if (depth < 0.1) return null;
    const k = this.focal / depth;
    return [this.width / 2 + across * k, this.height * 0.48 - up * k, k, depth];
  }

  joints(dancer, frame) {
    const row = frame - dancer.start, count = this.data.joints.length;
    if (row < 0 || row >= dancer.frames) return null;
    const out = [];
    let some = false;
    for (let j = 0; j < count; j++) {
      const i = (row * count + j) * 3, raw = dancer.xyz;
      const here = raw[i] !== this.data.missing;
      some = some || here;
      out.push(here ? [raw[i] * dancer.unit, raw[i + 1] * dancer.unit, raw[i + 2] * dancer.unit] : null);
    }
    return some ? out : null;
  }

  draw() {
    const ratio = window.devicePixelRatio || 1, box = this.canvas.getBoundingClientRect(), pen = this.pen;
    this.width = box.width; this.height = box.height;
    const w = Math.round(box.width * ratio), h = Math.round(box.height * ratio);
    if (!w || !h) return;
    if (this.canvas.width !== w || this.canvas.height !== h) { this.canvas.width = w; this.canvas.height = h; }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, box.width, box.height);
    this.cy = Math.cos(this.yaw); this.sy = Math.sin(this.yaw);
    this.cp = Math.cos(this.pitch); this.sp = Math.sin(this.pitch);
    this.away = this.reach * 4.2;
    this.focal = (Math.min(box.width, box.height * 1.05) * 0.43 / this.reach) * this.away * this.zoom;
    pen.lineCap = "round"; pen.lineJoin = "round";
    this.floor();
    this.data.dancers.forEach((dancer, i) => {
      const joints = this.joints(dancer, this.frame);
      const faint = this.data.dancers.length > 1 && i !== this.chosen ? 0.38 : 1;
      if (this.trails) this.trail(dancer, faint);
      if (joints) this.body(dancer, joints, faint);
    });
    pen.globalAlpha = 1;
  }

  floor() {
    const pen = this.pen, size = Math.ceil(this.reach * 1.5 * 2) / 2, [x0, , z0] = this.centre.map((v) => Math.round(v * 2) / 2);
    pen.lineWidth = 1;
    pen.strokeStyle = "#ffffff";
    for (let k = -size; k <= size + 1e-6; k += 0.5) {
      pen.globalAlpha = (Math.abs(k % 1) < 1e-6 ? 0.13 : 0.055) * (1 - 0.5 * Math.abs(k) / size);
      this.path([[x0 + k, 0, z0 - size], [x0 + k, 0, z0 + size]]);
      this.path([[x0 - size, 0, z0 + k], [x0 + size, 0, z0 + k]]);
    }
  }

  path(points) {
    const seen = points.map((p) => this.project(...p));
    if (seen.some((p) => p === null)) return;
    this.pen.beginPath();
    seen.forEach((p, i) => (i ? this.pen.lineTo(p[0], p[1]) : this.pen.moveTo(p[0], p[1])));
    this.pen.stroke();
  }

  trail(dancer, faint) {
    const pen = this.pen, length = Math.round(this.data.fps * 1.2);
    for (const tip of this.tips) {
      let before = null;
      pen.strokeStyle = this.colours[this.data.sides[tip]];
      for (let k = length; k >= 0; k--) {
        const joints = this.joints(dancer, this.frame - k), at = joints && joints[tip];
        const now = at && this.project(...at);
        if (now && before) {
          pen.globalAlpha = faint * 0.55 * (1 - k / length);
          pen.lineWidth = Math.max(1, now[2] * 0.012);
          pen.beginPath(); pen.moveTo(before[0], before[1]); pen.lineTo(now[0], now[1]); pen.stroke();
        }
        before = now;
      }
    }
  }

  body(dancer, joints, faint) {
    const pen = this.pen, sure = dancer.state[this.frame - dancer.start] === 2 ? 1 : 0.5;
    pen.strokeStyle = "#000000";
    pen.globalAlpha = 0.3 * faint;
    for (const [p, c] of this.data.bones) {
      if (!joints[p] || !joints[c]) continue;
      pen.lineWidth = Math.max(2, this.focal / this.away * 0.05);
      this.path([[joints[p][0], 0, joints[p][2]], [joints[c][0], 0, joints[c][2]]]);
    }
    const seen = joints.map((j) => j && this.project(...j));
    const parts = [];
    for (const [p, c] of this.data.bones) {
      if (seen[p] && seen[c] && c !== this.head) parts.push([(seen[p][3] + seen[c][3]) / 2, p, c]);
    }
    parts.sort((a, b) => b[0] - a[0]);
    pen.globalAlpha = faint * sure;
    for (const [, p, c] of parts) {
      const [a, b] = [seen[p], seen[c]], thick = Math.max(2.5, (a[2] + b[2]) * 0.5 * 0.045);
      for (const [extra, colour] of [[2.5, "#181b21"], [0, this.colours[this.data.sides[c]]]]) {
        pen.strokeStyle = colour; pen.lineWidth = thick + extra;
        pen.beginPath(); pen.moveTo(a[0], a[1]); pen.lineTo(b[0], b[1]); pen.stroke();
      }
    }
    if (seen[this.head] && seen[this.nose]) {
      const [a, b] = [joints[this.head], joints[this.nose]], at = this.project((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2);
      if (at) {
        const several = this.data.dancers.length > 1;
        pen.fillStyle = several ? dancer.colour : this.colours.mid; pen.strokeStyle = "#181b21"; pen.lineWidth = 1.5;
        pen.beginPath(); pen.arc(at[0], at[1], Math.max(4, at[2] * 0.095), 0, 7); pen.fill(); pen.stroke();
        if (several) {
          pen.fillStyle = "#181b21"; pen.font = `600 ${Math.max(9, at[2] * 0.1)}px system-ui, sans-serif`;
          pen.textAlign = "center"; pen.textBaseline = "middle"; pen.fillText(dancer.person, at[0], at[1] + 0.5);
        }
      }
    }
  }
}
