#include "tests/support/certificate_tree.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

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

void add_extension(X509* certificate, int nid, const char* value) {
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value));
  RAMPART_ASSERT(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

}  // namespace

struct CertificateTree::Made {
  CertificatePtr certificate;
  KeyPtr key;
};
struct CertificateTree::Store {
  std::map<std::string, Made, std::less<>> all;
};

CertificateTree::CertificateTree() : store_(std::make_unique<Store>()) {
  auto name = (std::filesystem::temp_directory_path() / "rampart-test-XXXXXX").string();
  RAMPART_ASSERT(mkdtemp(name.data()) != nullptr);
  directory_ = name;
}

CertificateTree::~CertificateTree() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void CertificateTree::make(const std::string& name, const Options& options) {
  KeyPtr key(EVP_EC_gen("P-256"));
  if (!options.twin.empty()) {
    key.reset(made(options.twin).key.get());
    EVP_PKEY_up_ref(key.get());
  }
  CertificatePtr certificate(X509_new());
  X509* x = certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), static_cast<long>(store_->all.size()) + 1);
  X509_gmtime_adj(X509_getm_notBefore(x), seconds(options.valid_from));
  X509_gmtime_adj(X509_getm_notAfter(x), seconds(options.valid_until));
  X509_set_pubkey(x, key.get());
  const auto& subject = options.twin.empty() ? name : options.twin;
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
  const bool alone = options.issuer.empty();
  const X509* issuer = alone ? x : made(options.issuer).certificate.get();
  X509_set_issuer_name(x, X509_get_subject_name(issuer));
  if (options.authority) add_extension(x, NID_basic_constraints, "critical,CA:TRUE");
  if (!options.names.empty()) add_extension(x, NID_subject_alt_name, options.names.c_str());
  EVP_PKEY* signer = alone ? key.get() : made(options.issuer).key.get();
  RAMPART_ASSERT(X509_sign(x, signer, EVP_sha256()) > 0);

  const FilePtr certificate_file(std::fopen(this->certificate(name).c_str(), "w"));
  const FilePtr key_file(std::fopen(this->key(name).c_str(), "w"));
  RAMPART_ASSERT(certificate_file && PEM_write_X509(certificate_file.get(), x) == 1);
  RAMPART_ASSERT(key_file && PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0,
                                                  nullptr, nullptr) == 1);
  store_->all[name] = {std::move(certificate), std::move(key)};
}

std::string CertificateTree::certificate(std::string_view name) const {
  return directory_ + "/" + std::string(name) + ".pem";
}

std::string CertificateTree::key(std::string_view name) const {
  return directory_ + "/" + std::string(name) + ".key";
}

std::string CertificateTree::chain(const std::vector<std::string_view>& names) const {
  const auto path = directory_ + "/" + std::string(names.at(0)) + ".chain";
  std::ofstream out(path);
  for (const auto name : names) out << std::ifstream(certificate(name)).rdbuf();
  RAMPART_ASSERT(out.good());
  return path;
}

std::string CertificateTree::fingerprint(std::string_view name) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  RAMPART_ASSERT(X509_digest(made(name).certificate.get(), EVP_sha256(), digest.data(), &size) ==
                 1);
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    std::array<char, 3> text{};
    std::snprintf(text.data(), text.size(), "%02x", digest[i]);
    out += text.data();
  }
  return out;
}

const CertificateTree::Made& CertificateTree::made(std::string_view name) const {
  const auto found = store_->all.find(name);
  RAMPART_ASSERT(found != store_->all.end());
  return found->second;
}

}  // namespace rampart::testing
