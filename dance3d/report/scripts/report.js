"use strict";
/* Puts the page together, and keeps video, 3D view, timelines and curves at the same frame. */
(async () => {
  const by = (id) => document.getElementById(id), all = (what) => [...document.querySelectorAll(what)];
  const data = await Unpack.page(), time = data.time, video = by("video");
  const film = Unpack.film();
  if (film) video.src = film;
  const clock = new Clock(video, time, data.fps);
  const space = new Space(by("space"), data), practice = new Practice(data);
  let current = 0, drawn = -1, last = 0;

  /* Moving in time. */
  const seek = (t) => clock.seek(Math.max(time[0], Math.min(clock.end - 1e-3, t)));
  const step = (frames) => { clock.pause(); seek(clock.middleOf(Math.max(0, Math.min(time.length - 1, clock.frameAt(clock.place()) + frames)))); };
  const jump = (seconds) => seek(clock.place() + seconds);
  const panels = all("[data-panel]"), one = () => lines[space.chosen];
  const lines = panels.map((panel, i) => new Timeline(panel, data, data.dancers[i], seek));
  const curves = panels.map((panel, i) => new Curves(panel, data, data.dancers[i], seek));
  lines.forEach((line, i) => { const draw = line.draw.bind(line); line.draw = () => { draw(); curves[i].window(line.from, line.to); }; });

  const label = () => { by("play").textContent = clock.running() ? "Pause" : "Play"; drawn = -1; };
  clock.changed = label;
  by("play").addEventListener("click", () => clock.toggle());
  by("back").addEventListener("click", () => step(-1));
  by("next").addEventListener("click", () => step(1));
  by("speed").addEventListener("change", (e) => clock.speed(Number(e.target.value)));
  by("seek").addEventListener("input", (e) => seek(clock.middleOf(Number(e.target.value))));
  video.addEventListener("click", () => clock.toggle());
  for (const button of all("[data-seek]")) button.addEventListener("click", () => seek(Number(button.dataset.seek)));

  /* A to B. */
  const loop = (a, b) => {
    if (a !== null && b !== null && b <= a) [a, b] = [b, a];
    clock.loop = [a, b];
    by("loop").hidden = a === null && b === null;
    by("loop").textContent = `${a === null ? "start" : `${a.toFixed(2)} s`} to ${b === null ? "end" : `${b.toFixed(2)} s`} ✕`;
    for (const line of lines) { line.loop = clock.loop; line.draw(); }
    drawn = -1;
  };
  const setA = () => loop(time[current], clock.loop[1]), setB = () => loop(clock.loop[0], time[current]);
  by("a").addEventListener("click", setA);
  by("b").addEventListener("click", setB);
  by("loop").addEventListener("click", () => loop(null, null));
  for (const button of all("[data-loop]")) button.addEventListener("click", () => { const [a, b] = button.dataset.loop.split(" ").map(Number); loop(a, b); seek(a); });

  /* What is in sight. */
  const mirror = () => {
    const on = by("mirror").getAttribute("aria-pressed") !== "true";
    by("mirror").setAttribute("aria-pressed", String(on));
    document.body.classList.toggle("mirrored", on);
    space.mirror = on ? -1 : 1;
    space.draw();
  };
  const toggle = (name) => { space.set(name, !space[name]); space.draw(); };
  const look = (view) => space.look(view);
  by("mirror").addEventListener("click", mirror);
  for (const button of all("[data-view]")) button.addEventListener("click", () => look(button.dataset.view));
  for (const button of all("[data-toggle]")) button.addEventListener("click", () => toggle(button.dataset.toggle));
  for (const name of ["follow", "prints"]) space.set(name, true);
  const shown = by("shown");
  shown.addEventListener("change", () => (document.querySelector(".stage").dataset.shown = shown.value));
  by("full").addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.querySelector(".watch").requestFullscreen?.()));
  by("pin").addEventListener("click", (e) => {
    const pinned = document.querySelector(".watch").classList.toggle("pinned");
    e.currentTarget.setAttribute("aria-pressed", String(pinned));
  });
  const sound = by("sound");
  sound.addEventListener("click", () => { video.muted = !video.muted; sound.setAttribute("aria-pressed", String(!video.muted)); });
  const choose = (index) => {
    space.chosen = index;
    for (const part of all("[data-panel], [data-of]")) part.hidden = Number(part.dataset.panel ?? part.dataset.of) !== index;
    for (const button of all("[data-dancer]")) button.setAttribute("aria-pressed", String(Number(button.dataset.dancer) === index));
    if (one()) one().draw();
    drawn = -1;
  };
  for (const button of all("[data-dancer]")) button.addEventListener("click", () => choose(Number(button.dataset.dancer)));
  for (const button of all("[data-copy]")) button.addEventListener("click", () => {
    const text = button.dataset.copy || `${location.href.split("#")[0]}#t=${time[current].toFixed(2)}`;
    navigator.clipboard?.writeText(text).then(() => (button.textContent = "copied"), () => {});
  });
  video.addEventListener("loadedmetadata", () => { if (opened) seek(clock.middleOf(clock.frameAt(Number(opened[1])))); });

  new Keys({
    " ": () => clock.toggle(), k: () => clock.toggle(), ArrowLeft: () => step(-1), ArrowRight: () => step(1),
    "Shift+ArrowLeft": () => jump(-1), "Shift+ArrowRight": () => jump(1), Home: () => seek(time[0]), End: () => seek(clock.middleOf(time.length - 1)),
    n: () => one()?.neighbour(1), p: () => one()?.neighbour(-1), a: setA, b: setB, "\\": () => loop(null, null), m: mirror,
    1: () => look("front"), 2: () => look("side"), 3: () => look("top"), f: () => toggle("follow"), g: () => toggle("mesh"),
    "+": () => one()?.zoom(0.5), "-": () => one()?.zoom(2), 0: () => one()?.zoom(0),
    d: () => data.dancers.length && choose((space.chosen + 1) % data.dancers.length),
    "/": () => panels[space.chosen]?.querySelector("[data-search]").focus(), "?": () => by("help").click(),
  });

  /* Words of this moment, beside the video and large enough to read. */
  const now = by("now");
  let said = "";
  const words = (active) => {
    const key = active.map((run) => run.movement).join();
    if (key === said) return;
    said = key;
    now.replaceChildren(...active.map((run) => {
      const item = document.createElement("span"), dot = document.createElement("i");
      dot.dataset.kind = run.kind;
      item.append(dot, one().rows.detail ? `${run.part}: ${run.title}` : run.title);
      return item;
    }));
  };

  const opened = /^#t=([\d.]+)$/.exec(location.hash); // report.html#t=1.5 opens there
  choose(0);
  if (opened) seek(clock.middleOf(clock.frameAt(Number(opened[1]))));
  const tick = (stamp) => {
    current = clock.frameAt(clock.now(stamp));
    if (current !== drawn) {
      drawn = current;
      space.frame = current;
      space.draw();
      if (one()) {
        const active = one().show(time[current], current);
        words(active);
        curves[space.chosen].show(current);
        if (!clock.running()) one().say(active);
      }
      practice.show(data.dancers[space.chosen], time[current], clock.span()[0]);
      by("seek").value = current;
      by("seek").setAttribute("aria-valuetext", `${time[current].toFixed(2)} seconds`);
      if (video.webkitAudioDecodedByteCount || video.mozHasAudio || (video.audioTracks && video.audioTracks.length)) sound.hidden = false;
      by("clock").textContent = `${time[current].toFixed(2)} s, frame ${current}`;
    }
    if (space.turn) { space.yaw += Math.min(stamp - last, 50) * 0.0006; space.draw(); }
    last = stamp;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  document.documentElement.dataset.ready = "yes";
})().catch((error) => { document.getElementById("broken").hidden = false; console.error(error); });
