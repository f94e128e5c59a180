// Heat maps are tables: the colour is a class in five steps each way, the figure is always written.
import { figure } from "./ink.js";

const STEPS = 5;

function step(value, largest) {
  if (!value || !largest) return "";
  const level = Math.max(1, Math.ceil((Math.abs(value) / largest) * STEPS));
  return `${value > 0 ? "u" : "d"}${Math.min(STEPS, level)}`;
}

const cell = (tag, text, scope) => {
  const element = document.createElement(tag);
  element.textContent = text;
  if (scope) element.scope = scope;
  return element;
};

/** Draw `values[row][column]`; `data.best` is the [row, column] to outline. */
export function drawHeat({ host, data }) {
  const table = document.createElement("table");
  table.className = "heat";
  const head = table.createTHead().insertRow();
  head.append(document.createElement("td"), ...data.columns.map((name) => cell("th", name, "col")));
  const largest = Math.max(...data.values.flat().map((value) => Math.abs(value ?? 0)));
  const body = table.createTBody();
  data.rows.forEach((name, i) => {
    const row = body.insertRow();
    row.append(cell("th", name, "row"));
    data.values[i].forEach((value, j) => {
      const box = cell("td", figure(value, data.format, data.places));
      box.className = step(value, largest);
      if (data.best?.[0] === i && data.best?.[1] === j) box.classList.add("best");
      row.append(box);
    });
  });
  host.replaceChildren(table);
  return {
    tableOf: () => ({
      columns: ["", ...data.columns],
      rows: data.rows.map((name, i) => [
        name,
        ...data.values[i].map((value) => figure(value, data.format, data.places)),
      ]),
    }),
    repaint() {},
    remove: () => host.replaceChildren(),
  };
}
