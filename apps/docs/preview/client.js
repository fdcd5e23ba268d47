// Keeps a page of the preview up to date: loads it anew where the reader stands, and shows what is wrong.
(() => {
  const {page, version} = document.currentScript.dataset;
  const key = "veneer-preview " + location.pathname;
  const saved = sessionStorage.getItem(key);
  if (saved !== null) {
    sessionStorage.removeItem(key);
    const restore = () => scrollTo({left: 0, top: Number(saved), behavior: "instant"});
    restore();
    addEventListener("load", restore, {once: true});
  }
  const reload = () => {
    sessionStorage.setItem(key, String(scrollY));
    location.reload();
  };
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
  const events = new EventSource("/_preview/events?page=" + encodeURIComponent(page));
  let shown = "[]";
  events.addEventListener("news", (event) => {
    const news = JSON.parse(event.data);
    if (news.version !== version && (news.version || version)) return reload();
    const errors = JSON.stringify(news.errors);
    if (errors !== shown) show(news.errors);
    shown = errors;
  });
  addEventListener("pagehide", () => events.close());
})();
