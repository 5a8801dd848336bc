// Which page is shown, and the page of videos and jobs, which is drawn anew whenever something has changed.
import { ask, button, field, file, h, problem, upload } from "./ask.js";
import { comparePage } from "./compare.js";
import { jobRow } from "./jobs.js";
import { labelPage } from "./labels.js";
import { resultPage } from "./result.js";
import { teachPage } from "./teach.js";

const AGAIN = 1200; // milliseconds between two looks
const page = document.getElementById("page");
const uploads = new Map();
let shown = ""; // what is drawn, as text: nothing is drawn again while it is the same
let place = null;

const PAGES = [
  [/^#\/r\/([^/]+)$/, resultPage], [/^#\/label\/([^/]+)\/(\d+)$/, labelPage],
  [/^#\/compare$/, comparePage], [/^#\/teach$/, teachPage], [/^/, videosPage],
];

async function look() {
  const hash = location.hash;
  const [pattern, draw] = PAGES.find(([one]) => one.test(hash));
  const words = (hash.match(pattern) ?? []).slice(1).map(decodeURIComponent);
  const state = await ask("GET", "/api/state");
  if (hash !== location.hash) return;
  const moved = place !== hash;
  if (moved) { place = hash; shown = ""; page.replaceChildren(); }
  await draw(page, state, words, {
    moved,
    // draws only what has changed, and never under the user's hands
    put(of, make) {
      const text = JSON.stringify(of);
      if (text === shown) return;
      const busy = document.activeElement?.matches?.("main input, main select");
      if (busy && !moved) return;
      shown = text;
      page.replaceChildren(...[make()].flat(Infinity));
    },
  });
}

async function always() {
  try { await look(); if (document.getElementById("problem").dataset.server) quiet(); } catch (error) { told(error); }
  setTimeout(always, AGAIN);
}
const told = (error) => { problem(error); document.getElementById("problem").dataset.server = "1"; };
const quiet = () => { problem(null); delete document.getElementById("problem").dataset.server; };
addEventListener("hashchange", () => { problem(null); look().then(() => page.focus(), told); });

async function take(list, options) {
  problem(null);
  for (const one of list) {
    try {
      uploads.set(one.name, 0);
      const name = await upload(one, one.name, (share) => { uploads.set(one.name, share); });
      await ask("POST", "/api/runs", { video: name, ...options() });
    } catch (error) { problem(error); } finally { uploads.delete(one.name); }
  }
}

const optionsOf = () => ({
  people: Number(document.getElementById("people")?.value) || undefined,
  height: Number(document.getElementById("height")?.value) || undefined,
  trained: [...document.querySelectorAll(".trained:checked")].map((one) => one.value),
});

function dropZone() {
  const input = h("input", { type: "file", multiple: true, accept: "video/*,.mkv,.avi,.mov,.mts", id: "files" });
  input.addEventListener("change", () => take([...input.files], optionsOf));
  const zone = h("label", { id: "drop" }, "Drop dance videos here, or choose them", input);
  for (const name of ["dragover", "dragenter"]) zone.addEventListener(name, (e) => { e.preventDefault(); zone.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (e) => { e.preventDefault(); take([...e.dataTransfer.files], optionsOf); });
  return zone;
}

function videosPage(main, state, words, { put }) {
  const jobs = state.jobs.filter((one) => one.state !== "done").slice(0, 20);
  put([state, [...uploads.keys()], [...uploads.values()].map((share) => Math.round(20 * share))], () => [
    h("h1", {}, "Videos"),
    dropZone(),
    h("details", {}, h("summary", {}, "How they are run"), h("div", { className: "line" },
      field("Dancers (empty: as many as there are)", h("input", { id: "people", type: "number", min: 1, max: 20 })),
      field("Height of the dancer, metres", h("input", { id: "height", type: "number", min: 0.5, max: 2.5, step: 0.01 })),
      state.trained.map((one) => h("label", { className: "check" },
        h("input", { type: "checkbox", className: "trained", value: one.name }), `with ${one.name} (own ${one.stage === "motion" ? "movements" : "dances"})`)))),
    uploads.size || jobs.length ? h("h2", {}, "At work") : null,
    h("ul", { className: "rows", id: "jobs" },
      [...uploads].map(([name, share]) => h("li", {}, h("span", { className: "what" }, `${name} is coming in`), h("progress", { value: share }))),
      jobs.map(jobRow)),
    h("h2", {}, "Finished"),
    state.results.length ? h("ul", { className: "rows", id: "results" }, state.results.map((one) => resultRow(one))) : h("p", { className: "quiet" }, "Nothing yet."),
    notRun(state),
  ].flat(Infinity).filter(Boolean));
}

function resultRow(one) {
  const who = one.dancers.map((d) => d.name || `dancer ${d.person}`).join(", ") || "nobody found";
  return h("li", {}, h("span", { className: "what" }, h("a", { href: `#/r/${encodeURIComponent(one.name)}` }, one.name),
    h("div", { className: one.error ? "bad" : "quiet" }, one.error || `${who}: ${one.dances.join(", ")}`)),
    h("a", { href: file(`results/${one.name}/report.html`), target: "_blank", rel: "noopener" }, "Report"));
}

function notRun(state) {
  const stem = (name) => name.replace(/\.[^.]*$/, "");
  const made = new Set([...state.results.map((one) => one.name), ...state.jobs.map((one) => one.target.replace("results/", ""))]);
  const idle = state.videos.filter((one) => !made.has(stem(one.name)));
  return idle.length ? [h("h2", {}, "Not run yet"), h("ul", { className: "rows" }, idle.map((one) =>
    h("li", {}, h("span", { className: "what" }, one.name), button("Run", () => ask("POST", "/api/runs", { video: one.name, ...optionsOf() })),
      button("Remove", () => removeVideo(one.name)))))] : null;
}

async function removeVideo(name) {
  if (confirm(`Remove the video ${name}?`)) await ask("DELETE", `/api/videos/${encodeURIComponent(name)}`);
}

always();
