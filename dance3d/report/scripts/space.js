"use strict";
/* The room: floor, footprints, paths and dancers; the eye follows one of them, or sees the whole dance. */
class Space extends Camera {
  constructor(canvas, data) {
    super(canvas);
    this.data = data;
    this.trails = false; this.follow = false; this.mesh = false; this.prints = false;
    this.frame = 0; this.chosen = 0;
    this.colours = { left: "#ff9f43", right: "#54acff", mid: "#f4f1ea" };
    this.head = data.joints.indexOf("head");
    this.nose = data.joints.indexOf("nose");
    this.pelvis = data.joints.indexOf("pelvis");
    this.tips = ["left_wrist", "right_wrist", "left_ankle", "right_ankle"].map((j) => data.joints.indexOf(j));
    this.span();
  }

  /* Middle and reach of the whole dance, in which nobody leaves the view. */
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
    this.whole = {
      centre: known ? [(low[0] + high[0]) / 2, Math.min(0.95, (low[1] + high[1]) / 2), (low[2] + high[2]) / 2] : [0, 0.9, 0],
      reach: known ? Math.max(1.05, Math.hypot(high[0] - low[0], high[2] - low[2]) / 2, (high[1] - Math.min(low[1], 0)) * 0.56) : 1.2,
    };
    Object.assign(this, this.whole);
  }

  /* The chosen dancer's way, the mean of half a second to either side; while nobody is seen the eye stays. */
  way() {
    const dancer = this.data.dancers[this.chosen], half = Math.round(this.data.fps / 2), count = this.data.joints.length;
    if (dancer.way) return dancer.way;
    const raw = dancer.xyz, mean = [0, 1, 2].map(() => new Float64Array(dancer.frames));
    let before = this.whole.centre;
    for (let row = 0; row < dancer.frames; row++) {
      let sum = [0, 0, 0], many = 0;
      for (let k = Math.max(0, row - half); k <= Math.min(dancer.frames - 1, row + half); k++) {
        const i = (k * count + this.pelvis) * 3;
        if (raw[i] === this.data.missing) continue;
        many++;
        for (let a = 0; a < 3; a++) sum[a] += raw[i + a] * dancer.unit;
      }
      if (many) before = sum.map((s) => s / many);
      for (let a = 0; a < 3; a++) mean[a][row] = before[a];
    }
    return (dancer.way = mean);
  }

  eye() {
    if (!this.follow || !this.data.dancers.length) { Object.assign(this, this.whole); return; }
    const dancer = this.data.dancers[this.chosen], row = Math.max(0, Math.min(dancer.frames - 1, this.frame - dancer.start));
    const [x, y, z] = this.way();
    this.centre = [x[row], Math.max(0.75, Math.min(y[row], 1.6)), z[row]];
    this.reach = 1.12;
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
    if (!this.data) return;
    this.eye();
    if (!this.aim()) return;
    this.floor();
    const drawn = this.data.dancers.map((dancer, i) => ({ dancer, i, joints: this.joints(dancer, this.frame) }));
    for (const one of drawn) { // far dancers first
      one.faint = drawn.length > 1 && one.i !== this.chosen ? 0.38 : 1;
      const at = one.joints && one.joints[this.pelvis < 0 ? 0 : this.pelvis];
      one.depth = at ? (this.project(...at) || [0, 0, 0, 0])[3] : Infinity;
      if (this.prints && one.dancer.feet) this.footprints(one.dancer, one.faint);
      if (this.trails) this.trail(one.dancer, one.faint);
    }
    for (const { dancer, joints, faint } of drawn.sort((a, b) => b.depth - a.depth)) if (joints) this.body(dancer, joints, faint);
    this.pen.globalAlpha = 1;
  }

  body(dancer, joints, faint) {
    const sure = dancer.state[this.frame - dancer.start] === 2 ? 1 : 0.5;
    Figure.shadow(this, joints, faint);
    Figure[this.mesh ? "mesh" : "sticks"](this, dancer, joints, faint * sure);
  }

  /* A grid of half metres that stays where it is in the world, round the middle of the view. */
  floor() {
    const pen = this.pen, size = Math.ceil(this.reach * 1.5 * 2) / 2, [x0, , z0] = this.centre.map((v) => Math.round(v * 2) / 2);
    pen.lineWidth = 1;
    pen.strokeStyle = "#ffffff";
    for (let k = -size; k <= size + 1e-6; k += 0.5) {
      const fade = 1 - 0.5 * Math.abs(k) / size;
      pen.globalAlpha = (Math.abs((x0 + k) % 1) < 1e-6 ? 0.16 : 0.07) * fade;
      this.path([[x0 + k, 0, z0 - size], [x0 + k, 0, z0 + size]]);
      pen.globalAlpha = (Math.abs((z0 + k) % 1) < 1e-6 ? 0.16 : 0.07) * fade;
      this.path([[x0 - size, 0, z0 + k], [x0 + size, 0, z0 + k]]);
    }
  }

  /* Where feet stood in the last four seconds: a sole and a heel each, the older the paler. */
  footprints(dancer, faint) {
    const pen = this.pen, row = this.frame - dancer.start, long = 4 * this.data.fps;
    for (const [side, start, stop, x, z, degrees] of dancer.feet) {
      if (start > row || row - stop > long) continue;
      const turn = (degrees * Math.PI) / 180, fx = Math.sin(turn), fz = Math.cos(turn);
      pen.fillStyle = this.colours[side ? "right" : "left"];
      pen.globalAlpha = faint * (row < stop ? 0.85 : 0.45 * (1 - (row - stop) / long));
      for (const [ahead, long_, wide] of [[0.1, 0.085, 0.045], [-0.05, 0.045, 0.034]]) {
        const ring = [];
        for (let k = 0; k < 12; k++) {
          const a = ahead + long_ * Math.cos(k * Math.PI / 6), b = wide * Math.sin(k * Math.PI / 6);
          ring.push([x + a * fx + b * fz, 0.002, z + a * fz - b * fx]);
        }
        this.path(ring, true);
      }
    }
  }

  trail(dancer, faint) {
    const pen = this.pen, length = Math.round(this.data.fps * 1.2), count = this.data.joints.length, raw = dancer.xyz;
    for (const tip of this.tips) {
      let before = null;
      pen.strokeStyle = this.colours[this.data.sides[tip]];
      for (let k = length; k >= 0; k--) {
        const row = this.frame - k - dancer.start, i = (row * count + tip) * 3;
        const here = row >= 0 && row < dancer.frames && raw[i] !== this.data.missing;
        const now = here && this.project(raw[i] * dancer.unit, raw[i + 1] * dancer.unit, raw[i + 2] * dancer.unit);
        if (now && before) {
          pen.globalAlpha = faint * 0.55 * (1 - k / length);
          pen.lineWidth = Math.max(1, now[2] * 0.012);
          pen.beginPath(); pen.moveTo(before[0], before[1]); pen.lineTo(now[0], now[1]); pen.stroke();
        }
        before = now;
      }
    }
  }
}
