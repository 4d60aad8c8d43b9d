# Choices that belong to a developer's build; as a subproject we touch none of them.
if(NOT PROJECT_IS_TOP_LEVEL)
    return()
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

include(${CMAKE_CURRENT_LIST_DIR}/ccache.cmake)

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    include(CheckLinkerFlag)
    check_linker_flag(CXX -fuse-ld=lld AISTUDIO_HAVE_LLD)
    if(AISTUDIO_HAVE_LLD)
        add_link_options(-fuse-ld=lld)
    endif()
endif()

if(AISTUDIO_SANITIZE)
    set(sanitize_flags -fsanitize=${AISTUDIO_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_compile_options(${sanitize_flags})
    add_link_options(${sanitize_flags})
endif()
