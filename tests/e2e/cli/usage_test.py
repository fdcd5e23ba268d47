"""What veneer says to a line that makes no sense, with exit status 2, or that cannot be done, with exit status 1."""
import json
import os
import unittest

from veneer_program import ADAPTERS, DEMO, QUICK, TINY, ProgramTest, Tensor, read_safetensors, write_safetensors

PLAIN = ADAPTERS / "picture_sd1_plain.safetensors"
INK = DEMO / "adapters/ink.safetensors"
TAGGED = ["generate", TINY, "--lora-dir", DEMO / "adapters", "--prompt"]
PROMPT = ["generate", TINY, "--prompt", "fox"]
ATTENTION = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1"


class Usage(ProgramTest):
    LINES = [
        ([], "expected a command: generate, inspect, bench, sheet"),
        (["genrate", TINY], "unknown command genrate; did you mean generate?"),
        (["paint"], "unknown command paint; expected one of generate, inspect, bench, sheet"),
        (["generate"], "MODEL is required"),
        (["generate", TINY], "generate: expected --prompt or --jobs"),
        (["generate", TINY, "--promt", "fox"], "unknown flag --promt; did you mean --prompt?"),
        ([*PROMPT, "--eta", "0"], "unknown flag --eta; expected one of --help, --prompt, --negative-prompt, "),
        ([*PROMPT, "-"], "not expected: -"),
        ([*PROMPT, "fox"], "not expected: fox"),
        ([*PROMPT, "--jobs", "-"], "--prompt excludes --jobs"),
        (["generate", TINY, "--prompt"], "--prompt: 1 required TEXT missing"),
        ([*PROMPT, "--seed", "-2"], '--seed: expected a whole number from 0 to 18446744073709551615, or -1'),
        ([*PROMPT, "--steps", "0"], '--steps: expected a whole number from 1 to 2147483647, got "0"'),
        ([*PROMPT, "--steps", "2.5"], '--steps: expected a whole number from 1 to 2147483647, got "2.5"'),
        ([*PROMPT, "--width", "20"], '--width: expected a multiple of 8 from 8 to 8192, got "20"'),
        ([*PROMPT, "--height", "8200"], '--height: expected a multiple of 8 from 8 to 8192, got "8200"'),
        ([*PROMPT, "--num-images", "65"], '--num-images: expected a whole number from 1 to 64, got "65"'),
        ([*PROMPT, "--guidance-scale", "nan"], '--guidance-scale: expected a finite number, got "nan"'),
        ([*PROMPT, "--scheduler", "eular"], "--scheduler: expected one of euler, "),
        ([*PROMPT, "--lora", f"{INK}:much"], f'--lora: {INK}: expected a number as weight, got "much"'),
        ([*PROMPT, "--lora", f"{INK}:inf"], f'--lora: {INK}: expected a number as weight, got "inf"'),
        ([*PROMPT, "--output", "fox.gif"], "--output: fox.gif: expected a name that ends in .png, .webp or .safetensors"),
        ([*PROMPT, "--adapter-mode", "fast"], '--adapter-mode: expected auto, merge or branch, got "fast"'),
        ([*PROMPT, "--adapter-cache", "4X"], '--adapter-cache: expected bytes, as 512M or 4G, got "4X"'),
        ([*PROMPT, "--precision", "bf16"], "--precision: bf16: not supported yet: expected auto or f32"),
        ([*PROMPT, "--threads", "0"], '--threads: expected a whole number from 1 to 4096, got "0"'),
        (["generate", TINY, "--prompt", "fox <lora:ink>"], "prompt: <lora:ink>: expected --lora-dir"),
        ([*PROMPT, "--negative-prompt", "<lora:ink>"], "--negative-prompt: <lora:...>: adapters act on the whole picture"),
        ([*TAGGED, "<lora:ink"], 'prompt: <lora:ink: expected ">" at the end of the tag'),
        ([*TAGGED, "<lora::1>"], "prompt: <lora::1>: expected a name"),
        ([*TAGGED, "<lora:ink:much>"], 'prompt: <lora:ink:much>: expected a number as weight, got "much"'),
        ([*TAGGED, "<lora:ink:1:0.5>"], "separate weights for text encoder and unet are not supported"),
        ([*TAGGED, "<LoRA:ink:1:lbw=OUTALL>"], "block weights (lbw=) are not supported yet"),
        ([*TAGGED, "<lora:ink:0@1>"], "weights that change with the step are not supported"),
        ([*TAGGED, "<lyco:ink:1>"], "prompt: <lyco:ink:1>: not supported: only <lora:name:weight> is"),
        (["inspect"], "PATH is required"),
        (["bench"], "WHAT is required"),
        (["bench", "steps"], 'WHAT: expected one of step, decode, swap, load, got "steps"'),
        (["bench", "step", "--config", "sd14"], '--config: expected one of sd15, sd21, got "sd14"'),
        (["bench", "step", "--size", "100"], "--size: expected a multiple of 64, got 100"),
    ]

    def test_a_scheduler_of_other_models_is_refused(self):
        done = self.veneer(*PROMPT, "--scheduler", "flow_match_euler")
        self.assert_fails(done, 1, "scheduler: expected one of ddim, pndm, euler")

    def test_each_line(self):
        for arguments, message in self.LINES:
            with self.subTest(arguments):
                done = self.veneer(*arguments)
                self.assert_fails(done, 2, message)
                self.assertEqual(done.stderr.splitlines()[1:], ["Try: veneer --help, or veneer COMMAND --help"])
                self.assertEqual(done.stdout, "")
        self.assert_wrote_only()

    def test_help_and_version_are_answers(self):
        for arguments in [["--help"], ["generate", "--help"], ["--version"]]:
            done = self.run_well(*arguments)
            self.assertEqual(done.stderr, "")
            self.assertRegex(done.stdout, r"^(veneer \d|[A-Z].*\nUsage: veneer )")


class Models(ProgramTest):
    def test_what_is_missing_or_unknown_is_named(self):
        self.assert_fails(self.veneer("generate", "gone", "--prompt", "fox"), 1,
                          "gone/model_index.json: cannot open: No such file or directory")
        self.assert_fails(self.veneer("generate", INK, "--prompt", "fox"), 1, f"veneer: {INK}: expected a diffusers "
                          "folder (with model_index.json), got an adapter, which is applied to a model")
        for file, change, message in [
                ("unet/config.json", {"dropuot": 0.5},
                 "expected a field of UNet2DConditionModel (the nearest is dropout), got dropuot = 0.5: not supported"),
                ("unet/config.json", {"use_linear_projection": "yes"}, "config.json: use_linear_projection: expected"),
                ("unet/config.json", {"addition_embed_type": "text_time"}, "config.json: addition_embed_type: expected"),
                ("unet/config.json", {"down_block_types": ["DownBlock2D", "KDownBlock2D"]}, "KDownBlock2D"),
                ("unet/config.json", {"sample_size": [64, 32]}, "sample_size: expected an integer from 1 to 1024, got [64,32]"),
                ("model_index.json", {"_class_name": "KolorsPipeline"}, "_class_name: expected"),
                ("model_index.json", None, "model_index.json: ")]:
            with self.subTest(file=file, change=change):
                model = self.changed_model(file, change)
                self.assert_fails(self.veneer("generate", model, "--prompt", "fox"), 1, os.path.basename(file) + ": ", message)
        model = self.changed_model("model_index.json", {"scheduler": ["diffusers", "DDPMScheduler"]})
        self.assert_fails(self.veneer("generate", model, "--prompt", "fox"), 1,
                          "scheduler: expected one of DDIMScheduler, ",
                          "got \"DDPMScheduler\": not supported; --scheduler NAME replaces the model's own")
        self.run_well("generate", model, *QUICK, "--scheduler", "DPM++ 2M Karras")

    def changed_model(self, file, change):
        """The tiny model, but for one file."""
        model = self.folder / f"model-{len(list(self.folder.iterdir()))}"
        for folder, _, files in os.walk(TINY):
            there = model / os.path.relpath(folder, TINY)
            there.mkdir(parents=True, exist_ok=True)
            for name in files:
                (there / name).symlink_to(os.path.join(folder, name))
        config = json.loads((TINY / file).read_text())
        (model / file).unlink()
        (model / file).write_text("{" if change is None else json.dumps({**config, **change}))
        return model

    def test_a_tensor_of_another_shape(self):
        model = self.changed_model("vae/config.json", {})
        weights = next((TINY / "vae").glob("*.safetensors"))
        tensors = read_safetensors(weights)
        tensors["post_quant_conv.bias"] = Tensor("F32", [5], bytes(20))
        (model / "vae" / weights.name).unlink()
        write_safetensors(model / "vae" / weights.name, tensors)
        self.assert_fails(self.veneer("generate", model, "--prompt", "fox"), 1, f"{model}/vae",
                          "post_quant_conv.bias: expected [4], got f32[5]")


class Adapters(ProgramTest):
    def assert_refuses(self, adapter, *parts):
        self.assert_fails(self.veneer(*PROMPT, "--lora", adapter, "--output", "fox.png"), 1, os.fspath(adapter), *parts)
        self.assertFalse((self.folder / "fox.png").exists())

    def write(self, changes):
        """An adapter of one layer, but for some tensors; None leaves one out."""
        tensors = {f"{ATTENTION}.to_q.lora_A.weight": Tensor("F32", [2, 16], bytes(128)),
                   f"{ATTENTION}.to_q.lora_B.weight": Tensor("F32", [16, 2], bytes(128))}
        tensors.update({f"{ATTENTION}.{name}": tensor for name, tensor in changes.items()})
        return write_safetensors(self.folder / "adapter.safetensors",
                                 {name: tensor for name, tensor in tensors.items() if tensor})

    def test_missing_file(self):
        self.assert_refuses(DEMO / "adapters/inc.safetensors", "no such file or folder; did you mean ink.safetensors?")
        self.assert_refuses(DEMO / "adapters/flatt", "no such file or folder; did you mean flat.safetensors?")
        (self.folder / "inked").mkdir()  # not an adapter's
        for path in ["/nope.safetensors", "inker.safetensors", "a" * 300 + ".safetensors"]:
            done = self.veneer(*PROMPT, "--lora", path)
            self.assert_fails(done, 1, f"veneer: {path}: no such file or folder")
            self.assertNotIn("did you mean", done.stderr)
        self.assert_fails(self.veneer(*TAGGED, "fox <lora:inc>"), 1, "<lora:inc>: no such adapter in",
                          "did you mean ink; there are: ink, flat, gloss")

    def test_tensors_that_do_not_fit(self):
        nan = Tensor("F32", [16, 2], b"\0\0\xc0\x7f" * 32)
        for changes, message in [
                ({}, None),
                ({"to_q.lora_B.weight": None}, f"{ATTENTION}.to_q.lora_A.weight: the up tensor of {ATTENTION}.to_q is missing"),
                ({"to_q.lora_A.weight": Tensor("F32", [2, 15], bytes(120))}, "to_q: expected down [rank,16], got f32[2,15]"),
                ({"to_q.lora_B.weight": Tensor("F32", [15, 2], bytes(120))}, "to_q: expected up [16,rank], got f32[15,2]"),
                ({"to_q.lora_B.weight": Tensor("F32", [16, 3], bytes(192))},
                 f"to_q.lora_B.weight: expected rank 2 as in {ATTENTION}.to_q.lora_A.weight (f32[2,16]), got f32[16,3]"),
                ({"to_q.lora_B.weight": nan}, "to_q.lora_B.weight: expected finite values, got NaN or infinity"),
                ({"to_q.lora_A.weight": Tensor("I32", [2, 16], bytes(128))},
                 "to_q.lora_A.weight: expected f32, f16, bf16 or f64, got i32[2,16]"),
                ({"to_w.lora_A.weight": Tensor("F32", [2, 16], bytes(128)),
                  "to_w.lora_B.weight": Tensor("F32", [16, 2], bytes(128))},
                 f"{ATTENTION}.to_w: the model has no such layer; the nearest is {ATTENTION}.to_"),
                ({"to_q.oft_blocks": Tensor("F32", [16], bytes(64))}, "OFT")]:
            with self.subTest(message):
                if message is None:
                    self.run_well(*PROMPT, "--steps", "1", "--lora", self.write(changes), "--output", "well.png")
                else:
                    self.assert_refuses(self.write(changes), message)

    def test_weights_beyond_what_f32_holds(self):
        self.assert_fails(self.veneer(*PROMPT, "--lora", f"{PLAIN}:1e30", "--steps", "1", "--output", "fox.png"), 1,
                          "latents: expected finite values, got NaN or infinity")
        self.assert_wrote_only()

    def test_files_that_are_no_adapters(self):
        cut = self.folder / "cut.safetensors"
        cut.write_bytes(PLAIN.read_bytes()[:-5])
        self.assert_refuses(cut, "do not lie within")
        (self.folder / "text.safetensors").write_text("not weights at all")
        self.assert_refuses(self.folder / "text.safetensors", "expected")
        (self.folder / "adapter.ckpt").write_bytes(PLAIN.read_bytes())
        self.assert_refuses(self.folder / "adapter.ckpt", "expected a .safetensors file or a folder")


class OtherFiles(ProgramTest):
    def test_outputs_that_cannot_be_written(self):
        self.assert_fails(self.veneer(*PROMPT, "--output", "no/fox.png"), 1, "output: no/fox.png: no such folder: no")
        (self.folder / "folder.png").mkdir()
        self.assert_fails(self.veneer(*PROMPT, "--output", "folder.png"), 1, "folder.png: expected a file, got a folder")
        self.assert_wrote_only("folder.png")

    def test_jobs_that_cannot_be_read(self):
        self.assert_fails(self.veneer("generate", TINY, "--jobs", "gone.jsonl"), 1, "--jobs: gone.jsonl: cannot open")
        self.assert_fails(self.veneer("generate", TINY, "--jobs", "."), 1, "--jobs: .: cannot read")

    def test_latents_that_do_not_fit(self):
        self.assert_fails(self.veneer(*PROMPT, "--latents", INK), 1, f"{INK}: there is no tensor latents")
        small = write_safetensors(self.folder / "small.safetensors", {"latents": Tensor("F32", [1, 4, 2, 2], bytes(64))})
        self.assert_fails(self.veneer(*PROMPT, "--latents", small), 1,
                          "latents: expected floating point [1,4,", "got f32[1,4,2,2]")


if __name__ == "__main__":
    unittest.main()
