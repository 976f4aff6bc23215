"use strict";
(() => {
  const tip = document.getElementById("tip");
  const said = JSON.parse(document.getElementById("words").textContent);
  const reports = [...document.querySelectorAll("details.report")];
  const known = new WeakMap();
  let shown = null, pinned = false;

  document.querySelectorAll(".script").forEach(item => { item.hidden = false; });

  // --- what is known of a cell ---------------------------------------------------------------------------------------

  function dataOf(report) {
    if (!known.has(report)) {
      const data = JSON.parse(report.querySelector("script").textContent);
      const cells = [...report.querySelectorAll("td[id]")];
      known.set(report, Object.assign(data, { order: new Map(cells.map((cell, n) => [cell, n])), all: cells }));
    }
    return known.get(report);
  }

  function make(parent, name, text) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  }

  function row(list, name, text) {
    if (!text) return null;
    make(list, "dt", name);
    return make(list, "dd", text);
  }

  function snippet(piece, first, start, end, last) {
    const all = Array.from(piece), box = document.createElement("pre");
    const cut = place => place > 0 && place < all.length && all[place - 1] !== "\n" && all[place] !== "\n";
    const part = (from, to) => all.slice(from, to).join("").replace(/[ \t]*\n\s*/g, " ⏎ ");
    box.append((cut(first) ? "…" : "") + part(first, start).replace(/^ ⏎ /, ""));
    make(box, "mark", part(start, end) || "␣");
    box.append(part(end, last) + (cut(last) ? "…" : ""));
    return box;
  }

  function fill(cell) {
    const report = cell.closest("details.report"), data = dataOf(report), n = data.order.get(cell);
    const [confidence, page, line, path, piece, first, start, end, last, unit, printed] = data.cells[n];
    const key = cell.id.slice(cell.id.indexOf("-") + 1), more = data.more[n], told = data.told[n];
    tip.replaceChildren();
    make(tip, "h5", said.names[key] || key);
    const list = make(tip, "dl"), looks = cell.className.split(" ").filter(name => said.looks[name] && name !== "proposed");
    const doubtful = cell.matches(".review, .unsure"), all = looks.length ? looks : ["number"];
    row(list, "状态", all.map(name => doubtful && name === "number" ? "数字" : said.looks[name]).join("；"));
    row(list, "原文印作", printed || (cell.firstChild && !cell.matches(".blank, .missing") ? cell.firstChild.nodeValue : ""));
    row(list, "单位", unit);
    if (!cell.matches(".missing")) row(list, "把握", `${+(100 * confidence).toFixed(2)} %`);
    if (more) row(list, "建议值", `${more[0]}（${more[1]}）`);
    row(list, "位置", [page && `第 ${page} 页`, line && `第 ${line} 行`, path].filter(Boolean).join("，"));
    if (told) {
      const links = row(list, "有关发现", " ");
      for (const number of told) {
        const link = make(links, "a", `${report.querySelector(`#${report.id}-f${number} code`).textContent}`);
        link.href = `#${report.id}-f${number}`;
        links.append("　");
      }
    }
    if (piece >= 0) tip.append(snippet(data.pieces[piece], first, start, end, last));
    if (pinned) {
      const close = make(tip, "button", "×");
      close.type = "button";
      close.setAttribute("aria-label", "关闭");
      close.addEventListener("click", hide);
    }
  }

  // --- showing it ----------------------------------------------------------------------------------------------------

  function show(cell, pin) {
    if (shown && shown !== cell) shown.classList.remove("shown");
    shown = cell;
    pinned = pin;
    fill(cell);
    cell.classList.add("shown");
    cell.setAttribute("aria-describedby", "tip");
    tip.hidden = false;
    const at = cell.getBoundingClientRect(), own = tip.getBoundingClientRect(), wide = document.documentElement.clientWidth;
    const above = at.bottom + own.height + 10 > innerHeight && at.top > own.height + 10;
    tip.style.left = `${Math.max(8, Math.min(at.left, wide - own.width - 8)) + scrollX}px`;
    tip.style.top = `${(above ? at.top - own.height - 6 : at.bottom + 6) + scrollY}px`;
  }

  function hide() {
    if (!shown) return;
    shown.classList.remove("shown");
    shown.removeAttribute("aria-describedby");
    shown = null;
    pinned = false;
    tip.hidden = true;
  }

  const cellAt = event => event.target.closest && event.target.closest(".report td[id]");

  document.addEventListener("pointerover", event => {
    const cell = cellAt(event);
    if (cell && event.pointerType === "mouse" && !pinned) show(cell, false);
  });
  document.addEventListener("pointerout", event => {
    if (cellAt(event) && event.pointerType === "mouse" && !pinned && document.activeElement !== shown) hide();
  });
  document.addEventListener("click", event => {
    const cell = cellAt(event);
    if (!cell) {
      if (!tip.contains(event.target) || event.target.closest("a")) hide();
    } else if (pinned && shown === cell) {
      hide();
    } else {
      show(cell, true);
    }
  });
  document.addEventListener("focusin", event => {
    const cell = cellAt(event);
    if (cell && shown !== cell) show(cell, false);
    else if (!cell && !pinned && !tip.contains(event.target)) hide();
  });

  // --- the keyboard --------------------------------------------------------------------------------------------------

  function beside(cell, key) {
    const grid = cell.closest("table"), cells = [...grid.querySelectorAll("td[id]")], at = cell.getBoundingClientRect();
    if (key === "ArrowLeft") return cells[cells.indexOf(cell) - 1];
    if (key === "ArrowRight") return cells[cells.indexOf(cell) + 1];
    const middle = (at.left + at.right) / 2, sign = key === "ArrowDown" ? 1 : -1;
    let best = null, nearest = Infinity;
    for (const other of cells) {
      const box = other.getBoundingClientRect(), away = sign * (box.top - at.top);
      const off = away > 2 ? away + Math.max(0, box.left - middle, middle - box.right) : Infinity;
      if (off < nearest) { best = other; nearest = off; }
    }
    return best;
  }

  document.addEventListener("keydown", event => {
    if (event.key === "Escape") { hide(); return; }
    const cell = cellAt(event);
    if (!cell) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (pinned && shown === cell) hide(); else show(cell, true);
    } else if (event.key.startsWith("Arrow")) {
      const next = beside(cell, event.key);
      event.preventDefault();
      if (next) next.focus();
    }
  });

  /** Cells can be reached with Tab: the first of each table, and those that a person must look at; the others with arrows. */
  function makeReachable(report) {
    if (report.dataset.ready || !report.querySelector(".tables")) return;
    report.dataset.ready = "yes";
    for (const cell of dataOf(report).all) cell.tabIndex = cell.matches(".review, .unsure, .suspect, .missing.proposed") ? 0 : -1;
    for (const grid of report.querySelectorAll("table.g")) grid.querySelector("td[id]").tabIndex = 0;
  }
  for (const report of reports) {
    report.addEventListener("toggle", () => { if (report.open) makeReachable(report); });
    if (report.open) makeReachable(report);
  }

  // --- finding a report ----------------------------------------------------------------------------------------------

  const status = document.getElementById("by-status"), text = document.getElementById("by-text");

  function filter() {
    const wanted = text.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const report of reports) {
      const words = report.dataset.text.toLowerCase();
      const fits = (!status.value || report.dataset.status === status.value) && wanted.every(word => words.includes(word));
      report.hidden = !fits;
      count += fits;
    }
    for (const line of document.querySelectorAll("tr[data-of]")) line.hidden = document.getElementById(`r${line.dataset.of}`).hidden;
    document.getElementById("shown").textContent = `显示 ${count} / ${reports.length} 份`;
    hide();
  }
  if (status) {
    status.addEventListener("change", filter);
    text.addEventListener("input", filter);
    text.form.addEventListener("submit", event => event.preventDefault());
    document.getElementById("open-all").addEventListener("click", () => reports.forEach(it => { it.open = !it.hidden; }));
    document.getElementById("close-all").addEventListener("click", () => reports.forEach(it => { it.open = false; }));
    filter();
  }

  function follow() {
    let place = null;
    try { place = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
    const report = place && place.closest("details.report");
    if (!report) return;
    if (report.hidden) { status.value = text.value = ""; filter(); }
    report.open = true;
    makeReachable(report);
    place.scrollIntoView({ block: place === report ? "start" : "center" });
    if (place.matches("td[id]")) { place.focus({ preventScroll: true }); show(place, false); }
  }
  addEventListener("hashchange", follow);
  follow();

  if (!CSS.supports("selector(::details-content)")) {
    let closed = [];
    addEventListener("beforeprint", () => { closed = reports.filter(it => !it.open && !it.hidden); closed.forEach(it => { it.open = true; }); });
    addEventListener("afterprint", () => closed.forEach(it => { it.open = false; }));
  }
})();
