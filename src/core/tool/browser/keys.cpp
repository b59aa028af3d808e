#include "core/tool/browser/keys.h"

#include <fmt/format.h>

#include <array>

#include "base/os/os.h"

namespace soma::tool::browser {

namespace {

struct Key {
  std::string_view name;  // DOM "key"
  std::string_view code;  // DOM "code"
  int windows_code;
  std::string_view text = "";
};

constexpr auto kKeys = std::to_array<Key>({
    {"Enter", "Enter", 13, "\r"},
    {"Tab", "Tab", 9},
    {"Escape", "Escape", 27},
    {"Backspace", "Backspace", 8},
    {"Delete", "Delete", 46},
    {"Insert", "Insert", 45},
    {"Space", "Space", 32, " "},
    {"ArrowLeft", "ArrowLeft", 37},
    {"ArrowUp", "ArrowUp", 38},
    {"ArrowRight", "ArrowRight", 39},
    {"ArrowDown", "ArrowDown", 40},
    {"Home", "Home", 36},
    {"End", "End", 35},
    {"PageUp", "PageUp", 33},
    {"PageDown", "PageDown", 34},
    {"F1", "F1", 112},
    {"F2", "F2", 113},
    {"F3", "F3", 114},
    {"F4", "F4", 115},
    {"F5", "F5", 116},
    {"F6", "F6", 117},
    {"F7", "F7", 118},
    {"F8", "F8", 119},
    {"F9", "F9", 120},
    {"F10", "F10", 121},
    {"F11", "F11", 122},
    {"F12", "F12", 123},
});

struct Alias {
  std::string_view from, to;
};
constexpr auto kAliases = std::to_array<Alias>({
    {"return", "enter"},
    {"esc", "escape"},
    {"del", "delete"},
    {"left", "arrowleft"},
    {"right", "arrowright"},
    {"up", "arrowup"},
    {"down", "arrowdown"},
    {"ctrl", "control"},
    {"cmd", "meta"},
    {"command", "meta"},
    {"option", "alt"},
    {"pgup", "pageup"},
    {"pgdn", "pagedown"},
});

struct Modifier {
  std::string_view name;
  std::string_view code;
  int windows_code;
  int bit;
};
constexpr auto kModifiers = std::to_array<Modifier>({
    {"Alt", "AltLeft", 18, 1},
    {"Control", "ControlLeft", 17, 2},
    {"Meta", "MetaLeft", 91, 4},
    {"Shift", "ShiftLeft", 16, 8},
});

std::string canonical(std::string_view name) {
  std::string lower = os::to_lower(os::trim(name));
  for (const Alias& alias : kAliases) {
    if (lower == alias.from) return std::string(alias.to);
  }
  return lower;
}

template <class Table>
auto find_by_name(const Table& table, std::string_view lower) -> decltype(table.data()) {
  for (const auto& entry : table) {
    if (os::to_lower(entry.name) == lower) return &entry;
  }
  return nullptr;
}

json::Value key_event(std::string_view type, std::string_view key, std::string_view code, int windows_code,
                      int modifiers, std::string_view text) {
  json::Value event = json::object({{"type", type}, {"key", key}, {"modifiers", modifiers}});
  if (!code.empty()) event.set("code", code);
  if (windows_code) event.set("windowsVirtualKeyCode", windows_code);
  if (!text.empty()) {
    event.set("text", text);
    event.set("unmodifiedText", text);
  }
  return event;
}

void push_press(std::vector<json::Value>& out, const Key& key, int modifiers) {
  bool types = !key.text.empty() && (modifiers & ~8) == 0;
  std::string_view name = key.name == "Space" ? " " : key.name;
  out.push_back(key_event(types ? "keyDown" : "rawKeyDown", name, key.code, key.windows_code, modifiers,
                          types ? key.text : ""));
  // The shortcuts that a headless browser has no menu for are carried out as editing commands.
  if (modifiers == 2) {
    static constexpr std::array<std::pair<std::string_view, const char*>, 6> kCommands = {
        {{"a", "selectAll"}, {"c", "copy"}, {"x", "cut"}, {"v", "paste"}, {"z", "undo"}, {"y", "redo"}}};
    for (const auto& [letter, command] : kCommands) {
      if (os::to_lower(key.name) == letter) out.back().set("commands", json::array({command}));
    }
  }
  out.push_back(key_event("keyUp", name, key.code, key.windows_code, modifiers, ""));
}

// A key that types one ASCII letter, digit or sign: code and virtual key as a US keyboard gives them where
// they matter.
Key character_key(std::string_view character, std::string& code) {
  Key key{character, "", 0, character};
  if (character.size() != 1) return key;
  char letter = character[0];
  if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  if (letter >= 'A' && letter <= 'Z') {
    code = std::string("Key") + letter;
    key.windows_code = static_cast<unsigned char>(letter);
  } else if (letter >= '0' && letter <= '9') {
    code = std::string("Digit") + letter;
    key.windows_code = static_cast<unsigned char>(letter);
  }
  key.code = code;
  return key;
}

os::Error unknown_key(std::string_view name) {
  std::vector<std::string_view> known;
  for (const Key& key : kKeys) known.push_back(key.name);
  for (const Modifier& modifier : kModifiers) known.push_back(modifier.name);
  std::string_view near = os::nearest(name, known);
  std::string hint = near.empty()
                         ? "use names such as Enter, Tab, Escape, ArrowDown, Control+A, or one character"
                         : fmt::format("did you mean {}?", near);
  return os::Error{os::Code::kInvalidArgument, fmt::format("there is no key \"{}\"", name), std::move(hint)};
}

}  // namespace

os::Result<std::vector<json::Value>> key_press(std::string_view combination) {
  std::vector<std::string_view> parts =
      combination == "+" ? std::vector{combination} : os::split(combination, '+');
  int modifiers = 0;
  std::vector<const Modifier*> held;
  for (size_t index = 0; index + 1 < parts.size(); ++index) {
    const Modifier* modifier = find_by_name(kModifiers, canonical(parts[index]));
    if (!modifier) return std::unexpected(unknown_key(parts[index]));
    modifiers |= modifier->bit;
    held.push_back(modifier);
  }
  std::vector<json::Value> out;
  for (const Modifier* modifier : held) {
    out.push_back(
        key_event("rawKeyDown", modifier->name, modifier->code, modifier->windows_code, modifiers, ""));
  }
  std::string_view last = parts.back();
  std::string code;
  if (const Key* key = find_by_name(kKeys, canonical(last))) {
    push_press(out, *key, modifiers);
  } else if (!last.empty() && os::utf8_prefix(last, last.size()).size() == last.size() &&
             (last.size() == 1 || (static_cast<unsigned char>(last[0]) >= 0x80 && last.size() <= 4))) {
    push_press(out, character_key(last, code), modifiers);
  } else {
    return std::unexpected(unknown_key(last));
  }
  for (const Modifier* modifier : held) {
    out.push_back(key_event("keyUp", modifier->name, modifier->code, modifier->windows_code, 0, ""));
  }
  return out;
}

std::vector<json::Value> character_press(std::string_view character) {
  std::vector<json::Value> out;
  std::string code;
  if (character == "\n") {
    push_press(out, kKeys[0], 0);
  } else if (character == "\t") {
    push_press(out, kKeys[1], 0);
  } else {
    push_press(out, character_key(character, code), 0);
  }
  return out;
}

std::vector<json::Value> text_press(std::string_view text) {
  std::vector<json::Value> out;
  while (!text.empty()) {
    size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) ++length;
    for (json::Value& event : character_press(text.substr(0, length))) out.push_back(std::move(event));
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace soma::tool::browser
