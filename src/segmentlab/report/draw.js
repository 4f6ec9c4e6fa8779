// Draws each figure when it comes near the reader. Until then the Plotly library stays packed text in this
// file, and figures stay text as well: a page is read long before its figures are.
(() => {
  const holders = [...document.querySelectorAll("[data-figure]")];
  const night = JSON.parse(document.getElementById("night-colours").textContent);
  const narrow = matchMedia("(max-width: 640px)");
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const load = () => {
    const script = document.createElement("script");
    script.textContent = unpackText("plotly-library");
    document.head.append(script);
  };

  // The colours of the house in their shades for a dark screen; segments keep theirs, and so does the data.
  const shade = (value, key) => {
    if (typeof value === "string") return /color(way)?$/.test(key) ? night[value] ?? value : value;
    if (Array.isArray(value)) return typeof value[0] === "number" ? value : value.map((one) => shade(one, key));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([inner, one]) => [inner, shade(one, inner)]));
  };

  const draw = (holder, atNight) => {
    const read = JSON.parse(document.getElementById(holder.dataset.figure).textContent);
    const { data, layout } = atNight ? shade(read, "") : read;
    const own = narrow.matches ? { ...layout, ...layout.meta?.narrow } : layout;
    if (narrow.matches) data.filter((trace) => trace.colorbar).forEach(({ colorbar }) => Object.assign(colorbar, BELOW));
    holder.dataset.drawn = atNight ? "dark" : "light";
    Plotly.react(holder, data, own, {
      responsive: true,
      displaylogo: false,
      showSendToCloud: false, // Plotly's share button uploads the figure, and with it the customers
      plotlyServerURL: "",
      displayModeBar: narrow.matches ? false : "hover",
      modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
    });
  };

  // On a phone a bar of colours has no room beside its figure.
  const BELOW = { orientation: "h", x: 0, xanchor: "left", y: -0.02, yanchor: "top", len: 1 };

  // One piece of work at a time, so that scrolling and typing come in between.
  const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 20));
  const waiting = [];
  const work = () => {
    if (!window.Plotly) load();
    else draw(waiting.shift(), dark.matches);
    if (waiting.length) idle(work, { timeout: 300 });
  };
  const ask = (holder) => {
    if (waiting.push(holder) === 1) idle(work, { timeout: 300 });
  };

  const near = new IntersectionObserver((entries) => {
    entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
      near.unobserve(entry.target);
      ask(entry.target);
    });
  }, { rootMargin: "400px" });
  holders.forEach((holder) => near.observe(holder));
  dark.addEventListener("change", () => holders.filter((holder) => holder.dataset.drawn).forEach(ask));

  // Paper waits for nothing: what it needs is drawn at once, and in daylight.
  const PAPER_WIDTH = 820; // pixels, which page.css shrinks: on paper a figure fits itself to nothing
  const printed = holders.filter((holder) => !holder.closest(".screen, details:not([open])"));
  addEventListener("beforeprint", () => {
    if (printed.length && !window.Plotly) load();
    printed.forEach((holder) => {
      if (holder.dataset.drawn !== "light") draw(holder, false);
      Plotly.relayout(holder, { width: PAPER_WIDTH });
    });
  });
  addEventListener("afterprint", () => printed.forEach((holder) => {
    Plotly.relayout(holder, { width: null, autosize: true });
    if (dark.matches) ask(holder);
  }));
})();
