// palette.js: one box over everything. The list comes from the server as HTML; focus stays in the box (ARIA combobox).
(() => {
  "use strict";
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const box = dialog.querySelector("input");
  const list = document.getElementById("palette-list");
  const status = document.getElementById("palette-status");
  let waiting = 0, asking = null, current = null, isStale = false, enter = null;

  const options = () => Array.from(list.querySelectorAll('[role="option"]'));
  const choose = (option) => {
    current?.removeAttribute("aria-selected");
    current = option ?? null;
    if (!current) { box.removeAttribute("aria-activedescendant"); return; }
    current.setAttribute("aria-selected", "true");
    box.setAttribute("aria-activedescendant", current.id);
    current.scrollIntoView({ block: "nearest" });
  };
  const show = (html) => {
    list.innerHTML = html;
    options().forEach((option, place) => { option.id = `palette-${place}`; });
    status.textContent = dialog.dataset.found.replace("%(n)s", options().length);
    choose(options()[0]);
    isStale = false;
    if (enter) go(enter); // pressed before the answer came
  };
  const go = (how) => {
    enter = null;
    if (!current) return;
    if (how.newTab) window.open(current.href, "_blank", "noopener");
    else current.click();
  };
  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const headers = { "HX-Request": "true" };
      const answer = await fetch(`${dialog.dataset.url}?q=${encodeURIComponent(box.value.trim())}`, { headers, signal: asking.signal });
      if (answer.headers.has("HX-Redirect")) { location.assign(answer.headers.get("HX-Redirect")); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.text());
    } catch (problem) {
      if (problem.name !== "AbortError") { isStale = false; choose(null); list.textContent = status.textContent = dialog.dataset.failed; }
    }
  };
  const askSoon = () => { isStale = true; enter = null; window.clearTimeout(waiting); waiting = window.setTimeout(ask, 120); };
  const step = (by) => {
    const all = options();
    if (all.length) choose(all[(all.indexOf(current) + by + all.length) % all.length]);
  };
  const open = (words = "") => {
    enter = null;
    if (!dialog.open) dialog.showModal(); // closing it gives the focus back
    box.value = words;
    box.focus();
    ask();
  };

  box.addEventListener("input", (event) => { if (!event.isComposing) askSoon(); });
  box.addEventListener("compositionend", askSoon);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); step(event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Enter" && (current || isStale)) {
      event.preventDefault();
      event.stopPropagation();
      enter = { newTab: event.ctrlKey || event.metaKey };
      if (!isStale) go(enter);
    }
  });
  list.addEventListener("mousemove", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option && option !== current) choose(option);
  });
  document.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) event.target.closest("dialog").close();
    const opener = event.target.closest("[data-palette]");
    if (opener) { event.preventDefault(); open(); }
  });
  document.addEventListener("crm:find", () => open());

  // A record's page was opened: remembered for this person, so that it is offered first.
  const [kind, rowId] = (document.body.dataset.visited || "").split(":");
  if (kind) {
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const body = new URLSearchParams({ kind, row_id: rowId });
    fetch(document.body.dataset.visits, { method: "POST", body, headers: { "X-CSRFToken": token }, keepalive: true }).catch(() => {});
  }
})();
