"""Every page of a built site at five widths: nothing makes a page wider than its window.

usage: width_test.py VENEER_DOCS          builds project/ and Veneer's own documentation, and looks at all their pages
       width_test.py --site FOLDER        looks at the pages of a site that is there
Prints a line for each page that can be scrolled sideways, with what sticks out. Exit status: 0, 1 or 77 (there is no
Chromium: nothing was tested).
"""
import pathlib
import subprocess
import sys
import tempfile

import browser

SKIPPED = 77
HERE = pathlib.Path(__file__).resolve().parent
WIDTHS = [360, 390, 768, 1024, 1280]
# What sticks out: the innermost elements beyond the right edge that nothing around them scrolls or cuts.
STICKS_OUT = """
const edge = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth <= edge) return [];
const held = (element) => { for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) if (getComputedStyle(up).overflowX !== "visible") return true; return false; };
const out = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > edge + 1 && !held(element));
return out.filter((element) => !out.some((other) => other !== element && element.contains(other)))
  .slice(0, 3).map((element) => element.outerHTML.slice(0, 160).replaceAll("\\n", " ")).concat(["width " + document.documentElement.scrollWidth]);
"""


def too_wide(page, site):
    """The number of pages, and what is wrong: (path, width, what sticks out)."""
    pages = sorted(site.rglob("*.html"))
    wrong = []
    for path in pages:
        page.look(width=WIDTHS[0])
        page.open(path.as_uri())
        if page.run("return !document.querySelector('main')"):
            continue  # it leads to another
        for width in WIDTHS:
            page.look(width=width)
            if sticking := page.run(STICKS_OUT):
                wrong.append((path.relative_to(site), width, sticking))
    return len(pages), wrong


def built(program, folder, library, docs):
    subprocess.run([program, "build", library, str(docs), "--build-dir", str(folder)], check=True,
                   stdout=subprocess.DEVNULL)
    return folder / library


def main():
    if not browser.installed():
        print("skipped: chromium and chromedriver are not installed")
        return SKIPPED
    failed = False
    page = browser.Browser()
    with tempfile.TemporaryDirectory(prefix="veneer-width-") as folder:
        sites = ([pathlib.Path(sys.argv[2])] if sys.argv[1] == "--site" else
                 [built(sys.argv[1], pathlib.Path(folder), "demo", HERE / "project/docs/source/en"),
                  built(sys.argv[1], pathlib.Path(folder), "veneer", HERE.parents[2] / "docs")])
        try:
            for site in sites:
                count, wrong = too_wide(page, site)
                failed |= bool(wrong) or not count
                print(f"{site.name}: {len({path for path, _, _ in wrong})} of {count} pages scroll sideways")
                for path, width, sticking in wrong:
                    print(f"  {path} at {width} px: " + "\n      ".join(sticking))
        finally:
            page.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
