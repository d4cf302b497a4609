// Photos: made small enough for a bad line, sent one after the other while one goes on speaking, and sent again under
// their own id until they are answered. "收到了" is only shown for what the other side has acknowledged.
"use strict";
(function () {
  const FILES = "/chat/files";
  const AT_ONCE_MAX = 9;
  const SIDE_PX_MAX = 2048;
  const JPEG_QUALITY = 0.85;
  const PREVIEW_PX = 132;
  const SILENCE_MS_MAX = 60000;
  const MB = 1024 * 1024;

  const chat = window.limaChat;
  const input = document.getElementById("photo");
  let last = Promise.resolve(); // the photo before
  let unsent = 0;

  // ---------------------------------------------------------------- what is seen

  function bubble() {
    const made = chat.bubble("mine photo-said", "");
    const seen = {
      whole: made,
      note: chat.element("span", "note", "照片，等前一张发完"),
      line: chat.element("progress"),
    };
    seen.line.max = 1;
    seen.line.value = 0;
    seen.line.setAttribute("aria-label", "照片发了多少");
    seen.line.setAttribute("aria-live", "off"); // every step of it said aloud would drown everything else
    made.append(seen.note, seen.line);
    return seen;
  }

  function note(seen, text) {
    if (seen.note.textContent !== text) seen.note.textContent = text;
  }

  // ---------------------------------------------------------------- made small

  function scaled(bitmap, side) {
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  function jpeg(canvas) { // null where the browser cannot
    return new Promise(function (resolve) { canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY); });
  }

  async function prepared(file, seen) { // what is sent: smaller if it was large, the original if that cannot be done
    try {
      const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
      const preview = scaled(bitmap, PREVIEW_PX);
      preview.className = "preview";
      preview.setAttribute("aria-hidden", "true");
      seen.whole.insertBefore(preview, seen.note);
      const large = Math.max(bitmap.width, bitmap.height) > SIDE_PX_MAX;
      const small = large ? await jpeg(scaled(bitmap, SIDE_PX_MAX)) : null;
      bitmap.close();
      return small || file;
    } catch (cannot) { // an old browser, a kind of picture that it does not know, or no memory for it
      return file;
    }
  }

  // ---------------------------------------------------------------- sent

  function upload(id, content, seen) { // null: no answer of ours came back
    return new Promise(function (resolve) {
      const call = new XMLHttpRequest();
      const body = new FormData();
      let timer = 0;
      function alive() {
        clearTimeout(timer);
        timer = setTimeout(function () { call.abort(); }, SILENCE_MS_MAX);
      }
      body.append("id", id);
      body.append("file", content, "photo");
      call.upload.addEventListener("progress", function (event) {
        alive();
        if (event.lengthComputable) seen.line.value = event.loaded / event.total;
      });
      call.addEventListener("loadend", function () {
        clearTimeout(timer);
        resolve(outcomeOf(call));
      });
      call.open("POST", FILES);
      call.setRequestHeader("Accept", "application/json");
      alive();
      call.send(body);
    });
  }

  function outcomeOf(call) {
    let answer = null;
    try { answer = JSON.parse(call.responseText); } catch (other) { return null; } // something in between answers in our place
    if (!call.status || !chat.wellFormed(answer)) return null;
    return { code: call.status, replies: answer.replies, waitMs: (Number(call.getResponseHeader("Retry-After")) || 0) * 1000 };
  }

  async function deliver(content, seen) {
    const id = chat.newId();
    for (let tries = 0; ; tries += 1) {
      note(seen, "正在发照片");
      seen.line.value = 0;
      const outcome = await upload(id, content, seen);
      if (outcome && !outcome.waitMs && outcome.code !== 408) return outcome;
      note(seen, outcome && outcome.waitMs ? outcome.replies[0].text : "网不好，正在再发照片");
      await chat.backoff(tries, outcome ? outcome.waitMs : 0);
    }
  }

  async function say(file, seen) {
    const before = chat.turns();
    note(seen, "正在准备照片");
    const content = await prepared(file, seen);
    const tooLarge = content.size > Number(input.dataset.bytesMax);
    const outcome = tooLarge ? { code: 413, replies: [tooLargeReply(content.size)] } : await deliver(content, seen);
    seen.line.remove();
    note(seen, outcome.code === 200 ? "照片，收到了" : "照片，没发上来");
    if (outcome.code !== 200) seen.whole.classList.add("unsent");
    answered(outcome, before === chat.turns() && !chat.busy(), tooLarge);
  }

  function tooLargeReply(bytes) {
    const size = (bytes / MB).toFixed(1).replace(/\.0$/, "");
    return { text: "这张照片太大（" + size + "兆），没发上来。\n请：截个图再发，或在手机里选“标准”大小再发。", options: [] };
  }

  // While words were under way nobody here knows which turn came first. What stands stays then: a photo never changes
  // the question, whereas options of an earlier one would make 1 mean something else.
  function answered(outcome, isLatest, isAtOnce) {
    const fresh = outcome.code === 200 && isLatest;
    if (!outcome.replies.length) return;
    if (fresh && outcome.replies[0].options.length) chat.old().forEach(function (each) { each.remove(); });
    const shown = outcome.replies.map(function (reply) { return { text: reply.text, options: fresh ? reply.options : [] }; });
    const made = chat.show(shown, outcome.code !== 200);
    if ((fresh || isAtOnce) && !chat.typing()) chat.look(made);
    else chat.pointOut(made);
    if (fresh) chat.told();
  }

  function count(change) {
    unsent += change;
    chat.kept.put("photos", unsent ? String(unsent) : "");
  }

  function chosen() {
    const files = Array.from(input.files);
    input.value = "";
    chat.tell(files.length > AT_ONCE_MAX ? "一次最多 9 张，先发前 9 张。" : "");
    files.slice(0, AT_ONCE_MAX).forEach(function (file) {
      const seen = bubble();
      count(1);
      chat.look(seen.whole);
      last = last.then(function () { return say(file, seen); }).finally(function () { count(-1); });
    });
  }

  // ---------------------------------------------------------------- from here on the script sends them

  input.multiple = true;
  input.addEventListener("change", chosen);
  document.documentElement.classList.add("sends-photos");
  window.addEventListener("beforeunload", function (event) { if (unsent) event.preventDefault(); });
  const lost = chat.kept.get("photos");
  if (lost) chat.tell("有 " + lost + " 张照片没发完。没看到“收到”的，请重新选。");
  chat.kept.put("photos", "");
})();
