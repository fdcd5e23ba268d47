"""Exports DIR/sd15 to OpenVINO's format, weights in f16 as the source has them: python export_openvino.py DIR (in the exporter's environment)"""

import sys
from pathlib import Path

from optimum.intel import OVStableDiffusionPipeline

folder = Path(sys.argv[1])
pipeline = OVStableDiffusionPipeline.from_pretrained(folder / "sd15", export=True, compile=False, load_in_8bit=False)
pipeline.save_pretrained(folder / "sd15ov")
