// Candles by lightweight-charts: volume, overlays, markers, price lines, more detail as one zooms.
import { indexAt, join, leave } from "./crosshair.js";
import { colour, figure, isIntraday, stamp } from "./ink.js";

const RELOAD_DELAY_MS = 180;
// A window this much narrower than what is loaded deserves bars of its own.
const DETAIL_FACTOR = 6;
// More than these would cover the candles with words.
const WRITTEN_MARKERS = 60;

function chartOptions() {
  const line = { color: colour("edge"), width: 1, style: 3, labelBackgroundColor: colour("ink") };
  return {
    layout: {
      background: { color: colour("surface") },
      textColor: colour("ink-3"),
      fontFamily: "Inter, system-ui, sans-serif",
      fontSize: 11,
      attributionLogo: false,
      panes: { separatorColor: colour("line") },
    },
    grid: { vertLines: { color: colour("grid") }, horzLines: { color: colour("grid") } },
    crosshair: { mode: 0, vertLine: line, horzLine: line },
    rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.14, bottom: 0.2 } },
    timeScale: { borderColor: colour("line"), rightOffset: 3, minBarSpacing: 0.1 },
  };
}

const candleOptions = () => ({
  upColor: colour("up"),
  downColor: colour("down"),
  wickUpColor: colour("up"),
  wickDownColor: colour("down"),
  borderVisible: false,
  priceLineColor: colour("ink-3"),
  priceLineStyle: 3,
});

const isGap = (value) => value === null || value === undefined;

function bars(data) {
  return data.time.map((time, i) => ({
    time,
    open: data.open[i],
    high: data.high[i],
    low: data.low[i],
    close: data.close[i],
  }));
}

function volumes(data) {
  const rising = colour("up", 0.33);
  const falling = colour("down", 0.33);
  return data.time.map((time, i) => ({
    time,
    value: data.volume[i],
    color: data.close[i] >= data.open[i] ? rising : falling,
  }));
}

/** Arrows of the fills in view; with side and size written while there are few. */
function markers(data, visible, chosen = []) {
  const inView = (data.markers ?? []).filter(({ time }) => !visible || (time >= visible.from && time <= visible.to));
  return inView.map(({ time, side, text }) => {
    const isBuy = side === "BUY";
    const isChosen = chosen.includes(time);
    return {
      time: data.time[indexAt(data.time, time)],
      position: isBuy ? "belowBar" : "aboveBar",
      shape: isBuy ? "arrowUp" : "arrowDown",
      color: colour(isBuy ? "up" : "down"),
      size: isChosen ? 1.5 : 0.75,
      text: isChosen || inView.length <= WRITTEN_MARKERS ? text : "",
    };
  });
}

/** Draw candles into `host`; `load(from, to)` fetches another window of the same series. */
export function drawCandles({ host, legend, data: first, group, load }) {
  const library = window.LightweightCharts;
  const chart = library.createChart(host, { autoSize: true, ...chartOptions() });
  const price = chart.addSeries(library.CandlestickSeries, candleOptions());
  const volume = chart.addSeries(library.HistogramSeries, {
    priceScaleId: "",
    priceFormat: { type: "volume" },
    lastValueVisible: false,
    priceLineVisible: false,
  });
  volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
  const marks = library.createSeriesMarkers(price, []);
  const overlays = [];
  let data = first;
  let asked = null;
  let chosen = [];
  let timer = 0;
  let isLoading = false;

  function show() {
    const places = data.precision ?? 2;
    price.applyOptions({ priceFormat: { type: "price", precision: places, minMove: 10 ** -places } });
    chart.timeScale().applyOptions({ timeVisible: isIntraday(data.time) });
    price.setData(bars(data));
    volume.setData(data.volume ? volumes(data) : []);
    marks.setMarkers(markers(data, undefined, chosen));
    overlays.splice(0).forEach((series) => chart.removeSeries(series));
    (data.overlays ?? []).forEach((overlay, i) => {
      const series = chart.addSeries(library.LineSeries, {
        color: colour(overlay.color ?? `s${3 + (i % 3)}`),
        lineWidth: 1,
        lastValueVisible: false,
        priceLineVisible: false,
        crosshairMarkerVisible: false,
      });
      series.setData(
        data.time.map((time, j) => (isGap(overlay.values[j]) ? { time } : { time, value: overlay.values[j] })),
      );
      overlays.push(series);
    });
    describe(data.time.length - 1);
  }

  function describe(i) {
    const places = data.precision ?? 2;
    const cell = (name, value) => `${name}\u00a0${figure(value, "price", places)}`;
    const parts = [
      stamp(data.time[i], isIntraday(data.time)),
      cell("O", data.open[i]),
      cell("H", data.high[i]),
      cell("L", data.low[i]),
      cell("C", data.close[i]),
    ];
    if (data.volume) parts.push(`Vol\u00a0${figure(data.volume[i], "count")}`);
    for (const overlay of data.overlays ?? []) parts.push(cell(overlay.name, overlay.values[i]));
    legend.replaceChildren(
      ...parts.map((text) => {
        const span = document.createElement("span");
        span.textContent = text;
        return span;
      }),
    );
  }

  const receive = (x) => {
    const i = x === null ? data.time.length - 1 : indexAt(data.time, x);
    describe(i);
    if (x === null) return chart.clearCrosshairPosition();
    chart.setCrosshairPosition(data.close[i], data.time[i], price);
  };
  const tell = join(group, receive);
  chart.subscribeCrosshairMove(({ time, sourceEvent }) => {
    describe(time === undefined ? data.time.length - 1 : indexAt(data.time, time));
    if (sourceEvent) tell(time ?? null);
  });

  /** The window worth asking for while `visible` is shown; null: what is loaded will do. */
  function wanted(visible) {
    const [oldest, newest] = data.extent ?? [data.time[0], data.time.at(-1)];
    const [from, to] = asked ?? [oldest, newest];
    const width = visible.to - visible.from;
    const isCoarse = data.is_resampled && to - from > DETAIL_FACTOR * width;
    const isAtEdge = (from > oldest && visible.from <= data.time[0]) || (to < newest && visible.to >= data.time.at(-1));
    if (!isCoarse && !isAtEdge) return null;
    return [Math.max(oldest, Math.floor(visible.from - width)), Math.min(newest, Math.ceil(visible.to + width))];
  }

  async function refine() {
    const visible = chart.timeScale().getVisibleRange();
    if (data.markers?.length) marks.setMarkers(markers(data, visible, chosen));
    const range = visible && !isLoading && wanted(visible);
    if (!range) return;
    isLoading = true;
    try {
      const next = await load(...range);
      if (!next.time.length) return;
      const present = chart.timeScale().getVisibleRange() ?? visible;
      asked = range;
      data = next;
      show();
      chart.timeScale().setVisibleRange(present);
    } finally {
      isLoading = false;
    }
  }

  show();
  chart.timeScale().fitContent();
  chart.timeScale().subscribeVisibleTimeRangeChange(() => {
    clearTimeout(timer);
    timer = setTimeout(refine, RELOAD_DELAY_MS);
  });
  return {
    tableOf: () => ({
      columns: ["Time", "Open", "High", "Low", "Close", ...(data.volume ? ["Volume"] : [])],
      rows: data.time.map((time, i) => [
        stamp(time, isIntraday(data.time)),
        ...["open", "high", "low", "close"].map((name) => figure(data[name][i], "price", data.precision ?? 2)),
        ...(data.volume ? [figure(data.volume[i], "count")] : []),
      ]),
    }),
    async zoom(from, to, fills) {
      data = await load(from, to);
      asked = [Number(from), Number(to)];
      chosen = fills;
      show();
      chart.timeScale().fitContent();
    },
    repaint() {
      chart.applyOptions(chartOptions());
      price.applyOptions(candleOptions());
      const visible = chart.timeScale().getVisibleRange();
      show();
      if (visible) chart.timeScale().setVisibleRange(visible);
    },
    remove() {
      clearTimeout(timer);
      leave(group, receive);
      chart.remove();
    },
  };
}
