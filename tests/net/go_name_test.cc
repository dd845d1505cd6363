#include "net/go_name.h"

#include <gtest/gtest.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/deleter.h"

namespace rampart::net {
namespace {

TEST(GoName, WritesAsGoDoes) {
  using Parts = std::vector<std::pair<const char*, const char*>>;
  const struct {
    Parts parts;
    const char* text;
  } cases[] = {
      {{}, ""},
      {{{"CN", "web.test"}}, "CN=web.test"},
      // Whatever their order was.
      {{{"C", "DE"}, {"O", "Lab"}, {"OU", "Net"}, {"CN", "web"}}, "CN=web,OU=Net,O=Lab,C=DE"},
      {{{"C", "DE"},
        {"ST", "Bavaria"},
        {"L", "Munich"},
        {"street", "Way 1"},
        {"postalCode", "80331"}},
       "POSTALCODE=80331,STREET=Way 1,ST=Bavaria,L=Munich,C=DE"},
      {{{"serialNumber", "17"}, {"CN", "web"}}, "SERIALNUMBER=17,CN=web"},
      // Of one kind: together, but of those that are one the last alone.
      {{{"OU", "a"}, {"OU", "b"}, {"CN", "x"}, {"CN", "y"}}, "CN=y,OU=a+OU=b"},
      {{{"CN", "a,b+c\"d\\e<f>g;h"}}, "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h"},
      {{{"CN", " edge "}}, "CN=\\ edge\\ "},
      {{{"CN", "#hash#"}}, "CN=\\#hash#"},
      {{{"CN", "J\xC3\xBCrgen"}}, "CN=J\xC3\xBCrgen"},
      // Other kinds by number, with their DER.
      {{{"emailAddress", "a@b.test"}, {"CN", "web"}},
       "CN=web,1.2.840.113549.1.9.1=#0c086140622e74657374"},
      {{{"DC", "test"}, {"DC", "web"}},
       "0.9.2342.19200300.100.1.25=#1303776562,0.9.2342.19200300.100.1.25=#130474657374"},
  };
  for (const auto& c : cases) {
    const std::unique_ptr<X509_NAME, base::Deleter<X509_NAME_free>> name(X509_NAME_new());
    for (const auto& [kind, value] : c.parts)
      ASSERT_EQ(
          X509_NAME_add_entry_by_txt(name.get(), kind, MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(value), -1, -1, 0),
          1)
          << kind;
    EXPECT_EQ(go_name(*name), c.text);
  }
}

TEST(GoName, LongValuesHaveLongLengths) {
  const std::unique_ptr<X509_NAME, base::Deleter<X509_NAME_free>> name(X509_NAME_new());
  const std::string value(300, 'a');
  ASSERT_EQ(
      X509_NAME_add_entry_by_NID(name.get(), NID_description, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0),
      1);
  const auto text = go_name(*name);
  EXPECT_TRUE(text.starts_with("2.5.4.13=#1382012c616161")) << text.substr(0, 40);
  EXPECT_EQ(text.size(), std::string("2.5.4.13=#1382012c").size() + 600);
}

}  // namespace
}  // namespace rampart::net
