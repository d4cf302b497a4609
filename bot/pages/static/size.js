// Large type, remembered on this phone. It runs before the page is drawn, so that nothing jumps.
"use strict";
(function () {
  const KEPT = "lima-large";
  const root = document.documentElement;

  function kept() {
    try { return localStorage.getItem(KEPT) === "yes"; } catch (refused) { return false; } // a browser that keeps nothing
  }

  function keep(large) {
    try { localStorage.setItem(KEPT, large ? "yes" : "no"); } catch (refused) { return; } // it still holds on this page
  }

  function show(large) {
    root.classList.toggle("large", large);
    const button = document.getElementById("size");
    if (button) button.textContent = large ? "小字" : "大字";
  }

  window.limaSwitchSize = function () {
    const large = !root.classList.contains("large");
    show(large);
    keep(large);
  };

  root.classList.add("scripted");
  show(kept());
  document.addEventListener("DOMContentLoaded", function () {
    show(kept());
    document.getElementById("size").addEventListener("click", window.limaSwitchSize);
  });
})();
