#!/usr/bin/env bash
# demo.sh VENEER: ten prompts in the demo model's base style and in three adapters' styles, from one process and one
# compiled pipeline; called by `./dev demo`. Writes build/demo/sheet.png (rows: styles, columns: prompts) and fails if
# anything was compiled after the first picture.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
veneer=$1
model=models/demo
out=build/demo
prompts=("red apple" "cat face" "rocket" "castle" "fox" "pizza" "sunflower" "penguin" "house" "guitar")
styles=(base ink flat gloss)

mkdir -p "$out"
jobs=$out/jobs.jsonl
pictures=()
for style in "${styles[@]}"; do
  for prompt in "${prompts[@]}"; do pictures+=("$out/${style}_${prompt// /_}.png"); done
done
: >"$jobs"
# Prompt by prompt, so that the adapter changes with every picture.
for prompt in "${prompts[@]}"; do
  for style in "${styles[@]}"; do
    loras='[]'
    [ "$style" = base ] || loras='[{"path": "'$model/adapters/$style'.safetensors"}]'
    printf '{"prompt": "%s", "loras": %s, "output": "%s"}\n' "$prompt" "$loras" "$out/${style}_${prompt// /_}.png" >>"$jobs"
  done
done

echo "making ${#pictures[@]} pictures: ${#prompts[@]} prompts in ${#styles[@]} styles"
number=0
"$veneer" generate "$model" --jobs "$jobs" --seed 7 --steps 25 --guidance-scale 3 --quiet | while read -r line; do
  prompt=${prompts[number / ${#styles[@]}]} style=${styles[number % ${#styles[@]}]}
  number=$((number + 1))
  if [[ $line == *'"error"'* ]]; then
    echo "demo: $line" >&2
    exit 1
  fi
  field() { sed -E "s/.*\"$1\":([0-9.e+-]+).*/\1/" <<<"$line"; }
  compiled=$(field compilations)
  note=""
  [ "$number" -gt 1 ] || note="; compiled $compiled plans, which all pictures share"
  printf '  %-9s  %-5s  adapter swapped in %6d us, picture in %5.2f s%s\n' "$prompt" "$style" "$(field swap_us)" "$(field seconds)" "$note"
  if [ "$number" -gt 1 ] && [ "$compiled" != 0 ]; then
    echo "demo: $compiled plans were compiled for picture $number: expected none after the first" >&2
    exit 1
  fi
done
echo "compiled after the first picture: nothing"

"$veneer" sheet --columns "${#prompts[@]}" --output "$out/sheet.png" "${pictures[@]}"
echo "$out/sheet.png: rows ${styles[*]}"
