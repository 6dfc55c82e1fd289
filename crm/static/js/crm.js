// crm.js: what pages gain with scripts. Everything here is an improvement; nothing is needed.
(() => {
  "use strict";
  // A select marked so sends its form when it changes; without scripts its button does.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });
  // One click, one write: a form that was sent does not send again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(() => { delete form.dataset.sent; }, 4000);
  });
  // On a phone a row of stages or tabs is longer than the screen: begin at the one in question.
  const atCurrent = (part) => part.querySelectorAll(":is(.arrows, .views, .seg) [aria-current]").forEach((step) => {
    const row = step.closest(".arrows, .views, .seg");
    row.scrollLeft += step.getBoundingClientRect().left - row.getBoundingClientRect().left - row.clientWidth / 3;
  });
  atCurrent(document);
  document.addEventListener("htmx:load", (event) => atCurrent(event.target));
})();
