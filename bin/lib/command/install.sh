# ./mitosis install PREFIX: the program with a Java runtime of its own, man pages, completions and machine files.
# ./mitosis install --deb DIR: the same as a Debian package. ./mitosis install --remove PREFIX takes it away.

run_install() {
  local usage="as in: ./mitosis install /usr/local, ./mitosis install --remove /usr/local, or ./mitosis install --deb DIR"
  local kind=prefix target=
  while (($# > 0)); do
    case $1 in
      --deb) kind=deb ;;
      --remove) kind=remove ;;
      -*) say "install: unknown option '$1', $usage" && exit 2 ;;
      *) [[ -z $target ]] || { say "install: one folder, $usage" && exit 2; } && target=$1 ;;
    esac
    shift
  done
  [[ -n $target ]] || { say "install: name the folder, $usage" && exit 2; }
  case $kind in
    remove) remove_installed "$target" ;;
    deb) make_package "$target" ;;
    prefix) install_prefix "$target" ;;
  esac
  exit
}

remove_installed() {
  [[ -x $1/lib/mitosis/uninstall ]] || die "$1 holds no Mitosis: $1/lib/mitosis/uninstall is not there"
  "$1/lib/mitosis/uninstall" || exit 1
  say "removed from $1"
}

install_prefix() {
  local prefix
  staged= # not local: removed at the exit
  mkdir -p -- "$1" && [[ -w $1 ]] || die "cannot write to $1; choose another folder, or use sudo"
  prefix=$(readlink -f -- "$1")
  [[ $prefix != *:* ]] || die "the path $prefix holds a colon, which a Java class path cannot"
  [[ ! -e $prefix/lib/mitosis ]] || die "$prefix/lib/mitosis is there already; first: ./mitosis install --remove $1"
  staged=$(mktemp -d "$root/target/install.XXXXXX") || die "cannot make a folder in $root/target"
  trap 'rm -rf -- "$staged"' EXIT
  stage "$staged" "$prefix"
  list_new_files "$staged" "$prefix" >"$staged/lib/mitosis/installed"
  cp -a -- "$staged/." "$prefix/" || die "cannot copy to $prefix; remove what is there with: ./mitosis install --remove $1"
  finish_installation "$prefix"
  say "installed in $prefix; remove it with: $prefix/lib/mitosis/uninstall"
}

# What the installation brings: its files, and the folders that are not there yet, from the top down.
list_new_files() {
  local file
  (cd -- "$1" && find . -mindepth 1 | LC_ALL=C sort) | while IFS= read -r file; do
    file=${file#./}
    [[ -d $1/$file && ! -L $1/$file && -d $2/$file ]] || printf '%s\n' "$file"
  done
}

# Fills the folder $1 with what is to be in the folder $2.
stage() {
  local staged=$1 prefix=$2 home=$1/lib/mitosis
  missing=()
  want jdk default-jdk-headless
  want mvn maven
  want asciidoctor asciidoctor
  install_missing
  is_current || build
  find_java javac || need_java javac
  [[ -d $java_home/jmods ]] || die "$java_home has no jmods to make a runtime of; set JAVA_HOME to a JDK that has"
  local commit
  commit=$(commit_of_repository)
  umask 022
  mkdir -p -- "$home" "$staged/bin" "$staged/share/mitosis" "$staged/share/doc/mitosis"
  cp -r -- "$app"/lib "$home" && cp -- "$app"/{numactl.jar,libjnidispatch.so,libzstd-jni.so} "$lib"/installed/{mitosis,numactl-mitosis,uninstall} "$home" &&
    cp -- "$lib/heap.sh" "$home" && cp -- "$lib/archive.sh" "$home" && cp -- "$root/bin/numactl" "$home/numactl.sh" || die "cannot copy to $staged"
  printf 'java_version=%s\ncommit=%q\n' "$java_version" "$commit" >"$home/facts.sh"
  say "making a Java runtime of $java_home …"
  make_runtime "$home/runtime"
  ln -s ../lib/mitosis/mitosis "$staged/bin/mitosis"
  ln -s ../lib/mitosis/numactl-mitosis "$staged/bin/numactl-mitosis"
  cp -r -- "$root/hal-sim/src/main/resources/dev/mitosis/machines" "$staged/share/mitosis/machines"
  cp -- "$root/LICENSE" "$staged/share/doc/mitosis/copyright"
  write_pages "$staged" "$prefix"
}

# The modules of Java that our code and the libraries use: jdeps cannot tell, because some of the jars are modules and some are not.
readonly JAVA_MODULES=java.desktop,java.logging,java.management,java.naming,java.sql,java.xml,jdk.management,jdk.unsupported,jdk.zipfs

make_runtime() {
  "$java_home/bin/jlink" --add-modules "$JAVA_MODULES" --strip-debug --no-header-files \
    --no-man-pages --compress=2 --output "$1" >/dev/null || die "jlink could not make a runtime"
  # Its own classes read at start, which the JDK has in an archive of the same kind.
  "$1/bin/java" -Xshare:dump >/dev/null 2>&1 || say "the runtime has no archive of its classes: commands start later"
}

# Man pages by picocli's generator and Asciidoctor; completions by picocli.
write_pages() {
  local staged=$1 prefix=$2 pages=$1/pages completions=$1/share/bash-completion/completions
  mkdir -p -- "$pages" "$staged/share/man/man1" "$completions" "$staged/share/zsh/site-functions"
  set_class_path
  "$java_home/bin/java" -Xmx256m -cp "$class_path:$root/cli/target/pages/*" dev.mitosis.cli.pages.PageWriter "$pages" "$completions/mitosis" ||
    die "the man pages could not be written"
  asciidoctor -b manpage -D "$staged/share/man/man1" "$pages"/*.adoc >&2 || die "asciidoctor could not make the man pages"
  printf '.so man1/mitosis-numactl.1\n' >"$staged/share/man/man1/numactl-mitosis.1"
  rm -rf -- "$pages"
  cat >"$staged/share/zsh/site-functions/_mitosis" <<END
#compdef mitosis
autoload -Uz bashcompinit && bashcompinit
source $(printf '%q' "$prefix/share/bash-completion/completions/mitosis")
_bash_complete -o default -F _complete_mitosis
END
}

# The archive of classes is made where they will be read: it names the class path.
finish_installation() {
  (
    root=$1/lib/mitosis
    app=$root java_home=$root/runtime
    archive_classes
  )
}

make_package() {
  local folder version size
  staged=
  type -P dpkg-deb >/dev/null || die "a package needs dpkg-deb, which Debian and Ubuntu have"
  mkdir -p -- "$1" && [[ -w $1 ]] || die "cannot write to $1"
  folder=$(readlink -f -- "$1")
  staged=$(mktemp -d "$root/target/install.XXXXXX") || die "cannot make a folder in $root/target"
  trap 'rm -rf -- "$staged"' EXIT
  chmod 755 "$staged"
  mkdir -- "$staged/usr"
  stage "$staged/usr" /usr
  rm -f -- "$staged/usr/lib/mitosis/uninstall"
  find "$staged/usr/share/man" -name '*.1' -exec gzip -9n {} +
  version=$("$root/mitosis" --version | sed -n 's/^mitosis \([^ ]*\).*/\1/p')
  size=$(du -sk "$staged/usr" | cut -f 1)
  mkdir -- "$staged/DEBIAN"
  cat >"$staged/DEBIAN/control" <<END
Package: mitosis
Version: $version
Section: devel
Priority: optional
Architecture: $(dpkg --print-architecture)
Installed-Size: $size
Depends: bash, libc6, zlib1g
Recommends: valgrind, gcc, libc6-dev
Suggests: qemu-user, sqlite3, libnuma1, linux-perf
Maintainer: Mitosis <mitosis@localhost>
Description: where should page tables live on a NUMA machine?
 Records an unmodified program, simulates it on a multi-socket server, and says
 whether replicating or migrating its page tables would make it faster.
 It brings its own Java runtime.
END
  cat >"$staged/DEBIAN/postinst" <<'END'
#!/bin/bash
# The archive lets numactl-mitosis start in a third of the time; without it, it starts too.
if [[ $1 == configure ]]; then
  root=/usr/lib/mitosis app=/usr/lib/mitosis java_home=/usr/lib/mitosis/runtime
  . $root/facts.sh && . $root/numactl.sh && . $root/archive.sh && archive_classes
fi
exit 0
END
  cat >"$staged/DEBIAN/prerm" <<'END'
#!/bin/bash
rm -f /usr/lib/mitosis/numactl-*.jsa /usr/lib/mitosis/numactl-*.jsa.of
exit 0
END
  chmod 755 "$staged/DEBIAN/postinst" "$staged/DEBIAN/prerm"
  dpkg-deb --root-owner-group --build "$staged" "$folder/mitosis_${version}_$(dpkg --print-architecture).deb" >&2 ||
    die "dpkg-deb could not build the package"
}
