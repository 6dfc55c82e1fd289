// keys.js: the keyboard. What a key does is read from the map that `?` shows; here is only how.
(() => {
  "use strict";
  const map = document.getElementById("keymap");
  if (!map) return;
  const singleKeys = map.dataset.singleKeys === "on";
  const firsts = new Set(["g", "n"]);
  const PATIENCE = 1500; // milliseconds between the two keys of g p
  let first = "", forget = 0;

  const isTyping = (place) => Boolean(place.closest?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]"));
  const shown = (element) => element && element.offsetParent !== null;
  const follow = (...places) => {
    const found = places.map((place) => document.querySelector(place)).find(shown);
    found?.click();
    return Boolean(found);
  };
  const rows = () => Array.from(document.querySelectorAll("main table .main-link, main .list-plain .main-link, main [data-row-link]")).filter(shown);
  const move = (by) => {
    const all = rows();
    if (!all.length) return false;
    const at = all.indexOf(document.activeElement);
    all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))].focus();
    return true;
  };
  const dialogOpen = () => document.querySelector("dialog[open]");
  const formOf = (place) => place.form || place.closest?.("form") || document.querySelector("main form[method=post] textarea, main form[method=post] input:not([type=hidden])")?.form;

  const deeds = {
    find: () => { document.dispatchEvent(new CustomEvent("crm:find")); return true; },
    help: () => { map.showModal(); return true; },
    down: () => move(1),
    up: () => move(-1),
    edit: () => follow('[data-key="e"]', 'main a[href$="/edit"]'),
    comment: () => {
      const box = document.querySelector('[data-key="c"], main textarea[name="body"]');
      box?.focus();
      return Boolean(box);
    },
    previous: () => follow('[data-key="["]', 'main a[rel~="prev"]'),
    next: () => follow('[data-key="]"]', 'main a[rel~="next"]'),
    save: (place) => { const form = place.form; form?.requestSubmit(); return Boolean(form); },
    stay: (place) => {
      const button = formOf(place)?.querySelector('[data-key="Ctrl+S"]');
      if (button) button.form.requestSubmit(button);
      return Boolean(button);
    },
    cancel: (place) => {
      if (isTyping(place)) { place.blur(); return true; }
      return follow('main [data-key="Esc"]', "main form a.btn-quiet");
    },
  };

  const perform = (keys, place) => {
    const entry = map.querySelector(`[data-keys="${CSS.escape(keys)}"]`);
    const link = entry?.querySelector("a");
    if (link) { location.assign(link.href); return true; }
    return Boolean(deeds[entry?.dataset.does]?.(place));
  };
  const named = (event) => {
    if (event.ctrlKey || event.metaKey) return event.key === "Enter" ? "Ctrl+Enter" : `Ctrl+${event.key.toUpperCase()}`;
    if (event.key === "Escape") return "Esc";
    if (event.key === "ArrowDown" && rows().includes(document.activeElement)) return "j";
    if (event.key === "ArrowUp" && rows().includes(document.activeElement)) return "k";
    return event.key;
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented || event.altKey) return;
    const keys = named(event), combined = keys.startsWith("Ctrl+");
    if (dialogOpen() && keys !== "Ctrl+Enter" && keys !== "Ctrl+S") {
      if (keys === "Ctrl+K" && dialogOpen().id === "palette") event.preventDefault();
      return; // the dialog closes itself on Esc
    }
    if (!combined && keys !== "Esc" && (!singleKeys || isTyping(event.target))) return;
    window.clearTimeout(forget);
    const both = first && !combined ? `${first} ${keys}` : keys;
    first = "";
    if (perform(both, event.target)) event.preventDefault();
    else if (!combined && firsts.has(keys)) { first = keys; forget = window.setTimeout(() => { first = ""; }, PATIENCE); }
  });
})();
