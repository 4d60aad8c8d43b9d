# Found on the system, never downloaded.

# Boost's packages choose their static libraries when BUILD_SHARED_LIBS is off; how our own
# libraries are built says nothing about Boost's.
if(NOT DEFINED Boost_USE_STATIC_LIBS)
    set(Boost_USE_STATIC_LIBS OFF)
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS headers url)
find_package(simdjson 3.0 CONFIG REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)

# Optional and header-only: writes doubles more than twice as fast. Nobody who links the compiled
# library needs it.
find_package(dragonbox 1.1 CONFIG QUIET)

# Optional: prediction calls over io_uring, where the system allows it. It has no CMake package. Not under
# the thread sanitizer, which knows what a socket orders by its system calls and sees none.
find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND AND NOT AISTUDIO_SANITIZE MATCHES "thread")
    pkg_check_modules(liburing QUIET IMPORTED_TARGET liburing>=2.3)
endif()

if(AISTUDIO_BUILD_LOCAL)
    find_package(SQLite3 3.38 REQUIRED)
    find_package(LibArchive 3.4 REQUIRED)
endif()
if(AISTUDIO_BUILD_CLI)
    find_package(CLI11 2.1 CONFIG REQUIRED)
endif()
if(AISTUDIO_BUILD_TESTS)
    find_package(GTest 1.12 CONFIG REQUIRED)
    find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
endif()
