"use strict";
(() => {
  const cards = [...document.querySelectorAll("details.card")];
  const places = new Map(cards.map((card, place) => [card.id, place]));
  const blobs = [...document.querySelectorAll("script.evidence")].map((s) => s.textContent);
  const size = Math.ceil(cards.length / Math.max(1, blobs.length));
  const keys = cards.map((card) => card.dataset.k.split("|"));
  const told = cards.map((card) => card.firstElementChild.textContent.toLowerCase());
  const unpacked = new Map();

  // The evidence lies deflated in the page, a list of texts a block; nothing is fetched.
  function unpack(block) {
    if (!unpacked.has(block)) unpacked.set(block, inflate(blobs[block]));
    return unpacked.get(block);
  }

  async function inflate(text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  async function evidence(place) {
    return (await unpack(Math.floor(place / size)))[place % size];
  }

  async function fill(card) {
    if (card.dataset.filled) return;
    card.dataset.filled = "yes";
    const body = document.createElement("div");
    card.append(body);
    try {
      body.innerHTML = await evidence(places.get(card.id)); // written by the report itself, all of it escaped
    } catch {
      body.textContent = "This browser can't unpack the evidence. Use a newer one, or the PDF.";
    }
  }

  document.getElementById("cards").addEventListener("toggle", (event) => {
    if (event.target.open) fill(event.target);
  }, true);

  async function show(id, finding) {
    const card = document.getElementById(id);
    if (!card || !places.has(id)) return;
    card.hidden = false;
    card.open = true;
    await fill(card);
    const target = (finding && document.getElementById(finding)) || card.firstElementChild;
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const id = link && link.hash.slice(1);
    if (!link || !places.has(id)) return;
    event.preventDefault();
    history.replaceState(null, "", link.hash);
    show(id, link.dataset.finding);
  });
  addEventListener("hashchange", () => show(location.hash.slice(1)));

  const form = document.getElementById("filters");
  const find = document.getElementById("find");
  const deep = document.getElementById("deep");
  const selects = [...form.querySelectorAll("select")];
  const shown = document.getElementById("shown");
  let turn = 0;

  // Text of the evidence without its tags; the whole run is unpacked once, at the first search in answers.
  const bodies = [];
  async function read() {
    if (bodies.length) return;
    for (let block = 0; block < blobs.length; block += 1) {
      for (const html of await unpack(block)) bodies.push(html.replace(/<[^>]*>/g, "").toLowerCase());
    }
  }

  async function filter() {
    const mine = ++turn;
    const wanted = find.value.trim().toLowerCase();
    if (wanted && deep.checked) await read();
    if (mine !== turn) return;
    const escaped = wanted.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
    let count = 0;
    cards.forEach((card, place) => {
      const fits = selects.every((select, key) => !select.value || keys[place][key].split("+").includes(select.value));
      const found = !wanted || told[place].includes(wanted) || (deep.checked && bodies[place].includes(escaped));
      const hide = !(fits && found);
      if (card.hidden !== hide) card.hidden = hide;
      count += !hide;
    });
    shown.textContent = `${count} of ${cards.length} shown`;
  }

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 150);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter, 0));

  document.getElementById("open").addEventListener("click", () => {
    const most = 200;
    const some = cards.filter((card) => !card.hidden);
    some.slice(0, most).forEach((card) => { card.open = true; });
    if (some.length > most) shown.textContent = `The first ${most} of ${some.length} are open`;
  });
  document.getElementById("close").addEventListener("click", () => {
    cards.forEach((card) => { card.open = false; });
  });

  form.hidden = false;
  filter();
  if (location.hash) show(location.hash.slice(1));
})();
