// Labels of one dancer on a timeline: drag in a lane, or I and O at the picture; what is chosen goes with Delete.
import { ask, button, field, file, h, problem, select, seconds } from "./ask.js";

export async function labelPage(main, state, [name, person], { moved }) {
  if (!moved) return; // the user is at work on it
  const [one, kept] = await Promise.all([ask("GET", `/api/results/${encodeURIComponent(name)}`), ask("GET", "/api/labels")]);
  const clip = one.dancers.length > 1 ? `${one.clip}-person-${person}` : one.clip;
  const work = { one, clip, kept, chosen: null, from: null, lanes: new Set(kept.labels.map((l) => l.movement)) };
  const video = h("video", { src: file(`results/${name}/overlay.mp4`) + "#t=0.01", controls: true, preload: "metadata" });
  const lanes = h("div", { className: "lanes", tabIndex: 0, role: "group", "aria-label": "labels" });
  const active = select([], { "aria-label": "movement that I and O label" });
  const at = () => video.currentTime;
  const said = h("span", { className: "quiet", role: "status" });

  async function save() {
    try {
      problem(null);
      work.kept.version = (await ask("PUT", "/api/labels", { labels: work.kept.labels, version: work.kept.version })).version;
      said.textContent = "saved";
    } catch (error) {
      problem(error);
      work.kept = await ask("GET", "/api/labels");
    }
    draw();
  }
  const add = (movement, a, b) => {
    const [start, stop] = [Math.max(0, Math.min(a, b)), Math.min(work.one.seconds, Math.max(a, b))].map((t) => Math.round(1000 * t) / 1000);
    if (stop - start < 0.04) return;
    work.kept.labels = work.kept.labels.filter((l) => !(l.clip === clip && l.movement === movement && l.start === null));
    work.kept.labels.push({ clip, start, stop, movement });
    return save();
  };
  const remove = () => {
    if (!work.chosen) return;
    work.kept.labels = work.kept.labels.filter((l) => l !== work.chosen);
    work.chosen = null;
    return save();
  };
  const never = (movement, yes) => {
    work.kept.labels = work.kept.labels.filter((l) => !(l.clip === clip && l.movement === movement));
    if (yes) work.kept.labels.push({ clip, start: null, stop: null, movement });
    return save();
  };

  function lane(movement) {
    const mine = work.kept.labels.filter((l) => l.clip === clip && l.movement === movement);
    const made = h("div", { className: "lane", "data-movement": movement }, h("span", { className: "title" }, movement));
    const time = (event) => { const box = made.getBoundingClientRect(); return (work.one.seconds * (event.clientX - box.left)) / box.width; };
    let from = null;
    made.addEventListener("pointerdown", (e) => { if (e.target === made) { from = time(e); made.setPointerCapture(e.pointerId); } });
    made.addEventListener("pointerup", (e) => { if (from === null) return; const a = from; from = null; video.currentTime = Math.max(0, time(e)); add(movement, a, time(e)); });
    for (const l of mine.filter((one) => one.start !== null)) {
      made.append(h("button", {
        className: l === work.chosen ? "bar chosen" : "bar", type: "button", "aria-label": `${movement} ${seconds(l.start)} to ${seconds(l.stop)}`,
        style: `left:${(100 * l.start) / work.one.seconds}%;width:${(100 * (l.stop - l.start)) / work.one.seconds}%`,
        onclick: () => { work.chosen = l; video.currentTime = l.start; draw(); },
      }));
    }
    made.append(h("div", { className: "now" }));
    return [made, h("label", { className: "check" }, h("input", { type: "checkbox", checked: mine.some((l) => l.start === null),
      onchange: (e) => never(movement, e.target.checked) }), `${movement} never happens here`)];
  }
  function draw() {
    const value = active.value;
    active.replaceChildren(...[...work.lanes].map((m) => h("option", {}, m)));
    if (work.lanes.has(value)) active.value = value;
    const rows = [...work.lanes].map(lane);
    lanes.replaceChildren(...rows.map(([row]) => row));
    nevers.replaceChildren(...rows.map(([, box]) => box));
    tick();
  }
  const tick = () => lanes.querySelectorAll(".now").forEach((line) => { line.style.left = `${(100 * at()) / work.one.seconds}%`; });
  video.addEventListener("timeupdate", tick);

  const keys = {
    i: () => { work.from = at(); said.textContent = `from ${seconds(work.from)} ...`; },
    o: () => { if (work.from !== null && active.value) { add(active.value, work.from, at()); work.from = null; } },
    Delete: remove, Backspace: remove,
    " ": () => (video.paused ? video.play() : video.pause()),
    ArrowLeft: () => { video.currentTime = Math.max(0, at() - 1 / work.one.fps); }, ArrowRight: () => { video.currentTime = at() + 1 / work.one.fps; },
  };
  const root = h("div", { onkeydown: (e) => {
    if (e.target.matches("input, select, video") || !keys[e.key] || (e.key === " " && e.target.matches("button"))) return;
    e.preventDefault();
    keys[e.key]();
  } });
  const nevers = h("details", {}, h("summary", {}, "Movements that never happen in this clip"));
  const neversBox = h("div", { className: "line" });
  nevers.append(neversBox);
  nevers.replaceChildren = (...boxes) => neversBox.replaceChildren(...boxes);
  const part = select(work.kept.parts, { "aria-label": "part of the body" }), label = h("input", { placeholder: "attitude", pattern: "[a-z][a-z0-9_]*", "aria-label": "your own movement" });
  const known = select(work.kept.types, { "aria-label": "known movement" });
  part.value = "body";
  root.append(
    h("h1", {}, `Label: ${name}, ${work.one.dancers.find((d) => d.person === Number(person))?.name || `dancer ${person}`}`),
    h("p", { className: "quiet" }, "Drag in a lane, or press I where a movement begins and O where it ends. A click chooses a label, Delete removes it. ",
      "Label every time that it happens in a clip: what is not labelled is learned as something else."),
    work.one.edits.some((e) => e.moves) ? h("p", { className: "bad" }, "Tracks of this clip were put right. Training reads them as they were found first: label dancers whose tracks were not changed.") : "",
    video, lanes,
    h("div", { className: "line" }, field("I and O label", active), button("Delete the chosen one", remove), said),
    nevers,
    h("div", { className: "line" }, field("Part", part), field("Movement of your own", label),
      button("Add a lane", () => { if (!/^[a-z][a-z0-9_]*$/.test(label.value)) throw new Error("a name has small letters, digits and _"); work.lanes.add(`${part.value}.${label.value}`); draw(); active.value = `${part.value}.${label.value}`; }, { className: "first" }),
      field("or one that is known", known), button("Add this", () => { work.lanes.add(known.value); draw(); })),
    h("p", {}, h("a", { href: `#/r/${encodeURIComponent(name)}` }, "Back to the dancers"), " · ", h("a", { href: "#/teach" }, "Train on the labels")));
  main.replaceChildren(root);
  draw();
}
