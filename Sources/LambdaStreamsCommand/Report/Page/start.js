// Puts the parts together: what is drawn when something changes, and what the mouse and the keyboard do.
function drawShards() {
  const buttons = run.shards.map((one, index) => {
    const ended = counts(one);
    const troubles = ["failed", "partial", "throttled"].filter((kind) => ended[kind] > 0).map((kind) => ended[kind] + " " + kind);
    return make("button", { "aria-pressed": index === state.shard ? "true" : "false", onclick: () => chooseShard(index) },
      make("b", {}, one.id), ` ${of(one.sequences.length, "record")} `, troubles.length ? make("span", { class: "bad" }, troubles.join(", ")) : "");
  });
  byId("shards").replaceChildren(...(run.shards.length > 1 ? buttons : []));
  byId("shard-name").textContent = `${shard().id} · ${of(shard().sequences.length, "record")}, ${of(counts(shard()).invocations, "invocation")}`;
}

let lastShard = -1;
state.listeners.push(() => {
  if (lastShard !== state.shard) { lastShard = state.shard; list(); rows.scrollTop = 0; drawShards(); }
  drawOverview();
  drawChart();
  reveal();
  drawRows();
  drawDetail();
});

chart.addEventListener("mousemove", (event) => {
  const bar = event.target.closest(".b"), message = event.target.closest(".message");
  if (bar) {
    const one = new Invocation(shard(), Number(bar.dataset.index));
    show(event, `${time(one.at)}  records ${one.range}\n${one.result}${one.follows ? "\nthen: " + one.follows : ""}`);
  } else if (message) {
    const entry = shard().messages[Number(message.dataset.message)];
    show(event, (entry[5] ? "Discarded, with a message to the destination: " : "Lost: ") + (run.texts[entry[3]] ?? ""));
  } else hide();
});
chart.addEventListener("mouseleave", hide);
chart.addEventListener("click", (event) => {
  const bar = event.target.closest(".b"), message = event.target.closest(".message");
  if (bar) select(Number(bar.dataset.index), false); else if (message) showMessage(Number(message.dataset.message));
});
chart.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const share = (event.clientX - chart.getBoundingClientRect().left - side.left) / (chart.clientWidth - side.left - side.right);
  zoom(event.deltaY > 0 ? 1.25 : .8, state.from + share * (state.to - state.from));
}, { passive: false });

let dragStart = null;
const placeOf = (event) => ((event.clientX - overview.getBoundingClientRect().left) / overview.clientWidth) * total();
overview.addEventListener("pointerdown", (event) => { dragStart = placeOf(event); overview.setPointerCapture(event.pointerId); });
overview.addEventListener("pointerup", (event) => {
  if (dragStart === null) return;
  const end = placeOf(event), width = state.to - state.from;
  if (Math.abs(end - dragStart) < total() / 200) look(end - width / 2, end + width / 2);
  else look(Math.min(dragStart, end), Math.max(dragStart, end));
  dragStart = null;
});

byId("previous").addEventListener("click", () => nextFailure(-1));
byId("next").addEventListener("click", () => nextFailure(1));
byId("closer").addEventListener("click", () => zoom(.5));
byId("wider").addEventListener("click", () => zoom(2));
byId("all").addEventListener("click", () => look(0, total()));
byId("troubled").addEventListener("change", (event) => { state.onlyTroubled = event.target.checked; list(); rows.scrollTop = 0; drawRows(); });
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input") || event.ctrlKey || event.metaKey || event.altKey) return;
  const actions = { n: () => nextFailure(1), p: () => nextFailure(-1), "+": () => zoom(.5), "-": () => zoom(2), 0: () => look(0, total()) };
  if (actions[event.key]) actions[event.key]();
});
new ResizeObserver(() => { drawOverview(); drawChart(); }).observe(chart.parentElement);
if (run.shards.length > 0) chooseShard(run.worst);
else byId("shard-name").textContent = "There were no records";
document.documentElement.dataset.ready = "true";
