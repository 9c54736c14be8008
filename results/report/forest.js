// Pools the trials that the reader leaves in by the model of the review: fixed effect, or random effects by DL, PM, ML or
// REML with Hartung-Knapp-Sidik-Jonkman intervals. The same formulas as the library's; a test compares both.
"use strict";

const sum = (values) => values.reduce((a, b) => a + b, 0);

function weighted(y, v, tau2) {
  const w = v.map((x) => 1 / (x + tau2)), sw = sum(w);
  const mean = sum(w.map((x, i) => x * y[i])) / sw;
  return { w, sw, mean, squares: y.map((x) => (x - mean) ** 2) };
}

function likelihood(y, v, tau2, restricted) {
  const { w, sw, squares } = weighted(y, v, tau2);
  return 0.5 * (sum(w.map(Math.log)) - (restricted ? Math.log(sw) : 0) - sum(w.map((x, i) => x * squares[i])));
}

function score(y, v, tau2, restricted) {
  const { w, sw, squares } = weighted(y, v, tau2);
  return sum(w.map((x, i) => x * x * squares[i])) - sw + (restricted ? sum(w.map((x) => x * x)) / sw : 0);
}

function root(rising, low, high) {
  for (let i = 0; i < 200; i += 1) {
    const middle = (low + high) / 2;
    if (rising(middle) > 0) low = middle; else high = middle;
  }
  return (low + high) / 2;
}

const largest = (y) => Math.max(y.length * (Math.max(...y) - Math.min(...y)) ** 2, Number.MIN_VALUE);

function likeliest(y, v, restricted) {
  if (Math.max(...y) === Math.min(...y)) return 0; // no variance is likelier than none
  const top = largest(y), bottom = Math.min(Math.min(...v) * 1e-3, top * 1e-6), grid = [0];
  for (let i = 0; i < 48; i += 1) grid.push(bottom * (top / bottom) ** (i / 47));
  const heights = grid.map((t) => likelihood(y, v, t, restricted)), slope = (t) => score(y, v, t, restricted);
  const best = heights.indexOf(Math.max(...heights)), rising = slope(grid[best]) > 0;
  if (best === 0 && !rising) return 0;
  return rising ? root(slope, grid[best], grid[Math.min(best + 1, 48)]) : root(slope, grid[best - 1], grid[best]);
}

function excess(y, v, tau2) {
  const { w, squares } = weighted(y, v, tau2);
  return sum(w.map((x, i) => x * squares[i])) - (y.length - 1);
}

function moments(y, v) {
  const w = v.map((x) => 1 / x);
  return Math.max(0, excess(y, v, 0) / (sum(w) - sum(w.map((x) => x * x)) / sum(w)));
}

const TAU2 = {
  FE: () => 0,
  DL: moments,
  PM: (y, v) => (excess(y, v, 0) > 0 ? root((t) => excess(y, v, t), 0, largest(y)) : 0),
  ML: (y, v) => likeliest(y, v, false),
  REML: (y, v) => likeliest(y, v, true),
};

function logGamma(x) {
  const c = [76.18009172947146, -86.50532032941677, 24.01409824083091, -1.231739572450155, 0.1208650973866179e-2, -0.5395239384953e-5];
  let y = x, ser = 1.000000000190015;
  const t = x + 5.5 - (x + 0.5) * Math.log(x + 5.5);
  for (const value of c) { y += 1; ser += value / y; }
  return -t + Math.log(2.5066282746310005 * ser / x);
}

// Student's t by its density: Simpson's rule is exact enough on the short interval from 0 to the quantile.
function tCdf(t, df) {
  const scale = Math.exp(logGamma((df + 1) / 2) - logGamma(df / 2)) / Math.sqrt(df * Math.PI);
  const angle = Math.atan(t / Math.sqrt(df)), n = 2000, h = angle / n;
  const f = (a) => Math.cos(a) ** (df - 1);
  let total = f(0) + f(angle);
  for (let i = 1; i < n; i += 1) total += f(i * h) * (i % 2 ? 4 : 2);
  return 0.5 + scale * Math.sqrt(df) * total * h / 3;
}

function tQuantile(p, df) {
  let low = 0, high = 1000;
  for (let i = 0; i < 100; i += 1) {
    const middle = (low + high) / 2;
    if (tCdf(middle, df) < p) low = middle; else high = middle;
  }
  return (low + high) / 2;
}

function pool(y, v, estimator, floor) {
  const k = y.length, tau2 = k > 1 ? TAU2[estimator](y, v) : 0, { w, sw, mean, squares } = weighted(y, v, tau2);
  const factor = k > 1 ? sum(w.map((x, i) => x * squares[i])) / (k - 1) : 1, normal = k === 1 || estimator === "FE";
  const quantile = normal ? 1.959963984540054 : tQuantile(0.975, k - 1) * Math.sqrt(floor ? Math.max(1, factor) : factor);
  const half = quantile / Math.sqrt(sw);
  return { estimate: mean, low: mean - half, high: mean + half, tau2, k, w };
}

window.evidence = { pool };

(function explorer() {
  const holder = document.getElementById("try-data");
  if (!holder) return;
  const { model, floor } = holder.dataset, analyses = JSON.parse(holder.textContent), chooser = document.getElementById("try-analysis");
  const body = document.getElementById("try-rows"), result = document.getElementById("try-result"), dropped = new Set();
  const minus = (text) => text.replace("-", "\u2212");
  const ratio = (m) => ["RR", "HR", "OR", "IRR"].includes(m);
  const end = (beyond, furthest) => `${beyond}${furthest}`;

  // An effect as all pages print it: what lies beyond the end of its scale is told as that.
  function show(x, { measure, digits, furthest }) {
    const value = ratio(measure) ? Math.exp(x) : x;
    if (furthest !== null && ratio(measure) && value < 1 / furthest) return end("<", 1 / furthest);
    if (furthest !== null && Math.abs(value) > furthest) return value < 0 ? end("<\u2212", furthest) : end(">", furthest);
    const text = value.toFixed(digits);
    return minus(Number(text) === 0 ? text.replace("-", "") : text);
  }

  function within(low, high, analysis) {
    const [a, b] = [show(low, analysis), show(high, analysis)];
    return a.startsWith("<") && b.startsWith(">") ? "off the scale" : `${a} to ${b}`;
  }

  function variance(tau2, { tau2_digits, tau2_furthest }) {
    return tau2_furthest !== null && tau2 > tau2_furthest ? end(">", Math.round(tau2_furthest)) : tau2.toFixed(tau2_digits);
  }


  function bar(low, middle, high, limit, pooled) {
    const at = (x) => 160 + Math.max(-155, Math.min(155, 155 * x / limit));
    const shape = pooled
      ? `<path d="M${at(low)} 9 L${at(middle)} 3 L${at(high)} 9 L${at(middle)} 15 Z"/>`
      : `<line x1="${at(low)}" x2="${at(high)}" y1="9" y2="9" stroke="#1a1a1a"/><rect x="${at(middle) - 4}" y="5" width="8" height="8" fill="#0072b2"/>`;
    return `<svg width="320" height="18" aria-hidden="true"><line x1="160" x2="160" y1="0" y2="18" stroke="#666"/>${shape}</svg>`;
  }

  function cells(row, values, markup) {
    for (const value of values) {
      const cell = document.createElement("td");
      if (value instanceof Node) cell.append(value); else cell.textContent = value;
      if (value === "") cell.className = "empty";
      row.append(cell);
    }
    const picture = document.createElement("td");
    picture.innerHTML = markup; // built from numbers only
    row.append(picture);
  }

  function draw() {
    const analysis = analyses[chooser.value], excluded = new Set(Array.from(document.querySelectorAll("[data-leave]:checked"), (x) => x.dataset.leave));
    const inside = analysis.trials.map((t, i) => !dropped.has(i) && !excluded.has(t.bias || "not assessed") && !(excluded.has("abstract") && t.abstract));
    const left = analysis.trials.filter((_, i) => inside[i]);
    const reach = analysis.trials.map((t) => Math.abs(t.y) + 1.96 * Math.sqrt(t.v)), limit = Math.max(...reach);
    body.replaceChildren();
    analysis.trials.forEach((t, i) => {
      const row = document.createElement("tr"), box = document.createElement("input"), link = document.createElement("a");
      box.type = "checkbox"; box.checked = inside[i]; box.setAttribute("aria-label", `count ${t.study}`);
      box.addEventListener("change", () => { if (box.checked) dropped.delete(i); else dropped.add(i); draw(); });
      link.href = `#${t.anchor}`; link.textContent = t.study;
      const half = 1.959963984540054 * Math.sqrt(t.v);
      row.title = `${t.study}, against ${t.versus}: ${t.source}`;
      cells(row, [box, link, t.bias || "not assessed", `${show(t.y, analysis)} (${within(t.y - half, t.y + half, analysis)})`], bar(t.y - half, t.y, t.y + half, limit, false));
      if (!inside[i]) row.className = "out";
      body.append(row);
    });
    if (!left.length) { result.textContent = "No trial is left."; return; }
    const found = pool(left.map((t) => t.y), left.map((t) => t.v), model, floor === "yes"), row = document.createElement("tr");
    const text = `${analysis.measure} ${show(found.estimate, analysis)} (${within(found.low, found.high, analysis)})${analysis.unit}`;
    cells(row, ["", `Pooled: ${found.k} of ${analysis.trials.length}`, "", text], bar(found.low, found.estimate, found.high, limit, true));
    row.className = "pooled";
    body.append(row);
    result.textContent = `${text}, ${found.k} of ${analysis.trials.length} trials, tau2 ${variance(found.tau2, analysis)}.`;
  }

  analyses.forEach((analysis, i) => chooser.append(new Option(analysis.label, i)));
  chooser.addEventListener("change", () => { dropped.clear(); draw(); });
  document.querySelectorAll("[data-leave]").forEach((box) => box.addEventListener("change", draw));
  draw();
}());
