"""Runs the veneer program as users do, and reads what it writes: PNG, WebP, safetensors.

The program's path is in the environment variable VENEER.
"""
import array
import ctypes
import ctypes.util
import json
import math
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests/golden"
TINY = GOLDEN / "tiny/sd1"
DEMO = ROOT / "models/demo"
ADAPTERS = GOLDEN / "adapters"
LEAST_PSNR = 70  # dB, against diffusers' f32 picture before rounding

# One picture of the tiny model in a moment.
QUICK = ["--steps", "2", "--width", "16", "--height", "16", "--prompt", "red apple"]


class ProgramTest(unittest.TestCase):
    """Each test has a folder of its own, which is the program's working directory."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="veneer-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def veneer(self, *arguments, stdin=None):
        return subprocess.run([os.environ["VENEER"], *map(os.fspath, arguments)], input=stdin, cwd=self.folder,
                              capture_output=True, encoding="utf-8", errors="replace", timeout=120)

    def run_well(self, *arguments, stdin=None):
        done = self.veneer(*arguments, stdin=stdin)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def generate(self, *arguments, output="picture.safetensors", model=TINY):
        """Returns the path of what was written."""
        self.run_well("generate", model, "--output", output, *arguments)
        return self.folder / output

    def run_jobs(self, jobs, *arguments, model=TINY):
        """Runs the jobs from stdin; returns the program and one object a line that it printed."""
        lines = "".join(json.dumps(job) + "\n" for job in jobs)
        done = self.veneer("generate", model, "--jobs", "-", *arguments, stdin=lines)
        return done, [json.loads(line) for line in done.stdout.splitlines()]

    def assert_fails(self, done, status, *parts):
        """That `done` failed with this exit status and one message, which holds all parts."""
        self.assertEqual(done.returncode, status, done.stderr)
        message = done.stderr.splitlines()[0] if done.stderr else ""
        self.assertTrue(message.startswith("veneer: "), done.stderr)
        for part in parts:
            self.assertIn(part, message)

    def assert_wrote_only(self, *names):
        self.assertEqual(sorted(entry.name for entry in self.folder.iterdir()), sorted(names))

    def assert_like_golden(self, tensors, golden):
        """That the pictures, before rounding, are those that diffusers made."""
        expected = read_safetensors(GOLDEN / golden)["images"]
        self.assertEqual(tensors["images"].shape, expected.shape)
        self.assertGreaterEqual(psnr(tensors["images"].values, expected.values), LEAST_PSNR)


class Tensor:
    def __init__(self, dtype, shape, data):
        self.dtype, self.shape, self.data = dtype, shape, data

    @property
    def values(self):
        assert self.dtype == "F32", self.dtype
        return array.array("f", self.data)


def read_safetensors(path):
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8:8 + length])
    header.pop("__metadata__", None)
    data = content[8 + length:]
    return {name: Tensor(entry["dtype"], entry["shape"], data[slice(*entry["data_offsets"])])
            for name, entry in header.items()}


def write_safetensors(path, tensors, metadata=None):
    header, offset = {}, 0
    for name, tensor in tensors.items():
        end = offset + len(tensor.data)
        header[name] = {"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [offset, end]}
        offset = end
    if metadata:
        header["__metadata__"] = metadata
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(tensor.data for tensor in tensors.values()))
    return path


def psnr(actual, expected):
    error = sum((a - e) ** 2 for a, e in zip(actual, expected, strict=True)) / len(expected)
    return math.inf if error == 0 else -10 * math.log10(error)


def pixels_of(tensor):
    """The bytes of the first of [N,3,H,W] pictures, row by row, as image files hold them."""
    _, channels, height, width = tensor.shape
    values, plane = tensor.values, height * width
    return bytes(round(values[c * plane + i] * 255) for i in range(plane) for c in range(channels))


def png_chunks(path):
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    at = 8
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind, payload = content[at + 4:at + 8], content[at + 8:at + 8 + length]
        assert zlib.crc32(kind + payload) == struct.unpack_from(">I", content, at + 8 + length)[0], kind
        yield kind, payload
        at += 12 + length


def read_png(path):
    """(width, height, RGB bytes) of a PNG file with 8 bits a channel."""
    chunks = list(png_chunks(path))
    width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (bits, colour, interlaced) == (8, 2, 0)
    raw = zlib.decompress(b"".join(payload for kind, payload in chunks if kind == b"IDAT"))
    stride, above, pixels = 3 * width, bytearray(3 * width), bytearray()
    for row in range(height):
        start = row * (stride + 1)
        above = unfilter(raw[start], bytearray(raw[start + 1:start + 1 + stride]), above)
        pixels += above
    return width, height, bytes(pixels)


def unfilter(kind, line, above):
    for i in range(len(line)):
        left, up, corner = (line[i - 3], above[i], above[i - 3]) if i >= 3 else (0, above[i], 0)
        nearest = min((left, up, corner), key=lambda value: abs(left + up - corner - value))  # Paeth
        line[i] = (line[i] + (0, left, up, (left + up) // 2, nearest)[kind]) & 255
    return line


def png_parameters(path):
    """The text that A1111 and its relatives read."""
    for kind, payload in png_chunks(path):
        keyword, _, rest = payload.partition(b"\0")
        if keyword != b"parameters":
            continue
        if kind == b"tEXt":
            return rest.decode("latin-1")
        if kind == b"iTXt":
            return rest[2:].split(b"\0", 2)[2].decode("utf-8")
    return None


def read_webp(path):
    """(width, height, RGB bytes), by libwebp."""
    library = ctypes.CDLL(ctypes.util.find_library("webp"))
    library.WebPDecodeRGB.restype = ctypes.POINTER(ctypes.c_ubyte)
    content, width, height = path.read_bytes(), ctypes.c_int(), ctypes.c_int()
    pixels = library.WebPDecodeRGB(content, ctypes.c_size_t(len(content)), ctypes.byref(width), ctypes.byref(height))
    assert pixels, f"{path}: not WebP"
    try:
        return width.value, height.value, ctypes.string_at(pixels, 3 * width.value * height.value)
    finally:
        library.WebPFree(pixels)
