// guard.js: leaving a page with something typed and not saved asks first; forms marked data-guard ("changed": it came so).
(() => {
  "use strict";
  const touched = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (form) touched.add(form);
  });
  document.addEventListener("submit", (event) => {
    touched.delete(event.target);
    if (event.target.dataset.guard) event.target.dataset.guard = "";
  });
  window.addEventListener("beforeunload", (event) => {
    if ([...touched].some((form) => form.isConnected) || document.querySelector('form[data-guard="changed"]')) event.preventDefault();
  });
})();
