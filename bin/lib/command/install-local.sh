# ./mitosis install-local [DIR]: the library into a Maven repository.

. "$lib/library.sh"

run_install_local() {
  local usage="as in: ./mitosis install-local, or ./mitosis install-local ~/repository" folder=
  while (($# > 0)); do
    case $1 in
      -*) say "install-local: unknown option '$1', $usage" && exit 2 ;;
      *) [[ -z $folder ]] || { say "install-local: one folder, $usage" && exit 2; } && folder=$1 ;;
    esac
    shift
  done
  missing=()
  want jdk default-jdk-headless
  want mvn maven
  install_missing
  need_java javac
  if [[ -n $folder ]]; then
    mkdir -p -- "$folder" && [[ -w $folder ]] || die "cannot write to $folder"
    folder=$(readlink -f -- "$folder")
  fi
  install_library "$folder"
  say "installed dev.mitosis:bom and the artifacts that it names in ${folder:-the Maven repository of this user}"
  exit
}
