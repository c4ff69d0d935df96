# SPDX-License-Identifier: GPL-2.0-or-later
# The page's style and script as strings of C: octet by octet, since some compilers limit a literal's length.

set(RO_PAGE_FILES_C ${CMAKE_CURRENT_BINARY_DIR}/page_files.c)
set(ro_text "/* SPDX-License-Identifier: GPL-2.0-or-later */\n/* Made by cmake/Embed.cmake. */\n\n#include \"report/page_files.h\"\n")
foreach(kind css js)
    set(ro_file ${CMAKE_CURRENT_LIST_DIR}/../plugin/core/report/page/page.${kind})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ro_file})
    file(READ ${ro_file} ro_hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," ro_octets "${ro_hex}")
    string(APPEND ro_text "\nconst char ro_page_${kind}[] = {${ro_octets}0};\n")
endforeach()
file(GENERATE OUTPUT ${RO_PAGE_FILES_C} CONTENT "${ro_text}")
list(APPEND RO_CORE_FILES ${RO_PAGE_FILES_C})
