// A job in a list: how it stands, and what can be done about it.
import { ask, button, h } from "./ask.js";

const WORDS = { waiting: "waits", running: "works", done: "done", failed: "failed", cancelled: "cancelled", lost: "ended from outside" };

export function jobRow(job) {
  const tone = { failed: "bad", lost: "bad", done: "good" }[job.state] ?? "quiet";
  const act = (what) => () => ask("POST", `/api/jobs/${job.id}/${what}`);
  return h("li", { className: "job", "data-state": job.state },
    h("span", { className: "what" }, h("b", {}, job.title), ` ${job.kind}: `, h("span", { className: tone }, WORDS[job.state]),
      job.said ? h("div", { className: job.state === "failed" ? "bad" : "quiet" }, job.said) : null),
    job.state === "running" ? h("progress", { "aria-label": "progress of the stage", ...(job.share === null ? {} : { value: job.share }) }) : null,
    ["running", "waiting"].includes(job.state) ? button("Cancel", act("cancel")) : null,
    ["cancelled", "lost", "failed"].includes(job.state) ? button(job.state === "failed" ? "Try again" : "Go on", act("again")) : null);
}
