// lists.js: what lists gain with scripts. Everything here is an improvement; nothing is needed.
(() => {
  "use strict";
  // Shift and a click on a head sorts by it after the heads that sort already.
  document.addEventListener("click", (event) => {
    const head = event.target.closest("a.sort[data-shift]");
    if (head && event.shiftKey) { event.preventDefault(); window.location.assign(head.dataset.shift); }
  });
  // How many rows are chosen is said while they are chosen.
  const told = document.querySelector("[data-chosen]");
  const tell = () => {
    const count = document.querySelectorAll('input[name="ids"]:checked').length;
    told.textContent = count ? told.dataset.chosen.replace("{n}", count) : "";
  };
  if (told) { document.addEventListener("change", tell); window.addEventListener("pageshow", tell); }

  // A row that somebody points at or walks to gets a pencil in each cell he may change.
  const pencils = (row) => {
    const table = row?.closest("table[data-cell]");
    if (!table) return;
    for (const cell of row.querySelectorAll("td[data-edit]:not(:has(> .cell-edit))")) {
      const [column, field] = cell.dataset.edit.split("/"), own = (pattern) => pattern.replace("/0", `/${row.dataset.row}`);
      const link = document.createElement("a"), icon = document.createElement("i");
      const says = { name: row.querySelector(".main-link").textContent, field: table.tHead.rows[0].cells[cell.cellIndex].dataset.name };
      link.className = "cell-edit"; link.tabIndex = -1; link.href = `${own(table.dataset.form)}#${field}`;
      link.setAttribute("hx-get", own(table.dataset.cell).replace(/-$/, column));
      link.setAttribute("aria-label", table.dataset.pencil.replace("{name}", says.name).replace("{field}", says.field));
      icon.className = "ti ti-pencil"; icon.ariaHidden = "true";
      link.append(icon); cell.append(link); htmx.process(link);
    }
  };
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, (event) => pencils(event.target.closest?.("tr[data-row]")));
  if (matchMedia("(hover: none)").matches) document.querySelectorAll("tr[data-row]").forEach(pencils);
  document.addEventListener("htmx:load", ({ target }) => {
    if (!target.matches?.("td[data-fresh]")) return;
    pencils(target.closest("tr"));
    target.querySelector(".cell-edit")?.focus();
  });

  // Cells: a double click opens one; the arrows walk from a row's name to its pencils; Enter saves, Esc leaves.
  document.addEventListener("dblclick", (event) => {
    if (!event.target.closest("a, form")) event.target.closest("td")?.querySelector(".cell-edit")?.click();
  });
  const step = (place, by) => {
    const stops = [...place.closest("tr").querySelectorAll(".main-link, .cell-edit")];
    stops[Math.min(stops.length - 1, Math.max(0, stops.indexOf(place) + by))].focus();
  };
  document.addEventListener("keydown", (event) => {
    const place = event.target, form = place.closest?.(".cell-form");
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (form && event.key === "Escape") form.querySelector("[data-cancel]").click();
    else if (form && event.key === "Enter" && place.matches("select")) form.requestSubmit();
    else if (["ArrowRight", "ArrowLeft"].includes(event.key) && place.matches?.(".project-list :is(.main-link, .cell-edit)")) step(place, event.key === "ArrowRight" ? 1 : -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  // A refusal that is no cell (the row was deleted, the right is gone) is told inside the cell.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.matches("td") && !detail.serverResponse.trimStart().startsWith("<td")) detail.swapOverride = "innerHTML";
  });
})();
