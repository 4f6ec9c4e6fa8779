// Inflates the Plotly library that travels in this file, then draws each figure as it comes into view.
(async () => {
  const holders = [...document.querySelectorAll("[data-figure]")];
  const say = (words) => holders.forEach((holder) => { holder.textContent = words; });
  if (!("DecompressionStream" in window)) {
    say("This figure needs a browser of 2023 or newer (it lacks DecompressionStream).");
    return;
  }

  const packed = document.getElementById("plotly-library").textContent.trim();
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(inflated).text();
  document.head.append(script);

  const narrow = matchMedia("(max-width: 640px)");
  const draw = (holder) => {
    if (holder.dataset.drawn) return;
    holder.dataset.drawn = "yes";
    const figure = JSON.parse(document.getElementById(holder.dataset.figure).textContent);
    Plotly.newPlot(holder, figure.data, figure.layout, {
      responsive: true,
      displaylogo: false,
      showSendToCloud: false, // Plotly's share button uploads the figure, and with it the customers
      plotlyServerURL: "",
      displayModeBar: narrow.matches ? false : "hover",
      modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
    });
  };

  const seen = new IntersectionObserver((entries) => {
    entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
      seen.unobserve(entry.target);
      draw(entry.target);
    });
  }, { rootMargin: "400px" });
  holders.forEach((holder) => seen.observe(holder));

  const PAPER_WIDTH = 820; // pixels, which page.css shrinks: on paper a figure fits itself to nothing
  addEventListener("beforeprint", () => holders.forEach((holder) => {
    draw(holder);
    Plotly.relayout(holder, { width: PAPER_WIDTH });
  }));
  addEventListener("afterprint", () => holders.forEach((holder) => {
    Plotly.relayout(holder, { width: null, autosize: true });
  }));
})();
