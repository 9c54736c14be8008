// Takes tables out of the page as they are shown, for Word, Excel and spreadsheets; the pages are complete without it.
"use strict";

// The rows that are shown, as a table to paste: borders, no links, no buttons.
function plain(table) {
  const copy = table.cloneNode(true);
  copy.querySelectorAll("tr[hidden]").forEach((row) => row.remove());
  copy.querySelectorAll("a, button").forEach((inside) => inside.replaceWith(...inside.childNodes));
  copy.querySelectorAll("*").forEach((inside) => ["class", "id", "style"].forEach((name) => inside.removeAttribute(name)));
  copy.setAttribute("border", "1");
  copy.style.borderCollapse = "collapse";
  return copy;
}

function copyTable(table) {
  const write = (event) => {
    event.clipboardData.setData("text/html", plain(table).outerHTML);
    event.clipboardData.setData("text/plain", shownTexts(table).map((row) => row.join("\t")).join("\n"));
    event.preventDefault();
  };
  document.addEventListener("copy", write, { once: true });
  document.execCommand("copy"); // works from disk, where the newer interface may not
}

function csvOf(table) {
  const quoted = (text) => `"${(/^[=+@-]/.test(text) && Number.isNaN(Number(text)) ? "'" : "") + text.replaceAll('"', '""')}"`;
  const lines = shownTexts(table).map((row) => row.map(quoted).join(",") + "\n");
  return ["\ufeff", ...lines]; // the mark tells Excel that it is UTF-8
}

function save(parts, type, name, ending) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type }));
  link.download = `${name.toLowerCase().replace(/[^a-z0-9]+/g, "_")}.${ending}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function takeable(table) {
  const region = table.closest(".scroll"), label = region.getAttribute("aria-label"), tools = document.createElement("p");
  const page = document.title.split(" | ")[0], name = label.startsWith(page) ? label : `${page}: ${label}`;
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
  offer("CSV", "Save as CSV", () => save(csvOf(table), "text/csv", name, "csv"));
  offer("Excel", "Save for Excel", () => save(workbookOf(table), `${OFFICE}spreadsheetml.sheet`, name, "xlsx"));
  offer("Word", "Save for Word", () => save(documentOf(table, name), `${OFFICE}wordprocessingml.document`, name, "docx"));
  region.before(tools);
}

document.querySelectorAll(".scroll > table").forEach((table) => table.closest("details:not(.fold)") ?? takeable(table));
