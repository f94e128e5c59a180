// Keys: Ctrl/Cmd K everywhere; single keys only while nobody types, and only if the profile allows them.
import { openDialog } from "./overlays.js";
import { switchTheme } from "./theme.js";

const SEQUENCE_MS = 1200;
let goesAt = 0;

// Safari has no idle callback.
const whenIdle = window.requestIdleCallback ?? setTimeout;
const palette = document.getElementById("palette");
// Nobody waits for it: the page is drawn and at rest before it is fetched.
if (palette) addEventListener("load", () => whenIdle(() => import("./palette.js")));

function openPalette() {
  if (!palette) return;
  openDialog(palette.id);
  import("./palette.js");
}

const isTyping = (target) => target instanceof Element && target.closest("input, select, textarea, [contenteditable]");

function go(key) {
  const link = document.querySelector(`[data-nav-key="${CSS.escape(key)}"]`);
  if (link) location.assign(link.href);
}

const single = {
  "/": openPalette,
  "?": () => openDialog("keys"),
  t: switchTheme,
  g: () => {
    goesAt = Date.now();
  },
};

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return openPalette();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.body.dataset.shortcuts === "off" || document.querySelector("dialog[open]")) return;
  if (Date.now() - goesAt < SEQUENCE_MS) {
    goesAt = 0;
    return go(event.key);
  }
  const action = single[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-palette-open]")) openPalette();
});
