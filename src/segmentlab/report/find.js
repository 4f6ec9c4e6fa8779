// Finds, sorts, filters and saves the customers that travel in this page; what they are called is only ever text.
(() => {
  const SHOWN = 50;
  const at = (id) => document.getElementById(id);
  const told = at("customers-told"), more = at("customers-more"), save = at("customers-save"), advice = at("customers-advice");
  const body = at("customers-found").querySelector("tbody");
  const headings = [...document.querySelectorAll("#customers-found [data-sort]")];
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  let known, ids, rows = [], shown = 0, sort = { name: "", down: false };

  // Read when somebody comes near: until then the page has nothing to do with it.
  const read = () => {
    if (known) return;
    known = JSON.parse(unpackText("customers-data"));
    known.by = Object.fromEntries(known.list.map((column) => [column.name, column]));
    ids = known.by.customer_id.texts.map((id) => id.toLowerCase());
  };
  const value = (column, row) =>
    column.texts ? column.texts[row] : column.numbers ? column.numbers[row] : column.words[column.codes[row]];

  const chosen = (name) => at(`by-${name}`)?.value ?? "";
  const filter = () => {
    const wanted = at("customer-id").value.trim().toLowerCase(), least = chosen("value") === "" ? null : Number(chosen("value"));
    const [low, high] = chosen("confidence").split(" ").map(Number);
    const segment = chosen("segment") === "" ? null : Number(chosen("segment"));
    const worth = known.list.find((column) => column.name.startsWith("value_ahead_"));
    const words = ["state", "country"].filter((name) => chosen(name)).map((name) => [known.by[name], chosen(name)]);
    const all = low === 0 && high > 1;
    return ids.map((_, row) => row).filter((row) =>
      ids[row].includes(wanted)
      && (segment === null || known.by.segment.codes[row] === segment)
      && words.every(([column, word]) => value(column, row) === word)
      && (least === null || (worth.numbers[row] !== null && worth.numbers[row] >= least))
      && (all || (known.by.confidence.numbers[row] >= low && known.by.confidence.numbers[row] < high)));
  };

  // Who is not known of comes last, either way; whoever is equal keeps the order of the list.
  const order = (found) => {
    const column = known.by[sort.name], turn = sort.down ? -1 : 1;
    const wanted = at("customer-id").value.trim().toLowerCase();
    if (column) {
      const rank = column.words && compareWords(column.words);
      found.sort((one, other) => {
        const a = rank ? rank[column.codes[one]] : value(column, one), b = rank ? rank[column.codes[other]] : value(column, other);
        if (a === null || b === null) return (a === null) - (b === null);
        return turn * (column.texts ? compare(a, b) : a - b);
      });
    }
    const near = (row) => (ids[row] === wanted ? 0 : ids[row].startsWith(wanted) ? 1 : 2);
    return wanted ? found.sort((one, other) => near(one) - near(other)) : found;
  };
  const compareWords = (words) => {
    const places = words.map((_, place) => place).sort((one, other) => compare(words[one], words[other]));
    const rank = [];
    places.forEach((place, position) => { rank[place] = words[place] === "" ? null : position; });
    return rank;
  };

  const write = (column, row) => {
    const found = value(column, row);
    if (found === null) return "n/a";
    const digits = column.name === "confidence" ? 3 : Math.abs(found) < 100 ? 2 : 0;
    return column.numbers ? found.toLocaleString("en", { maximumFractionDigits: digits }) : found;
  };
  const addRow = (row) => {
    const line = body.insertRow();
    headings.forEach(({ dataset }) => {
      const column = known.by[dataset.sort], text = write(column, row);
      if (column.texts) {
        const heading = document.createElement("th");
        heading.scope = "row";
        heading.textContent = text;
        heading.title = text;
        line.append(heading);
        return;
      }
      const cell = line.insertCell();
      if (column.words) {
        cell.className = "words";
        cell.title = text;
      }
      if (column.name === "segment") {
        const dot = document.createElement("i");
        dot.className = "dot";
        dot.style.setProperty("--segment", known.colours[column.codes[row]]);
        cell.append(dot);
      }
      cell.append(text);
    });
    known.further.forEach((values) => { line.insertCell().textContent = values[row]; });
  };
  const showMore = () => {
    rows.slice(shown, shown + SHOWN).forEach(addRow);
    shown = Math.min(rows.length, shown + SHOWN);
    more.hidden = shown === rows.length;
    const many = rows.length === 1 ? "1 customer" : `${rows.length.toLocaleString("en")} customers`;
    const first = shown < rows.length ? `; the first ${shown} are shown` : "";
    told.textContent = `${rows.length ? many : "No customer"} found${first}.`;
  };
  const show = () => {
    read();
    rows = order(filter());
    shown = 0;
    body.replaceChildren();
    save.disabled = rows.length === 0;
    showMore();
    const first = chosen("segment") !== "" && rows.length && known.by.action ? value(known.by.action, rows[0]) : "";
    advice.hidden = !first;
    advice.textContent = first ? `What to do: ${first}. Why the name: ${value(known.by.reason, rows[0])}` : "";
  };

  // As segmentlab.lab.tracking.files: a spreadsheet runs a text that begins with one of these, unless it is an amount.
  const defuse = (text) => (/^[=+\-@\t\r]/.test(text) && !/^-[\d,]+\.\d\d$/.test(text) ? `'${text}` : text);
  const quote = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const cell = (column, row) => {
    const found = value(column, row);
    if (!column.numbers) return quote(defuse(found));
    return found === null ? "" : Number.isInteger(found) ? found.toFixed(1) : String(found);
  };
  const saveList = () => {
    const lines = [known.list.map((column) => column.name), ...rows.map((row) => known.list.map((column) => cell(column, row)))];
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", ...lines.map((line) => `${line.join(",")}\n`)], { type: "text/csv;charset=utf-8" }));
    link.download = "customers.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    at("customers-sandbox").hidden = !(origin === "null" && location.protocol !== "file:");
  };

  const turn = ({ dataset }) => {
    const numbers = "numbers" in known.by[dataset.sort];
    sort = { name: dataset.sort, down: sort.name === dataset.sort ? !sort.down : numbers };
    headings.forEach((each) => {
      if (each.dataset.sort === sort.name) each.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      else each.removeAttribute("aria-sort");
    });
    show();
  };
  headings.forEach((heading) => heading.firstElementChild.addEventListener("click", () => { read(); turn(heading); }));
  document.querySelector(".filters").addEventListener("input", show);
  more.addEventListener("click", () => {
    const next = shown;
    showMore();
    body.rows[next]?.cells[0].scrollIntoView({ block: "nearest" });
  });
  save.addEventListener("click", saveList);
  at("customers-sandbox").hidden = !(origin === "null" && location.protocol !== "file:");
  const near = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    near.disconnect();
    if (!known) show();
  }, { rootMargin: "600px" });
  near.observe(at("customers-found"));
})();
