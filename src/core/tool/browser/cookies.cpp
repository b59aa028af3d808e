#include "core/tool/browser/cookies.h"

namespace soma::tool::browser {

namespace {

constexpr const char* kCookieMembers[] = {"name",         "value",      "domain",       "path",
                                          "secure",       "httpOnly",   "sameSite",     "priority",
                                          "sourceScheme", "sourcePort", "partitionKey", "expires"};

json::Value settable(const json::Value& cookie) {
  json::Value out(json::Object{});
  for (const char* member : kCookieMembers) {
    if (const json::Value* value = cookie.find(member)) out.set(member, *value);
  }
  if (cookie.get("session").bool_or(false)) out.erase("expires");
  return out;
}

json::Value in_context(json::Value params, const std::string& context) {
  if (!context.empty()) params.set("browserContextId", context);
  return params;
}

}  // namespace

net::Task<os::Result<json::Value>> get_cookies(Operation operation, std::shared_ptr<Connection> connection,
                                               std::string context) {
  auto which = in_context(json::Value(json::Object{}), context);
  SOMA_CO_ASSIGN(const json::Value answer,
                 co_await connection->call(operation, "Storage.getCookies", std::move(which), ""));
  const json::Value* cookies = answer.find("cookies");
  co_return cookies != nullptr ? *cookies : json::Value(json::Array{});
}

net::Task<os::Result<>> set_cookies(Operation operation, std::shared_ptr<Connection> connection,
                                    std::string context, json::Value cookies) {
  json::Value wanted = json::Value(json::Array{});
  for (size_t index = 0; index < cookies.size(); ++index) wanted.push_back(settable(cookies.at(index)));
  if (wanted.empty()) co_return os::Result<>();
  auto all = in_context(json::object({{"cookies", wanted}}), context);
  const auto set = co_await connection->call(operation, "Storage.setCookies", std::move(all), "");
  if (set) co_return os::Result<>();
  if (set.error().code != os::Code::kInvalidArgument) co_return std::unexpected(set.error());
  // One that the browser no longer takes refuses them all: then each by itself.
  for (const json::Value& cookie : wanted.as_array()) {
    auto one = in_context(json::object({{"cookies", json::array({cookie})}}), context);
    const auto done = co_await connection->call(operation, "Storage.setCookies", std::move(one), "");
    if (!done) {
      os::log(os::Level::kWarning, "browser.cookie.refused",
              {{"name", cookie.get("name").string_or("")}, {"domain", cookie.get("domain").string_or("")}});
    }
  }
  co_return os::Result<>();
}

}  // namespace soma::tool::browser
