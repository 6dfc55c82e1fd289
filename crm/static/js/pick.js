// pick.js: a select with data-pick is searched by typing; with data-pick-url it also asks the server. Runs once, and after htmx swaps.
(() => {
  "use strict";
  const enhance = (select) => {
    if (select.tomselect || typeof TomSelect === "undefined") return;
    const url = select.dataset.pickUrl;
    new TomSelect(select, {
      plugins: select.multiple ? ["remove_button"] : [],
      allowEmptyOption: false,
      maxOptions: 300,
      closeAfterSelect: !select.multiple,
      placeholder: select.dataset.pick,
      render: { no_results: () => `<div class="no-results">${select.dataset.pickNone || ""}</div>` },
      load: url ? (words, found) => {
        fetch(`${url}?q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } })
          .then((answer) => (answer.ok ? answer.json() : []))
          .then(found, () => found());
      } : undefined,
    });
    select.setAttribute("aria-hidden", "true"); // its label now belongs to the box that is typed into
  };
  const all = (root) => root.querySelectorAll("select[data-pick]").forEach(enhance);
  all(document);
  document.addEventListener("htmx:load", (event) => all(event.target));
})();
