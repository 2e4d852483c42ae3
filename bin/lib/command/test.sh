# ./mitosis test: installs what is missing and runs every test.

. "$lib/guest.sh"

run_test() {
  local failed=0
  missing=()
  want jdk default-jdk-headless
  want mvn maven
  want /usr/include/valgrind/pub_tool_basics.h valgrind
  want qemu-x86_64 qemu-user
  want gcc gcc
  want '/usr/include/stdio.h' libc6-dev
  want numactl numactl
  want '/usr/lib/*/libnuma.so.1' libnuma1
  want sqlite3 sqlite3
  want redis-server redis-server
  want redis-benchmark redis-tools
  want aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
  want '/usr/aarch64-linux-gnu/include/stdio.h' libc6-dev-arm64-cross
  want python3 python3-minimal
  want qemu-system-x86_64 qemu-system-x86
  install_missing
  need_java javac
  prepare_guest
  rm -rf -- "$root"/*/target/surefire-reports
  # Every module's tests run and are counted, also after a failure in one.
  run_maven -Dmaven.test.failure.ignore=true "$@" verify || failed=1
  ((failed)) && echo "The build failed: see above."
  cat /dev/null "$root"/*/target/surefire-reports/TEST-*.xml 2>/dev/null | awk '
    function attribute(name) {
      return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) + 0 : 0
    }
    /<testsuite / {
      tests += attribute("tests"); skipped += attribute("skipped"); bad += attribute("failures") + attribute("errors")
    }
    END {
      printf "%d passed, %d failed, %d skipped\n", tests - bad - skipped, bad, skipped
      exit bad > 0 || tests - skipped == 0
    }' || failed=1
  exit "$failed"
}
