# Installs into a folder of its own, uses what is there without the repository, removes it, and looks for what is left.

check_install() {
  local folder prefix
  folder=$(mktemp -d) || die "cannot make a temporary folder"
  trap 'rm -rf -- "$folder"' EXIT
  prefix="$folder/a prefix"
  mkdir -p -- "$prefix/share/man" # was there before, and stays
  "$root/mitosis" install "$prefix" || die "check --install: cannot install"
  installed mitosis --version | grep -q "^mitosis [0-9.]* (commit $(commit_of_repository))" || die "check --install: --version names no commit"
  installed mitosis run --workload GUPS --config LP-LD --accesses 100k --format csv | grep -q gups || die "check --install: run gives no result"
  installed numactl-mitosis --show | grep -q '^policy: default' || die "check --install: numactl-mitosis --show shows nothing"
  [[ $(installed numactl-mitosis -N 0 echo started) == started ]] || die "check --install: numactl-mitosis starts nothing"
  installed mitosis install /nowhere 2>/dev/null && die "check --install: an installed mitosis claims to install"
  for page in mitosis mitosis-run numactl-mitosis; do
    [[ -s $prefix/share/man/man1/$page.1 ]] || die "check --install: no man page of $page"
  done
  bash -n "$prefix/share/bash-completion/completions/mitosis" || die "check --install: the completions are no script"
  "$root/mitosis" install --remove "$prefix" || die "check --install: cannot remove"
  [[ $(cd -- "$prefix" && find . | LC_ALL=C sort | tr '\n' ' ') == ". ./share ./share/man " ]] ||
    die "check --install: left behind: $(find "$prefix")"
  say "check --install: installed, used and removed"
  rm -rf -- "$folder"
  trap - EXIT
}

# Runs an installed program as on a machine without the repository and without a JDK in PATH.
installed() {
  (cd / && env -i "PATH=$folder:/usr/bin:/bin" "HOME=$folder" "$prefix/bin/$1" "${@:2}")
}
