# What the emulated machine of four nodes boots.

# Puts what the emulated machine of four nodes boots into target/guest: Debian's kernel and busybox, unpacked and not installed.
# Without them its test is skipped, and says so.
prepare_guest() {
  local guest=$root/target/guest kernel fetched
  [[ -r $guest/vmlinuz && -r $guest/busybox ]] && return
  type -P apt-get >/dev/null && type -P dpkg-deb >/dev/null || return
  mkdir -p -- "$guest" && fetched=$(mktemp -d "$guest/fetched.XXXXXX") || return
  kernel=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '$1 == "Depends:" { print $2; exit }')
  if (cd -- "$fetched" && apt-get -qq download "${kernel:-linux-image-cloud-amd64}" busybox-static >/dev/null 2>&1) &&
    for package in "$fetched"/*.deb; do dpkg-deb -x "$package" "$fetched" || break; done; then
    cp -- "$fetched"/boot/vmlinuz-* "$guest/vmlinuz" && cp -- "$fetched/bin/busybox" "$guest/busybox"
  else
    say "cannot fetch Debian's kernel and busybox: the emulated machine will not be tested"
  fi
  rm -rf -- "$fetched"
}
