// The panel: an invocation's records, the event it was sent, the response; or a destination's message.
const detail = byId("detail");
const recordLimit = 200;

// Indents without parsing, so that numbers stay as they were written.
function pretty(text) {
  let result = "", depth = 0, isString = false;
  const fresh = () => "\n" + "  ".repeat(depth);
  for (let place = 0; place < text.length; place++) {
    const character = text[place];
    if (isString) {
      result += character;
      if (character === "\\") result += text[++place] ?? "";
      else if (character === '"') isString = false;
    } else if (character === '"') { isString = true; result += character; }
    else if (character === "{" || character === "[") {
      const closes = text[place + 1] === "}" || text[place + 1] === "]";
      if (closes) result += character + text[++place];
      else { depth++; result += character + fresh(); }
    } else if (character === "}" || character === "]") { depth--; result += fresh() + character; }
    else if (character === ",") result += character + fresh();
    else if (character === ":") result += ": ";
    else if (!/\s/.test(character)) result += character;
  }
  return result;
}

const recordText = (one, index) => one.shard.bodies[index];

function eventText(one) {
  const records = one.indices().map((index) => recordText(one, index));
  if (records.some((text) => text === undefined)) return null;
  const window = run.windows[one.window];
  let text = '{"Records":[' + records.join(",") + "]";
  if (window) {
    text += ',"shardId":' + JSON.stringify(one.shard.id) + ',"eventSourceARN":' + JSON.stringify(run.stream) + ',"window":' +
      JSON.stringify({ start: window.start, end: window.end }) + ',"state":' + (run.texts[window.state] ?? "{}") +
      ',"isFinalInvokeForWindow":' + window.isFinal + ',"isWindowTerminatedEarly":' + window.isEarly;
  }
  return text + "}";
}

function folded(title, text, isOpen) {
  const block = make("pre", { tabindex: "0" });
  const element = make("details", { open: isOpen ? "" : null }, make("summary", {}, title), block);
  // A large event is written only when somebody looks.
  const fill = () => { if (element.open && !block.textContent) block.textContent = text() ?? "It was left out of the report to keep it small."; };
  element.addEventListener("toggle", fill);
  fill();
  return element;
}

function drawDetail() {
  if (state.selected < 0 || state.selected >= total()) return;
  const one = new Invocation(shard(), state.selected);
  const kinds = ["", "another attempt with the same batch", "the rest of a batch", "a part of a bisected batch"];
  const facts = [time(one.at), "attempt " + one.attempt, one.batch ? "concurrent batch " + one.batch : null, kinds[one.kind] || null, one.requestId];
  const view = make("div", {}, make("pre", { hidden: "" }));
  const records = make("ol", {});
  for (const index of one.indices().slice(0, recordLimit)) records.append(recordButton(one, index, view.firstChild));
  if (one.count > recordLimit) records.append(make("li", {}, `and ${one.count - recordLimit} more`));
  detail.replaceChildren(
    make("h3", {}, `Invocation ${one.index + 1}: ${one.result}`), make("p", { class: "hint" }, facts.filter(Boolean).join(" · ")),
    make("p", {}, one.follows ? "Then: " + one.follows + "." : ""),
    folded("The response", () => (one.response >= 0 ? pretty(run.texts[one.response]) : one.error >= 0 ? "There was none: " + run.texts[one.error] : null), one.outcome !== 0),
    folded("The event that was sent", () => { const text = eventText(one); return text === null ? null : pretty(text); }, false),
    make("h4", {}, one.count === 0 ? "No records: the window's last call" : "Records, and what became of them"), view, records);
  detail.scrollTop = 0;
}

function recordButton(one, index, view) {
  const fate = fates[one.shard.fates[index]] || "waiting";
  const text = `#${index + 1}  ${one.sequence(index)}  ${one.shard.keys[index] || ""}  ${fate}`;
  const button = make("button", { onclick: () => {
    view.hidden = false;
    const body = recordText(one, index);
    view.textContent = body === undefined ? "It was left out of the report to keep it small." : pretty(body);
  } }, text);
  return make("li", {}, button);
}

function showMessage(index) {
  const [, first, last, reason, text, hasMessage] = shard().messages[index];
  const range = first < 0 ? "a window" : first === last ? "#" + (first + 1) : `#${first + 1}–${last + 1}`;
  detail.replaceChildren(make("h3", {}, `${hasMessage ? "Discarded, with a message to the destination" : "Lost"}: ${range}`),
    make("p", { class: "hint" }, run.texts[reason] ?? ""), folded("The message", () => (text >= 0 ? pretty(run.texts[text]) : "There was none."), true));
}
