#include "sniffer/app/mime_parser.h"

#include <gtest/gtest.h>

#include <sstream>

namespace rampart::sniffer {
namespace {

using Lines = std::vector<std::string>;

struct Files final : MimeListener {
  void on_file(std::string_view name) override {
    EXPECT_FALSE(open);
    open = true;
    files.push_back(std::string(name) + "=");
  }
  void on_file_bytes(Bytes bytes) override {
    EXPECT_TRUE(open);
    files.back().append(bytes.begin(), bytes.end());
  }
  void on_file_end() override {
    EXPECT_TRUE(open);
    open = false;
  }
  void on_mime_event(AppEvent event) override { events.emplace_back(to_string(event)); }
  bool open = false;
  Lines files;
  Lines events;
};

// Lines end with LF here.
Files read(const std::string& mail) {
  Files out;
  MimeParser parser;
  parser.start();
  std::istringstream in(mail);
  for (std::string line; std::getline(in, line);) parser.line(line, out);
  parser.judge_end(out);
  parser.finish(out);
  EXPECT_FALSE(out.open);
  return out;
}

const std::string kMixed =
    "Subject: x\nContent-Type: multipart/mixed; boundary=\"==B\"\n\npreamble\n";

struct Case {
  const char* name;
  std::string mail;
  Lines files{};
  Lines events{};
};

TEST(MimeParser, finds_attachments) {
  const Case cases[] = {
      {"a plain mail", "Subject: x\n\nfilename=\"a\"\n"},
      {"no mail at all", ""},
      {"text and a file",
       kMixed +
           "--==B\nContent-Type: text/plain\n\nhello\n"
           "--==B\nContent-Type: text/plain; name=\"a.txt\"\n\nfirst\nsecond\n--==B--\nafter\n",
       {"a.txt=first\r\nsecond"}},
      {"without a name",
       kMixed + "--==B\nContent-Disposition: attachment\n\nfirst\n\n--==B--\n",
       {"=first\r\n"}},
      {"a name in pieces, over folded lines",
       kMixed +
           "--==B\nContent-Disposition: attachment;\n filename*0=one;\n\tfilename*1=.zip\n\nx\n",
       {"one.zip=x"},
       {"smtp.mime_malformed_msg"}},
      {"a mail that is a file by itself",
       "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: Base64\n\nQUI\nD\n",
       {"a.pdf=AB\x03"}},
      {"quoted-printable",
       kMixed + "--==B\nContent-Type: a/b; name=q\nContent-Transfer-Encoding: quoted-printable\n\n"
                "a=3Db=\nc  \nd=20\n--==B--\n",
       {"q=a=bc\r\nd "}},
      {"parts in parts, and a mail in them",
       kMixed + "--==B\nContent-Type: multipart/related; boundary=in\n\n--in\n"
                "Content-Type: message/rfc822\n\nSubject: y\nContent-Type: a/b; name=deep\n\n1\n"
                "--in--\n--==B\nContent-Type: a/b; name=next\n\n2\n--==B--\n",
       {"deep=1", "next=2"}},
      {"an inner part that its boundary does not end",
       kMixed + "--==B\nContent-Type: multipart/related; boundary=in\n\n--in\n"
                "Content-Type: a/b; name=one\n\n1\n--==B\nContent-Type: a/b; name=two\n\n2\n",
       {"one=1", "two=2"},
       {"smtp.mime_malformed_msg", "smtp.mime_malformed_msg"}},
      {"a line that only begins like a boundary",
       kMixed + "--==B\nContent-Type: a/b; name=a\n\n--==Bx\n--==\n--==B--\n",
       {"a=--==Bx\r\n--=="}},
      {"padding in the midst of base64",
       kMixed + "--==B\nContent-Type: a/b; name=a\nContent-Transfer-Encoding: base64\n\n"
                "NA=\n=Mg\n==\nMzQ1\n--==B--\n",
       {"a=42345"}},
  };
  for (const auto& c : cases) {
    const auto got = read(c.mail);
    EXPECT_EQ(got.files, c.files) << c.name;
    EXPECT_EQ(got.events, c.events) << c.name;
  }
}

TEST(MimeParser, objects) {
  const auto part = [](const std::string& encoding, const std::string& body) {
    return kMixed + "--==B\nContent-Type: a/b; name=a\nContent-Transfer-Encoding: " + encoding +
           "\n\n" + body + "\n--==B--\n";
  };
  const Case cases[] = {
      {"no colon", "Subject: x\nnonsense\n\n", {}, {}},
      {"a part that is not closed", kMixed + "--==B\n\nx\n", {}, {"smtp.mime_malformed_msg"}},
      {"no part", kMixed + "x\n", {}, {}},
      {"an end among fields", kMixed + "--==B\nA: b\n--==B--\n", {}, {"smtp.mime_malformed_msg"}},
      {"a part without a body", kMixed + "--==B\nA: b\n--==B\n\nx\n--==B--\n", {}, {}},
      {"an inner part that is not closed",
       kMixed + "--==B\nContent-Type: multipart/mixed; boundary=C\n\n--C\n\nx\n--==B--\n",
       {},
       {"smtp.mime_malformed_msg"}},
      {"base64", part("base64", "QUJ!D"), {"a=ABC"}, {}},
      {"quoted", part("quoted-printable", "=4G"), {"a==4G"}, {"smtp.mime_invalid_qp"}},
      {"lower case", part("quoted-printable", "=4a"), {"a=J"}, {"smtp.mime_invalid_qp"}},
      {"a blank at the end", part("quoted-printable", "b= "), {"a=b"}, {"smtp.mime_invalid_qp"}},
      {"a line that goes on", part("quoted-printable", "=4A=\n=4B"), {"a=JK"}, {}},
      {"text", "Content-Transfer-Encoding: quoted-printable\n\n=4G", {}, {"smtp.mime_invalid_qp"}},
      {"after the parts",
       kMixed + "--==B\nContent-Transfer-Encoding: quoted-printable\n\n=4A\n--==B--\n=4G\n",
       {},
       {}},
      {"a long encoded line",
       part("base64", std::string(80, 'A')),
       {"a=" + std::string(60, '\0')},
       {"smtp.mime_long_enc_line"}},
      {"a long line", std::string("\n") + std::string(999, 'x'), {}, {"smtp.mime_long_line"}},
      {"a long name", std::string(76, 'n') + ": v\n\n", {}, {"smtp.mime_long_header_name"}},
      {"a long value",
       "n: " + std::string(900, 'v') + "\n " + std::string(900, 'v') + "\n " +
           std::string(900, 'v') + "\n\n",
       {},
       {"smtp.mime_long_header_value"}},
      {"a long boundary",
       "Content-Type: multipart/mixed; boundary=" + std::string(255, 'b') + "\n\n",
       {},
       {"smtp.mime_long_boundary"}},
  };
  for (const auto& c : cases) {
    const auto got = read(c.mail);
    EXPECT_EQ(got.files, c.files) << c.name;
    EXPECT_EQ(got.events, c.events) << c.name;
  }
}

TEST(MimeParser, looks_into_every_mail_of_a_digest) {
  std::string digest = "Content-Type: multipart/digest; boundary=D\n\n";
  Lines names;
  for (int i = 0; i < 40; ++i) {
    names.push_back(std::to_string(i) + "=x");
    digest += "--D\nContent-Type: message/rfc822\n\nSubject: y\nContent-Type: a/b; name=" +
              std::to_string(i) + "\n\nx\n";
  }
  EXPECT_EQ(read(digest + "--D--\n").files, names);
}

TEST(MimeParser, is_bounded) {
  Files files;
  MimeParser parser;
  parser.start();
  parser.line("Content-Type: multipart/mixed; boundary=b0", files);
  for (int i = 0; i < 20'000; ++i) parser.line(" " + std::string(100, 'x'), files);
  parser.line("", files);
  EXPECT_EQ(files.events, (Lines{"smtp.mime_long_header_value", "smtp.mime_long_boundary"}));
  parser.start();
  parser.line("Content-Type: multipart/mixed; boundary=b0", files);
  parser.line("", files);
  for (int i = 0; i < 1000; ++i) {
    const auto n = std::to_string(i);
    parser.line("--b" + n, files);
    parser.line("Content-Type: multipart/mixed; boundary=b" + std::to_string(i + 1), files);
    parser.line("", files);
  }
  EXPECT_LE(parser.memory(), 16U * 1024);
}

}  // namespace
}  // namespace rampart::sniffer
