# The rooms and the only edges between them, in one place. A DEPS that is not listed here is an error;
# script/check compares every #include "room/..." with the same table.
set(RAMPART_EDGES_base "")
set(RAMPART_EDGES_model base)
set(RAMPART_EDGES_net base)
set(RAMPART_EDGES_scenarios base model)
set(RAMPART_EDGES_loadgen base model net)
set(RAMPART_EDGES_probe base model net)
set(RAMPART_EDGES_sniffer base model)
set(RAMPART_EDGES_store base model)
set(RAMPART_EDGES_host base model)
set(RAMPART_EDGES_correlator base model)
set(RAMPART_EDGES_reports base model)
set(RAMPART_EDGES_exporter base model net probe reports)
set(RAMPART_EDGES_target base net)
set(RAMPART_EDGES_runner base model net scenarios loadgen probe sniffer store correlator reports target)
set(RAMPART_EDGES_cli base model net scenarios loadgen probe sniffer store host correlator reports exporter target runner)

# Flags of rampart's own code. -Werror stands in the presets: a packager's compiler is not ours.
add_library(rampart_flags INTERFACE)
target_compile_features(rampart_flags INTERFACE cxx_std_20)
target_compile_options(rampart_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wnull-dereference -fstack-protector-strong)
target_include_directories(rampart_flags INTERFACE ${PROJECT_SOURCE_DIR})
# Some libraries ask for it; a precompiled header is taken only where all have it.
target_compile_options(rampart_flags INTERFACE -pthread)

# rampart_room(NAME base SRCS a.cc HDRS a.h DEPS base LIBS fmt::fmt PRIVATE_LIBS zlib)
# One static library per room. HDRS are its public face; each must compile on its own.
function(rampart_room)
  cmake_parse_arguments(ROOM "" "NAME" "SRCS;HDRS;DEPS;LIBS;PRIVATE_LIBS" ${ARGN})
  if(NOT DEFINED RAMPART_EDGES_${ROOM_NAME})
    message(FATAL_ERROR "room '${ROOM_NAME}' is not in the table of cmake/Rooms.cmake")
  endif()
  foreach(dep IN LISTS ROOM_DEPS)
    if(NOT dep IN_LIST RAMPART_EDGES_${ROOM_NAME})
      message(FATAL_ERROR "room '${ROOM_NAME}' must not use '${dep}': see docs/architecture.md")
    endif()
  endforeach()
  add_library(rampart_${ROOM_NAME} STATIC ${ROOM_SRCS})
  add_library(rampart::${ROOM_NAME} ALIAS rampart_${ROOM_NAME})
  target_sources(rampart_${ROOM_NAME} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}
    FILES ${ROOM_HDRS})
  list(TRANSFORM ROOM_DEPS PREPEND rampart::)
  target_link_libraries(rampart_${ROOM_NAME} PUBLIC rampart_flags ${ROOM_DEPS} ${ROOM_LIBS}
    PRIVATE ${ROOM_PRIVATE_LIBS})
  rampart_precompile(rampart_${ROOM_NAME} rampart_pch)
endfunction()

# rampart_room_tests(NAME base SRCS clock_test.cc LIBS extra LABELS live)
# One test binary per room, named test_<room>; tests that need root, a real server or a namespace go
# into a binary of their own with LABELS live.
function(rampart_room_tests)
  cmake_parse_arguments(TEST "" "NAME;SUFFIX" "SRCS;LIBS;LABELS" ${ARGN})
  set(target test_${TEST_NAME}${TEST_SUFFIX})
  if(NOT TEST_LABELS)
    set(TEST_LABELS unit)
  endif()
  add_executable(${target} ${TEST_SRCS})
  target_link_libraries(${target} PRIVATE rampart::${TEST_NAME} ${TEST_LIBS} GTest::gmock
    GTest::gtest_main)
  target_compile_definitions(${target} PRIVATE
    RAMPART_TEST_DATA="${CMAKE_CURRENT_SOURCE_DIR}" RAMPART_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  # gtest_discover_tests keeps one label only, so the room stands in front of each test's name.
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_PREFIX "${TEST_NAME}."
    PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT 120)
  target_link_libraries(${target} PRIVATE rampart_test_flags)
  rampart_precompile(${target} rampart_test_pch)
  if(TEST_LABELS STREQUAL "unit")
    add_dependencies(unit_tests ${target})
  else()
    add_dependencies(program_tests ${target})
  endif()
endfunction()
