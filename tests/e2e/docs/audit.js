// What a page's accessibility can be judged by without a reader: a list of complaints, empty if there are none.
const complaints = [];
const complain = (what, element) => complaints.push(what + ": " + element.outerHTML.slice(0, 120));
const shown = (element) => element.checkVisibility({visibilityProperty: true, opacityProperty: true});

// ---- contrast of every text with what it stands on (WCAG 2.1, 1.4.3)
const pixel = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const rgba = (colour) => {
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  return [...pixel.getImageData(0, 0, 1, 1).data].map((value) => value / 255);
};
const over = ([r, g, b, a], below) => [r, g, b].map((value, i) => value * a + below[i] * (1 - a));
const background = (element) => {
  if (!element) return rgba("Canvas").slice(0, 3);
  const own = rgba(getComputedStyle(element).backgroundColor);
  return own[3] === 1 ? own.slice(0, 3) : over(own, background(element.parentElement));
};
const luminance = (colour) => {
  const [r, g, b] = colour.map((value) => value <= .03928 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  if (!texts.currentNode.data.trim() || /^(SCRIPT|STYLE|OPTION)$/.test(element.tagName) || !shown(element) || element.closest("[aria-hidden], :disabled")) continue;
  const below = background(element);
  const [light, dark] = [luminance(over(rgba(getComputedStyle(element).color), below)), luminance(below)].sort((a, b) => b - a);
  const contrast = (light + .05) / (dark + .05);
  if (contrast < 4.5) complain(`contrast ${contrast.toFixed(2)}`, element);
}

// ---- structure
let level = 0;
for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
  const own = Number(heading.tagName[1]);
  if (own > level + 1) complain(`h${own} below h${level}`, heading);
  level = own;
}
if (document.querySelectorAll("h1").length !== 1) complaints.push("expected one h1");
for (const landmark of ["header", "main", "nav", "aside"])
  if (!document.querySelector("body > " + landmark + ", .layout > " + landmark)) complaints.push("no " + landmark);
for (const landmark of document.querySelectorAll("nav, aside, dialog"))
  if (!landmark.ariaLabel) complain("no name", landmark);
const ids = new Set();
for (const {id} of document.querySelectorAll("[id]")) {
  if (ids.has(id)) complaints.push("the id " + id + " is there twice");
  ids.add(id);
}
for (const link of document.querySelectorAll('a[href^="#"]'))
  if (!ids.has(decodeURIComponent(link.hash.slice(1)))) complain("leads nowhere", link);

// ---- names
for (const image of document.images) if (!image.hasAttribute("alt")) complain("no alt", image);
for (const control of document.querySelectorAll("a[href], button, select, input:not([disabled]), summary")) {
  const name = control.ariaLabel || control.textContent.trim() || control.labels?.[0]?.textContent || control.querySelector("img[alt]")?.alt;
  if (!name) complain("no name", control);
}

// ---- what scrolls can be scrolled by keys; nothing makes the page itself wider than the window
for (const box of document.querySelectorAll("main *"))
  if (/auto|scroll/.test(getComputedStyle(box).overflowX) && box.scrollWidth > box.clientWidth + 1 && shown(box) && box.tabIndex < 0 && !box.querySelector("a, button"))
    complain("no key scrolls", box);
if (document.documentElement.scrollWidth > innerWidth) complaints.push(`the page is ${document.documentElement.scrollWidth} wide in a window of ${innerWidth}`);

// ---- the focus is seen
for (const control of document.querySelectorAll("a[href], button, select, summary, [tabindex='0']")) {
  if (!shown(control)) continue;
  control.focus({focusVisible: true, preventScroll: true});
  if (document.activeElement !== control) continue;
  const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(control);
  if ((outlineStyle === "none" || outlineWidth === "0px") && boxShadow === "none") complain("focus not seen", control);
}
document.activeElement.blur();
return complaints;
