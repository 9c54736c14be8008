// Sorts, filters, copies and saves tables, chooses claims and searches the index; the pages are complete without it.
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

// The rows that are shown, for Word and spreadsheets: borders, no links, no buttons.
function plain(table) {
  const copy = table.cloneNode(true);
  copy.querySelectorAll("tr[hidden]").forEach((row) => row.remove());
  copy.querySelectorAll("a, button").forEach((inside) => inside.replaceWith(...inside.childNodes));
  copy.querySelectorAll("*").forEach((inside) => ["class", "id", "style"].forEach((name) => inside.removeAttribute(name)));
  copy.setAttribute("border", "1");
  copy.style.borderCollapse = "collapse";
  return copy;
}

function shownCells(table) {
  return Array.from(table.rows).filter((row) => !row.hidden).map((row) => Array.from(row.cells, (cell) => cell.innerText.trim()));
}

function copyTable(table) {
  const write = (event) => {
    event.clipboardData.setData("text/html", plain(table).outerHTML);
    event.clipboardData.setData("text/plain", shownCells(table).map((row) => row.join("\t")).join("\n"));
    event.preventDefault();
  };
  document.addEventListener("copy", write, { once: true });
  document.execCommand("copy"); // works from disk, where the newer interface may not
}

function saveTable(table, name) {
  const quoted = (text) => `"${(/^[=+@-]/.test(text) && Number.isNaN(Number(text)) ? "'" : "") + text.replaceAll('"', '""')}"`;
  const lines = shownCells(table).map((row) => row.map(quoted).join(",") + "\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", ...lines], { type: "text/csv" })); // the mark tells Excel that it is UTF-8
  link.download = `${name.toLowerCase().replace(/[^a-z0-9]+/g, "_")}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function takeable(table) {
  const region = table.closest(".scroll"), label = region.getAttribute("aria-label"), tools = document.createElement("p");
  const offer = (words, what, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words;
    button.setAttribute("aria-label", `${what}: ${label}`);
    button.addEventListener("click", () => {
      act();
      button.textContent = "Done";
      setTimeout(() => { button.textContent = words; }, 1500);
    });
    tools.append(button);
  };
  tools.className = "tools";
  offer("Copy", "Copy for Word or a spreadsheet", () => copyTable(table));
  if ("sort" in table.dataset) offer("CSV", "Save as CSV", () => saveTable(table, `${document.title.split(" | ")[0]} ${label}`));
  region.before(tools);
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
document.querySelectorAll(".scroll > table").forEach((table) => table.closest("details") ?? takeable(table));
document.querySelectorAll("input[data-filter]").forEach(filterable);
const selects = document.querySelectorAll("select[data-choose]");
if (selects.length) choosable(selects);
searchable(document.getElementById("q"));
