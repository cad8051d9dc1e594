#!/usr/bin/env bash
# Makes packs that add the whole pipeline (broker, Flink, job, gateway, command line) to the engine's pack:
#   deploy/gpu-host/bundle.sh OUT_DIR      the engine's pack, which the Java runtime is in
#   deploy/gpu-host/pipeline.sh OUT_DIR    writes OUT_DIR/tropical-gpu-pipeline-1.tar.xz, -2, ... and says how large they are
# On the host: unpack all of them in one folder, then
#   tropical-gpu/run up --device cuda ... | run bench compare --device cuda ... | run status | run complete TEXT ...
# Each pack is at most 44 MB; what is for other machines than x86-64 Linux, and ZooKeeper, stay out. Needs zip and xz.
set -euo pipefail
out=$(realpath -m -- "${1:?usage: pipeline.sh OUT_DIR}")
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
limit=44000000
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
jars=$stage/jars
mkdir -p "$jars" "$out"

(cd "$root" && mvn -B -ntp -q -pl jobs,gpu-engine -am package -Dmaven.test.skip=true -Dspotless.check.skip=true)
cp "$root"/jobs/target/lib/*.jar "$root"/jobs/target/tropical-jobs-*.jar "$jars/"

# log4j needs java.desktop, a third of a runtime; scala-reflect, profilers and QUIC are never called.
rm -f "$jars"/log4j-core-* "$jars"/log4j-slf4j-impl-* "$jars"/scala-reflect-* \
  "$jars"/async-profiler-* "$jars"/netty-tcnative-boringssl-static-*-{osx,windows}-*.jar \
  "$jars"/netty-tcnative-boringssl-static-*-linux-aarch_64.jar
(cd "$root" && mvn -B -ntp -q -N dependency:copy -Dartifact=org.slf4j:slf4j-jdk14:1.7.36 -DoutputDirectory="$jars")

strip() { # JAR-PREFIX PATTERN...: takes entries out of a jar
  local jar
  jar=$(echo "$jars/$1"*.jar)
  [ -f "$jar" ] || { echo "pipeline.sh: no $1*.jar in jobs/target/lib (expected: one to strip)" >&2; exit 1; }
  shift
  zip -q -d "$jar" "$@"
}
strip tokenizers- 'native/lib/linux-aarch64/*' 'native/lib/osx-*' 'native/lib/win-*'
# Flink itself calls the Guava that lies in ZooKeeper's jar, and nothing else of it.
strip flink-shaded-zookeeper- 'org/apache/flink/shaded/zookeeper3/*' 'org/apache/flink/shaded/curator5/org/*'
strip flink-shaded-netty- 'META-INF/native/*quiche*'
strip zstd-jni- 'aix/*' 'darwin/*' 'freebsd/*' 'win/*' 'linux/[!a]*' 'linux/arm/*' 'linux/aarch64/*'
strip snappy-java- 'org/xerial/snappy/native/AIX/*' 'org/xerial/snappy/native/FreeBSD/*' 'org/xerial/snappy/native/Mac/*' \
  'org/xerial/snappy/native/SunOS/*' 'org/xerial/snappy/native/Windows/*'
strip jna- 'com/sun/jna/aix-*' 'com/sun/jna/darwin-*' 'com/sun/jna/freebsd-*' 'com/sun/jna/openbsd-*' 'com/sun/jna/sunos-*' \
  'com/sun/jna/win32-*'

# Largest first into the first pack that still has room: jars shrink by a few per cent at most.
number=1
used=0
pack=$stage/1/tropical-gpu
mkdir -p "$pack/pipeline" "$pack/deploy/models"
cp "$root/deploy/gpu-host/logging.properties" "$pack/pipeline/"
cp -r "$root/deploy/models/tropical-tiny" "$root/deploy/models/dims" "$pack/deploy/models/"
used=$(du -sb "$pack" | cut -f1)
for jar in $(ls -S "$jars"); do
  size=$(stat -c %s "$jars/$jar")
  if [ $((used + size)) -gt $((limit - 1000000)) ]; then
    number=$((number + 1))
    used=0
    pack=$stage/$number/tropical-gpu
    mkdir -p "$pack/pipeline"
  fi
  used=$((used + size))
  mv "$jars/$jar" "$pack/pipeline/"
done

rm -f "$out"/tropical-gpu-pipeline-*.tar.xz
for part in $(seq 1 "$number"); do
  file=$out/tropical-gpu-pipeline-$part.tar.xz
  tar -C "$stage/$part" -cJf "$file" tropical-gpu
  size=$(stat -c %s "$file")
  echo "$file: $((size / 1000000)) MB"
  [ "$size" -le "$limit" ] || { echo "pipeline.sh: $file has $size bytes (expected: at most $limit)" >&2; exit 1; }
done
