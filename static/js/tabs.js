// ARIA tabs: arrows move, the chosen panel shows, and the address keeps the choice.

function select(tab, { focus = false } = {}) {
  for (const other of tab.closest("[role=tablist]").querySelectorAll("[role=tab]")) {
    const isSelected = other === tab;
    other.setAttribute("aria-selected", String(isSelected));
    other.tabIndex = isSelected ? 0 : -1;
    const panel = document.getElementById(other.getAttribute("aria-controls"));
    if (panel) panel.hidden = !isSelected;
  }
  if (focus) tab.focus();
  tab.dispatchEvent(new CustomEvent("pulse:tab", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (!tab) return;
  select(tab);
  history.replaceState(history.state, "", `#${tab.getAttribute("aria-controls")}`);
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (!tab) return;
  const tabs = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")];
  const place = tabs.indexOf(tab);
  const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  select(tabs[(next + tabs.length) % tabs.length], { focus: true });
});

// Radios and buttons drawn as one control.
document.addEventListener("click", (event) => {
  const button = event.target.closest(".seg > button");
  if (!button) return;
  for (const other of button.parentElement.children) {
    other.setAttribute("aria-pressed", String(other === button));
  }
});

const named = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
if (named && named.getAttribute("role") === "tabpanel") {
  select(document.getElementById(named.getAttribute("aria-labelledby")));
}

// A row of links that is wider than the page opens at the present one.
for (const tab of document.querySelectorAll(".tabs > [aria-current]")) {
  const row = tab.parentElement;
  row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}
