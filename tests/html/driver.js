// Uses the page as a person with a keyboard does, and leaves what was seen in an element of its own.
const seen = [];
const key = (name, target) => (target || document.activeElement).dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
const chip = (word) => [...document.querySelectorAll(".chip")].find((chip) => chip.textContent.includes(word));
const rows = () => document.querySelectorAll("[role=option]").length;
const title = () => document.querySelector(".detail h2").textContent;
const count = () => document.querySelector("[role=status]").textContent;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const note = (name, value) => seen.push(name + "=" + value);
const search = document.querySelector("input[type=search]");
const list = document.querySelector("[role=listbox]");

async function type(text) {
  search.value = text;
  search.dispatchEvent(new Event("input"));
  await wait(400);
}

async function drive() {
  note("verdict", document.querySelector("h1").textContent);
  note("first", title());
  note("focus", document.activeElement.getAttribute("role"));
  note("few rows drawn", rows() < 60);
  key("j");
  note("j", title());
  note("selected", document.querySelectorAll("[aria-selected=true]").length === 1 && list.getAttribute("aria-activedescendant") === "row-1");
  key("k");
  note("k", title());
  key("End");
  note("End", title());
  key("Home");
  note("Home", title());
  key("Enter");
  note("Enter", document.activeElement.className);
  key("Escape");
  note("Escape", document.activeElement.getAttribute("role"));
  key("/");
  note("slash", document.activeElement === search);
  await type("echo evil");
  note("search", count());
  key("Enter");
  note("found", title());
  note("no markup", document.querySelectorAll(".detail b.evil, .detail img").length);
  note("control characters", document.querySelector(".detail").textContent.includes("␛[31m"));
  await type("needle-in-the-body");
  note("not in names", count());
  document.querySelector("input[type=checkbox]").click();
  await wait(100);
  note("in bodies", count());
  await type("");
  chip("failed").click();
  note("failed", count() + " " + chip("failed").getAttribute("aria-pressed"));
  document.querySelector(".causes button").click();
  note("cause", count());
  const clear = [...document.querySelectorAll("button")].find((button) => button.textContent === "show all");
  clear.click();
  note("all", count());
  const diff = (sign) => [...document.querySelectorAll(".diff ." + sign)].map((line) => line.textContent.trim()).join(" ; ");
  await type("differs");
  key("Enter");
  note("minus", diff("minus"));
  note("plus", diff("plus"));
  note("timing", document.querySelectorAll(".fall .track > i").length > 0);
  key("Escape");
  await type("flaky");
  key("Enter");
  const tries = [...document.querySelectorAll(".detail td.bad")].map((cell) => "✗ " + cell.textContent);
  note("attempts", tries.join(" "));
  const open = async (name) => {
    key("Escape");
    await type(name);
    key("Enter");
    const part = (title) => [...document.querySelectorAll(".detail details")].find((part) => part.textContent.startsWith(title));
    return (title, skip) => {
      part(title).open = true;
      return [...part(title).querySelectorAll("tbody tr")].map((row) => [...row.children].slice(skip).map((cell) =>
        cell.textContent.replace(/[→←]/, "")).filter(Boolean).join(" "));
    };
  };
  note("refused", (await open("a cookie for others"))("Cookies not kept", 0).join(" | "));
  const said = await open("a conversation");
  said("Messages", 1);
  await wait(50);
  note("said", said("Messages", 1).slice(0, 4).join(" | "));
  const before = getComputedStyle(document.body).backgroundColor;
  key("t");
  note("theme", getComputedStyle(document.body).backgroundColor !== before);
  key("?");
  note("keys", document.querySelector("dialog").open);
  document.querySelector("dialog").close();
  list.scrollTop = list.scrollHeight;
  await wait(100);
}

drive().catch((error) => note("error", error.stack)).finally(() => {
  const result = document.createElement("pre");
  result.id = "seen";
  result.textContent = seen.join("\n");
  document.body.append(result);
});
