// page.js: the pages of a project and of what it reports, with scripts: copying a code, pictures and papers, menus that close.
(() => {
  "use strict";
  if (navigator.clipboard) {
    document.querySelectorAll("[data-copy]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => {
        navigator.clipboard.writeText(button.dataset.copy).then(() => { button.textContent = button.dataset.copied; });
      });
    });
  }
  // A picture opens whole over the page; without scripts, or with a modifier key, in a tab of its own.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-picture]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const dialog = document.createElement("dialog");
    const picture = link.querySelector("img").cloneNode();
    dialog.className = "picture";
    dialog.setAttribute("aria-label", picture.alt);
    picture.removeAttribute("loading");
    dialog.append(picture);
    dialog.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
    document.body.append(dialog);
    dialog.showModal();
  });
  // Who has to verify a paper sees it at once, where the browser can show it in its place and there is room.
  if (navigator.pdfViewerEnabled !== false && window.matchMedia("(min-width: 768px)").matches) {
    document.querySelectorAll("details[data-open-wide]").forEach((paper) => { paper.open = true; });
  }
  // A menu closes on Escape and when one goes elsewhere.
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
})();
