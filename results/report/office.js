// Writes tables of the page as files for Excel and Word (ECMA-376, part 1): the rows that are shown, cells that span others too.
"use strict";

// Cells by row and column; one that spans several stands in each of its places, with its text in the first.
function gridOf(table) {
  const rows = Array.from(table.rows).filter((row) => !row.hidden), grid = rows.map(() => []);
  rows.forEach((row, r) => {
    let column = 0;
    for (const cell of row.cells) {
      while (grid[r][column]) column++;
      const tall = Math.min(cell.rowSpan, rows.length - r), text = cell.innerText.trim();
      for (let down = 0; down < tall; down++) {
        for (let across = 0; across < cell.colSpan; across++) {
          grid[r + down][column + across] = { text: down || across ? "" : text, down, across, tall, wide: cell.colSpan };
        }
      }
    }
  });
  return grid;
}

function shownTexts(table) {
  return gridOf(table).map((row) => row.map((cell) => cell.text));
}

function headerRows(table) {
  return table.tHead ? table.tHead.rows.length : 0;
}

// Letters that each column needs, by a measure of its texts (cells that span columns aside).
function letters(grid, measure) {
  return grid[0].map((_, k) => Math.max(3, ...grid.map((row) => (row[k] && row[k].wide === 1 ? measure(row[k].text) : 0))));
}

function total(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function escaped(text) {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "");
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

const OFFICE = "application/vnd.openxmlformats-officedocument.", OPEN = "http://schemas.openxmlformats.org/", XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

// An Office file of a main part, its styles and any further parts, by path in its folder: [content type, relation, XML].
function packed(folder, what, parts) {
  const named = Object.entries(parts), [main] = Object.keys(parts), kind = `${OFFICE}${what}.`;
  const relation = (id, type, target) => `<Relationship Id="r${id}" Type="${OPEN}officeDocument/2006/relationships/${type}" Target="${target}"/>`;
  const related = (all) => `<Relationships xmlns="${OPEN}package/2006/relationships">${all.join("")}</Relationships>`;
  const types = named.map(([path, [type]]) => `<Override PartName="/${folder}/${path}" ContentType="${kind}${type}+xml"/>`);
  const standard = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>';
  const files = {
    "[Content_Types].xml": `<Types xmlns="${OPEN}package/2006/content-types">${standard}${types.join("")}</Types>`,
    "_rels/.rels": related([relation(1, "officeDocument", `${folder}/${main}`)]),
    [`${folder}/_rels/${main}.rels`]: related(named.slice(1).map(([path, [, type]], k) => relation(k + 1, type, path))),
    ...Object.fromEntries(named.map(([path, [, , xml]]) => [`${folder}/${path}`, xml])),
  };
  return zipped(Object.fromEntries(Object.entries(files).map(([path, xml]) => [path, XML + xml])));
}

// A workbook of one sheet: numbers with the decimals that are shown, everything else as text.
function workbookOf(table) {
  const most = 6, sheets = `${OPEN}spreadsheetml/2006/main`, grid = gridOf(table), headers = headerRows(table);
  const column = (k) => (k < 26 ? "" : column(Math.floor(k / 26) - 1)) + String.fromCharCode(65 + (k % 26));
  const cell = (text, header) => {
    const number = header ? null : text.match(/^[-\u2212]?(?:0|[1-9]\d{0,14})(?:\.(\d+))?$/);
    if (number && (number[1] ?? "").length <= most) return `<c s="${2 + (number[1] ?? "").length}"><v>${text.replace("\u2212", "-")}</v></c>`;
    return `<c s="${header ? 1 : 0}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
  };
  const rows = grid.map((row, r) => `<row>${row.map((one) => cell(one.text, r < headers)).join("")}</row>`);
  const merged = grid.flatMap((row, r) => row.flatMap((one, k) => {
    if (one.down || one.across || one.tall * one.wide === 1) return [];
    return `<mergeCell ref="${column(k)}${r + 1}:${column(k + one.wide - 1)}${r + one.tall}"/>`;
  }));
  const widths = letters(grid, (text) => Math.min(58, text.length)).map((length, k) => `<col min="${k + 1}" max="${k + 1}" width="${2 + length}" customWidth="1"/>`);
  const frozen = headers ? `<pane ySplit="${headers}" topLeftCell="A${headers + 1}" activePane="bottomLeft" state="frozen"/>` : "";
  const formats = Array.from({ length: most + 1 }, (_, digits) => digits ? `0.${"0".repeat(digits)}` : "0");
  const text = '<alignment vertical="top" wrapText="1"/></xf>', number = '<alignment vertical="top"/></xf>';
  const fonts = '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>';
  const plain = '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>';
  const kinds = [`<xf applyAlignment="1">${text}`, `<xf fontId="1" applyFont="1" applyAlignment="1">${text}`];
  kinds.push(...formats.map((_, k) => `<xf numFmtId="${164 + k}" applyNumberFormat="1" applyAlignment="1">${number}`));
  return packed("xl", "spreadsheetml", {
    "workbook.xml": ["sheet.main", "", `<workbook xmlns="${sheets}" xmlns:r="${OPEN}officeDocument/2006/relationships"><sheets><sheet name="Table" sheetId="1" r:id="r1"/></sheets></workbook>`],
    "worksheets/sheet1.xml": ["worksheet", "worksheet", `<worksheet xmlns="${sheets}"><sheetViews><sheetView workbookViewId="0">${frozen}</sheetView></sheetViews><cols>${widths.join("")}</cols><sheetData>${rows.join("")}</sheetData>${merged.length ? `<mergeCells count="${merged.length}">${merged.join("")}</mergeCells>` : ""}</worksheet>`],
    "styles.xml": ["styles", "styles", `<styleSheet xmlns="${sheets}"><numFmts count="${formats.length}">${formats.map((code, k) => `<numFmt numFmtId="${164 + k}" formatCode="${code}"/>`).join("")}</numFmts>${fonts}${plain}<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="${kinds.length}">${kinds.join("")}</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`],
  });
}

// Widths of columns and the size of letters (both in points) for a page so wide: no word is broken while letters of 6 points
// allow it, and what is left goes to the columns with long texts. A letter takes half its size.
function layOut(grid, across) {
  const least = letters(grid, (text) => Math.max(...text.split(/\s+/).map((word) => word.length))).map((length) => length + 4);
  const wanted = letters(grid, (text) => Math.min(80, text.length)).map((length, k) => Math.max(least[k], length + 4));
  const size = [10, 9, 8, 7].find((points) => 1.5 * total(least) * points / 2 <= across) ?? 6, line = across / (size / 2);
  const share = Math.min(1, Math.max(0, (line - total(least)) / (total(wanted) - total(least) || 1)));
  const lengths = wanted.map((length, k) => least[k] + (length - least[k]) * share), fit = Math.min(1, line / total(lengths));
  return { size, widths: lengths.map((length) => length * fit * size / 2) };
}

// A document on A4 across: a heading, the table with a header that repeats on each page, and a line where rows are hidden.
function documentOf(table, title) {
  const page = [16838, 11906], margin = 1021, space = `xmlns:w="${OPEN}wordprocessingml/2006/main"`; // twentieths of a point
  const grid = gridOf(table), headers = headerRows(table), layout = layOut(grid, (page[0] - 2 * margin) / 20);
  const size = layout.size, widths = layout.widths.map((points) => Math.round(20 * points));
  const paragraph = (text, looks, kind = "") => `<w:p><w:pPr>${kind}</w:pPr><w:r><w:rPr>${looks}</w:rPr><w:t xml:space="preserve">${escaped(text)}</w:t></w:r></w:p>`;
  const cell = (one, k, header) => {
    const width = total(widths.slice(k, k + one.wide)), number = /^[-\u2212]?\d[\d.,]*$/.test(one.text);
    const span = one.wide > 1 ? `<w:gridSpan w:val="${one.wide}"/>` : "", merge = one.tall > 1 ? `<w:vMerge${one.down ? "" : ' w:val="restart"'}/>` : "";
    const looks = `${header ? "<w:b/>" : ""}<w:sz w:val="${2 * size}"/>`;
    return `<w:tc><w:tcPr><w:tcW w:w="${width}" w:type="dxa"/>${span}${merge}</w:tcPr>${paragraph(one.text, looks, number ? '<w:jc w:val="right"/>' : "")}</w:tc>`;
  };
  const rows = grid.map((row, r) => {
    const cells = row.map((one, k) => one.across ? "" : cell(one, k, r < headers));
    return `<w:tr><w:trPr><w:cantSplit/>${r < headers ? "<w:tblHeader/>" : ""}</w:trPr>${cells.join("")}</w:tr>`;
  });
  const borders = ["top", "left", "bottom", "right", "insideH", "insideV"].map((side) => `<w:${side} w:val="single" w:sz="4" w:color="808080"/>`);
  const looks = `<w:tblW w:w="${total(widths)}" w:type="dxa"/><w:tblBorders>${borders.join("")}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar>`;
  const all = table.rows.length - headers, shown = grid.length - headers, note = shown < all ? `${shown} of ${all} rows, as they were filtered on the page.` : "";
  const section = `<w:sectPr><w:pgSz w:w="${page[0]}" w:h="${page[1]}" w:orient="landscape"/><w:pgMar w:top="${margin}" w:right="${margin}" w:bottom="${margin}" w:left="${margin}" w:header="500" w:footer="500" w:gutter="0"/></w:sectPr>`;
  const styles = `<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri"/><w:sz w:val="20"/><w:lang w:val="en-GB"/></w:rPr></w:rPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:keepNext/><w:spacing w:after="120"/><w:outlineLvl w:val="0"/></w:pPr><w:rPr><w:b/><w:sz w:val="26"/></w:rPr></w:style>`;
  return packed("word", "wordprocessingml", {
    "document.xml": ["document.main", "", `<w:document ${space}><w:body>${paragraph(title, "", '<w:pStyle w:val="Heading1"/>')}<w:tbl><w:tblPr>${looks}</w:tblPr><w:tblGrid>${widths.map((width) => `<w:gridCol w:w="${width}"/>`).join("")}</w:tblGrid>${rows.join("")}</w:tbl>${paragraph(note, "")}${section}</w:body></w:document>`],
    "styles.xml": ["styles", "styles", `<w:styles ${space}>${styles}</w:styles>`],
  });
}
