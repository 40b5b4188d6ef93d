// What the page knows: the run as it was written into it, and which part of it is looked at.
"use strict";
const run = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const outcomes = ["handled", "partial", "failed"];
const fates = { h: "handled", f: "filtered", d: "discarded", l: "lost", w: "waiting" };

// Everything that comes from a record or a response goes into the page as text, never as markup.
function make(tag, attributes, ...children) {
  const isDrawing = ["svg", "g", "rect", "path", "text", "line", "title"].includes(tag);
  const element = isDrawing ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// An invocation as the page's script likes it; the data has rows of numbers, which are smaller.
class Invocation {
  constructor(shard, index) {
    const row = shard.invocations[index];
    this.index = index;
    [this.at, this.batch, this.attempt, this.first, this.count, this.outcome, this.failed, this.kind, this.parent,
      this.depth, this.next, this.window, this.response, this.error] = row;
    this.isThrottled = row[15] === 1;
    this.requestId = shard.requestIds[row[14]];
    this.records = shard.picked[index] || null;
    this.shard = shard;
  }
  get tone() { return outcomes[this.outcome]; }
  get last() { return this.records ? this.records[this.records.length - 1] : this.first + this.count - 1; }
  indices() { return this.records || Array.from({ length: this.count }, (_, offset) => this.first + offset); }
  sequence(index) { return this.shard.sequences[index]; }
  get range() {
    if (this.count === 0) return "no records";
    if (this.count === 1) return "#" + (this.first + 1);
    return "#" + (this.first + 1) + "–" + (this.last + 1) + (this.records ? " (" + this.count + ")" : "");
  }
  get result() {
    if (this.outcome === 0) return this.count === 0 ? "window closed" : this.count + " handled";
    if (this.outcome === 1) return "#" + (this.failed + 1) + " reported";
    return this.error >= 0 ? run.texts[this.error] : this.failed >= 0 ? "#" + (this.failed + 1) + " reported" : "failed";
  }
  get follows() { return this.next >= 0 ? run.texts[this.next] : ""; }
}

function time(milliseconds) {
  const since = milliseconds - run.start;
  const sign = since < 0 ? "-" : "+";
  const all = Math.abs(since);
  if (all < 1000) return sign + all + " ms";
  if (all < 60000) return sign + all / 1000 + " s";
  const hours = Math.floor(all / 3600000), minutes = Math.floor(all / 60000) % 60, seconds = (all % 60000) / 1000;
  return sign + (hours ? hours + " h " : "") + minutes + " min" + (seconds ? " " + seconds + " s" : "");
}

// How a shard's invocations ended, by the verdict's own rules: throttled attempts did not run.
function counts(shard) {
  const result = { invocations: 0, failed: 0, partial: 0, throttled: 0 };
  for (const row of shard.invocations) {
    if (row[15] === 1) { result.throttled++; continue; }
    result.invocations++;
    if (row[5] === 2) result.failed++; else if (row[5] === 1) result.partial++;
  }
  return result;
}
const of = (count, noun) => `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;

// The state of the page: one shard, a part of its invocations, one of them chosen.
const state = { shard: 0, from: 0, to: 1, selected: -1, onlyTroubled: false, listeners: [] };
const shard = () => run.shards[state.shard];
const total = () => shard().invocations.length;
function changed() { for (const listener of state.listeners) listener(); }

function look(from, to) {
  const count = Math.max(1, total());
  const width = Math.min(count, Math.max(1, Math.round(to - from)));
  state.from = Math.max(0, Math.min(count - width, Math.round(from)));
  state.to = state.from + width;
  changed();
}

function select(index, isShown) {
  if (index < 0 || index >= total()) return;
  state.selected = index;
  if (isShown && (index < state.from || index >= state.to)) {
    const width = state.to - state.from;
    look(index - width / 2, index + width / 2);
  } else changed();
}

function nextFailure(step) {
  const rows = shard().invocations;
  for (let index = state.selected + step; index >= 0 && index < rows.length; index += step) {
    if (rows[index][5] !== 0) return select(index, true);
  }
}

function zoom(factor, center) {
  const width = state.to - state.from;
  const middle = center === undefined ? (state.from + state.to) / 2 : center;
  const share = (middle - state.from) / width;
  const wanted = Math.max(4, width * factor);
  look(middle - wanted * share, middle + wanted * (1 - share));
}

function chooseShard(index) {
  state.shard = index;
  const troubled = shard().invocations.findIndex((row) => row[5] !== 0);
  state.selected = troubled;
  const count = total();
  if (count > 300 && troubled >= 0) look(troubled - 8, troubled + 40); else look(0, Math.min(count, 300));
}
