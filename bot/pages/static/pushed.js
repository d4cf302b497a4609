// What comes by itself: an answer to a report, a word about a photo. It never takes away the question that stands, and a
// page that cannot listen loses nothing: “查” shows the same.
"use strict";
(function () {
  const EVENTS = "/chat/events";
  const chat = window.limaChat;
  let upTo = Number(chat.kept.get("pushed")) || 0; // the number of the last one shown
  let stream = null;

  function pushed(event) {
    const number = Number(event.lastEventId);
    if (number <= upTo) return;
    let reply;
    try { reply = JSON.parse(event.data); } catch (unreadable) { return; } // it comes again with the next page
    upTo = number;
    chat.kept.put("pushed", String(upTo));
    const open = chat.busy() || chat.old().length > 0;
    const made = chat.show([{ text: reply.text, options: open ? [] : reply.options }], false);
    made.classList.add("pushed");
    chat.pointOut(made);
  }

  function listen() {
    if (stream || document.hidden || !window.EventSource) return;
    stream = new EventSource(EVENTS + "?after=" + upTo);
    stream.addEventListener("reply", pushed);
    stream.addEventListener("enough", leave); // a newer page of the same person listens
    stream.addEventListener("error", function () {
      if (stream && stream.readyState === EventSource.CLOSED) stream = null; // tried again after the next answer
    });
  }

  function leave() {
    if (stream) stream.close();
    stream = null;
  }

  document.addEventListener("visibilitychange", function () { if (document.hidden) leave(); else listen(); });
  document.addEventListener("lima-answered", listen);
  listen();
})();
