#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rampart::testing {

// Certificates that vouch for each other, and their keys, as PEM files in a directory of its own,
// removed at the end.
class CertificateTree {
 public:
  struct Options {
    std::string issuer = {};             // made before; empty: it signs itself
    std::string names = {};              // a subjectAltName value: "DNS:web.test"; empty: none
    bool authority = false;              // may issue
    std::string twin = {};               // made before: it has the key and the subject of that one
    std::chrono::hours valid_from{-24};  // from now
    std::chrono::hours valid_until{24};
  };

  CertificateTree();
  ~CertificateTree();
  CertificateTree(const CertificateTree&) = delete;
  CertificateTree& operator=(const CertificateTree&) = delete;

  // The subject is CN=`name`.
  void make(const std::string& name, const Options& options);

  // PEM files.
  [[nodiscard]] std::string certificate(std::string_view name) const;
  [[nodiscard]] std::string key(std::string_view name) const;
  // A file with several certificates, the first one's own first; made anew by each call.
  [[nodiscard]] std::string chain(const std::vector<std::string_view>& names) const;
  // SHA-256 in hexadecimal digits.
  [[nodiscard]] std::string fingerprint(std::string_view name) const;

 private:
  struct Made;
  [[nodiscard]] const Made& made(std::string_view name) const;

  struct Store;
  std::unique_ptr<Store> store_;
  std::string directory_;
};

}  // namespace rampart::testing
