// Sorts and filters tables, chooses claims and searches the index; the pages are complete without it.
"use strict";

function sortable(table) {
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
      const compare = (a, b) => {
        const [x, y] = [value(a), value(b)], [p, q] = [parseFloat(x), parseFloat(y)];
        const order = Number.isNaN(p) || Number.isNaN(q) ? x.localeCompare(y) : p - q;
        return down ? -order : order;
      };
      const body = table.tBodies[0];
      body.append(...Array.from(body.rows).sort(compare));
    });
  });
}

function filterable(input) {
  const table = document.getElementById(input.dataset.filter);
  const count = document.querySelector(`[data-count="${input.dataset.filter}"]`);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = words.length ? `${shown} of ${table.tBodies[0].rows.length}` : "";
  });
}

function choosable(selects) {
  const claims = document.querySelectorAll(".claim"), count = document.getElementById("claims-count");
  const apply = () => {
    let shown = 0;
    claims.forEach((claim) => {
      claim.hidden = !Array.from(selects).every((s) => !s.value || claim.dataset[s.dataset.choose] === s.value);
      shown += claim.hidden ? 0 : 1;
    });
    count.textContent = `${shown} of ${claims.length} statements`;
  };
  selects.forEach((select) => select.addEventListener("change", apply));
}

function searchable(input) {
  const list = document.getElementById("found");
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length ? window.INDEX.filter(([text]) => words.every((w) => text.toLowerCase().includes(w))).slice(0, 20) : [];
    list.replaceChildren(...found.map(([text, page]) => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = input.dataset.up + page;
      link.textContent = text;
      item.append(link);
      return item;
    }));
  });
}

document.querySelectorAll("table[data-sort]").forEach(sortable);
document.querySelectorAll("input[data-filter]").forEach(filterable);
const selects = document.querySelectorAll("select[data-choose]");
if (selects.length) choosable(selects);
searchable(document.getElementById("q"));
