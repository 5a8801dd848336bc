"use strict";
/* The numbers of the page: base64, and what runs over time as differences from row to row, deflated. */
const Unpack = {
  bytes: (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)),

  async inflate(text) {
    const stream = new Blob([Unpack.bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).arrayBuffer();
  },

  /* Rows of `columns` numbers at [first byte, bytes] of what was packed as differences; sums wrap around as the numbers did. */
  series(buffer, [first, long], Kind, columns) {
    const out = new Kind(buffer.slice(first, first + long));
    for (let i = columns; i < out.length; i++) out[i] += out[i - columns];
    return out;
  },

  async page() {
    const data = JSON.parse(document.getElementById("data").textContent);
    const packed = await Unpack.inflate(data.series);
    data.time = new Float64Array(Unpack.bytes(data.time).buffer);
    for (const dancer of data.dancers) {
      dancer.xyz = Unpack.series(packed, dancer.xyz, Int16Array, data.joints.length * 3);
      dancer.state = Unpack.series(packed, dancer.state, Uint8Array, 1);
      for (const curve of dancer.curves) {
        curve.values = Unpack.series(packed, curve.values, Int16Array, 1);
        curve.bands = Unpack.series(packed, curve.bands, Int16Array, 1);
      }
    }
    return data;
  },

  /* A film that is inside the page, piece by piece, so that the whole is never one string of characters. */
  film() {
    const pieces = [...document.querySelectorAll("script[data-film]")].map((one) => Unpack.bytes(one.textContent));
    return pieces.length ? URL.createObjectURL(new Blob(pieces, { type: "video/mp4" })) : "";
  },
};
