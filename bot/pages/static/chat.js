// Makes the page that works without scripts into a conversation: nothing is lost when the line drops, because a message
// keeps its id until it is answered, and the same id gets the same reply. photos.js and pushed.js build on `limaChat`.
"use strict";
(function () {
  const MESSAGES = "/chat/messages";
  const UNANSWERED = "lima-unanswered";
  const WAITS_MS = [1000, 2000, 4000, 8000, 15000, 30000];
  const CALL_MS_MAX = 25000;
  const STILL_MEANT_MS = 10 * 60 * 1000;
  const DRAFT_MS_MAX = 30 * 24 * 3600 * 1000;
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
  let underWay = null; // the typed words that are being sent
  let turns = 0; // grows when a message starts and when it is answered

  // ---------------------------------------------------------------- what outlives a reload or a closed page

  const kept = { // under this account's name: when the browser has become somebody else, nothing of it is shown
    get: function (name) {
      try { return localStorage.getItem("lima-" + name + "-" + talk.dataset.mailbox) || ""; } catch (denied) { return ""; }
    },
    put: function (name, value) {
      const key = "lima-" + name + "-" + talk.dataset.mailbox;
      try { if (value) localStorage.setItem(key, value); else localStorage.removeItem(key); } catch (denied) { return; } // it holds while the page is open
    },
  };

  const draft = {
    keep: function () {
      const text = words.value || underWay || "";
      kept.put("draft", text && JSON.stringify({ text: text, at: Date.now() }));
    },
    restore: function () {
      let saved = null;
      try { saved = JSON.parse(kept.get("draft")); } catch (unreadable) { return; } // then there is none
      if (saved && Date.now() - saved.at < DRAFT_MS_MAX && !words.value) words.value = saved.text;
    },
  };

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

  function bubble(side, text) {
    const made = element("p", "bubble " + side);
    made.append(element("span", "who", (/mine/.test(side) ? "您" : account) + "："), text);
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
      const made = bubble(failed ? "theirs failed" : "theirs", reply.text);
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
    words.style.height = words.scrollHeight + words.offsetHeight - words.clientHeight + "px";
  }

  function tell(text) {
    if (status.textContent !== text) status.textContent = text;
  }

  // What nobody waited for moves nothing: whoever was about to press an option must not hit the one beside it.
  function pointOut(made, text) {
    const told = text || "下面有新的回话。";
    function isHidden() { return made.getBoundingClientRect().top > composer.getBoundingClientRect().top - bar.offsetHeight; }
    function scrolled() {
      if (isHidden()) return;
      window.removeEventListener("scroll", scrolled);
      if (status.textContent === told) tell("");
    }
    if (!isHidden()) return;
    tell(told);
    window.addEventListener("scroll", scrolled);
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

  function backoff(tries, waitMs) {
    return rest(Math.max(WAITS_MS[Math.min(tries, WAITS_MS.length - 1)], waitMs));
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
      await backoff(tries, outcome ? outcome.waitMs : 0);
    }
  }

  async function say(message) {
    sending = true;
    turns += 1;
    underWay = message.typed ? message.text : null;
    draft.keep();
    send.setAttribute("aria-disabled", "true");
    const before = old();
    before.forEach(function (each) { each.hidden = true; });
    const mine = bubble("mine", message.shown);
    look(mine);
    store.put(message);
    const outcome = await deliver(message);
    log.querySelectorAll(".failed").forEach(function (each) { each.remove(); });
    sending = false;
    turns += 1;
    underWay = null;
    send.removeAttribute("aria-disabled");
    tell("");
    if (outcome.code === 200) answered(outcome);
    else notTaken(before, mine, message, outcome);
    draft.keep();
  }

  function answered(outcome) {
    store.drop();
    refused = null;
    old().forEach(function (each) { each.remove(); });
    look(show(outcome.replies, false));
    const first = log.querySelector(".options:last-child .option");
    if (first) pointOut(first, "往下滑，下面可以选。"); // a long text in large type hides them
    told();
  }

  function told() {
    document.dispatchEvent(new Event("lima-answered"));
    if (window.parent !== window) window.parent.postMessage("lima-said", location.origin); // the demo's desks look again
  }

  function notTaken(before, mine, message, outcome) {
    const sameId = outcome.code === 503 || outcome.code === 408;
    refused = sameId ? message : null;
    if (!sameId) store.drop();
    mine.remove();
    const said = show(outcome.replies, true);
    before.forEach(function (each) { // what was asked still stands: put it below what went wrong
      each.hidden = false;
      log.append(each);
    });
    if (message.typed && !words.value) words.value = message.text;
    fit();
    look(said);
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
    if (text === "大字" || text === "小字") { window.limaSwitchSize(); words.value = ""; draft.keep(); fit(); return; }
    if (!text) { tell("还没有打字。"); words.focus(); return; }
    words.value = "";
    fit();
    begin(text, text, true);
  }

  log.addEventListener("click", pressed);
  composer.addEventListener("submit", typed);
  words.addEventListener("input", function () { fit(); draft.keep(); if (!sending) tell(""); });
  words.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) typed(event);
  });
  document.addEventListener("DOMContentLoaded", fit);

  window.limaChat = {
    account: account, backoff: backoff, bubble: bubble, element: element, kept: kept, log: log, look: look, newId: newId,
    old: old, pointOut: pointOut, show: show, tell: tell, told: told, wellFormed: wellFormed,
    busy: function () { return sending; },
    turns: function () { return turns; },
    typing: function () { return document.activeElement === words; },
  };

  // ---------------------------------------------------------------- after a reload

  if ("isAnswer" in talk.dataset) { // the page is itself the answer to a form: a reload asks anew instead of sending again
    store.drop();
    history.replaceState(null, "", "/");
  }
  draft.restore();
  const unanswered = store.get();
  if (unanswered && Date.now() - unanswered.at < STILL_MEANT_MS) {
    log.textContent = "";
    say(unanswered);
  } else {
    store.drop();
  }
})();
