// board.js: taking cards elsewhere by mouse (drag) and by keyboard (arrows, M). Everything it does goes through the same form
// that each card has without scripts: it only asks the server, which says what the move needs.
(() => {
  "use strict";
  const dialog = document.getElementById("move-dialog"), said = document.getElementById("board-said");
  let moving = null; // { card, id, parent, before }: the card under way and where it was taken from
  let hush = 0;
  const cardOf = (node) => node.closest ? node.closest(".pcard") : null;
  const laneOf = (node) => node.closest ? node.closest("[data-lane]") : null;
  const say = (words) => { said.textContent = words; window.clearTimeout(hush); hush = window.setTimeout(() => { said.textContent = ""; }, 8000); };
  const focusOn = (id) => { const link = document.querySelector(`#card-${id} .card-name`); if (link) link.focus(); return Boolean(link); };

  const ask = (card, slug) => {
    moving = moving || { card, id: card.dataset.card, parent: card.parentElement, before: card.nextElementSibling };
    const back = encodeURIComponent(window.location.pathname + window.location.search);
    window.htmx.ajax("GET", `${card.dataset.take}?to=${encodeURIComponent(slug)}&back=${back}`, { target: "#move-dialog", swap: "innerHTML" });
  };
  const putBack = () => {
    if (!moving) return;
    const { card, id, parent, before } = moving;
    moving = null;
    card.classList.remove("pcard-moving");
    parent.insertBefore(card, before);
    focusOn(id);
    say(said.dataset.putBack);
  };

  // ---- the dialog: it opens with what the server answers, and closing it by any way but moving puts the card back
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target !== dialog) return;
    if (!dialog.open) dialog.showModal();
    const first = dialog.querySelector(".is-invalid, [autofocus], .clash input[type=radio]") || dialog.querySelector(".fields input:not([type=hidden]), .fields select, .fields textarea, textarea, .btn-primary, .btn");
    if (first) first.focus();
  });
  document.addEventListener("htmx:sendError", (event) => { if (moving && event.target === dialog) putBack(); });
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) { event.preventDefault(); dialog.close(); }
  });
  dialog.addEventListener("close", () => {
    const stale = dialog.querySelector("[data-stale]");
    dialog.replaceChildren();
    putBack();
    if (stale) window.htmx.trigger(document.body, "board-stale");
  });
  document.body.addEventListener("board-moved", (event) => {
    const { id, words } = event.detail;
    moving = null;
    dialog.close();
    document.body.addEventListener("htmx:afterSettle", () => { if (!focusOn(id)) document.querySelector("#board .card-name, #main").focus(); say(words); }, { once: true });
  });

  // ---- the form of a card, by keyboard or by mouse
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-take-form]")) return;
    event.preventDefault();
    const card = cardOf(event.target);
    event.target.closest("details").open = false;
    ask(card, event.target.elements.to.value);
  });
  const menu = (card) => { const details = card.querySelector(".card-move"); if (details) { details.open = true; details.querySelector("select").focus(); } };
  const cardsIn = (lane) => [...lane.querySelectorAll(".card-name")].filter((link) => link.offsetParent);
  const beside = (link, step) => {
    const lanes = [...document.querySelectorAll("section.lane")].filter((lane) => cardsIn(lane).length);
    const lane = laneOf(link), at = cardsIn(lane).indexOf(link), next = lanes[lanes.indexOf(lane) + step];
    return next && cardsIn(next)[Math.min(at, cardsIn(next).length - 1)];
  };
  document.addEventListener("keydown", (event) => {
    const card = cardOf(event.target);
    if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
    const details = event.target.closest(".card-move");
    if (event.key === "Escape" && details && details.open) { details.open = false; card.querySelector(".card-name").focus(); return; }
    if (!event.target.matches(".card-name")) return;
    const links = cardsIn(laneOf(card)), at = links.indexOf(event.target);
    const target = { ArrowDown: () => links[at + 1], ArrowUp: () => links[at - 1], ArrowRight: () => beside(event.target, 1), ArrowLeft: () => beside(event.target, -1) }[event.key];
    if (target) { event.preventDefault(); const link = target(); if (link) { link.focus(); link.scrollIntoView({ block: "nearest", inline: "nearest" }); } }
    if (event.key.toLowerCase() === "m") { event.preventDefault(); menu(card); }
  });

  // ---- drag: the card lies in the other column while the server is asked
  const mark = (lane) => document.querySelectorAll(".lane-over").forEach((each) => { if (each !== lane) each.classList.remove("lane-over"); });
  document.addEventListener("dragstart", (event) => {
    const card = cardOf(event.target);
    if (!card || !card.draggable) return;
    moving = { card, id: card.dataset.card, parent: card.parentElement, before: card.nextElementSibling };
    card.classList.add("pcard-moving");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.card);
  });
  document.addEventListener("dragover", (event) => {
    const lane = moving && laneOf(event.target);
    mark(lane);
    if (!lane) return;
    event.preventDefault();
    if (!lane.classList.contains("lane-over")) { lane.classList.add("lane-over"); say(said.dataset.over.replace("{}", lane.dataset.label)); }
  });
  document.addEventListener("drop", (event) => {
    const lane = moving && laneOf(event.target);
    mark(null);
    if (!lane) return;
    event.preventDefault();
    moving.card.classList.remove("pcard-moving");
    if (lane === laneOf(moving.parent)) { moving = null; say(""); return; }
    say("");
    const list = lane.querySelector("ul");
    if (list) list.prepend(moving.card);
    ask(moving.card, lane.dataset.lane);
  });
  document.addEventListener("dragend", (event) => {
    mark(null);
    if (moving && event.dataTransfer.dropEffect === "none" && !dialog.open) putBack();
  });
})();
