// The parts of routes.h, by what they are about.
#pragma once

#include "base/net/net.h"
#include "services/memory/memory.h"

namespace soma::memory::api {

// A batch of the largest records, or the largest event, with every character escaped.
inline constexpr size_t kMaxBodyBytes = kMaxEventBytes + (2u << 20);

void mount_control(net::Router& router, Service& service);
void mount_events(net::Router& router, Service& service);
void mount_records(net::Router& router, Service& service);
void mount_own(net::Router& router, Service& service, os::Clock& clock);
void mount_watch(net::Router& router, Service& service, os::Clock& clock);

// {"member": […], "nextToken"}
template <class T, class JsonOf>
json::Value page_json(const Page<T>& page, std::string_view member, JsonOf json_of) {
  json::Value list = json::Array{};
  for (const T& item : page.items) list.push_back(json_of(item));
  json::Value body = json::object({{std::string(member), std::move(list)}});
  if (!page.next_token.empty()) body.set("nextToken", page.next_token);
  return body;
}

}  // namespace soma::memory::api
