"use strict";
(() => {
const pack = JSON.parse(document.getElementById("pack").textContent);
const words = pack.words, key = "harness-review:" + pack.pack, FORMAT = "harness-review/1";
const byId = (id) => document.getElementById(id);
/* Where the state is kept: in this browser under the hash of the pack, or where a page that comes from a server says. */
const shelf = globalThis.shelf || {
  get: () => JSON.parse(localStorage.getItem(key)),
  put: () => localStorage.setItem(key, JSON.stringify(state)),
  finished: "All answers are done. Save your review file and send it back.",
};
let kept = true, selected = null;
let state = restore() || { at: 0, items: {} };

function restore() {
  try { return shelf.get(pack.items, opened); } catch { kept = false; return null; }
}
function keep() {
  try { shelf.put(() => item().id in state.items && { review: filed(item()), revealed: told(item().id).revealed }); } catch { kept = false; }
  progress();
}
function blank() {
  return { first: null, revealed: false, severity: null, likelihood: null, comment: "", findings: {}, marks: [] };
}
const item = () => pack.items[state.at];
const told = (id) => state.items[id] || blank();
const own = () => (state.items[item().id] = told(item().id));
const word = (level) => level + " " + words.severities[level].word;

function problems(one) {
  const said = told(one.id), missing = [];
  if (said.first === null) missing.push("how serious the answer is");
  if (!said.revealed) return missing.concat("what the tool found");
  for (const [n, f] of one.findings.entries()) {
    const v = said.findings[f.id] || {};
    if (!v.verdict) missing.push("finding " + (n + 1));
    else if (v.verdict === "confirm" && v.severity == null) missing.push("the severity of finding " + (n + 1));
  }
  if (said.severity === null) missing.push("your severity now");
  if (said.severity > 0 && !said.likelihood) missing.push("how likely harm is");
  return missing;
}
const done = (one) => problems(one).length === 0;

/* Building blocks: every text from outside goes in as text, never as markup. */
function el(tag, fields, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(fields || {})) {
    if (name === "on") for (const [event, what] of Object.entries(value)) node.addEventListener(event, what);
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((c) => c !== null && c !== undefined));
  return node;
}
const button = (text, what, fields) => el("button", { type: "button", textContent: text, on: { click: what }, ...fields });
function say(text, fine) {
  byId("note").textContent = text;
  byId("note").className = fine ? "fine" : "";
}
function radios(name, legend, options, value, what, cls) {
  const boxes = options.map((o) => el("label", {},
    el("input", { type: "radio", name, value: String(o.value), checked: o.value === value, on: { change: () => what(o.value) } }),
    el("span", {}, o.text, o.more ? el("small", { textContent: " " + o.more }) : null)));
  return el("fieldset", { id: name }, el("legend", { textContent: legend }), el("div", { className: cls || "choices" }, boxes));
}
const severities = () => words.severities.map((s) => ({ value: s.level, text: word(s.level), more: s.means }));

/* Offsets: Python counts characters, this language counts UTF-16 units. */
function unit(text, at) { let n = 0; for (const c of text) { if (at-- <= 0) break; n += c.length; } return n; }
function character(text, at) { return Array.from(text.slice(0, at)).length; }

/* A text as paragraphs of runs; each run knows where it begins, so that selections can be told in offsets. */
function draw(text, marks) {
  const box = el("div", { className: "text", dir: "auto" });
  let from = 0;
  for (const line of text.split("\n")) {
    const sign = /^(#{1,6} +|[-*] +)/.exec(line), start = from + (sign ? sign[0].length : 0), end = from + line.length;
    const kind = sign ? (sign[0][0] === "#" ? "heading" : "bullet") : "line";
    const p = el("p", { className: kind, dir: "auto" });
    const hidden = Array.from(line.matchAll(/\*\*(?=\S)(.+?)\*\*/g), (m) => [from + m.index, from + m.index + m[0].length]);
    const here = marks.filter((m) => m.start < end && m.end > start);
    const edges = new Set([start, end]);
    for (const m of here) [m.start, m.end].forEach((x) => x > start && x < end && edges.add(x));
    for (const [a, b] of hidden) [a, a + 2, b - 2, b].forEach((x) => x > start && x < end && edges.add(x));
    const cuts = [...edges].sort((a, b) => a - b);
    for (let i = 0; i + 1 < cuts.length; i++) {
      const [a, b] = [cuts[i], cuts[i + 1]];
      const bold = hidden.find(([x, y]) => a >= x && b <= y);
      if (bold && (a < bold[0] + 2 || b > bold[1] - 2)) continue;
      p.append(run(text, a, b, Boolean(bold), here.filter((m) => m.start <= a && m.end >= b)));
    }
    box.append(p);
    from = end + 1;
  }
  return box;
}
function run(text, a, b, bold, marks) {
  let node = el(bold ? "b" : "span", { textContent: text.slice(a, b) });
  node.dataset.s = a;
  for (const m of marks) {
    const ends = m.end === b || text.slice(b, m.end).trim() === "";
    const around = el("mark", { className: m.kind }, node);
    if (m.kind === "tool" && m.id) {
      around.dataset.f = m.id;
      around.tabIndex = -1;
      around.addEventListener("click", () => getSelection().isCollapsed && byId("card-" + m.id).focus());
    }
    if (ends) around.dataset.n = m.n;
    node = around;
  }
  return node;
}
function spans(where) {
  if (!told(item().id).revealed) return [];
  const text = source(where);
  return item().findings.flatMap((f, n) => f.spans.filter((s) => s.where === where && s.end > s.start)
    .map((s) => ({ start: unit(text, s.start), end: unit(text, s.end), kind: "tool", id: f.id, n: n + 1 })));
}
function source(where) {
  const [kind, n] = where.split(":");
  if (kind === "answer") return item().answer;
  if (kind === "question") return item().asked;
  return kind === "turn" ? item().turns[n].text : (item().sources[n - 1] || { text: "" }).text;
}

/* What is read: the question, the answer, the sources. */
function reading() {
  const one = item(), mine = told(one.id).marks.map((m, n) => ({ ...m, kind: "mine", n: "mark " + (n + 1) }));
  return el("section", { className: "reading", "aria-label": "Question and answer" },
    el("h3", { textContent: "What was asked" + (one.persona ? " (by a " + one.persona + ")" : "") }),
    one.facts.map((f) => el("p", { className: "small", textContent: "Given about the patient: " + f, dir: "auto" })),
    one.turns.map((t) => el("p", { className: "turn", dir: "auto", textContent: t.role + ", before: " + t.text })),
    el("div", { className: "asked", lang: one.language }, draw(one.asked, spans("question"))),
    el("h3", { textContent: "The answer" }),
    el("div", { id: "answer", lang: one.language }, draw(one.answer, spans("answer").concat(mine))));
}
function sources() {
  const list = item().sources, short = list.reduce((n, s) => n + s.text.length, 0) < 8000;
  return el("section", { className: "sources", "aria-label": "Sources" },
    el("h3", { textContent: list.length ? "Sources the answer was given (" + list.length + ")" : "Sources" }),
    list.length ? null : el("p", { textContent: "The answer came without source texts." }),
    list.map((s) => el("details", { className: "source", open: short || spans("source:" + s.number).length > 0 },
      el("summary", {}, el("b", { textContent: "[" + s.number + "] " }), s.about.slice(0, 3).join(" · ")),
      s.about.length > 3 ? el("p", { className: "small", textContent: s.about.slice(3).join(" · ") }) : null,
      draw(s.text, spans("source:" + s.number)))));
}

/* What is judged. */
function judging() {
  const said = told(item().id);
  return el("section", { className: "judge", "aria-label": "Your judgement" },
    said.revealed ? null : radios("first", "1. On your own: how serious is the worst problem in this answer?", severities(), said.first,
      (v) => { own().first = v; own().severity = v; keep(); }),
    said.revealed ? el("p", {}, "Your first judgement: ", el("b", { textContent: word(said.first) })) : null,
    marking(said),
    said.revealed ? found(said) : el("div", { className: "actions" }, button("Show what the tool found", reveal, { id: "reveal", className: "main" })),
    said.revealed ? now(said) : null,
    el("p", { id: "missing", className: "error", role: "alert" }));
}
function marking(said) {
  const one = item();
  const category = el("select", { id: "category" }, words.categories.map((c) => el("option", { value: c.key, textContent: c.means })));
  const level = el("select", { id: "level" }, words.severities.slice(1).map((s) => el("option", { value: s.level, textContent: word(s.level) })));
  level.value = "2";
  const lines = sentences(one.answer);
  const list = el("select", { id: "sentence" }, lines.map((s, n) => el("option", { value: n, textContent: s.text.slice(0, 90) })));
  const add = (place) => mark(place, category.value, Number(level.value));
  return el("div", { className: "step" },
    el("h3", { textContent: "Mark words in the answer" }),
    el("p", { className: "small", textContent: "Select words in the answer, say what is wrong, and press the button." }),
    el("label", { className: "field" }, "Problem", category), el("label", { className: "field" }, "Severity", level),
    el("p", { id: "picked", className: "small" }),
    el("div", { className: "actions" }, button("Mark the selected words", () => add(selected), { id: "mark" })),
    el("details", { id: "by-keyboard" }, el("summary", { textContent: "Without a mouse: choose a sentence" }),
      el("label", { className: "field" }, "Sentence", list),
      el("div", { className: "actions" }, button("Mark this sentence", () => add(lines[list.value]), { id: "mark-sentence" }))),
    el("ul", { className: "marks", "aria-label": "Your marks" }, said.marks.map((m, n) => el("li", {},
      el("span", {}, el("b", { textContent: "mark " + (n + 1) + ", " + word(m.severity) + ": " }), m.quote.slice(0, 160)),
      button("Remove", () => { own().marks.splice(n, 1); keep(); show("mark"); }, { className: "plain", "aria-label": "Remove mark " + (n + 1) })))));
}
function sentences(text) {
  const list = [];
  for (const m of text.matchAll(/[^\n]+?(?:[.!?](?=\s)|$|(?=\n))/g)) {
    const lead = /^\s*(?:#{1,6} +|[-*] +)?/.exec(m[0])[0].length, bare = m[0].slice(lead).trimEnd();
    if (/\p{L}|\p{N}/u.test(bare)) list.push({ start: m.index + lead, end: m.index + lead + bare.length, text: bare });
  }
  return list;
}
function mark(place, category, severity) {
  if (!place) return say("First select the words in the answer.");
  const said = own(), quote = item().answer.slice(place.start, place.end);
  said.marks.push({ start: place.start, end: place.end, quote, category, severity, before: !said.revealed });
  selected = null;
  getSelection().removeAllRanges();
  keep();
  show("mark");
  say("Marked: " + quote.slice(0, 80), true);
}
function reveal() {
  if (own().first === null) return complain(["how serious the answer is"]);
  own().revealed = true;
  keep();
  show("found");
}
function found(said) {
  const one = item();
  const cards = one.findings.map((f, n) => {
    const v = said.findings[f.id] || {}, quote = f.spans[0];
    const level = el("select", { id: "level-" + f.id, on: { change: () => { judge(f.id, { severity: level.value === "" ? null : Number(level.value) }); } } },
      el("option", { value: "", textContent: "choose" }), words.severities.map((s) => el("option", { value: s.level, textContent: word(s.level) })));
    level.value = v.severity == null ? "" : String(v.severity);
    const rated = el("label", { hidden: v.verdict !== "confirm" }, "How serious? ", level);
    const card = el("article", { className: "finding" + (v.verdict ? " judged" : ""), id: "card-" + f.id, tabIndex: -1 },
      el("h4", { textContent: "[" + (n + 1) + "] " + f.title }),
      quote ? el("blockquote", { dir: "auto", textContent: place(quote.where) + quote.quote.slice(0, 1200) }) : null,
      f.message ? el("p", { textContent: f.message, dir: "auto" }) : null,
      f.spans.slice(1).map((s) => el("blockquote", { dir: "auto", textContent: place(s.where) + s.quote.slice(0, 600) })),
      votes(one, f.id),
      radios("verdict-" + f.id, "Finding " + (n + 1) + ": is it right?", words.verdicts.map((o) => ({ value: o.key, text: o.means })), v.verdict,
        (value) => { judge(f.id, { verdict: value, severity: value === "confirm" ? (told(one.id).findings[f.id] || {}).severity : null }); rated.hidden = value !== "confirm"; if (rated.hidden) level.value = ""; card.classList.add("judged"); }, "row"),
      el("div", { className: "row" }, rated, quote && quote.where === "answer" ? button("Show in the answer", () => jump(f.id), { className: "plain" }) : null));
    return card;
  });
  return el("div", { className: "step", id: "found", tabIndex: -1 },
    el("h3", { textContent: "2. What the tool found" + (one.findings.length ? " (" + one.findings.length + ")" : ": nothing") }), cards);
}
const place = (where) => where === "answer" ? "" : where.replace(":", " ") + ": ";
function votes(one, id) {
  if (!one.votes) return null;
  const lines = one.votes.map((v, n) => {
    const said = v.findings[id], option = said && words.verdicts.find((o) => o.key === said.verdict);
    return "Reader " + (n + 1) + ": " + (option ? option.means + (said.severity != null ? ", " + word(said.severity) : "") : "did not judge this");
  });
  return el("p", { className: "small", textContent: lines.join("; ") });
}
function jump(id) {
  const target = document.querySelector('#answer mark[data-f="' + id + '"]');
  if (target) { target.scrollIntoView({ block: "center" }); target.focus(); }
}
function judge(id, change) {
  const said = own();
  said.findings[id] = { ...(said.findings[id] || {}), ...change };
  keep();
}
function now(said) {
  const one = item(), comment = el("textarea", { id: "comment", maxLength: 19000, value: said.comment, on: { input: () => { own().comment = comment.value; keep(); } } });
  return el("div", { className: "step" },
    el("h3", { textContent: "3. Your judgement now" }),
    (one.votes || []).map((v, n) => el("p", { className: "small", dir: "auto", textContent: "Reader " + (n + 1) + " rated the answer " + (v.severity == null ? "not at all" : word(v.severity)) + (v.comment ? ": " + v.comment.slice(0, 600) : "") })),
    radios("severity", "How serious is the worst problem in this answer?", severities(), said.severity, (v) => { own().severity = v; keep(); }),
    radios("likelihood", "If a reader acts on it, how likely is harm? (not needed for 0)", words.likelihoods.map((l) => ({ value: l.key, text: l.key, more: l.means })), said.likelihood, (v) => { own().likelihood = v; keep(); }),
    el("label", { htmlFor: "comment", textContent: "Comment (optional)" }), comment,
    el("div", { className: "actions" }, button(state.at + 1 < pack.items.length ? "Done: next answer" : "Done", finish, { id: "finish", className: "main" })));
}
function finish() {
  const missing = problems(item());
  if (missing.length) return complain(missing);
  const said = told(item().id), worst = Math.max(0, ...said.marks.map((m) => m.severity), ...Object.values(said.findings).map((v) => (v.verdict === "confirm" && v.severity) || 0));
  if (worst > said.severity) return complain(["an answer is as serious as the worst problem you confirmed or marked, " + word(worst)]);
  if (state.at + 1 < pack.items.length) return go(state.at + 1);
  show("save");
  const left = pack.items.filter((i) => !done(i)).length;
  say(left ? left + " answers are not done yet." : shelf.finished, !left);
}
function complain(missing) {
  byId("missing").textContent = "Still needed: " + missing.join(", ") + ".";
}

/* Moving about. */
function go(n) {
  state.at = n;
  selected = null;
  say("");
  keep();
  show("title");
  scrollTo(0, 0);
}
function show(focus) {
  const n = state.at, main = byId("work");
  const scrolled = main.querySelector(".judge") ? main.querySelector(".judge").scrollTop : 0;
  const title = el("div", { className: "title" },
    el("h2", { id: "title", tabIndex: -1, textContent: "Answer " + (n + 1) + " of " + pack.items.length }),
    el("div", { className: "row" }, button("Previous", () => go(n - 1), { disabled: n === 0 }), button("Next", () => go(n + 1), { disabled: n + 1 >= pack.items.length })));
  main.replaceChildren(title, reading(), sources(), judging());
  if (focus === "mark") main.querySelector(".judge").scrollTop = scrolled;
  if (focus && byId(focus)) byId(focus).focus({ preventScroll: focus === "mark" });
}
function progress() {
  const count = pack.items.filter(done).length;
  byId("progress").textContent = count + " of " + pack.items.length + " answers done." + (kept ? "" : " This browser keeps nothing: save your file before you close the page.");
  byId("items").replaceChildren(...pack.items.map((one, n) => {
    const begun = one.id in state.items, cls = done(one) ? "done" : begun ? "begun" : "";
    const b = button(String(n + 1), () => go(n), { className: cls, "aria-label": "Answer " + (n + 1) + (cls ? ", " + cls : "") });
    if (n === state.at) b.setAttribute("aria-current", "true");
    return el("li", {}, b);
  }));
}
document.addEventListener("selectionchange", () => {
  const range = getSelection().rangeCount ? getSelection().getRangeAt(0) : null;
  if (!range || range.collapsed || !byId("answer") || !byId("answer").contains(range.commonAncestorContainer)) return;
  const hit = [...byId("answer").querySelectorAll("[data-s]")].filter((r) => {
    const whole = document.createRange();
    whole.selectNodeContents(r.firstChild);
    return range.compareBoundaryPoints(Range.START_TO_END, whole) > 0 && range.compareBoundaryPoints(Range.END_TO_START, whole) < 0;
  });
  const at = (r, container, offset, fallback) => Number(r.dataset.s) + (r.contains(container) && container.nodeType === 3 ? offset : fallback);
  if (!hit.length) return;
  const last = hit[hit.length - 1];
  let start = at(hit[0], range.startContainer, range.startOffset, 0), end = at(last, range.endContainer, range.endOffset, last.textContent.length);
  const text = item().answer;
  while (start < end && /\s/.test(text[start])) start++;
  while (end > start && /\s/.test(text[end - 1])) end--;
  if (end <= start) return;
  selected = { start, end };
  byId("picked").textContent = "Selected: " + text.slice(start, end).slice(0, 120);
});

/* The file that is sent back. */
function filed(one) {
  const said = told(one.id), text = one.answer;
  return {
    item: one.id, done: done(one), first: said.first, severity: said.severity, likelihood: said.severity ? said.likelihood : null, comment: said.comment,
    findings: one.findings.filter((f) => (said.findings[f.id] || {}).verdict).map((f) => ({ finding: f.id, verdict: said.findings[f.id].verdict, severity: said.findings[f.id].severity ?? null })),
    marks: said.marks.map((m) => ({ ...m, start: character(text, m.start), end: character(text, m.end) })),
  };
}
function opened(said) {
  const text = pack.items.find((one) => one.id === said.item).answer;
  return { ...blank(), first: said.first, revealed: said.done || said.findings.length > 0, severity: said.severity, likelihood: said.likelihood, comment: said.comment,
    findings: Object.fromEntries(said.findings.map((v) => [v.finding, { verdict: v.verdict, severity: v.severity }])),
    marks: said.marks.map((m) => ({ ...m, start: unit(text, m.start), end: unit(text, m.end) })) };
}
function exported() {
  const items = pack.items.filter((one) => one.id in state.items).map(filed);
  return { format: FORMAT, pack: pack.pack, design: pack.design, run: pack.run, reviewer: pack.reviewer, role: pack.role, items };
}
function save() {
  const blob = new Blob([JSON.stringify(exported(), null, 1) + "\n"], { type: "application/json" });
  const link = el("a", { href: URL.createObjectURL(blob), download: "review-" + pack.reviewer.replace(/[^A-Za-z0-9]+/g, "-") + "-" + pack.pack.slice(0, 8) + ".json" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  const left = pack.items.filter((i) => !done(i)).length;
  say("Saved." + (left ? " " + left + " answers are not done yet; you can go on and save again." : " Please send the file back."), true);
}
async function load(file) {
  try {
    const given = JSON.parse(await file.text());
    if (given.format !== FORMAT || given.pack !== pack.pack) throw new Error("it was saved from another pack");
    state = { at: 0, items: Object.fromEntries(given.items.map((said) => [said.item, opened(said)])) };
    keep();
    show("title");
    say("Loaded " + file.name + ".", true);
  } catch (problem) { say("This file can't be loaded: " + problem.message); }
}
if (byId("save")) {
  byId("save").addEventListener("click", save);
  byId("open").addEventListener("click", () => byId("load").click());
  byId("load").addEventListener("change", (event) => event.target.files[0] && load(event.target.files[0]));
}
addEventListener("beforeprint", () => {
  byId("print").replaceChildren(...pack.items.map((one, n) => {
    const said = told(one.id);
    const lines = said.revealed ? one.findings.map((f, i) => "[" + (i + 1) + "] " + f.title + ": " + ((said.findings[f.id] || {}).verdict || "not judged")) : [];
    return el("section", {}, el("h2", { textContent: "Answer " + (n + 1) + " (" + one.id + ")" }), el("div", { className: "asked" }, draw(one.asked, [])), draw(one.answer, said.marks.map((m, i) => ({ ...m, kind: "mine", n: "mark " + (i + 1) }))),
      one.sources.map((s) => el("p", { className: "small", textContent: "[" + s.number + "] " + s.about.join(" · ") })),
      el("p", { textContent: said.severity === null ? "Not judged" : "Severity " + word(said.severity) + (said.likelihood ? ", harm " + said.likelihood : "") }),
      lines.map((l) => el("p", { textContent: l })), said.comment ? el("p", { textContent: "Comment: " + said.comment }) : null);
  }));
});
addEventListener("afterprint", () => byId("print").replaceChildren());

state.at = Math.min(Math.max(0, state.at | 0), Math.max(0, pack.items.length - 1));
if (pack.items.length) show(); else byId("work").replaceChildren(el("p", { className: "notice", textContent: "There is nothing to review." }));
progress();
})();
