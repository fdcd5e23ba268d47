// Keeps a page of the preview up to date: takes in what has changed where the reader stands, and shows what is wrong.
(() => {
  const own = document.currentScript;
  const {page} = own.dataset;
  let {version} = own.dataset;

  // ---- taking in a new version: the parts of the page are replaced, not the page, so that nothing moves or flashes
  const foldable = () => [...document.querySelectorAll("main :is(details, .signature, .params)")];
  const isOpen = (element) => element.tagName === "DETAILS" ? element.open : !element.classList.contains("folded");
  const open = (element) => element.tagName === "DETAILS" ? element.open = true : element.nextElementSibling.click();
  const contents = (element) => element.innerHTML.replaceAll(' open=""', "");

  // The last thing with a name above the middle of the window stays where it is.
  const keepPlace = (change) => {
    const named = [...document.querySelectorAll("main [id]")].filter((element) => element.checkVisibility());
    const kept = scrollY > 0 && named.findLast((element) => element.getBoundingClientRect().top < innerHeight / 2);
    const top = kept && kept.getBoundingClientRect().top;
    change();
    const again = kept && document.getElementById(kept.id);
    if (again) scrollBy({left: 0, top: again.getBoundingClientRect().top - top, behavior: "instant"});
  };
  const take = (fresh) => {
    document.title = fresh.title;
    const sidebar = fresh.getElementById("sidebar");
    if (contents(sidebar) !== contents(document.getElementById("sidebar")))
      document.getElementById("sidebar").replaceChildren(...sidebar.childNodes);
    keepPlace(() => {
      const opened = foldable().map(isOpen);
      for (const part of ["main", "#outline"])
        document.querySelector(part).replaceChildren(...fresh.querySelector(part).childNodes);
      document.dispatchEvent(new Event("veneer-content"));
      const again = foldable();
      if (again.length === opened.length) again.forEach((element, i) => { if (opened[i] && !isOpen(element)) open(element); });
    });
  };
  let busy = false, asked = false;
  const update = async () => {
    if (busy) { asked = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, {cache: "no-store"});
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      // Scripts of the page's own run only when it is loaded.
      if (!answer.ok || !version || fresh.querySelector("main script")) { location.reload(); return; }
      take(fresh);
      version = fresh.querySelector("script[data-version]").dataset.version;
    } catch { /* the preview has ended; when it is there again, it tells */ }
    busy = false;
    if (asked) { asked = false; update(); }
  };

  // ---- what is wrong
  let box = null;
  const show = (errors) => {
    box?.remove();
    box = null;
    if (errors.length === 0) return;
    box = document.createElement("section");
    box.id = "veneer-preview-errors";
    box.setAttribute("role", "alert");
    box.style.cssText = "position:fixed;inset:auto 1rem 1rem;z-index:1000;max-height:45vh;overflow:auto;padding:1rem 1.25rem;" +
      "border-radius:10px;border:1px solid #ff9a92;background:#2b1214;color:#ffe9e7;font:14px/1.5 ui-monospace,monospace;box-shadow:0 8px 40px #000a";
    const close = document.createElement("button");
    close.textContent = "Close";
    close.style.cssText = "float:right;font:inherit;color:inherit;background:none;border:1px solid currentcolor;border-radius:6px;cursor:pointer";
    close.onclick = () => show([]);
    box.append(close);
    for (const error of errors.slice(0, 20)) {
      const line = document.createElement("p");
      line.style.margin = "0 0 .5rem";
      const where = document.createElement("strong");
      where.textContent = error.where ? error.where + ": " : "";
      line.append(where, error.message, error.suggestion ? " (" + error.suggestion + ")" : "");
      box.append(line);
    }
    document.body.append(box);
  };

  // ---- what this page's writer should know: a button that counts, behind it the list
  let panel = null;
  const list = (warnings) => {
    const wasOpen = panel?.open;
    panel?.remove();
    panel = null;
    if (warnings.length === 0) return;
    panel = document.createElement("details");
    panel.id = "veneer-preview-warnings";
    panel.open = Boolean(wasOpen);
    panel.style.cssText = "position:fixed;inset:auto 1rem 1rem auto;z-index:900;max-width:min(44rem,calc(100vw - 2rem));max-height:45vh;overflow:auto;padding:.4rem .9rem;" +
      "margin:0;border-radius:10px;border:1px solid var(--warning);background:var(--bg);color:var(--text);font:14px/1.5 var(--mono);box-shadow:var(--shadow);overflow-wrap:anywhere";
    const summary = document.createElement("summary");
    summary.style.cssText = "cursor:pointer;color:var(--warning)";
    summary.textContent = warnings.length === 1 ? "1 warning on this page" : `${warnings.length} warnings on this page`;
    panel.append(summary, ...warnings.map(({where, message, suggestion}) => {
      const line = document.createElement("p"), place = document.createElement("strong");
      line.style.margin = "0 0 .5rem";
      place.textContent = where ? where + ": " : "";
      line.append(place, message, suggestion ? " (" + suggestion + ")" : "");
      return line;
    }));
    document.body.append(panel);
  };
  const events = new EventSource("/_preview/events?page=" + encodeURIComponent(page));
  let shown = "[]", listed = "[]";
  events.addEventListener("news", (event) => {
    const news = JSON.parse(event.data);
    if (news.version !== version && (news.version || version)) update();
    const errors = JSON.stringify(news.errors);
    if (errors !== shown) show(news.errors);
    shown = errors;
    const warnings = JSON.stringify(news.warnings);
    if (warnings !== listed) list(news.warnings);
    listed = warnings;
  });
  addEventListener("pagehide", () => events.close());
})();
