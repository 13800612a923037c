"use strict";
// The operator page: asks for the station's state twice a second, draws it, sends what people decide.
const EVERY_MS = 500, AWAY_MS = 3000, MOST_QUEUE = 60, MOST_WAITING = 100;
const $ = (id) => document.getElementById(id);
const here = new URLSearchParams(location.hash.slice(1));
let lang = here.get("lang") || stored("lang") || (navigator.language.startsWith("zh") ? "zh" : "en");
let words = {}, why = {}, people = [];
let board = null, version = -1, me = null, heard = 0;
let chosen = null, shown = {}, view = {};

function stored(name) { try { return localStorage.getItem(name); } catch { return null; } }
function store(name, value) { try { localStorage.setItem(name, value); } catch { /* private window */ } }

function make(tag, text, ...names) {
  const one = document.createElement(tag);
  if (text !== undefined && text !== null) one.textContent = text;
  if (names.length) one.classList.add(...names);
  return one;
}

function shape(outcome) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.classList.add("small", outcome);
  use.setAttribute("href", `#shape-${outcome}`);
  svg.append(use);
  return svg;
}

function time(iso) { return new Date(iso).toLocaleTimeString(lang === "zh" ? "zh-CN" : "en-GB"); }

async function ask(path, body) {
  const more = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(`${path}${path.includes("?") ? "&" : "?"}lang=${lang}`, { ...more, cache: path.startsWith("/picture") ? "default" : "no-store" });
  const data = await answer.json().catch(() => ({ text: `${answer.status}` }));
  if (!answer.ok) throw new Error(data.text || `${answer.status}`);
  return data;
}

async function speak(next) {
  lang = next;
  store("lang", lang);
  document.documentElement.lang = lang;
  ({ words, why, people } = await ask("/words"));
  for (const [id, code] of [["h-yield", "yield"], ["h-top", "top"], ["h-health", "health"], ["h-parts", "last_parts"], ["h-queue", "queue"], ["h-sign-in", "sign_in"], ["l-name", "name"], ["l-pin", "pin"], ["sign-in-go", "sign_in"], ["no-picture", "no_picture"], ["review-none", "empty"]]) $(id).textContent = words[code];
  $("review-close").textContent = `← ${words.close}`;
  $("language").textContent = lang === "zh" ? "English" : "中文";
  $("name").replaceChildren(...people.map((name) => new Option(name)));
  version = -1;
  shown = {};
}

async function tick() {
  try {
    if (!words.title && !words.close) await speak(lang);
    const got = await ask(`/state?since=${version}`);
    heard = Date.now();
    document.body.classList.toggle("away-now", got.away);
    const changed = got.board !== null || JSON.stringify(got.me) !== JSON.stringify(me);
    me = got.me;
    version = got.version;
    if (got.board) board = got.board;
    if (changed) draw();
    banners(got.away);
  } catch {
    if (Date.now() - heard > AWAY_MS) { document.body.classList.add("away-now"); banners(true); version = -1; }
  }
  $("clock").textContent = time(Date.now());
  setTimeout(tick, EVERY_MS);
}

function banners(away) {
  const found = [];
  const add = (kind, text, more = []) => {
    const one = make("div", text, kind);
    one.append(...more.map((cause) => make("small", cause)));
    found.push(one);
  };
  if (away) add("away", words.away || "?");
  if (board && board.hold) add("hold", `${words.holds}: ${board.hold}`);
  if (board && board.waits_for) add("waits", board.waits_for);
  for (const alarm of board ? board.alarms : []) add("alarm", `⚠ ${alarm.text}`, alarm.causes);
  const key = found.map((one) => one.textContent).join();
  if ($("banners").dataset.key !== key) { $("banners").replaceChildren(...found); $("banners").dataset.key = key; }
}

function draw() {
  document.title = board.station;
  $("station").textContent = board.station;
  $("state").textContent = board.state.word;
  $("state").className = `state s${board.state.code}`;
  $("draft").hidden = !board.draft;
  $("draft").textContent = board.draft;
  $("who").textContent = me ? `${me.name} · ${words[`role_${me.role}`]} · ${words.sign_out}` : words.sign_in;
  $("queue-open").textContent = `${words.queue}: ${board.queue.length < MOST_WAITING ? "" : "≥ "}${board.queue.length}`;
  $("queue-open").classList.toggle("some", board.queue.length > 0);
  drawLast(board.last);
  drawShift();
  $("parts").replaceChildren(...board.parts.map(tile));
  if (!$("review").hidden) drawReview();
}

function drawLast(last) {
  $("verdict").className = `verdict ${last ? last.outcome : ""}`;
  $("shape").firstElementChild.setAttribute("href", `#shape-${last ? last.outcome : "INVALID"}`);
  $("word").textContent = last ? last.word : "–";
  $("part").replaceChildren(last ? `${words.part} ${last.part}` : words.no_part);
  if (last) $("part").append(make("small", time(last.at)));
  $("notes").replaceChildren(...(last ? last.notes : []).map((text) => make("li", text)));
  reasons($("reasons"), last);
  picture("picture", "no-picture", "views", last);
}

function reasons(list, part) {
  const rows = (part ? part.reasons : []).map((one) => {
    const row = make("li");
    if (one.n) row.append(make("b", one.n, one.outcome || "none"));
    row.append(make("span", one.text));
    return row;
  });
  if (part && part.more) rows.push(make("li", part.more));
  list.replaceChildren(...rows);
}

function picture(id, none, views, part) {
  const image = $(id), first = part && part.views.length ? part.views[0].index : null;
  const index = part && view[part.seq] !== undefined ? view[part.seq] : first;
  image.hidden = index === null;
  $(none).hidden = index !== null;
  $(views).replaceChildren(...(part && part.views.length > 1 ? part.views : []).map((one) => {
    const button = make("button", one.view, ...(one.index === index ? ["on"] : []));
    button.onclick = () => { view = { [part.seq]: one.index }; picture(id, none, views, part); };
    return button;
  }));
  const src = index === null ? "" : `/picture/${part.seq}/${index}`;
  if (shown[id] === src) return;
  shown[id] = src;
  image.classList.add("coming");  // never one part's picture beside another one's verdict
  if (src) image.src = src;
}

function drawShift() {
  $("h-shift").textContent = `${words.shift} · ${board.shift} · ${board.total} ${words.parts}`;
  $("yield").textContent = board.yield === null ? "–" : `${board.yield.toFixed(1)} %`;
  $("counts").replaceChildren(...Object.entries(board.counts).map(([outcome, count]) => {
    const row = make("li");
    row.append(shape(outcome), make("span", words[outcome]), make("b", count));
    return row;
  }));
  const most = Math.max(1, ...board.top.map((one) => one.count));
  $("top").replaceChildren(...board.top.map((one) => {
    const row = make("li"), bar = make("i");
    bar.style.width = `${100 * one.count / most}%`;
    row.append(make("span", one.word), bar, make("b", one.count));
    return row;
  }));
  if (!board.top.length) $("top").append(make("li", words.none));
  $("health").replaceChildren(...board.health.map((one) => {
    const row = make("li");
    row.append(make("span", one.what), make("span", one.text, one.state));
    return row;
  }));
}

function tile(part) {
  const row = make("li"), button = make("button", null, ...(part.is_decided ? ["decided"] : []));
  const timed = /^\d{8}-\d{6}-(\d+)$/.exec(part.part);
  const end = timed ? `#${timed[1]}` : part.part.length > 7 ? `…${part.part.slice(-5)}` : part.part;
  button.append(shape(part.outcome), make("span", end));
  button.title = `${part.part} ${part.word} ${time(part.at)}`;
  button.onclick = () => open(part.seq);
  row.append(button);
  return row;
}

function open(seq) {
  chosen = seq;
  shown.review = null;
  $("told").textContent = "";
  $("review").hidden = false;
  document.body.classList.add("reviewing");
  $("line").hidden = true;
  chosenIs(null);  // nobody decides the part before by its buttons
  drawReview();
}

function drawReview() {
  $("queue").replaceChildren(...board.queue.slice(0, MOST_QUEUE).map((part) => {
    const row = make("li"), button = make("button", null, ...(part.seq === chosen ? ["on"] : []));
    button.append(shape(part.outcome), make("b", part.part), make("span", `${part.place}`), make("small", `${words.record} ${part.seq} · ${time(part.at)}`));
    button.onclick = () => open(part.seq);
    row.append(button);
    return row;
  }));
  if (!board.queue.length) $("queue").append(make("li", words.empty));
  if (chosen === null && board.queue.length) chosen = board.queue[0].seq;
  if (chosen !== null) drawChosen(chosen);
  else chosenIs(null);
}

async function drawChosen(seq) {
  const key = `${seq} ${version} ${lang} ${me && me.name}`;
  if (shown.review === key) return;
  shown.review = key;
  try {
    const part = await ask(`/part/${seq}`);
    if (chosen === seq) chosenIs(part);
  } catch (bad) { tell(bad.message, true); }
}

function chosenIs(part) {
  $("review-head").replaceChildren();
  if (part) {
    const place = board.queue.find((one) => one.seq === part.seq);
    $("review-head").append(shape(part.now), `${words.part} ${part.part}`, make("small", [words[part.now], place ? `${words.place} ${place.place}` : "", `${words.record} ${part.seq}`, time(part.at)].filter(Boolean).join(" · ")));
  }
  reasons($("review-reasons"), part);
  $("review-notes").replaceChildren(...(part ? part.notes : []).map((text) => make("li", text)));
  picture("review-picture", "review-none", "review-views", part);
  const note = $("acts").querySelector("input"), typed = note ? note.value : "";
  $("acts").replaceChildren(...(part ? actions(part, typed) : []));
}

function actions(part, typed) {
  if (part.again !== null) return [];
  if (!me) {
    const button = make("button", people.length ? words.sign_in_first : words.nobody, "again");
    button.disabled = !people.length;
    button.onclick = signIn;
    return [button];
  }
  const note = make("input"), rows = [];
  note.maxLength = 200;
  note.placeholder = words.note;
  note.value = typed;
  const may = { PASS: part.now === "REVIEW" || (part.now === "FAIL" && me.role === "quality"), FAIL: part.now === "REVIEW" || part.now === "PASS" };
  for (const [to, title, look] of [["PASS", part.now === "FAIL" ? words.release : words.accept, "accept"], ["FAIL", words.reject, "reject"]]) {
    if (!may[to]) continue;
    const row = make("div", null, "row");
    for (const [code, text] of why[to]) {
      const button = make("button", text, look);
      button.onclick = () => send("/decide", { record: part.seq, to, why: code, note: note.value, lang });
      row.append(button);
    }
    rows.push(make("h3", title), row);
  }
  if (rows.length) rows.push(note);
  if (part.now !== "PASS" && part.again_of === null) {
    const again = make("button", words.again, "again");
    again.onclick = () => send("/again", { record: part.seq });
    rows.push(again, make("small", words.again_hint));
  }
  return rows;
}

async function send(path, body) {
  for (const button of $("acts").querySelectorAll("button")) button.disabled = true;
  tell("…");
  try {
    await ask(path, body);
    tell("✓");
    const index = board.queue.findIndex((one) => one.seq === body.record);
    const next = path === "/decide" && index >= 0 ? board.queue[index + 1] || board.queue[index - 1] : null;
    if (next) chosen = next.seq;
    const note = $("acts").querySelector("input");
    if (note) note.value = "";
  } catch (bad) { tell(bad.message, true); }
  shown.review = null;
  drawReview();
}

function tell(text, bad = false) {
  $("told").textContent = text;
  $("told").classList.toggle("bad", bad);
}

function signIn() {
  $("sign-in-told").textContent = people.length ? "" : words.nobody;
  $("pin").value = "";
  $("sign-in").showModal();
  $("pin").focus();
}

async function signInNow() {
  try {
    me = await ask("/sign-in", { name: $("name").value, pin: $("pin").value });
    $("sign-in").close();
    shown.review = null;
    draw();
  } catch (bad) { $("sign-in-told").textContent = bad.message; $("sign-in-told").classList.add("bad"); }
  $("pin").value = "";
}

for (const id of ["picture", "review-picture"]) $(id).onload = () => { if ($(id).src.endsWith(shown[id])) $(id).classList.remove("coming"); };
$("language").onclick = () => speak(lang === "zh" ? "en" : "zh");
$("who").onclick = async () => { if (me) { await ask("/sign-out", {}); me = null; shown.review = null; draw(); } else signIn(); };
$("queue-open").onclick = () => { chosen = null; open(board.queue.length ? board.queue[0].seq : null); };
$("review-close").onclick = () => { $("review").hidden = true; $("line").hidden = false; document.body.classList.remove("reviewing"); };
$("sign-in-go").onclick = signInNow;
$("sign-in-close").onclick = () => $("sign-in").close();
$("pin").onkeydown = (press) => { if (press.key === "Enter") signInNow(); };
tick();
