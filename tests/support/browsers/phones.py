"""What small windows ask of a page."""

# A phone moves a page around when a field has letters of less than 16 pixels.
SMALL_FIELDS = """() => [...document.querySelectorAll("input, select, textarea")]
  .filter(one => !one.matches("[type=hidden], [type=radio], [type=checkbox]"))
  .filter(one => parseFloat(getComputedStyle(one).fontSize) < 16)
  .map(one => `${one.name}: ${getComputedStyle(one).fontSize}`)"""

# Words that stand on other words. Lines of one text are closer than their letters are
# high, and what only screen readers read has no place of its own.
WORDS_ON_WORDS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [], lines = [], range = document.createRange();
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const around = text.parentElement;
    if (!text.data.trim() || !around.checkVisibility({ visibilityProperty: true })) {
      continue;
    }
    // A button that sticks to the edge of the window lies over what scrolls past.
    if (around.closest(".unseen, script, option, thead, .to-reply")) continue;
    range.selectNodeContents(text);
    const { bottom } = around.getBoundingClientRect();
    const end = getComputedStyle(around).overflow === "hidden" ? bottom : Infinity;
    const rects = [...range.getClientRects()].filter((one) => one.top < end - 2);
    for (const rect of rects) {
      const over = lines.find(([, other]) =>
        Math.min(rect.right, other.right) - Math.max(rect.left, other.left) > 1 &&
        Math.min(rect.bottom, other.bottom) - Math.max(rect.top, other.top) > 6);
      if (over) found.push(`${over[0].trim()} | ${text.data.trim()}`);
    }
    lines.push(...rects.map((rect) => [text.data, rect]));
  }
  return found;
}"""

# Twice as large letters leave a phone of 390 pixels half of its room.
TWICE_AS_LARGE = {"width": 195, "height": 422}

# Tabs, and buttons beside a title, whose words need a second line; and rows of tabs
# that end at different places.
BROKEN_TABS = """() => {
  const tabs = [...document.querySelectorAll(".tabs > *")];
  const twoLines = (tab) => {
    const range = document.createRange();
    range.selectNodeContents(tab);
    const [first] = range.getClientRects();
    return range.getBoundingClientRect().height > 1.8 * first.height;
  };
  const rows = Object.values(Object.groupBy(tabs, (tab) => tab.offsetTop));
  const ends = rows.map((row) => row.at(-1).getBoundingClientRect().right);
  const uneven = ends.some((end) => Math.abs(end - ends[0]) > 2);
  const one = [...tabs, ...document.querySelectorAll(".page-head .button")];
  const broken = one.filter(twoLines).map((tab) => tab.innerText);
  return uneven ? [...broken, "uneven rows"] : broken;
}"""
