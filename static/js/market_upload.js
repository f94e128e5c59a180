// A file may be dropped anywhere on the form's panel; its name suggests a symbol that is needed.

const form = document.querySelector("[data-drop]");
const panel = form?.closest(".panel");
const file = form?.querySelector("input[type=file]");
const symbol = form?.querySelector("[name=symbol]");
const SYMBOL = /^[A-Z0-9][A-Z0-9._-]{0,23}$/;

function suggestSymbol() {
  const [stem] = (file.files[0]?.name ?? "").toUpperCase().split(/[.\s_]/);
  if (symbol.required && !symbol.value && SYMBOL.test(stem)) symbol.value = stem;
}

function over(event) {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  panel.toggleAttribute("data-over", true);
}

function drop(event) {
  if (!event.dataTransfer?.files.length) return;
  event.preventDefault();
  panel.removeAttribute("data-over");
  file.files = event.dataTransfer.files;
  file.dispatchEvent(new Event("change", { bubbles: true }));
  file.focus();
}

panel?.addEventListener("dragover", over);
panel?.addEventListener("dragleave", () => panel.removeAttribute("data-over"));
panel?.addEventListener("drop", drop);
file?.addEventListener("change", suggestSymbol);
