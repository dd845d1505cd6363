#include "sniffer/app/certificate.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <string_view>

#include "base/deleter.h"
#include "sniffer/digest.h"

namespace rampart::sniffer {
namespace {

// A certificate (RFC 5280, section 4.1) whose public key stays bytes: nobody asks for it, and
// d2i_X509() spends more time on it than on the rest.
struct PublicKey {
  X509_ALGOR* algorithm;
  ASN1_BIT_STRING* bits;
};
struct Signed {
  ASN1_INTEGER* version;
  ASN1_INTEGER* serial;
  X509_ALGOR* algorithm;
  X509_NAME* issuer;
  X509_VAL* validity;
  X509_NAME* subject;
  PublicKey* key;
  ASN1_BIT_STRING* issuer_id;
  ASN1_BIT_STRING* subject_id;
  STACK_OF(X509_EXTENSION) * extensions;
};
struct SignedCertificate {
  Signed* content;
  X509_ALGOR* algorithm;
  ASN1_BIT_STRING* signature;
};

// clang-format off: it takes the macros for one declaration.
ASN1_SEQUENCE(PublicKey) = {
    ASN1_SIMPLE(PublicKey, algorithm, X509_ALGOR),
    ASN1_SIMPLE(PublicKey, bits, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(PublicKey)

ASN1_SEQUENCE(Signed) = {
    ASN1_EXP_OPT(Signed, version, ASN1_INTEGER, 0),
    ASN1_SIMPLE(Signed, serial, ASN1_INTEGER),
    ASN1_SIMPLE(Signed, algorithm, X509_ALGOR),
    ASN1_SIMPLE(Signed, issuer, X509_NAME),
    ASN1_SIMPLE(Signed, validity, X509_VAL),
    ASN1_SIMPLE(Signed, subject, X509_NAME),
    ASN1_SIMPLE(Signed, key, PublicKey),
    ASN1_IMP_OPT(Signed, issuer_id, ASN1_BIT_STRING, 1),
    ASN1_IMP_OPT(Signed, subject_id, ASN1_BIT_STRING, 2),
    ASN1_EXP_SEQUENCE_OF_OPT(Signed, extensions, X509_EXTENSION, 3),
} static_ASN1_SEQUENCE_END(Signed)

ASN1_SEQUENCE(SignedCertificate) = {
    ASN1_SIMPLE(SignedCertificate, content, Signed),
    ASN1_SIMPLE(SignedCertificate, algorithm, X509_ALGOR),
    ASN1_SIMPLE(SignedCertificate, signature, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(SignedCertificate)

struct FreeCertificate {
  void operator()(SignedCertificate* certificate) const noexcept {
    ASN1_item_free(reinterpret_cast<ASN1_VALUE*>(certificate), ASN1_ITEM_rptr(SignedCertificate));
  }
};
// clang-format on

using CertificatePtr = std::unique_ptr<SignedCertificate, FreeCertificate>;

CertificatePtr decode(Bytes der) {
  const auto* at = der.data();
  return CertificatePtr(reinterpret_cast<SignedCertificate*>(ASN1_item_d2i(
      nullptr, &at, static_cast<long>(der.size()), ASN1_ITEM_rptr(SignedCertificate))));
}

constexpr int kMostNameEntries = 64;
constexpr std::size_t kMostNameText = 4096;

// OPENSSL_free is a macro.
struct OpensslFree {
  void operator()(unsigned char* memory) const noexcept { OPENSSL_free(memory); }
};
using OpensslBytes = std::unique_ptr<unsigned char, OpensslFree>;

std::string with_colons(Bytes bytes, std::string_view digits) {
  std::string out;
  out.reserve(bytes.size() * 3);
  for (const auto byte : bytes) {
    if (!out.empty()) out += ':';
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
  }
  return out;
}

constexpr std::string_view kLower = "0123456789abcdef";
constexpr std::string_view kUpper = "0123456789ABCDEF";

std::string label_of(const ASN1_OBJECT* object) {
  const int nid = OBJ_obj2nid(object);
  if (nid == NID_pkcs9_emailAddress) return "Email";
  if (nid != NID_undef) return OBJ_nid2sn(nid);
  std::array<char, 80> dotted{};
  OBJ_obj2txt(dotted.data(), static_cast<int>(dotted.size()), object, 1);
  return dotted.data();
}

std::string value_of(const ASN1_STRING* value) {
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, value);
  const OpensslBytes owner(text);
  if (size >= 0) return {text, text + size};
  return to_hex(
      {ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))});
}

// RFC 4514's form, but in the order of the certificate and without escapes: rules match the text.
std::string name_of(const X509_NAME* name) {
  std::string out;
  const int entries = std::min(X509_NAME_entry_count(name), kMostNameEntries);
  int set = -1;
  for (int i = 0; i < entries && out.size() < kMostNameText; ++i) {
    const auto* entry = X509_NAME_get_entry(name, i);
    if (i != 0) out += X509_NAME_ENTRY_set(entry) == set ? " + " : ", ";
    set = X509_NAME_ENTRY_set(entry);
    out += label_of(X509_NAME_ENTRY_get_object(entry));
    out += '=';
    out += value_of(X509_NAME_ENTRY_get_data(entry));
  }
  if (out.size() > kMostNameText) out.resize(kMostNameText);
  return out;
}

// The contents of the INTEGER: a zero byte stands before a first byte above 7F.
std::string serial_of(const ASN1_INTEGER* serial) {
  unsigned char* der = nullptr;
  const int size = i2d_ASN1_INTEGER(serial, &der);
  const OpensslBytes owner(der);
  if (size < 2) return {};
  const Bytes bytes(der, static_cast<std::size_t>(size));
  const std::size_t length_bytes = (bytes[1] & 0x80U) != 0 ? bytes[1] & 0x7FU : 0;
  if (2 + length_bytes > bytes.size()) return {};
  return with_colons(bytes.subspan(2 + length_bytes), kUpper);
}

std::int64_t seconds_of(const ASN1_TIME* when) {
  std::tm parts{};
  return ASN1_TIME_to_tm(when, &parts) == 1 ? timegm(&parts) : 0;
}

enum class Der : std::uint8_t { good, cut_length, wrong };

// The elements of `der` and those inside of them (X.690, section 8.1).
Der check_der(Bytes der, unsigned depth) {
  constexpr std::uint8_t kConstructed = 0x20, kLongForm = 0x80;
  constexpr unsigned kMostDepth = 32;
  if (depth == kMostDepth) return Der::wrong;
  while (!der.empty()) {
    const bool constructed = (der[0] & kConstructed) != 0;
    if (der.size() < 2) return Der::cut_length;
    std::size_t length = der[1];
    der = der.subspan(2);
    if ((length & kLongForm) != 0) {
      const std::size_t octets = length & 0x7FU;
      if (octets == 0 || octets > 4) return Der::wrong;
      if (der.size() < octets) return Der::cut_length;
      length = 0;
      for (const auto octet : der.first(octets)) length = (length << 8U) | octet;
      der = der.subspan(octets);
    }
    if (length > der.size()) return Der::wrong;
    const auto inner = constructed ? check_der(der.first(length), depth + 1) : Der::good;
    if (inner != Der::good) return inner;
    der = der.subspan(length);
  }
  return Der::good;
}

}  // namespace

bool has_cut_length(Bytes der) { return check_der(der, 0) == Der::cut_length; }

std::optional<Certificate> read_certificate(Bytes der) {
  if (der.empty() || der.size() > kMostCertificate) return std::nullopt;
  const auto decoded = decode(der);
  if (!decoded) {
    ERR_clear_error();
    return std::nullopt;
  }
  const auto& content = *decoded->content;
  Certificate out;
  out.subject = name_of(content.subject);
  out.issuer = name_of(content.issuer);
  out.serial = serial_of(content.serial);
  out.fingerprint = with_colons(digest_of(DigestKind::sha1, der).view(), kLower);
  out.not_before = seconds_of(content.validity->notBefore);
  out.not_after = seconds_of(content.validity->notAfter);
  ERR_clear_error();  // of texts that could not be converted
  return out;
}

}  // namespace rampart::sniffer
