# SPDX-License-Identifier: GPL-2.0-or-later
# The build inside a Wireshark source tree: its own macros, flags and install folder.

include(WiresharkPlugin)

string(REPLACE "." ";" ro_version_list ${RO_VERSION})
list(GET ro_version_list 0 ro_major)
list(GET ro_version_list 1 ro_minor)
list(GET ro_version_list 2 ro_micro)
set_module_info(rst_origin ${ro_major} ${ro_minor} ${ro_micro} 0) # defines PLUGIN_VERSION

set(PLUGIN_FILES ${RO_SHELL_FILES} ${RO_CORE_FILES})
set_source_files_properties(${PLUGIN_FILES} PROPERTIES
    COMPILE_FLAGS "${WERROR_COMMON_FLAGS}")
add_wireshark_plugin_library(rst_origin epan)
target_include_directories(rst_origin PRIVATE ${CMAKE_CURRENT_LIST_DIR}/../plugin ${CMAKE_CURRENT_LIST_DIR}/../plugin/core)
target_link_libraries(rst_origin epan)
if(NOT WIN32)
    target_compile_definitions(rst_origin PRIVATE HAVE_SSIZE_T=1) # as its config.h has it
endif()
install_plugin(rst_origin epan)
