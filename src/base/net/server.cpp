#include "base/net/server.h"

#include "base/net/server_state.h"

namespace soma::net {

struct Server::State : ServerState {
  using ServerState::ServerState;
};

Server::Server(LoopPool& loops, os::Clock& clock, os::IdSource& ids, const Router& router,
               ServerOptions options)
    : state_(std::make_shared<State>(loops, clock, ids, router, std::move(options))) {}

Server::~Server() {
  stop();
}

os::Result<> Server::start() {
  return state_->start();
}

uint16_t Server::port() const {
  return state_->port;
}

size_t Server::connections() const {
  return state_->connections;
}

void Server::stop() {
  state_->stop();
}

}  // namespace soma::net
