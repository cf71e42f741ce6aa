const enliven = (image) => {
  const bytes = Uint8Array.from(atob(image.src.split(",")[1]), (c) => c.charCodeAt(0));
  const source = new DOMParser().parseFromString(new TextDecoder().decode(bytes), "image/svg+xml");
  const data = JSON.parse(source.querySelector("metadata").textContent), svg = copy(source.documentElement);
  const host = document.createElement("div"), root = host.attachShadow({ mode: "open" });
  // Else a key that is meant for the figure could delete the cell.
  host.dataset.lmSuppressShortcuts = "true";
  add(root, "style", {}, "@STYLE@");
  add(root, "slot", {});
  const width = svg.viewBox.baseVal.width;
  const card = add(root, "div", { class: "card", role: "group", "aria-label": image.alt });
  card.style.maxWidth = width + 2 + "px";
  const bar = add(card, "div", { class: "bar" });
  const view = add(card, "div", { class: "view", tabindex: 0, role: "img", "aria-label": image.alt });
  svg.style.minWidth = Math.min(width, data.knobs ? 340 : 540) + "px";
  view.append(svg);
  const keys = enlivened(data, svg, width, bar, view);
  card.addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event, name = target.localName;
    if (ctrlKey || metaKey || altKey || key === "Tab" || key === "Escape") return;
    if (key.length === 1 || /^(Arrow|Home|End|Page|Enter|Backspace|Delete)/.test(key)) event.stopPropagation();
    const act = keys[key.length === 1 ? key.toLowerCase() : key];
    if (!act || name === "select" || name === "button" && key === " ") return;
    event.preventDefault();
    act();
  });
  image.replaceWith(host);
  host.append(image);
};

// The script stands behind its image, or, where an output's scripts are run as copies, at the end of the output.
const script = document.currentScript, before = script && script.previousElementSibling;
let images = before && before.matches("img.@CLASS@") ? [before] : [];
for (let around = script && script.parentElement; around && !images.length; around = around.parentElement)
  images = [...around.querySelectorAll("img.@CLASS@")];
for (const image of images)
  try {
    if (!image.parentNode.shadowRoot) enliven(image);
  } catch (error) {
    console.warn(error);
  }
})();
