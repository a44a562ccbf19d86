"use strict";

// The page asks the hub as anybody would: by POST, with the chosen caller's
// token, and shows what came back. All texts are set as text, never as HTML.

const byId = (id) => document.getElementById(id);
let menus = { callers: [], purposes: [], samples: [] };

function element(name, text, parent) {
  const e = document.createElement(name);
  if (text !== undefined) e.textContent = text;
  if (parent) parent.append(e);
  return e;
}

function option(select, value, zh, en) {
  element("option", zh + (en ? " " + en : ""), select).value = value;
}

async function load() {
  const answer = await fetch("/explorer.json");
  if (!answer.ok) {
    say("演示尚未就绪，请稍后刷新。 The demo is not ready; reload shortly.", true);
    return;
  }
  menus = await answer.json();
  for (const c of menus.callers || []) option(byId("caller"), c.key, c.zh, c.en);
  for (const p of menus.purposes || []) option(byId("purpose"), p.code, p.zh, p.en);
  for (const s of menus.samples || []) {
    const b = element("button", s.zh + " " + s.en, byId("samples"));
    b.type = "button";
    b.addEventListener("click", () => fill(s));
  }
  if ((menus.samples || []).length) fill(menus.samples[0]);
}

function fill(sample) {
  byId("query").value = sample.query;
  byId("variables").value = sample.variables;
  byId("purpose").value = sample.purpose;
  byId("ticket").value = sample.ticket;
  if (sample.caller) byId("caller").value = sample.caller;
}

function say(text, bad) {
  byId("status").textContent = text;
  byId("status").className = bad ? "bad" : "";
}

async function send(event) {
  event.preventDefault();
  let variables = {};
  try {
    variables = JSON.parse(byId("variables").value.trim() || "{}");
  } catch {
    say("变量不是合格的 JSON。 The variables are not valid JSON.", true);
    return;
  }
  // Tokens do not last; each question gets a fresh one.
  const fresh = await fetch("/explorer.json");
  if (fresh.ok) menus = await fresh.json();
  const caller = (menus.callers || []).find((c) => c.key === byId("caller").value);
  const headers = { "Content-Type": "application/json", Accept: "application/graphql-response+json" };
  if (caller) headers.Authorization = "Bearer " + caller.token;
  if (byId("purpose").value) headers["Tongxin-Purpose"] = byId("purpose").value;
  if (byId("ticket").value) headers["Tongxin-Ticket"] = byId("ticket").value;
  const start = performance.now();
  try {
    const answer = await fetch("/graphql", {
      method: "POST", headers, body: JSON.stringify({ query: byId("query").value, variables }),
    });
    const body = await answer.json();
    const took = Math.round(performance.now() - start);
    say(`HTTP ${answer.status} · ${took} ms · ${answer.headers.get("X-Request-Id") || ""}`, !answer.ok);
    show(body);
  } catch {
    say("枢纽没有应答。 The hub did not answer.", true);
  }
}

function show(body) {
  const { extensions, ...rest } = body;
  byId("response").textContent = JSON.stringify(rest, null, 2);
  const place = byId("receipt");
  place.replaceChildren();
  tables(place, "", extensions || {});
}

const isObject = (v) => v !== null && typeof v === "object" && !Array.isArray(v);
const cell = (v) => (typeof v === "object" ? JSON.stringify(v) : String(v));

// tables shows an object: plain members in one table, lists of objects in one
// table each, objects inside under their own names.
function tables(place, name, object) {
  const plain = [];
  const lists = [];
  const inner = [];
  for (const [key, value] of Object.entries(object)) {
    if (isObject(value)) inner.push([key, value]);
    else if (Array.isArray(value) && value.some(isObject)) lists.push([key, value]);
    else plain.push([key, value]);
  }
  if (plain.length) table(place, name, ["", ""], plain.map(([k, v]) => [k, cell(v)]));
  for (const [key, rows] of lists) {
    const columns = [...new Set(rows.flatMap((r) => Object.keys(r)))];
    table(place, key, columns, rows.map((r) => columns.map((c) => (c in r ? cell(r[c]) : ""))));
  }
  for (const [key, value] of inner) tables(place, key, value);
}

function table(place, caption, columns, rows) {
  const t = element("table", undefined, place);
  if (caption) element("caption", caption, t);
  if (columns.some(Boolean)) {
    const head = element("tr", undefined, element("thead", undefined, t));
    for (const c of columns) element("th", c, head).scope = "col";
  }
  const body = element("tbody", undefined, t);
  for (const row of rows) {
    const line = element("tr", undefined, body);
    for (const value of row) element("td", value, line);
  }
}

byId("ask").addEventListener("submit", send);
byId("ask").addEventListener("keydown", (e) => {
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) byId("ask").requestSubmit();
});
load();
