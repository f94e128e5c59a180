// A position under construction: sliders follow their number fields, charts follow the position.
import { loadChart } from "./charts/charts.js";

const sliders = () => document.querySelectorAll("input[data-mirrors]");

for (const slider of sliders()) {
  const field = document.getElementById(slider.dataset.mirrors);
  slider.closest("[hidden]")?.removeAttribute("hidden");
  slider.addEventListener("input", () => {
    field.value = slider.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  field.addEventListener("input", (event) => {
    if (event.isTrusted && field.value !== "") slider.value = field.value;
  });
}

// The server's figures came: ask for their charts, and show the prices that empty fields stand for.
document.addEventListener("htmx:afterSwap", ({ target }) => {
  const analysis = document.getElementById("analysis");
  if (!analysis || target.id !== "analysis") return;
  const parts = document.querySelectorAll("[data-of-position]");
  for (const part of parts) part.hidden = !analysis.dataset.query;
  if (!analysis.dataset.query) return;
  document.getElementById("save-query").value = analysis.dataset.query;
  for (const figure of document.querySelectorAll("[data-of-position] figure[data-chart]")) {
    const [address] = figure.dataset.src.split("?");
    figure.dataset.src = `${address}?${analysis.dataset.query}`;
    loadChart(figure);
  }
  for (const hint of analysis.querySelectorAll("[data-hint-for]")) {
    const field = document.getElementById(hint.dataset.hintFor);
    if (field) field.placeholder = hint.dataset.hint;
  }
});
