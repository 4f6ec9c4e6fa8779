// Plotly with the kinds of traces that our figures are made of; lines and points are always in it.
const Plotly = require("plotly.js/lib/core");
Plotly.register([
  require("plotly.js/lib/bar"),
  require("plotly.js/lib/heatmap"),
  require("plotly.js/lib/sankey"),
  require("plotly.js/lib/scatter3d"),
]);
module.exports = Plotly;
