"use strict";
/* Every movement that the timeline shows as a row of a table, for reading aloud, searching and copying. */
class MovementList {
  constructor(panel, rows, seek) {
    Object.assign(this, { rows, seek, shown: 100 });
    this.place = panel.querySelector("[data-list]");
    this.fold = this.place.closest("details");
    this.fold.addEventListener("toggle", () => this.fill());
    this.order = panel.querySelector("[data-order]");
    this.order.addEventListener("change", () => this.fill());
  }

  fill() {
    if (!this.fold.open) return;
    const table = document.createElement("table"), body = table.createTBody(), head = table.createTHead().insertRow();
    for (const title of ["From", "To", "Part", "Movement", "Sure"]) {
      const cell = document.createElement("th");
      cell.scope = "col"; cell.textContent = title;
      head.append(cell);
    }
    const runs = this.order.value === "time" ? this.rows.byTime : this.rows.runs.slice().sort((one, two) => two.weight - one.weight);
    for (const run of runs.slice(0, this.shown)) {
      const row = body.insertRow(), go = document.createElement("button");
      go.type = "button"; go.textContent = `${run.a.toFixed(2)} s`; go.className = "link";
      go.addEventListener("click", () => this.seek(run.a + 1e-3));
      row.insertCell().append(go);
      for (const text of [`${run.b.toFixed(2)} s`, run.part, run.title, `${run.prob} %`]) row.insertCell().textContent = text;
    }
    this.place.replaceChildren(table);
    if (runs.length <= this.shown) return;
    const more = document.createElement("button");
    more.type = "button"; more.textContent = `${runs.length - this.shown} more`;
    more.addEventListener("click", () => { this.shown = Infinity; this.fill(); });
    this.place.append(more);
  }
}
