// The list of runs: how many are ticked, and what may be done with so many.

const LEAST = 2;
const MOST = 5;
const form = document.getElementById("runs-form");
const boxes = () => [...form.querySelectorAll("input[name=run]")];
const all = form?.querySelector("[data-all-runs]");

function update() {
  const n = boxes().filter((box) => box.checked).length;
  const compare = form.querySelector("[data-compare]");
  const canCompare = !compare || (n >= LEAST && n <= MOST);
  if (compare) compare.disabled = !canCompare;
  document.querySelector("[data-open=delete-runs]").disabled = n === 0;
  form.querySelector("[data-chosen]").textContent = canCompare
    ? `${n} chosen`
    : `${n} chosen, compare takes ${LEAST} to ${MOST}`;
  document.querySelector("[data-n-chosen]").textContent = n === 1 ? "1 backtest" : `${n} backtests`;
  all.checked = n > 0 && n === boxes().length;
  all.indeterminate = n > 0 && !all.checked;
}

if (form) {
  all.hidden = false;
  form.addEventListener("change", ({ target }) => {
    if (target === all) for (const box of boxes()) box.checked = all.checked;
    update();
  });
  // A browser may keep ticks when one comes back.
  addEventListener("pageshow", update);
}
