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

// Filters a table, or all tables of a part of the page; folds open where something is found in them.
function filterable(input) {
  const place = document.getElementById(input.dataset.filter), rows = place.querySelectorAll("tbody tr");
  const count = document.querySelector(`[data-count="${input.dataset.filter}"]`);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    place.querySelectorAll("details.fold").forEach((fold) => {
      fold.open = words.length > 0 && fold.querySelector("tbody tr:not([hidden])") !== null;
      fold.hidden = words.length > 0 && !fold.open;
    });
    count.textContent = words.length ? `${shown} of ${rows.length}` : "";
  });
}

// Chooses statements by document, verdict and words; what they stand in opens where something was chosen.
function choosable(selects) {
  const claims = document.querySelectorAll(".claim"), count = document.getElementById("claims-count");
  const box = document.getElementById("f-words");
  const apply = () => {
    const words = box ? box.value.toLowerCase().split(/\s+/).filter(Boolean) : [];
    const chosen = words.length > 0 || Array.from(selects).some((s) => s.value);
    let shown = 0;
    claims.forEach((claim) => {
      const text = words.length ? claim.querySelector("h3").textContent.toLowerCase() : "";
      claim.hidden = !Array.from(selects).every((s) => !s.value || claim.dataset[s.dataset.choose] === s.value)
        || !words.every((word) => text.includes(word));
      shown += claim.hidden ? 0 : 1;
    });
    document.querySelectorAll("details.document").forEach((fold) => {
      fold.hidden = fold.querySelector(".claim:not([hidden])") === null;
      fold.open = chosen && !fold.hidden;
    });
    count.textContent = `${shown} of ${claims.length} statements`;
  };
  const choose = (verdict) => {
    selects.forEach((select) => { select.value = select.dataset.choose === "verdict" ? verdict : ""; });
    if (box) box.value = "";
    apply();
  };
  selects.forEach((select) => select.addEventListener("change", apply));
  box?.addEventListener("input", apply);
  document.querySelectorAll("[data-pick]").forEach((link) => link.addEventListener("click", () => choose(link.dataset.pick)));
  // a statement that a link leads to is shown, whatever was chosen before
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && document.getElementById(link.hash.slice(1))?.hidden) choose("");
  });
}

function searchable(input) {
  const list = document.getElementById("found");
  const first = (text, words) => (text.toLowerCase().startsWith(words[0]) ? 0 : 1);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length ? window.INDEX.filter(([text]) => words.every((w) => text.toLowerCase().includes(w))) : [];
    const place = ([text, , kind]) => ["treatment", "trial", "statement"].indexOf(kind) * 2 + first(text, words);
    list.replaceChildren(...found.sort((a, b) => place(a) - place(b)).slice(0, 20).map(([text, page, kind]) => {
      const item = document.createElement("li"), link = document.createElement("a"), label = document.createElement("span");
      link.href = input.dataset.up + page;
      label.className = "kind";
      label.textContent = kind;
      link.append(label, ` ${text}`);
      item.append(link);
      return item;
    }));
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") list.querySelector("a")?.click();
  });
}

// On a narrow screen each line of a table stands as a block, its cells under the names of their columns.
function stackable(table) {
  if (table.tHead.rows.length !== 1) return;
  const names = Array.from(table.tHead.rows[0].cells, (cell) => cell.textContent.trim());
  for (const row of table.tBodies[0].rows) {
    Array.from(row.cells).forEach((cell, i) => { if (cell.tagName === "TD") cell.dataset.label ??= names[i]; });
  }
  table.classList.add("stack");
}

// What is wider than the screen and scrolls says so.
function sideways(place) {
  const tell = () => {
    const scrolls = getComputedStyle(place).overflowX !== "visible";
    place.classList.toggle("sideways", scrolls && place.scrollWidth > place.clientWidth + 1);
  };
  new ResizeObserver(tell).observe(place);
}

function plainWords(box) {
  let kept = null;
  try { kept = localStorage.getItem("plain-words"); } catch { /* pages on disk may have no storage */ }
  const apply = () => document.body.classList.toggle("plain", box.checked);
  box.checked = kept === "yes";
  box.addEventListener("change", () => {
    apply();
    try { localStorage.setItem("plain-words", box.checked ? "yes" : "no"); } catch { /* the same */ }
  });
  apply();
}

// What an address leads to stands in the open, also where the browser does not open folds by itself.
function reveal() {
  const there = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  let shut = 0;
  for (let fold = there?.closest("details"); fold; fold = fold.parentElement.closest("details")) {
    shut += fold.open ? 0 : 1;
    fold.open = true;
  }
  if (shut) there.scrollIntoView();
}

// Paper has no folds: all are open while the page is printed, their pictures loaded.
function printable() {
  let shut = [];
  window.addEventListener("beforeprint", () => {
    shut = Array.from(document.querySelectorAll("details:not([open])"));
    shut.forEach((fold) => { fold.open = true; });
    document.querySelectorAll("img[loading]").forEach((image) => { image.loading = "eager"; });
  });
  window.addEventListener("afterprint", () => shut.forEach((fold) => { fold.open = false; }));
}

// A phone shows long pictures on request.
if (matchMedia("screen and (max-width: 45rem)").matches) {
  document.querySelectorAll("details.long").forEach((fold) => { fold.open = false; });
}
window.addEventListener("hashchange", reveal);
document.addEventListener("click", (event) => {
  if (event.target.closest('a[href^="#"]')?.hash === location.hash) reveal(); // the address does not change a second time
});
// The versions of evidence and software stand in one file, so that a new one changes no page.
document.querySelectorAll("[data-state]").forEach((place) => {
  place.textContent = window.STATE?.[place.dataset.state] ?? place.textContent;
});
reveal();
printable();
document.querySelectorAll("table[data-sort]").forEach(stackable);
document.querySelectorAll("table[data-sort]").forEach(sortable);
document.querySelectorAll(".scroll, figure").forEach(sideways);
document.querySelectorAll("input[data-filter]").forEach(filterable);
const selects = document.querySelectorAll("select[data-choose]");
if (selects.length) choosable(selects);
searchable(document.getElementById("q"));
plainWords(document.getElementById("plain-words"));
