// Steps are counted from 1; at 0 nothing has happened yet. A step is its time, its line in the transcript, its row,
// its nodes, its message and whether it is marked; a message is its first and its last step and its life in words.
const enlivened = ({ steps, rows, nodes, messages }, svg, width, bar, view) => {
  const last = steps.length;
  let at = last, node = -1, message = -1, timer = 0, fresh = true;

  const all = (name) => [...svg.querySelectorAll("[data-" + name + "]")];
  const number = (shape, name) => +shape.getAttribute(name);
  const ways = all("until").map((way) => {
    const line = way.querySelector("path"), d = line.getAttribute("d");
    const hit = line.cloneNode();
    hit.removeAttribute("marker-end");
    hit.setAttribute("class", "hit");
    way.append(hit);
    return { way, line, d, points: d.match(/-?[\d.]+/g).map(Number) };
  });
  const growing = all("grow").map((shape) => {
    const box = shape.localName === "rect", top = number(shape, box ? "y" : "y1");
    return { shape, box, top, bottom: box ? top + number(shape, "height") : number(shape, "y2") };
  });
  const cursor = svg.querySelector("[data-cursor]");
  const here = add(view, "div", { class: "here" });

  // A message under way is drawn as far as time has come.
  const begun = (points, end) => {
    const low = Math.max(end, points[1] + Math.min(22, (points[points.length - 1] - points[1]) * 0.45));
    let d = "M" + points[0] + "," + points[1];
    for (let i = 2; i < points.length; i += 2) {
      const [x1, y1, x2, y2] = points.slice(i - 2, i + 2), share = Math.min(1, (low - y1) / (y2 - y1 || 1));
      if (share <= 0) break;
      d += " L" + (x1 + (x2 - x1) * share) + "," + (y1 + (y2 - y1) * share);
    }
    return d;
  };

  const stops = () => steps.map((_, i) => i + 1).filter((i) => node < 0 || steps[i - 1][3].includes(node));
  const next = () => stops().find((i) => i > at);
  const back = () => stops().reverse().find((i) => i < at) || 0;

  const show = () => {
    const whole = at === last, row = at ? rows[steps[at - 1][2]] : [rows[0][0] - 14, rows[0][0] - 14];
    const end = whole ? Infinity : row[1] + 8, step = at && !fresh ? steps[at - 1] : 0;
    all("from").forEach((shape) => seen(shape, at >= number(shape, "data-from")));
    growing.forEach(({ shape, box, top, bottom }) => {
      seen(shape, top < end);
      const to = Math.min(bottom, Math.max(top, end));
      shape.setAttribute(box ? "height" : "y2", box ? to - top : to);
    });
    ways.forEach(({ way, line, d, points }) => {
      const under = at < number(way, "data-until");
      way.classList.toggle("way", under);
      line.setAttribute("d", under ? begun(points, end) : d);
    });
    all("label").forEach((shape) => seen(shape, at >= number(shape, "data-label")));
    all("nodes").forEach((shape) =>
      shape.classList.toggle("fade", node >= 0 && !shape.dataset.nodes.split(" ").includes("" + node)));
    all("head").forEach((shape) => shape.classList.toggle("own", +shape.dataset.head === node));
    const hot = message < 0 && step ? step[4] : message;
    all("message").forEach((shape) => shape.classList.toggle("hot", +shape.dataset.message === hot));
    all("from").forEach((shape) =>
      shape.classList.toggle("now", !!step && step[4] < 0 && number(shape, "data-from") === at));
    cursor.replaceChildren();
    const draw = (name, attributes) => cursor.append(set(document.createElementNS(SVG, name), attributes));
    if (step) {
      const middle = (row[0] + row[1]) / 2;
      draw("rect", { class: "cursor", x: 2, y: row[0] - 9, width: width - 4, height: row[1] - row[0] + 18 });
      draw("path", { class: "tip", d: "M3," + (middle - 7) + " l10,7 l-10,7 z" });
    }
    const ends = ways.find(({ way }) => hot >= 0 && number(way, "data-message") === hot);
    if (ends) [[0, 0], [ends.points.length - 2, number(ends.way, "data-until")]].forEach(([i, from]) =>
      at >= from && draw("circle", { class: "tip", cx: ends.points[i], cy: ends.points[i + 1], r: 6 }));
    const words = step ? at + " of " + last + " · " + step[0] + " · " + step[1]
      : at ? last + " events. Play them, or step through them with the arrow keys." : "0 of " + last + " · nothing has happened yet";
    const way = messages.filter((m) => m[0] && m[0] <= at && (at < m[1] || !m[1])).map((m) => steps[m[0] - 1][1]);
    const more = way.length > 3 ? " and " + (way.length - 3) + " more" : "";
    says.setAttribute("aria-live", timer ? "off" : "polite");
    says.textContent = message < 0 ? words : words + " · " + messages[message][2];
    rest.textContent = fresh ? "" : way.length ? "Under way: " + way.slice(0, 3).join(" · ") + more : "Nothing is under way.";
    scrub.value = at;
    scrub.setAttribute("aria-valuetext", words);
    play.textContent = timer ? "Pause" : "Play";
    if (fresh) return;
    const scale = svg.getBoundingClientRect().width / width;
    const column = step && step[3].length && all("head").find((head) => number(head, "data-head") === step[3][0]).querySelector("text");
    here.style.left = (column ? number(column, "x") : 0) * scale + "px";
    here.style.top = (row[0] - 12) * scale + "px";
    here.style.height = (row[1] - row[0] + 24) * scale + "px";
  };
  const go = (to, about = -1) => {
    if (to === undefined) return pause();
    [at, message, fresh] = [to, about, false];
    show();
    here.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const pause = () => {
    clearInterval(timer);
    timer = 0;
    show();
  };
  const run = () => {
    if (next() === undefined) at = 0;
    timer = setInterval(() => bar.isConnected ? go(next()) : pause(), [1600, 800, 300][speed.value]);
    go(at);
  };
  const by = (to) => {
    pause();
    go(to, -1);
  };
  const places = steps.map((step, i) => step[5] ? i + 1 : 0).filter(Boolean);
  const marked = () => by(places.find((place) => fresh || place > at) || places[0]);
  // From a message's event to its send, and from there to what became of it.
  const follow = (about) => {
    pause();
    const [sent, ended] = messages[about];
    go(fresh || at !== sent || !ended ? sent || ended : ended, about);
  };
  const forward = () => by(fresh ? stops()[0] : next() || at);

  button(bar, "Start", "To the start", () => by(0));
  button(bar, "Back", "One event back", () => by(back()));
  const toggle = () => timer ? pause() : run();
  const play = button(bar, "Play", "Play or pause", toggle);
  play.className = "play";
  button(bar, "Next", "One event forward", forward);
  button(bar, "End", "To the end", () => by(last));
  const scrub = slider(bar, "Event", last, at, by);
  const speed = select(bar, "speed", ["slow", "normal", "fast"], 1, () => timer && (pause(), run()));
  const pick = select(bar, "next of", ["everything", ...nodes], 0, (value) => {
    node = value - 1;
    show();
  });
  const letter = button(bar, "Message", "Follow this event's message: to its send, then to its end", () => {
    const about = message < 0 && at ? steps[at - 1][4] : message;
    if (about >= 0) follow(about);
  });
  if (places.length) button(bar, "Witness", "To the next marked event", marked);
  const says = add(bar, "p", { class: "says", role: "status" });
  const rest = add(bar, "p", { class: "rest" });

  svg.addEventListener("click", ({ target }) => {
    const about = target.closest("[data-message]"), head = target.closest("[data-head]");
    if (about) follow(+about.dataset.message);
    else if (head) {
      const chosen = +head.dataset.head;
      node = node === chosen ? -1 : chosen;
      pick.value = node + 1;
      show();
    }
  });
  show();
  return { ArrowLeft: () => by(back()), ArrowRight: forward, " ": toggle, Home: () => by(0), End: () => by(last), w: marked, m: () => letter.click() };
};
