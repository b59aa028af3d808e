#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <random>

#include "base/os/os.h"
#include "services/workflow/jsonata/functions.h"

namespace soma::workflow::jsonata::native {
namespace {

struct Algorithm {
  std::string_view name;
  const EVP_MD* (*digest)();
};

constexpr Algorithm kAlgorithms[] = {{"MD5", EVP_md5},
                                     {"SHA-1", EVP_sha1},
                                     {"SHA-256", EVP_sha256},
                                     {"SHA-384", EVP_sha384},
                                     {"SHA-512", EVP_sha512}};

// From 0 to below 1.
double unit_interval(uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

bool is_whole(Value value) {
  return value.is_number() && std::isfinite(value.number()) && std::trunc(value.number()) == value.number();
}

}  // namespace

Value partition(Evaluator& evaluator, Args args) {
  const Value array = args[0];
  if (array.is_undefined()) return array;
  if (!is_whole(args[1]) || args[1].number() < 1)
    throw Failure{.code = "D3162", .value = describe(args[1]), .index = 2};
  evaluator.spend(array.size() / 4);
  const auto size = static_cast<size_t>(std::min(args[1].number(), static_cast<double>(array.size() + 1)));
  Array* parts = make_array(evaluator.memory(), array.size() / size + 1);
  for (size_t at = 0; at < array.size();) {
    Array* part = make_array(evaluator.memory(), std::min(size, array.size() - at));
    for (const size_t end = std::min(at + size, array.size()); at < end; ++at) {
      push(evaluator.memory(), part, array.item(at));
    }
    push(evaluator.memory(), parts, part);
  }
  return parts;
}

Value range(Evaluator& evaluator, Args args) {
  for (const Value number : args) {
    if (number.is_undefined()) return number;
    if (!is_whole(number)) throw Failure{.code = "D3163", .value = describe(number)};
  }
  if (args[2].number() == 0) throw Failure{.code = "D3163", .value = "0", .index = 3};
  return evaluator.range(args[0].number(), args[1].number(), args[2].number());
}

Value hash(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  const std::string_view name = args[1].is_string() ? args[1].text() : "";
  const auto algorithm = std::ranges::find(kAlgorithms, name, &Algorithm::name);
  if (algorithm == std::end(kAlgorithms))
    throw Failure{.code = "D3160", .value = describe(args[1]), .index = 2};
  const std::string_view text = args[0].text();
  evaluator.spend(text.size() / 16);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, algorithm->digest(), nullptr) != 1) {
    throw Failure{.code = "D3160", .value = describe(args[1]), .index = 2};
  }
  return evaluator.text(os::hex_encode({reinterpret_cast<const char*>(digest.data()), size}));
}

// With a seed the same number for the same seed.
Value random(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return unit_interval(evaluator.surroundings().ids.random_u64());
  std::mt19937_64 generator(std::bit_cast<uint64_t>(args[0].number()));
  return unit_interval(generator());
}

// RFC 9562, version 4.
Value uuid(Evaluator& evaluator, Args) {
  std::array<uint8_t, 16> bytes;
  evaluator.surroundings().ids.fill_random(bytes);
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3F) | 0x80);
  std::string text = os::hex_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  for (const size_t dash : {8, 13, 18, 23}) text.insert(dash, 1, '-');
  return evaluator.text(text);
}

Value parse(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  const std::string_view text = args[0].text();
  evaluator.spend(text.size() / 8);
  auto value = json::parse(text, {.max_bytes = evaluator.limits().max_string_bytes * 4});
  if (!value) throw Failure{.code = "D3161", .value = describe(args[0]), .message = value.error().message};
  return evaluator.keep(std::move(*value), text.size());
}

}  // namespace soma::workflow::jsonata::native
