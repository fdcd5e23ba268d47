"""veneer inspect: adapters, models and checkpoints; and whether an adapter fits a model."""
import unittest

from veneer_program import ADAPTERS, DEMO, GOLDEN, TINY, ProgramTest, Tensor, write_safetensors

SD2 = GOLDEN / "tiny/sd2"


class Adapter(ProgramTest):
    def test_modules_ranks_alphas_and_dialect(self):
        text = self.run_well("inspect", ADAPTERS / "picture_sd1_kohya.safetensors").stdout
        self.assertRegex(text, r"(?m)^names     kohya$")
        self.assertRegex(text, r"(?m)^modules   \d+: \d+ in text_encoder, \d+ in unet$")
        self.assertRegex(text, r"(?m)^ranks     \d+(, \d+)+$")
        self.assertRegex(text, r"(?m)^alphas    [\d.]+(, [\d.]+)+ \(from: tensor\)$")
        self.assertRegex(text, r"(?m)^unet\.\S+conv1 +conv 3x3  LoRA +\d+ +[\d.]+  tensor +\d+ x \d+  \w+$")

    def test_each_dialect_is_told(self):
        for file, dialect in [("peft", "peft"), ("diffusers", "diffusers"), ("diffusers_old", "diffusers-old"),
                              ("kohya", "kohya")]:
            text = self.run_well("inspect", ADAPTERS / f"{file}.safetensors").stdout
            self.assertRegex(text, rf"(?m)^names     (\S+\+)?{dialect}(\+\S+)?$")

    def test_that_fits(self):
        for adapter in sorted((DEMO / "adapters").iterdir()):
            text = self.run_well("inspect", adapter, "--model", DEMO).stdout
            self.assertRegex(text, r"(?m)^model     \S+: (\d+) of \1 modules match; \1 of its \d+ layers are adapted$")
            self.assertNotIn("no match", text)

    def test_that_does_not_fit(self):
        done = self.veneer("inspect", ADAPTERS / "picture_sd1_plain.safetensors", "--model", SD2)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "")
        self.assertRegex(done.stdout, r"(?m)^model     \S+: \d+ of \d+ modules match")
        self.assertRegex(done.stdout, r"(?m)^no match  text_encoder\.\S+: expected down \[rank,24\], got f16\[2,32\]$")

    def test_that_fits_in_part(self):
        half = {"A": Tensor("F32", [2, 16], bytes(128)), "B": Tensor("F32", [16, 2], bytes(128))}
        block = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1"
        tensors = {f"{block}.{layer}.lora_{part}.weight": tensor
                   for layer in ["to_q", "to_kk"] for part, tensor in half.items()}
        adapter = write_safetensors(self.folder / "half.safetensors", tensors)
        done = self.veneer("inspect", adapter, "--model", TINY)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r": 1 of 2 modules match; 1 of its \d+ layers are adapted\n"
                                      rf"no match  {block}\.to_kk: the model has no such layer; "
                                      rf"the nearest is {block}\.to_k\n$")


class Models(ProgramTest):
    def test_folder(self):
        text = self.run_well("inspect", DEMO).stdout
        self.assertRegex(text, r"^model     \S+: pictures of 64x64, \d+ layers that adapters can act on\n")
        for component in ["text_encoder", "unet", "vae"]:
            self.assertRegex(text, rf"(?m)^{component} +\d+ +[\d.]+ M +[\d.]+ MB  \w+")

    def test_component_in_shards(self):
        text = self.run_well("inspect", TINY / "unet").stdout
        self.assertRegex(text, r"(?m)^conv_in\.weight  \w+\[16,4,3,3\]$")

    def test_checkpoint_with_metadata(self):
        path = write_safetensors(self.folder / "any.safetensors", {"x": Tensor("I64", [1, 2], bytes(16))}, {"by": "me"})
        text = self.run_well("inspect", path).stdout
        self.assertIn("\nx  i64[1,2]\nmetadata  by: me\n", text)


class Failures(ProgramTest):
    def test_name_what_is_wrong(self):
        self.assert_fails(self.veneer("inspect", "nothing.safetensors"), 1, "nothing.safetensors: no such file")
        self.assert_fails(self.veneer("inspect", "a" * 300), 1, "a: no such file or folder")
        self.assert_fails(self.veneer("inspect", DEMO, "--model", DEMO), 1, "--model: expected an adapter")
        self.assert_fails(self.veneer("inspect", DEMO / "adapters/ink.safetensors", "--model", "gone"), 1,
                          "gone/model_index.json: cannot open")
        (self.folder / "empty").mkdir()
        self.assert_fails(self.veneer("inspect", "empty"), 1, "empty: expected adapter_config.json or one .safetensors")
        self.assert_fails(self.veneer("inspect"), 2, "PATH is required")


if __name__ == "__main__":
    unittest.main()
