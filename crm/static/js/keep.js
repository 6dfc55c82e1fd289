// keep.js: the verification queue by keyboard. Everything here is an improvement; nothing is needed.
(() => {
  "use strict";
  const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

  // In a list: j and k walk the rows, x ticks the one that is focused.
  const walk = (table, key) => {
    const links = [...table.querySelectorAll("tbody th a")];
    const row = document.activeElement.closest("tbody tr");
    const at = row ? links.findIndex((link) => row.contains(link)) : -1;
    if (key === "x") { const box = row && row.querySelector("input[type=checkbox]"); if (box) box.click(); return Boolean(box); }
    const next = links[Math.min(links.length - 1, Math.max(0, at + (key === "j" ? 1 : -1)))];
    if (next) next.focus();
    return Boolean(next);
  };

  // On a record: the control that bears the key; a summary also opens, and its first field gets the focus.
  const press = (key) => {
    const control = document.querySelector(`main [data-key="${key}"]`);
    if (!control) return false;
    control.click();
    if (control.matches("summary")) control.parentElement.querySelector("textarea, input:not([type=hidden])")?.focus();
    return true;
  };

  // The second key of "g…" (go) and "n…" (new) is no command of this page.
  let begun = -Infinity;
  document.addEventListener("keydown", (event) => {
    const second = event.timeStamp - begun < 2000;
    begun = "gn".includes(event.key) && !typing(event.target) ? event.timeStamp : -Infinity;
    if (second && event.key.length === 1) return;
    if (document.querySelector('[data-single-keys="off"]')) return; // the reader wants none
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || !"jkxar".includes(event.key)) return;
    const table = document.querySelector("table[data-walk]");
    if (table ? "jkx".includes(event.key) && walk(table, event.key) : press(event.key)) event.preventDefault();
  });
})();
