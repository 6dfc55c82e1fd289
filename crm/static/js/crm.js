// crm.js: what pages gain with scripts. Everything here is an improvement; nothing is needed.
(() => {
  "use strict";
  // "/" goes to the search box, unless somebody is typing.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      const box = document.querySelector('[data-key="/"]');
      if (box) { event.preventDefault(); box.focus(); }
    }
    // Ctrl+Enter saves the form one is in.
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) event.target.form.requestSubmit();
  });
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
  // On a phone the row of stages is longer than the screen: begin where the project stands.
  document.querySelectorAll(".arrows [aria-current]").forEach((step) => {
    const row = step.closest(".arrows");
    row.scrollLeft = step.parentElement.offsetLeft - row.offsetLeft - row.clientWidth / 3;
  });
})();
