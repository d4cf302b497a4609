"""What every screen must be: readable, pressable, within the width of the phone, and fit for a screen reader."""

from __future__ import annotations

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

TARGET_PX_MIN = 60
CONTRAST_MIN = 4.5

_SIDEWAYS = "document.documentElement.scrollWidth - window.innerWidth"

_LOW_TARGETS = """min => Array.from(document.querySelectorAll("button, textarea, input, label, a.option, a.main"))
  .filter(each => each.offsetParent !== null && each.type !== "hidden" && getComputedStyle(each).clipPath === "none")
  .filter(each => each.getBoundingClientRect().height < min - .1)
  .map(each => each.outerHTML.slice(0, 80) + " " + each.getBoundingClientRect().height)"""

_PALE_TEXTS = """min => {
  const parsed = colour => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const behind = element => {  // the first colour behind it; ours are never see-through half-way
    for (let at = element; at; at = at.parentElement) {
      const colour = parsed(getComputedStyle(at).backgroundColor);
      if (colour[3] === 1) return colour;
      if (colour[3] !== 0) throw new Error("a half-transparent background: " + at.outerHTML.slice(0, 80));
    }
    return [255, 255, 255, 1];
  };
  const light = colour => colour.slice(0, 3).map(part => part / 255)
    .map(part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [.2126, .7152, .0722][at], 0);
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + .05) / (low + .05);
  };
  const pale = [];
  let texts = 0;
  const judge = (element, colour, text) => {
    const ratio = contrast(parsed(colour), behind(element));
    texts += 1;
    if (ratio < min) pale.push(text.trim().slice(0, 20) + " " + ratio.toFixed(2));
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() && element.checkVisibility()) judge(element, getComputedStyle(element).color, node.data);
  }
  for (const input of document.querySelectorAll("textarea")) {
    judge(input, getComputedStyle(input).color, "input");
    judge(input, getComputedStyle(input, "::placeholder").color, "placeholder");
  }
  if (!texts) pale.push("no text was found");
  return pale;
}"""

_LARGE = "large => document.documentElement.classList.toggle('large', large)"


async def faults(page: Page) -> list[str]:
    """Everything that is wrong with what is shown now, in normal type and in 大字."""
    found = []
    for large in (False, True):
        await page.evaluate(_LARGE, large)
        type_ = "大字" if large else "小字"
        if (sideways := await page.evaluate(_SIDEWAYS)) > 0:
            found.append(f"{type_}：{sideways} px sideways")
        found += [f"{type_}：low {each}" for each in await page.evaluate(_LOW_TARGETS, TARGET_PX_MIN)]
    await page.evaluate(_LARGE, False)
    found += [f"pale {each}" for each in await page.evaluate(_PALE_TEXTS, CONTRAST_MIN)]
    for violation in (await Axe().run(page)).response["violations"]:
        found += [f"axe {violation['id']}: {node['html'][:120]}" for node in violation["nodes"]]
    return found


async def fonts_of(page: Page, selector: str) -> dict[str, int]:
    """The fonts that the browser really drew with, and how many glyphs of each."""
    session = await page.context.new_cdp_session(page)
    await session.send("DOM.enable")
    await session.send("CSS.enable")
    root = (await session.send("DOM.getDocument"))["root"]["nodeId"]
    node = (await session.send("DOM.querySelector", {"nodeId": root, "selector": selector}))["nodeId"]
    used = (await session.send("CSS.getPlatformFontsForNode", {"nodeId": node}))["fonts"]
    await session.detach()
    return {font["familyName"]: int(font["glyphCount"]) for font in used}
