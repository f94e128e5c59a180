// Results of actions: six seconds each, waiting while pointed at or focused; errors stay.

const SHOWN_MS = 6000;
const tray = document.getElementById("toasts");

function watch(toast) {
  let timer = 0;
  const start = () => {
    if (!toast.classList.contains("bad")) timer = setTimeout(() => toast.remove(), SHOWN_MS);
  };
  const stop = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", stop);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("focusout", start);
  start();
}

/** Show a toast made from the page's own template; the server pushes the same markup. */
export function showToast({ tone = "info", title = "", text = "" }) {
  const toast = document.getElementById(`toast-${tone}`).content.firstElementChild.cloneNode(true);
  toast.querySelector("b").textContent = title;
  toast.querySelector("p").textContent = text;
  tray.append(toast);
}

if (tray) {
  tray.querySelectorAll("[data-toast]").forEach(watch);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) {
        if (node instanceof HTMLElement && node.matches("[data-toast]")) watch(node);
      }
    }
  }).observe(tray, { childList: true });
  tray.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest("[data-toast]").remove();
  });
}

document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  const requestId = xhr.getResponseHeader("X-Request-ID");
  showToast({
    tone: "bad",
    title: xhr.status >= 500 ? "The server could not do this" : "This was refused",
    text: `Answer ${xhr.status}${requestId ? `, request ${requestId}` : ""}. Nothing was changed.`,
  });
});
document.addEventListener("htmx:sendError", () => {
  showToast({ tone: "bad", title: "No connection", text: "The request did not reach the server. Try again." });
});
