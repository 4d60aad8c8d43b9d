#!/usr/bin/env bash
# One way to consume the library, as an outsider would: run.sh WAY [ARGUMENT...]
# From the environment: CMAKE, CXX, PREFIX (the installed tree), WORK (a folder for builds), STRIP.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
way=$1
shift

fail() {
    echo "$*" >&2
    exit 1
}

fresh_folder() { rm -rf "$1" && mkdir -p "$1"; }

# Configures and builds the project in find_package/ for one component, and runs its program.
build_component() {
    local component=$1 folder=$WORK/find_package_$1
    fresh_folder "$folder"
    "$CMAKE" -S "$here/find_package" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
        -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_PREFIX_PATH="$PREFIX" -DCOMPONENT="$component"
    "$CMAKE" --build "$folder"
    "$folder/consumer"
}

case $way in
install)
    fresh_folder "$PREFIX"
    "$CMAKE" --install "$1" --prefix "$PREFIX"
    ;;
find_package_headers) build_component headers ;;
find_package_aistudio) build_component aistudio ;;
find_package_local) build_component local ;;
find_package_refusals)
    fresh_folder "$WORK/refusals"
    "$CMAKE" -S "$here/refusals" -B "$WORK/refusals" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" \
        -DCMAKE_PREFIX_PATH="$PREFIX"
    ;;
pkg_config)
    fresh_folder "$WORK/pkg_config"
    pc=$(find "$PREFIX" -name aistudio.pc)
    export PKG_CONFIG_PATH=${pc%/*}
    read -ra flags <<<"$(pkg-config --cflags --libs aistudio)"
    "$CXX" -std=c++20 "$here/client.cpp" -o "$WORK/pkg_config/consumer" "${flags[@]}"
    LD_LIBRARY_PATH=$(pkg-config --variable=libdir aistudio) "$WORK/pkg_config/consumer"
    ;;
subproject)
    fresh_folder "$WORK/subproject"
    unset CMAKE_CXX_COMPILER_LAUNCHER # the project checks that nothing sets one
    "$CMAKE" -S "$here/subproject" -B "$WORK/subproject" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" \
        -DAISTUDIO_SOURCE="$1"
    ;;
stripped_size)
    fresh_folder "$WORK/stripped_size"
    "$STRIP" -o "$WORK/stripped_size/program" "$1"
    size=$(stat -c %s "$WORK/stripped_size/program")
    echo "$1: $size bytes stripped, at most $2"
    readelf -d "$1" | grep -q libaistudio && fail "It links our library as a shared one."
    [ "$size" -le "$2" ] || fail "The program has grown too large."
    ;;
*) fail "unknown way: $way" ;;
esac
