// What unpacks the library in the page, at once: the browser's own way would keep paper waiting.
export { gunzipSync } from "fflate";
