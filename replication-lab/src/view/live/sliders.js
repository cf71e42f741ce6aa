// A setting is a place on each knob. `grid` has the frame of every setting, the last knob turning fastest, or -1 where
// there is none; a frame is the sentences that it says.
const enlivened = ({ knobs, start, grid, frames, sentences }, svg, width, bar) => {
  let places = start;
  const wanted = [...start];
  const shapes = [...svg.querySelectorAll("[data-in]")].map((shape) => [shape, shape.dataset.in.split(" ").map((range) => range.split("-").map(Number))]);
  const frame = (places) => grid[places.reduce((sum, place, i) => sum * knobs[i].values.length + place, 0)];
  const settings = grid.map((_, i) => {
    const found = [];
    for (const knob of [...knobs].reverse()) {
      found.unshift(i % knob.values.length);
      i = Math.floor(i / knob.values.length);
    }
    return found;
  }).filter((places) => frame(places) >= 0);
  // The knob that was moved stays where it is, if it can. The others give way, and return as soon as they may.
  const move = (knob, to) => {
    wanted[knob] = to;
    const far = (other) => other.reduce((sum, place, i) => sum + Math.abs(place - wanted[i]) * (i === knob ? 1000 : 1), 0);
    places = settings.reduce((best, other) => far(other) < far(best) ? other : best);
    show();
  };
  const controls = knobs.map(({ name, means, values }, i) => {
    const label = add(bar, "label", { class: "knob", title: means }, name);
    const input = slider(label, name + ": " + means, values.length - 1, start[i], (to) => move(i, to));
    return [input, add(label, "output", {}), values];
  });
  const says = add(bar, "p", { class: "says", role: "status", "aria-live": "polite" });
  const show = () => {
    const now = frame(places);
    shapes.forEach(([shape, ranges]) => seen(shape, ranges.some(([from, to = from]) => from <= now && now <= to)));
    controls.forEach(([input, output, values], i) => {
      input.value = places[i];
      input.setAttribute("aria-valuetext", values[places[i]]);
      output.textContent = values[places[i]];
    });
    says.textContent = frames[now].map((place) => sentences[place]).join(" ");
  };
  show();
  return {};
};
