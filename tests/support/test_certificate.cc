#include "tests/support/test_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/assert.h"
#include "base/deleter.h"

namespace rampart::testing {
namespace {

using base::Deleter;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using FilePtr = std::unique_ptr<std::FILE, Deleter<std::fclose>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;

long seconds(std::chrono::hours hours) { return std::chrono::seconds(hours).count(); }

void add_extension(X509* certificate, int nid, const std::string& value) {
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
  RAMPART_ASSERT(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

}  // namespace

TestCertificate::TestCertificate(const Options& options) {
  auto name = (std::filesystem::temp_directory_path() / "rampart-test-XXXXXX").string();
  RAMPART_ASSERT(mkdtemp(name.data()) != nullptr);
  directory_ = name;

  const KeyPtr key(EVP_EC_gen("P-256"));
  const CertificatePtr made(X509_new());
  X509* x = made.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), seconds(options.valid_from));
  X509_gmtime_adj(X509_getm_notAfter(x), seconds(options.valid_until));
  X509_set_pubkey(x, key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(x, X509_get_subject_name(x));
  add_extension(x, NID_subject_alt_name, options.names);
  RAMPART_ASSERT(X509_sign(x, key.get(), EVP_sha256()) > 0);

  const FilePtr certificate_file(std::fopen(certificate().c_str(), "w"));
  const FilePtr key_file(std::fopen(this->key().c_str(), "w"));
  RAMPART_ASSERT(certificate_file && PEM_write_X509(certificate_file.get(), x) == 1);
  RAMPART_ASSERT(key_file && PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0,
                                                  nullptr, nullptr) == 1);
}

TestCertificate::~TestCertificate() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace rampart::testing
