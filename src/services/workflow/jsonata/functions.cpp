#include "services/workflow/jsonata/functions.h"

#include <unordered_map>

namespace soma::workflow::jsonata {
namespace {

struct Row {
  std::string_view name;
  std::string_view signature;
  uint32_t arity;  // of the reference's function: what $map and its like hand over
  Value (*run)(Evaluator&, native::Args);
};

constexpr Row kFunctions[] = {
    {"sum", "<a<n>:n>", 1, native::sum},
    {"count", "<a:n>", 1, native::count},
    {"max", "<a<n>:n>", 1, native::max},
    {"min", "<a<n>:n>", 1, native::min},
    {"average", "<a<n>:n>", 1, native::average},
    {"string", "<x-b?:s>", 1, native::string},
    {"substring", "<s-nn?:s>", 3, native::substring},
    {"substringBefore", "<s-s:s>", 2, native::substring_before},
    {"substringAfter", "<s-s:s>", 2, native::substring_after},
    {"lowercase", "<s-:s>", 1, native::lowercase},
    {"uppercase", "<s-:s>", 1, native::uppercase},
    {"length", "<s-:n>", 1, native::length},
    {"trim", "<s-:s>", 1, native::trim},
    {"pad", "<s-ns?:s>", 3, native::pad},
    {"match", "<s-f<s:o>n?:a<o>>", 3, native::match},
    {"contains", "<s-(sf):b>", 2, native::contains},
    {"replace", "<s-(sf)(sf)n?:s>", 4, native::replace},
    {"split", "<s-(sf)n?:a<s>>", 3, native::split},
    {"join", "<a<s>s?:s>", 2, native::join},
    {"formatNumber", "<n-so?:s>", 3, native::format_number},
    {"formatBase", "<n-n?:s>", 2, native::format_base},
    {"formatInteger", "<n-s:s>", 2, native::format_integer},
    {"parseInteger", "<s-s:n>", 2, native::parse_integer},
    {"number", "<(nsb)-:n>", 1, native::number},
    {"floor", "<n-:n>", 1, native::floor},
    {"ceil", "<n-:n>", 1, native::ceil},
    {"round", "<n-n?:n>", 2, native::round},
    {"abs", "<n-:n>", 1, native::abs},
    {"sqrt", "<n-:n>", 1, native::sqrt},
    {"power", "<n-n:n>", 2, native::power},
    {"boolean", "<x-:b>", 1, native::boolean},
    {"not", "<x-:b>", 1, native::negation},
    {"map", "<af>", 2, native::map},
    {"zip", "<a+>", 0, native::zip},
    {"filter", "<af>", 2, native::filter},
    {"single", "<af?>", 2, native::single},
    {"reduce", "<afj?:j>", 3, native::reduce},
    {"sift", "<o-f?:o>", 2, native::sift},
    {"keys", "<x-:a<s>>", 1, native::keys},
    {"lookup", "<x-s:x>", 2, native::lookup},
    {"append", "<xx:a>", 2, native::append},
    {"exists", "<x:b>", 1, native::exists},
    {"spread", "<x-:a<o>>", 1, native::spread},
    {"merge", "<a<o>:o>", 1, native::merge},
    {"reverse", "<a:a>", 1, native::reverse},
    {"each", "<o-f:a>", 2, native::each},
    {"error", "<s?:x>", 1, native::error},
    {"assert", "<bs?:x>", 2, native::assertion},
    {"type", "<x:s>", 1, native::type},
    {"sort", "<af?:a>", 2, native::sort},
    {"shuffle", "<a:a>", 1, native::shuffle},
    {"distinct", "<x:x>", 1, native::distinct},
    {"base64encode", "<s-:s>", 1, native::base64_encode},
    {"base64decode", "<s-:s>", 1, native::base64_decode},
    {"encodeUrlComponent", "<s-:s>", 1, native::encode_url_component},
    {"encodeUrl", "<s-:s>", 1, native::encode_url},
    {"decodeUrlComponent", "<s-:s>", 1, native::decode_url_component},
    {"decodeUrl", "<s-:s>", 1, native::decode_url},
    {"toMillis", "<s-s?:n>", 2, native::to_millis},
    {"fromMillis", "<n-s?s?:s>", 3, native::from_millis},
    {"now", "<s?s?:s>", 2, native::now},
    {"millis", "<:n>", 0, native::millis},
    {"clone", "<(oa)-:o>", 1, native::clone},
    // The workflow service's own.
    {"partition", "<an:a>", 2, native::partition},
    {"range", "<nnn:a>", 3, native::range},
    {"hash", "<s-s:s>", 2, native::hash},
    {"random", "<n?:n>", 0, native::random},
    {"uuid", "<:s>", 0, native::uuid},
    {"parse", "<s-:x>", 1, native::parse},
};

std::unordered_map<std::string_view, NativeFunction> make_table() {
  std::unordered_map<std::string_view, NativeFunction> table;
  for (const Row& row : kFunctions) {
    table.emplace(
        row.name,
        NativeFunction{
            {Function::Kind::kNative}, row.name, Signature::parse(row.signature), row.arity, row.run});
  }
  return table;
}

}  // namespace

const NativeFunction* find_native(std::string_view name) {
  static const auto table = make_table();
  const auto known = table.find(name);
  return known == table.end() ? nullptr : &known->second;
}

}  // namespace soma::workflow::jsonata
