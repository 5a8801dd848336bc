"use strict";
/* Joint angles, speeds and symmetry over time, each with the band in which two of three true values lie, and as a table to keep. */
class Curves {
  constructor(panel, data, dancer, seek) {
    Object.assign(this, { data, dancer, seek, frame: 0 });
    this.place = panel.querySelector("[data-curves]");
    if (!this.place || !dancer.curves.length) return;
    this.fold = this.place.closest("details");
    this.group = panel.querySelector("[data-group]");
    this.fold.addEventListener("toggle", () => this.fill());
    this.group.addEventListener("change", () => this.fill());
    panel.querySelector("[data-csv]").addEventListener("click", () => this.keep(dancer.curves, "measurements"));
    new ResizeObserver(() => this.draw()).observe(this.place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  figures() {
    const found = new Map();
    for (const curve of this.dancer.curves) if (curve.group === this.group.value) found.set(curve.figure, [...(found.get(curve.figure) || []), curve]);
    return found;
  }

  fill() {
    this.drawn = [];
    if (!this.fold.open) return;
    this.place.replaceChildren();
    for (const [figure, curves] of this.figures()) {
      const box = document.createElement("figure"), head = document.createElement("figcaption"), canvas = document.createElement("canvas"), now = document.createElement("output"), keep = document.createElement("button"), title = document.createElement("b");
      title.textContent = `${figure}, ${curves[0].unit}`;
      keep.type = "button"; keep.textContent = "CSV"; keep.className = "small"; keep.setAttribute("aria-label", `Keep ${figure} as CSV`);
      keep.addEventListener("click", () => this.keep(curves, figure.toLowerCase().replace(/[^a-z]+/g, "-")));
      canvas.setAttribute("role", "img"); canvas.setAttribute("aria-label", this.described(figure, curves));
      canvas.addEventListener("click", (e) => this.seek(this.from + (e.offsetX / canvas.clientWidth) * (this.to - this.from)));
      head.append(title, now, keep); box.append(head, canvas);
      this.place.append(box);
      this.drawn.push({ canvas, curves, now });
    }
    this.draw();
    this.show(this.frame);
  }

  value(curve, row, list = "values") {
    const raw = row >= 0 && row < curve[list].length ? curve[list][row] : this.data.missing;
    return raw === this.data.missing ? null : raw * curve.scale;
  }

  /* In words, for those who do not see it: from where to where each curve goes. */
  described(figure, curves) {
    return `${figure}: ` + curves.map((curve) => {
      let low = Infinity, high = -Infinity;
      for (const raw of curve.values) if (raw !== this.data.missing) { low = Math.min(low, raw); high = Math.max(high, raw); }
      return low > high ? `${curve.side} unknown` : `${curve.side === "mid" ? "" : curve.side} from ${(low * curve.scale).toFixed(curve.digits)} to ${(high * curve.scale).toFixed(curve.digits)} ${curve.unit}`;
    }).join("; ");
  }

  window(from, to) { this.from = from; this.to = to; this.draw(); }

  show(frame) {
    this.frame = frame;
    if (!this.drawn || !this.fold.open) return;
    const row = frame - this.dancer.start;
    for (const { curves, now } of this.drawn) {
      now.textContent = curves.map((curve) => {
        const value = this.value(curve, row), band = this.value(curve, row, "bands"), who = curve.side === "mid" ? "" : `${curve.side} `;
        return value === null ? `${who}–` : `${who}${value.toFixed(curve.digits)}${band === null ? "" : ` ± ${band.toFixed(curve.digits)}`}`;
      }).join(", ");
    }
    this.cursor();
  }

  cursor() {
    const x = (this.data.time[this.frame] - this.from) / (this.to - this.from);
    for (const { canvas } of this.drawn) canvas.parentElement.style.setProperty("--at", `${Math.max(0, Math.min(1, x)) * canvas.clientWidth}px`);
  }

  draw() {
    if (!this.drawn || !this.fold.open || this.from === undefined) return;
    const style = getComputedStyle(this.place), ratio = window.devicePixelRatio || 1;
    for (const { canvas, curves } of this.drawn) {
      const width = canvas.clientWidth, height = 96, pen = canvas.getContext("2d");
      if (!width) return;
      canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      const rows = [], first = this.dancer.start;
      for (let row = 0; row < this.dancer.frames; row++) {
        const t = this.data.time[row + first];
        if (t >= this.from - 0.1 && t <= this.to + 0.1) rows.push([row, ((t - this.from) / (this.to - this.from)) * width]);
      }
      const known = curves.flatMap((curve) => rows.map(([row]) => this.value(curve, row))).filter((v) => v !== null);
      let [low, high] = curves[0].range || [Math.min(...known, 0), Math.max(...known, 1e-3) * 1.05];
      const y = (v) => height - 14 - ((v - low) / (high - low)) * (height - 24), clipped = (v) => Math.max(2, Math.min(height - 12, y(v)));
      pen.font = `11px ${style.fontFamily}`; pen.textBaseline = "middle";
      for (const v of [low, (low + high) / 2, high]) {
        pen.fillStyle = style.getPropertyValue("--line"); pen.fillRect(0, y(v), width, 1);
        pen.fillStyle = style.getPropertyValue("--soft"); pen.fillText(v.toFixed(curves[0].digits), 0, Math.max(6, y(v) - 6));
      }
      for (const curve of curves) {
        const colour = style.getPropertyValue(`--${curve.side}`).trim();
        this.pieces(curve, rows, (piece) => {
          pen.fillStyle = colour; pen.globalAlpha = 0.2; pen.beginPath();
          piece.forEach(([x, v, band], i) => (i ? pen.lineTo(x, clipped(v + (band || 0))) : pen.moveTo(x, clipped(v + (band || 0)))));
          piece.slice().reverse().forEach(([x, v, band]) => pen.lineTo(x, clipped(v - (band || 0))));
          pen.fill(); pen.globalAlpha = 1;
          pen.strokeStyle = colour; pen.lineWidth = 1.5; pen.beginPath();
          piece.forEach(([x, v], i) => (i ? pen.lineTo(x, clipped(v)) : pen.moveTo(x, clipped(v))));
          pen.stroke();
        });
      }
    }
    this.cursor();
  }

  /* The stretches of a curve without a gap, as [x, value, band]. */
  pieces(curve, rows, each) {
    let piece = [];
    for (const [row, x] of rows) {
      const value = this.value(curve, row);
      if (value !== null) piece.push([x, value, this.value(curve, row, "bands")]);
      else if (piece.length) { each(piece); piece = []; }
    }
    if (piece.length) each(piece);
  }

  keep(curves, name) {
    const column = (curve) => `${curve.side === "mid" ? "" : `${curve.side}_`}${curve.figure.toLowerCase().replace(/[^a-z]+/g, "_")}_${curve.column}`;
    const lines = [["frame", "time_s", ...curves.flatMap((curve) => [column(curve), `${column(curve)}_within`])].join(",")];
    for (let row = 0; row < this.dancer.frames; row++) {
      const cells = curves.flatMap((curve) => ["values", "bands"].map((list) => { const v = this.value(curve, row, list); return v === null ? "" : v.toFixed(curve.digits + 1); }));
      lines.push([row + this.dancer.start, this.data.time[row + this.dancer.start].toFixed(4), ...cells].join(","));
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
    link.download = `dancer-${this.dancer.person}-${name}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}
