# Warnings for our own targets only: a consumer's flags are its own business.
function(aistudio_warnings target)
    if(MSVC)
        target_compile_options(${target} PRIVATE /W4 $<$<BOOL:${AISTUDIO_WERROR}>:/WX>)
    else()
        target_compile_options(
            ${target} PRIVATE -Wall -Wextra -Wpedantic $<$<BOOL:${AISTUDIO_WERROR}>:-Werror>
        )
        # GCC 12 sees overlaps in `"text" + std::to_string(n)` that cannot be (GCC bug 105651, mended in
        # 13), and reads of an empty std::optional behind the test that it is not (bug 80635). clang
        # and the sanitizers watch for the real ones.
        if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
            target_compile_options(
                ${target} PRIVATE -Wno-restrict -Wno-maybe-uninitialized -Wno-array-bounds
                                  -Wno-stringop-overflow -Wno-stringop-overread
            )
        endif()
    endif()
endfunction()
