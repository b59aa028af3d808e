#include "core/model/reflex/vocabulary.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

using WordSet = std::unordered_set<std::string_view>;

const WordSet& stop_words() {
  static const WordSet words = {
      "a",    "an",    "the",    "of",    "in",    "on",    "at",   "to",      "for",   "from",  "by",
      "with", "and",   "or",     "is",    "are",   "was",   "were", "be",      "been",  "am",    "it",
      "its",  "this",  "that",   "these", "those", "there", "here", "i",       "you",   "your",  "my",
      "me",   "we",    "our",    "us",    "he",    "she",   "they", "them",    "what",  "which", "who",
      "whom", "whose", "when",   "where", "why",   "how",   "do",   "does",    "did",   "can",   "could",
      "will", "would", "should", "shall", "may",   "much",  "many", "tell",    "find",  "show",  "give",
      "get",  "out",   "please", "about", "as",    "if",    "then", "so",      "than",  "into",  "any",
      "all",  "some",  "has",    "have",  "had",   "not",   "no",   "page",    "site",  "say",   "website",
      "says", "look",  "up",     "also",  "see",   "want",  "know", "let",     "i'd",   "i'm",   "what's",
      "it's", "need",  "just",   "each",  "every", "their", "too",  "mention", "across"};
  return words;
}

// By stem.
const std::unordered_map<std::string_view, std::string_view>& synonyms() {
  static const std::unordered_map<std::string_view, std::string_view> table = {
      {"cost", "pric"},        {"fee", "pric"},        {"fare", "pric"},    {"tel", "phon"},
      {"telephon", "phon"},    {"mobil", "phon"},      {"mail", "email"},   {"e-mail", "email"},
      {"shop", "catalog"},     {"product", "catalog"}, {"stor", "catalog"}, {"login", "sign-in"},
      {"logon", "sign-in"},    {"signin", "sign-in"},  {"cart", "basket"},  {"send", "submit"},
      {"surnam", "lastnam"},   {"pictur", "imag"},     {"photo", "imag"},   {"directory", "folder"},
      {"inexpensiv", "cheap"}, {"cheapest", "cheap"},  {"bought", "buy"},   {"purchas", "buy"},
      {"reservation", "book"}, {"booking", "book"},    {"reserv", "book"},  {"weight", "weigh"},
      {"heavy", "weigh"},      {"mass", "weigh"},      {"tall", "height"},  {"long", "length"},
      {"duration", "length"},  {"wid", "width"},       {"deep", "depth"},   {"old", "age"},
      {"far", "distanc"},      {"fast", "speed"},      {"depart", "leav"},  {"departur", "leav"},
      {"arrival", "arriv"},    {"land", "arriv"},      {"ferry", "boat"},   {"built", "build"},
      {"construct", "build"},  {"establish", "found"}, {"permit", "allow"}, {"delivery", "deliver"},
      {"children", "child"},   {"kid", "child"},       {"lit", "light"},    {"centr", "center"}};
  return table;
}

constexpr auto kDegrees = std::to_array<Degree>({
    {"least expensive", "price", false, true},
    {"most expensive", "price", true, true},
    {"lowest priced", "price", false, true},
    {"highest priced", "price", true, true},
    {"lowest price", "price", false, true},
    {"highest price", "price", true, true},
    {"most affordable", "price", false, true},
    {"most recent", "date", true, true},
    {"least recent", "date", false, true},
    {"most popular", "rating", true, true},
    {"cheapest", "price", false, true},
    {"dearest", "price", true, true},
    {"priciest", "price", true, true},
    {"costliest", "price", true, true},
    {"lightest", "weight", false, true},
    {"heaviest", "weight", true, true},
    {"shortest", "length", false, true},
    {"longest", "length", true, true},
    {"tallest", "height", true, true},
    {"deepest", "depth", true, true},
    {"highest", "", true, true},
    {"lowest", "", false, true},
    {"smallest", "size", false, true},
    {"largest", "size", true, true},
    {"biggest", "size", true, true},
    {"fastest", "time", false, true},
    {"slowest", "time", true, true},
    {"quickest", "time", false, true},
    {"oldest", "date", false, true},
    {"newest", "date", true, true},
    {"latest", "date", true, true},
    {"earliest", "date", false, true},
    {"first", "date", false, true},
    {"last", "date", true, true},
    {"best", "rating", true, true},
    {"worst", "rating", false, true},
    {"fewest", "", false, true},
    {"greatest", "", true, true},
    {"maximum", "", true, true},
    {"minimum", "", false, true},
    {"youngest", "date", true, true},
    {"less expensive", "price", false, false},
    {"more expensive", "price", true, false},
    {"more affordable", "price", false, false},
    {"cheaper", "price", false, false},
    {"dearer", "price", true, false},
    {"costs more", "price", true, false},
    {"costs less", "price", false, false},
    {"cost more", "price", true, false},
    {"cost less", "price", false, false},
    {"pricier", "price", true, false},
    {"lighter", "weight", false, false},
    {"heavier", "weight", true, false},
    {"weighs more", "weight", true, false},
    {"weighs less", "weight", false, false},
    {"shorter", "length", false, false},
    {"longer", "length", true, false},
    {"taller", "height", true, false},
    {"deeper", "depth", true, false},
    {"smaller", "size", false, false},
    {"larger", "size", true, false},
    {"bigger", "size", true, false},
    {"faster", "time", false, false},
    {"slower", "time", true, false},
    {"older", "date", false, false},
    {"newer", "date", true, false},
    {"earlier", "date", false, false},
    {"later", "date", true, false},
    {"higher", "", true, false},
    {"lower", "", false, false},
});

}  // namespace

bool is_stop_word(std::string_view lower_word) {
  return stop_words().contains(lower_word);
}

std::string_view common_synonym(std::string_view stem) {
  const auto synonym = synonyms().find(stem);
  return synonym == synonyms().end() ? stem : synonym->second;
}

bool has_pronoun(std::string_view text) {
  static constexpr std::array<std::string_view, 4> kPronouns = {"it", "its", "they", "their"};
  return std::ranges::any_of(kPronouns, [&](std::string_view word) { return contains_word(text, word); });
}

std::optional<int> month_number(std::string_view lower_word) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "january", "february", "march",     "april",   "may",      "june",
      "july",    "august",   "september", "october", "november", "december"};
  if (lower_word.size() < 3) return std::nullopt;
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (lower_word == kMonths[i] || lower_word == kMonths[i].substr(0, 3)) return static_cast<int>(i) + 1;
  }
  return lower_word == "sept" ? std::optional(9) : std::nullopt;
}

std::optional<int> number_word(std::string_view lower_word) {
  static constexpr std::array<std::string_view, 13> kNames = {"zero", "one",    "two",   "three", "four",
                                                              "five", "six",    "seven", "eight", "nine",
                                                              "ten",  "eleven", "twelve"};
  const auto found = std::ranges::find(kNames, lower_word);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<int>(found - kNames.begin());
}

bool is_day_name(std::string_view lower_word) {
  static const WordSet names = {"monday",     "tuesday",   "wednesday", "thursday", "friday",
                                "saturday",   "sunday",    "mondays",   "tuesdays", "fridays",
                                "wednesdays", "thursdays", "sundays",   "saturdays"};
  return names.contains(lower_word);
}

bool is_party(std::string_view stem) {
  static const WordSet stems = {"guest",   "peopl", "person",   "visitor", "ticket",    "adult", "seat",
                                "attende", "party", "traveler", "place",   "passenger", "diner", "traveller"};
  return stems.contains(stem);
}

bool is_news(std::string_view stem) {
  static const WordSet stems = {"headlin", "new",   "news",  "articl",  "post",         "entry",   "update",
                                "updat",   "story", "titl",  "releas",  "announcement", "announc", "item",
                                "report",  "event", "piece", "heading", "notic"};
  return stems.contains(stem);
}

bool is_fact(std::string_view stem) {
  static const WordSet stems = {
      "pric",     "weigh", "stock",   "siz",    "nam",     "dat",      "tim",      "number",
      "address",  "phon",  "email",   "height", "length",  "width",    "color",    "kind",
      "author",   "titl",  "rating",  "hour",   "categor", "category", "type",     "typ",
      "material", "age",   "depth",   "speed",  "distanc", "locat",    "location", "availability",
      "capacity", "power", "languag", "countr", "country", "year",     "amount",   "description"};
  return stems.contains(stem);
}

bool is_form_word(std::string_view stem) {
  static const WordSet stems = {
      "cheap",    "expensiv",  "most",     "least",     "first",    "last",     "best",     "worst",
      "high",     "low",       "highest",  "lowest",    "longest",  "shortest", "largest",  "biggest",
      "smallest", "newest",    "oldest",   "latest",    "earliest", "heaviest", "lightest", "fastest",
      "slowest",  "fewest",    "total",    "sum",       "averag",   "mean",     "mor",      "less",
      "under",    "over",      "below",    "abov",      "between",  "pric",     "item",     "thing",
      "number",   "count",     "many",     "list",      "nam",      "row",      "tabl",     "valu",
      "ther",     "buy",       "offer",    "sell",      "avail",    "exact",    "euro",     "pound",
      "dollar",   "eur",       "usd",      "gbp",       "after",    "befor",    "later",    "earlier",
      "cheaper",  "higher",    "lower",    "only",      "extract",  "print",    "report",   "return",
      "comput",   "available", "availabl", "available", "stock",    "sold",     "out",      "write",
      "display"};
  return stems.contains(stem);
}

const Degree* find_degree(std::string_view question, bool superlative) {
  const std::string padded = fmt::format(" {} ", fmt::join(words(question), " "));
  for (const Degree& degree : kDegrees) {
    if (degree.superlative == superlative && contains(padded, fmt::format(" {} ", degree.word)))
      return &degree;
  }
  if (!superlative) return nullptr;
  // "the most seats", "the least rain"
  static constexpr Degree kMost{"most", "", true, true};
  static constexpr Degree kLeast{"least", "", false, true};
  if (contains(padded, " the most ") || contains(padded, " has most ") || contains(padded, " have most "))
    return &kMost;
  if (contains(padded, " the least ") || contains(padded, " has least ")) return &kLeast;
  return nullptr;
}

}  // namespace soma::model::reflex
