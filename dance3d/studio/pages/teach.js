// Movements and dances of the user's own: what there is to learn from, and trainings.
import { ask, button, field, h } from "./ask.js";
import { jobRow } from "./jobs.js";

export async function teachPage(main, state, words, { put }) {
  const { labels } = await ask("GET", "/api/labels");
  const jobs = state.jobs.filter((one) => one.kind === "train" && one.state !== "done").slice(0, 5);
  put([state.videos, state.trained, jobs, labels], () => {
    const counts = new Map();
    for (const one of labels) {
      const [number, clips] = counts.get(one.movement) ?? [0, new Set()];
      counts.set(one.movement, [number + (one.start !== null), clips.add(one.clip)]);
    }
    const name = (what) => h("input", { value: what, maxLength: 60 });
    const moves = name("my-movements"), dances = name("my-dances");
    const train = (stage, input) => () => ask("POST", "/api/trainings", { stage, name: input.value });
    return [
      h("h1", {}, "Teach"),
      h("h2", {}, "Movements of your own"),
      counts.size ? h("ul", {}, [...counts].map(([movement, [number, clips]]) => h("li", {}, `${movement}: ${number} labels in ${clips.size} clips`)))
        : h("p", { className: "quiet" }, "Open a result, choose a dancer, label movements. Three labels in two clips at least, ten in four or more are better."),
      h("div", { className: "line" }, field("Name of the training", moves), button("Train movements", train("motion", moves), { className: "first" })),
      h("h2", {}, "Dances of your own"),
      h("p", { className: "quiet" }, "Say which dance each video shows: two dances at least, five videos of each or more."),
      h("ul", { className: "rows", id: "dances" }, state.videos.map((one) => {
        const input = h("input", { value: one.dance, maxLength: 60, placeholder: "dance", "aria-label": `dance of ${one.name}` });
        return h("li", {}, h("span", { className: "what" }, one.name), input, button("Set", () => ask("PUT", "/api/dances", { video: one.name, dance: input.value })));
      })),
      h("div", { className: "line" }, field("Name of the training", dances), button("Train dances", train("genre", dances), { className: "first" })),
      h("ul", { className: "rows" }, jobs.map(jobRow)),
      h("h2", {}, "Learned"),
      h("ul", { id: "learned" }, state.trained.map((one) => h("li", {}, `${one.name}: ${one.stage === "motion" ? "movements" : "dances"} from ${one.videos} videos. Run videos with it under "How they are run".`))),
    ];
  });
}
