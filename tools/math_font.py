"""Writes apps/docs/site/assets/veneer-math.woff2: the part of Latin Modern Math that formulas need, under a name of its own.

    apt-get download fonts-lmodern && dpkg-deb -x fonts-lmodern_*.deb lmodern
    pip install fonttools brotli
    python3 tools/math_font.py lmodern/usr/share/texmf/fonts/opentype/public/lm-math/latinmodern-math.otf

The font is under the GUST Font License (apps/docs/site/assets/GUST-FONT-LICENSE.txt), which asks that changed fonts be
renamed. Without the variants of letters for small sizes ("ssty"), which would double its size.
"""

import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

CHARACTERS = """
20-7E A0 A7 A8 AC AF B0 B1 B4 B7 D7 F7 131 237 2C6 2C7 2D8-2DC 302 303 30C 338 391-3A9 3B1-3C9 3D1 3D5 3D6 3F0 3F1 3F5
2016 2020-2022 2026 2032-2037 20D7 210A-2135 2190-2199 21A6 21A9 21AA 21BC 21BD 21C0 21C1 21CC 21D0-21D4 21DD
2200-2213 2215-223D 2243-224D 2250-2254 225C 2260-226B 226E-2271 227A-228E 2291-229D 22A2-22A9 22B2-22B5 22BB 22BC
22C0-22C6 22EE-22F1 2308-230B 23DC-23E1 25A0 25A1 25B3 25BD 25C7 27C2 27E8 27E9 27F5-27FC 2A00-2A02 2A04 2A06 2A0C
2A7D 2A7E 2AAF 2AB0 1D400-1D4CF 1D504-1D551 1D5A0-1D5D3 1D670-1D6A3 1D6A4 1D6A5 1D6A8-1D755 1D7CE-1D7D7
"""


def code_points():
    for part in CHARACTERS.split():
        first, _, last = part.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def rename(font, name):
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            record.string = name.replace(" ", "") if record.nameID == 6 else name


def main(source):
    options = subset.Options(layout_features=[], hinting=False, flavor="woff2", drop_tables=["FFTM"], recalc_timestamp=False)
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=code_points())
    subsetter.subset(font)
    rename(font, "Veneer Math")
    font.flavor = "woff2"
    target = pathlib.Path(__file__).parent.parent / "apps/docs/site/assets/veneer-math.woff2"
    font.save(target)
    print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
