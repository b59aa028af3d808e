// Filling a schema from a text, property by property, surest evidence first: "name: value", an enumeration's
// own words, the format or the name's meaning, a number or quote that is left, and for one free-text property
// the words that are left.
#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/prompt.h"
#include "core/model/reflex/text.h"
#include "core/model/reflex/toolbox.h"

namespace soma::model::reflex {
namespace {

constexpr int kMaxSchemaDepth = 4;

enum class Meaning { kNone, kUrl, kEmail, kPath, kDate, kPlace, kQuery, kFrom, kTo };

Meaning meaning_of(std::string_view name, const json::Value& schema) {
  const std::string_view format = schema.get("format").string_or("");
  if (format == "uri" || format == "url") return Meaning::kUrl;
  if (format == "email") return Meaning::kEmail;
  if (format == "date" || format == "date-time") return Meaning::kDate;
  struct Row {
    Meaning meaning;
    std::string_view names;
  };
  static constexpr std::array<Row, 8> kNames = {
      {{Meaning::kUrl, " url uri link href website address_url "},
       {Meaning::kEmail, " email mail e-mail recipient "},
       {Meaning::kPath, " path file filename file_path filepath directory folder "},
       {Meaning::kDate, " date day when "},
       {Meaning::kFrom, " from origin source departure start from_city from_currency "},
       {Meaning::kTo, " to destination target arrival to_city to_currency "},
       {Meaning::kPlace, " city location place country town region station "},
       {Meaning::kQuery,
        " query q search text prompt question message term keyword keywords content expression topic "
        "input "}}};
  const std::string padded = " " + os::to_lower(name) + " ";
  for (const Row& row : kNames) {
    if (contains(row.names, padded)) return row.meaning;
  }
  return Meaning::kNone;
}

bool is_date(std::string_view text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-' && first_number(text).has_value();
}

class Filler {
 public:
  explicit Filler(std::string_view text) : text_(text), tokens_(tokenize(text)), used_(tokens_.size()) {}

  Filled run(const json::Value& schema) {
    Filled out;
    out.input = fill_object(schema, out.missing, 0);
    return out;
  }

 private:
  json::Value fill_object(const json::Value& schema, std::vector<std::string>& missing, int depth) {
    json::Value out = json::object({});
    const json::Value& properties = schema.get("properties");
    if (!properties.is_object() || depth > kMaxSchemaDepth) return out;
    std::set<std::string> required;
    for (size_t i = 0; i < schema.get("required").size(); ++i)
      required.emplace(schema.get("required").at(i).string_or(""));
    // What is said by name goes first, so that a guess never takes it away; then what is required, then the
    // rest.
    for (const auto& [name, property] : properties.as_object()) {
      if (auto value = by_name(name, property)) out.set(name, *std::move(value));
    }
    for (const bool needed : {true, false}) {
      for (const auto& [name, property] : properties.as_object()) {
        if (out.has(name) || required.contains(name) != needed) continue;
        auto value = guess(name, property, needed, depth, missing);
        if (value) {
          out.set(name, *std::move(value));
        } else if (needed) {
          missing.push_back(name);
        }
      }
    }
    return out;
  }

  // "id 42", "id: 42", "id=42", "with an id of 42", "the priority should be high".
  std::optional<json::Value> by_name(std::string_view name, const json::Value& property) {
    const std::string wanted = os::to_lower(name);
    if (property.get("type").string_or("") == "array") return std::nullopt;  // list() knows where one ends
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (used_[i] || tokens_[i].kind != TokenKind::kWord) continue;
      std::string lower = tokens_[i].lower;
      if (const size_t equals = lower.find('=');
          equals != std::string::npos && lower.substr(0, equals) == wanted) {
        used_[i] = true;
        return converted(tokens_[i].text.substr(equals + 1), property);
      }
      size_t end = name_end(i, wanted);
      if (end == 0) continue;
      while (end < tokens_.size() && is_connector(tokens_[end])) ++end;
      if (end >= tokens_.size() || used_[end]) continue;
      size_t last = end + 1;
      if (property.get("type").string_or("string") == "string" && tokens_[end].kind == TokenKind::kWord &&
          !property.has("enum"))
        last = phrase_end(end);
      auto value = converted(covered(end, last), property);
      if (!value) continue;
      for (size_t k = i; k < last; ++k) used_[k] = true;
      return value;
    }
    return std::nullopt;
  }

  // Behind the tokens that spell the property's name ("order_id" as "order id"), or 0.
  size_t name_end(size_t at, std::string_view name) const {
    const std::string spelled(name);
    std::string so_far;
    for (size_t i = at; i < tokens_.size() && i < at + 4 && tokens_[i].kind == TokenKind::kWord; ++i) {
      so_far += (so_far.empty() ? "" : "_") + tokens_[i].lower;
      if (so_far == spelled || stem(so_far) == stem(spelled)) return i + 1;
      if (!spelled.starts_with(so_far)) return 0;
    }
    return 0;
  }

  static bool is_connector(const Token& token) {
    static const std::set<std::string_view> words = {":",      "=",   "is",     "of",  "as",    "to",
                                                     "should", "be",  "called", "set", "equal", "equals",
                                                     "number", "the", "an",     "a"};
    return words.contains(token.text == ":" ? std::string_view(":") : std::string_view(token.lower));
  }

  // A phrase goes on to a comma, a conjunction, or the end.
  size_t phrase_end(size_t begin) const {
    static const std::set<std::string_view> ends = {"and", "with", "from", "to",    "for", "on",
                                                    "at",  "in",   "then", "using", "by"};
    size_t end = begin + 1;
    while (end < tokens_.size() && tokens_[end].kind == TokenKind::kWord &&
           !ends.contains(tokens_[end].lower))
      ++end;
    return end;
  }

  std::string covered(size_t begin, size_t end) const {
    if (end - begin == 1) return tokens_[begin].text;
    return std::string(text_.substr(tokens_[begin].begin, tokens_[end - 1].end - tokens_[begin].begin));
  }

  static std::optional<json::Value> converted(std::string_view text, const json::Value& property) {
    const std::string_view type = property.get("type").string_or("string");
    if (property.has("enum")) {
      const json::Value& options = property.get("enum");
      for (size_t i = 0; i < options.size(); ++i) {
        if (options.at(i).is_string() &&
            stem(os::to_lower(options.at(i).as_string())) == stem(os::to_lower(text)))
          return options.at(i);
      }
      return std::nullopt;
    }
    if (type == "integer" || type == "number") {
      const auto number = first_number(text);
      if (!number) return std::nullopt;
      if (type == "integer") return json::Value(static_cast<int64_t>(*number));
      return json::Value(*number);
    }
    if (type == "boolean") {
      const std::string lower = os::to_lower(text);
      if (lower == "true" || lower == "yes" || lower == "on") return json::Value(true);
      if (lower == "false" || lower == "no" || lower == "off") return json::Value(false);
      return std::nullopt;
    }
    if (type == "array") {
      auto element = converted(text, property.get("items"));
      if (!element) return std::nullopt;
      return json::array({*std::move(element)});
    }
    if (type == "object") return std::nullopt;
    return json::Value(std::string(text));
  }

  std::optional<json::Value> guess(std::string_view name, const json::Value& property, bool required,
                                   int depth, std::vector<std::string>& missing) {
    if (property.has("const")) return property.get("const");
    if (property.has("enum")) {
      if (auto value = enumerated(property.get("enum"))) return value;
      if (required && property.has("default")) return property.get("default");
      return std::nullopt;
    }
    const std::string_view type = property.get("type").string_or("string");
    std::optional<json::Value> value;
    if (type == "integer" || type == "number")
      value = required ? unused_number(type == "integer") : std::nullopt;
    if (type == "boolean") value = flag(name);
    if (type == "array") value = list(name, property, required);
    if (type == "object" && required) {
      json::Value inner = fill_object(property, missing, depth + 1);
      if (!inner.empty()) value = std::move(inner);
    }
    if (type == "string") value = string(name, property, required);
    if (!value && required && property.has("default")) return property.get("default");
    return value;
  }

  std::optional<json::Value> enumerated(const json::Value& options) {
    for (size_t i = 0; i < options.size(); ++i) {
      if (!options.at(i).is_string()) continue;
      const auto wanted = words(options.at(i).as_string());
      for (size_t t = 0; t < tokens_.size(); ++t) {
        if (!wanted.empty() && !used_[t] &&
            (tokens_[t].lower == os::to_lower(options.at(i).as_string()) ||
             (wanted.size() == 1 && stem(tokens_[t].lower) == stem(wanted[0])))) {
          used_[t] = true;
          return options.at(i);
        }
      }
    }
    return std::nullopt;
  }

  std::optional<json::Value> unused_number(bool integer) {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (used_[i] || !first_number(tokens_[i].text) || tokens_[i].kind == TokenKind::kUrl ||
          tokens_[i].kind == TokenKind::kEmail || is_date(tokens_[i].text))
        continue;
      if (tokens_[i].kind != TokenKind::kNumber && !has_currency(tokens_[i].text)) continue;
      const double number = *first_number(tokens_[i].text);
      used_[i] = true;
      if (integer) return json::Value(static_cast<int64_t>(number));
      return json::Value(number);
    }
    return std::nullopt;
  }

  std::optional<json::Value> flag(std::string_view name) {
    const std::string wanted = stem(os::to_lower(name));
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (stem(tokens_[i].lower) != wanted) continue;
      const bool negated = i > 0 && (tokens_[i - 1].lower == "no" || tokens_[i - 1].lower == "without" ||
                                     tokens_[i - 1].lower == "not" || tokens_[i - 1].lower == "don't");
      return json::Value(!negated);
    }
    return std::nullopt;
  }

  // "a, b and c" behind the property's name or a colon, else the quotes, paths, addresses or numbers that are
  // left.
  std::optional<json::Value> list(std::string_view name, const json::Value& property, bool required) {
    const json::Value& items = property.get("items");
    json::Value out = json::array({});
    size_t begin = list_begin(name);
    if (begin == tokens_.size() && !required) return std::nullopt;
    if (begin < tokens_.size()) {
      std::string item;
      for (size_t i = begin; i <= tokens_.size(); ++i) {
        const bool ends = i == tokens_.size() || tokens_[i].text == "," || tokens_[i].text == ";" ||
                          tokens_[i].lower == "and";
        if (!ends) {
          item += (item.empty() ? "" : " ") + tokens_[i].text;
          used_[i] = true;
        } else if (!item.empty()) {
          if (auto value = converted(strip(item, ".!?"), items)) out.push_back(*std::move(value));
          item.clear();
        }
      }
    }
    const std::string_view type = items.get("type").string_or("string");
    const bool numbers = type == "integer" || type == "number";
    for (size_t i = 0; i < tokens_.size() && begin == tokens_.size(); ++i) {
      const TokenKind kind = tokens_[i].kind;
      const bool fits =
          numbers ? kind == TokenKind::kNumber
                  : kind == TokenKind::kQuote || kind == TokenKind::kPath || kind == TokenKind::kUrl;
      if (!fits || used_[i]) continue;
      if (auto value = converted(tokens_[i].text, items)) out.push_back(*std::move(value));
      used_[i] = true;
    }
    if (out.empty()) return std::nullopt;
    return out;
  }

  // Behind "tags", "the tags are" or a colon; tokens_.size() when neither is there.
  size_t list_begin(std::string_view name) const {
    const auto colon = std::ranges::find(tokens_, std::string_view(":"), &Token::text);
    if (colon != tokens_.end()) return static_cast<size_t>(colon - tokens_.begin()) + 1;
    for (size_t i = 0; i < tokens_.size(); ++i) {
      size_t end = tokens_[i].kind == TokenKind::kWord ? name_end(i, os::to_lower(name)) : 0;
      if (end == 0) continue;
      while (end < tokens_.size() && is_connector(tokens_[end])) ++end;
      return end;
    }
    return tokens_.size();
  }

  std::optional<json::Value> token_of(TokenKind kind) {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (used_[i] || tokens_[i].kind != kind) continue;
      used_[i] = true;
      return json::Value(tokens_[i].text);
    }
    return std::nullopt;
  }

  // "from Oslo to Bergen", "in Paris".
  std::optional<json::Value> behind(std::initializer_list<std::string_view> prepositions) {
    for (const std::string_view preposition : prepositions) {
      for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
        if (used_[i + 1] || tokens_[i].lower != preposition) continue;
        size_t begin = i + 1;
        while (begin < tokens_.size() && (tokens_[begin].lower == "the" || tokens_[begin].lower == "a"))
          ++begin;
        if (begin >= tokens_.size() || used_[begin] || tokens_[begin].kind == TokenKind::kPunctuation)
          continue;
        const size_t end = std::max(begin + 1, phrase_end(begin));
        for (size_t k = i; k < end; ++k) used_[k] = true;
        return json::Value(covered(begin, end));
      }
    }
    return std::nullopt;
  }

  std::optional<json::Value> string(std::string_view name, const json::Value& property, bool required) {
    switch (meaning_of(name, property)) {
      case Meaning::kUrl:
        return token_of(TokenKind::kUrl);
      case Meaning::kEmail:
        return token_of(TokenKind::kEmail);
      case Meaning::kPath:
        return token_of(TokenKind::kPath);
      case Meaning::kDate:
        for (size_t i = 0; i < tokens_.size(); ++i) {
          const bool named = tokens_[i].lower == "today" || tokens_[i].lower == "tomorrow";
          if (!used_[i] && (is_date(tokens_[i].text) || (named && property.get("format").is_null()))) {
            used_[i] = true;
            return json::Value(tokens_[i].text);
          }
        }
        return std::nullopt;
      case Meaning::kFrom:
        return behind({"from"});
      case Meaning::kTo:
        return behind({"to", "into"});
      case Meaning::kPlace:
        if (auto place = behind({"in", "for", "at", "near", "of"})) return place;
        return required ? proper_name() : std::nullopt;
      default:
        break;
    }
    if (!required) return std::nullopt;
    if (auto quote = token_of(TokenKind::kQuote)) return quote;
    if (auto code = token_of(TokenKind::kCode)) return code;
    if (contains(os::to_lower(name), "id") || contains(os::to_lower(name), "number") ||
        contains(os::to_lower(name), "code")) {
      for (size_t i = 0; i < tokens_.size(); ++i) {
        if (!used_[i] && tokens_[i].kind != TokenKind::kPunctuation &&
            tokens_[i].text.find_first_of("0123456789") != std::string::npos) {
          used_[i] = true;
          return json::Value(tokens_[i].text);
        }
      }
      return std::nullopt;
    }
    if (auto topic = behind({"for", "about", "on", "of", "called", "named"})) return topic;
    if (meaning_of(name, property) != Meaning::kQuery) {
      if (auto proper = proper_name()) return proper;
    }
    return words_left();
  }

  // "Paris", "New York": capitals inside the sentence.
  std::optional<json::Value> proper_name() {
    for (size_t i = 1; i < tokens_.size(); ++i) {
      const auto capital = [&](size_t k) {
        return k < tokens_.size() && !used_[k] && tokens_[k].kind == TokenKind::kWord &&
               tokens_[k].text[0] >= 'A' && tokens_[k].text[0] <= 'Z';
      };
      if (!capital(i) || tokens_[i].lower == "i") continue;
      size_t end = i;
      while (capital(end)) used_[end++] = true;
      return json::Value(covered(i, end));
    }
    return std::nullopt;
  }

  std::optional<json::Value> words_left() {
    std::string out;
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (used_[i] || token.kind == TokenKind::kPunctuation || token.kind == TokenKind::kNewline ||
          token.kind == TokenKind::kBullet)
        continue;
      if (out.empty() && (is_imperative(token.lower) || is_stop_word(token.lower)))
        continue;  // "search for", "find the"
      out += (out.empty() ? "" : " ") + token.text;
      used_[i] = true;
    }
    if (out.empty()) return std::nullopt;
    return json::Value(std::move(out));
  }

  std::string text_;
  std::vector<Token> tokens_;
  std::vector<bool> used_;
};

}  // namespace

Filled fill_arguments(const json::Value& schema, std::string_view text) {
  return Filler(text).run(schema);
}

}  // namespace soma::model::reflex
