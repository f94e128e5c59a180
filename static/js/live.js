// The page's WebSocket, as people see it: live, reconnecting, stale since hh:mm:ss.

const STALE_AFTER_MS = 5000;
const dot = document.getElementById("connection");
let lostAt = null;
let staleTimer = 0;

function show(state, word) {
  if (!dot) return;
  dot.dataset.connection = state;
  dot.title = word;
  const label = dot.querySelector("[data-connection-word]");
  if (label.textContent !== word) label.textContent = word;
}

function lost() {
  if (lostAt) return;
  lostAt = new Date();
  show("reconnecting", "Reconnecting");
  staleTimer = setTimeout(() => show("stale", `Stale since ${lostAt.toLocaleTimeString("en-GB")}`), STALE_AFTER_MS);
}

document.addEventListener("htmx:wsOpen", () => {
  clearTimeout(staleTimer);
  show("live", "Live");
  // Messages sent before the socket was open, or while it was away, are gone: what must be current
  // fetches a snapshot now; the other panels only after a loss.
  document.body.dispatchEvent(new CustomEvent("pulse:connected"));
  if (lostAt) document.body.dispatchEvent(new CustomEvent("pulse:reconnected"));
  lostAt = null;
});
document.addEventListener("htmx:wsClose", lost);
document.addEventListener("htmx:wsError", lost);

/** Where a pushed fragment goes: "true" and "outerHTML" mean its own id, "beforeend:#toasts" a selector. */
function targetOf(fragment) {
  const [, selector] = (fragment.getAttribute("hx-swap-oob") ?? "true").split(/:(.*)/);
  return selector || `#${CSS.escape(fragment.id)}`;
}

// The server pushes what changed to every page of a person; a page keeps what it shows and drops the rest,
// which htmx would report as an error. A row that an open status centre lacks makes it load its list again.
window.htmx.defineExtension("present", {
  transformResponse(text, xhr) {
    if (xhr) return text;
    const pushed = document.createElement("template");
    pushed.innerHTML = text;
    let lacksJob = false;
    for (const fragment of [...pushed.content.children]) {
      if (document.querySelector(targetOf(fragment))) continue;
      lacksJob ||= fragment.matches(".job");
      fragment.remove();
    }
    if (lacksJob && document.getElementById("job-tray")?.matches(":popover-open")) {
      document.body.dispatchEvent(new CustomEvent("pulse:jobs-changed"));
    }
    return pushed.innerHTML;
  },
});
