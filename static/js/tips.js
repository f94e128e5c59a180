// One tooltip for every metric label: definition and formula, on hover, focus or tap; Esc closes.

const HOVER_DELAY_MS = 120;
const tooltip = document.createElement("div");
tooltip.className = "tooltip";
tooltip.id = "tooltip";
tooltip.role = "tooltip";
tooltip.popover = "manual";

let owner = null;
let timer = 0;

function place(target) {
  const box = target.getBoundingClientRect();
  const width = tooltip.offsetWidth;
  const height = tooltip.offsetHeight;
  const left = Math.max(8, Math.min(box.left - 8, innerWidth - width - 8));
  // Above, where it does not hide the figure that it explains.
  const above = box.top - height - 6;
  tooltip.style.left = `${left}px`;
  tooltip.style.top = `${above < 8 ? box.bottom + 6 : above}px`;
}

function show(target) {
  if (owner === target) return;
  hide();
  owner = target;
  tooltip.replaceChildren(target.dataset.tip);
  if (target.dataset.formula) {
    const formula = document.createElement("code");
    formula.textContent = target.dataset.formula;
    tooltip.append(formula);
  }
  // An open modal makes the rest of the page inert: the tooltip lives inside it then.
  (target.closest("dialog[open]") ?? document.body).append(tooltip);
  tooltip.showPopover();
  target.setAttribute("aria-describedby", tooltip.id);
  place(target);
}

function hide() {
  clearTimeout(timer);
  if (!owner) return;
  owner.removeAttribute("aria-describedby");
  owner = null;
  if (tooltip.matches(":popover-open")) tooltip.hidePopover();
}

const tipOf = (event) => (event.target instanceof Element ? event.target.closest("[data-tip]") : null);

document.addEventListener("pointerover", (event) => {
  const target = tipOf(event);
  clearTimeout(timer);
  if (target) timer = setTimeout(show, HOVER_DELAY_MS, target);
  else if (!tooltip.contains(event.target) && owner !== document.activeElement) hide();
});
document.addEventListener("focusin", (event) => {
  const target = tipOf(event);
  if (target) show(target);
  else hide();
});
document.addEventListener("click", (event) => {
  const target = tipOf(event);
  if (target) show(target);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
});
document.addEventListener("scroll", hide, { capture: true, passive: true });
