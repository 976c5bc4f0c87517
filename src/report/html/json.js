// JSON as lines, each with its path. It is taken apart as text, so that every digit and every name stays as it came.

const JSON_TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)|(true|false|null)|([{}[\],:]))/y;

/** The lines of a document: {depth, text, path, open, close}; null where it is none. */
function jsonLines(text) {
  const reader = { text, at: 0, lines: [], token: null };
  try {
    next(reader);
    value(reader, 0, "$", "");
    if (reader.token !== null) return null;
  } catch {
    return null;
  }
  return reader.lines;
}

function next(reader) {
  JSON_TOKEN.lastIndex = reader.at;
  const found = JSON_TOKEN.exec(reader.text);
  if (!found) {
    if (reader.text.slice(reader.at).trim() !== "") throw new Error("not JSON");
    reader.token = null;
    return;
  }
  reader.at = JSON_TOKEN.lastIndex;
  reader.token = found[1] || found[2] || found[3] || found[4];
}

function take(reader, token) {
  if (reader.token !== token) throw new Error("not JSON");
  next(reader);
}

function value(reader, depth, path, name) {
  const token = reader.token;
  if (depth > 500) throw new Error("too deep");
  if (token === "{" || token === "[") return container(reader, depth, path, name);
  if (token === null || /^[}\],:]$/.test(token)) throw new Error("not JSON");
  reader.lines.push({ depth, path, text: name + token });
  next(reader);
}

function container(reader, depth, path, name) {
  const open = reader.token;
  const close = open === "{" ? "}" : "]";
  next(reader);
  if (reader.token === close) {
    next(reader);
    reader.lines.push({ depth, path, text: name + open + close });
    return;
  }
  reader.lines.push({ depth, path, text: name + open, open: true });
  for (let index = 0; ; index++) {
    if (open === "{") member(reader, depth, path);
    else value(reader, depth + 1, path + "[" + index + "]", "");
    if (reader.token !== ",") break;
    reader.lines[reader.lines.length - 1].text += ",";
    next(reader);
  }
  take(reader, close);
  reader.lines.push({ depth, path, text: close, close: true });
}

function member(reader, depth, path) {
  const written = reader.token;
  if (written === null || written[0] !== '"') throw new Error("not JSON");
  next(reader);
  take(reader, ":");
  value(reader, depth + 1, path + step(JSON.parse(written)), written + ": ");
}

/** A name as it stands in a path. */
function step(name) {
  if (/^[\p{Alphabetic}_][\p{Alphabetic}\p{N}_]*$/u.test(name)) return "." + name;
  return "['" + name.replace(/\\/g, "\\\\").replace(/'/g, "\\'").replace(/\n/g, "\\n") + "']";
}

/** A line's text with its parts coloured. */
function coloured(line) {
  const found = /^("(?:[^"\\]|\\.)*": )?(.*?)(,?)$/s.exec(line.text);
  const kind = { '"': "s", t: "w", f: "w", n: "w" }[found[2][0]] || (/^[-\d]/.test(found[2]) ? "n" : "");
  return ["  ".repeat(line.depth), found[1] && el("span", "k", visible(found[1])), el("span", kind, visible(found[2])), found[3]];
}

/** The lines of a path: from its first to its last. */
function range(lines, path) {
  const from = lines.findIndex((line) => line.path === path);
  if (from < 0) return null;
  let to = from;
  if (lines[from].open) while (!(lines[to].close && lines[to].path === path)) to++;
  return { from, to };
}

/** The path of what holds it. */
function parent(path) {
  return path.replace(/(\.[^.[\]']+|\[\d+\]|\['(?:[^'\\]|\\.)*'\])$/, "");
}

/** What came, with what was expected at the places that differ: [{sign, line}]. */
function structural(actual, differences) {
  const marks = differences.map((difference) => mark(actual, difference)).filter(Boolean);
  const shown = [];
  actual.forEach((line, at) => {
    marks.filter((mark) => mark.before === at).forEach((mark) => shown.push(mark.said));
    const came = marks.some((mark) => mark.came && mark.came.from <= at && at <= mark.came.to);
    shown.push({ sign: came ? "+" : " ", line });
  });
  return shown;
}

/** Where a difference is shown, and the line that says what was expected there, or what else is the matter. */
function mark(actual, difference) {
  const came = range(actual, difference.path);
  let around = came;
  for (let path = difference.path; !around; path = parent(path)) {
    if (path === parent(path)) return null;
    around = range(actual, parent(path));
  }
  const before = came ? came.from : around.to;
  const depth = came ? actual[came.from].depth : actual[around.to].depth + 1;
  const expected = /^(?:expected (.*), got .*|missing, expected (.*))$/s.exec(difference.text);
  if (!expected) return { before, came, said: { sign: "!", line: { depth, text: difference.text } } };
  const name = difference.path.slice(parent(difference.path).length);
  const member = name.startsWith("[") && !name.startsWith("['") ? "" : nameOf(name) + ": ";
  return { before, came, said: { sign: "-", line: { depth, text: (name ? member : "") + (expected[1] || expected[2]) } } };
}

/** The last step of a path as the name of a member. */
function nameOf(step) {
  const plain = step.startsWith(".") ? step.slice(1) : step.slice(2, -2).replace(/\\n/g, "\n").replace(/\\(.)/gs, "$1");
  return JSON.stringify(plain);
}
