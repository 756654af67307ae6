#!/usr/bin/env bash
# Puts Red5 into build/red5: its jars, as pom.xml names them, fetched with Maven, and the server made
# of them, compiled. Does nothing when all is there. The pom.xml beside the jars says that they are
# complete, and of which versions.
set -euo pipefail
cd "$(dirname "$0")"

folder=$PWD/../../../build/red5

# A part of a URL without its %XX.
decode() {
  local part=${1//\\/\\\\}
  printf '%b' "${part//%/\\x}"
}

fetch() {
  # Maven reads no proxy from the environment: http://USER:PASSWORD@HOST:PORT, where
  # what stands before HOST may be missing.
  local scheme lower upper options=()
  for scheme in http https; do
    lower=${scheme}_proxy upper=${scheme^^}_PROXY
    if [[ ${!lower:-${!upper:-}} =~ ^(https?://)?(([^/@:]*)(:([^/@]*))?@)?([^/:@]+):([0-9]+) ]]; then
      options+=("-D$scheme.proxyHost=${BASH_REMATCH[6]}" "-D$scheme.proxyPort=${BASH_REMATCH[7]}")
      if [[ ${BASH_REMATCH[2]} ]]; then
        options+=("-D$scheme.proxyUser=$(decode "${BASH_REMATCH[3]}")"
          "-D$scheme.proxyPassword=$(decode "${BASH_REMATCH[5]}")")
      fi
    fi
  done
  rm -rf "$folder"
  if ! mvn --batch-mode --no-transfer-progress --quiet "${options[@]}" \
    dependency:copy-dependencies -DoutputDirectory="$folder"; then
    echo "install.sh: Maven could not fetch Red5's jars, which the tests need: see above" >&2
    exit 1
  fi
  cp pom.xml "$folder/"
}

cmp --silent pom.xml "$folder/pom.xml" || fetch
if [[ ! Red5.java -ot $folder/classes/Red5.class ]]; then
  javac -d "$folder/classes" -cp "$folder/*" Red5.java
  cp ehcache.xml "$folder/classes/"
fi
