// The library's filter: rows whose words hold what one types stay.

const input = document.querySelector("[data-filter]");

function filter() {
  const words = input.value.trim().toLowerCase();
  const panel = document.getElementById(input.dataset.filter);
  let shown = 0;
  for (const row of panel.querySelectorAll("tr[data-words]")) {
    row.hidden = !row.dataset.words.toLowerCase().includes(words);
    shown += row.hidden ? 0 : 1;
  }
  panel.querySelector(`[data-filter-none="${input.dataset.filter}"]`).hidden = shown > 0;
}

input?.addEventListener("input", filter);
