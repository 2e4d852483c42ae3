# Builds what changed.

# What ends up on the class path, and so what a change of makes a build necessary.
readonly MODULES=(mm-core hal-sim hal-native kvm-model workloads lab numactl-shim cli)

is_current() {
  [[ -e $app/built ]] || return 1
  local -a sources=("$root/pom.xml" "$root/.mvn")
  local module changed
  for module in "${MODULES[@]}"; do
    sources+=("$root/$module/pom.xml")
    [[ -d $root/$module/src/main ]] && sources+=("$root/$module/src/main")
  done
  changed=$(find "${sources[@]}" -newer "$app/built" -print -quit 2>/dev/null)
  [[ -z $changed ]]
}

# The commit that the sources are of, with -dirty where they are changed.
commit_of_repository() {
  git -C "$root" describe --always --dirty --abbrev=12 2>/dev/null || printf unknown
}

# Runs a command while no other launcher builds in this repository; within such a command, at once.
with_build_lock() {
  if [[ ${MITOSIS_BUILDING:-} == "$root" ]]; then
    "$@"
    return
  fi
  mkdir -p -- "$root/target" 2>/dev/null && [[ -w $root/target ]] || die "cannot write to $root/target, so cannot build"
  (
    flock -n 9 || { say "waiting for another build" && flock 9; }
    MITOSIS_BUILDING=$root "$@"
  ) 9>"$root/target/.build-lock"
}

run_maven() {
  with_build_lock maven "$@"
}

maven() {
  # Without noreset, Maven prints escape sequences at its end, into whatever comes next.
  (cd -- "$root" && JAVA_HOME=$java_home MAVEN_OPTS="-Djansi.noreset=true ${MAVEN_OPTS:-}" \
    exec mvn -B -ntp -Dstyle.color=never "$@" </dev/null)
}

build() {
  type -P mvn >/dev/null || die "building needs Maven; on Debian: apt-get install maven"
  need_java javac
  with_build_lock build_alone || exit 1
}

# Builds into a new folder, moves the link target/app there, and removes the builds that no program runs from.
build_alone() {
  is_current && return
  say "building with $java_home …"
  local fresh old
  fresh=$(mktemp -d "$root/target/app.XXXXXX") || die "cannot make a directory in $root/target"
  trap 'rm -rf -- "$fresh" "$fresh.link"' EXIT
  chmod 755 "$fresh"
  touch "$fresh/built"
  maven -q -DskipTests -Dspotless.check.skip -pl cli -am package >&2 || die "the build failed"
  mkdir -- "$fresh/lib" &&
    cp -- "$root"/cli/target/app/*.jar "$root"/cli/target/cli-*.jar "$fresh/lib" &&
    cp -- "$root"/numactl-shim/target/start/numactl.jar "$fresh" &&
    cp -- "$root"/numactl-shim/target/jna/com/sun/jna/linux-x86-64/libjnidispatch.so "$fresh" &&
    cp -- "$root"/cli/target/zstd/linux/amd64/libzstd-jni-*.so "$fresh/libzstd-jni.so" || die "the build failed"
  ln -s -- "${fresh##*/}" "$fresh.link" && mv -T -- "$fresh.link" "$app" || die "cannot replace $app"
  trap - EXIT
  for old in "$root"/target/app.??????; do
    [[ $old == "$fresh" ]] || remove_unused "$old"
  done
  archive_classes
}

# Removes a build, unless a program runs from it: that holds a lock (use_build).
remove_unused() {
  [[ ! -e $1/built ]] || (flock -n 7) 7<"$1/built" || return 0
  rm -rf -- "$1"
}

# Makes app the folder of the build itself, and keeps that while this run lasts, by a lock that Java inherits.
use_build() {
  local folder in_use
  for _ in 1 2 3; do
    folder=$(readlink -f -- "$app") && exec {in_use}<"$folder/built" && flock -s -n "$in_use" && [[ -e $folder/built ]] || continue
    app=$folder
    return
  done
  die "$app is being replaced again and again"
}
