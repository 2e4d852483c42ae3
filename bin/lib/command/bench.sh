# ./mitosis bench: the speed of simulation beside a C program.

. "$lib/measure.sh"

# Measures the speed of simulation beside a C program.
run_bench() {
  local -a options=()
  while (($# > 0)); do
    case $1 in
      --format=* | --output=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" && continue ;;
      --format)
        [[ ${2:-} =~ ^(text|json|csv|TEXT|JSON|CSV)$ ]] || { say "--format is text, json or csv, not '${2:-}'" && exit 2; }
        options+=(--format "${2,,}")
        ;;
      -o | --output)
        [[ -n ${2:-} && ${2:-} != -* ]] || { say "$1 needs a folder, as in: ./mitosis bench -o speed" && exit 2; }
        options+=(-o "$2")
        ;;
      *) say "bench: unknown option '$1'; it knows --format and -o, as in: ./mitosis bench --format json -o speed" && exit 2 ;;
    esac
    shift 2
  done
  missing=()
  want jdk default-jdk-headless
  want mvn maven
  want gcc gcc
  want '/usr/include/stdio.h' libc6-dev
  want /usr/include/valgrind/pub_tool_basics.h valgrind
  want qemu-x86_64 qemu-user
  want sqlite3 sqlite3
  install_missing
  need_java javac
  run_maven -q -pl bench -am -DskipTests -Dspotless.check.skip package || exit 1
  run_measurement SimulationSpeed "${options[@]}"
  exit
}
