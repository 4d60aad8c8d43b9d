# The library and the local studio as static libraries inside a binding, with the compiler flags of
# the release preset, so that ccache compiles them once for all.
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/ccache.cmake)

set(BUILD_SHARED_LIBS OFF)
set(AISTUDIO_BUILD_LOCAL ON)
add_subdirectory(${CMAKE_CURRENT_LIST_DIR}/../.. aistudio EXCLUDE_FROM_ALL)
add_subdirectory(${CMAKE_CURRENT_LIST_DIR} common EXCLUDE_FROM_ALL)
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/warnings.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/size.cmake)
