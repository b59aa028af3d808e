#include "services/memory/strategies/language/sentences.h"

#include <algorithm>
#include <cctype>
#include <span>

#include "base/os/text.h"

namespace soma::memory::language {
namespace {

constexpr size_t kLongestAbbreviation = 8;  // bytes, dots included
// In small letters, without the last dot. Those of the second list may end a sentence: a capital decides.
constexpr std::string_view kAbbreviations[] = {"mr",  "mrs", "ms",   "dr",  "prof", "sr", "jr", "st",
                                               "mt",  "vs",  "e.g",  "i.e", "eg",   "cf", "no", "fig",
                                               "gen", "sgt", "capt", "lt",  "rev",  "hon"};
constexpr std::string_view kAbbreviationsAtAnEnd[] = {"a.m", "p.m", "etc",    "inc",  "ltd", "co",  "corp",
                                                      "u.s", "u.k", "approx", "dept", "est", "ph.d"};

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}
bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}
bool is_small(char c) {
  return std::islower(static_cast<unsigned char>(c)) != 0;
}
bool is_capital(char c) {
  return std::isupper(static_cast<unsigned char>(c)) != 0;
}

bool one_of(std::span<const std::string_view> list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

// How many bytes of an ending mark stand at `at`: . ! ? or the three bytes of …; 0 for none.
size_t ending_mark(std::string_view text, size_t at) {
  const char c = text[at];
  if (c == '.' || c == '!' || c == '?') return 1;
  return text.substr(at, 3) == "\xE2\x80\xA6" ? 3 : 0;
}

// The same for what closes with a sentence: quotes, brackets, marks of emphasis.
size_t closing_mark(std::string_view text, size_t at) {
  if (std::string_view("\"')]}*_").contains(text[at])) return 1;
  const std::string_view three = text.substr(at, 3);
  return three == "\xE2\x80\x9D" || three == "\xE2\x80\x99" ? 3 : 0;
}

// The word that ends before `end`, dots inside it included, in small letters; empty when it is long.
std::string word_before(std::string_view text, size_t end) {
  size_t begin = end;
  while (begin > 0 && end - begin <= kLongestAbbreviation &&
         (std::isalpha(static_cast<unsigned char>(text[begin - 1])) != 0 || text[begin - 1] == '.'))
    --begin;
  if (end - begin > kLongestAbbreviation) return {};
  return os::to_lower(text.substr(begin, end - begin));
}

// Whether the single dot at `dot` ends nothing; `next` is the first character after it that is no space.
bool is_inside(std::string_view text, size_t dot, char next) {
  const std::string word = word_before(text, dot);
  if (one_of(kAbbreviations, word)) return word != "no" || is_digit(next);
  if (one_of(kAbbreviationsAtAnEnd, word)) return !is_capital(next);
  // "J. Park", but not "signed with an M. Ada left."
  const std::string before = word_before(text, dot - std::min(dot, word.size() + 1));
  const bool is_letter_itself = before == "a" || before == "an" || before == "the" || before == "letter";
  const bool initial = word.size() == 1 && is_capital(text[dot - 1]) && word != "i" && !is_letter_itself;
  return initial && is_capital(next);
}

// Length of the marks that open a line of a list or a quotation.
size_t line_marks(std::string_view line) {
  size_t at = 0;
  while (at < line.size() && (is_space(line[at]) || line[at] == '>' || line[at] == '#')) ++at;
  const size_t begin = at;
  if (line.substr(at, 3) == "\xE2\x80\xA2") return at + 3;
  if (at + 1 < line.size() && std::string_view("-*+").contains(line[at]) && is_space(line[at + 1]))
    return at + 2;
  while (at < line.size() && is_digit(line[at]) && at - begin < 3) ++at;
  const bool numbered =
      at > begin && at + 1 < line.size() && (line[at] == '.' || line[at] == ')') && is_space(line[at + 1]);
  return numbered ? at + 2 : begin;
}

void add(std::vector<std::string_view>& found, std::string_view part) {
  const std::string_view sentence = os::trim(part);
  if (!sentence.empty()) found.push_back(sentence);
}

void cut_line(std::string_view line, std::vector<std::string_view>& found) {
  size_t begin = line_marks(line);
  for (size_t at = begin; at < line.size();) {
    const size_t mark = ending_mark(line, at);
    if (mark == 0) {
      ++at;
      continue;
    }
    const size_t first = at;
    bool quoted = false;
    for (size_t more = mark; more > 0; more = at < line.size() ? ending_mark(line, at) : 0) at += more;
    const bool dots =
        at - first > 1 && (line[first] == '.' || mark == 3) && line[at - 1] != '!' && line[at - 1] != '?';
    const bool one_dot = at - first == 1 && line[first] == '.';
    for (size_t more = 1; at < line.size() && (more = closing_mark(line, at)) > 0; at += more) quoted = true;
    size_t next = at;
    while (next < line.size() && is_space(line[next])) ++next;
    if (next == line.size()) break;
    if (next == at) continue;
    if ((quoted || dots || mark == 3) && is_small(line[next])) continue;
    if (one_dot && !quoted && is_inside(line, first, line[next])) continue;
    add(found, line.substr(begin, at - begin));
    begin = at = next;
  }
  if (begin < line.size()) add(found, line.substr(begin));
}

}  // namespace

std::vector<std::string_view> sentences(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    cut_line(text.substr(0, end), found);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

}  // namespace soma::memory::language
