"use strict";
/* How a body looks in a 3D view: sticks, or rounded limbs in the girths of the body that the glTF file has. */
const Figure = {
  edge: "#181b21",
  /* Radii in metres at both ends of a limb, of a body with a trunk of 0.49 m; from io/capsule_mesh.py. */
  girth: {
    elbow: [0.052, 0.038], wrist: [0.039, 0.026], hand: [0.036, 0.03], knee: [0.086, 0.056], ankle: [0.054, 0.038],
    toe: [0.04, 0.03], heel: [0.04, 0.038], nose: [0.06, 0.05],
  },
  trunk: [["left_hip", 0.098], ["right_hip", 0.098], ["spine", 0.126], ["thorax", 0.12], ["left_shoulder", 0.055], ["right_shoulder", 0.055]],

  shadow(space, joints, faint) {
    const pen = space.pen;
    pen.strokeStyle = "#000000"; pen.globalAlpha = 0.3 * faint;
    pen.lineWidth = Math.max(2, (space.focal / space.away) * (space.mesh ? 0.1 : 0.05));
    for (const [p, c] of space.data.bones) {
      if (joints[p] && joints[c]) space.path([[joints[p][0], 0, joints[p][2]], [joints[c][0], 0, joints[c][2]]]);
    }
  },

  sticks(space, dancer, joints, alpha) {
    const pen = space.pen, seen = joints.map((j) => j && space.project(...j)), parts = [];
    for (const [p, c] of space.data.bones) {
      if (seen[p] && seen[c] && c !== space.head) parts.push([(seen[p][3] + seen[c][3]) / 2, p, c]);
    }
    parts.sort((a, b) => b[0] - a[0]);
    pen.globalAlpha = alpha;
    for (const [, p, c] of parts) {
      const [a, b] = [seen[p], seen[c]], thick = Math.max(2.5, (a[2] + b[2]) * 0.5 * 0.045);
      for (const [extra, colour] of [[2.5, Figure.edge], [0, space.colours[space.data.sides[c]]]]) {
        pen.strokeStyle = colour; pen.lineWidth = thick + extra;
        pen.beginPath(); pen.moveTo(a[0], a[1]); pen.lineTo(b[0], b[1]); pen.stroke();
      }
    }
    Figure.face(space, dancer, joints, seen, space.data.dancers.length > 1 ? dancer.colour : space.colours.mid);
  },

  /* Limbs are hulls of two circles, the trunk is the hull of six; far ones first. */
  mesh(space, dancer, joints, alpha) {
    const pen = space.pen, seen = joints.map((j) => j && space.project(...j)), names = space.data.joints, parts = [];
    const several = space.data.dancers.length > 1, size = Figure.size(space, joints);
    for (const [p, c] of space.data.bones) {
      const ends = Figure.girth[names[c].replace(/^(left|right)_/, "")];
      if (!ends || !seen[p] || !seen[c]) continue;
      const circles = [[seen[p][0], seen[p][1], ends[0] * size * seen[p][2]], [seen[c][0], seen[c][1], ends[1] * size * seen[c][2]]];
      parts.push([(seen[p][3] + seen[c][3]) / 2, circles, names[c] === "nose" ? "#dbb294" : space.colours[space.data.sides[c]]]);
    }
    const trunk = Figure.trunk.map(([name, r]) => [seen[names.indexOf(name)], r]).filter(([at]) => at);
    if (trunk.length === Figure.trunk.length) {
      const depth = trunk.reduce((sum, [at]) => sum + at[3], 0) / trunk.length;
      parts.push([depth, trunk.map(([at, r]) => [at[0], at[1], r * size * at[2]]), several ? dancer.colour : "#8a93a0"]);
    }
    const skull = Figure.skull(space, joints);
    if (skull) parts.push([skull[3], [[skull[0], skull[1], Math.max(4, skull[2] * 0.1 * size)]], "#dbb294", true]);
    parts.sort((a, b) => b[0] - a[0]);
    for (const [, circles, colour, head] of parts) {
      pen.globalAlpha = alpha;
      Figure.hull(pen, circles);
      pen.fillStyle = Figure.shaded(pen, circles, colour); pen.fill();
      pen.strokeStyle = Figure.edge; pen.lineWidth = 0.75; pen.stroke();
      if (head && several) Figure.number(pen, dancer, circles[0], circles[0][2] * 1.1);
    }
  },

  /* How large the body is, 1 for a trunk of 0.49 m. */
  size(space, joints) {
    const [a, b] = ["pelvis", "thorax"].map((name) => joints[space.data.joints.indexOf(name)]);
    return a && b ? Math.max(0.6, Math.min(1.4, Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) / 0.49)) : 1;
  },

  skull(space, joints) {
    const [a, b] = [joints[space.head], joints[space.nose]];
    return a && b && space.project((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2);
  },

  face(space, dancer, joints, seen, colour) {
    const at = seen[space.head] && seen[space.nose] && Figure.skull(space, joints), pen = space.pen;
    if (!at) return;
    const radius = Math.max(4, at[2] * 0.095);
    pen.fillStyle = colour; pen.strokeStyle = Figure.edge; pen.lineWidth = 1.5;
    pen.beginPath(); pen.arc(at[0], at[1], radius, 0, 7); pen.fill(); pen.stroke();
    if (space.data.dancers.length > 1) Figure.number(pen, dancer, at, Math.max(9, at[2] * 0.1));
  },

  number(pen, dancer, at, height) {
    pen.fillStyle = Figure.edge; pen.font = `600 ${height}px system-ui, sans-serif`;
    pen.textAlign = "center"; pen.textBaseline = "middle"; pen.fillText(dancer.person, at[0], at[1] + 0.5);
  },

  /* Light from the upper left: a gradient across the circles' box. */
  shaded(pen, circles, colour) {
    const left = Math.min(...circles.map(([x, , r]) => x - r)), right = Math.max(...circles.map(([x, , r]) => x + r));
    const top = Math.min(...circles.map(([, y, r]) => y - r)), bottom = Math.max(...circles.map(([, y, r]) => y + r));
    const light = pen.createLinearGradient(left, top, right, bottom);
    light.addColorStop(0, Figure.mixed(colour, 255, 0.32)); light.addColorStop(0.45, colour); light.addColorStop(1, Figure.mixed(colour, 0, 0.42));
    return light;
  },

  mixed(colour, with_, share) {
    const parts = [1, 3, 5].map((i) => Math.round(parseInt(colour.slice(i, i + 2), 16) * (1 - share) + with_ * share));
    return `rgb(${parts.join(",")})`;
  },

  /* The outline around circles [x, y, radius], as a path of the pen. */
  hull(pen, circles) {
    const points = [];
    for (const [x, y, r] of circles) for (let k = 0; k < 14; k++) points.push([x + r * Math.cos(k * 0.4488), y + r * Math.sin(k * 0.4488)]);
    points.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const half = (list) => {
      const out = [];
      for (const p of list) {
        while (out.length > 1 && (out.at(-1)[0] - out.at(-2)[0]) * (p[1] - out.at(-2)[1]) <= (out.at(-1)[1] - out.at(-2)[1]) * (p[0] - out.at(-2)[0])) out.pop();
        out.push(p);
      }
      return out.slice(0, -1);
    };
    const outline = [...half(points), ...half(points.slice().reverse())];
    pen.beginPath();
    outline.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.closePath();
  },
};
