"""veneer-docs check, check-links and build as commands: exit statuses, and what they print.

usage: check_test.py VENEER_DOCS
Exit status: 0, or 1 (a test failed).
"""
import json
import pathlib
import subprocess
import sys
import tempfile

GOOD = {
    "_toctree.yml": "- local: index\n  title: Start\n- local: other\n  title: Other\n",
    "index.md": "# Start\n\n[other](other)\n",
    "other.md": "# Other\n",
}
WITH_A_WARNING = {**GOOD, "index.md": "# Start\n\n[other](othr)\n\n![](picture.png)\n"}
WITH_A_BROKEN_PAGE = {**GOOD, "other.md": "# Other\n\n[[autodoc]] lib.Nothing\n"}


class Project:
    """A docs folder of its own, and the program run on it."""

    def __init__(self, program, files):
        self.program = program
        self.folder = tempfile.TemporaryDirectory(prefix="veneer-e2e-")
        self.root = pathlib.Path(self.folder.name)
        package = self.root / "lib"
        package.mkdir()
        (package / "__init__.py").write_text("")
        (self.root / "docs").mkdir()
        self.write(files)

    def write(self, files):
        for name, text in files.items():
            (self.root / "docs" / name).write_text(text)

    def run(self, *arguments):
        return subprocess.run([self.program, *arguments], cwd=self.root, capture_output=True, text=True)

    def site(self):
        return self.root / "build/lib/main/en"


def test_nothing_found(program):
    done = Project(program, GOOD).run("check", "docs")
    assert done.returncode == 0, done
    assert done.stdout == "2 pages checked: 0 findings\n", done


def test_something_found(program):
    project = Project(program, WITH_A_WARNING)
    done = project.run("check", "docs")
    assert done.returncode == 1, done
    lines = done.stdout.splitlines()
    assert lines[0] == ("docs/index.md:3: warning: the link `othr` leads to no page or file [broken-link]; "
                        "did you mean `other`?"), done
    assert lines[-1] == "2 pages checked: 3 findings (1 broken-link, 1 missing-alt, 1 missing-image)", done
    assert sorted(path.name for path in project.root.iterdir()) == ["docs", "lib"], "a check writes nothing"


def test_json(program):
    done = Project(program, WITH_A_WARNING).run("check", "docs", "--format", "json")
    assert done.returncode == 1, done
    report = json.loads(done.stdout)
    assert report["pages"] == 2
    assert report["counts"] == {"broken-link": 1, "missing-alt": 1, "missing-image": 1}
    assert report["findings"][0] == {
        "file": "docs/index.md", "line": 3, "severity": "warning", "rule": "broken-link",
        "message": "the link `othr` leads to no page or file", "suggestion": "did you mean `other`?"}


def test_wrong_use(program):
    project = Project(program, GOOD)
    for arguments in [], ["nowhere"], ["docs", "--format", "xml"], ["docs", "--no-such-option"]:
        done = project.run("check", *arguments)
        assert done.returncode == 2, (arguments, done)
        assert done.stdout == "" and done.stderr != "", (arguments, done)


def test_help_names_the_rules_and_statuses(program):
    done = Project(program, GOOD).run("check", "--help")
    assert done.returncode == 0
    for text in "broken-link", "bad-sample", "unlisted-page", "--format", "Exit status: 0":
        assert text in done.stdout, text


def test_check_links_reports_links_alone(program):
    project = Project(program, WITH_A_WARNING)
    done = project.run("check-links", "docs", "--format", "list", "--max_workers", "3", "--no-progress")
    assert done.returncode == 1, done
    assert done.stdout == ("docs/index.md:3 - the link `othr` leads to no page or file\n"
                           "docs/index.md:5 - the image `picture.png` is no file of this site\n"), done
    project.write(GOOD)
    assert project.run("check-links", "docs").returncode == 0


def test_strict_makes_warnings_errors(program):
    project = Project(program, WITH_A_WARNING)
    lenient = project.run("build", "lib", "docs")
    assert lenient.returncode == 0, lenient
    assert "docs/index.md:3: warning: " in lenient.stderr, lenient
    strict = project.run("build", "lib", "docs", "--strict")
    assert strict.returncode == 1, strict
    assert "docs/index.md:3: error: " in strict.stderr and "warning: " not in strict.stderr, strict
    assert "0 warnings, 3 errors" in strict.stdout, strict


def test_the_build_says_which_pages_failed(program):
    project = Project(program, GOOD)
    assert project.run("build", "lib", "docs").returncode == 0
    good = (project.site() / "other.html").read_text()
    project.write(WITH_A_BROKEN_PAGE)
    done = project.run("build", "lib", "docs")
    assert done.returncode == 1, done
    assert done.stderr.splitlines()[-2:] == ["failed: other", f"{project.site().resolve()} stays as it was"], done
    assert (project.site() / "other.html").read_text() == good


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        try:
            test(program)
            print(f"ok: {name}")
        except AssertionError as error:
            failed += 1
            print(f"FAILED: {name}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
