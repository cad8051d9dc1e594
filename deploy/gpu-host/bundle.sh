#!/usr/bin/env bash
# Makes a pack that runs the engine, its GPU tests and its benchmark on a host that has an NVIDIA driver and CUDA's
# libraries (cudart, cuBLASLt, NVRTC of CUDA 13) but no Java, Maven or network:
#   deploy/gpu-host/bundle.sh OUT_DIR     writes OUT_DIR/tropical-gpu.tar.xz and says how large it is
# pipeline.sh makes the packs with everything else.
# On the host: tar xf tropical-gpu.tar.xz && tropical-gpu/run test | bench | kernel-bench | engine OPTIONS...
set -euo pipefail
out=$(realpath -m -- "${1:?usage: bundle.sh OUT_DIR}")
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
java_home=${JAVA_HOME:-$(dirname -- "$(dirname -- "$(readlink -f "$(command -v javac)")")")}
pack=$out/tropical-gpu

rm -rf "$pack"
mkdir -p "$pack/lib"
(cd "$root" && mvn -B -ntp -q -pl gpu-engine -am package dependency:copy-dependencies \
  -DskipTests -Dspotless.check.skip=true -DincludeScope=test -DoutputDirectory="$pack/lib")
# log4j needs java.desktop, a third of a runtime; the JDK's own logging does for a host that only runs an engine.
(cd "$root" && mvn -B -ntp -q -N dependency:copy -Dartifact=org.slf4j:slf4j-jdk14:1.7.36 -DoutputDirectory="$pack/lib")
for unused in log4j archunit jqwik byte-buddy junit-vintage awaitility hamcrest; do
  rm -f "$pack/lib/$unused"*
done
cp "$root"/gpu-engine/target/tropical-gpu-engine-*.jar "$pack/lib/"
# Fixtures are read as files, so the tests stay a folder.
cp -r "$root/gpu-engine/target/test-classes" "$pack/tests"
cp "$root/deploy/gpu-host/run" "$pack/run"

# Not compressed: xz does that better, by a fifth of the pack.
case $("$java_home/bin/jlink" --version) in
  17* | 19* | 20*) compress=0 ;;
  *) compress=zip-0 ;;
esac
"$java_home/bin/jlink" --output "$pack/java" --compress "$compress" --strip-debug --no-man-pages --no-header-files \
  --add-modules java.base,java.compiler,java.instrument,java.logging,java.management,java.management.rmi,java.naming,java.net.http,java.rmi,java.security.jgss,java.security.sasl,java.sql,java.xml,jdk.crypto.ec,jdk.management,jdk.net,jdk.security.auth,jdk.unsupported,jdk.zipfs,jdk.incubator.vector
tar -C "$out" -cJf "$out/tropical-gpu.tar.xz" tropical-gpu
echo "$out/tropical-gpu.tar.xz: $(($(stat -c %s "$out/tropical-gpu.tar.xz") >> 20)) MiB"
