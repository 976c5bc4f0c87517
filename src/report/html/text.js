"use strict";
// Texts and elements: nothing here is ever read as markup, all of it is set as text.

/** An element with its class, its children (elements, texts, nothing) and its attributes. */
function el(name, className, children, attributes) {
  const element = document.createElement(name);
  if (className) element.className = className;
  for (const child of [children].flat(2)) if (child !== null && child !== undefined && child !== false) element.append(child);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  return element;
}

/** Control characters, and those that turn the direction of a text, made visible. */
function visible(text) {
  return String(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (sign) => {
    const code = sign.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return "\\u{" + code.toString(16) + "}";
  });
}

function plural(number, noun) {
  return number.toLocaleString("en") + " " + noun + (number === 1 ? "" : "s");
}

/** Seconds, in about three digits. */
function time(seconds) {
  const ms = seconds * 1000;
  if (ms === 0) return "0 ms";
  if (ms < 1) return Math.round(ms * 1000) + " µs";
  if (ms < 10) return ms.toFixed(1) + " ms";
  if (ms < 1000) return Math.round(ms) + " ms";
  if (seconds < 10) return seconds.toFixed(2) + " s";
  if (seconds < 60) return seconds.toFixed(1) + " s";
  if (seconds < 3600) return Math.floor(seconds / 60) + " min " + Math.floor(seconds % 60) + " s";
  return Math.floor(seconds / 3600) + " h " + Math.floor((seconds % 3600) / 60) + " min";
}

function size(bytes) {
  if (bytes < 1000) return bytes + " B";
  if (bytes < 1e6) return (bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0) + " kB";
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0) + " MB";
}

/** Copies a text, also where the clipboard's own interface is not to be had from a file. */
function copy(text, button) {
  const said = button.textContent;
  const done = () => {
    button.textContent = "copied";
    setTimeout(() => (button.textContent = said), 1200);
  };
  const byHand = () => {
    const area = el("textarea", "hidden");
    area.value = text;
    document.body.append(area);
    area.select();
    if (document.execCommand("copy")) done();
    area.remove();
    button.focus();
  };
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, byHand);
  else byHand();
}
