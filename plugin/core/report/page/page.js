// SPDX-License-Identifier: GPL-2.0-or-later
// Copies commands, and keeps the table of resets: sorting, filtering, a page of rows at a time.
"use strict";
(() => {
  const ROWS_AT_ONCE = 100;
  const columns = [
    { name: "Frame", number: true, show: (v) => String(v) },
    { name: "Time in s", number: true, show: (v) => (v / 1e6).toFixed(3) },
    { name: "Client" }, { name: "Server" }, { name: "Source" }, { name: "Cause" },
    { name: "Diagnosis" }, { name: "Confidence" }, { name: "Finding", number: true, show: (v) => String(v) },
  ];
  const id = (name) => document.getElementById(name);
  const all = JSON.parse(id("rows").textContent);
  const words = all.map((row) => row.join(" ").toLowerCase());
  const order = all.map((_, i) => i);
  let chosen = order;
  let shown = ROWS_AT_ONCE;
  let sorted = { column: 0, up: true };

  function cell(text, number) {
    const td = document.createElement("td");
    td.textContent = text;
    if (number) td.className = "n";
    return td;
  }

  function draw() {
    const body = id("body");
    const some = chosen.slice(0, shown).map((i) => {
      const tr = document.createElement("tr");
      columns.forEach((c, k) => tr.append(cell(c.show ? c.show(all[i][k]) : all[i][k], c.number)));
      return tr;
    });
    body.replaceChildren(...some);
    id("more").hidden = chosen.length <= shown;
    id("status").textContent = `${some.length} of ${chosen.length} shown` +
      (chosen.length < all.length ? `, ${all.length} in all` : "");
  }

  function choose() {
    const text = id("find").value.trim().toLowerCase();
    const source = id("source").value;
    const finding = id("finding").value;
    chosen = order.filter((i) => (!text || words[i].includes(text)) && (!source || all[i][4] === source) &&
      (!finding || String(all[i][8]) === finding));
    shown = ROWS_AT_ONCE;
    draw();
  }

  function sort(k) {
    sorted = { column: k, up: sorted.column === k ? !sorted.up : true };
    const sign = sorted.up ? 1 : -1;
    const compare = columns[k].number ? (a, b) => a - b : (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    order.sort((i, j) => sign * compare(all[i][k], all[j][k]) || i - j);
    mark();
    choose();
  }

  function mark() {
    [...id("heads").children].forEach((th, k) => {
      if (k === sorted.column) th.setAttribute("aria-sort", sorted.up ? "ascending" : "descending");
      else th.removeAttribute("aria-sort");
    });
  }

  columns.forEach((c, k) => {
    const th = document.createElement("th");
    const button = document.createElement("button");
    th.scope = "col";
    button.type = "button";
    button.textContent = c.name;
    button.addEventListener("click", () => sort(k));
    th.append(button);
    id("heads").append(th);
  });
  [...new Set(all.map((row) => row[8]))].sort((a, b) => a - b).forEach((n) => {
    const option = document.createElement("option");
    option.textContent = String(n);
    id("finding").append(option);
  });
  id("find").addEventListener("input", choose);
  id("source").addEventListener("change", choose);
  id("finding").addEventListener("change", choose);
  id("more").addEventListener("click", () => {
    shown += ROWS_AT_ONCE;
    draw();
  });

  // A page opened from a file may not use the clipboard interface: selecting the text works everywhere.
  async function copy(button) {
    const code = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }
  document.querySelectorAll("button.copy").forEach((b) => b.addEventListener("click", () => copy(b)));
  document.querySelectorAll("button.only").forEach((b) => b.addEventListener("click", () => {
    id("finding").value = b.dataset.finding;
    choose();
    id("resets").focus();
    id("resets").scrollIntoView();
  }));
  mark();
  draw();
})();
