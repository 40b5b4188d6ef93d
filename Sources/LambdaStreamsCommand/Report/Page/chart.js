// The picture: invocations across, records down, the checkpoint as a staircase, and a strip of what became of each record.
const chart = byId("chart"), overview = byId("overview"), tip = byId("tip");
const side = { left: 92, right: 26, top: 26, bottom: 26 };

function show(event, text) {
  tip.textContent = text;
  tip.hidden = false;
  tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px";
  tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8) + "px";
}
function hide() { tip.hidden = true; }

function drawChart() {
  const width = chart.clientWidth || 1000, height = 380;
  const seen = [];
  for (let index = state.from; index < Math.min(state.to, total()); index++) seen.push(new Invocation(shard(), index));
  const withRecords = seen.filter((one) => one.count > 0);
  const lowest = withRecords.length ? Math.min(...withRecords.map((one) => one.first)) : 0;
  const highest = withRecords.length ? Math.max(...withRecords.map((one) => one.last)) + 1 : Math.max(1, shard().sequences.length);
  const inner = { width: width - side.left - side.right, height: height - side.top - side.bottom };
  const step = Math.min(84, inner.width / Math.max(1, seen.length));
  const scale = inner.height / (highest - lowest);
  const geometry = { step, scale, lowest, highest, height, width, inner,
    x: (index) => side.left + (index - state.from) * step, y: (record) => side.top + (record - lowest) * scale };
  chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
  chart.style.height = height + "px";
  chart.setAttribute("aria-label", `Shard ${shard().id}: invocations ${state.from + 1} to ${state.to} of ${total()}, ` +
    `${seen.filter((one) => one.outcome !== 0).length} of them not fully successful.`);
  chart.replaceChildren(make("g", {}, ...windows(seen, geometry)), make("g", {}, ...axes(seen, geometry)),
    make("g", {}, ...ties(seen, geometry)), make("g", { id: "bars" }, ...bars(seen, geometry)),
    checkpoint(geometry), make("g", {}, ...messages(geometry)), make("g", {}, ...fateStrip(geometry)),
    ...(total() === 0 ? [make("text", { class: "nothing", x: side.left + 12, y: side.top + 24 }, "Nothing of this shard was delivered.")] : []));
}

const windowOf = (one) => run.windows[one.window];

function windows(seen, g) {
  const bands = [];
  let start = 0;
  for (let place = 1; place <= seen.length; place++) {
    // The state within a window changes; the window is the same.
    if (place < seen.length && windowOf(seen[place])?.start === windowOf(seen[start])?.start) continue;
    const window = windowOf(seen[start]);
    if (window) {
      const x = g.x(seen[start].index), span = (place - start) * g.step;
      if (bands.length % 4 === 0) bands.push(make("rect", { class: "band", x, y: 0, width: span, height: g.height - side.bottom }));
      else bands.push(make("g"));
      bands.push(span > 70 ? make("text", { x: x + 4, y: 14 }, "window " + window.start.slice(11, 19)) : make("g"));
    }
    start = place;
  }
  return bands;
}

function axes(seen, g) {
  const parts = [];
  const every = Math.max(1, Math.ceil((g.highest - g.lowest) / 14));
  for (let record = g.lowest; record < g.highest; record += every) {
    const y = g.y(record), sequence = shard().sequences[record] || "";
    parts.push(make("line", { class: "grid", x1: side.left, x2: g.width - side.right, y1: y, y2: y }));
    const short = sequence.length > 8 ? "…" + sequence.slice(-5) : sequence;
    const label = make("text", { x: side.left - 8, y: y + Math.min(14, Math.max(11, g.scale / 2 + 4)), "text-anchor": "end" }, "#" + (record + 1) + " " + short);
    label.append(make("title", {}, "record " + (record + 1) + ", sequence number " + sequence));
    parts.push(label);
  }
  const labels = Math.max(1, Math.ceil(seen.length / Math.max(1, Math.floor(g.step * seen.length / 105))));
  for (let place = 0; place < seen.length; place += labels) {
    parts.push(make("text", { x: g.x(seen[place].index) + 2, y: g.height - 8 }, time(seen[place].at)));
  }
  return parts;
}

// Which batch a batch came out of: dashed for another try, a curve for the rest of it or a part of it.
function ties(seen, g) {
  if (g.step < 7) return [];
  return seen.filter((one) => one.parent >= state.from && one.count > 0).map((one) => {
    const parent = new Invocation(shard(), one.parent);
    const x1 = g.x(parent.index) + g.step * .86, x2 = g.x(one.index);
    const y1 = g.y(parent.first + (parent.last + 1 - parent.first) / 2), y2 = g.y(one.first + (one.last + 1 - one.first) / 2);
    return make("path", { class: one.kind === 1 ? "tie again" : "tie", d: `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}` });
  });
}

// When there are more invocations than pixels, neighbours share a bar, which has the colour of the worst of them.
function bars(seen, g) {
  const merged = Math.max(1, Math.ceil(1.5 / g.step));
  const result = [];
  for (let place = 0; place < seen.length; place += merged) {
    const group = seen.slice(place, place + merged);
    const worst = group.reduce((first, second) => (second.outcome > first.outcome ? second : first));
    const filled = group.filter((one) => one.count > 0);
    const top = filled.length ? Math.min(...filled.map((one) => one.first)) : worst.first;
    const end = filled.length ? Math.max(...filled.map((one) => one.last)) + 1 : worst.first;
    const x = g.x(worst.index - (seen.indexOf(worst) - place)), wide = Math.max(1.2, g.step * merged * .86);
    const y = g.y(Math.max(top, g.lowest)), tall = Math.max(3, (end - top) * g.scale - (g.scale > 6 ? 1.5 : 0));
    const isSelected = group.some((one) => one.index === state.selected);
    result.push(make("rect", { class: `b ${worst.tone}${worst.attempt > 1 ? " more" : ""}${isSelected ? " selected" : ""}`,
      x, y, width: wide, height: filled.length ? tall : 6, rx: Math.min(3, wide / 4), "data-index": worst.index }));
    if (wide >= 14 && tall >= 12) {
      const glyph = worst.outcome === 0 ? "✓" : worst.outcome === 1 ? "◐" : "✕";
      result.push(make("text", { class: "glyph", x: x + wide / 2, y: y + Math.min(tall / 2 + 4, 18), "text-anchor": "middle" },
        worst.attempt > 1 && wide > 30 ? glyph + " ×" + worst.attempt : glyph));
    }
    // Where in the batch the reported record is.
    if (worst.outcome > 0 && worst.failed >= 0 && wide >= 6 && worst.count > 1) {
      const at = g.y(worst.failed + .5), size = Math.min(6, wide / 3);
      result.push(make("path", { class: "mark", d: `M${x} ${at - size}l${size} ${size} -${size} ${size}z` }));
    }
  }
  return result;
}

function checkpoint(g) {
  const steps = shard().checkpoints;
  let low = 0, high = steps.length;
  while (low < high) { const middle = (low + high) >> 1; if (steps[middle][0] <= state.from) low = middle + 1; else high = middle; }
  const clamp = (record) => Math.min(g.height - side.bottom, Math.max(side.top, g.y(record)));
  let path = `M${side.left} ${clamp(low > 0 ? steps[low - 1][1] + 1 : 0)}`;
  for (let place = low; place < steps.length && steps[place][0] <= state.to; place++) {
    path += `H${g.x(steps[place][0]) - g.step * .07}V${clamp(steps[place][1] + 1)}`;
  }
  return make("path", { class: "cp", d: path + `H${Math.min(g.width - side.right, g.x(state.to))}` });
}

function messages(g) {
  const parts = [];
  shard().messages.forEach(([after, first, last, , , hasMessage], index) => {
    if (after < state.from || after > state.to || g.step * (state.to - state.from) < 20) return;
    const x = g.x(after) - g.step * .07, middle = first < 0 ? side.top : g.y(first + (last + 1 - first) / 2);
    const tone = hasMessage ? "" : " lost";
    if (first >= 0) parts.push(make("line", { class: "span" + tone, x1: x, x2: x, y1: g.y(first), y2: g.y(last + 1) }));
    parts.push(make("path", { class: "message" + tone, d: `M${x - 7} ${middle}l7 -7 7 7 -7 7z`, "data-message": index }));
  });
  return parts;
}

function fateStrip(g) {
  const parts = [], x = g.width - side.right + 8;
  const rows = g.highest - g.lowest, every = Math.max(1, Math.floor(rows / g.inner.height));
  const order = "wfhdl";
  let start = g.lowest, tone = null;
  for (let record = g.lowest; record <= g.highest; record += every) {
    let worst = "w";
    for (let one = record; one < Math.min(record + every, g.highest); one++) {
      const fate = shard().fates[one] || "w";
      if (one === record || order.indexOf(fate) > order.indexOf(worst)) worst = fate;
    }
    const own = record >= g.highest ? null : worst;
    if (own === tone) continue;
    if (tone !== null) parts.push(make("rect", { class: fates[tone], x, y: g.y(start), width: 10, height: Math.max(1.5, (record - start) * g.scale) }));
    start = record;
    tone = own;
  }
  if (tone !== null) parts.push(make("rect", { class: fates[tone], x, y: g.y(start), width: 10, height: (g.highest - start) * g.scale }));
  return parts;
}

function drawOverview() {
  const width = overview.clientWidth || 1000, height = 46, count = Math.max(1, total());
  overview.setAttribute("viewBox", `0 0 ${width} ${height}`);
  overview.setAttribute("preserveAspectRatio", "none");
  // Where nothing was delivered there is no bar.
  const columns = Math.min(total(), Math.floor(width)), paths = ["", "", ""];
  for (let column = 0; column < columns; column++) {
    let worst = 0;
    const end = Math.ceil((column + 1) * count / columns);
    for (let index = Math.floor(column * count / columns); index < end && index < total(); index++) worst = Math.max(worst, shard().invocations[index][5]);
    const tall = [14, 24, 34][worst];
    paths[worst] += `M${(column * width) / columns} ${height - 4}v${-tall}h${Math.max(1, width / columns - .4)}v${tall}z`;
  }
  const view = make("rect", { class: "view", x: (state.from * width) / count, y: 1, width: Math.max(3, ((state.to - state.from) * width) / count), height: height - 2, rx: 3 });
  overview.replaceChildren(...paths.map((d, index) => make("path", { class: outcomes[index], d })), view);
}
