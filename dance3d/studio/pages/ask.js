// Talking to the server, and making elements: text goes in as text, never as HTML.
const said = (name) => document.querySelector(`meta[name=${name}]`).content;
export const file = (path) => `${said("files")}/${path.split("/").map(encodeURIComponent).join("/")}`;

export async function ask(method, path, body, headers = {}) {
  const options = { method, headers: { "x-dance3d-word": said("word"), ...headers } };
  if (body !== undefined) options.body = body instanceof Blob ? body : JSON.stringify(body);
  let answer;
  try { answer = await fetch(path, options); } catch { throw new Error("the studio does not answer; is it still running?"); }
  const text = await answer.text();
  let found = text;
  try { found = JSON.parse(text); } catch { /* a plain line */ }
  if (!answer.ok) throw new Error(found.error ?? text.trim());
  return found;
}

export function upload(blob, name, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/videos?name=${encodeURIComponent(name)}`);
    request.setRequestHeader("x-dance3d-word", said("word"));
    request.upload.onprogress = (event) => progress(event.loaded / event.total);
    request.onerror = () => reject(new Error(`${name}: the upload broke off`));
    request.onload = () => {
      let found = {};
      try { found = JSON.parse(request.responseText); } catch { found.error = request.responseText.trim(); }
      request.status === 200 ? resolve(found.name) : reject(new Error(found.error));
    };
    request.send(blob);
  });
}

export function h(kind, has = {}, ...inside) {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(has)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...inside.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

export function problem(error) {
  const line = document.getElementById("problem");
  line.hidden = !error;
  line.textContent = error ? error.message ?? String(error) : "";
}

// What a button does: its error is shown, and it cannot be pressed twice meanwhile.
export function button(text, act, more = {}) {
  const made = h("button", { type: "button", ...more }, text);
  made.addEventListener("click", async () => {
    made.disabled = true;
    try { problem(null); await act(); } catch (error) { problem(error); } finally { made.disabled = false; }
  });
  return made;
}

export const seconds = (t) => `${Math.floor(t / 60)}:${(t % 60).toFixed(1).padStart(4, "0")}`;
export const field = (text, input) => h("label", {}, text, input);
export const select = (options, more = {}) =>
  h("select", more, options.map((one) => (Array.isArray(one) ? h("option", { value: one[0] }, one[1]) : h("option", {}, one))));
