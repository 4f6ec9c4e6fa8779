// Finds customers by their id among those that travel in this page; what they are called is only ever text.
(() => {
  const known = JSON.parse(document.getElementById("customers-data").textContent);
  const field = document.getElementById("customer-id");
  const told = document.getElementById("customers-told");
  const region = document.getElementById("customers-found");
  const body = region.querySelector("tbody");
  const SHOWN = 20;
  const ids = known.rows.map((row) => row[0].toLowerCase());

  const matches = (wanted) => {
    const equal = [], beginning = [], within = [];
    ids.forEach((id, place) => {
      if (id === wanted) equal.push(place);
      else if (id.startsWith(wanted)) beginning.push(place);
      else if (id.includes(wanted)) within.push(place);
    });
    return [...equal, ...beginning, ...within];
  };

  const show = (place) => {
    const [id, segment, ...values] = known.rows[place];
    const { name, colour } = known.segments[segment];
    const row = body.insertRow();
    const heading = document.createElement("th");
    heading.scope = "row";
    heading.textContent = id;
    row.append(heading);
    const dot = document.createElement("i");
    dot.className = "dot";
    dot.style.setProperty("--segment", colour);
    row.insertCell().append(dot, name);
    values.forEach((value) => { row.insertCell().textContent = value; });
  };

  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    const found = wanted ? matches(wanted) : [];
    body.replaceChildren();
    found.slice(0, SHOWN).forEach(show);
    region.hidden = found.length === 0;
    const many = found.length === 1 ? "1 customer" : `${found.length.toLocaleString("en")} customers`;
    const first = found.length > SHOWN ? `; the first ${SHOWN} are shown` : "";
    told.textContent = wanted ? `${found.length ? many : "No customer"} found${first}.` : "";
  });
})();
