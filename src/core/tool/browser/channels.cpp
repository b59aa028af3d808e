#include "core/tool/browser/channels.h"

#include <fmt/format.h>

namespace soma::tool::browser {

using json::Value;
using os::Code;
using os::Result;

uint64_t Channels::open(std::string session, const net::Executor& executor, Handler handler) {
  const uint64_t number = next_++;
  sessions_.emplace(session, number);
  channels_.emplace(number, Channel{std::move(session), executor, std::move(handler)});
  return number;
}

std::string Channels::close(uint64_t channel) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return "";
  std::string session = std::move(found->second.session);
  channels_.erase(found);
  std::erase_if(sessions_, [channel](const auto& entry) { return entry.second == channel; });
  return session;
}

Result<Value> Channels::outgoing(uint64_t channel, Value message, uint64_t id) {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return os::fail(Code::kNotFound, "the channel is closed");
  Channel& from = found->second;
  const Value number = message.get("id");
  if (!number.is_number() || message.get("method").string_or("").empty())
    return os::fail(Code::kInvalidArgument, "Message must have integer 'id' and string 'method'");
  if (from.waiting >= kMaxChannelCommands)
    return os::fail(Code::kLimitExceeded,
                    fmt::format("{} commands wait for an answer (kMaxChannelCommands)", from.waiting));
  const std::string session(message.get("sessionId").string_or(""));
  if (session.empty()) {
    message.set("sessionId", from.session);
  } else if (const auto owner = sessions_.find(session);
             owner == sessions_.end() || owner->second != channel) {
    return os::fail(Code::kNotFound, "Session with given id not found.");
  }
  commands_.emplace(id, Command{channel, number});
  ++from.waiting;
  message.set("id", id);
  return message;
}

std::optional<Channels::Delivery> Channels::incoming(Value& message) {
  if (const Value* id = message.find("id")) {
    const auto found = commands_.find(static_cast<uint64_t>(id->int_or(0)));
    if (found == commands_.end()) return std::nullopt;
    const Command command = std::move(found->second);
    commands_.erase(found);
    return answer(command, message);
  }
  const auto owner = sessions_.find(std::string(message.get("sessionId").string_or("")));
  if (owner == sessions_.end()) return std::nullopt;
  const uint64_t number = owner->second;
  note_sessions(number, message);
  return deliver(channels_.at(number), message);
}

std::optional<Channels::Delivery> Channels::answer(const Command& command, Value& message) {
  const auto found = channels_.find(command.channel);
  if (found == channels_.end()) return Delivery{};
  --found->second.waiting;
  // Of Target.attachToTarget and its like: the session that it opened.
  if (const std::string_view opened = message.get("result").get("sessionId").string_or(""); !opened.empty())
    sessions_.emplace(std::string(opened), command.channel);
  message.set("id", command.id);
  return deliver(found->second, message);
}

// Sessions that the browser opens below one of the channel's (auto-attach), and closes.
void Channels::note_sessions(uint64_t channel, const Value& message) {
  const std::string_view method = message.get("method").string_or("");
  std::string session(message.get("params").get("sessionId").string_or(""));
  if (session.empty()) return;
  if (method == "Target.attachedToTarget") {
    sessions_.emplace(std::move(session), channel);
  } else if (method == "Target.detachedFromTarget") {
    sessions_.erase(session);
  }
}

Channels::Delivery Channels::deliver(const Channel& channel, Value& message) {
  if (message.get("sessionId").string_or("") == channel.session) message.erase("sessionId");
  return Delivery{channel.executor, channel.handler, std::move(message)};
}

std::vector<Channels::Delivery> Channels::last_words() const {
  std::vector<Delivery> all;
  for (const auto& [number, channel] : channels_)
    all.push_back(Delivery{channel.executor, channel.handler, Value()});
  return all;
}

}  // namespace soma::tool::browser
