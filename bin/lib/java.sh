# Which Java runs and compiles Mitosis.

readonly MIN_JAVA=17

# The major version of the Java in $1, or nothing.
java_major() {
  local line version=
  if [[ -r $1/release ]]; then
    while IFS= read -r line; do
      [[ $line == JAVA_VERSION=* ]] && version=${line#JAVA_VERSION=}
    done <"$1/release"
  fi
  if [[ -z $version ]]; then
    line=$("$1/bin/java" -version 2>&1 </dev/null) || return 1
    [[ $line =~ version\ \"([^\"]+)\" ]] && version=${BASH_REMATCH[1]}
  fi
  version=${version//\"/}
  version=${version#1.}
  printf '%s' "${version%%[!0-9]*}"
}

# Sets java_home to a Java that is new enough; with the argument javac, to one that compiles too.
find_java() {
  local program=${1:-java} candidate major on_path
  local -a candidates=()
  [[ -n ${JAVA_HOME:-} ]] && candidates+=("$JAVA_HOME")
  if on_path=$(type -P "$program"); then
    on_path=$(readlink -f -- "$on_path")
    candidates+=("${on_path%/bin/*}")
  fi
  candidates+=(/usr/lib/jvm/*)
  for candidate in "${candidates[@]}"; do
    [[ -x $candidate/bin/java && -x $candidate/bin/$program ]] || continue
    major=$(java_major "$candidate") || continue
    if [[ -n $major ]] && ((major >= MIN_JAVA)); then
      java_home=$candidate
      java_version=$major
      return 0
    fi
  done
  return 1
}

need_java() {
  find_java "${1:-java}" || die "no JDK $MIN_JAVA or newer in JAVA_HOME, PATH or /usr/lib/jvm;" \
    "on Debian: apt-get install openjdk-17-jdk-headless"
}

# As need_java; what was found is kept beside the build for the same environment, which spares numactl five processes.
need_known_java() {
  local key="${JAVA_HOME:-}:${PATH:-}"
  numactl_find_known_java && return
  need_java
  [[ $key$root != *$'\n'* && -w $app ]] || return 0
  {
    printf '%s\n' "$key" "$java_home" "$java_version" "$root"
    [[ ! -r $java_home/release ]] || cat -- "$java_home/release"
  } >"$app/java.$$" && mv -f -- "$app/java.$$" "$app/java"
}
