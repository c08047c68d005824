// Watches the stops of Tab; `tabbing.told()` says what is wrong with those seen so far.
(() => {
  if (globalThis.tabbing) return globalThis.tabbing.anew();

  const WRITING = 40;

  // What shows that this has the focus: a label stands for a field that is not seen.
  const shownBy = (one) => {
    const alone = one.getBoundingClientRect();
    if (alone.width > 1 && alone.height > 1) return one;
    return [...(one.labels ?? [])].find((label) => label.matches(".button")) ?? one;
  };
  // The box around chips and their field has the ring of the field.
  const ringed = (shown) => shown.closest(".chips-box > input")?.parentElement ?? shown;
  const ring = (one) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor } = getComputedStyle(one);
    return [outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor].join();
  };
  const named = (one) => {
    const words = (one.getAttribute("aria-label") ?? one.innerText ?? "").trim() || one.name || "";
    return `${one.nodeName.toLowerCase()}${one.id && `#${one.id}`} “${words.slice(0, 40)}”`;
  };

  // A row of the list is one link, and letters stand on the middle of their line.
  function covered(shown, box) {
    const rects = [...shown.getClientRects()].filter((rect) => rect.width > 2);
    const { left, right, top, bottom: end } = rects[0] ?? box;
    // Below where one writes, a field for many lines may go on behind what sticks there.
    const bottom = Math.min(shown.matches("textarea") ? top + WRITING : end, innerHeight);
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const places = [[x, y], [left + 2, y], [right - 2, y], [x, top + 2], [x, bottom - 2]];
    return places.some(([across, down]) => {
      const there = document.elementFromPoint(across, down);
      return !there || !(shown.contains(there) || there.closest("label")?.contains(shown));
    });
  }

  function cut(shown, box) {
    const style = getComputedStyle(shown);
    const wide = Math.max(0, parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth));
    for (let around = shown.parentElement; around; around = around.parentElement) {
      const { overflowX, overflowY, clipPath } = getComputedStyle(around);
      if (overflowX === "visible" && overflowY === "visible" && clipPath === "none") continue;
      if (around === document.body || around === document.documentElement) continue;
      const { left, right, top, bottom } = around.getBoundingClientRect();
      if (box.left - wide < left - 1 || box.right + wide > right + 1) return around;
      if (box.top - wide < top - 1 || box.bottom + wide > bottom + 1) return around;
    }
    return null;
  }

  function* wrong(shown, style) {
    const box = shown.getBoundingClientRect();
    if (box.width < 3 || box.height < 3) return yield "has no size";
    if (!shown.checkVisibility({ opacityProperty: true, visibilityProperty: true })) yield "is not visible";
    if (box.left < -1 || box.right > innerWidth + 1) yield "is beside the window";
    const seen = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
    // In a field for many lines, the browser shows where one writes.
    const wanted = shown.matches("textarea") ? WRITING : Math.min(box.height, innerHeight) - 2;
    if (seen < wanted) yield "is not in the window";
    else if (covered(shown, box)) yield "is covered";
    const hider = cut(shown, box);
    if (hider) yield `is cut by ${hider.nodeName} .${hider.className}`;
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) yield "has no ring";
    return undefined;
  }

  const tabbing = globalThis.tabbing = {
    anew() {
      Object.assign(this, { seen: new Set(), faults: [], last: undefined, round: false });
      document.documentElement.style.scrollBehavior = "auto";
      // Where the body has the focus, Tab begins anew, in a frame as well.
      document.body.tabIndex = -1;
      document.body.focus();
      document.body.removeAttribute("tabindex");
      scrollTo({ top: 0, behavior: "instant" });
    },
    look() {
      this.leave();
      const one = document.activeElement;
      if (!one || one === document.body || this.round) return;
      if (this.seen.has(one)) {
        this.round = true;
        return;
      }
      this.seen.add(one);
      const shown = shownBy(one);
      const faults = [...wrong(shown, getComputedStyle(ringed(shown)))];
      this.faults.push(...faults.map((words) => `${named(one)} ${words}`));
      this.last = [one, ringed(shown), ring(ringed(shown))];
    },
    // What had the focus looks otherwise without it.
    leave() {
      if (!this.last) return;
      const [one, box, was] = this.last;
      if (document.activeElement === one) return;
      if (ring(box) === was) this.faults.push(`${named(one)} looks the same without focus`);
      this.last = undefined;
    },
    told() {
      if (document.activeElement === document.body && this.seen.size) this.round = true;
      return [this.seen.size, this.faults, this.round];
    },
  };
  // Before the next key moves it the focus has arrived, and the page has scrolled.
  addEventListener("keydown", (event) => event.key === "Tab" && tabbing.look(), true);
  addEventListener("focusin", () => tabbing.leave());
  return tabbing.anew();
})();
