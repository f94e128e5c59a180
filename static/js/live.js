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
  // Messages sent while the page was away are gone: panels fetch a fresh snapshot.
  if (lostAt) document.body.dispatchEvent(new CustomEvent("pulse:reconnected"));
  lostAt = null;
});
document.addEventListener("htmx:wsClose", lost);
document.addEventListener("htmx:wsError", lost);

// A pushed row that is not on the page yet: an open status centre loads its list again.
document.addEventListener("htmx:oobErrorNoTarget", (event) => {
  const isJob = event.detail.content?.id?.startsWith("job-");
  if (isJob && document.getElementById("job-tray")?.matches(":popover-open")) {
    document.body.dispatchEvent(new CustomEvent("pulse:jobs-changed"));
  }
});
