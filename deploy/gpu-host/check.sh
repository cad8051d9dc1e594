#!/usr/bin/env bash
# Tries the packs that bundle.sh and pipeline.sh made as a GPU host would use them, on CPU engines: without Java on the
# PATH it compares two systems, and answers a completion from a system that stays up.
#   deploy/gpu-host/check.sh OUT_DIR
set -euo pipefail
out=$(realpath -- "${1:?usage: check.sh OUT_DIR}")
host=$(mktemp -d)
up=
trap '[ -z "$up" ] || kill "$up" 2>/dev/null || true; sleep 1; rm -rf "$host"' EXIT
for pack in "$out"/tropical-gpu*.tar.xz; do
  tar -C "$host" -xJf "$pack"
done
mkdir "$host/bin" "$host/tmp"
for tool in bash cat dirname env find grep ldconfig mktemp rm tail; do
  ln -s "$(PATH=$PATH:/sbin command -v "$tool")" "$host/bin/$tool"
done
on_host() { env -i HOME="$host" TMPDIR="$host/tmp" PATH="$host/bin" "$@"; }
if on_host bash -c 'command -v java'; then
  echo "check.sh: java is on the host's PATH (expected: none)" >&2
  exit 1
fi

printf 'arrival_ms,prompt_tokens,output_tokens\n0,40,8\n0,90,12\n' >"$host/lengths.csv"
on_host "$host/tropical-gpu/run" bench compare --device cpu --replica-spec 1,1 1,1 --workload "$host/lengths.csv" \
  --max-prompt-tokens 1000 --rates 2 --requests 10 --ttft-ms 5000 --tpot-ms 1000 --systems vllm,tropical --out "$host/compared"
grep -q '^| tropical |' "$host/compared/report.md"
sed -n '/^Goodput/,/^### /p' "$host/compared/report.md"

on_host "$host/tropical-gpu/run" up --device cpu --port 0 --kafka-port 0 --ui-port 0 >"$host/up.log" 2>&1 &
up=$!
for _ in $(seq 120); do
  grep -q 'Ctrl-C' "$host/up.log" && break
  kill -0 "$up" 2>/dev/null || { cat "$host/up.log" >&2; exit 1; }
  sleep 1
done
kafka=$(sed -n 's/^kafka  *//p' "$host/up.log")
on_host "$host/tropical-gpu/run" complete --kafka "$kafka" --max-tokens 8 "Once upon a time"
kill -TERM "$up"
wait "$up" || true
up=
if [ -n "$(ls -A "$host/tmp")" ]; then
  sleep 2
  ls -A "$host/tmp"
fi
echo "check.sh: the packs work without Java"
