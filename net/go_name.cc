#include "net/go_name.h"

#include <fmt/core.h>
#include <openssl/crypto.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>
#include <vector>

namespace rampart::net {
namespace {

struct Kind {
  int nid;
  std::string_view label;
  bool once;  // the last one counts alone
};

// In the order of the text.
constexpr std::array kKinds{Kind{NID_serialNumber, "SERIALNUMBER", true},
                            Kind{NID_commonName, "CN", true},
                            Kind{NID_postalCode, "POSTALCODE", false},
                            Kind{NID_streetAddress, "STREET", false},
                            Kind{NID_stateOrProvinceName, "ST", false},
                            Kind{NID_localityName, "L", false},
                            Kind{NID_organizationalUnitName, "OU", false},
                            Kind{NID_organizationName, "O", false},
                            Kind{NID_countryName, "C", false}};

// Empty where it is no text.
std::optional<std::string> text_of(const X509_NAME_ENTRY* entry) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
  if (size < 0) return std::nullopt;
  std::string out(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool edge = i == 0 || i + 1 == text.size();
    if (std::string_view(",+\"\\<>;").find(c) != std::string_view::npos || (c == ' ' && edge) ||
        (c == '#' && i == 0))
      out += '\\';
    out += c;
  }
  return out;
}

// DER of a PrintableString where its letters allow it, else of a UTF8String, in hexadecimal digits.
std::string der_of(std::string_view text) {
  constexpr unsigned kUtf8 = 0x0C;
  constexpr unsigned kPrintable = 0x13;
  const bool printable = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view(" '()+,-./:=?").find(static_cast<char>(c)) != std::string_view::npos;
  });
  std::string out = fmt::format("{:02x}", printable ? kPrintable : kUtf8);
  if (text.size() < 0x80) {
    out += fmt::format("{:02x}", text.size());
  } else {
    auto size = fmt::format("{:x}", text.size());
    if (size.size() % 2 != 0) size.insert(0, 1, '0');
    out += fmt::format("{:02x}{}", 0x80 + size.size() / 2, size);
  }
  for (const auto c : text) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::string dotted(const ASN1_OBJECT* object) {
  std::array<char, 128> text{};
  const int size = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
  return {text.data(), std::min(static_cast<std::size_t>(std::max(size, 0)), text.size() - 1)};
}

}  // namespace

std::string go_name(const X509_name_st& name) {
  std::array<std::vector<std::string>, kKinds.size()> known;
  std::vector<std::string> others;
  for (int i = 0; i < X509_NAME_entry_count(&name); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(&name, i);
    const ASN1_OBJECT* object = X509_NAME_ENTRY_get_object(entry);
    const auto text = text_of(entry);
    if (!text) continue;
    const auto* kind = std::find_if(kKinds.begin(), kKinds.end(), [object](const Kind& k) {
      return k.nid == OBJ_obj2nid(object);
    });
    if (kind == kKinds.end()) {
      others.push_back(dotted(object) + "=#" + der_of(*text));
      continue;
    }
    auto& values = known[static_cast<std::size_t>(kind - kKinds.begin())];
    if (kind->once) values.clear();
    if (kind->once && text->empty()) continue;
    values.push_back(fmt::format("{}={}", kind->label, escaped(*text)));
  }
  std::string out;
  for (const auto& values : known)
    for (std::size_t i = 0; i < values.size(); ++i)
      out += (i > 0 ? "+" : out.empty() ? "" : ",") + values[i];
  for (auto other = others.rbegin(); other != others.rend(); ++other)
    out += (out.empty() ? "" : ",") + *other;
  return out;
}

}  // namespace rampart::net
