#!/usr/bin/env bash
# fetch_grammar.sh FOLDER: puts the sources of the Python grammar for tree-sitter there, from the npm package of that
# name. The version is the newest whose tables Debian 12's tree-sitter 0.20 reads (ABI 14). Nothing in it is executed.
set -euo pipefail
name=tree-sitter-python version=0.23.6
sha256=aab5b860d93dbf84b37fed532f7dacc0468ede5387d0c74911d68f964287662a
folder=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && npm pack --silent --ignore-scripts "$name@$version" >/dev/null)
archive=$scratch/$name-$version.tgz
echo "$sha256  $archive" | sha256sum --check --quiet
tar -xzf "$archive" -C "$scratch" package/src package/LICENSE
mkdir -p "$(dirname "$folder")"
# Two builds may fetch at once: whole folders only, and the first one stays.
mv -T "$scratch/package" "$folder" 2>/dev/null || [ -f "$folder/src/parser.c" ]
