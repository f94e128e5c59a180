// Forms: one press is one request, and the first refused field is where one types.

/** Lock the buttons of a form that left; coming back to the page unlocks them. */
function lock(form, isLocked) {
  for (const button of form.querySelectorAll("button[type=submit]")) {
    button.toggleAttribute("disabled", isLocked);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]") || event.defaultPrevented) return;
  event.submitter?.classList.add("busy");
  // After the browser has read the pressed button's name and value.
  setTimeout(lock, 0, form, true);
});

addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-once]")) {
    lock(form, false);
    form.querySelectorAll(".busy").forEach((button) => button.classList.remove("busy"));
  }
});

const focusFirstRefused = (root) => root.querySelector("main [aria-invalid=true], form [aria-invalid=true]")?.focus();

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.xhr?.status === 422) focusFirstRefused(event.detail.elt.parentElement ?? document);
});
if (!document.querySelector("[data-design]")) focusFirstRefused(document);
