// Ctrl/Cmd K: pages and actions known to the page at once, instruments and runs from the server.
// Fetched when the page is at rest or the palette is opened; what was typed meanwhile counts.
import { openDialog } from "./overlays.js";
import { switchTheme } from "./theme.js";

const SEARCH_DELAY_MS = 150;
const dialog = document.getElementById("palette");

const actions = {
  theme: switchTheme,
  keys: () => openDialog("keys"),
  jobs: () => document.querySelector("[popovertarget=job-tray]").click(),
};

function makePalette() {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const none = dialog.querySelector(".none");
  let timer = 0;
  let request = null;
  let isSearching = false; // whoever presses Enter meanwhile waits for the answer
  let enterWaits = false;

  const shown = () => [...list.querySelectorAll("[role=option]:not([hidden])")];

  function mark(option) {
    for (const other of list.querySelectorAll("[aria-selected=true]")) other.setAttribute("aria-selected", "false");
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.id ||= `palette-${Math.random().toString(36).slice(2, 8)}`;
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  function filter() {
    const words = input.value.trim().toLowerCase().split(/\s+/);
    for (const option of list.querySelectorAll("[role=option]:not([data-found])")) {
      const text = option.textContent.toLowerCase();
      option.hidden = !words.every((word) => text.includes(word));
    }
    for (const heading of list.querySelectorAll(".grp")) {
      let next = heading.nextElementSibling;
      while (next && !next.matches(".grp") && next.hidden) next = next.nextElementSibling;
      heading.hidden = !next || next.matches(".grp");
    }
    none.hidden = shown().length > 0;
    mark(shown()[0]);
  }

  function drop() {
    list.querySelectorAll("[data-found]").forEach((found) => found.remove());
  }

  /** Turn the links of the server's answer into options; without an answer the pages remain. */
  async function search() {
    const query = input.value.trim();
    if (query.length < 2) {
      drop();
      filter();
      return settle();
    }
    const mine = (request = new AbortController());
    try {
      const response = await fetch(`${input.dataset.search}?q=${encodeURIComponent(query)}`, {
        headers: { "HX-Request": "true" },
        signal: mine.signal,
      });
      if (!response.ok) return;
      const answer = new DOMParser().parseFromString(await response.text(), "text/html");
      drop();
      const links = [...answer.querySelectorAll("a[href]")];
      if (links.length) list.append(headingOf("Found"));
      for (const link of links) list.append(optionOf(link));
      filter();
    } catch (error) {
      if (error.name !== "AbortError") none.hidden = shown().length > 0;
    } finally {
      if (mine === request) settle();
    }
  }

  function settle() {
    isSearching = false;
    if (enterWaits && dialog.open) run(list.querySelector("[aria-selected=true]:not([hidden])"));
    enterWaits = false;
  }

  /** Copy an icon of the list, pointed at another drawing of the same sprite. */
  function iconLike(name) {
    const icon = list.querySelector(".ico").cloneNode(true);
    const use = icon.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
    return icon;
  }

  function headingOf(words) {
    const heading = list.querySelector(".grp").cloneNode();
    heading.textContent = words;
    heading.dataset.found = "";
    return heading;
  }

  function optionOf(link) {
    const option = document.createElement("li");
    option.role = "option";
    option.dataset.found = "";
    option.dataset.href = link.getAttribute("href");
    option.setAttribute("aria-selected", "false");
    if (link.dataset.icon) option.append(iconLike(link.dataset.icon));
    option.append(...link.childNodes);
    return option;
  }

  function run(option) {
    if (!option) return;
    dialog.close();
    if (option.dataset.href) location.assign(option.dataset.href);
    else actions[option.dataset.action]?.();
  }

  input.addEventListener("input", () => {
    filter();
    isSearching = true;
    enterWaits = false;
    request?.abort();
    request = null;
    clearTimeout(timer);
    timer = setTimeout(search, SEARCH_DELAY_MS);
  });
  input.addEventListener("keydown", (event) => {
    const options = shown();
    const place = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = place + (event.key === "ArrowDown" ? 1 : -1);
      mark(options[(next + options.length) % options.length]);
    }
    if (event.key === "Enter") {
      event.preventDefault();
      if (place < 0 && isSearching) enterWaits = true;
      else run(options[place]);
    }
  });
  list.addEventListener("click", (event) => run(event.target.closest("[role=option]")));
  list.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option.getAttribute("aria-selected") !== "true") mark(option);
  });
  dialog.addEventListener("close", () => {
    input.value = "";
    drop();
    filter();
  });
  filter();
}

makePalette();
