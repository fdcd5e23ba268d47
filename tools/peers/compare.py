"""Runs Veneer, OpenVINO GenAI and diffusers in turn on the same work and prints one table: python compare.py DIR [--sizes 512 256] [--rounds 3]

DIR is what make_sd15.py and export_openvino.py wrote. Each round runs every engine once, one after the other (A B C A B C...), so that a machine that
slows down slows all of them; the figures are medians over rounds, or minima (--figure min) where the machine cannot be had alone. Peak memory is the
operating system's for the whole process (mapped files that were touched count). An engine that is missing or fails leaves its column empty, and the
reason is printed below the table.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENGINES = ("veneer", "openvino", "diffusers")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[512, 256])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--veneer", type=Path, default=HERE.parents[1] / "build" / "release" / "apps" / "cli" / "veneer")
    parser.add_argument("--python", default=sys.executable, help="the Python of tools/peers/requirements.txt")
    parser.add_argument("--figure", choices=("median", "min"), default="median", help="of a process's repetitions, and then of the rounds")
    parser.add_argument("--no-swap", action="store_true")
    parser.add_argument("--json", type=Path, help="also write every line that was read to this file")
    return parser.parse_args()


def commands(engine, args, size):
    """(name of the process, command): one process a row of peak memory."""
    threads = ["--threads", str(args.threads)]
    if engine == "veneer":
        bench = [str(args.veneer), "bench"]
        shape = ["--config", "sd15", "--size", str(size), "--precision", "f32", *threads]
        picture = [str(args.veneer), "generate", str(args.models / "sd15"), "--prompt", "a cat", "--seed", "1", "--steps", "4", "--guidance-scale", "1"]
        picture += ["--width", str(size), "--height", str(size), "--precision", "f32", *threads]
        yield "picture", [*picture, "--output", os.path.join(tempfile.gettempdir(), f"veneer-compare-{os.getpid()}.png")]
        yield from ((what, [*bench, what, *shape]) for what in ("step", "decode", "load"))
        if not args.no_swap:
            yield "swap", [*bench, "swap", *shape, "--repeat", "20"]
        return
    script = [args.python, str(HERE / f"bench_{engine}.py")]
    for what in ("picture",) if args.no_swap else ("picture", "swap"):
        yield what, [*script, what, str(args.models), str(size), *threads]


def run(command):
    """(JSON lines, peak resident bytes). Raises RuntimeError with the last line of the error output."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        try:
            process = subprocess.Popen(command, stdout=out, stderr=err)
        except OSError as error:
            raise RuntimeError(str(error)) from error
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if process.returncode != 0:
            last = (err.read().strip().splitlines() or ["no message"])[-1]
            raise RuntimeError(f"exit status {process.returncode}: {last}")
        return [json.loads(line) for line in out if line.startswith("{")], usage.ru_maxrss * 1024


def measure(args):
    """(row, size, engine) -> figures in seconds, or bytes in rows named 'peak memory ...'; and what went wrong."""
    figures, failures, lines = defaultdict(list), {}, []
    for round_number in range(args.rounds):
        for size in args.sizes:
            for engine in args.engines:
                for name, command in commands(engine, args, size):
                    if (engine, size, name) in failures:
                        continue
                    print(f"round {round_number + 1}/{args.rounds}: {engine} {name} {size}", file=sys.stderr, flush=True)
                    try:
                        found, peak = run(command)
                    except RuntimeError as error:
                        failures[engine, size, name] = str(error)
                        continue
                    figures[f"peak memory, {name}", size, engine].append(peak)
                    lines += [{"engine": engine, "round": round_number, **line} for line in found]
    for line in lines:
        if "what" in line and ("median_s" in line or "median_us" in line):
            row = ", ".join(str(line[key]) for key in ("what", "case") if line.get(key))
            seconds = line[f"{args.figure}_s"] if "median_s" in line else line.get(f"{args.figure}_us", line["median_us"]) / 1e6
            figures[row, line["size"], line["engine"]].append(seconds)
    if args.json:
        args.json.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return figures, failures


def show(row, value):
    if row.startswith("peak memory"):
        return f"{value / 1e9:.2f} GB"
    if row.startswith("swap"):
        return f"{1e3 * value:.3g} ms"
    return f"{value:.3g} s"


def print_table(figures, engines, summary):
    """`summary` makes one figure of the rounds'. Ratios are the other engine's figure over Veneer's: above 1, Veneer needs less."""
    peers = [engine for engine in engines if engine != "veneer"]
    print("| what | size | " + " | ".join(engines) + " | " + " | ".join(f"{peer} / veneer" for peer in peers) + " |")
    print("|" + "---|" * (2 + len(engines) + len(peers)))
    for row, size in sorted({(row, size) for row, size, _ in figures}, key=lambda key: (-key[1], key[0])):
        values = {engine: summary(figures[row, size, engine]) for engine in engines if (row, size, engine) in figures}
        cells = [show(row, values[engine]) if engine in values else "" for engine in engines]
        for peer in peers:
            both = "veneer" in values and peer in values and values["veneer"] > 0
            cells.append(f"{values[peer] / values['veneer']:.2f}" if both else "")
        print(f"| {row} | {size} | " + " | ".join(cells) + " |")


def main():
    args = arguments()
    load_before = os.getloadavg()
    figures, failures = measure(args)
    print_table(figures, args.engines, {"median": statistics.median, "min": min}[args.figure])
    print(f"\nf32, {args.threads} threads, batch 1, {args.figure} of {args.rounds} rounds. Load average before: {load_before[0]:.2f}, after: {os.getloadavg()[0]:.2f}.")
    reasons = defaultdict(list)
    for (engine, size, name), reason in failures.items():
        reasons[engine, reason].append(f"{name} {size}")
    for (engine, reason), what in reasons.items():
        print(f"- {engine} did not run {', '.join(what)}: {reason}")


if __name__ == "__main__":
    main()
