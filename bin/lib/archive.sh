# The archive of numactl's classes, which lets it start in a third of the time (docs/adr/0017-numactl-starts-by-itself.md).

# Keeps the classes that numactl loads, and those that Java loads before, in an archive for this Java; without one numactl starts
# too, only later. What it loads is seen in runs that end before a program takes the place of the virtual machine.
archive_classes() {
  local -a jvm=()
  local class_path list=$app/classes.$$ archive=$app/numactl-$java_version.jsa
  rm -f -- "$archive"
  numactl_choose_jvm_options
  : >"$list"
  list_classes -N 0 -m 0 "$app/no-such-program"
  list_classes -C 0 -i 0 "$app/no-such-program"
  list_classes --show
  list_classes --hardware
  # By this collector, because only it can write objects into the archive. Without success, an empty file: it is not tried again.
  "$java_home/bin/java" -XX:+UseG1GC -Xlog:disable -Xshare:dump "-XX:SharedClassListFile=$list" \
    "-XX:SharedArchiveFile=$archive.$$" -cp "$app/numactl.jar" >/dev/null 2>&1 </dev/null
  [[ -s $archive.$$ ]] || : >"$archive.$$"
  archived_java >"$archive.of.$$" && mv -f -- "$archive.of.$$" "$archive.of" && mv -f -- "$archive.$$" "$archive"
  rm -f -- "$list" "$list.one" "$archive.$$"
  return 0
}

# What the archive of this Java belongs to.
archived_java() {
  printf '%s\n' "$java_home"
  [[ ! -r $java_home/release ]] || cat -- "$java_home/release"
}

need_archive() {
  local archive=$app/numactl-$java_version.jsa
  [[ -w $app ]] || return 0
  [[ -e $archive && $(cat -- "$archive.of" 2>/dev/null) == "$(archived_java)" ]] || archive_classes
}

# Adds to the file $list the classes that a run of numactl with these arguments loads.
list_classes() {
  "$java_home/bin/java" "${jvm[@]}" -Xshare:auto "-XX:DumpLoadedClassList=$list.one" -cp "$app/numactl.jar" \
    dev.mitosis.shim.numactl.NumactlMain "$@" >/dev/null 2>&1 </dev/null
  # A list numbers its classes, which two lists cannot; only classes that are in no jar need that.
  [[ -r $list.one ]] && awk '!/ super: / { sub(/ id: [0-9]+$/, ""); print }' "$list.one" >>"$list"
}
