# SPDX-License-Identifier: GPL-2.0-or-later
# Compiler flags of everything here, as the target ro_flags. Tests link it as well.

add_library(ro_flags INTERFACE)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)

target_compile_options(ro_flags INTERFACE -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes
                                          -Wold-style-definition)

if(RO_SANITIZE)
    target_compile_options(ro_flags INTERFACE -fsanitize=address,undefined
                                              -fno-sanitize-recover=undefined
                                              -fno-omit-frame-pointer)
    target_link_options(ro_flags INTERFACE -fsanitize=address,undefined)
endif()
