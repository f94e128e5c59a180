// Dialogs, menus, copy buttons. A dialog opens by data-open="id" and closes by Esc or its own form.

export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== except) menu.open = false;
  }
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.getAttribute("aria-label");
  const use = button.querySelector("use");
  const icon = use.getAttribute("href");
  button.setAttribute("aria-label", "Copied");
  use.setAttribute("href", icon.replace(/#.*/, "#check"));
  setTimeout(() => {
    button.setAttribute("aria-label", label);
    use.setAttribute("href", icon);
  }, 1500);
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) openDialog(opener.dataset.open);
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog")?.close();
  const copier = event.target.closest("[data-copy]");
  if (copier) copy(copier);
  // A click on the backdrop lands on the dialog itself; anything inside it has another target.
  if (event.target instanceof HTMLDialogElement) event.target.close();
  closeMenus(event.target.closest(".menu-item") ? null : event.target.closest("details[data-menu]"));
});

document.addEventListener("keydown", (event) => {
  const menu = document.querySelector("details[data-menu][open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const items = [...menu.querySelectorAll(".menu-item")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = items.indexOf(document.activeElement) + step;
    items[(next + items.length) % items.length]?.focus();
  }
});
