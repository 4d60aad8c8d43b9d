# For wheels that run on other machines: what is large as a shared library, or drags large ones in
# (libarchive: an XML library and Unicode's tables), is linked statically where Debian has it so.
# auditwheel puts the rest beside the module.
set(OPENSSL_USE_STATIC_LIBS ON)
find_library(SQLite3_LIBRARY NAMES libsqlite3.a REQUIRED)
find_package(LibArchive 3.4 REQUIRED)
find_library(AISTUDIO_STATIC_ARCHIVE NAMES libarchive.a REQUIRED)
enable_language(C)
add_library(aistudio_archive_gap OBJECT archive_gap.c) # objects come before libraries
set_target_properties(aistudio_archive_gap PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_include_directories(aistudio_archive_gap PRIVATE ${LibArchive_INCLUDE_DIRS})
set(archive_needs)
foreach(name IN ITEMS liblzma.a libnettle.a libzstd.a bz2 z)
    find_library(AISTUDIO_ARCHIVE_${name} NAMES ${name} REQUIRED)
    list(APPEND archive_needs ${AISTUDIO_ARCHIVE_${name}})
endforeach()
set_target_properties(
    LibArchive::LibArchive PROPERTIES IMPORTED_LOCATION ${AISTUDIO_STATIC_ARCHIVE}
                                      INTERFACE_LINK_LIBRARIES "${archive_needs}"
)
