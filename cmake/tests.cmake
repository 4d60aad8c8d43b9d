# One precompiled header for all test programs: GoogleTest and the standard library are more than half
# of what a test file costs. Only tests have one; public headers are checked without it.
add_library(aistudio_test_precompiled OBJECT ${PROJECT_SOURCE_DIR}/cmake/empty.cpp)
target_link_libraries(aistudio_test_precompiled PRIVATE ${core_library} GTest::gmock)
target_precompile_headers(
    aistudio_test_precompiled
    PRIVATE
    <gmock/gmock.h>
    <gtest/gtest.h>
    <chrono>
    <filesystem>
    <fstream>
    <functional>
    <map>
    <sstream>
    <thread>
)
aistudio_warnings(aistudio_test_precompiled)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang") # else ccache takes each for a new one
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
    target_compile_options(aistudio_test_precompiled PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
endif()

# One test program for all the sources of a folder: a program per file would link the same library
# dozens of times.
#
#   aistudio_test_program(name SOURCES a.cpp... LIBRARIES target... LABELS label... TIMEOUT seconds)
function(aistudio_test_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LIBRARIES;LABELS")
    add_executable(${name} ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gmock GTest::gtest_main)
    target_precompile_headers(${name} REUSE_FROM aistudio_test_precompiled)
    aistudio_warnings(${name})
    gtest_discover_tests(
        ${name}
        TEST_PREFIX ${name}/ # two programs may have a case of the same name
        DISCOVERY_MODE PRE_TEST
        WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
        PROPERTIES TIMEOUT
                   ${arg_TIMEOUT}
                   LABELS
                   "${arg_LABELS}"
    )
endfunction()
