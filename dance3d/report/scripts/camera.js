"use strict";
/* The eye of a 3D view on a 2D canvas: turned by drag, touch or arrow keys, zoomed by wheel or pinch. */
class Camera {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.yaw = 0.45; this.pitch = 0.14; this.zoom = 1; this.mirror = 1;
    this.centre = [0, 0.9, 0]; this.reach = 1.2;
    this.turn = false;
    this.listen();
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
        this.rotate((before[0] - e.clientX) * 0.009 * this.mirror, e.pointerType === "touch" ? 0 : (e.clientY - before[1]) * 0.007);
      }
    });
    for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, (e) => points.delete(e.pointerId));
    this.canvas.addEventListener("wheel", (e) => { if (e.ctrlKey || document.activeElement === this.canvas) { e.preventDefault(); this.scale(Math.exp(-e.deltaY * 0.0012)); } }, { passive: false });
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

  /* A switch of the view, with its button. */
  set(name, value) {
    this[name] = value;
    const button = document.querySelector(`[data-toggle="${name}"]`);
    if (button) button.setAttribute("aria-pressed", String(value));
  }

  /* Makes the canvas as sharp as the screen, and the projection for it; false where it has no size. */
  aim() {
    const ratio = window.devicePixelRatio || 1, wide = this.canvas.clientWidth, tall = this.canvas.clientHeight, pen = this.pen;
    const w = Math.round(wide * ratio), h = Math.round(tall * ratio);
    if (!w || !h) return false;
    if (this.canvas.width !== w || this.canvas.height !== h) { this.canvas.width = w; this.canvas.height = h; }
    this.width = wide; this.height = tall;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, wide, tall);
    this.cy = Math.cos(this.yaw); this.sy = Math.sin(this.yaw);
    this.cp = Math.cos(this.pitch); this.sp = Math.sin(this.pitch);
    this.away = this.reach * 4.2;
    this.focal = (Math.min(wide, tall * 1.05) * 0.43 / this.reach) * this.away * this.zoom;
    pen.lineCap = "round"; pen.lineJoin = "round";
    return true;
  }

  /* World metres to pixels: [x, y, pixels per metre, depth], null behind the eye. */
  project(x, y, z) {
    const dx = x - this.centre[0], dy = y - this.centre[1], dz = z - this.centre[2];
    const across = dx * this.cy - dz * this.sy, deep = dx * this.sy + dz * this.cy;
    const up = dy * this.cp - deep * this.sp, near = dy * this.sp + deep * this.cp;
    const depth = this.away - near;
    if (depth < 0.1) return null;
    const k = this.focal / depth;
    return [this.width / 2 + this.mirror * across * k, this.height * 0.48 - up * k, k, depth];
  }

  path(points, fill) {
    const seen = points.map((p) => this.project(...p));
    if (seen.some((p) => p === null)) return;
    this.pen.beginPath();
    seen.forEach((p, i) => (i ? this.pen.lineTo(p[0], p[1]) : this.pen.moveTo(p[0], p[1])));
    if (fill) this.pen.fill(); else this.pen.stroke();
  }
}
