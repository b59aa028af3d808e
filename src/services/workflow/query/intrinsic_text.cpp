#include "services/workflow/query/intrinsic_functions.h"
#include "services/workflow/query/text_scan.h"

namespace soma::workflow::query {
namespace {

// A template's text up to the next "{}", without its backslashes. `position` moves behind the "{}".
struct Piece {
  std::string text{};
  bool placeholder = false;  // the piece ends with "{}"
};

std::unexpected<std::string> no_match(std::string_view missing, std::string_view present) {
  return std::unexpected("Invalid template in States.Format: matching '" + std::string(missing) +
                         "' not found for '" + std::string(present) + "'.");
}

std::expected<Piece, std::string> next_piece(std::string_view text, size_t& position) {
  constexpr std::string_view kEscapable = "{}\\'";
  Piece piece;
  while (position < text.size()) {
    char c = text[position++];
    bool more = position < text.size();
    if (c == '\\' && more && kEscapable.find(text[position]) != std::string_view::npos) {
      piece.text += text[position++];
    } else if (c == '{') {
      if (!more || text[position] != '}') return no_match("}", "{");
      ++position;
      piece.placeholder = true;
      return piece;
    } else if (c == '}') {
      return no_match("{", "}");
    } else {
      piece.text += c;
    }
  }
  return piece;
}

}  // namespace

IntrinsicResult format(IntrinsicValues& values, const jsonata::Surroundings&) {
  constexpr std::string_view kCount =
      "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.";
  if (!values[0]->is_string()) return invalid_arguments("States.Format");
  const std::string& text = values[0]->as_string();
  std::string out;
  size_t used = 1;
  for (size_t position = 0; position < text.size();) {
    SOMA_ASSIGN(Piece piece, next_piece(text, position));
    out += piece.text;
    if (!piece.placeholder) continue;
    if (used == values.size()) return std::unexpected(std::string(kCount));
    out += rendered(*values[used++]);
  }
  if (used != values.size()) return std::unexpected(std::string(kCount));
  return out;
}

// At every character that stands in the second text; empty parts are left out.
IntrinsicResult string_split(IntrinsicValues& values, const jsonata::Surroundings&) {
  if (!values[0]->is_string() || !values[1]->is_string()) return invalid_arguments("States.StringSplit");
  const std::string& text = values[0]->as_string();
  const std::string& delimiters = values[1]->as_string();
  json::Array parts;
  std::string part;
  auto end_part = [&] {
    if (!part.empty()) parts.emplace_back(std::move(part));
    part.clear();
  };
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    std::string_view character = std::string_view(text).substr(i, end - i);
    if (delimiters.find(character) == std::string::npos) {
      part += character;
    } else {
      end_part();
    }
    i = end;
  }
  end_part();
  return parts;
}

// Shallow: the second object's members replace the first's. Only true asks for the deep merge there is not.
IntrinsicResult json_merge(IntrinsicValues& values, const jsonata::Surroundings&) {
  if (!values[0]->is_object() || !values[1]->is_object() || values[2]->bool_or(false)) {
    return invalid_arguments("States.JsonMerge");
  }
  json::Value merged = values[0].take();
  json::Value second = values[1].take();
  for (json::Member& member : second.as_object()) merged.set(member.first, std::move(member.second));
  return merged;
}

// Blank text is null.
IntrinsicResult string_to_json(IntrinsicValues& values, const jsonata::Surroundings&) {
  if (!values[0]->is_string()) return invalid_arguments("States.StringToJson");
  const std::string& text = values[0]->as_string();
  if (os::trim(text).empty()) return json::Value();
  auto value = json::parse(text);
  if (!value) return invalid_arguments("States.StringToJson");
  return std::move(*value);
}

IntrinsicResult json_to_string(IntrinsicValues& values, const jsonata::Surroundings&) {
  return json::write(*values[0]);
}

}  // namespace soma::workflow::query
