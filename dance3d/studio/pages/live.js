// Draws what the session sends: the picture with joints, the body in space, the words, how late everything is.
const byId = (id) => document.getElementById(id)
const bones = JSON.parse(byId("bones").textContent)
const colours = { left: "#ffa348", right: "#51a7f9", middle: "#f4f2ec" }
const image = new Image()
let turn = 0.5
const recent = 10  // seconds that the figures are of, as the session's
let last = null
let shown = []  // of these seconds: when a picture was drawn, and how long after it came, seconds

function fitted(canvas) {
  const ratio = window.devicePixelRatio || 1
  const wide = Math.round(canvas.clientWidth * ratio), high = Math.round(canvas.clientHeight * ratio)
  if (canvas.width !== wide || canvas.height !== high) { canvas.width = wide; canvas.height = high }
  const draw = canvas.getContext("2d")
  draw.clearRect(0, 0, wide, high)
  draw.lineCap = "round"
  return [draw, wide, high]
}

function limbs(draw, points, place, width, alpha) {
  draw.globalAlpha = alpha
  for (const [a, b, side] of bones) {
    if (!points[a] || !points[b]) continue
    const from = place(points[a]), to = place(points[b])
    for (const [colour, wide] of [["#10131a", width * 1.7], [colours[side], width]]) {
      draw.strokeStyle = colour; draw.lineWidth = wide
      draw.beginPath(); draw.moveTo(...from); draw.lineTo(...to); draw.stroke()
    }
  }
  draw.globalAlpha = 1
}

function drawPicture() {
  const [draw, wide, high] = fitted(byId("picture"))
  const scale = Math.min(wide / last.size[0], high / last.size[1])
  const [w, h] = [last.size[0] * scale, last.size[1] * scale], [x, y] = [(wide - w) / 2, (high - h) / 2]
  draw.drawImage(image, x, y, w, h)
  last.bodies.forEach((joints, n) =>
    limbs(draw, joints, (p) => [x + p[0] * w, y + p[1] * h], h / 110, n === last.followed ? 1 : 0.35))
}

// The picture and joints of a state are on the page now: say how long after the picture came.
function tell() {
  const now = Date.now() / 1000
  shown = [...shown.filter(([when]) => now - when <= recent), [now, now - last.came]]
  const late = shown.map(([, seconds]) => Math.round(1000 * seconds)).sort((a, b) => a - b)
  const line = `${last.line}, shown ${late[late.length >> 1]} ms after it came (worst ${late[late.length - 1]})`
  byId("figures").textContent = `${last.time.toFixed(1)} s · ${line}`
}

function drawBody() {
  const [draw, wide, high] = fitted(byId("body"))
  if (!last || !last.body) return
  const scale = Math.min(wide, high) / 2.6, ground = high * 0.86, tilt = 0.25
  const place = ([x, y, z]) => {
    const across = x * Math.cos(turn) + z * Math.sin(turn), deep = z * Math.cos(turn) - x * Math.sin(turn)
    return [wide / 2 + across * scale, ground - (y - deep * tilt) * scale]
  }
  draw.strokeStyle = "#4a505e"; draw.lineWidth = Math.max(high / 600, 1)
  for (let n = -2; n <= 2; n++) {
    for (const [from, to] of [[[n / 2, 0, -1], [n / 2, 0, 1]], [[-1, 0, n / 2], [1, 0, n / 2]]]) {
      draw.beginPath(); draw.moveTo(...place(from)); draw.lineTo(...place(to)); draw.stroke()
    }
  }
  limbs(draw, last.body, place, high / 55, 1)
}

function show(state) {
  last = state
  image.onload = () => { drawPicture(); tell() }
  image.src = state.picture
  drawBody()
  byId("words").replaceChildren(...state.words.slice(0, 4).map((word) => {
    const part = document.createElement("span")
    part.textContent = word
    return part
  }))
}

const events = new EventSource("/events")
events.onmessage = (event) => show(JSON.parse(event.data))
events.addEventListener("end", () => { events.close(); byId("said").textContent = "The stream has ended." })

const body = byId("body")
body.addEventListener("pointermove", (event) => { if (event.buttons) { turn += event.movementX / 120; drawBody() } })
body.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -0.15, ArrowRight: 0.15 }[event.key]
  if (step) { turn += step; drawBody(); event.preventDefault() }
})
byId("keep").addEventListener("click", async () => {
  const word = document.querySelector("meta[name=word]").content
  const answer = await fetch("/keep", { method: "POST", headers: { "x-dance3d-word": word } })
  const found = await answer.json().catch(() => ({ error: "the session has ended" }))
  byId("said").textContent = found.said || found.error
})
