// One request in full: what failed, what was sent, what came, where the time went.

const SIGNS = { passed: "✓", flaky: "↻", failed: "✗", blocked: "⊘", skipped: "↷", not_run: "·" };
const STYLES = { passed: "good", flaky: "warn", failed: "bad", blocked: "bad", skipped: "warn", not_run: "dim" };
const WORDS = { passed: "passed", flaky: "flaky", failed: "failed", blocked: "blocked", skipped: "skipped", not_run: "not run" };
/** How many lines of a body are laid out before a button asks for the rest. */
const LINES = 400;
/** How many unchanged lines stand around a difference. */
const AROUND = 3;

function draw(row, request) {
  const parts = [heading(row, request), asked(row, request)];
  if (request.reason || request.blocked_by) parts.push(why(request));
  request.failures.forEach((failure) => parts.push(failureCard(failure, request)));
  if (request.diagnosis) parts.push(el("p", "likely", [el("b", "", "likely: "), visible(request.diagnosis)]));
  if (request.facts && request.facts.length) parts.push(pairs(request.facts));
  if (request.request_ids.length) parts.push(pairs(request.request_ids));
  const exchange = request.exchange;
  if (exchange) {
    parts.push(responseCard(exchange));
    if (exchange.refused_cookies.length) parts.push(refusedCard(exchange.refused_cookies));
    if (exchange.messages.length) parts.push(conversationCard(exchange.messages, row.status !== "passed"));
    parts.push(messageCard("Request", exchange.request, row.status !== "passed"));
    parts.push(timingCard(row, exchange));
  } else if (row.sent > 0) {
    const text = row.left_out
      ? "Its headers and bodies are left out: this page would be too large with those of every request. `--report json=FILE` holds them."
      : "Its headers and bodies were not kept by the run.";
    parts.push(el("p", "dim", text));
  }
  if (request.attempts && request.attempts.length) parts.push(attemptsCard(request));
  [["Run again", request.rerun], ["As curl", request.curl]].forEach(([title, text]) => text && parts.push(command(title, text)));
  return parts;
}

function titled(row) {
  return row.row ? row.name + " [" + row.row + "]" : row.name;
}

function heading(row, request) {
  const tags = request.tags.map((tag) => el("span", "tag", visible(tag)));
  const part = request.part === "request" ? null : el("span", "tag", request.part);
  const needed = request.needed && el("span", "tag", "needed by another");
  const sign = el("span", STYLES[row.status], SIGNS[row.status] + " ", { "aria-hidden": "true" });
  return el("h2", "", [sign, el("span", "hidden", WORDS[row.status] + ": "), visible(titled(row)), part, needed, tags]);
}

function asked(row, request) {
  const broken = row.code && row.error ? ", " + ((request.exchange && request.exchange.error) || row.error) : "";
  const came = row.sent === 0 ? "not sent" : row.code ? String(row.code) + broken : row.error || "no response";
  const collection = collections[row.collection];
  const place = request.place;
  const judged = request.expectations > 0 && plural(request.expectations, "expectation") + " judged";
  const more = [row.sent > 0 && "in " + time(row.duration), row.sent > 1 && "sent " + row.sent + " times", judged];
  return el("div", "", [
    el("p", "asked code", [el("b", "", request.method + " "), visible(request.url), " → ", el("b", STYLES[row.status], visible(came))]),
    el("p", "dim", more.filter(Boolean).join(" · ")),
    el("p", "dim code", visible(place.file + ":" + place.line + ":" + place.column)),
    collection && el("p", "dim", visible([collection.name + (collection.row ? " [" + collection.row + "]" : ""), collection.stage, collection.base_url].filter(Boolean).join(" · "))),
  ]);
}

function why(request) {
  const blocked = request.blocked_by ? "by " + request.blocked_by : "";
  const reason = request.reason || "";
  return el("p", "likely", visible([blocked, reason].filter(Boolean).join(": ")));
}

function failureCard(failure, request) {
  const title = failure.message ? failure.message + " (" + failure.subject + ")" : failure.subject;
  const place = failure.place && el("span", "code", visible(failure.place.file + ":" + failure.place.line));
  const but = failure.expected ? "but" : "why";
  const rows = [["expected", failure.expected], ["got", failure.actual], [but, failure.reason]].filter(([, text]) => text);
  const short = failure.differences.length ? rows.filter(([name]) => name === but) : rows;
  return el("section", "card failure", [
    el("div", "head", [el("h3", "", visible(title)), place]),
    el("div", "in", [
      failure.place && el("pre", "", visible(failure.place.text.trim())),
      short.length > 0 && pairs(short),
      failure.differences.length > 0 && difference(failure, request),
      failure.hint && el("p", "dim", "hint: " + visible(failure.hint)),
    ]),
  ]);
}

function pairs(rows) {
  return el("table", "pairs", el("tbody", "", rows.map(([name, text]) =>
    el("tr", "", [el("th", "code", visible(name), { scope: "row" }), el("td", "code", visible(text))]))));
}

/** The differences of a failure: in the document that came, as lines of a text, else as a list. */
function difference(failure, request) {
  const body = request.exchange && request.exchange.response && request.exchange.response.body;
  const ofText = failure.differences.every((one) => one.path === "");
  const lines = hunks(failure.differences);
  const ofDocument = /^(json|(snapshot|body)$)/.test(failure.subject);
  const actual = !ofText && !lines.length && ofDocument && documentOf(failure.actual, body);
  const more = failure.more_differences > 0 && el("p", "dim", "… and " + plural(failure.more_differences, "more difference"));
  if (ofText) return el("div", "", [legend(), diffBlock(failure.differences.map((one) => textLine(one.text))), more]);
  if (lines.length) return el("div", "", [legend(), diffBlock(lines.map(textLine)), more]);
  if (!actual) return el("div", "", [pairs(failure.differences.map((one) => [one.path, one.text])), more]);
  const shown = structural(actual, failure.differences);
  return el("div", "", [legend(), diffBlock(shown), more]);
}

/** What was compared: the actual text where it is whole, else the response body. */
function documentOf(actual, body) {
  return (actual && jsonLines(actual)) || (body && body.text && jsonLines(body.text));
}

/** The lines of a text that is the only difference. */
function hunks(differences) {
  const lines = differences.length === 1 && differences[0].path === "$" ? differences[0].text.split("\n").slice(1) : [];
  return lines.length && lines[0].startsWith("@@") ? lines.filter((line, at) => line || at < lines.length - 1) : [];
}

function textLine(line) {
  const sign = line && "+- ".includes(line[0]) ? line[0] : "";
  return { sign: sign || " ", line: { depth: 0, text: line.slice(sign.length) } };
}

function legend() {
  return el("p", "legend", [el("span", "bad", "− expected"), el("span", "good", "+ came")]);
}

/** Lines with signs; those far from a difference are folded. */
function diffBlock(shown) {
  const block = el("pre", "diff", [], { tabindex: "0" });
  const near = shown.map(() => false);
  shown.forEach((one, at) => {
    if (one.sign !== " ") near.fill(true, Math.max(0, at - AROUND), at + AROUND + 1);
  });
  let folded = 0;
  const fold = () => folded > 0 && block.append(el("span", "gap", "  … " + plural(folded, "line")));
  shown.forEach((one, at) => {
    if (!near[at]) return void folded++;
    fold();
    folded = 0;
    block.append(diffLine(one));
  });
  fold();
  return block;
}

function diffLine({ sign, line }) {
  const kind = { "-": "minus", "+": "plus", "!": "note" }[sign] || "";
  const indent = "  ".repeat(line.depth);
  if (sign === "!") return el("span", kind, "  " + indent + "↓ " + visible(line.text));
  return el("span", kind, (sign === "-" ? "−" : sign) + " " + indent + visible(line.text));
}

function card(title, beside, open, content) {
  const details = el("details", "card", [el("summary", "", [el("span", "", title), el("span", "dim", beside)])]);
  let drawn = false;
  const fill = () => {
    if (!details.open || drawn) return;
    drawn = true;
    details.append(el("div", "in", content()));
  };
  details.addEventListener("toggle", fill);
  details.open = open;
  fill();
  return details;
}

function responseCard(exchange) {
  if (exchange.response && exchange.error) {
    const card = messageCard("Response (partial)", exchange.response, true, exchange.hops);
    return el("div", "", [el("p", "bad", visible(exchange.error)), card]);
  }
  if (exchange.response) return messageCard("Response", exchange.response, true, exchange.hops);
  return card("Response", "none", true, () => [el("p", "bad", visible(exchange.error || "no response"))]);
}

/** Cookies that responses set and that were not kept. */
function refusedCard(refused) {
  const named = ([name, why]) => [name || "(without a name)", why];
  return card("Cookies not kept", plural(refused.length, "cookie"), true, () => [pairs(refused.map(named))]);
}

/** What was said over a WebSocket. */
function conversationCard(messages, open) {
  const rows = messages.map((message) => {
    const body = message.body;
    const text = body.text === null ? size(body.size) + " that are not text" : body.text + (body.cut ? " … of " + size(body.size) : "");
    const kind = [message.kind === "text" ? "" : message.kind, message.code].filter(Boolean).join(" ");
    return el("tr", "", [
      el("td", "num", time(message.at_s)),
      el("td", "", [el("span", "", message.sent ? "→" : "←", { "aria-hidden": "true" }), el("span", "hidden", message.sent ? "sent" : "received")]),
      el("td", "code", kind),
      el("td", "code", visible(text)),
    ]);
  });
  const head = ["at", "", "kind", "message"].map((name, at) => el("th", at ? "" : "num", name, { scope: "col" }));
  return card("Messages", plural(messages.length, "message"), open, () => [
    el("table", "", [el("thead", "", el("tr", "", head)), el("tbody", "", rows)]),
  ]);
}

function messageCard(title, message, open, hops) {
  const body = message.body;
  const beside = visible(message.line) + (body && body.size ? " · " + size(body.size) : "");
  return card(title, beside, open, () => [
    hops && hops.length > 0 && hopTable(hops),
    message.headers.length > 0 && pairs(message.headers),
    bodyOf(body),
  ]);
}

function hopTable(hops) {
  const rows = hops.map((hop) => [hop.status + " redirected", hop.url]);
  return pairs(rows);
}

function bodyOf(body) {
  if (!body || body.size === 0) return el("p", "dim", "no body");
  if (body.text === null) return el("p", "dim", size(body.size) + " that are not text");
  const lines = /^\s*[[{]/.test(body.text) ? jsonLines(body.text) : null;
  const cut = body.cut && el("p", "warn", "cut: these are the first " + size(body.text.length) + " of " + size(body.size));
  const block = el("pre", "", [], { tabindex: "0" });
  const parts = lines ? lines.map((line) => [...coloured(line), "\n"]) : body.text.split("\n").map((line) => [visible(line), "\n"]);
  const show = (from, to) => parts.slice(from, to).forEach((part) => block.append(...part.filter(Boolean)));
  show(0, LINES);
  const rest = parts.length - LINES;
  const more = rest > 0 && el("button", "plain small", "show " + plural(rest, "more line"));
  if (more) more.addEventListener("click", () => (show(LINES), more.remove()));
  const copier = el("button", "plain small", "copy");
  copier.addEventListener("click", () => copy(body.text, copier));
  return el("div", "command", [block, copier, more, cut]);
}

const PHASES = [["dns", "look-up"], ["connect", "connect"], ["tls", "TLS"], ["first_byte", "first byte"], ["download", "download"]];

/** The segments of one request's time: [class, name, seconds]. */
function segments(timing, whole) {
  const known = PHASES.map(([key, name]) => [key.split("_")[0], name, timing && timing[key + "_s"]]).filter(([, , seconds]) => seconds > 0);
  return known.length ? known : [["whole", "in all", whole]];
}

function timingCard(row, exchange) {
  const steps = exchange.hops.map((hop) => [hop.status + " redirect", hop.timing, hop.duration_s]);
  steps.push([row.code ? String(row.code) : row.error || "no response", exchange.timing, row.duration]);
  const drawn = steps.map(([name, timing, whole]) => [name, segments(timing, whole)]);
  const total = drawn.flatMap(([, parts]) => parts).reduce((sum, [, , seconds]) => sum + seconds, 0) || 1;
  return card("Timing", time(row.duration), row.status === "failed" || drawn.length > 1, () => {
    let at = 0;
    const fall = drawn.flatMap(([name, parts]) => {
      const track = el("div", "track", parts.map(([kind, , seconds]) => {
        const bar = el("i", kind);
        bar.style.left = (at / total) * 100 + "%";
        bar.style.width = (seconds / total) * 100 + "%";
        at += seconds;
        return bar;
      }), { "aria-hidden": "true" });
      return [el("span", "", name), track, el("span", "num", time(parts.reduce((sum, [, , seconds]) => sum + seconds, 0)))];
    });
    const phases = drawn.flatMap(([name, parts]) => parts.map((part) => [name, ...part]));
    const key = phases.map(([name, kind, phase, seconds]) =>
      el("span", "", [el("i", kind), (drawn.length > 1 ? name + ": " : "") + phase + " " + time(seconds)]));
    return [el("div", "fall", fall), el("p", "legend", key)];
  });
}

function attemptsCard(request) {
  const rows = request.attempts.map((attempt, at) => el("tr", "", [
    el("td", "num", String(at + 1)),
    el("td", "bad", [attempt.code, attempt.error].filter(Boolean).join(", ") || "no response"),
    el("td", "num", time(attempt.duration_s)),
    el("td", "", visible(attempt.reason || "")),
  ]));
  const head = ["try", "came", "time", "why it was tried again"].map((name, at) => el("th", at % 2 ? "" : "num", name, { scope: "col" }));
  const left = request.sent - 1 - request.attempts.length;
  return card("Attempts", "sent " + request.sent + " times", true, () => [
    el("table", "", [el("thead", "", el("tr", "", head)), el("tbody", "", rows)]),
    left > 0 && el("p", "dim", "… and " + left + " more before the last"),
  ]);
}

function command(title, text) {
  const button = el("button", "plain small", "copy");
  button.addEventListener("click", () => copy(text, button));
  return el("section", "card", [
    el("div", "head", el("h3", "", title)),
    el("div", "in", el("div", "command", [el("pre", "", visible(text), { tabindex: "0" }), button])),
  ]);
}
