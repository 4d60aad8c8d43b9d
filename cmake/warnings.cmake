# Warnings for our own targets only: a consumer's flags are its own business.
function(aistudio_warnings target)
    if(MSVC)
        target_compile_options(${target} PRIVATE /W4 $<$<BOOL:${AISTUDIO_WERROR}>:/WX>)
    else()
        target_compile_options(
            ${target} PRIVATE -Wall -Wextra -Wpedantic $<$<BOOL:${AISTUDIO_WERROR}>:-Werror>
        )
    endif()
endfunction()
