# ./mitosis docs: makes the generated parts of docs/ again, and builds the documentation site of it.

. "$lib/site.sh"

run_docs() {
  local usage="as in: ./mitosis docs, ./mitosis docs -o SITE, or ./mitosis docs --pages" pages=0 folder=
  while (($# > 0)); do
    case $1 in
      --pages) pages=1 ;;
      -o | --output)
        [[ -n ${2:-} && ${2:-} != -* ]] || { say "docs: $1 needs a folder, $usage" && exit 2; }
        folder=$2
        shift
        ;;
      --output=*) folder=${1#*=} ;;
      *) say "docs: unknown argument '$1', $usage" && exit 2 ;;
    esac
    shift
  done
  ((!pages)) || [[ -z $folder ]] || { say "docs: --pages writes to docs/ and takes no folder, $usage" && exit 2; }
  missing=()
  is_current || { want jdk default-jdk-headless && want mvn maven; }
  ((pages)) || want_site_tools
  install_missing
  make_generated_parts
  ((pages)) || build_site "$folder"
  exit
}
