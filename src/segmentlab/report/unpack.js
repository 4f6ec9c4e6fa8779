// Packed text of this page, by the id of its element: at once, for the browser's own way would keep paper waiting.
const unpackText = (id) => {
  const packed = atob(document.getElementById(id).textContent);
  const bytes = new Uint8Array(packed.length);
  for (let place = 0; place < packed.length; place += 1) bytes[place] = packed.charCodeAt(place);
  return new TextDecoder().decode(Unpack.gunzipSync(bytes));
};
