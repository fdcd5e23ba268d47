"""The arguments and the output lines that the two peers' benchmarks share; the lines are those of `veneer bench`."""

import argparse
import json
import os
import statistics
from pathlib import Path


def options(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("what", choices=("picture", "swap"))
    parser.add_argument("models", type=Path)
    parser.add_argument("size", type=int)
    parser.add_argument("--threads", type=int, help="default: the engine's own choice")
    parser.add_argument("--repeat", type=int, default=2)
    return parser.parse_args()


def print_line(engine, opts, what, seconds, **more):
    threads = opts.threads or len(os.sched_getaffinity(0))
    line = dict(engine=engine, what=what, config="sd15", size=opts.size, precision="f32", threads=threads, **more)
    if what == "swap":
        line |= dict(median_us=1e6 * statistics.median(seconds), min_us=1e6 * min(seconds))
    else:
        line |= dict(median_s=statistics.median(seconds), min_s=min(seconds))
    print(json.dumps(line), flush=True)
