// $match, $contains, $split and $replace, with texts, regular expressions, and functions that follow the
// matcher protocol: called with a text they give {match, start, end, groups, next}, and next() the one behind
// it.
#include <algorithm>
#include <cmath>

#include "services/workflow/jsonata/functions.h"
#include "services/workflow/jsonata/number_text.h"
#include "services/workflow/jsonata/regex.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata {
namespace {

Value piece(Memory& memory, const Subject& subject, size_t start, size_t end) {
  std::string storage;
  const std::string_view text = subject.slice(start, end, storage);
  return subject.is_ascii() ? text : memory.copy(text);
}

Value groups_of(Memory& memory, const Subject& subject, const Match& match) {
  Array* groups = make_array(memory, match.groups.size());
  for (const auto& group : match.groups) {
    push(memory, groups, group ? piece(memory, subject, group->start, group->end) : Value());
  }
  return groups;
}

Value match_object(Memory& memory, const RegexFunction& regex, std::string_view text, const Subject& subject,
                   const Match& match) {
  Object* object = make_object(memory, 5);
  set(memory, object, "match", piece(memory, subject, match.start, match.end));
  set(memory, object, "start", static_cast<double>(match.start));
  set(memory, object, "end", static_cast<double>(match.end));
  set(memory, object, "groups", groups_of(memory, subject, match));
  set(memory, object, "next",
      memory.make<NextMatch>(Function{Function::Kind::kNextMatch}, &regex, text, match.end));
  return object;
}

[[noreturn]] void refuse_empty(const RegexFunction& regex) {
  throw Failure{.code = "D1004",
                .position = regex.position,
                .value = describe(std::string_view(regex.regex->pattern()))};
}

// All matches in a text, one after the other.
class Matches {
 public:
  Matches(Evaluator& evaluator, Value matcher, Value text)
      : evaluator_(evaluator), matcher_(matcher), text_(text), subject_(text.text()) {
    evaluator.spend(text.text().size() / 64);
    if (matcher.is_function() && matcher.function()->kind == Function::Kind::kRegex) {
      regex_ = static_cast<const RegexFunction*>(matcher.function());
    }
  }

  // To the next match; false when there is none.
  bool next() {
    const bool first = count_++ == 0;
    if (regex_ == nullptr) return next_of_function(first);
    if (!first && match_.end >= subject_.size()) return false;
    auto found = search(*regex_->regex, subject_, first ? 0 : match_.end, evaluator_.steps(),
                        evaluator_.regex_scratch());
    if (!found) return false;
    if (!first && found->start == found->end) refuse_empty(*regex_);
    match_ = std::move(*found);
    return true;
  }

  size_t start() const { return match_.start; }
  size_t end() const { return match_.end; }
  // Of the matched text, in UTF-16 units.
  size_t length() {
    if (regex_ != nullptr) return match_.end - match_.start;
    const Value matched = text();
    return matched.is_string() ? count_units(matched.text()) : 0;
  }
  Value text() {
    return regex_ == nullptr ? evaluator_.lookup(object_, "match")
                             : piece(evaluator_.memory(), subject_, match_.start, match_.end);
  }
  Value groups() {
    return regex_ == nullptr ? evaluator_.lookup(object_, "groups")
                             : groups_of(evaluator_.memory(), subject_, match_);
  }
  Value object() {
    return regex_ == nullptr ? object_
                             : match_object(evaluator_.memory(), *regex_, text_.text(), subject_, match_);
  }
  // A piece of the searched text.
  Value between(size_t start, size_t end) {
    end = std::min(end, subject_.size());
    return piece(evaluator_.memory(), subject_, std::min(start, end), end);
  }
  Value behind(size_t start) { return between(start, subject_.size()); }

 private:
  bool next_of_function(bool first) {
    object_ = first ? evaluator_.call(matcher_, std::span(&text_, 1))
                    : evaluator_.call(evaluator_.lookup(object_, "next"), std::span<const Value>());
    if (!is_truthy(object_)) return false;
    const Value start = evaluator_.lookup(object_, "start"), end = evaluator_.lookup(object_, "end");
    if (!start.is_number() && !end.is_number() && !evaluator_.lookup(object_, "groups").is_array() &&
        !evaluator_.lookup(object_, "next").is_function()) {
      throw Failure{.code = "T1010"};
    }
    const auto unit = [](Value at) {
      if (!at.is_number() || !(at.number() > 0)) return size_t{0};
      return static_cast<size_t>(std::min(at.number(), static_cast<double>(UINT32_MAX)));
    };
    match_.start = unit(start);
    match_.end = unit(end);
    return true;
  }

  Evaluator& evaluator_;
  Value matcher_;
  Value text_;
  Subject subject_;
  const RegexFunction* regex_ = nullptr;
  Match match_;
  Value object_;
  size_t count_ = 0;
};

// A text that grows, refused before it is too large.
class GrowingText {
 public:
  explicit GrowingText(Evaluator& evaluator) : evaluator_(evaluator) {}
  void add(std::string_view piece) {
    evaluator_.spend(piece.size() / 64);
    if (made_.size() + piece.size() > evaluator_.limits().max_string_bytes * 3) {
      throw Failure{.code = "D2014",
                    .value = std::to_string(made_.size() + piece.size()),
                    .message = "max_string_bytes"};
    }
    if (joins_surrogates(made_, piece))
      made_ = join_surrogates(made_, piece);
    else
      made_ += piece;
  }
  Value finish() { return evaluator_.text(made_); }

 private:
  Evaluator& evaluator_;
  std::string made_;
};

// How often something may still be done: without end where no limit was given.
double limit_of(Value limit, std::string_view code, size_t index) {
  if (limit.is_undefined()) return INFINITY;
  if (limit.number() < 0) throw Failure{.code = code, .value = describe(limit), .index = index};
  return limit.number();
}

}  // namespace

Value Evaluator::find_match(const RegexFunction& regex, std::string_view text, size_t from) {
  spend(text.size() / 64);
  const Subject subject(text);
  if (from > subject.size()) return Value();
  const auto match = search(*regex.regex, subject, from, steps_, regex_scratch_);
  return match ? match_object(memory_, regex, text, subject, *match) : Value();
}

Value Evaluator::next_match(const NextMatch& next) {
  if (next.from >= count_units(next.text)) return Value();
  const Value match = find_match(*next.regex, next.text, next.from);
  if (!match.is_undefined() && lookup(match, "match").text().empty()) refuse_empty(*next.regex);
  return match;
}

namespace native {

Value match(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  Memory& memory = evaluator.memory();
  const double limit = limit_of(args[2], "D3040", 3);
  Array* all = make_sequence(memory);
  Matches matches(evaluator, args[1], args[0]);
  if (limit <= 0) return all;
  // The next match is always looked for, even where the limit leaves it out: it may be an error.
  bool more = matches.next();
  for (double count = 0; more && count < limit; ++count, more = matches.next()) {
    Object* one = make_object(memory, 3);
    set(memory, one, "match", matches.text());
    set(memory, one, "index", static_cast<double>(matches.start()));
    set(memory, one, "groups", matches.groups());
    push(memory, all, one);
  }
  return all;
}

Value contains(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  if (!args[1].is_string()) return Matches(evaluator, args[1], args[0]).next();
  evaluator.spend(args[0].text().size() / 64);
  return find_text(args[0].text(), args[1].text(), 0) != std::string_view::npos;
}

namespace {

Value split_by_text(Evaluator& evaluator, std::string_view text, std::string_view separator, double limit) {
  Memory& memory = evaluator.memory();
  Array* parts = make_array(memory, 0);
  evaluator.spend(text.size() / 16);
  if (separator.empty()) {  // into UTF-16 units
    const Subject subject(text);
    for (size_t at = 0; at < subject.size() && parts->size < limit; ++at) {
      push(memory, parts, piece(memory, subject, at, at + 1));
    }
    return parts;
  }
  for (size_t start = 0; parts->size < limit;) {
    const size_t end = find_text(text, separator, start);
    push(memory, parts, text.substr(start, end - start));
    if (end == std::string_view::npos) break;
    start = end + separator.size();
  }
  return parts;
}

}  // namespace

Value split(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  const double limit = limit_of(args[2], "D3020", 3);
  if (args[1].is_string()) return split_by_text(evaluator, args[0].text(), args[1].text(), std::trunc(limit));
  Memory& memory = evaluator.memory();
  Array* parts = make_array(memory, 0);
  if (limit <= 0) return parts;
  Matches matches(evaluator, args[1], args[0]);
  size_t start = 0;
  bool more = matches.next();
  for (; more && parts->size < limit; more = matches.next()) {
    push(memory, parts, matches.between(start, matches.start()));
    start = matches.end();
  }
  if (parts->size < limit)
    push(memory, parts, start == 0 && parts->size == 0 ? args[0] : matches.behind(start));
  return parts;
}

namespace {

// The replacement with $0, $1, … filled in. A number has at most as many digits as the number of groups has.
class Template {
 public:
  Template(GrowingText& out, std::string_view text) : out_(out), text_(text) {}

  void fill(Matches& matches, Value groups) {
    size_t at = 0;
    for (size_t dollar = text_.find('$'); dollar != std::string_view::npos; dollar = text_.find('$', at)) {
      out_.add(text_.substr(at, dollar - at));
      at = dollar + 1;
      const char next = at < text_.size() ? text_[at] : '\0';
      if (next == '$') {
        out_.add("$");
        ++at;
      } else if (next == '0') {
        out_.add(string_or_empty(matches.text()));
        ++at;
      } else {
        at += group(at, groups);
      }
    }
    out_.add(text_.substr(at));
  }

 private:
  static std::string_view string_or_empty(Value value) { return value.is_string() ? value.text() : ""; }

  // Returns how many characters it took.
  size_t group(size_t at, Value groups) {
    const size_t count = groups.is_array() ? groups.size() : 0;
    const size_t digits = std::to_string(count).size();
    double number = leading_integer(text_.substr(at, digits));
    if (digits > 1 && number > static_cast<double>(count))
      number = leading_integer(text_.substr(at, digits - 1));
    if (std::isnan(number)) {
      out_.add("$");
      return 0;
    }
    if (number >= 1 && number <= static_cast<double>(count)) {
      out_.add(string_or_empty(groups.item(static_cast<size_t>(number) - 1)));
    }
    return std::to_string(static_cast<int64_t>(number)).size();
  }

  GrowingText& out_;
  std::string_view text_;
};

Value replace_text(Evaluator& evaluator, Args args, double limit) {
  const std::string_view text = args[0].text(), pattern = args[1].text();
  GrowingText out(evaluator);
  size_t start = 0;
  size_t found = find_text(text, pattern, 0);
  for (double count = 0; found != std::string_view::npos && count < limit; ++count) {
    if (!args[2].is_string()) throw Failure{.code = "D3012", .value = describe(args[2])};
    out.add(text.substr(start, found - start));
    out.add(args[2].text());
    start = found + pattern.size();
    found = find_text(text, pattern, start);
    evaluator.spend(1);
  }
  out.add(text.substr(start));
  return out.finish();
}

}  // namespace

Value replace(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  if (args[1].is_string() && args[1].text().empty()) {
    throw Failure{.code = "D3010", .value = "\"\"", .index = 2};
  }
  const double limit = limit_of(args[3], "D3011", 4);
  if (limit <= 0) return args[0];
  if (args[1].is_string()) return replace_text(evaluator, args, limit);
  Matches matches(evaluator, args[1], args[0]);
  GrowingText out(evaluator);
  size_t start = 0;
  double count = 0;
  bool more = matches.next();
  for (; more && count < limit; ++count, more = matches.next()) {
    out.add(matches.between(start, matches.start()).text());
    if (args[2].is_string()) {
      Template(out, args[2].text()).fill(matches, matches.groups());
    } else {
      const Value object = matches.object();
      const Value replacement = evaluator.call(args[2], std::span(&object, 1));
      if (!replacement.is_string()) throw Failure{.code = "D3012", .value = describe(replacement)};
      out.add(replacement.text());
    }
    start = matches.start() + matches.length();
  }
  if (count == 0) return args[0];
  out.add(matches.behind(start).text());
  return out.finish();
}

}  // namespace native
}  // namespace soma::workflow::jsonata
