#include "certificates.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/assert.h"
#include "base/base64.h"
#include "base/deleter.h"
#include "tests/support/scratch_folder.h"

namespace rampart::probe {

using FilePtr = std::unique_ptr<std::FILE, base::Deleter<std::fclose>>;

namespace {

// Until the tests of this process end.
const testing::ScratchFolder& folder() {
  static const testing::ScratchFolder made;
  return made;
}

std::string running_test() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  if (test == nullptr) return "none";
  auto out = std::string(test->test_suite_name()) + "_" + test->name();
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

}  // namespace

CertificateFiles make_certificate(const std::string& stem, const std::string& names,
                                  long not_before, long not_after) {
  const std::unique_ptr<EVP_PKEY, base::Deleter<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, base::Deleter<X509_free>> owner(X509_new());
  X509* x = owner.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
  X509_gmtime_adj(X509_getm_notBefore(x), not_before);
  X509_gmtime_adj(X509_getm_notAfter(x), not_after);
  X509_set_pubkey(x, key.get());
  X509_NAME* name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(stem.c_str()), -1, -1, 0);
  X509_set_issuer_name(x, name);
  const std::unique_ptr<X509_EXTENSION, base::Deleter<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()));
  RAMPART_ASSERT(extension && X509_add_ext(x, extension.get(), -1) == 1);
  RAMPART_ASSERT(X509_sign(x, key.get(), EVP_sha256()) > 0);

  const auto path = folder().file(running_test() + "_" + stem);
  CertificateFiles out{path + ".pem", path + ".key"};
  const FilePtr certificate_file(std::fopen(out.certificate.c_str(), "w"));
  const FilePtr key_file(std::fopen(out.key.c_str(), "w"));
  RAMPART_ASSERT(certificate_file && PEM_write_X509(certificate_file.get(), x) == 1);
  RAMPART_ASSERT(key_file && PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0,
                                                  nullptr, nullptr) == 1);
  return out;
}

std::string pin_of(const CertificateFiles& files) {
  const FilePtr file(std::fopen(files.certificate.c_str(), "r"));
  RAMPART_ASSERT(file);
  const std::unique_ptr<X509, base::Deleter<X509_free>> shown(
      PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
  unsigned char* key = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(shown.get()), &key);
  RAMPART_ASSERT(size > 0);
  std::string digest(32, '\0');
  RAMPART_ASSERT(EVP_Digest(key, static_cast<std::size_t>(size),
                            reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(),
                            nullptr) == 1);
  OPENSSL_free(key);
  return "sha256/" + base::to_base64(digest);
}

}  // namespace rampart::probe
