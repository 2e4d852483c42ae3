# The library as Maven artifacts: installed, used by a project outside the tree, and built twice.

readonly LIBRARY=bom,mm-core,hal-sim,hal-native,kvm-model,workloads,lab

# Installs the artifacts, their sources and their javadoc into the Maven repository in the folder $1, or into the user's own.
install_library() {
  local -a goal=(install)
  # A folder gets our artifacts and nothing else; Maven's plugins stay where they are.
  [[ -z ${1:-} ]] || goal=(deploy "-DaltDeploymentRepository=given::file://$1")
  run_maven -q -Plibrary -DskipTests -Dspotless.check.skip -pl "$LIBRARY" -am "${goal[@]}" >&2 || die "the library could not be built"
}

# Builds and runs examples/consumer, copied outside the tree, against what was installed.
check_library() {
  local repository=$root/target/library-check consumer said
  consumer=$(mktemp -d) || die "cannot make a temporary folder"
  trap 'rm -rf -- "$consumer"' EXIT
  rm -rf -- "$repository/dev/mitosis"
  mkdir -p -- "$repository"
  install_library "$repository"
  for artifact in mm-core hal-sim hal-native kvm-model workloads lab; do
    for kind in '' -sources -javadoc; do
      compgen -G "$repository/dev/mitosis/$artifact/*/$artifact-*[0-9]$kind.jar" >/dev/null ||
        die "check --library: $artifact$kind was not installed"
    done
  done
  cp -r -- "$root/examples/consumer/." "$consumer"
  (cd -- "$consumer" && JAVA_HOME=$java_home exec mvn -B -q -ntp "-Dmaven.repo.local=$repository" \
    compile dependency:build-classpath -Dmdep.outputFile=class-path) >&2 </dev/null || die "check --library: the consumer could not be built"
  said=$("$java_home/bin/java" -Xmx2g -cp "$consumer/target/classes:$(<"$consumer/class-path")" Consumer) ||
    die "check --library: the consumer failed"
  [[ $said == "seen from its socket, 100 % of the leaf entries are remote, and 0 % after the table has followed" ]] ||
    die "check --library: the consumer says: $said"
  say "check --library: installed, and used by a project outside the tree"
  rm -rf -- "$consumer"
  trap - EXIT
}

# Builds the library twice, in two fresh copies of the commit in different folders, and compares every jar.
check_reproducible() {
  local folder copy jar count=0
  folder=$(mktemp -d) || die "cannot make a temporary folder"
  trap 'rm -rf -- "$folder"' EXIT
  for copy in one two; do
    git clone -q -- "$root" "$folder/$copy" || die "check --reproducible: cannot clone"
    (cd -- "$folder/$copy" && umask $([[ $copy == one ]] && printf 022 || printf 077) &&
      JAVA_HOME=$java_home exec mvn -B -q -ntp -Plibrary -DskipTests -Dspotless.check.skip -pl "$LIBRARY,cli" -am package) >&2 </dev/null ||
      die "check --reproducible: the build failed"
  done
  for jar in "$folder"/one/*/target/*.jar; do
    cmp -- "$jar" "$folder/two/${jar#"$folder/one/"}" >&2 || die "check --reproducible: ${jar##*/} differs"
    count=$((count + 1))
  done
  ((count >= 20)) || die "check --reproducible: only $count jars were built"
  say "check --reproducible: $count jars are equal to the byte"
  rm -rf -- "$folder"
  trap - EXIT
}
