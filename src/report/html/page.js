// The page: what the run came to, the list of its requests, the one that is looked at.

const ROW = 54;
const ORDER = ["failed", "blocked", "flaky", "not_run", "skipped", "passed"];
const collections = [];
const rows = [];
const problems = [];
let started = null;
let finished = null;

const state = { status: null, cause: null, collection: "", query: "", deep: false, sort: "worst", shown: [], selected: -1 };
const parts = {};

/** Reads what stands in the page; the details of requests are read when they are looked at. */
function load() {
  for (const script of document.querySelectorAll("script[type='application/json']")) {
    const data = JSON.parse(script.textContent);
    if (data.started) started = data.started;
    if (data.finished) finished = data.finished;
    if (data.problem) problems.push(data.problem);
    for (const collection of data.collections || []) collections.push(collection);
    const details = script.nextElementSibling;
    (data.rows || []).forEach((row, at) => rows.push(Object.assign(row, { details, at, index: rows.length })));
  }
  for (const row of rows) row.around = row.part !== undefined && row.status === "passed";
}

let opened = { script: null, lines: [] };

/** All that is known of a request. */
function detail(row) {
  if (opened.script !== row.details) opened = { script: row.details, lines: row.details.textContent.trim().split("\n") };
  return JSON.parse(opened.lines[row.at]);
}

function haystack(row) {
  if (row.hay === undefined) {
    const collection = collections[row.collection] || { name: "", path: "" };
    const texts = [titled(row), row.method, row.url, row.what, row.cause, row.code, row.error, (row.tags || []).join(" "), collection.name, collection.path];
    row.hay = texts.filter(Boolean).join("\n").toLowerCase();
  }
  return row.hay;
}

/** Which requests have it in what was sent and what came, by index; the texts are searched as they are written. */
function inDetails(query) {
  const written = JSON.stringify(query).slice(1, -1).replace(/</g, "\\u003c").toLowerCase();
  const found = new Set();
  let script = null;
  let lines = [];
  for (const row of rows) {
    if (row.details !== script) {
      script = row.details;
      const text = script.textContent.trim().toLowerCase();
      lines = text.includes(written) ? text.split("\n") : [];
    }
    if (lines[row.at] && lines[row.at].includes(written)) found.add(row.index);
  }
  return found;
}

function kindOf(row) {
  return row.around ? "around" : row.status;
}

function causeOf(row) {
  return row.status === "failed" ? row.cause || row.what : null;
}

function matches(row, words, found) {
  if (state.status && kindOf(row) !== state.status) return false;
  if (state.cause !== null && causeOf(row) !== state.cause) return false;
  if (state.collection !== "" && row.collection !== Number(state.collection)) return false;
  return words.every((word) => haystack(row).includes(word)) || (found !== null && found.has(row.index));
}

function sorted(list) {
  const rank = (row) => ORDER.indexOf(row.status) * 2 + (row.around ? 1 : 0);
  if (state.sort === "worst") list.sort((one, two) => rank(one) - rank(two) || one.index - two.index);
  if (state.sort === "slow") list.sort((one, two) => two.duration - one.duration || one.index - two.index);
  if (state.sort === "name") list.sort((one, two) => one.name.localeCompare(two.name) || one.index - two.index);
  return list;
}

/** Filters, sorts and shows anew; whoever was selected stays so while it is shown. */
function refresh() {
  const query = state.query.trim();
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = state.deep && query ? inDetails(query) : null;
  const selected = state.shown[state.selected];
  state.shown = sorted(rows.filter((row) => matches(row, words, found)));
  state.selected = selected ? state.shown.indexOf(selected) : -1;
  parts.spacer.style.height = state.shown.length * ROW + "px";
  parts.count.textContent = state.shown.length === rows.length ? plural(rows.length, "request") : state.shown.length.toLocaleString("en") + " of " + plural(rows.length, "request");
  parts.clear.hidden = state.shown.length === rows.length && !query;
  parts.empty.hidden = state.shown.length > 0;
  parts.list.scrollTop = 0;
  for (const button of parts.pressed) button.setAttribute("aria-pressed", String(button.isOn()));
  drawList();
}

function drawList() {
  const list = parts.list;
  const from = Math.max(0, Math.floor(list.scrollTop / ROW) - 8);
  const to = Math.min(state.shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 8);
  const drawn = [];
  for (let at = from; at < to; at++) drawn.push(rowElement(state.shown[at], at));
  parts.spacer.replaceChildren(...drawn);
  const selected = state.selected >= from && state.selected < to;
  if (selected) list.setAttribute("aria-activedescendant", "row-" + state.selected);
  else list.removeAttribute("aria-activedescendant");
}

function rowElement(row, at) {
  const meter = el("i");
  meter.style.width = Math.sqrt(row.duration / slowest) * 100 + "%";
  const bad = row.status === "failed";
  const sub = bad || row.what ? row.what : row.method + " " + row.url;
  const part = row.part && el("span", "tag", row.part);
  const element = el("div", "row", [
    el("span", "sign " + STYLES[row.status], SIGNS[row.status], { "aria-hidden": "true" }),
    el("div", "", [
      el("div", "name", [el("span", "hidden", WORDS[row.status] + ": "), visible(titled(row)), part, (row.tags || []).map((tag) => el("span", "tag", visible(tag)))]),
      el("div", "sub" + (bad ? " bad" : ""), visible(sub)),
    ]),
    el("div", "", row.sent > 0 && [
      el("div", "nums", [el("span", bad ? "bad" : "", row.code ? String(row.code) : row.error || "–"), el("span", "dim", "  " + time(row.duration))]),
      el("div", "meter", meter, { "aria-hidden": "true" }),
    ]),
  ], { role: "option", id: "row-" + at, "aria-selected": String(at === state.selected), "aria-posinset": at + 1, "aria-setsize": state.shown.length });
  element.style.top = at * ROW + "px";
  element.addEventListener("click", () => (select(at), read()));
  return element;
}

function select(at) {
  if (state.shown.length === 0) return;
  state.selected = Math.min(Math.max(at, 0), state.shown.length - 1);
  const row = state.shown[state.selected];
  const top = state.selected * ROW;
  const list = parts.list;
  if (top < list.scrollTop) list.scrollTop = top;
  if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
  drawList();
  const back = el("button", "plain back", "← all requests");
  back.addEventListener("click", leave);
  parts.detail.replaceChildren(back, ...draw(row, detail(row)));
  parts.detail.scrollTop = 0;
  history.replaceState(null, "", "#" + (row.index + 1));
}

/** On a narrow screen the request takes the place of the list. */
function read() {
  document.body.classList.add("reading");
}

function leave() {
  document.body.classList.remove("reading");
  parts.list.focus();
  drawList();
}

function toggle(className, content, isOn, press) {
  const button = el("button", className, content, { type: "button" });
  button.isOn = isOn;
  button.addEventListener("click", () => (press(), refresh()));
  parts.pressed.push(button);
  return button;
}

function chips() {
  const counts = {};
  rows.forEach((row) => (counts[kindOf(row)] = (counts[kindOf(row)] || 0) + 1));
  const chip = (kind, name, count) => toggle("chip", [el("span", STYLES[kind], (SIGNS[kind] || "") + " ", { "aria-hidden": "true" }), name + " ", el("b", "", count.toLocaleString("en"))],
    () => state.status === kind, () => { state.status = state.status === kind ? null : kind; });
  const known = ORDER.filter((kind) => counts[kind]).map((kind) => chip(kind, WORDS[kind], counts[kind]));
  const around = counts.around ? [chip("around", "setup and teardown", counts.around)] : [];
  return el("div", "chips", [chip(null, "all", rows.length), ...known, ...around], { role: "group", "aria-label": "show by status" });
}

function bar() {
  const counts = finished ? finished.counts : {};
  const colours = { failed: "--bad", blocked: "--bad", flaky: "--warn", not_run: "--line", skipped: "--warn", passed: "--good" };
  const shares = ORDER.map((kind) => [kind, (counts[kind] || 0) - (kind === "passed" ? counts.flaky || 0 : 0)]).filter(([, count]) => count > 0);
  return el("div", "bar", shares.map(([kind, count]) => {
    const part = el("i", "", "", { title: count + " " + WORDS[kind] });
    part.style.flex = count + " 1 0";
    part.style.background = "var(" + colours[kind] + ")";
    return part;
  }), { "aria-hidden": "true" });
}

function verdict() {
  if (!finished) return el("h1", "bad", "✗ the run did not come to its end");
  const counts = finished.counts;
  const flaky = counts.flaky ? " (" + counts.flaky + " flaky)" : "";
  const said = ORDER.filter((kind) => kind !== "flaky" && counts[kind]).map((kind) => counts[kind].toLocaleString("en") + " " + WORDS[kind] + (kind === "passed" ? flaky : ""));
  const good = finished.exit_code === 0;
  const text = (finished.interrupted ? "interrupted: " : "") + (said.join(", ") || "nothing ran");
  return el("h1", good ? "good" : "bad", (good ? "✓ " : "✗ ") + text);
}

function facts() {
  const broken = finished && finished.broken ? plural(finished.broken, "collection") + " did not run" : null;
  const texts = [finished && "took " + time(finished.duration_s), started && started.time.replace("T", " ").replace(/\.\d+/, "").replace("Z", " UTC"), plural(collections.length, "collection"), broken, started && "seed " + started.seed, started && "apitest " + started.version];
  return el("div", "facts dim", texts.filter(Boolean).map((text) => el("span", "", text)));
}

function select_of(label, options, change) {
  const select = el("select", "", options.map(([value, name]) => el("option", "", name, { value })), { "aria-label": label });
  select.addEventListener("change", () => (change(select.value), refresh()));
  return select;
}

function tools() {
  parts.search = el("input", "", [], { type: "search", placeholder: "search  ( / )", "aria-label": "search names, URLs, tags and failures" });
  let wait = 0;
  parts.search.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(() => ((state.query = parts.search.value), refresh()), rows.length > 5000 ? 150 : 20);
  });
  const deep = el("input", "", [], { type: "checkbox" });
  deep.addEventListener("change", () => ((state.deep = deep.checked), refresh()));
  const named = collections.map((collection, at) => [at, visible(collection.name + (collection.row ? " [" + collection.row + "]" : ""))]);
  const several = named.length > 1 && named.length <= 2000;
  const sorts = [["worst", "failures first"], ["run", "as they ran"], ["slow", "slowest first"], ["name", "by name"]];
  return el("div", "tools", [
    parts.search,
    el("label", "check", [deep, "in headers and bodies too"]),
    several && select_of("collection", [["", "every collection"], ...named], (value) => (state.collection = value)),
    select_of("order", sorts, (value) => (state.sort = value)),
    chips(),
  ]);
}

/** Failures of one cause, told once with how many they are. */
function causes() {
  const counts = new Map();
  rows.forEach((row) => causeOf(row) && counts.set(causeOf(row), (counts.get(causeOf(row)) || 0) + 1));
  const many = [...counts].filter(([, count]) => count > 1).sort((one, two) => two[1] - one[1]).slice(0, 20);
  if (many.length === 0) return null;
  const buttons = many.map(([cause, count]) => toggle("", [el("b", "", count.toLocaleString("en")), el("span", "", visible(cause))],
    () => state.cause === cause, () => { state.cause = state.cause === cause ? null : cause; }));
  return el("section", "causes", [el("h2", "", "failed for the same cause"), buttons], { "aria-label": "causes of several failures" });
}

function theme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("apitest-theme", root.dataset.theme);
  } catch {
    // A page from disk may not be allowed to keep anything.
  }
}

function help() {
  const keys = [["j k ↓ ↑", "next, previous request"], ["n p", "next, previous failure"], ["Home End", "first, last request"], ["Enter", "read the request"], ["Esc", "back to the list"], ["/", "search"], ["t", "dark or light"], ["?", "these keys"]];
  const dialog = el("dialog", "", [
    el("h2", "", "Keys"),
    el("table", "", el("tbody", "", keys.map(([key, text]) => el("tr", "", [el("td", "", key.split(" ").map((one) => [el("kbd", "", one), " "])), el("td", "", text)])))),
    el("form", "", el("button", "plain", "close"), { method: "dialog" }),
  ], { "aria-label": "keys" });
  document.body.append(dialog);
  return dialog;
}

function failure(from, by) {
  for (let at = from + by; at >= 0 && at < state.shown.length; at += by) {
    if (["failed", "blocked"].includes(state.shown[at].status)) return select(at);
  }
}

function clear() {
  Object.assign(state, { status: null, cause: null, query: "" });
  parts.search.value = "";
  refresh();
}

const KEYS = {
  j: () => select(state.selected + 1), ArrowDown: () => select(state.selected + 1),
  k: () => select(state.selected - 1), ArrowUp: () => select(state.selected - 1),
  n: () => failure(state.selected, 1), p: () => failure(state.selected < 0 ? state.shown.length : state.selected, -1),
  Home: () => select(0), End: () => select(state.shown.length - 1),
  PageDown: () => select(state.selected + 10), PageUp: () => select(state.selected - 10),
  Enter: () => { if (state.selected < 0) select(0); read(); parts.detail.focus(); },
  "/": () => { leave(); parts.search.focus(); parts.search.select(); },
  t: theme, "?": () => parts.help.showModal(), Escape: leave,
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || parts.help.open) return;
  const inside = event.target.closest("input, select, textarea, button, summary, a");
  if (inside && event.key === "Escape") return leave();
  if (inside && (inside.matches("input, select, textarea") || event.key === "Enter" || event.key === " ")) {
    if (inside === parts.search && (event.key === "Enter" || event.key === "ArrowDown")) leave(), select(0), event.preventDefault();
    return;
  }
  // A scrolled body keeps its arrows.
  const reads = event.target.closest(".detail") && !/^[a-z/?]$|Escape/.test(event.key);
  if (!KEYS[event.key] || reads) return;
  event.preventDefault();
  KEYS[event.key]();
}

function button(name, label, act) {
  const button = el("button", "plain small", name, { type: "button", "aria-label": label, title: label });
  button.addEventListener("click", act);
  return button;
}

function build() {
  parts.pressed = [];
  parts.count = el("span", "", "", { role: "status", "aria-live": "polite" });
  parts.clear = button("show all", "show all requests", clear);
  parts.spacer = el("div", "", [], { role: "presentation" });
  parts.empty = el("p", "empty", rows.length ? "nothing matches" : "no request was run");
  parts.list = el("div", "list", [parts.spacer, parts.empty], { role: "listbox", tabindex: "0", "aria-label": "requests" });
  parts.detail = el("article", "detail", el("p", "empty", "Choose a request: j and k move, Enter reads, ? shows all keys."), { tabindex: "-1", "aria-label": "the request" });
  parts.help = help();
  const top = el("header", "top", [
    el("div", "title", [verdict(), el("span", "space"), button("keys", "show the keys (?)", () => parts.help.showModal()), button("dark / light", "change between dark and light (t)", theme)]),
    facts(),
    finished && finished.reason && el("p", "bad", visible(finished.reason)),
    bar(),
    tools(),
  ]);
  const told = problems.length > 0 && el("section", "problems", [el("h2", "bad", plural(problems.length, "problem")), problems.map((problem) => el("pre", "long", visible(problem.rendered).trimEnd()))]);
  const left = el("section", "left", [causes(), el("div", "count dim", [parts.count, parts.clear]), parts.list]);
  document.body.append(...[top, told, el("main", "", [left, parts.detail])].filter(Boolean));
  let drawing = false;
  parts.list.addEventListener("scroll", () => {
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => ((drawing = false), drawList()));
  });
  addEventListener("resize", drawList);
  document.addEventListener("keydown", pressed);
}

let slowest = 0;

function start() {
  try {
    const kept = localStorage.getItem("apitest-theme");
    if (kept) document.documentElement.dataset.theme = kept;
  } catch {
    // As above.
  }
  load();
  slowest = rows.reduce((most, row) => Math.max(most, row.duration), 0) || 1;
  build();
  refresh();
  const wanted = Number(location.hash.slice(1)) - 1;
  const at = state.shown.findIndex((row) => row.index === wanted);
  if (at >= 0) return select(at), read();
  // What went wrong is read at once where there is room for it.
  if (state.shown.length && state.shown[0].status === "failed" && innerWidth > 860) select(0);
  parts.list.focus({ preventScroll: true });
}

start();
