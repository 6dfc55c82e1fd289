// calendar.js: a meeting taken to another time by mouse (drag) or keyboard (M). Nothing moves by itself: the dialog says what the new
// time would mean, and its form is the same that the page "move" has without scripts.
(() => {
  "use strict";
  const dialog = document.getElementById("move-dialog"), said = document.getElementById("calendar-said");
  if (!dialog || !said) return;
  const QUARTER = 12, STEP = 15; // the height of a quarter hour in calendar.css, and its minutes
  let moving = null, grip = 0, ghost = null, hush = 0;
  const say = (words) => { said.textContent = words; window.clearTimeout(hush); hush = window.setTimeout(() => { said.textContent = ""; }, 8000); };
  const two = (n) => String(n).padStart(2, "0");

  const ask = (event, to) => {
    const back = encodeURIComponent(window.location.pathname + window.location.search);
    const at = to ? `to=${encodeURIComponent(to)}&` : "";
    window.htmx.ajax("GET", `${event.dataset.move}?${at}back=${back}`, { target: "#move-dialog", swap: "innerHTML" });
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target !== dialog) return;
    if (!dialog.open) dialog.showModal();
    (dialog.querySelector(".is-invalid") || dialog.querySelector(".btn-primary, input:not([type=hidden])")).focus();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) { event.preventDefault(); dialog.close(); }
  });
  dialog.addEventListener("close", () => dialog.replaceChildren());
  document.body.addEventListener("calendar-moved", (event) => {
    const { id, words } = event.detail;
    dialog.close();
    say(words);
    document.body.addEventListener("htmx:afterSettle", () => {
      const link = document.querySelector(`#calendar a[href$="/meetings/${id}"]`);
      (link || document.getElementById("main")).focus();
    }, { once: true });
  });
  document.addEventListener("keydown", (event) => {
    const place = event.target.closest?.(".ev[data-move]");
    if (!place || event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== "m") return;
    event.preventDefault();
    ask(place, "");
  });

  // ---- drag: in a week or day to a quarter of an hour, in a month to a day at the same hour
  const timeAt = (column, y) => {
    const grid = column.querySelector(".cal-grid"), first = Number(column.closest(".cal-week").dataset.firstHour) * 60;
    const top = y - grid.getBoundingClientRect().top - grip;
    const last = grid.offsetHeight / QUARTER - 1;
    const row = Math.max(0, Math.min(last, Math.round(top / QUARTER)));
    return { row, minutes: first + row * STEP };
  };
  const clear = () => {
    if (ghost) ghost.remove();
    ghost = null;
    document.querySelectorAll(".cal-over").forEach((cell) => cell.classList.remove("cal-over"));
  };
  document.addEventListener("dragstart", (event) => {
    const place = event.target.closest?.(".ev[data-move]");
    if (!place) return;
    moving = place;
    grip = event.clientY - place.getBoundingClientRect().top;
    place.classList.add("ev-moving");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", place.dataset.move);
  });
  const target = (event) => {
    const place = event.target.closest?.(".cal-col, .cal-cell");
    return place && place.closest("#calendar") ? place : null;
  };
  document.addEventListener("dragover", (event) => {
    const place = moving && target(event);
    if (!place) { clear(); return; }
    event.preventDefault();
    if (place.matches(".cal-cell")) {
      if (!place.classList.contains("cal-over")) { clear(); place.classList.add("cal-over"); }
      return;
    }
    const { row, minutes } = timeAt(place, event.clientY), grid = place.querySelector(".cal-grid");
    if (!ghost || ghost.parentElement !== grid) {
      clear();
      ghost = document.createElement("li");
      ghost.className = "cal-drop";
      ghost.setAttribute("aria-hidden", "true");
      grid.append(ghost);
    }
    ghost.style.top = `${row * QUARTER}px`;
    ghost.style.height = `${Math.max(2 * QUARTER, moving.offsetHeight)}px`;
    ghost.textContent = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  });
  document.addEventListener("drop", (event) => {
    const place = moving && target(event);
    if (!place) return;
    event.preventDefault();
    let to = place.dataset.day;
    if (place.matches(".cal-col")) {
      const { minutes } = timeAt(place, event.clientY);
      to += `T${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
    }
    ask(moving, to);
  });
  document.addEventListener("dragend", () => {
    clear();
    if (moving) moving.classList.remove("ev-moving");
    moving = null;
  });
})();
