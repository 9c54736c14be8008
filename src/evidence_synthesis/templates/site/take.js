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

function csvOf(table) {
  const quoted = (text) => `"${(/^[=+@-]/.test(text) && Number.isNaN(Number(text)) ? "'" : "") + text.replaceAll('"', '""')}"`;
  const lines = shownCells(table).map((row) => row.map(quoted).join(",") + "\n");
  return ["\ufeff", ...lines]; // the mark tells Excel that it is UTF-8
}

// Files in a ZIP archive, stored as they are (PKWARE's APPNOTE 4.3); dated 1980, so that equal tables are equal files.
function zipped(files) {
  const code = new TextEncoder(), parts = [], index = [];
  const crc = (bytes) => {
    let sum = -1;
    for (const byte of bytes) {
      sum ^= byte;
      for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
    }
    return ~sum >>> 0;
  };
  const fields = (...pairs) => {
    const view = new DataView(new ArrayBuffer(pairs.reduce((size, [bytes]) => size + bytes, 0)));
    let at = 0;
    for (const [bytes, value] of pairs) {
      if (bytes === 4) view.setUint32(at, value, true); else view.setUint16(at, value, true);
      at += bytes;
    }
    return new Uint8Array(view.buffer);
  };
  let place = 0, indexed = 0;
  for (const [path, text] of Object.entries(files)) {
    const name = code.encode(path), data = code.encode(text);
    // version, flags, method, time, date (1 January 1980), check sum, sizes, lengths of the name and of no extra field
    const about = [[2, 20], [2, 0], [2, 0], [2, 0], [2, 33], [4, crc(data)], [4, data.length], [4, data.length], [2, name.length], [2, 0]];
    const head = fields([4, 0x04034b50], ...about);
    const entry = fields([4, 0x02014b50], [2, 20], ...about, [2, 0], [2, 0], [2, 0], [4, 0], [4, place]);
    parts.push(head, name, data);
    index.push(entry, name);
    place += head.length + name.length + data.length;
    indexed += entry.length + name.length;
  }
  const count = Object.keys(files).length;
  return [...parts, ...index, fields([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, indexed], [4, place], [2, 0])];
}

// A workbook of one sheet (ECMA-376, part 1): numbers with the decimals that are shown, everything else as text.
function workbookOf(table) {
  const most = 6, open = "http://schemas.openxmlformats.org/", sheets = `${open}spreadsheetml/2006/main`;
  const safe = (text) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "");
  const cell = (text, header) => {
    const number = header ? null : text.match(/^[-\u2212]?(?:0|[1-9]\d{0,14})(?:\.(\d+))?$/);
    if (number && (number[1] ?? "").length <= most) return `<c s="${2 + (number[1] ?? "").length}"><v>${text.replace("\u2212", "-")}</v></c>`;
    return `<c s="${header ? 1 : 0}" t="inlineStr"><is><t xml:space="preserve">${safe(text)}</t></is></c>`;
  };
  const rows = shownCells(table), widths = rows[0].map((_, column) => Math.min(60, 2 + Math.max(...rows.map((row) => (row[column] ?? "").length))));
  const type = (path, what) => `<Override PartName="/${path}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.${what}+xml"/>`;
  const relation = (id, what, path) => `<Relationship Id="r${id}" Type="${open}officeDocument/2006/relationships/${what}" Target="${path}"/>`;
  const related = (...all) => `<Relationships xmlns="${open}package/2006/relationships">${all.join("")}</Relationships>`;
  const formats = Array.from({ length: most + 1 }, (_, digits) => digits ? `0.${"0".repeat(digits)}` : "0");
  const text = '<alignment vertical="top" wrapText="1"/></xf>';
  return zipped({
    "[Content_Types].xml": `<Types xmlns="${open}package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${type("xl/workbook.xml", "sheet.main")}${type("xl/worksheets/sheet1.xml", "worksheet")}${type("xl/styles.xml", "styles")}</Types>`,
    "_rels/.rels": related(relation(1, "officeDocument", "xl/workbook.xml")),
    "xl/_rels/workbook.xml.rels": related(relation(1, "worksheet", "worksheets/sheet1.xml"), relation(2, "styles", "styles.xml")),
    "xl/workbook.xml": `<workbook xmlns="${sheets}" xmlns:r="${open}officeDocument/2006/relationships"><sheets><sheet name="Table" sheetId="1" r:id="r1"/></sheets></workbook>`,
    "xl/styles.xml": `<styleSheet xmlns="${sheets}"><numFmts count="${formats.length}">${formats.map((code, k) => `<numFmt numFmtId="${164 + k}" formatCode="${code}"/>`).join("")}</numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="${2 + formats.length}"><xf applyAlignment="1">${text}<xf fontId="1" applyFont="1" applyAlignment="1">${text}${formats.map((_, k) => `<xf numFmtId="${164 + k}" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top"/></xf>`).join("")}</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`,
    "xl/worksheets/sheet1.xml": `<worksheet xmlns="${sheets}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${widths.map((width, k) => `<col min="${k + 1}" max="${k + 1}" width="${width}" customWidth="1"/>`).join("")}</cols><sheetData>${rows.map((row, k) => `<row>${row.map((words) => cell(words, k === 0)).join("")}</row>`).join("")}</sheetData></worksheet>`,
  });
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
  const name = `${document.title.split(" | ")[0]} ${label}`;
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
  if ("sort" in table.dataset) {
    offer("CSV", "Save as CSV", () => save(csvOf(table), "text/csv", name, "csv"));
    offer("Excel", "Save for Excel", () => save(workbookOf(table), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", name, "xlsx"));
  }
  region.before(tools);
}

document.querySelectorAll(".scroll > table").forEach((table) => table.closest("details") ?? takeable(table));
