"""veneer generate on a terminal and off it: progress, and Ctrl-C."""
import json
import os
import pty
import re
import signal
import subprocess
import threading
import time
import unittest

from veneer_program import QUICK, TINY, ProgramTest

INTERRUPTED = 130
# More steps than any machine takes before it is interrupted, each a matter of a moment.
ENDLESS = ["--prompt", "fox", "--steps", "900", "--width", "128", "--height", "128", "--num-images", "4", "--scheduler",
           "ddim"]


class Terminal:
    """A terminal to which a program writes; someone reads all of it."""

    def __init__(self):
        self.ours, self.theirs = pty.openpty()
        self.output = b""
        self.reader = threading.Thread(target=self.read)

    def start(self, *arguments, **streams):
        process = subprocess.Popen([os.environ["VENEER"], "generate", TINY, *arguments], stderr=self.theirs, text=True,
                                   **streams)
        os.close(self.theirs)
        self.reader.start()
        return process

    def read(self):
        try:
            while data := os.read(self.ours, 4096):
                self.output += data
        except OSError:  # how Linux tells that the other side has closed
            pass

    def wait_for(self, text):
        deadline = time.monotonic() + 60
        while text not in self.output:
            assert time.monotonic() < deadline, self.output
            time.sleep(0.01)

    def close(self):
        self.reader.join()
        os.close(self.ours)
        return self.output.decode()


class Progress(ProgramTest):
    def test_bar_on_a_terminal(self):
        output = self.on_terminal("--steps", "12", "--scheduler", "ddim", *QUICK[2:])
        bars = re.findall(r"\[(#*)(\.*)\] (\d+)/12, [\d.e-]+ s/step, (\d+) s left", output)
        self.assertEqual([int(done) for _, _, done, _ in bars], list(range(1, 13)))
        for full, rest, done, _ in bars:
            self.assertEqual(len(full + rest), 30)
            self.assertEqual(len(full), 30 * int(done) // 12)
        self.assertEqual(bars[-1][3], "0")
        self.assertRegex(output, r"\r\x1b\[Kpicture\.png: seed 42, [\d.]+ s\r\n$", "the bar is wiped off at the end")

    def test_quiet_on_a_terminal(self):
        self.assertEqual(self.on_terminal(*QUICK, "--quiet"), "")

    def on_terminal(self, *arguments):
        terminal = Terminal()
        process = terminal.start(*arguments, "--output", "picture.png", cwd=self.folder)
        self.assertEqual(process.wait(60), 0)
        return terminal.close()

    def test_plain_lines_elsewhere(self):
        done = self.run_well("generate", TINY, *QUICK, "--output", "picture.png")
        self.assertRegex(done.stderr, r"^picture\.png: seed 42, [\d.]+ s\n$")
        process = subprocess.Popen([os.environ["VENEER"], "generate", TINY, *ENDLESS], stderr=subprocess.PIPE,
                                   text=True, cwd=self.folder)
        line = process.stderr.readline()  # there is one every five seconds
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertRegex(line, r"^step \d+/\d+, [\d.e-]+ s/step, \d+ s left\n$")


class Interrupt(ProgramTest):
    def start(self, *arguments, **streams):
        """The program, once it denoises."""
        terminal = Terminal()
        process = terminal.start(*arguments, cwd=self.folder, **streams)
        self.addCleanup(terminal.close)
        terminal.wait_for(b" s/step")
        return process

    def test_ends_cleanly(self):
        for stop in [signal.SIGINT, signal.SIGTERM]:
            process = self.start(*ENDLESS, "--output", "picture.png")
            process.send_signal(stop)
            begin = time.monotonic()
            self.assertEqual(process.wait(30), INTERRUPTED)
            self.assertLess(time.monotonic() - begin, 5)
            self.assert_wrote_only()

    def test_twice(self):
        process = self.start(*ENDLESS, "--output", "picture.png")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(30), INTERRUPTED)
        self.assert_wrote_only()

    def test_keeps_the_finished_jobs(self):
        (self.folder / "jobs.jsonl").write_text('{"prompt": "fox", "steps": 2, "num_images": 1, "output": "short.png"}\n'
                                                '{"prompt": "fox", "output": "long.png"}\n')
        process = self.start("--jobs", "jobs.jsonl", *ENDLESS[2:], stdout=subprocess.PIPE)
        self.assertEqual(json.loads(process.stdout.readline())["output"], "short.png")
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
        self.assertEqual((process.returncode, rest), (INTERRUPTED, ""))
        self.assert_wrote_only("jobs.jsonl", "short.png")

    def test_while_it_waits_for_a_job(self):
        process = subprocess.Popen([os.environ["VENEER"], "generate", TINY, "--jobs", "-", "--quiet"], cwd=self.folder,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        process.stdin.write('{"prompt": "fox", "steps": 1, "output": "fox.png"}\n')
        process.stdin.flush()
        process.stdout.readline()
        time.sleep(0.2)  # until it waits
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(30), INTERRUPTED)
        process.stdin.close()
        process.stdout.close()


if __name__ == "__main__":
    unittest.main()
