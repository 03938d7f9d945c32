# As much of Slicer's CMake as RLNResponse's CMakeLists.txt files use, for Testing/Python/test_extension_package.py.
# Files go where Slicer 5.12 puts them: CMake/SlicerMacroBuildScriptedModule.cmake in Slicer's sources.
set(Slicer_QTSCRIPTEDMODULES_LIB_DIR "lib/Slicer-5.12/qt-scripted-modules")
set(Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR "${Slicer_QTSCRIPTEDMODULES_LIB_DIR}")

# A module of CMake's that does nothing: what Slicer does there (its settings, the package) is not needed here.
set(Slicer_USE_FILE CMakeParseArguments)
set(Slicer_EXTENSION_GENERATE_CONFIG CMakeParseArguments)
set(Slicer_EXTENSION_CPACK CMakeParseArguments)

# What the Extensions Manager would show, a line for each.
foreach(_name HOMEPAGE CONTRIBUTORS DESCRIPTION ICONURL SCREENSHOTURLS DEPENDS RECOMMENDS)
  file(APPEND "${CMAKE_BINARY_DIR}/extension.txt" "${_name}=${EXTENSION_${_name}}\n")
endforeach()

macro(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(_module "WITH_GENERIC_TESTS;WITH_SUBDIR;VERBOSE" "NAME" "SCRIPTS;RESOURCES" ${ARGN})
  if(_module_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "Unknown keywords: ${_module_UNPARSED_ARGUMENTS}")
  endif()
  foreach(_item IN LISTS _module_SCRIPTS _module_RESOURCES)
    if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${_item}")
      message(FATAL_ERROR "Nonexistent file '${_item}'")
    endif()
    get_filename_component(_below "${_item}" DIRECTORY)
    configure_file("${_item}" "${CMAKE_BINARY_DIR}/${Slicer_QTSCRIPTEDMODULES_LIB_DIR}/${_item}" COPYONLY)
    install(FILES "${_item}" DESTINATION "${Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR}/${_below}" COMPONENT RuntimeLibraries)
  endforeach()
endmacro()

macro(slicer_add_python_unittest)
  cmake_parse_arguments(_unittest "" "SCRIPT" "" ${ARGN})
  file(APPEND "${CMAKE_BINARY_DIR}/unittests.txt" "${_unittest_SCRIPT}\n")
endmacro()
