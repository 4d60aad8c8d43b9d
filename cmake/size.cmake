# Keeps programs that link the static libraries small, and the libraries' names to themselves.
#
# Each function in a section of its own: a program linked with --gc-sections then carries only what it
# calls. The compiled library is a handful of large sources: without this, all of each. Hidden symbols:
# calls inside the library need no indirection, and a shared object made from a static library (a
# Python module, say) exports none of them.
function(aistudio_keep_small target)
    if(NOT MSVC)
        target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections)
    endif()
    if(NOT BUILD_SHARED_LIBS)
        set_target_properties(
            ${target} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        )
    endif()
endfunction()

function(aistudio_drop_unused_sections target)
    if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
        target_link_options(${target} PRIVATE LINKER:--gc-sections)
    endif()
endfunction()

# For sources of this folder's targets that are not in the way of a prediction call: half the size, and
# a network or a disk takes longer anyway.
function(aistudio_prefer_size)
    if(NOT MSVC)
        set_source_files_properties(
            ${ARGN} PROPERTIES COMPILE_OPTIONS $<$<OR:$<CONFIG:Release>,$<CONFIG:MinSizeRel>>:-Os>
        )
    endif()
endfunction()
