// arrange.js: tables and columns put in order by mouse, and the buttons of an arrangement without leaving the page. All of it
// sends the form that works without scripts: the server says what may stand where, and answers with the form changed.
(() => {
  "use strict";
  const said = document.getElementById("arrange-said");
  let moving = null; // the row under way
  const rowOf = (node) => node?.closest?.(".arrange tbody tr[data-row]");
  const placeOf = (row) => [...row.parentElement.rows].indexOf(row);
  const rowNamed = (name) => document.querySelector(`#arrange tr[data-row="${CSS.escape(name)}"]`);
  const button = (value) => document.querySelector(`#arrange button[name="do"][value="${CSS.escape(value)}"]`);

  // One after the other: a second press waits for the first one's answer, and goes on from it.
  let asking = false, queue = Promise.resolve();
  const ask = (value, name) => {
    const send = async () => {
      const form = document.getElementById("arrange"), row = name && rowNamed(name), before = row ? placeOf(row) : -1;
      asking = true;
      try {
        await window.htmx.ajax("POST", form.getAttribute("action"), {
          source: form.querySelector(".arrange") || form, values: { do: value }, target: form, select: "#arrange", swap: "outerHTML",
        });
      } finally { asking = false; }
      return before;
    };
    queue = queue.catch(() => {}).then(send);
    return queue;
  };
  // The preview that a change has ordered waits half a second: by then the answer may show it.
  document.addEventListener("htmx:confirm", (event) => { if (asking && event.target.id === "arrange") event.preventDefault(); });
  // A page that is no arrangement (signed out meanwhile) is shown whole.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "arrange" || event.detail.serverResponse.includes('id="arrange"')) return;
    event.detail.shouldSwap = false;
    window.location.reload();
  });
  const tell = (name, before) => {
    const row = rowNamed(name);
    if (!row) return;
    const now = placeOf(row);
    said.textContent = (now === before ? said.dataset.held : said.dataset.moved).replace("{name}", row.dataset.name).replace("{n}", now + 1);
    if (now !== before) row.classList.add("is-moved");
    row.scrollIntoView({ block: "nearest", behavior: "instant" });
  };

  // ---- the buttons: the same as without scripts, but the page stays, and so does the button that was pressed
  document.addEventListener("submit", async (event) => {
    const form = event.target, value = event.submitter?.value || "";
    const [deed, name] = value.split(":");
    if (form.id !== "arrange" || event.submitter?.name !== "do" || !["up", "down", "free", "drop", "default"].includes(deed)) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // nothing was sent that leaves the page
    const before = await ask(value, name);
    const fresh = [...document.querySelectorAll("#arrange tr[data-row] textarea[name^=head]")].at(-1);
    if (deed === "free") fresh?.select();
    else (button(value) || button("free"))?.focus();
    if (deed === "up" || deed === "down") tell(name, before);
  }, true);

  // ---- drag: a handle in each row that may go elsewhere; a line shows where it would stand
  const grips = () => document.querySelectorAll("#arrange tr[data-row]:not(:has([data-stays], .grip))").forEach((row) => {
    const grip = document.createElement("span"), icon = document.createElement("i");
    grip.className = "grip"; grip.draggable = true; grip.ariaHidden = "true";
    icon.className = "ti ti-grip-vertical";
    grip.append(icon);
    row.cells[0].prepend(grip);
  });
  grips();
  document.addEventListener("htmx:load", grips);
  const mark = (row) => {
    document.querySelectorAll(".drop-above, .drop-below").forEach((each) => { if (each !== row) each.classList.remove("drop-above", "drop-below"); });
    if (row && row !== moving) row.classList.add(placeOf(row) < placeOf(moving) ? "drop-above" : "drop-below");
  };
  const target = (event) => {
    const row = moving && rowOf(event.target);
    return row && row.parentElement === moving.parentElement && !row.querySelector("[data-stays]") ? row : null;
  };
  document.addEventListener("dragstart", (event) => {
    const grip = event.target.closest?.(".grip");
    if (!grip) return;
    moving = rowOf(grip);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", moving.dataset.name);
    event.dataTransfer.setDragImage(moving, 12, 12);
    moving.classList.add("is-moving");
  });
  document.addEventListener("dragover", (event) => {
    const row = target(event);
    mark(row);
    if (row) event.preventDefault();
  });
  document.addEventListener("drop", async (event) => {
    const row = target(event);
    if (!row) return;
    event.preventDefault();
    const name = moving.dataset.row, onto = row.dataset.row;
    if (name !== onto) tell(name, await ask(`place:${name}:${onto}`, name));
  });
  document.addEventListener("dragend", () => {
    mark(null);
    moving?.classList.remove("is-moving");
    moving = null;
  });
})();
