# SPDX-License-Identifier: GPL-2.0-or-later
# The configuration profile as a zip file that Wireshark imports (Configuration Profiles, Import).

set(RO_PROFILE_DIR ${CMAKE_CURRENT_SOURCE_DIR}/packaging/profile)
file(GLOB RO_PROFILE_FILES CONFIGURE_DEPENDS "${RO_PROFILE_DIR}/RST Origin/*")
set(RO_PROFILE_ZIP ${CMAKE_BINARY_DIR}/rst_origin-profile.zip)

add_custom_command(OUTPUT ${RO_PROFILE_ZIP}
    COMMAND ${CMAKE_COMMAND} -E tar cf ${RO_PROFILE_ZIP} --format=zip -- "RST Origin"
    WORKING_DIRECTORY ${RO_PROFILE_DIR}
    DEPENDS ${RO_PROFILE_FILES}
    VERBATIM)
add_custom_target(profile ALL DEPENDS ${RO_PROFILE_ZIP})
