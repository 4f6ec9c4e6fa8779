// Bundles entry.js as Plotly's own builds are made, and packs it, with what unpacks it: run by `make plotly`.
const { readFileSync, writeFileSync } = require("fs");
const { gzipSync } = require("zlib");
const { environmentPlugin } = require("esbuild-plugin-environment");
const { glsl } = require("esbuild-plugin-glsl");
const inlineCss = require("esbuild-plugin-inline-css");

const { version } = JSON.parse(readFileSync("node_modules/plotly.js/package.json", "utf8"));
const { version: packer } = JSON.parse(readFileSync("node_modules/fflate/package.json", "utf8"));
const notice = `/* plotly.js v${version}, some kinds of traces. Copyright Plotly, Inc. Licensed under the MIT license. */`;

require("esbuild").build({
  entryPoints: ["entry.js"],
  format: "iife",
  globalName: "Plotly",
  bundle: true,
  minify: true,
  write: false,
  legalComments: "eof",
  banner: { js: notice },
  plugins: [inlineCss(), glsl({ minify: true }), environmentPlugin({ NODE_DEBUG: false })],
  alias: { regl: "@plotly/regl", stream: "stream-browserify" },
  define: { global: "window", "define.amd": "false" },
  target: "es2016",
}).then(({ outputFiles: [file] }) => writeFileSync("plotly.min.js.gz", gzipSync(file.contents, { level: 9 })));

require("esbuild").build({
  entryPoints: ["unpack.js"],
  format: "iife",
  globalName: "Unpack",
  bundle: true,
  minify: true,
  write: false,
  banner: { js: `/* fflate v${packer}, in part. Copyright Arjun Barrett. Licensed under the MIT license. */` },
  target: "es2016",
}).then(({ outputFiles: [file] }) => writeFileSync("unpack.min.js", file.contents));
