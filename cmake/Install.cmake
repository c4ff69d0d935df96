# SPDX-License-Identifier: GPL-2.0-or-later
# Where the module goes: the system plugin folder, or the user's own.

# Wireshark names no variable for the personal folder. The bundle of macOS writes 4-4 for 4.4.
if(APPLE)
    set(ro_personal_version ${Wireshark_MAJOR_VERSION}-${Wireshark_MINOR_VERSION})
else()
    set(ro_personal_version ${RO_PLUGIN_VERSION_DIR})
endif()
set(RO_PERSONAL_DIR "$ENV{HOME}/.local/lib/wireshark/plugins/${ro_personal_version}/epan"
    CACHE PATH "Personal plugin folder, for the target install-personal")

if(RO_INSTALL_PERSONAL)
    install(TARGETS rst_origin LIBRARY DESTINATION "${RO_PERSONAL_DIR}")
else()
    install(TARGETS rst_origin LIBRARY DESTINATION "${Wireshark_PLUGIN_LIBDIR}/epan")
endif()

# The host witness, where Wireshark looks for capture interfaces; that folder is the system's alone. Recording needs
# root anyway.
if(UNIX AND NOT APPLE AND NOT RO_INSTALL_PERSONAL)
    file(RELATIVE_PATH ro_extcap_dir "${Wireshark_INSTALL_PREFIX}" "${Wireshark_EXTCAP_INSTALL_DIR}")
    install(PROGRAMS extcap/rst-witness DESTINATION "${ro_extcap_dir}")
    install(DIRECTORY extcap/rst_witness DESTINATION "${ro_extcap_dir}" FILES_MATCHING PATTERN "*.py")
endif()

# For packages: the configuration profile and the batch for all users. Not part of a plain installation, which
# brings the module alone; packages ask for it by --component extras.
install(DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/packaging/profile/RST Origin"
    DESTINATION share/wireshark/profiles
    COMPONENT extras EXCLUDE_FROM_ALL OPTIONAL)
# The batch over many captures: a launcher, and its Python package beside it.
install(PROGRAMS "${CMAKE_CURRENT_SOURCE_DIR}/packaging/batch" DESTINATION bin RENAME rst-origin-batch
    COMPONENT extras EXCLUDE_FROM_ALL OPTIONAL)
install(DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/packaging/rst_batch" DESTINATION share/rst_origin
    COMPONENT extras EXCLUDE_FROM_ALL OPTIONAL PATTERN "*.py" PATTERN "__pycache__" EXCLUDE)

# Copied aside and renamed: overwriting a module that a running Wireshark has loaded crashes it.
add_custom_target(install-personal
    COMMAND ${CMAKE_COMMAND} -E make_directory "${RO_PERSONAL_DIR}"
    COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:rst_origin>
            "${RO_PERSONAL_DIR}/.rst_origin.so.new"
    COMMAND ${CMAKE_COMMAND} -E rename "${RO_PERSONAL_DIR}/.rst_origin.so.new"
            "${RO_PERSONAL_DIR}/$<TARGET_FILE_NAME:rst_origin>"
    COMMAND ${CMAKE_COMMAND} -E echo "Installed in ${RO_PERSONAL_DIR}"
    DEPENDS rst_origin
    VERBATIM)
