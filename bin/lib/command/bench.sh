# ./mitosis bench: the speed of simulation beside a C program.

. "$lib/measure.sh"

# Measures the speed of simulation beside a C program.
run_bench() {
  (($# == 0)) || { say "bench takes no arguments (see ./mitosis bench --help)" && exit 2; }
  missing=()
  want jdk openjdk-17-jdk-headless
  want mvn maven
  want gcc gcc
  want '/usr/include/stdio.h' libc6-dev
  want qemu-x86_64 qemu-user
  install_missing
  need_java javac
  run_maven -q -pl bench -am -DskipTests -Dspotless.check.skip package || exit 1
  run_measurement SimulationSpeed
  exit
}
