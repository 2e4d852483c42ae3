# Runs ./mitosis demo and ./mitosis test from a fresh clone in a Debian 13 of its own, made by debootstrap from this machine's mirror.
# The root stays in target/debian13: delete it to begin anew. The user's Maven repository is there too, which spares downloads.

check_debian13() {
  local debian=$root/target/debian13 mirror
  ((EUID == 0)) || die "check --debian13 needs root: it makes a root file system and enters it"
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
    sed -n -E 's/^(URIs: *|deb( \[[^]]*\])? +)(https?:[^ ]*\/debian)\/?( .*)?$/\3/p' | head -1)
  [[ -n $mirror ]] || die "check --debian13: no Debian mirror in /etc/apt"
  mkdir -p -- "$root/target" "$HOME/.m2"
  if [[ ! -e $debian/made ]]; then
    rm -rf --one-file-system -- "$debian"
    say "check --debian13: making a Debian 13 in $debian …"
    debootstrap --variant=minbase --include=ca-certificates,git,procps trixie "$debian" "$mirror" >&2 ||
      die "check --debian13: debootstrap failed"
    touch -- "$debian/made"
  fi
  rm -rf --one-file-system -- "$debian/root/mitosis"
  git clone -q -- "$root" "$debian/root/mitosis" || die "check --debian13: cannot clone"
  in_debian13 './mitosis demo' || die "check --debian13: the demonstration failed"
  in_debian13 './mitosis test' || die "check --debian13: tests failed"
  say "check --debian13: demo and test are green"
}

# Runs a command in the clone. Mounts are in a namespace of their own and end with it.
in_debian13() {
  # shellcheck disable=SC2016
  unshare --mount --propagation private -- bash -c '
    mount -t proc proc "$1/proc" && mount --rbind /sys "$1/sys" && mount --rbind /dev "$1/dev" && mount -t tmpfs tmpfs "$1/run" &&
      mkdir -p "$1/root/.m2" && mount --bind "$2/.m2" "$1/root/.m2" && cp /etc/resolv.conf /etc/hosts "$1/etc" || exit 1
    exec chroot "$1" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
      bash -c "cd /root/mitosis && $3"' in-debian13 "$debian" "$HOME" "$1" </dev/null
}
