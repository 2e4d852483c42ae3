# ./mitosis check: the campaigns that are too long for every build.

. "$lib/guest.sh"
. "$lib/measure.sh"
. "$lib/check-install.sh"
. "$lib/check-recorder.sh"
. "$lib/check-debian13.sh"
. "$lib/site.sh"
. "$lib/library.sh"

# Runs the campaigns that are too long for every build.
run_check() {
  local -a campaigns=() settings=()
  local guest=0 sampling=0 install=0 recorder=0 debian13=0 docs=0 library=0 reproducible=0 fuzz=0
  while (($# > 0)); do
    case $1 in
      --differential) campaigns+=(HostCampaign) ;;
      --scripts) campaigns+=(ScriptCampaign) ;;
      --storm) campaigns+=(StormCampaign) ;;
      --sampling) sampling=1 ;;
      --guest) guest=1 ;;
      --install) install=1 ;;
      --recorder) recorder=1 ;;
      --debian13) debian13=1 ;;
      --docs) docs=1 ;;
      --library) library=1 ;;
      --reproducible) reproducible=1 ;;
      --fuzz) fuzz=1 ;;
      --ops | --seconds | --seed)
        [[ ${2:-} =~ ^[0-9]{1,15}$ ]] || { say "$1 needs a number, not '${2:-}'" && exit 2; }
        settings+=("-Dmitosis.check.${1#--}=$2")
        shift
        ;;
      *) say "check: unknown option '$1' (see ./mitosis check --help)" && exit 2 ;;
    esac
    shift
  done
  ((${#campaigns[@]} == 0 && !guest && !sampling && !install && !recorder && !debian13 && !docs && !library && !reproducible && !fuzz)) &&
    campaigns=(HostCampaign ScriptCampaign StormCampaign) && guest=1 sampling=1 install=1 docs=1 fuzz=1
  missing=()
  ((guest)) && want qemu-system-x86_64 qemu-system-x86 && want numactl numactl && want '/usr/lib/*/libnuma.so.1' libnuma1
  ((sampling)) && want /usr/include/valgrind/pub_tool_basics.h valgrind && want sqlite3 sqlite3 && want python3 python3-minimal
  ((recorder)) && want qemu-x86_64 qemu-user && want /usr/include/valgrind/pub_tool_basics.h valgrind && want sqlite3 sqlite3 &&
    want python3 python3-minimal
  ((debian13)) && want debootstrap debootstrap && want git git
  ((docs)) && want_site_tools && want chromium chromium
  want jdk default-jdk-headless
  want mvn maven
  want gcc gcc
  want '/usr/include/stdio.h' libc6-dev
  install_missing
  need_java javac
  if ((sampling)); then
    run_maven -q -pl bench -am -DskipTests -Dspotless.check.skip package || exit 1
    run_measurement SamplingAccuracy || exit 1
  fi
  ((!install)) || check_install
  ((!docs)) || { make_generated_parts && build_site "" && check_site; }
  ((!library)) || check_library
  ((!reproducible)) || check_reproducible
  ((!recorder)) || check_recorder
  ((!debian13)) || check_debian13
  if ((guest)); then
    prepare_guest
    run_maven -q -pl numactl-shim -am -Dspotless.check.skip -Dtest=FourNodeMachineTest -Dmitosis.guest.lines=all \
      -Dsurefire.failIfNoSpecifiedTests=false test || exit 1
  fi
  if ((fuzz)); then
    run_maven -q -Pcampaign -pl cli -am -Dspotless.check.skip -Dtest=FuzzCampaign -Dsurefire.failIfNoSpecifiedTests=false \
      "${settings[@]}" test || exit 1
  fi
  ((${#campaigns[@]} == 0)) && exit 0
  run_maven -q -Pcampaign -pl mm-core -Dspotless.check.skip "-Dtest=$(IFS=, && printf '%s' "${campaigns[*]}")" \
    "${settings[@]}" test || exit 1
  exit 0
}
