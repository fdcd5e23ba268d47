"""./dev, with every program that it would call replaced by one that writes down what it was asked for."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ONLY_FOR_DOCS = ["npm", "libclang-14-dev", "libtree-sitter-dev", "libmd4c-dev", "libyaml-cpp-dev", "libcpp-httplib-dev"]


class Dev(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="veneer-dev-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        shutil.copy(ROOT / "dev", self.folder)
        for name in ["apt-get", "cmake", "sudo", "tools/demo.sh"]:
            self.program(name, f'echo "{name} $*" >>"$CALLS"')
        self.program("sudo", '"$@"')
        self.program("env", 'while [[ $1 == *=* ]]; do shift; done; "$@"')
        self.program("dpkg-query", "exit 1")  # nothing is installed
        for name in ["bash", "dirname", "id", "nproc"]:
            (self.folder / "bin" / name).symlink_to(shutil.which(name))

    def program(self, name, body):
        path = self.folder / (name if "/" in name else f"bin/{name}")
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!{shutil.which('bash')}\n{body}\n")
        path.chmod(0o755)

    def calls(self, *arguments):
        """What `./dev ARGUMENTS` called, a line each."""
        log = self.folder / "calls"
        log.write_text("")
        subprocess.run([self.folder / "dev", *arguments], check=True, stdout=subprocess.DEVNULL,
                       env={"PATH": str(self.folder / "bin"), "CALLS": str(log)})
        return log.read_text().splitlines()

    def installed(self, calls):
        return {word for call in calls if call.startswith("apt-get install") for word in call.split()}

    def test_demo_needs_only_the_engine(self):
        calls = self.calls("demo", "--threads", "1")
        self.assertFalse(self.installed(calls) & set(ONLY_FOR_DOCS))
        self.assertIn("libdnnl-dev", self.installed(calls))
        self.assertEqual(calls[-3:], ["cmake --preset engine", "cmake --build --preset release --target veneer",
                                      "tools/demo.sh build/release/apps/cli/veneer --threads 1"])

    def test_build_after_demo_configures_the_rest(self):
        (self.folder / "build/release").mkdir(parents=True)
        (self.folder / "build/release/build.ninja").touch()
        calls = self.calls("build")
        self.assertLessEqual(set(ONLY_FOR_DOCS), self.installed(calls))
        self.assertEqual(calls[-2:], ["cmake --preset release", "cmake --build --preset release"])
        (self.folder / "build/release/apps/docs").mkdir(parents=True)
        self.assertEqual(self.calls("build")[-1], "cmake --build --preset release")
        self.assertNotIn("cmake --preset release", self.calls("build"))


if __name__ == "__main__":
    unittest.main()
