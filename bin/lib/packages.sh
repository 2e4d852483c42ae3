# What must be installed on this machine: Debian packages, asked for or installed with apt-get.

# Adds to the array missing the Debian package $2 where $1 is absent: a command, a file pattern with a slash, or jdk.
want() {
  case $1 in
    jdk) find_java javac && return ;;
    */*) compgen -G "$1" >/dev/null && return ;;
    *) type -P "$1" >/dev/null && return ;;
  esac
  missing+=("$2")
}

install_missing() {
  ((${#missing[@]} == 0)) && return
  local -a as_root=()
  local get=(apt-get -qq -y -o DPkg::Lock::Timeout=300 --no-install-recommends install "${missing[@]}")
  if ! type -P apt-get >/dev/null; then
    die "missing on this machine, and there is no apt-get to install it: ${missing[*]}"
  fi
  if ((EUID != 0)); then
    if [[ ! -t 0 || ! -t 2 ]] || ! type -P sudo >/dev/null; then
      die "missing on this machine; install it with: sudo apt-get install --no-install-recommends ${missing[*]}"
    fi
    as_root=(sudo --)
  fi
  say "installing with apt-get: ${missing[*]}"
  "${as_root[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 update >&2 </dev/null ||
    say "apt-get update failed; going on with the package lists at hand"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${get[@]}" >&2 </dev/null ||
    die "apt-get could not install: ${missing[*]}"
  hash -r
}

install_for_demo() {
  want /usr/include/valgrind/pub_tool_basics.h valgrind
  want gcc gcc
  want '/usr/include/stdio.h' libc6-dev
  want sqlite3 sqlite3
  is_current || { want jdk default-jdk-headless && want mvn maven; }
  install_missing
}
