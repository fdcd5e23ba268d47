"""veneer bench: figures as lines of JSON. The other parts are timed on weights too large for a test."""
import json
import unittest

from veneer_program import ProgramTest


class Figures(ProgramTest):
    def test_decode(self):
        done = self.run_well("bench", "decode", "--size", "64", "--repeat", "2", "--threads", "2", "--profile")
        self.assertEqual(done.stderr, "")
        figure, *profile = [json.loads(line) for line in done.stdout.splitlines()]
        peak, least, median = figure.pop("peak_rss_mb"), figure.pop("min_s"), figure.pop("median_s")
        self.assertEqual(figure, {"what": "decode", "config": "sd15", "size": 64, "batch": 1, "precision": "f32",
                                  "threads": 2, "repeat": 2})
        self.assertGreater(peak, 1)
        self.assertGreater(least, 0)
        self.assertGreaterEqual(median, least)
        self.assertIn("conv2d 3x3", [line["kind"] for line in profile])
        self.assertAlmostEqual(sum(line["share"] for line in profile), 1, places=6)
        self.assert_wrote_only()


if __name__ == "__main__":
    unittest.main()
