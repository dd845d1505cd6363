# Every third-party library, found once. Debian 12 packages only; script/bootstrap names them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(LIBCRYPT REQUIRED IMPORTED_TARGET GLOBAL libxcrypt)
pkg_check_modules(LIBBROTLIDEC REQUIRED IMPORTED_TARGET GLOBAL libbrotlidec)
pkg_check_modules(LIBBROTLIENC REQUIRED IMPORTED_TARGET GLOBAL libbrotlienc)  # for tests alone
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET GLOBAL libuv)
pkg_check_modules(LIBCARES REQUIRED IMPORTED_TARGET GLOBAL libcares)
pkg_check_modules(LIBLDNS REQUIRED IMPORTED_TARGET GLOBAL ldns)
# Else its headers make macros of bool, true and false.
target_compile_definitions(PkgConfig::LIBLDNS INTERFACE HAVE_STDBOOL_H=1)
pkg_check_modules(LIBNGHTTP2 REQUIRED IMPORTED_TARGET GLOBAL libnghttp2)
pkg_check_modules(LIBPCAP REQUIRED IMPORTED_TARGET GLOBAL libpcap)
pkg_check_modules(LIBHS REQUIRED IMPORTED_TARGET GLOBAL libhs)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET GLOBAL libpcre2-8)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET GLOBAL re2)

# http-parser ships neither a CMake nor a pkg-config file.
find_path(HTTP_PARSER_INCLUDE_DIR http_parser.h REQUIRED)
find_library(HTTP_PARSER_LIBRARY http_parser REQUIRED)
add_library(rampart_http_parser INTERFACE)
target_include_directories(rampart_http_parser SYSTEM INTERFACE ${HTTP_PARSER_INCLUDE_DIR})
target_link_libraries(rampart_http_parser INTERFACE ${HTTP_PARSER_LIBRARY})

# Debian's htp.pc names a second include folder, which does not exist.
pkg_check_modules(LIBHTP REQUIRED IMPORTED_TARGET GLOBAL htp)
set_property(TARGET PkgConfig::LIBHTP PROPERTY INTERFACE_INCLUDE_DIRECTORIES ${LIBHTP_INCLUDEDIR})
