# One test program for all the sources of a folder: a program per file would link the same library
# dozens of times.
#
#   aistudio_test_program(name SOURCES a.cpp... LIBRARIES target... LABELS label... TIMEOUT seconds)
function(aistudio_test_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LIBRARIES;LABELS")
    add_executable(${name} ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gmock GTest::gtest_main)
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
                   ENVIRONMENT
                   "${AISTUDIO_TEST_ENVIRONMENT}"
    )
endfunction()
