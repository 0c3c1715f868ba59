"use strict";
/* The shelf of a page from `harness review serve`: judgements go to the server, a moment after the last change. */
globalThis.shelf = (() => {
const desk = JSON.parse(document.getElementById("desk").textContent), key = "harness-desk:" + desk.pack;
const numbers = {}, known = {}, waiting = new Map();
let timer = 0, busy = false, refused = false, out = false;

/* What waits is also kept for this tab, so that a reload or a new sign-in loses nothing. */
function stash() {
  try { sessionStorage.setItem(key, JSON.stringify([...waiting.values()])); } catch { /* then only the tab holds it */ }
}
function stashed() {
  try { return JSON.parse(sessionStorage.getItem(key)) || []; } catch { return []; }
}
function tell(text, wrong) {
  const line = document.getElementById("saved");
  line.textContent = text;
  line.className = wrong ? "wrong" : "";
}
function get(items, opened) {
  const rows = new Map();
  for (const row of desk.decisions) {
    numbers[row.review.item] = row.number;
    known[row.review.item] = JSON.stringify({ review: row.review, revealed: row.revealed });
    rows.set(row.review.item, row);
  }
  for (const row of stashed()) {
    rows.set(row.review.item, row);
    waiting.set(row.review.item, row);
  }
  if (waiting.size) soon(0);
  const next = items.findIndex((one) => !(rows.has(one.id) && rows.get(one.id).review.done));
  return { at: Math.max(0, next), items: Object.fromEntries([...rows].map(([id, row]) => [id, { ...opened(row.review), revealed: row.revealed }])) };
}
function put(filed) {
  const row = filed();
  if (!row) return;
  const item = row.review.item, text = JSON.stringify(row);
  if (known[item] === text) return;
  known[item] = text;
  waiting.set(item, row);
  stash();
  tell("Saving");
  soon(500);
}
function soon(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(flush, milliseconds);
}
function send(row, after, keepalive) {
  return fetch("/decisions", { method: "POST", keepalive, credentials: "same-origin", redirect: "error",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": desk.csrf },
    body: JSON.stringify({ pack: desk.pack, review: row.review, revealed: row.revealed, after }) });
}
async function flush() {
  if (busy) return soon(200);
  busy = true;
  try {
    for (const [item, row] of waiting) {
      const reply = await send(row, numbers[item] || 0, false);
      if (reply.ok) numbers[item] = (await reply.json()).number;
      else if (!(await answered(reply))) return;
      if (waiting.get(item) === row) waiting.delete(item);
      stash();
    }
    if (!waiting.size && !refused) tell("All changes saved");
  } catch {
    tell("Not saved yet: the server can't be reached. Trying again.", true);
    soon(5000);
  } finally {
    busy = false;
  }
}
/* Whether a refusal is final for this judgement; otherwise it stays waiting. */
async function answered(reply) {
  if (reply.status === 401 || reply.status === 403) {
    out = true;
    tell("Not saved: you are signed out. It will be saved when you have ", true);
    document.getElementById("saved").append(Object.assign(document.createElement("a"), { href: "/", textContent: "signed in again" }));
    return false;
  }
  if (reply.status === 409 || reply.status === 422 || reply.status === 413) {
    refused = true;
    const said = reply.status === 413 ? "it is too long" : (await reply.json()).problem;
    tell("Not saved: " + said + ". Reload this page to see what is stored.", true);
    return true;
  }
  tell("Not saved yet: the server is busy. Trying again.", true);
  soon(1000 * (Number(reply.headers.get("Retry-After")) || 5));
  return false;
}
addEventListener("pagehide", () => waiting.forEach((row) => send(row, null, true).catch(() => {})));
addEventListener("beforeunload", (event) => waiting.size && !out && event.preventDefault());
return { get, put, finished: "All answers are done and saved. You may close this page." };
})();
