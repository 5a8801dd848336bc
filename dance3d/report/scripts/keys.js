"use strict";
/* The keyboard, wherever the focus is; the page's own controls keep the keys that they need. */
class Keys {
  /* `does`: name of a key to what it does; the names and words of all keys stand in the dialog of the page. */
  constructor(does) {
    this.does = does;
    this.dialog = document.getElementById("keys");
    this.single = document.getElementById("single");
    document.addEventListener("keydown", (e) => this.pressed(e));
    document.getElementById("help").addEventListener("click", () => this.dialog.showModal());
    document.addEventListener("click", (e) => { // after a click with the mouse the space bar plays, and does not click again
      const button = e.target.closest && e.target.closest("button, summary");
      if (e.detail > 0 && button && !this.dialog.contains(button)) button.blur();
    });
  }

  pressed(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || this.dialog.open) return;
    const tag = e.target.tagName, typing = tag === "TEXTAREA" || tag === "SELECT" || (tag === "INPUT" && e.target.type !== "checkbox");
    if (typing && (e.target.id !== "seek" || !e.key.startsWith("Arrow"))) {
      if (e.key === "Escape") e.target.blur();
      return;
    }
    if (e.key === " " && /^(BUTTON|SUMMARY|A|INPUT|VIDEO)$/.test(tag)) return;
    const name = (e.shiftKey && e.key.startsWith("Arrow") ? "Shift+" : "") + (e.key.length === 1 ? e.key.toLowerCase() : e.key);
    if (e.key.length === 1 && e.key !== " " && !this.single.checked) return;
    const act = this.does[name];
    if (!act) return;
    act();
    e.preventDefault();
  }
}
