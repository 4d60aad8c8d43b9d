include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/aistudio)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/aistudio DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# One export for each component, so that a consumer of one needs the dependencies of no other.
foreach(component headers aistudio local)
    if(TARGET aistudio_${component})
        install(TARGETS aistudio_${component} EXPORT aistudio-${component})
        install(
            EXPORT aistudio-${component}
            NAMESPACE aistudio::
            FILE aistudio-${component}-targets.cmake
            DESTINATION ${package_dir}
        )
    endif()
endforeach()
if(TARGET aistudio)
    install(TARGETS aistudio)
endif()

# Whoever links the static library links what it stands on.
set(links_liburing FALSE)
set(pc_liburing "")
if(TARGET PkgConfig::liburing AND NOT BUILD_SHARED_LIBS)
    set(links_liburing TRUE)
    set(pc_liburing ", liburing >= 2.3")
endif()
configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/aistudio-config.cmake.in ${PROJECT_BINARY_DIR}/aistudio-config.cmake
    INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO
)
write_basic_package_version_file(
    ${PROJECT_BINARY_DIR}/aistudio-config-version.cmake COMPATIBILITY SameMajorVersion
)
install(FILES ${PROJECT_BINARY_DIR}/aistudio-config.cmake
              ${PROJECT_BINARY_DIR}/aistudio-config-version.cmake DESTINATION ${package_dir}
)

file(RELATIVE_PATH pc_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(
    ${PROJECT_SOURCE_DIR}/cmake/aistudio.pc.in ${PROJECT_BINARY_DIR}/aistudio.pc @ONLY
)
install(FILES ${PROJECT_BINARY_DIR}/aistudio.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
