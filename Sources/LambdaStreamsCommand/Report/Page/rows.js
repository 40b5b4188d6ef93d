// The list: one row for each invocation, of which only those in sight are in the page.
const rows = byId("rows"), space = byId("rows-space"), rowHeight = 26;
let listed = [];

function list() {
  const all = shard().invocations;
  listed = [];
  for (let index = 0; index < all.length; index++) if (!state.onlyTroubled || all[index][5] !== 0) listed.push(index);
  space.style.height = listed.length * rowHeight + "px";
}

function drawRows() {
  const first = Math.max(0, Math.floor(rows.scrollTop / rowHeight) - 5);
  const last = Math.min(listed.length, first + Math.ceil(rows.clientHeight / rowHeight) + 10);
  const shown = [];
  for (let place = first; place < last; place++) shown.push(row(new Invocation(shard(), listed[place]), place));
  space.replaceChildren(...shown);
  rows.setAttribute("aria-activedescendant", state.selected >= 0 ? "row-" + state.selected : "");
}

function row(one, place) {
  let root = one;
  for (let steps = 0; root.parent >= 0 && steps < 64; steps++) root = new Invocation(one.shard, root.parent);
  const span = Math.max(1, root.last + 1 - root.first);
  const bar = make("i", { class: one.tone });
  bar.style.left = ((one.first - root.first) / span) * 100 + "%";
  bar.style.width = ((one.last + 1 - one.first) / span) * 100 + "%";
  const say = make("span", { class: "say" }, make("b", {}, one.result), make("em", {}, one.follows ? "  → " + one.follows : ""));
  say.style.paddingLeft = Math.min(one.depth, 12) * 12 + "px";
  const element = make("div", { class: "row " + one.tone, role: "option", id: "row-" + one.index, "data-index": one.index,
    "aria-selected": one.index === state.selected ? "true" : "false",
    "aria-label": `Invocation ${one.index + 1}, records ${one.range}, attempt ${one.attempt}: ${one.result}. ${one.follows}` },
    make("span", { class: "n" }, one.index + 1 + (one.attempt > 1 ? " ×" + one.attempt : "")), make("span", { class: "t" }, time(one.at)),
    make("span", { class: "place", title: one.range }, one.count > 0 ? bar : ""), say);
  element.style.top = place * rowHeight + "px";
  return element;
}

function reveal() {
  const place = listed.indexOf(state.selected);
  if (place < 0) return;
  const top = place * rowHeight;
  if (top < rows.scrollTop) rows.scrollTop = top;
  else if (top + rowHeight > rows.scrollTop + rows.clientHeight) rows.scrollTop = top + rowHeight - rows.clientHeight;
}

rows.addEventListener("scroll", drawRows, { passive: true });
rows.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (row) select(Number(row.dataset.index), true);
});
rows.addEventListener("keydown", (event) => {
  const place = listed.indexOf(state.selected);
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity };
  if (!(event.key in steps) || listed.length === 0) return;
  event.preventDefault();
  const wanted = place < 0 ? 0 : Math.max(0, Math.min(listed.length - 1, place + steps[event.key]));
  select(listed[wanted], true);
});
