// plan.js: the form of a meeting. A free time that is chosen goes into its fields at once; without scripts the page comes back
// with it.
(() => {
  "use strict";
  const form = document.getElementById("plan-form");
  if (!form) return;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=slot]");
    if (!button) return;
    event.preventDefault();
    const [day, clock] = button.value.split("T");
    form.elements.held_on.value = day;
    form.elements.begins.value = clock;
    form.elements.begins.dispatchEvent(new Event("change", { bubbles: true }));
    form.elements.held_on.focus();
  });
})();
