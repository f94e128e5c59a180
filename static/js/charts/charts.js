// Declarative charts: <c-chart kind="line" src="/run/7/equity.json" …> draws itself.
//
// The address answers columnar JSON. Times are seconds since 1970 UTC, rising; null is a gap;
// returns are fractions (format "percent" writes them as per cent).
//   candles    { time, open, high, low, close, volume?, precision?, overlays?: [{name, values, color?}],
//                markers?: [{time, side: "BUY"|"SELL", text}], extent?: [first, last], window?: [from, to],
//                is_resampled? }; zooming and panning ask the same address with ?from=&to= (seconds).
//   line, area, bars, histogram
//              { time | x | categories, series: [{name, values, told?, color?, style?}], format?, x_format?,
//                x_label?, marks?: [{x, text}], lines?: [{y}], bands?: [{upper, lower}], y_range?, signed? };
//                told: figures written in the place of the drawn values; style: line, area, dashed, step, bars, points; color: a token such as s1, up, down.
//   heat       { rows, columns, values, format?, places?, best?: [row, column] }
// Any of them may be { empty: "why there is nothing to draw" } instead.
import { drawCandles } from "./candles.js";
import { drawHeat } from "./heat.js";
import { drawLines } from "./lines.js";

const SKELETON_DELAY_MS = 200;
const TABLE_ROWS = 1000;
const drawers = { candles: drawCandles, heat: drawHeat };
const charts = new Map();

function div(className, text) {
  const element = document.createElement("div");
  element.className = className;
  if (text) element.textContent = text;
  return element;
}

async function fetchJson(src, params = {}) {
  const url = new URL(src, location.href);
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => null);
  throw new Error(problem?.error?.message ?? problem?.message ?? `The server answered ${response.status}.`);
}

const hasRows = (data) => Boolean((data.time ?? data.x ?? data.categories ?? data.rows ?? []).length);

function showState(figure, text, retry) {
  const state = div("chart-state", text);
  if (retry) {
    state.role = "alert";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn sm";
    button.textContent = "Try again";
    button.addEventListener("click", retry);
    state.append(button);
  }
  clearState(figure);
  figure.append(state);
}

const clearState = (figure) => figure.querySelectorAll(".chart-state, .skel").forEach((state) => state.remove());

function draw(figure, data) {
  const host = div("chart-plot");
  const legend = div("chart-legend");
  const kind = figure.dataset.chart;
  figure.append(host, legend);
  const drawer = drawers[kind] ?? drawLines;
  const chart = drawer({
    host,
    legend,
    kind,
    data,
    group: figure.dataset.group,
    load: (from, to) => fetchJson(figure.dataset.src, { from, to }),
  });
  charts.set(figure, chart);
  figure.dataset.ready = "true";
}

function clear(figure) {
  charts.get(figure)?.remove();
  charts.delete(figure);
  delete figure.dataset.ready;
  figure.querySelectorAll(":scope > div").forEach((part) => part.remove());
}

/** Fetch and draw one figure; called again after a reconnect or by the page. */
export async function loadChart(figure) {
  const skeleton = setTimeout(() => {
    if (!charts.has(figure)) figure.append(div("skel tall"));
  }, SKELETON_DELAY_MS);
  try {
    const data = await fetchJson(figure.dataset.src);
    await document.fonts.load("500 11px Inter");
    clear(figure);
    if (data.empty || !hasRows(data)) showState(figure, data.empty ?? "There is nothing to draw yet.");
    else draw(figure, data);
  } catch (error) {
    clear(figure);
    showState(figure, error.message, () => loadChart(figure));
  } finally {
    clearTimeout(skeleton);
    figure.querySelectorAll(".skel").forEach((part) => part.remove());
  }
}

function tableElement({ columns, rows }, label) {
  const region = div("scroll");
  region.role = "region";
  region.tabIndex = 0;
  region.ariaLabel = label;
  const table = document.createElement("table");
  table.className = "tbl";
  const caption = table.createCaption();
  const shown = rows.slice(-TABLE_ROWS);
  caption.className = "p-x note";
  caption.textContent =
    shown.length < rows.length ? `The last ${TABLE_ROWS} of ${rows.length} rows` : `${rows.length} rows`;
  const head = table.createTHead().insertRow();
  columns.forEach((name, i) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.className = i ? "n" : "";
    cell.textContent = name;
    head.append(cell);
  });
  const body = table.createTBody();
  for (const values of shown) {
    const row = body.insertRow();
    values.forEach((value, i) => {
      const cell = row.insertCell();
      cell.className = i ? "n" : "";
      cell.textContent = value;
    });
  }
  region.append(table);
  return region;
}

function toggleTable(button) {
  const figure = document.getElementById(button.dataset.chartTable);
  const chart = charts.get(figure);
  if (!chart) return;
  const open = figure.querySelector(":scope > .scroll");
  button.setAttribute("aria-pressed", String(!open));
  if (open) open.remove();
  else figure.append(tableElement(chart.tableOf(), figure.querySelector("figcaption").textContent));
}

/** Show the period a button names on its chart, with the fills it names larger than the others. */
function zoomTo(button) {
  const { chartZoom, from, to, fills } = button.dataset;
  const figure = document.getElementById(chartZoom);
  document.querySelectorAll("[data-chart-zoom][aria-pressed]").forEach((other) => {
    other.ariaPressed = String(other === button);
  });
  charts.get(figure)?.zoom?.(from, to, (fills ?? "").split(" ").map(Number));
  figure?.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const table = event.target.closest("[data-chart-table]");
  if (table) toggleTable(table);
  const zoom =
    event.target.closest("[data-chart-zoom]") ?? event.target.closest("tbody tr")?.querySelector("[data-chart-zoom]");
  if (zoom) zoomTo(zoom);
  const scale = event.target.closest("[data-scale]");
  if (scale)
    charts.get(document.getElementById(scale.parentElement.dataset.chartScale))?.setScale?.(scale.dataset.scale);
});
document.addEventListener("pulse:theme", () => charts.forEach((chart) => chart.repaint()));

function start(root) {
  for (const figure of root.querySelectorAll("figure[data-chart]")) if (!charts.has(figure)) loadChart(figure);
}

// Figures that htmx swapped away are let go, those it brought in are drawn.
document.addEventListener("htmx:load", (event) => {
  for (const figure of charts.keys()) {
    if (!figure.isConnected) {
      charts.get(figure).remove();
      charts.delete(figure);
    }
  }
  if (event.target !== document.body) start(event.target.parentElement ?? document);
});
start(document);
