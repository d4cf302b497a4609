// Keeps the desks current. Nothing else: the placards are links into the phone.
"use strict";
(function () {
  const EVERY_MS = 2000;
  const desks = document.getElementById("desks");
  let shown = desks.innerHTML.trim();

  function numbers() {
    return new Set(Array.from(desks.querySelectorAll("[data-number]"), function (row) { return row.dataset.number; }));
  }

  async function refresh() {
    if (document.hidden) return;
    let now;
    try {
      const response = await fetch("/demo/desks");
      if (!response.ok) return;
      now = (await response.text()).trim();
    } catch (stopped) { // the demo was ended; a new one is found by itself
      return;
    }
    if (now === shown) return;
    const before = numbers();
    shown = now;
    desks.innerHTML = now; // our own fragment, escaped by the template
    desks.querySelectorAll("[data-number]").forEach(function (row) {
      if (!before.has(row.dataset.number)) row.classList.add("fresh");
    });
  }

  setInterval(refresh, EVERY_MS);
  window.addEventListener("message", function (event) {
    if (event.origin === location.origin && event.data === "lima-said") refresh();
  });
  document.getElementById("phone").addEventListener("load", refresh);
})();
