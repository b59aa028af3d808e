#include "app/cli/commands/shell_words.h"

#include <algorithm>
#include <string_view>

namespace soma::cli {
namespace {

bool is_plain(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  return !word.empty() && word.find_first_not_of(kPlain) == std::string::npos;
}

std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

}  // namespace

std::string shell_command(const std::vector<std::string>& words) {
  if (words.size() == 1) return words.front();
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    out += is_plain(word) ? word : quoted(word);
  }
  return out;
}

}  // namespace soma::cli
