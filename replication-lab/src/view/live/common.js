// Brings the still picture before this script to life. Whatever fails, the picture stays as it is.
(() => {
const SVG = "http://www.w3.org/2000/svg";
const ELEMENTS = "@ELEMENTS@".split(" ");
const ATTRIBUTES = "@ATTRIBUTES@".split(" ");

// A copy of what the lists name. Parentheses are for references within the picture and for turning: else a value
// could load something.
const copy = (from) => {
  if (from.nodeType === 3) return document.createTextNode(from.data);
  if (from.namespaceURI !== SVG || !ELEMENTS.includes(from.localName)) return "";
  const to = document.createElementNS(SVG, from.localName);
  for (const { name, value } of from.attributes)
    if (ATTRIBUTES.includes(name) && (name.startsWith("data-") || !/[\\(]/.test(value) || value.match(/url\(#\w+\)|(rotate|translate)\([-\d.,\s]*\)|/)[0] === value))
      to.setAttribute(name, value);
  for (const child of from.childNodes) to.append(copy(child));
  return to;
};

const set = (shape, attributes) => {
  for (const key in attributes) shape.setAttribute(key, attributes[key]);
  return shape;
};
const add = (parent, name, attributes, text) => {
  const made = set(document.createElement(name), attributes);
  if (text) made.textContent = text;
  parent.append(made);
  return made;
};
const button = (bar, text, label, press) => {
  const made = add(bar, "button", { type: "button", "aria-label": label, title: label }, text);
  made.addEventListener("click", press);
  return made;
};
const select = (bar, text, options, start, change) => {
  const made = add(add(bar, "label", {}, text), "select", { "aria-label": text });
  options.forEach((option, value) => add(made, "option", { value }, option));
  made.value = start;
  made.addEventListener("change", () => change(+made.value));
  return made;
};
const slider = (parent, label, max, value, input) => {
  const made = add(parent, "input", { type: "range", min: 0, max, step: 1, "aria-label": label });
  made.value = value;
  made.addEventListener("input", () => input(+made.value));
  return made;
};
const seen = (shape, yes) => yes ? shape.removeAttribute("display") : shape.setAttribute("display", "none");
