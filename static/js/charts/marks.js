// Lines that say something: where out of sample begins, where zero is.
import { colour } from "./ink.js";

/** Draw a dashed upright line with its name. */
export function vertical(plot, { x, text }) {
  const { ctx, bbox } = plot;
  const left = plot.valToPos(x, "x", true);
  if (left < bbox.left || left > bbox.left + bbox.width) return;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour("ink-3");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(left, bbox.top);
  ctx.lineTo(left, bbox.top + bbox.height);
  ctx.stroke();
  if (text) {
    ctx.font = `500 ${11 * devicePixelRatio}px Inter, sans-serif`;
    ctx.textAlign = left > bbox.left + 0.8 * bbox.width ? "right" : "left";
    ctx.fillText(text, left + (ctx.textAlign === "left" ? 5 : -5) * devicePixelRatio, bbox.top + 12 * devicePixelRatio);
  }
  ctx.restore();
}

/** Draw a level. */
export function horizontal(plot, { y }) {
  const { ctx, bbox } = plot;
  const top = plot.valToPos(y, "y", true);
  if (top < bbox.top || top > bbox.top + bbox.height) return;
  ctx.save();
  ctx.strokeStyle = colour("edge");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, top);
  ctx.lineTo(bbox.left + bbox.width, top);
  ctx.stroke();
  ctx.restore();
}
