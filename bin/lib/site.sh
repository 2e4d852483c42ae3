# The documentation site: VitePress over docs/, in target/site. Its packages are installed once, from site/package-lock.json.

want_site_tools() {
  want node nodejs
  want npm npm
}

# Writes the parts of docs/ that the program says by itself: commands, machines, policies, decisions and more.
make_generated_parts() {
  is_current || build
  find_java java || need_java java
  set_class_path
  local changed
  changed=$("$java_home/bin/java" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$class_path" \
    dev.mitosis.cli.pages.DocumentWriter "$root") || die "docs: the generated parts could not be written"
  [[ -z $changed ]] || say "docs: made again:" $changed
}

# Builds the site into the folder $1, or target/site/dist, and sets site to it.
build_site() {
  local work=$root/target/site
  site=${1:-$work/dist}
  mkdir -p -- "$work" "$site" && [[ -w $site ]] || die "docs: cannot write to $site"
  site=$(cd -- "$site" && pwd -P)
  install_site_packages
  rm -rf -- "$work/pages" "$work/.vitepress"
  cp -r -- "$root/docs" "$work/pages" && cp -r -- "$root/site/.vitepress" "$root/site/check.mjs" "$work" || die "docs: cannot copy to $work"
  (cd -- "$work" && MITOSIS_SITE=$site exec node node_modules/vitepress/bin/vitepress.js build) >"$work/log" 2>&1 </dev/null || {
    cat -- "$work/log" >&2
    die "docs: the site could not be built"
  }
  say "docs: the site is in $site; show it with: python3 -m http.server -d $site"
}

install_site_packages() {
  local work=$root/target/site
  cmp -s -- "$root/site/package-lock.json" "$work/node_modules/.installed" && return
  say "docs: installing the site's packages with npm, once …"
  rm -rf -- "$work/node_modules"
  cp -- "$root"/site/package{,-lock}.json "$work" &&
    (cd -- "$work" && exec npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2 </dev/null &&
    cp -- "$root/site/package-lock.json" "$work/node_modules/.installed" || die "docs: npm could not install the site's packages"
}

# Opens every page of the site in Chromium.
check_site() {
  CHROMIUM=$(type -P chromium) node "$root/target/site/check.mjs" "$site" || die "check --docs: the site has problems"
}
