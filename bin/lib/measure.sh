# Runs the measurements of the module bench.

# Runs the class $1 of the built module bench, with the arguments that follow.
run_measurement() {
  local -a jvm=()
  size_heap 3072
  "$java_home/bin/java" "${jvm[@]}" "-Dmitosis.home=$root" "${simulating[@]}" \
    -cp "$(echo "$root"/bench/target/bench-*.jar):$root/bench/target/lib/*" "dev.mitosis.bench.$1" "${@:2}"
}
