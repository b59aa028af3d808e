// The request is written down in one canonical form; its digest, the date and the scope make the string to
// sign; a key derived from the secret, the date and the scope signs it.
#include "base/aws/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include "base/os/text.h"

namespace soma::aws {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

// "20150830T123600Z"
std::string basic_time(os::Time now) {
  std::string out;
  for (const char c : os::format_time(now).substr(0, 19)) {
    if (c != '-' && c != ':') out += c;
  }
  return out + 'Z';
}

// Header values lose white space at their ends; runs of it inside become one space, line breaks too.
std::string folded(std::string_view value) {
  std::string out;
  for (const char c : os::trim(value)) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!space) {
      out += c;
    } else if (out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

std::string normalized(std::string_view path) {
  std::vector<std::string_view> kept;
  for (const std::string_view segment : os::split(path, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      kept.push_back(segment);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  const bool folder = path.ends_with('/') && !kept.empty();
  return fmt::format("/{}{}", fmt::join(kept, "/"), folder ? "/" : "");
}

std::string canonical_path(std::string_view path, const SigningOptions& options) {
  const std::string plain =
      options.normalize_path ? normalized(path) : std::string(path.empty() ? "/" : path);
  return options.encode_path_twice ? os::percent_encode(plain, true) : plain;
}

// What was encoded already is taken apart first, so that it is not encoded twice.
std::string once_encoded(std::string_view text) {
  const auto decoded = os::percent_decode(text);
  return os::percent_encode(decoded ? std::string_view(*decoded) : text);
}

std::string canonical_query(std::string_view query) {
  if (query.empty()) return {};
  Pairs pairs;
  for (const std::string_view part : os::split(query, '&')) {
    if (part.empty()) continue;
    const size_t equals = std::min(part.find('='), part.size());
    const std::string_view value = equals < part.size() ? part.substr(equals + 1) : std::string_view();
    pairs.emplace_back(once_encoded(part.substr(0, equals)), once_encoded(value));
  }
  std::ranges::sort(pairs);
  std::string out;
  for (const auto& [name, value] : pairs) out += fmt::format("{}{}={}", out.empty() ? "" : "&", name, value);
  return out;
}

// Lower-case names in order; the values of a repeated header in the order given.
Pairs canonical_headers(const Pairs& headers) {
  Pairs out;
  for (const auto& [name, value] : headers) {
    const std::string lower = os::to_lower(name);
    const auto same = std::ranges::find(out, lower, &std::pair<std::string, std::string>::first);
    if (same == out.end()) {
      out.emplace_back(lower, folded(value));
    } else {
      same->second += "," + folded(value);
    }
  }
  std::ranges::sort(out);
  return out;
}

std::string signing_key(const Credentials& credentials, const SigningOptions& options, std::string_view day) {
  std::string key = hmac_sha256("AWS4" + credentials.secret_access_key, day);
  key = hmac_sha256(key, options.region);
  key = hmac_sha256(key, options.service);
  return hmac_sha256(key, "aws4_request");
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  return os::hex_encode(sha256(bytes));
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

Signature sign(const SigningRequest& request, const Credentials& credentials, const SigningOptions& options) {
  const std::string time = basic_time(options.now);
  const std::string day = time.substr(0, 8);
  const std::string body_digest = sha256_hex(request.body);
  const bool has_token = !credentials.session_token.empty();

  Signature out;
  out.headers.emplace_back("X-Amz-Date", time);
  if (options.sign_body) out.headers.emplace_back("x-amz-content-sha256", body_digest);
  if (has_token && !options.omit_session_token)
    out.headers.emplace_back("X-Amz-Security-Token", credentials.session_token);

  Pairs all = request.headers;
  all.insert(all.end(), out.headers.begin(), out.headers.end());
  std::string lines, names;
  for (const auto& [name, value] : canonical_headers(all)) {
    lines += fmt::format("{}:{}\n", name, value);
    names += (names.empty() ? "" : ";") + name;
  }
  const size_t question = std::min(request.target.find('?'), request.target.size());
  const std::string_view target = request.target;
  const std::string_view query = question < target.size() ? target.substr(question + 1) : std::string_view();
  out.canonical_request = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method,
                                      canonical_path(target.substr(0, question), options),
                                      canonical_query(query), lines, names, body_digest);

  const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, options.region, options.service);
  out.string_to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, scope, sha256_hex(out.canonical_request));
  out.signature = os::hex_encode(hmac_sha256(signing_key(credentials, options, day), out.string_to_sign));
  out.authorization = fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                                  credentials.access_key_id, scope, names, out.signature);
  out.headers.emplace_back("Authorization", out.authorization);
  if (has_token && options.omit_session_token)
    out.headers.emplace_back("X-Amz-Security-Token", credentials.session_token);
  return out;
}

}  // namespace soma::aws
