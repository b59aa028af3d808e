// Filling forms in: text, dates, files, options.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/tool/browser/actions.h"
#include "core/tool/browser/keys.h"
#include "core/tool/browser/pointer.h"

namespace soma::tool::browser {

namespace {

constexpr size_t kMaxTypedBytes = 100'000;
constexpr size_t kMaxKeyedBytes =
    300;  // longer text comes in as one paste-like event: a key at a time would take seconds
constexpr auto kValueTypes =
    std::to_array<std::string_view>({"date", "time", "datetime-local", "month", "week", "color", "range"});

std::string said_text(const Place& place, std::string_view text) {
  if (place.type == "password") return "a password";
  std::string shown(os::utf8_prefix(text, 80));
  return fmt::format("\"{}{}\"", shown, shown.size() < text.size() ? "…" : "");
}

net::Task<os::Result<>> enter_text(Operation operation, Tab& tab, const Place& place, std::string text,
                                   bool clear) {
  SOMA_CO_TRY(co_await click_at(operation, tab, place));
  json::Value target = json::object({{"ref", place.ref}});
  json::Array arguments = {target, clear};
  auto focused = co_await tab.script(operation, "focusText", std::move(arguments), true);
  SOMA_CO_TRY(focused);
  if (text.empty()) {
    if (!clear || !focused->get("had").bool_or(false)) co_return os::Result<>();
    auto remove = key_press("Delete");
    co_return co_await send_keys(operation, tab, std::move(*remove));
  }
  if (text.size() <= kMaxKeyedBytes) {
    auto events = text_press(text);
    co_return co_await send_keys(operation, tab, std::move(events));
  }
  auto params = json::object({{"text", std::move(text)}});
  auto inserted = co_await tab.call(operation, "Input.insertText", std::move(params));
  SOMA_CO_TRY(inserted);
  co_return os::Result<>();
}

net::Task<os::Result<>> give_file(Session& session, Operation operation, Tab& tab, json::Value target,
                                  std::string path) {
  auto resolved = sandbox::resolve_inside(session.environment().workspace, path, true);
  SOMA_CO_TRY(resolved);
  auto handle = co_await tab.element_handle(operation, std::move(target));
  SOMA_CO_TRY(handle);
  auto params = json::object({{"files", json::array({*resolved})}, {"objectId", *handle}});
  auto set = co_await tab.call(operation, "DOM.setFileInputFiles", std::move(params));
  SOMA_CO_TRY(set);
  co_return os::Result<>();
}

net::Task<os::Result<>> submit(Operation operation, Tab& tab, const Place& place) {
  if (place.tag == "INPUT" && place.type != "file") {
    auto enter = key_press("Enter");
    co_return co_await send_keys(operation, tab, std::move(*enter));
  }
  json::Value target = json::object({{"ref", place.ref}});
  json::Array arguments = {target};
  auto done = co_await tab.script(operation, "submitForm", std::move(arguments), false);
  if (!done && done.error().code != os::Code::kInvalidArgument) co_return std::unexpected(done.error());
  co_return os::Result<>();
}

net::Task<os::Result<>> choose(Operation operation, Tab& tab, json::Value target, json::Array options) {
  json::Array arguments = {std::move(target), json::Value(std::move(options))};
  auto done = co_await tab.script(operation, "select", std::move(arguments), false);
  // The page may answer a choice by going elsewhere.
  if (!done && done.error().code != os::Code::kInvalidArgument) co_return std::unexpected(done.error());
  co_return os::Result<>();
}

net::Task<os::Result<std::string>> fill(Session& session, Operation operation, Tab& tab, const Place& place,
                                        std::string text, bool clear) {
  json::Value target = json::object({{"ref", place.ref}});
  if (place.type == "file") {
    SOMA_CO_TRY(co_await give_file(session, operation, tab, std::move(target), text));
    co_return fmt::format("Gave the file {} to {}.", text, place.said);
  }
  if (place.tag == "SELECT") {
    json::Array options = {text};
    SOMA_CO_TRY(co_await choose(operation, tab, std::move(target), std::move(options)));
    co_return fmt::format("Chose \"{}\" in {}.", text, place.said);
  }
  if (std::ranges::count(kValueTypes, place.type) > 0) {
    json::Array arguments = {std::move(target), text};
    auto set = co_await tab.script(operation, "setValue", std::move(arguments), false);
    SOMA_CO_TRY(set);
    co_return fmt::format("Set {} to {}.", place.said, said_text(place, text));
  }
  if (!place.editable) {
    co_return os::fail(os::Code::kInvalidArgument, fmt::format("{} takes no text", place.said),
                       "name a text field, or use action \"click\"");
  }
  std::string said = text.empty() ? fmt::format("Cleared {}.", place.said)
                                  : fmt::format("Typed {} into {}.", said_text(place, text), place.said);
  SOMA_CO_TRY(co_await enter_text(operation, tab, place, std::move(text), clear));
  co_return said;
}

}  // namespace

net::Task<Outcome> type(Session& session, Operation operation, const json::Value& input) {
  auto target = target_of(input);
  if (!target) co_return failure(session, target.error());
  if (!input.get("text").is_string()) {
    co_return failure(session,
                      {os::Code::kInvalidArgument, "text is missing", "give the text to type as text"});
  }
  std::string text(input.get("text").string_or(""));
  if (text.size() > kMaxTypedBytes) {
    co_return failure(session,
                      {os::Code::kLimitExceeded, fmt::format("text is longer than {} bytes", kMaxTypedBytes),
                       "type it in parts"});
  }
  auto before = co_await before_action(session, operation);
  if (!before) co_return failure(session, before.error());
  json::Value which = *target;
  auto place = co_await find_place(operation, *before->tab, std::move(which));
  if (!place) co_return failure(session, place.error());
  auto said = co_await fill(session, operation, *before->tab, *place, std::move(text),
                            input.get("clear").bool_or(true));
  if (!said) co_return failure(session, said.error());
  if (input.get("submit").bool_or(false)) {
    auto sent = co_await submit(operation, *before->tab, *place);
    if (!sent) co_return failure(session, sent.error());
    *said += " Submitted.";
  }
  co_return co_await after_action(session, operation, *before, *said);
}

net::Task<Outcome> select(Session& session, Operation operation, const json::Value& input) {
  auto target = target_of(input);
  if (!target) co_return failure(session, target.error());
  json::Array options;
  if (const json::Value& values = input.get("values"); values.is_array()) options = values.as_array();
  if (input.has("value")) options.push_back(input.get("value"));
  if (options.empty()) {
    co_return failure(session,
                      {os::Code::kInvalidArgument, "value is missing", "give the option's text as value"});
  }
  auto before = co_await before_action(session, operation);
  if (!before) co_return failure(session, before.error());
  json::Value which = *target;
  std::string wanted = json::write(options.size() == 1 ? options[0] : json::Value(options));
  auto place = co_await find_place(operation, *before->tab, std::move(which));
  if (!place) co_return failure(session, place.error());
  json::Value element = json::object({{"ref", place->ref}});
  auto chosen = co_await choose(operation, *before->tab, std::move(element), std::move(options));
  if (!chosen) co_return failure(session, chosen.error());
  co_return co_await after_action(session, operation, *before,
                                  fmt::format("Chose {} in {}.", wanted, place->said));
}

}  // namespace soma::tool::browser
