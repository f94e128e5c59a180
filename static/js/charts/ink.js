// Colours and figures of charts. A canvas knows neither var() nor light-dark(): tokens are read when a chart is drawn.

const probe = document.createElement("i");
probe.hidden = true;
document.documentElement.append(probe);

/** Resolve a token ("s1", "up", "ink-3") to rgb(), or to rgba() with an alpha of 0 to 1. */
export function colour(token, alpha = 1) {
  probe.style.color = `var(--${token})`;
  const [red, green, blue] = getComputedStyle(probe).color.match(/[\d.]+/g);
  return alpha === 1 ? `rgb(${red}, ${green}, ${blue})` : `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

export const AXIS_FONT = "11px Inter, system-ui, sans-serif";

const MISSING = "\u2013";
const MINUS = "\u2212";
const PLACES = { percent: 2, money: 2, price: 2, number: 2, count: 0 };

function grouped(magnitude, places) {
  return magnitude.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
}

/** Write a value as the pages do: real minus, thousands, fractions as per cent. */
export function figure(value, format = "number", places = PLACES[format] ?? 2) {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  const magnitude = Math.abs(format === "percent" ? value * 100 : value);
  const text = grouped(magnitude, places) + (format === "percent" ? "%" : "");
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

/** Write a value on an axis: short, 120k and 1.2M for money and counts. */
export function tick(value, format = "number") {
  const sign = value < 0 ? MINUS : "";
  const magnitude = Math.abs(format === "percent" ? value * 100 : value);
  if (format === "percent") return `${sign}${+magnitude.toFixed(2)}%`;
  if (magnitude >= 1e9) return `${sign}${+(magnitude / 1e9).toFixed(2)}B`;
  if (magnitude >= 1e6) return `${sign}${+(magnitude / 1e6).toFixed(2)}M`;
  if (magnitude >= 1e4) return `${sign}${+(magnitude / 1e3).toFixed(1)}k`;
  return sign + (+magnitude.toPrecision(6)).toLocaleString("en-US");
}

const twoDigits = (value) => String(value).padStart(2, "0");

/** Write seconds since 1970 as 2026-11-20, with 13:44 where the bars are shorter than a day. */
export function stamp(seconds, withTime) {
  const moment = new Date(seconds * 1000);
  const day = moment.toISOString().slice(0, 10);
  return withTime ? `${day} ${twoDigits(moment.getUTCHours())}:${twoDigits(moment.getUTCMinutes())}` : day;
}

/** Whether stamps are closer than most of a day, so that the hour matters. */
export const isIntraday = (times) => times.length > 1 && (times.at(-1) - times[0]) / (times.length - 1) < 64800;
