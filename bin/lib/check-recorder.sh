# Runs many programs natively and under each recorder, compares what they print and how they end, and writes docs/recording.md.

readonly RECORDERS=(valgrind qemu)
readonly RECORDED_SECONDS=${MITOSIS_CHECK_SECONDS:-120}

check_recorder() {
  local folder page=$root/docs/recording.md rows=0 bad=0 passed_over=0
  folder=$(mktemp -d) || die "cannot make a temporary folder"
  trap 'rm -rf -- "$folder"' EXIT
  . "$lib/recorder/programs.sh"
  (cd -- "$folder" && prepare_programs) || die "check --recorder: cannot compile the programs"
  {
    printf '%s\n' '# Programs under the recorders' '' \
      'Made by `./mitosis check --recorder`: each program runs natively and under each recorder; "same" means the same output and exit code.' \
      "Programs have $RECORDED_SECONDS seconds. The launcher chooses Valgrind where it is, and QEMU for AArch64 programs" \
      '([decision 19](adr/0019-valgrind-records-x86-and-qemu-the-rest.md)).' '' \
      "This table: $(. /etc/os-release && printf '%s' "$PRETTY_NAME"), Linux $(uname -r | cut -d. -f1,2), $(nproc) processors." '' \
      '| program | native exit code | Valgrind | QEMU |' '|---|---|---|---|'
    all_programs
  } >"$folder/page.md"
  say "check --recorder: $rows programs, $bad recordings differ, $passed_over programs are not installed"
  [[ -w $root/docs ]] && cp -- "$folder/page.md" "$page" && say "check --recorder: wrote docs/recording.md"
  rm -rf -- "$folder"
  trap - EXIT
}

# Prints the row of a program.
program() {
  local name=$1 native status recorder row outcome
  mkdir -p -- "$folder/run"
  run_program native bash -c "$2"
  native=$status
  if ((native == 127)); then
    passed_over=$((passed_over + 1))
    say "passed over, not installed: $name"
    return
  fi
  mv -- "$folder/out" "$folder/expected"
  row="| $name | $native |"
  for recorder in "${RECORDERS[@]}"; do
    run_program "$recorder" "$root/mitosis" record --recorder "$recorder" -o "$folder/trace.mtrace" -- bash -c "$2"
    outcome=same
    if ((status == 124 || status == 137)); then
      outcome="does not end in $RECORDED_SECONDS s"
    elif ((status != native)); then
      outcome="exit code $status"
    elif ! cmp -s "$folder/out" "$folder/expected"; then
      outcome='prints something else'
    fi
    [[ $outcome == same ]] || bad=$((bad + 1))
    row+=" $outcome |"
    rm -f -- "$folder/trace.mtrace"*
  done
  rows=$((rows + 1))
  printf '%s\n' "$row"
  say "${row}"
}

# Runs a command in the folder of programs: sets status, and leaves what it prints in out.
run_program() {
  rm -rf -- "$folder"/{g,redis.sock,mem.sock,small,part*}
  (cd -- "$folder" && exec timeout -k 5 "$RECORDED_SECONDS" "${@:2}") >"$folder/out" 2>"$folder/err" </dev/null
  status=$?
}
