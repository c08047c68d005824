"""What phones ask of a page."""

# A phone moves a page around when a field has letters of less than 16 pixels.
SMALL_FIELDS = """() => [...document.querySelectorAll("input, select, textarea")]
  .filter(one => !one.matches("[type=hidden], [type=radio], [type=checkbox]"))
  .filter(one => parseFloat(getComputedStyle(one).fontSize) < 16)
  .map(one => `${one.name}: ${getComputedStyle(one).fontSize}`)"""
