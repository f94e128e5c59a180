// Axes of line charts: one line of text, no ticks, no border.
import { AXIS_FONT, colour, tick } from "./ink.js";

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DAY = 86400;

/** One line of axis text: years and months, days, or hours, by the distance between ticks. */
function timeTicks(_plot, splits) {
  const step = splits.length > 1 ? splits[1] - splits[0] : DAY;
  return splits.map((seconds) => {
    const moment = new Date(seconds * 1000);
    if (step < DAY) return moment.toISOString().slice(11, 16);
    if (step < 27 * DAY) return `${MONTHS[moment.getUTCMonth()]} ${moment.getUTCDate()}`;
    return moment.getUTCMonth() === 0 ? String(moment.getUTCFullYear()) : MONTHS[moment.getUTCMonth()];
  });
}

const axis = (options) => ({
  stroke: colour("ink-3"),
  font: AXIS_FONT,
  grid: { stroke: colour("grid"), width: 1 },
  ticks: { show: false },
  gap: 6,
  ...options,
});

/** Axis of times, categories or figures. */
export function xAxis(data) {
  if (data.time) return axis({ size: 26, space: 64, values: timeTicks });
  if (data.categories) {
    return axis({
      size: 26,
      grid: { show: false },
      values: (_, splits) => splits.map((i) => data.categories[i] ?? ""),
    });
  }
  return axis({ size: 26, values: (_, splits) => splits.map((x) => tick(x, data.x_format)) });
}

// Below one decade the powers of ten of a log axis would leave it without a figure.
const DECADE = 10;
const STEPS = [1, 2, 2.5, 5, 10];

function roundSteps(low, high, count = 5) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * STEPS.find((factor) => factor * power >= rough);
  const splits = [];
  for (let y = Math.ceil(low / step) * step; y <= high; y += step) splits.push(y);
  return splits;
}

/** Axis of figures. */
export function yAxis(scale, format) {
  const values = (_, splits) => splits.map((y) => (y === null ? "" : tick(y, format)));
  if (scale !== "log") return axis({ size: 54, values });
  return axis({
    size: 54,
    values,
    splits: (_plot, _index, low, high) => (high / low < DECADE ? roundSteps(low, high) : logSplits(low, high)),
    filter: (_, splits) => splits,
  });
}

function logSplits(low, high) {
  const splits = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    for (const factor of [1, 2, 5]) if (factor * power >= low && factor * power <= high) splits.push(factor * power);
  }
  return splits;
}

/** Scale of figures: as given, or logarithmic with a little air. */
export function yScale(scale, range) {
  if (scale === "log") return { distr: 3, range: (_, low, high) => [low / 1.02, high * 1.02] };
  return range ? { range } : {};
}
