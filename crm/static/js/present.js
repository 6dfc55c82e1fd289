// present.js: the projector. Arrow keys turn the points, a clock runs against each point's minutes; without scripts the links do.
(() => {
  "use strict";
  const NEAR = 60; // seconds before the end from which the clock warns
  const spent = new Map(); // of each point, what was spent before it was last opened
  let key = "", limit = 0, since = 0, running = true;

  const slide = () => document.getElementById("slide");
  const clock = () => slide()?.querySelector(".slide-clock");
  const now = () => performance.now() / 1000;
  const seconds = () => (spent.get(key) || 0) + (running ? now() - since : 0);
  const words = (all) => `${Math.floor(all / 60)}:${String(Math.floor(all % 60)).padStart(2, "0")}`;
  const stop = () => { if (key) spent.set(key, seconds()); };

  const draw = () => {
    const place = clock();
    if (!place) return;
    const all = seconds();
    place.querySelector("[data-clock]").textContent = words(all);
    place.classList.toggle("is-over", limit > 0 && all >= limit);
    place.classList.toggle("is-near", limit > 0 && all < limit && all >= limit - NEAR);
  };
  const begin = () => {
    const place = slide();
    if (!place || place.dataset.slide === key) return;
    stop();
    key = place.dataset.slide;
    limit = Number(place.dataset.minutes || 0) * 60;
    since = now();
    running = true;
    if (clock()) clock().hidden = false;
    const full = place.querySelector("[data-full]");
    if (full) full.hidden = !document.fullscreenEnabled;
    draw();
  };
  const turn = (place) => { const link = slide()?.querySelector(place); link?.click(); return Boolean(link); };
  const full = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.();
    return true;
  };

  const deeds = {
    ArrowRight: () => turn("[rel=next]"), PageDown: () => turn("[rel=next]"), ArrowDown: () => turn("[rel=next]"),
    ArrowLeft: () => turn("[rel=prev]"), PageUp: () => turn("[rel=prev]"), ArrowUp: () => turn("[rel=prev]"),
    f: full, F: full, Escape: () => !document.fullscreenElement && turn("[data-leave]"),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp" || event.key === "PageDown" || event.key === "PageUp") {
      if (document.documentElement.scrollHeight > window.innerHeight + 4) return; // a long point is read to its end first
    }
    if (deeds[event.key]?.()) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-full]")) full();
    if (event.target.closest("[data-clock-reset]")) { spent.set(key, 0); since = now(); draw(); }
    const toggle = event.target.closest("[data-clock-toggle]");
    if (!toggle) return;
    stop();
    running = !running;
    since = now();
    toggle.setAttribute("aria-pressed", String(!running));
    draw();
  });
  document.addEventListener("htmx:afterSettle", begin);
  window.setInterval(draw, 500);
  begin();
})();
