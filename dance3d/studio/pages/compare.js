// Two dancers beside each other, as dance3d compare does it.
import { ask, button, field, file, h, select } from "./ask.js";
import { jobRow } from "./jobs.js";

export function comparePage(main, state, words, { put }) {
  const jobs = state.jobs.filter((one) => one.kind === "compare" && one.state !== "done").slice(0, 5);
  put([state.results, state.comparisons, jobs], () => {
    const choices = state.results.flatMap((one) => one.dancers.map((d) =>
      [JSON.stringify([one.name, d.person]), `${one.name}, ${d.name || `dancer ${d.person}`}`]));
    const a = select(choices, { id: "a" }), b = select(choices, { id: "b" }), mirror = h("input", { type: "checkbox" });
    if (choices.length > 1) b.value = choices[1][0];
    const act = () => {
      const [[one, first], [other, second]] = [JSON.parse(a.value), JSON.parse(b.value)];
      return ask("POST", "/api/comparisons", { a: one, person_a: first, b: other, person_b: second, mirror: mirror.checked });
    };
    return [
      h("h1", {}, "Compare two dancers"),
      choices.length ? h("div", { className: "line" }, field("A, such as the teacher", a), field("B", b),
        h("label", { className: "check" }, mirror, "B as in a mirror"), button("Compare", act, { className: "first" }))
        : h("p", { className: "quiet" }, "Run a video first."),
      h("ul", { className: "rows" }, jobs.map(jobRow)),
      h("ul", { className: "rows", id: "comparisons" }, state.comparisons.map((name) => h("li", {},
        h("a", { href: file(`comparisons/${name}/compare.html`), target: "_blank", rel: "noopener" }, name)))),
    ];
  });
}
