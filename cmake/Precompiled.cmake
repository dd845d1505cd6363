# Headers that most sources read and nobody here edits, parsed once: they were half of a cold build. Every
# source still includes what it uses: the presets release and fuzz build without this.
option(RAMPART_PCH "precompile the headers of the standard library, fmt and GoogleTest" ON)

# A library of nothing but its precompiled header, for others to take. GCC takes it only where the
# flags agree.
function(rampart_precompiled_headers target)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/precompiled.cc CONTENT "")
  add_library(${target} OBJECT ${PROJECT_BINARY_DIR}/precompiled.cc)
  target_precompile_headers(${target} PRIVATE
    <algorithm> <array> <bit> <charconv> <chrono> <cmath> <cstdint> <cstring> <functional> <map> <memory>
    <optional> <span> <string> <string_view> <unordered_map> <utility> <variant> <vector>
    <fmt/core.h> <tl/expected.hpp> ${ARGN})
  target_link_libraries(${target} PRIVATE rampart_flags fmt::fmt tl::expected)
endfunction()

# rampart_precompile(rampart_net rampart_pch)
function(rampart_precompile target headers)
  if(RAMPART_PCH)
    target_precompile_headers(${target} REUSE_FROM ${headers})
  endif()
endfunction()

if(RAMPART_PCH)
  rampart_precompiled_headers(rampart_pch)
endif()
