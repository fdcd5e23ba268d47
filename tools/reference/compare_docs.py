"""Compares a site of veneer-docs with doc-builder's of the same pages: anchors, parameters and links, page by page.

    doc-builder build diffusers DIFFUSERS/docs/source/en --build_dir THEIRS --version main --html
    veneer-docs build diffusers DIFFUSERS/docs/source/en --build-dir OURS --version main
    python tools/reference/compare_docs.py THEIRS/diffusers/main/en OURS/diffusers/main/en

Prints what doc-builder's page has and Veneer's has not (-), and parameter lists that differ (!), then the totals. Links count as
often as they stand on a page; the one to the page's own source is left out, and the second of two that say the same return type.
Exits with 1 when a page is missing, an id stands twice on a page of Veneer's, or less than 99 % of the anchors are there.
"""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

LEAST_ANCHORS = 0.99
BASE = "https://site/"
OWN_SOURCE = "/-src/docs/"  # in the address of "Update on GitHub"


@dataclass
class Page:
    ids: Counter = field(default_factory=Counter)
    links: Counter = field(default_factory=Counter)
    references: int = 0
    parameters: dict = field(default_factory=dict)  # anchor of an object -> the names in its signature


class PageReader(HTMLParser):
    """What both readers share: the ids and links of a page."""

    def __init__(self, path, root):
        super().__init__()
        self.page = Page()
        self.url = BASE + path
        self.root = root
        self.library = root.split("/")[1]
        self.anchor = ""  # of the object whose signature is read
        self.name = None  # of a parameter, while it is read

    def address(self, href):
        """The page of the site and the anchor that a link leads to, or a whole address."""
        url, anchor = urldefrag(urljoin(self.url, href))
        if not url.startswith(BASE):
            return url, anchor
        page = url.removeprefix(BASE).removeprefix(self.root).removesuffix(".html").removesuffix(".md")
        return unquote(page), unquote(anchor)

    def add_link(self, href, is_reference):
        """A reference is known by its anchor: an object may be documented on several pages."""
        if not href or OWN_SOURCE in href:
            return
        page, anchor = self.address(href)
        is_object = ":" not in page and anchor.startswith(self.library + ".")
        self.page.links["" if is_object else page, anchor] += 1
        self.page.references += is_object and is_reference

    def start_parameters(self, anchor):
        """An object that is documented twice on a page counts once."""
        self.anchor = anchor if anchor not in self.page.parameters else ""
        self.page.parameters.setdefault(anchor, [])

    def handle_data(self, data):
        if self.name is not None:
            self.name += data

    def end_name(self):
        if self.name is not None and self.anchor:
            self.page.parameters[self.anchor].append(self.name.strip())
        self.name = None


class DocBuilderReader(PageReader):
    in_signature = False

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        classes = (attributes.get("class") or "").split()
        if anchor := attributes.get("id"):
            self.page.ids[anchor] += 1
            if tag == "span" and "group" in classes:
                self.start_parameters(anchor)
        # The type that is returned stands in the signature and below it.
        self.in_signature = self.in_signature or (tag == "p" and "font-mono" in classes)
        if tag == "a" and "header-link" not in classes and not self.in_signature:
            self.add_link(attributes.get("href"), True)
        if "comma" in classes:
            self.name = ""
        elif "opacity-60" in classes:
            self.end_name()

    def handle_endtag(self, tag):
        if tag == "p":
            self.in_signature = False


class VeneerReader(PageReader):
    reading = False  # only what stands inside <article>

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        classes = (attributes.get("class") or "").split()
        anchor = attributes.get("id")
        if anchor:
            self.page.ids[anchor] += 1
        if tag == "article":
            self.reading = True
        if not self.reading:
            return
        if "object-name" in classes:
            self.start_parameters(anchor)
        if tag == "a" and "permalink" not in classes:
            self.add_link(attributes.get("href"), "ref" in classes)
        if "sig-param" in classes:
            self.name = ""
        elif "sig-type" in classes or "sig-default" in classes:
            self.end_name()

    def handle_endtag(self, tag):
        if tag == "article":
            self.reading = False
        if tag == "span":
            self.end_name()


def read_site(folder, reader, root):
    pages = {}
    for file in sorted(folder.rglob("*.html")):
        path = file.relative_to(folder).with_suffix("").as_posix()
        page = reader(root + path, root)
        page.feed(file.read_text(encoding="utf-8"))
        page.close()
        pages[path] = page.page
    return pages


def compare(theirs, ours):
    totals = Counter()
    for path, their in theirs.items():
        our = ours.get(path)
        if our is None:
            totals["pages missing"] += 1
            print(f"{path}: no such page")
            continue
        differences = [f"- anchor {anchor}" for anchor in their.ids if anchor not in our.ids]
        totals["anchors"] += len(their.ids)
        totals["anchors missing"] += len(differences)

        missing = their.links - our.links
        differences += [f"- link {page}{'#' if anchor else ''}{anchor} ({n})" for (page, anchor), n in missing.items()]
        totals["links"] += their.links.total()
        totals["links missing"] += missing.total()
        totals["references"] += their.references
        totals["references, Veneer's"] += our.references

        for anchor, names in their.parameters.items():
            totals["signatures"] += 1
            if anchor in our.ids and our.parameters.get(anchor, []) != names:
                totals["signatures that differ"] += 1
                differences.append(f"! {anchor}({', '.join(names)}): ({', '.join(our.parameters.get(anchor, []))})")
        for line in differences:
            print(f"{path}: {line}")
    for path, our in ours.items():
        for anchor, count in our.ids.items():
            if count > 1:
                totals["ids that stand twice"] += 1
                print(f"{path}: {anchor} stands {count} times")
    return totals


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("theirs", type=Path, help="folder of doc-builder's site: DIR/LIB/VERSION/LANGUAGE")
    parser.add_argument("ours", type=Path, help="folder of Veneer's site")
    arguments = parser.parse_args()
    root = "docs/" + "/".join(arguments.theirs.resolve().parts[-3:]) + "/"
    theirs = read_site(arguments.theirs, DocBuilderReader, root)
    ours = read_site(arguments.ours, VeneerReader, root)
    totals = compare(theirs, ours)
    print()
    for name, count in totals.items():
        print(f"{name:24}{count:8}")
    found = 1 - totals["anchors missing"] / max(1, totals["anchors"])
    print(f"{'anchors found':24}{found:8.2%}")
    return 1 if totals["pages missing"] or totals["ids that stand twice"] or found < LEAST_ANCHORS else 0


if __name__ == "__main__":
    sys.exit(main())
