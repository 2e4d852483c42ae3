# The memory and the options of the virtual machine.

# Of a Java that simulates: references as they are, since taking compressed ones apart costs a twentieth of the pace.
simulating=(-XX:+UseParallelGC -XX:+UseTransparentHugePages -XX:-UseCompressedOops)

# The memory in MiB that a program started now may use: what is free, within the control group's limit.
available_mib() {
  local key value rest mib=0 limit group
  while read -r key value rest; do
    [[ $key == MemAvailable: ]] && mib=$((value / 1024))
  done </proc/meminfo
  IFS=: read -r _ _ group </proc/self/cgroup
  for group in "/sys/fs/cgroup$group/memory.max" /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
    [[ -r $group ]] && read -r limit <"$group" || continue
    if [[ $limit =~ ^[0-9]{1,18}$ ]] && ((limit / 1048576 < mib)); then
      mib=$((limit / 1048576))
    fi
  done
  printf '%s' "$mib"
}

# Adds the heap option for a command that needs at least $1 MiB: three quarters of the available memory, the rest is for
# the recorded program and the file cache. Above 31 GiB, references would double.
size_heap() {
  local mib heap
  if [[ -n ${MITOSIS_HEAP:-} ]]; then
    [[ $MITOSIS_HEAP =~ ^[1-9][0-9]*[kmgKMG]?$ ]] || die "MITOSIS_HEAP must be a size such as 6g, not '$MITOSIS_HEAP'"
    jvm+=("-Xmx$MITOSIS_HEAP")
    return
  fi
  mib=$(available_mib)
  heap=$((mib * 3 / 4))
  ((heap > 31744)) && heap=31744
  ((heap >= $1)) || die "'$command' needs a heap of at least $1 MiB, and this machine has $mib MiB of memory available" \
    "(close something, or set MITOSIS_HEAP to try with less)"
  jvm+=("-Xmx${heap}m")
}

asks_for_help() {
  [[ ${1:-} == --help || ${1:-} == -h || ${1:-} == --version || ${1:-} == -V ]]
}

asks_for_version() {
  [[ $1 == --version || $1 == -V ]]
}

# Java holds each jar open, and ends in a stack trace of its own where it may not.
readonly LEAST_OPEN_FILES=64

need_open_files() {
  local limit
  limit=$(ulimit -n)
  [[ $limit == unlimited ]] || ((limit >= LEAST_OPEN_FILES)) ||
    die "this needs $LEAST_OPEN_FILES open files, and the limit is $limit; ulimit -n $LEAST_OPEN_FILES raises it where the hard limit allows it"
}

# Sets the array jvm to the options for a command line.
choose_jvm_options() {
  need_open_files
  # What a started program would inherit and notice: raised file limits, and what goes into its core dump.
  local -a unnoticed=(-XX:-MaxFDLimit -XX:+UnlockDiagnosticVMOptions
    -XX:-DumpPrivateMappingsInCore -XX:-DumpSharedMappingsInCore)
  local -a small=(-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1)
  # Native libraries as the build unpacked them: nothing is written to the temporary folder, which may be full or not executable.
  jvm=("-Dmitosis.home=$root" -XX:-UsePerfData -Dfile.encoding=UTF-8 -Djava.awt.headless=true
    -Djna.nosys=true -Djna.nounpack=true "-Djna.boot.library.path=$app" "-DZstdNativePath=$app/libzstd-jni.so")
  ((java_version >= 22)) && jvm+=(--enable-native-access=ALL-UNNAMED)
  [[ -t 2 ]] && jvm+=(-Dmitosis.terminal=true)
  if asks_for_version "${1:-}" || asks_for_version "${2:-}"; then
    jvm+=("-Dmitosis.commit=$(commit_of_repository)")
  fi
  if asks_for_help "${2:-}"; then
    jvm+=("${small[@]}")
    return
  fi
  case $command in
    # Page tables live as long as the run: an eighth of the heap is enough for what dies young.
    run | reproduce | dump-pt | whatif | advise | replay | demo) jvm+=("${simulating[@]}" -XX:NewRatio=7 "${unnoticed[@]}") && size_heap 1024 ;;
    record | convert | discover | calibrate) jvm+=(-Xmx512m -XX:+UseSerialGC "${unnoticed[@]}") ;;
    *) jvm+=("${small[@]}") ;;
  esac
}

# Sets class_path to the jars.
set_class_path() {
  local -a jars=("$app"/lib/*.jar)
  local IFS=:
  class_path="${jars[*]}"
}
