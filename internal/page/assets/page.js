// SPDX-License-Identifier: Apache-2.0

// The page follows what changes, and has keys. Without this it is the same page, and has to be reloaded.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");

  // Following: the server says that something changed, and the page asks for itself once more.
  const status = document.getElementById("live"), text = document.getElementById("live-text");
  let stream, busy = false, again = false, first = true;

  const say = (word, lost) => { status.hidden = false; status.classList.toggle("lost", lost); if (text.textContent !== word) text.textContent = word; };

  const states = () => new Map([...document.querySelectorAll("a[data-issue]")].map((a) =>
    [[a.dataset.issue, a.dataset.environment, a.getAttribute("href")].join("|"), a]));

  async function renew() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store", credentials: "omit" });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok || answer.status === 404) replace(fresh);
    } catch { /* the stream says that the page was left alone */ }
    busy = false;
    if (again) { again = false; renew(); }
  }

  function replace(fresh) {
    const before = states(), active = document.activeElement, all = [...document.querySelectorAll("main a")];
    const place = all.indexOf(active), link = active && active.getAttribute("href");
    for (const old of document.querySelectorAll("[data-live]")) {
      const now = fresh.getElementById(old.id);
      if (!now || old.innerHTML === now.innerHTML || (old.id === "filter" && old.contains(active))) continue;
      old.replaceChildren(...now.childNodes);
    }
    const at = fresh.querySelector("footer .at");
    if (at) document.querySelector("footer .at").replaceChildren(...at.childNodes);
    for (const [key, a] of states()) {
      const was = before.get(key);
      if (before.size && (!was || was.dataset.state !== a.dataset.state)) a.classList.add("flash");
    }
    if (place >= 0 && !document.contains(active)) {
      const links = [...document.querySelectorAll("main a")];
      (links[place] && links[place].getAttribute("href") === link ? links[place] : links.find((a) => a.getAttribute("href") === link))?.focus();
    }
  }

  function follow() {
    if (stream) stream.close();
    stream = new EventSource("/events");
    stream.addEventListener("ready", () => { say("Live", false); if (!first) renew(); first = false; });
    stream.addEventListener("changed", renew);
    stream.addEventListener("beat", renew);
    stream.onerror = () => say("Not connected", true);
  }
  // A browser opens six connections to an address: a page that nobody sees keeps none.
  document.addEventListener("visibilitychange", () => { if (document.hidden) { stream.close(); } else { follow(); } });
  follow();

  // The filter goes without a button, and leaves empty fields out of the address.
  const filter = document.getElementById("filter");
  filter.addEventListener("change", (e) => { if (e.target.matches("select")) filter.requestSubmit(); });
  filter.addEventListener("formdata", (e) => { for (const [k, v] of [...e.formData]) if (!v) e.formData.delete(k); });

  // Keys.
  const help = document.getElementById("help"), button = document.getElementById("help-button");
  button.hidden = false;
  button.addEventListener("click", () => help.showModal());
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const links = (e) => [...e.querySelectorAll("a.release, a.key")];

  function moveRow(step) {
    const all = rows(), now = all.findIndex((r) => r.contains(document.activeElement));
    const next = all[now < 0 ? (step > 0 ? 0 : all.length - 1) : now + step];
    if (next) (links(next)[0] || next.querySelector("a"))?.focus();
  }

  function moveCell(x, y) {
    const cell = document.activeElement.closest?.("table.grid th, table.grid td");
    if (!cell) return false;
    for (let row = cell.parentElement, i = cell.cellIndex + x; ;) {
      if (y) row = y > 0 ? row.nextElementSibling : row.previousElementSibling;
      const next = row && row.cells[i];
      if (!next) return true;
      const to = links(next)[0];
      if (to) { to.focus(); return true; }
      i += x;
    }
  }

  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || help.open) return;
    if (e.target.matches("input, select, textarea")) { if (e.key === "Escape") e.target.blur(); return; }
    if (arrows[e.key]) { if (moveCell(...arrows[e.key])) e.preventDefault(); return; }
    switch (e.key) {
      case "/": document.getElementById("search").focus(); document.getElementById("search").select(); break;
      case "j": moveRow(1); break;
      case "k": moveRow(-1); break;
      case "?": help.showModal(); break;
      case "1": case "2": case "3": case "4": document.querySelectorAll("#views a")[e.key - 1]?.click(); break;
      default: return;
    }
    e.preventDefault();
  });
})();
