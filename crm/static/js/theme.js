// theme.js: runs before the first paint; a person who chose 自动 gets the colours of the device.
(() => {
  "use strict";
  const root = document.documentElement;
  if (!("themeAuto" in root.dataset)) return;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => { root.dataset.bsTheme = dark.matches ? "dark" : "light"; };
  apply();
  dark.addEventListener("change", apply);
})();
