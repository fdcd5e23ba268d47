"""veneer generate --jobs: many pictures over one compiled pipeline, one JSON line for each."""
import json
import os
import subprocess
import unittest

from veneer_program import ADAPTERS, QUICK, TINY, ProgramTest, png_parameters, read_png, read_safetensors

PLAIN = ADAPTERS / "picture_sd1_plain.safetensors"
KOHYA = ADAPTERS / "picture_sd1_kohya.safetensors"
SMALL = ["--steps", "2", "--width", "16", "--height", "16"]


def lora(path, weight=1):
    return {"path": os.fspath(path), "weight": weight}


class Results(ProgramTest):
    def test_fields_of_each_line(self):
        done, results = self.run_jobs([{"prompt": "red apple", "output": "a.png"},
                                       {"prompt": "red apple", "output": "b.png", "loras": [lora(PLAIN)], "seed": 8},
                                       {"prompt": "red apple", "output": "c.png", "num_images": 2}], *SMALL)
        self.assertEqual(done.returncode, 0, done.stderr)
        for line, (result, output, seed, files) in enumerate(zip(
                results, ["a.png", "b.png", "c.png"], [42, 8, 42], [["a.png"], ["b.png"], ["c-1.png", "c-2.png"]],
                strict=True), start=1):
            self.assertEqual(set(result), {"line", "output", "files", "seed", "seconds", "swap_us", "compilations"})
            self.assertEqual((result["line"], result["output"], result["seed"]), (line, output, seed))
            self.assertEqual(result["files"], files)
            self.assertGreater(result["seconds"], 0)
            self.assertIsInstance(result["swap_us"], int)
        self.assertGreater(results[1]["swap_us"], 0)
        self.assertLess(results[1]["swap_us"], results[1]["seconds"] * 1e6)
        self.assert_wrote_only("a.png", "b.png", "c-1.png", "c-2.png")

    def test_only_a_new_size_compiles(self):
        styles = [[], [lora(PLAIN)], [lora(KOHYA, -2)], [lora(PLAIN, 0.5), lora(KOHYA)], []]
        jobs = [{"prompt": "fox", "output": f"{i}.safetensors", "loras": loras} for i, loras in enumerate(styles)]
        jobs.append({"prompt": "fox", "output": "wide.safetensors", "width": 24, "loras": [lora(PLAIN)]})
        jobs.append({"prompt": "fox", "output": "again.safetensors", "width": 24})
        done, results = self.run_jobs(jobs, *SMALL)
        self.assertEqual(done.returncode, 0, done.stderr)
        # text encoder, unet and decoder; then unet and decoder
        self.assertEqual([result["compilations"] for result in results], [3, 0, 0, 0, 0, 2, 0])
        pictures = [(self.folder / f"{i}.safetensors").read_bytes() for i in range(len(styles))]
        self.assertEqual(pictures[0], pictures[-1], "back at the base")
        self.assertEqual(len(set(pictures)), len(styles) - 1)

    def test_jobs_are_what_flags_make(self):
        jobs = [{"prompt": "red apple", "negative_prompt": "cat", "seed": 3, "steps": 3, "guidance_scale": 2.5, "width": 24,
                 "height": 16, "scheduler": "heun", "loras": [lora(PLAIN, -0.5)], "output": "job.safetensors"}]
        done, _ = self.run_jobs([{"prompt": "other", "output": "first.safetensors"}, *jobs])
        self.assertEqual(done.returncode, 0, done.stderr)
        by_flags = self.generate("--prompt", "red apple", "--negative-prompt", "cat", "--seed", "3", "--steps", "3",
                                 "--guidance-scale", "2.5", "--width", "24", "--height", "16", "--scheduler", "heun",
                                 "--lora", f"{PLAIN}:-0.5", output="flags.safetensors")
        self.assertEqual((self.folder / "job.safetensors").read_bytes(), by_flags.read_bytes())

    def test_latents_field(self):
        self.generate(*QUICK, "--latents", self.golden_noise(), output="flags.safetensors")
        done, _ = self.run_jobs([{"prompt": "red apple", "latents": os.fspath(self.golden_noise()),
                                  "output": "job.safetensors"}], *SMALL)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.folder / "job.safetensors").read_bytes(), (self.folder / "flags.safetensors").read_bytes())

    def golden_noise(self):
        """Latents of 16x16 pixels: those of a finished picture will do."""
        noise = self.folder / "noise.safetensors"
        return noise if noise.exists() else self.generate(*QUICK, "--seed", "1", output=noise.name)


class Input(ProgramTest):
    def test_file_with_empty_lines(self):
        (self.folder / "jobs.jsonl").write_text('\n{"prompt": "fox", "output": "a.png"}\n  \r\n'
                                                '{"prompt": "fox", "output": "b.png"}')
        done = self.run_well("generate", TINY, "--jobs", "jobs.jsonl", *SMALL)
        self.assertEqual([json.loads(line)["line"] for line in done.stdout.splitlines()], [2, 4])
        self.assertEqual((self.folder / "a.png").read_bytes(), (self.folder / "b.png").read_bytes())

    def test_each_line_is_answered_before_the_next_is_read(self):
        process = subprocess.Popen([os.environ["VENEER"], "generate", TINY, "--jobs", "-", *SMALL], cwd=self.folder,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for name in ["a.png", "b.png"]:
            process.stdin.write(json.dumps({"prompt": "fox", "output": name}) + "\n")
            process.stdin.flush()
            self.assertEqual(json.loads(process.stdout.readline())["output"], name)
        process.stdin.close()
        process.stdout.close()
        self.assertEqual(process.wait(60), 0)

    def test_flags_are_defaults_of_all_lines(self):
        done, results = self.run_jobs([{"prompt": "fox <lora:picture_sd1_kohya:0.5>", "output": "a.png"},
                                       {"prompt": "fox", "output": "b.png", "loras": [], "seed": 2}],
                                      *SMALL, "--seed", "11", "--lora", PLAIN, "--lora-dir", ADAPTERS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([result["seed"] for result in results], [11, 2])
        self.assertIn("<lora:picture_sd1_plain:1> <lora:picture_sd1_kohya:0.5>\n", png_parameters(self.folder / "a.png"))
        self.assertNotIn("lora", png_parameters(self.folder / "b.png"))

    def test_a_random_seed_is_told(self):
        done, results = self.run_jobs([{"prompt": "fox", "output": "random.png", "seed": -1}], *SMALL)
        self.assertEqual(done.returncode, 0, done.stderr)
        again = self.generate("--prompt", "fox", *SMALL, "--seed", str(results[0]["seed"]), output="again.png")
        self.assertEqual(read_png(self.folder / "random.png"), read_png(again))


class FailingLines(ProgramTest):
    BAD = [
        ('{"prompt": "fox", "output": "x.png", "loras": [{"path": "missing.safetensors"}]}', "missing.safetensors"),
        ('{"prompt": "fox", "output": "x.png", "width": 20}', "width: expected a multiple of 8"),
        ('{"prompt": "fox", "output": "x.png", "steps": 0}', "steps: expected"),
        ('{"prompt": "fox", "output": "x.png", "steps": "many"}', 'steps: expected a whole number from 1 to 2147483647, got "many"'),
        ('{"prompt": "fox", "output": "x.png", "promt": "x"}', 'unknown field "promt"; did you mean "prompt"?'),
        ('{"output": "x.png"}', 'expected a field "prompt"'),
        ('{"prompt": "fox", "output": "x.gif"}', "x.gif: expected a name that ends in .png, .webp or .safetensors"),
        ('{"prompt": "fox", "output": "no/folder/x.png"}', "no such folder"),
        ('{"prompt": "fox", "output": "x.png", "scheduler": "eular"}', "scheduler: expected one of euler"),
        ('{"prompt": "fox", "seed": 18446744073709551616}', "seed: expected a whole number"),
        ('{"prompt": "fox", "loras": [{"path": "a.safetensors", "weight": 1e300}]}', "loras: expected a list of"),
        ('{"prompt": "fox", "prompt": "twice"}', "stands twice"),
        ('{"prompt": "fox"', "not valid JSON"),
        ("[" * 10000, "nested deeper"),
        ('"fox"', "expected a JSON object"),
    ]

    def test_do_not_stop_the_others(self):
        good = '{"prompt": "fox", "output": "good-%d.safetensors", "loras": [{"path": "%s"}]}'
        lines = [good % (0, PLAIN)]
        for number, (line, _) in enumerate(self.BAD, start=1):
            lines += [line, good % (number, PLAIN)]
        done = self.veneer("generate", TINY, "--jobs", "-", *SMALL, stdin="\n".join(lines))
        self.assertEqual(done.returncode, 1, done.stderr)
        results = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([result["line"] for result in results], list(range(1, len(lines) + 1)))
        self.assertEqual(sum(result.get("compilations", 0) for result in results), 3)
        before = (self.folder / "good-0.safetensors").read_bytes()
        for number, (_, message) in enumerate(self.BAD, start=1):
            failed = results[2 * number - 1]
            self.assertEqual(set(failed), {"line", "error"})
            self.assertTrue(failed["error"].startswith(f"stdin:{2 * number}: "), failed["error"])
            self.assertIn(message, failed["error"])
            self.assertLess(len(failed["error"]), 1000)
            self.assertNotIn("error", results[2 * number])
            self.assertEqual((self.folder / f"good-{number}.safetensors").read_bytes(), before)
        self.assert_wrote_only(*(f"good-{i}.safetensors" for i in range(len(self.BAD) + 1)))

    def test_names_that_are_not_utf8_are_told_all_the_same(self):
        process = subprocess.run([os.environ["VENEER"], "generate", TINY, "--jobs", "-", *SMALL], cwd=self.folder,
                                 input=b'{"prompt": "\xff\xfe fox", "output": "x.png"}\n', capture_output=True)
        self.assertEqual(process.returncode, 1)
        self.assertIn("not valid JSON", json.loads(process.stdout)["error"])

    def test_pictures_before_a_failure_stay_whole(self):
        done, _ = self.run_jobs([{"prompt": "fox", "output": "same.safetensors"},
                                 {"prompt": "fox", "output": "same.safetensors", "loras": [lora("gone.safetensors")]}],
                                *SMALL)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(set(read_safetensors(self.folder / "same.safetensors")), {"images", "latents"})


if __name__ == "__main__":
    unittest.main()
