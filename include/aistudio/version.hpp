#pragma once

/// @file
/// The version of the library. The build system, the packages and the bindings read it from the
/// three numbers below.

#include <string_view>

#define AISTUDIO_VERSION_MAJOR 0
#define AISTUDIO_VERSION_MINOR 1
#define AISTUDIO_VERSION_PATCH 0

#define AISTUDIO_DETAIL_STRINGIZE_I(x) #x
#define AISTUDIO_DETAIL_STRINGIZE(x) AISTUDIO_DETAIL_STRINGIZE_I(x)

/// The version as a string literal, `"MAJOR.MINOR.PATCH"`.
#define AISTUDIO_VERSION_STRING                                                                    \
    AISTUDIO_DETAIL_STRINGIZE(AISTUDIO_VERSION_MAJOR)                                              \
    "." AISTUDIO_DETAIL_STRINGIZE(AISTUDIO_VERSION_MINOR) "." AISTUDIO_DETAIL_STRINGIZE(           \
        AISTUDIO_VERSION_PATCH)

/// The version as one number that compares in order: `MAJOR * 10000 + MINOR * 100 + PATCH`.
#define AISTUDIO_VERSION                                                                           \
    (AISTUDIO_VERSION_MAJOR * 10000 + AISTUDIO_VERSION_MINOR * 100 + AISTUDIO_VERSION_PATCH)

namespace aistudio {

/// The version of the headers a program was compiled with, for example `"0.1.0"`.
inline constexpr std::string_view version_string = AISTUDIO_VERSION_STRING;

} // namespace aistudio
