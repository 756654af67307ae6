# Install rules of the libraries: headers, CMake package, pkg-config modules. The optional libraries
# are installed when they are built.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(MULTICONNECTION_BOOST_MINIMUM 1.74)
set(multiconnection_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/MultiConnection)
set(multiconnection_templates ${CMAKE_CURRENT_LIST_DIR})

# One export file per component, so that a missing one does not break find_package for the rest.
function(multiconnection_install_component component target exportName)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${exportName} INSTALL_RPATH "$ORIGIN")
  install(TARGETS ${target} EXPORT MultiConnection-${component}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
  get_property(exported GLOBAL PROPERTY multiconnection_exported)
  if(NOT component IN_LIST exported)
    set_property(GLOBAL APPEND PROPERTY multiconnection_exported ${component})
    install(EXPORT MultiConnection-${component} NAMESPACE MultiConnection::
      DESTINATION ${multiconnection_package_dir} COMPONENT development)
  endif()
endfunction()

function(multiconnection_install_pc name description requires requiresPrivate)
  file(RELATIVE_PATH MULTICONNECTION_PC_PREFIX
       /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  string(REGEX REPLACE "/$" "" MULTICONNECTION_PC_PREFIX "${MULTICONNECTION_PC_PREFIX}")
  set(MULTICONNECTION_PC_NAME ${name})
  set(MULTICONNECTION_PC_DESCRIPTION "${description}")
  set(MULTICONNECTION_PC_REQUIRES "${requires}")
  set(MULTICONNECTION_PC_REQUIRES_PRIVATE "${requiresPrivate}")
  configure_file(${multiconnection_templates}/multiconnection.pc.in
                 ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
endfunction()

multiconnection_install_component(shared multiconnection multiconnection)
multiconnection_install_component(static multiconnection_static multiconnection_static)
if(TARGET multiconnection_node_static)
  multiconnection_install_component(static multiconnection_node_static node_static)
endif()
if(TARGET multiconnection_c)
  multiconnection_install_component(static multiconnection_c_static c_static)
  multiconnection_install_component(c multiconnection_c c)
  multiconnection_install_pc(multiconnection-c "MultiConnection for C" ""
    "multiconnection = ${PROJECT_VERSION}")
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/bindings/c/include/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
endif()
multiconnection_install_pc(multiconnection "${PROJECT_DESCRIPTION}" "" "libcares librtmp nettle")
set(multiconnection_header_filter)
foreach(component node ffmpeg)
  if(TARGET multiconnection_${component})
    multiconnection_install_component(${component} multiconnection_${component} ${component})
    multiconnection_install_pc(multiconnection-${component}
      "MultiConnection's ${component} library" "multiconnection = ${PROJECT_VERSION}" "")
  else()
    list(APPEND multiconnection_header_filter PATTERN ${component}.hpp EXCLUDE)
  endif()
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/multiconnection
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
  FILES_MATCHING PATTERN *.hpp ${multiconnection_header_filter})

if(TARGET multiconn)
  set_target_properties(multiconn PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  install(TARGETS multiconn RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
endif()

configure_package_config_file(${multiconnection_templates}/MultiConnectionConfig.cmake.in
  ${PROJECT_BINARY_DIR}/MultiConnectionConfig.cmake
  INSTALL_DESTINATION ${multiconnection_package_dir}
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a new minor version may break sources, afterwards a new major one.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/MultiConnectionConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/MultiConnectionConfig.cmake
  ${PROJECT_BINARY_DIR}/MultiConnectionConfigVersion.cmake
  DESTINATION ${multiconnection_package_dir} COMPONENT development)
