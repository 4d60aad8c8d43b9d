# Writes a C++ file that holds other files as bytes:
#   cmake -DOUTPUT=x.cpp -DROOT=dir -DFILES="a.py|b/c.py" -P embed_files.cmake
# FILES are relative to ROOT and keep that name in the program.
string(REPLACE "|" ";" FILES "${FILES}")

set(arrays "")
set(entries "")
set(index 0)
foreach(file IN LISTS FILES)
    file(READ ${ROOT}/${file} hex HEX)
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
    string(REPLACE "'\\x0a'," "'\\x0a',\n" bytes "${bytes}")
    # The final zero keeps an empty file from being an array without elements.
    string(APPEND arrays "constexpr char file_${index}[] = {\n${bytes}'\\0'};\n")
    string(APPEND entries "    {\"${file}\", {file_${index}, sizeof(file_${index}) - 1}},\n")
    math(EXPR index "${index} + 1")
endforeach()

file(
    WRITE ${OUTPUT}.tmp
    "// Generated from ${index} files. Do not edit.
#include \"local/serving/embedded.hpp\"

#include <array>

namespace aistudio::local::embedded {
namespace {
${arrays}
constexpr std::array<embedded_file, ${index}> files{{
${entries}}};
} // namespace

std::span<const embedded_file> worker_files() { return files; }

} // namespace aistudio::local::embedded
"
)
file(RENAME ${OUTPUT}.tmp ${OUTPUT})
