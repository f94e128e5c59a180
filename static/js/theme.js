// Light, dark or as the system: switched at once, remembered in the profile.

const root = document.documentElement;
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

const announce = () => document.dispatchEvent(new CustomEvent("pulse:theme"));

export const csrfToken = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";

export const isDark = () => root.dataset.theme === "dark" || (root.dataset.theme !== "light" && systemIsDark.matches);

/** Show a theme; "system" follows the device. */
export function showTheme(theme) {
  root.dataset.theme = theme;
  announce();
}

async function rememberTheme(theme) {
  const url = document.body.dataset.themeUrl;
  if (!url) return;
  await fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true" },
    body: new URLSearchParams({ theme }),
  });
}

export function switchTheme() {
  const theme = isDark() ? "light" : "dark";
  showTheme(theme);
  rememberTheme(theme);
}

systemIsDark.addEventListener("change", announce);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-switch]")) switchTheme();
});
