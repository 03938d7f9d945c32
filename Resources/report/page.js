"use strict";
// What the page can do beyond reading; without it every word, table and figure is there.
(function () {
  const root = document.documentElement;
  const make = (tag, text) => { const made = document.createElement(tag); if (text) { made.textContent = text; } return made; };
  const button = (text, act) => { const made = make("button", text); made.type = "button"; made.addEventListener("click", act); return made; };
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  const isDark = () => (root.dataset.theme || (window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const tools = make("div");
  tools.className = "tools";
  tools.append(
    button("Light or dark", () => { root.dataset.theme = isDark() ? "light" : "dark"; }),
    button("Open all", () => all("section > details").forEach((each) => { each.open = true; })),
    button("Fold all", () => all("section > details").forEach((each) => { each.open = false; })));
  const contents = document.getElementById("contents");
  contents.querySelector("summary").after(tools);
  if (window.matchMedia("(max-width: 69.99rem)").matches) { contents.open = false; }

  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) { return; }
    for (let each = target; each; each = each.parentElement) { if (each.tagName === "DETAILS") { each.open = true; } }
    const own = target.querySelector(":scope > details");
    if (own) { own.open = true; }
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  reveal();

  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    folded.forEach((each) => { each.open = true; });
  });
  window.addEventListener("afterprint", () => folded.forEach((each) => { each.open = false; }));

  // A number at the beginning of a cell, else its words; a dash comes last.
  const key = (text) => {
    const found = /^[<]?\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(text.replace(/−/g, "-"));
    return found ? Number(found[1]) - (text.startsWith("<") ? 1e-9 : 0) : null;
  };
  const compare = (a, b) => {
    if (a === b) { return 0; }
    const [x, y] = [key(a), key(b)];
    if (x !== null && y !== null) { return x - y; }
    if (x !== null || y !== null) { return x !== null ? -1 : 1; }
    return a.localeCompare(b);
  };
  all("table.sorts").forEach((table) => all("thead th", table).forEach((head) => {
    const words = head.textContent;
    head.textContent = "";
    head.append(button(words, () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      all("thead th", table).forEach((each) => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const cell = (row) => row.cells[head.cellIndex].textContent.trim();
      const empty = (text) => text === "" || text === "–";
      const rows = all("tbody tr", table).sort((a, b) => {
        const [x, y] = [cell(a), cell(b)];
        if (empty(x) || empty(y)) { return Number(empty(x)) - Number(empty(y)); }
        return up ? compare(x, y) : compare(y, x);
      });
      table.tBodies[0].append(...rows);
    }));
  }));

  all("table[data-first]").forEach((table) => {
    const first = Number(table.dataset.first);
    const rows = () => all("tbody tr", table);
    if (rows().length <= first) { return; }
    const show = (every) => rows().forEach((row, number) => { row.hidden = !every && number >= first; });
    const words = () => (rows().some((row) => row.hidden) ? "Show all " + rows().length + " rows" : "Show the first " + first + " rows");
    show(false);
    const more = button(words(), () => { show(rows().some((row) => row.hidden)); more.textContent = words(); });
    more.className = "more-rows";
    table.parentElement.after(more);
    all("thead button", table).forEach((each) => each.addEventListener("click", () => { show(true); more.textContent = words(); }));
  });

  all("figure img").forEach((image) => {
    const bar = make("div");
    bar.className = "tools";
    bar.append(
      button("Open large", () => {
        const dialog = make("dialog");
        const large = image.cloneNode();
        dialog.setAttribute("aria-label", image.alt);
        dialog.append(large, button("Close", () => dialog.close()));
        dialog.addEventListener("close", () => dialog.remove());
        document.body.append(dialog);
        dialog.showModal();
      }),
      button("Save as SVG", () => {
        const link = make("a");
        link.href = image.src;
        link.download = image.dataset.name + ".svg";
        link.click();
      }));
    all("button", bar).forEach((each) => each.setAttribute("aria-label", each.textContent + ": " + image.alt));
    image.after(bar);
  });
})();
