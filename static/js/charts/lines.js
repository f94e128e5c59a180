// Lines, areas, steps, bars and histograms by uPlot.
import { xAxis, yAxis, yScale } from "./axes.js";
import { indexAt, join, leave } from "./crosshair.js";
import { colour, figure, isIntraday, stamp } from "./ink.js";
import { horizontal, vertical } from "./marks.js";

// Lower charts have no room for a line of legend above them.
const LOW_CHART = 130;

/** Change since the first known value, as a fraction. */
function rebased(values) {
  const base = values.find((value) => value !== null && value !== 0);
  return values.map((value) => (value === null ? null : value / base - 1));
}

function seriesOptions(series, kind, i) {
  const token = series.color ?? `s${1 + (i % 5)}`;
  const style = series.style ?? (kind === "area" ? "area" : kind === "bars" || kind === "histogram" ? "bars" : "line");
  const base = { label: series.name, stroke: colour(token), width: i === 0 ? 1.5 : 1, points: { show: false } };
  if (style === "bars") {
    return { ...base, width: 0, fill: colour(token), paths: window.uPlot.paths.bars({ size: [0.82, 48] }) };
  }
  if (style === "area") return { ...base, fill: colour(token, series.fill ?? 0.08) };
  if (style === "dashed") return { ...base, dash: [4, 3] };
  if (style === "step") return { ...base, paths: window.uPlot.paths.stepped({ align: 1 }) };
  if (style === "points") {
    return {
      ...base,
      width: 0,
      paths: () => null,
      points: { show: true, size: 4, width: 0, fill: colour(token, 0.6) },
    };
  }
  return base;
}

/** Split one series of a histogram by the sign of its bin, so that losses are not green. */
function bySign(data) {
  const [series] = data.series;
  const part = (name, color, keep) => ({
    ...series,
    name,
    color,
    values: series.values.map((value, i) => (keep(data.x[i]) ? value : null)),
  });
  return [
    part(`${series.name}, gains`, "heat-up", (x) => x >= 0),
    part(`${series.name}, losses`, "heat-down", (x) => x < 0),
  ];
}

/** Draw columnar data into `host`; `scale` is value, percent or log. */
export function drawLines({ host, legend, kind, data, group, scale: firstScale = "value" }) {
  const x = data.time ?? data.x ?? data.categories.map((_, i) => i);
  const series = data.signed ? bySign(data) : data.series;
  const withTime = Boolean(data.time) && isIntraday(x);
  let scale = firstScale;
  let plot = null;

  const format = () => (scale === "percent" ? "percent" : (data.format ?? "number"));
  const columns = () => series.map(({ values }) => (scale === "percent" ? rebased(values) : values));
  const xText = (i) =>
    data.time ? stamp(x[i], withTime) : data.categories ? data.categories[i] : figure(x[i], data.x_format);

  function describe(i) {
    const shown = i ?? null;
    // One line needs no name of its own: the panel's title says what it is.
    if (shown === null && series.length === 1) return legend.replaceChildren();
    const items = series.map(({ name, color }, j) => {
      const item = document.createElement("span");
      const key = document.createElement("i");
      key.style.background = colour(color ?? `s${1 + (j % 5)}`);
      const value = document.createElement("b");
      value.textContent = shown === null ? "" : ` ${figure((series[j].told ?? plot.data[j + 1])[shown], format())}`;
      item.append(key, ` ${name}`, value);
      return item;
    });
    const when = document.createElement("span");
    when.textContent = shown === null ? "" : xText(shown);
    legend.replaceChildren(...items, when);
  }

  const receive = (value) => {
    const left = value === null ? -10 : plot.valToPos(x[indexAt(x, value)], "x");
    plot.setCursor({ left, top: value === null ? -10 : 1 }, false);
    describe(value === null ? null : indexAt(x, value));
  };
  const tell = join(group, receive);

  function options() {
    const barWidth =
      series.length && seriesOptions(series[0], kind, 0).width === 0 && x.length > 1 ? (x[1] - x[0]) / 2 : 0;
    return {
      width: host.clientWidth,
      height: host.clientHeight,
      padding: [host.clientHeight < LOW_CHART ? 10 : 30, 14, 0, 4],
      legend: { show: false },
      tzDate: (seconds) => window.uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      cursor: { points: { size: 6 }, drag: { x: Boolean(data.time), y: false } },
      scales: {
        x: { time: Boolean(data.time), range: (_, low, high) => [low - barWidth, high + barWidth] },
        y: yScale(scale, data.y_range),
      },
      axes: [xAxis(data), yAxis(scale, format())],
      series: [{}, ...series.map((one, i) => seriesOptions(one, kind, i))],
      bands: (data.bands ?? []).map(({ upper, lower, color, alpha }) => ({
        series: [upper + 1, lower + 1],
        fill: colour(color ?? "s1", alpha ?? 0.09),
      })),
      hooks: {
        draw: [
          (self) => (data.marks ?? []).forEach((mark) => vertical(self, mark)),
          (self) => (scale === "value" ? (data.lines ?? []) : []).forEach((line) => horizontal(self, line)),
        ],
        setCursor: [
          (self) => {
            const isHere = self.cursor.event && self.cursor.left >= 0;
            if (!isHere && self.cursor.event === null) return;
            const i = isHere ? self.cursor.idx : null;
            describe(i);
            tell(i === null || i === undefined ? null : x[i]);
          },
        ],
      },
    };
  }

  function draw() {
    plot?.destroy();
    plot = new window.uPlot(options(), [x, ...columns()], host);
    describe(null);
  }

  const resize = new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = host;
    if (width && height && (plot.width !== width || plot.height !== height)) plot.setSize({ width, height });
  });
  draw();
  resize.observe(host);
  return {
    tableOf: () => ({
      columns: [data.x_label ?? (data.time ? "Time" : ""), ...series.map(({ name }) => name)],
      rows: x.map((_, i) => [xText(i), ...series.map(({ values, told }) => figure((told ?? values)[i], data.format))]),
    }),
    repaint: draw,
    setScale(next) {
      scale = next;
      draw();
    },
    remove() {
      leave(group, receive);
      resize.disconnect();
      plot.destroy();
    },
  };
}
