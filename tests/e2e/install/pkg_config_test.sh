#!/usr/bin/env bash
# pkg_config_test.sh COMPILER INSTALLED SOURCE MODEL [FLAG...]: compiles the example by pkg-config's word alone.
set -euo pipefail
compiler=$1 installed=$2 source=$3 model=$4
shift 4
PKG_CONFIG_PATH=$(dirname "$(find "$installed" -name veneer.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046  # flags are words
"$compiler" -std=c++20 "$@" "$source" $(pkg-config --cflags --libs veneer) -o by_pkg_config
exec ./by_pkg_config "$model" '{"prompt": "red apple", "steps": 2, "output": "flags.png"}'
