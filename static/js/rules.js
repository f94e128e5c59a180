// The rule builder: Ctrl S saves, and leaving with changes that were not saved is asked about.
const form = document.getElementById("rules-form");
let isChanged = form.querySelector("[aria-invalid=true], [role=alert]") !== null;

for (const kind of ["input", "htmx:afterSwap"]) {
  form.addEventListener(kind, (event) => {
    isChanged ||= event.target.closest("#preview") === null;
  });
}
form.addEventListener("submit", () => {
  isChanged = false;
});
addEventListener("beforeunload", (event) => {
  if (isChanged) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  document.querySelector("[form=rules-form][value=save]").click();
});
