# Compiles through ccache where it is installed, unless the builder chose a launcher. Paths count as seen
# from the checkout, so that another one finds what this one compiled; the sloppiness is what ccache asks
# for before it stores what was compiled with a precompiled header, which is always a new file.
find_program(AISTUDIO_CCACHE ccache)
mark_as_advanced(AISTUDIO_CCACHE)
if(AISTUDIO_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    get_filename_component(checkout ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND}
        -E
        env
        CCACHE_BASEDIR=${checkout}
        CCACHE_NOHASHDIR=1
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        ${AISTUDIO_CCACHE}
    )
endif()
