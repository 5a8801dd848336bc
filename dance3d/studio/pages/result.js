// One result: who is who, with pictures where it is doubtful, and its files.
import { ask, button, field, file, h, seconds, select } from "./ask.js";
import { jobRow } from "./jobs.js";

export async function resultPage(main, state, [name], { put }) {
  const one = await ask("GET", `/api/results/${encodeURIComponent(name)}`).catch((error) => {
    if (state.jobs.some((job) => job.target === `results/${name}` && job.state === "running")) return null;
    throw error;
  });
  const jobs = state.jobs.filter((job) => job.target === `results/${name}` && job.state !== "done").slice(0, 3);
  put([one, jobs, state.formats], () => [
    h("h1", {}, name),
    h("ul", { className: "rows" }, jobs.map(jobRow)),
    one ? shown(one, state.formats) : h("p", { className: "quiet" }, "is being made anew ..."),
  ].flat(Infinity));
}

function shown(one, formats) {
  const base = `results/${one.name}`;
  const edit = (asked) => ask("POST", `/api/results/${encodeURIComponent(one.name)}/tracks`, { ...asked, version: one.version });
  const title = (person) => one.dancers.find((d) => d.person === person)?.name || `dancer ${person}`;
  return [
    h("p", { className: "line" },
      one.report ? h("a", { href: file(`${base}/report.html`), target: "_blank", rel: "noopener" }, "Open the report") : null,
      h("span", { className: "quiet" }, `${seconds(one.seconds)} at ${one.fps} pictures a second`)),
    one.warnings.length ? h("details", {}, h("summary", {}, "What to know before trusting it"), h("ul", {}, one.warnings.map((w) => h("li", {}, w)))) : null,
    one.doubts.length ? [h("h2", {}, "Who is who? Look here"), one.doubts.map((d) => doubt(d, base, one, edit, title))] : null,
    h("h2", {}, "Dancers"),
    h("div", { className: "cards" }, one.dancers.map((d) => card(d, one, edit))),
    h("h2", {}, "Put right who is who"),
    editor(one, edit, title),
    one.edits.length ? h("div", {}, h("ol", {}, one.edits.map((e) => h("li", {}, e.text))), button("Take back the last", () => edit({ action: "undo" }))) : null,
    h("h2", {}, "Files"), filesOf(one, base, formats),
    h("p", {}, button("Remove this result", () => remove(one.name))),
  ].flat(Infinity).filter(Boolean);
}

async function remove(name) {
  if (!confirm(`Remove the result ${name} with all its files? The video stays.`)) return;
  await ask("DELETE", `/api/results/${encodeURIComponent(name)}`);
  location.hash = "#/";
}

function card(d, one, edit) {
  const name = h("input", { value: d.name, maxLength: 60, "aria-label": `name of dancer ${d.person}`, placeholder: "name" });
  return h("section", { className: "card", id: `dancer-${d.person}` },
    h("h3", {}, d.name ? `${d.person} · ${d.name}` : `Dancer ${d.person}`),
    h("div", { className: "quiet" }, `${d.answer.text}, in sight ${Math.round(100 * d.seen)}%`),
    d.pictures.length ? h("div", { className: "thumbs" }, d.pictures.map((p) => h("img", { src: file(`thumbnails/${one.name}/${p}`), alt: `dancer ${d.person}` }))) : null,
    h("div", { className: "quiet" }, d.words.map((w) => w.replaceAll("_", " ")).join(", ")),
    h("div", { className: "line" }, name, button("Name", () => edit({ action: "rename", person: d.person, name: name.value })),
      one.dancers.length > 1 ? button("Drop", () => edit({ action: "keep", people: one.dancers.map((o) => o.person).filter((p) => p !== d.person) })) : null),
    h("a", { href: `#/label/${encodeURIComponent(one.name)}/${d.person}` }, "Label movements"));
}

function doubt(d, base, one, edit, title) {
  const strip = (pictures, text) => h("figure", {}, h("div", { className: "thumbs" },
    pictures.map((p) => h("img", { src: file(`thumbnails/${one.name}/${p}`), alt: text }))), h("figcaption", {}, text));
  const both = `${title(d.first)} and ${title(d.second)}`;
  return h("div", { className: "card doubt" },
    h("div", {}, h("h3", {}, both), h("div", { className: "quiet" }, `${seconds(d.start)} to ${seconds(d.stop)}, ${Math.round(100 * d.sure)}% sure`)),
    strip(d.before, `before: ${both}`), strip(d.after, `after: ${both}`),
    h("div", { className: "line" },
      button("They are right", () => edit({ action: "confirm", first: d.first, second: d.second, at: d.stop })),
      button("Exchange them", () => edit({ action: "swap", first: d.first, second: d.second, at: d.stop }), { className: "first" })));
}

function editor(one, edit, title) {
  const people = one.dancers.map((d) => [d.person, title(d.person)]);
  if (!people.length) return h("p", { className: "quiet" }, "Nobody was found.");
  const a = select(people), b = select(people), at = h("input", { type: "number", step: 0.01, min: 0, max: one.seconds, value: 0 });
  if (people.length > 1) b.value = people[1][0];
  const [first, second, when] = [() => Number(a.value), () => Number(b.value), () => Number(at.value)];
  const video = one.overlay ? h("video", { src: file(`results/${one.name}/overlay.mp4`) + "#t=0.01", controls: true, preload: "metadata" }) : null;
  video?.addEventListener("timeupdate", () => { at.value = video.currentTime.toFixed(2); });
  return h("div", {}, video, h("div", { className: "line" },
    field("Dancer", a), field("and", b), field("from second", at),
    button("Swap", () => edit({ action: "swap", first: first(), second: second(), at: when() })),
    button("Merge into the first", () => edit({ action: "merge", into: first(), gone: second() })),
    button("Split the first", () => edit({ action: "split", person: first(), at: when() }))));
}

function filesOf(one, base, formats) {
  const picked = formats.map((f) => h("input", { type: "checkbox", value: f }));
  return h("div", {},
    h("div", { className: "line" }, picked.map((box) => h("label", { className: "check" }, box, box.value)),
      button("Export", () => ask("POST", `/api/results/${encodeURIComponent(one.name)}/export`, { formats: picked.filter((box) => box.checked).map((box) => box.value) }))),
    h("details", {}, h("summary", {}, `All ${one.files.length} files`), h("ul", { id: "files-made" }, one.files.map((f) =>
      h("li", {}, h("a", { href: file(`${base}/${f}`), download: f.replaceAll("/", "-") }, f))))));
}
