// Makes the page that works without scripts into a conversation: nothing is lost when the line drops, because a message
// keeps its id until it is answered, and the same id gets the same reply.
"use strict";
(function () {
  const MESSAGES = "/chat/messages";
  const UNANSWERED = "lima-unanswered";
  const WAITS_MS = [1000, 2000, 4000, 8000, 15000, 30000];
  const CALL_MS_MAX = 25000;
  const STILL_MEANT_MS = 10 * 60 * 1000;
  const GAP_PX = 12;

  const bar = document.querySelector(".bar");
  const talk = document.getElementById("talk");
  const log = document.getElementById("log");
  const composer = document.getElementById("composer");
  const words = document.getElementById("words");
  const send = document.getElementById("send");
  const status = document.getElementById("status");
  const account = document.title;
  let sending = false;
  let refused = null; // a message that may be sent again under its own id

  // ---------------------------------------------------------------- what outlives a reload

  const store = {
    get: function () {
      try { return JSON.parse(sessionStorage.getItem(UNANSWERED)); } catch (unreadable) { return null; } // start afresh
    },
    put: function (message) {
      try { sessionStorage.setItem(UNANSWERED, JSON.stringify(message)); } catch (full) { return; } // sent all the same
    },
    drop: function () {
      try { sessionStorage.removeItem(UNANSWERED); } catch (absent) { return; } // then nothing was kept either
    },
  };

  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, function (byte) { return byte.toString(16).padStart(2, "0"); }).join("");
  }

  // ---------------------------------------------------------------- what is seen

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function bubble(side, who, text) {
    const made = element("p", "bubble " + side);
    made.append(element("span", "who", who + "："), text);
    log.append(made);
    return made;
  }

  function options(choices) {
    const group = element("div", "options");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "可以选");
    choices.forEach(function (choice) {
      const button = element("button", "option");
      button.type = "button";
      button.value = choice.key;
      button.append(element("b", "key", choice.key), " ", element("span", "", choice.label));
      group.append(button);
    });
    log.append(group);
  }

  function show(replies, failed) {
    let first = null;
    replies.forEach(function (reply) {
      const made = bubble(failed ? "theirs failed" : "theirs", account, reply.text);
      first = first || made;
      if (reply.options.length) options(reply.options);
    });
    return first;
  }

  function look(at) {
    // Not scrollIntoView: inside the demo's phone it would move the whole demo.
    window.scrollBy(0, at.getBoundingClientRect().top - bar.offsetHeight - GAP_PX);
    if (document.activeElement === document.body) { // the button that was pressed is gone: go on from the reply
      at.tabIndex = -1;
      at.focus({ preventScroll: true });
    }
  }

  function old() { // the options that stand now
    return Array.from(log.querySelectorAll(".options, .back"));
  }

  function fit() {
    words.style.height = "auto";
    words.style.height = words.scrollHeight + "px";
  }

  function tell(text) {
    if (status.textContent !== text) status.textContent = text;
  }

  // ---------------------------------------------------------------- sending

  function rest(ms) { // until the time is over or the line is back
    return new Promise(function (resolve) {
      const timer = setTimeout(done, ms);
      function done() {
        clearTimeout(timer);
        window.removeEventListener("online", done);
        resolve();
      }
      window.addEventListener("online", done);
    });
  }

  function wellFormed(answer) {
    return answer !== null && typeof answer === "object" && Array.isArray(answer.replies);
  }

  async function call(message) { // null: no answer of ours came back
    const stop = new AbortController();
    const timer = setTimeout(function () { stop.abort(); }, CALL_MS_MAX);
    try {
      const response = await fetch(MESSAGES, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ id: message.id, text: message.text }),
        signal: stop.signal,
      });
      const answer = await response.json();
      if (!wellFormed(answer)) return null;
      const waitS = Number(response.headers.get("Retry-After")) || 0;
      return { code: response.status, replies: answer.replies, waitMs: waitS * 1000 };
    } catch (dropped) { // the line, or something in between that answers in our place
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  async function deliver(message) {
    tell("正在发…");
    for (let tries = 0; ; tries += 1) {
      const outcome = await call(message);
      if (outcome && !outcome.waitMs) return outcome;
      tell(outcome ? outcome.replies[0].text : "网不好，正在再发");
      const backoff = WAITS_MS[Math.min(tries, WAITS_MS.length - 1)];
      await rest(Math.max(backoff, outcome ? outcome.waitMs : 0));
    }
  }

  async function say(message) {
    sending = true;
    send.setAttribute("aria-disabled", "true");
    const before = old();
    before.forEach(function (each) { each.hidden = true; });
    const mine = bubble("mine", "您", message.shown);
    look(mine);
    store.put(message);
    const outcome = await deliver(message);
    log.querySelectorAll(".failed").forEach(function (each) { each.remove(); });
    sending = false;
    send.removeAttribute("aria-disabled");
    tell("");
    if (outcome.code === 200) answered(before, outcome);
    else notTaken(before, mine, message, outcome);
  }

  function answered(before, outcome) {
    store.drop();
    refused = null;
    before.forEach(function (each) { each.remove(); });
    look(show(outcome.replies, false));
    if (window.parent !== window) window.parent.postMessage("lima-said", location.origin); // the demo's desks look again
  }

  function notTaken(before, mine, message, outcome) {
    const sameId = outcome.code === 503 || outcome.code === 408;
    refused = sameId ? message : null;
    if (!sameId) store.drop();
    mine.remove();
    const told = show(outcome.replies, true);
    before.forEach(function (each) { // what was asked still stands: put it below what went wrong
      each.hidden = false;
      log.append(each);
    });
    if (message.typed && !words.value) words.value = message.text;
    fit();
    look(told);
  }

  function begin(text, shown, typed) {
    const id = refused && refused.text === text ? refused.id : newId();
    say({ id: id, text: text, shown: shown, typed: typed, at: Date.now() });
  }

  // ---------------------------------------------------------------- what a person does

  function pressed(event) {
    const button = event.target.closest("button.option");
    if (!button) return;
    event.preventDefault();
    if (sending) return;
    begin(button.value, button.querySelector("span").textContent, false);
  }

  function typed(event) {
    event.preventDefault();
    const text = words.value.trim();
    if (sending) return;
    if (text === "大字" || text === "小字") window.limaSwitchSize();
    if (!text) { tell("还没有打字。"); words.focus(); return; }
    words.value = "";
    fit();
    if (text !== "大字" && text !== "小字") begin(text, text, true);
  }

  log.addEventListener("click", pressed);
  composer.addEventListener("submit", typed);
  words.addEventListener("input", function () { fit(); if (!sending) tell(""); });
  words.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) typed(event);
  });
  document.addEventListener("DOMContentLoaded", fit);

  // ---------------------------------------------------------------- after a reload

  if ("isAnswer" in talk.dataset) { // the page is itself the answer to a form: a reload asks anew instead of sending again
    store.drop();
    history.replaceState(null, "", "/");
  }
  const unanswered = store.get();
  if (unanswered && Date.now() - unanswered.at < STILL_MEANT_MS) {
    log.textContent = "";
    say(unanswered);
  } else {
    store.drop();
  }
})();
