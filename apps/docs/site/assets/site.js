// veneer-docs: what pages do beyond being read. Everything here is a convenience; no text depends on it.
"use strict";
(() => {
  const root = document.body.dataset.root;
  const html = document.documentElement;
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const stored = (key, value) => {
    try { return value === undefined ? localStorage.getItem(key) : localStorage.setItem(key, value); } catch { return null; }
  };
  const load = (file) => new Promise((done) => {
    const script = document.createElement("script");
    script.src = file;
    script.onload = () => done(true);
    script.onerror = () => done(false);
    document.head.append(script);
  });

  // ---- theme: automatic, light, dark
  const themeButton = $(".theme-button");
  const showTheme = () => {
    const theme = html.dataset.theme || "automatic";
    themeButton.setAttribute("aria-label", "Theme: " + theme);
    themeButton.title = "Theme: " + theme;
  };
  themeButton.addEventListener("click", () => {
    const order = ["", "light", "dark"];
    const next = order[(order.indexOf(html.dataset.theme || "") + 1) % 3];
    if (next) html.dataset.theme = next; else delete html.dataset.theme;
    stored("veneer-theme", next);
    showTheme();
  });
  showTheme();

  // ---- pages and outline of a narrow window: drawers, one open at a time
  const drawers = ["sidebar", "outline"].map((id) => ({id, panel: document.getElementById(id), button: $(`.top [aria-controls="${id}"]`)}))
    .filter(({panel, button}) => panel && button);
  const openDrawer = (wanted) => {
    for (const {id, button} of drawers) {
      html.classList.toggle(id + "-open", id === wanted);
      button.setAttribute("aria-expanded", id === wanted);
    }
  };
  const openOne = () => drawers.find(({id}) => html.classList.contains(id + "-open"));
  for (const {id, panel, button} of drawers) {
    button.addEventListener("click", () => {
      if (openOne()?.id === id) { openDrawer(null); return; }
      openDrawer(id);
      ($("[aria-current], .here", panel) || $("a, summary", panel)).focus({preventScroll: true});
    });
    panel.addEventListener("click", (event) => { if (event.target.closest("a")) openDrawer(null); });
  }
  $("main").addEventListener("click", () => openDrawer(null));
  const current = $("#sidebar [aria-current]");
  if (current) {
    const bar = $("#sidebar");
    bar.scrollTop = current.getBoundingClientRect().top - bar.getBoundingClientRect().top - bar.clientHeight / 3;
  }

  // ---- versions and languages: lists beside the site, written by every build
  // The same page of another site if it has that, else its first one.
  const samePage = async (site) => {
    window.veneerPages = [];
    await load(site + "_assets/pages.js");
    const page = decodeURIComponent(document.body.dataset.page);
    const there = [page, "index"].find((one) => veneerPages.includes(one)) ?? (veneerPages[0] || "index");
    return site + there.split("/").map(encodeURIComponent).join("/") + ".html";
  };
  const picker = (kind, names, site) => {
    const tag = $(`[data-picker="${kind}"]`);
    if (!tag || names.filter((name) => name !== tag.textContent).length === 0) return;
    const select = document.createElement("select");
    select.setAttribute("aria-label", tag.title);
    // What is shown may not be in the list: a pull request's documentation.
    for (const name of names.includes(tag.textContent) ? names : [tag.textContent, ...names]) select.add(new Option(name, name, false, name === tag.textContent));
    select.addEventListener("change", async () => { location.href = await samePage(site(select.value)); });
    const label = document.createElement("label");
    label.className = "picker";
    label.append(select);
    tag.replaceWith(label);
  };
  const pickVersion = async () => {
    const tag = $('[data-picker="version"]');
    if (!tag || !(await load(root + "../../_versions.js"))) return;
    const own = tag.textContent, versions = window.veneerVersions || [];
    const site = (name) => {
      const {languages} = versions.find(({version}) => version === name);
      return `${root}../../${encodeURIComponent(name)}/${languages.includes(html.lang) ? html.lang : languages.includes("en") ? "en" : languages[0]}/`;
    };
    picker("version", versions.map(({version}) => version), site);
    const release = (name) => /^v?\d+(\.\d+)*$/.test(name);
    const newest = versions.map(({version}) => version).find(release), isRequest = own.startsWith("pr_");
    const better = isRequest ? newest || versions[0]?.version : release(own) && newest !== own ? newest : null;
    if (!better) return;
    const note = document.createElement("p"), link = document.createElement("a");
    note.className = "version-note";
    link.href = await samePage(site(better));
    link.textContent = `this page in ${better}`;
    note.append(isRequest ? `You are reading what pull request ${own.slice(3)} would publish. Published is ` : "You are reading an old version. The newest one has ", link, ".");
    $("main").prepend(note);
  };
  const pickLanguage = async () => {
    if (await load(root + "../_languages.js")) picker("language", window.veneerLanguages || [], (name) => `${root}../${name}/`);
  };
  pickVersion();
  pickLanguage();

  // ---- copying code, without the prompts of a session
  const addCopyButtons = () => {
    for (const block of $$(".code")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M9 9h11v11H9zM15 9V4H4v11h5"/></svg><svg class="done" viewBox="0 0 24 24" aria-hidden="true"><path d="m5 12.5 5 5 9-11"/></svg>`;
      const say = (what) => { button.title = what; button.setAttribute("aria-label", what); button.classList.toggle("copied", what === "Copied"); };
      say("Copy");
      button.addEventListener("click", async () => {
        const code = $("code", block);
        const lines = code.textContent.split("\n");
        const session = lines.some((line) => /^(>>>|\.\.\.)( |$)/.test(line));
        const text = session ? lines.filter((line) => /^(>>>|\.\.\.)( |$)/.test(line)).map((line) => line.slice(4)).join("\n")
                             : code.textContent.replace(/\n$/, "");
        try {
          await navigator.clipboard.writeText(text);
        } catch {  // not allowed from file://: the old way
          const area = document.createElement("textarea");
          area.value = text;
          document.body.append(area);
          area.select();
          document.execCommand("copy");
          area.remove();
        }
        say("Copied");
        setTimeout(() => say("Copy"), 1500);
      });
      block.append(button);
    }
  };

  // ---- formulas and tables too wide for the window are scrolled by keys, too
  const reachWide = () => {
    for (const wide of $$(".formula, :not(.table) > table")) if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
  };

  // ---- choices as tabs: one click switches all of a group, and the address remembers it
  let groups = [];
  const choose = (group, name) => {
    for (const {element, name: other, tabs} of groups) {
      if (other !== group || !element.classList.contains("ready") || !tabs.some((tab) => tab.dataset.name === name)) continue;
      tabs.forEach((tab, i) => {
        const chosen = tab.dataset.name === name;
        tab.hidden = !chosen;
        const button = element.firstChild.children[i];
        button.setAttribute("aria-selected", chosen);
        button.tabIndex = chosen ? 0 : -1;
      });
    }
  };
  const makeTabs = () => {
    groups = $$("doc-tabs").map((element) => ({element, name: element.dataset.group, tabs: [...element.children].filter((child) => child.tagName === "DOC-TAB")}));
    groups.forEach(({element, name, tabs}, number) => {
      if (!tabs.length) return;
      const list = document.createElement("div");
      list.setAttribute("role", "tablist");
      tabs.forEach((tab, i) => {
        const button = document.createElement("button");
        button.type = "button";
        button.id = `tab-${number}-${i}`;
        button.setAttribute("role", "tab");
        button.textContent = tab.dataset.name;
        tab.setAttribute("role", "tabpanel");
        tab.setAttribute("aria-labelledby", button.id);
        button.addEventListener("click", () => {
          const top = element.getBoundingClientRect().top;
          choose(name, tab.dataset.name);
          scrollBy(0, element.getBoundingClientRect().top - top);
          const address = new URL(location);
          address.searchParams.set(name, tab.dataset.name);
          try { history.replaceState(null, "", address); } catch { /* file:// in some browsers */ }
          stored("veneer-tab-" + name, tab.dataset.name);
        });
        list.append(button);
      });
      list.addEventListener("keydown", (event) => {
        const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
        if (!step) return;
        event.stopPropagation();
        const buttons = [...list.children];
        const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
        next.click();
        next.focus();
      });
      element.prepend(list);
      element.classList.add("ready");
      const wanted = [new URLSearchParams(location.search).get(name), stored("veneer-tab-" + name)].find((one) => tabs.some((tab) => tab.dataset.name === one));
      choose(name, wanted || tabs[0].dataset.name);
    });
  };

  // ---- long signatures and parameter lists are folded until asked for
  const foldLong = () => {
    const isList = (box) => box.classList.contains("params");
    // All are measured before one is changed, so that the page is laid out once.
    for (const box of $$(".signature, .params").filter((box) => isList(box) ? box.dataset.count >= 8 && box.scrollHeight >= 560 : box.scrollHeight >= 400)) {
      box.classList.add("folded");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "unfold";
      button.textContent = isList(box) ? `Show all ${box.dataset.count} ${$(".params-title", box).textContent.toLowerCase()}` : "Show the whole signature";
      button.addEventListener("click", () => { box.classList.remove("folded"); button.remove(); });
      box.after(button);
      box.addEventListener("focusin", () => button.click());
    }
  };

  // ---- the place that the address names: unfolded, its tab chosen, followed if it has moved
  const arrive = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const place = id && document.getElementById(id);
    if (!place) return;
    const before = place.previousElementSibling;
    const moved = place.dataset.moved !== undefined ? place
      : place.tagName === "A" && !place.textContent && before && before.tagName === "A" && before.hasAttribute("href") ? before : null;
    if (moved) { location.replace(moved.href); return; }
    for (let up = place; up; up = up.parentElement) {
      if (up.tagName === "DOC-TAB") choose(up.parentElement.dataset.group, up.dataset.name);
      if (up.tagName === "DETAILS") up.open = true;
      if (up.classList.contains("folded")) up.nextElementSibling.click();
    }
    place.scrollIntoView();
  };

  // ---- where the reader is, in the outline
  let links = new Map(), places = [], here = null;
  const findPlaces = () => {
    links = new Map($$(".outline a").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
    places = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
    here = null;
  };
  const follow = () => {
    let last = places[0];
    for (const place of places) {
      if (place.getBoundingClientRect().top > 120) break;
      last = place;
    }
    if (scrollY + innerHeight >= document.body.scrollHeight - 2 && scrollY > 0) last = places.at(-1);
    if (last === here || !last) return;
    if (here) links.get(here.id).classList.remove("here");
    here = last;
    const link = links.get(here.id);
    link.classList.add("here");
    const aside = $(".outline");
    if (link.offsetTop < aside.scrollTop || link.offsetTop > aside.scrollTop + aside.clientHeight - 60) aside.scrollTop = link.offsetTop - aside.clientHeight / 2;
  };
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; follow(); });
  }, {passive: true});

  const enliven = () => {
    for (const step of [addCopyButtons, reachWide, makeTabs, foldLong, findPlaces, follow]) step();
  };
  enliven();
  document.addEventListener("veneer-content", enliven);  // the preview has put a new text into the page
  addEventListener("hashchange", arrive);
  arrive();

  // ---- search
  // _assets/search-index.js gives three texts, one entry a line; write_search_index() in search_index.cpp says which.
  const kinds = {class: 6, struct: 6, enum: 6, concept: 6, union: 6, function: 5, module: 5, namespace: 5, macro: 5, operator: 4, "": 4, method: 3, constructor: 3};
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%()*+,-./:;=?@[]^_{|}~", base = digits.length / 3;
  let index = null, pending = null;
  window.veneerSearchIndex = ({pages, sections, terms}) => {
    const lines = (text) => text.split("\n").slice(0, -1);
    let page = 0, last = "";
    const words = [], lists = [];
    for (const line of lines(terms)) {
      const [coded, list] = line.split("\t");
      words.push(last = last.slice(0, parseInt(coded[0], 36)) + coded.slice(1));
      lists.push(list);
    }
    index = {
      pages: lines(pages).map((line) => line.split("\t")),
      sections: lines(sections).map((line) => {
        const [number, anchor, title, kind, excerpt] = line.split("\t");
        const starts = number !== "";
        if (starts) page = parseInt(number, 36);
        // A member is shown with its class: many have a method of the same name.
        const owner = /^(method|property|variable|enumerator|constructor|destructor|operator|conversion|alias)$/.test(kind) ? anchor.match(/([^.:]+(?:\.|::))[^.:]+$/) : null;
        return {page, anchor, title: (owner ? owner[1] : "") + title, kind, excerpt, key: plain(title), weight: starts ? 8 : kinds[kind] ?? 2};
      }),
      words, lists,
    };
  };
  const ready = () => pending || (pending = load(root + "_assets/search-index.js"));
  // As each_search_word() in search_words.cpp: words without accents, and pairs of characters where a script has no
  // spaces. The parts of a name are looked for when nothing has it whole.
  const unaccented = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").normalize("NFC");
  const plain = (text) => unaccented(text).toLowerCase();
  const unspaced = /[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]/u;
  const words = (text) => {
    const out = [];
    for (const word of unaccented(text).match(/[\p{Alphabetic}\p{Nd}_]+/gu) || []) {
      let letters = "", run = [];
      const finish = () => {
        if (run.length === 1) out.push(run[0]);
        for (let i = 1; i < run.length; ++i) out.push(run[i - 1] + run[i]);
        if (letters) out.push(letters);
        letters = "";
        run = [];
      };
      let was = false;
      for (const c of word) {
        const is = unspaced.test(c);
        if (is !== was) finish();
        was = is;
        if (is) run.push(c); else letters += c;
      }
      finish();
    }
    return out;
  };
  const parts = (word) => word.match(/\p{Lu}+(?!\p{Ll})\d*|\p{Lu}?\p{Ll}+\d*|\d+/gu)?.map(plain) || [];
  // Whether one edit makes `a` of `b`: a letter changed, added, left out, or swapped with its neighbour.
  const nearly = (a, b) => {
    if (Math.abs(a.length - b.length) > 1) return false;
    let i = 0, end = 0;
    while (i < a.length && a[i] === b[i]) ++i;
    while (end < Math.min(a.length, b.length) - i && a[a.length - 1 - end] === b[b.length - 1 - end]) ++end;
    const [x, y] = [a.slice(i, a.length - end), b.slice(i, b.length - end)];
    return x.length + y.length === 1 || (x.length === 1 && y.length === 1) || (x.length === 2 && x === y[1] + y[0] && y.length === 2);
  };
  // The sections of some words, given by their numbers, each with how much it says of them.
  const sectionsWith = (numbers, score) => {
    const found = new Map();
    for (const number of numbers) {
      let section = 0, step = 0, place = 1;
      for (const c of index.lists[number]) {
        const digit = digits.indexOf(c);
        step += (digit % base) * place;
        place *= base;
        if (digit < base) continue;
        section += step;
        step = 0;
        place = 1;
        found.set(section, Math.max(found.get(section) || 0, score(number) + (digit >= 2 * base ? 1 : 0)));
      }
    }
    return found;
  };
  const both = (a, b) => {
    for (const [number, score] of a) b.has(number) ? a.set(number, score + b.get(number)) : a.delete(number);
    return a;
  };
  // What begins with the word; else what holds it; else its parts; else what one typing mistake makes of it, which is
  // added to `instead`.
  const sectionsOf = (written, instead) => {
    const word = plain(written), {words} = index;
    let low = 0, high = words.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (words[middle] < word) low = middle + 1; else high = middle;
    }
    const found = [];
    for (let i = low; i < words.length && words[i].startsWith(word) && found.length < 400; ++i) found.push(i);
    if (found.length) return sectionsWith(found, (number) => words[number] === word ? 3 : 1);
    const numbers = (matches) => words.flatMap((other, number) => matches(other) ? [number] : []);
    const holding = word.length > 2 ? numbers((other) => other.includes(word)) : [];
    if (holding.length) return sectionsWith(holding, () => 1);
    const several = parts(written);
    if (several.length > 1) {
      const all = several.map((part) => sectionsOf(part, [])).reduce(both);
      if (all.size) return all;
    }
    if (word.length < 5) return new Map();
    const near = numbers((other) => [0, -1, 1].some((more) => nearly(word, other.slice(0, word.length + more))));
    const whole = near.filter((number) => nearly(word, words[number]));
    const meant = whole.length ? whole : near;
    instead.push(...meant.map((number) => words[number]).sort((a, b) => a.length - b.length).slice(0, 3));
    return sectionsWith(meant, (number) => nearly(word, words[number]) ? 2 : 1);
  };
  const search = (query, instead) => {
    const asked = words(query), whole = plain(query.trim());
    if (!asked.length) return [];
    const scores = asked.map((word) => sectionsOf(word, instead)).reduce(both);
    const lowered = asked.map(plain);
    index.sections.forEach(({key, page, anchor, weight}, number) => {
      let bonus = 0;
      if (key === whole) bonus = 60;
      else if (key.startsWith(whole)) bonus = 30;
      else if (whole.length > 2 && key.includes(whole)) bonus = 15;
      else if (whole.includes(".") && anchor.toLowerCase().endsWith(whole)) bonus = 50;
      else if (scores.has(number) && lowered.every((word) => key.includes(word))) bonus = 10;
      else if (scores.has(number) && instead.some((word) => key.includes(word))) bonus = 10;
      if (!bonus && !scores.has(number)) return;
      // A title counts for what it is the title of; text counts a little for it.
      bonus += bonus ? weight : weight / 4;
      if (bonus > weight && plain(index.pages[page][1]).includes(whole)) bonus += 4;
      scores.set(number, (scores.get(number) || 0) + bonus - key.length / 100);
    });
    // A heading above the thing that it is named after tells nothing new.
    const seen = new Set();
    const best = [...scores].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([number]) => index.sections[number]);
    return best.filter(({page, key, kind}) => {
      const name = page + " " + key;
      return kind || !seen.has(name) ? seen.add(name) : false;
    }).slice(0, 40);
  };

  const dialog = document.createElement("dialog");
  dialog.className = "search";
  dialog.setAttribute("aria-label", "Search");
  dialog.innerHTML = `<input type="search" role="combobox" aria-expanded="true" aria-controls="hits" aria-autocomplete="list" aria-label="Search pages and symbols" placeholder="Search pages and symbols" autocomplete="off" spellcheck="false"><ul class="hits" id="hits" role="listbox" aria-label="Results"></ul><p class="status" role="status"></p>`;
  document.body.append(dialog);
  const input = $("input", dialog), list = $(".hits", dialog), status = $(".status", dialog);
  const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const marked = (text, asked) => {
    const pattern = asked.map((word) => word.replace(/[^\p{L}\p{N}_]/gu, "\\$&")).join("|");
    return escape(text).replace(pattern ? new RegExp(`(?<!&#?\\d*)(${pattern})`, "giu") : /$^/, "<mark>$1</mark>");
  };
  const select = (item) => {
    for (const other of $$("[aria-selected=true]", list)) other.setAttribute("aria-selected", false);
    if (!item) return;
    item.setAttribute("aria-selected", true);
    input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({block: "nearest"});
  };
  const show = async () => {
    if (!(await ready()) || !index) { status.textContent = "The search index could not be read."; return; }
    const instead = [], hits = search(input.value, instead), asked = [...words(input.value), ...instead];
    list.innerHTML = hits.map(({page, anchor, title, kind, excerpt}, i) => {
      const [path, name] = index.pages[page];
      return `<li role="option" id="hit-${i}" aria-selected="false"><a tabindex="-1" href="${escape(root + path.split("/").map(encodeURIComponent).join("/") + ".html" + (anchor ? "#" + anchor : ""))}"><span class="hit-title${kind ? " symbol" : ""}">${marked(title || name, asked)}</span><span class="hit-page">${escape(name)}</span><span class="hit-text">${marked(excerpt, asked)}</span></a></li>`;
    }).join("");
    status.textContent = !asked.length ? "Type to search. \u2191 \u2193 to choose, Enter to open." : !hits.length ? "Nothing found." : (hits.length === 40 ? "40 best" : hits.length) + " results" + (instead.length ? " for " + instead.join(", ") : "");
    select(list.firstChild);
  };
  const openSearch = () => {
    if (dialog.open) return;
    dialog.showModal();
    input.select();
    show();
  };
  $(".search-button").addEventListener("click", openSearch);
  $(".search-button").addEventListener("pointerenter", ready);
  input.addEventListener("input", show);
  dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.closest("a")) dialog.close(); });
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const items = [...list.children], at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (event.key === "Escape") {
      event.preventDefault();  // else it would only empty the field
      dialog.close();
    } else if (step && items.length) {
      event.preventDefault();
      select(items[(at + step + items.length) % items.length]);
    } else if (event.key === "Enter" && items[at]) {
      event.preventDefault();
      const link = $("a", items[at]);
      if (event.ctrlKey || event.metaKey) { open(link.href); return; }
      dialog.close();
      location.href = link.href;
    }
  });

  // ---- keys
  addEventListener("keydown", (event) => {
    const writing = event.target.closest("input, textarea, select, [contenteditable]");
    if ((event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !writing)) {
      event.preventDefault();
      openSearch();
      return;
    }
    if (writing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.key === "Escape" && openOne()) {
      openOne().button.focus();
      openDrawer(null);
    }
    const scrolls = event.target.closest("pre, .table");
    const turn = {ArrowLeft: "prev", k: "prev", ArrowRight: "next", j: "next"}[event.key];
    const link = turn && !scrolls && $(`.turn [rel="${turn}"]`);
    if (link) location.href = link.href;
  });
})();
