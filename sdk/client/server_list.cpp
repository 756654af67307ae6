#include "client/server_list.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace multiconnection::client {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The selector for people, without what may be secret in it.
std::string shown(const Server& selector) {
  switch (selector.kind()) {
    case Server::Kind::All:
      return "all servers";
    case Server::Kind::Index:
      return "server index " + std::to_string(selector.number());
    case Server::Kind::Id:
      return "server id " + std::to_string(selector.number());
    case Server::Kind::Host:
      return "host \"" + selector.text() + '"';
    case Server::Kind::Url:
      break;
  }
  const auto url = RtmpUrl::parse(selector.text().substr(0, selector.text().find(' ')));
  return url ? url->redacted() : std::string("that URL");
}

}  // namespace

void ServerList::add(ServerConfig& config) {
  config.id = nextId_++;
  config.index = nextIndex_++;
  known_.push_back({config.id, config.index, config.givenUrl, lower(config.url.host),
                    config.url.port, !config.streamName.empty()});
}

void ServerList::remove(ServerId id) {
  std::erase_if(known_, [&](const Known& server) { return server.id == id; });
}

void ServerList::clear() {
  known_.clear();
  nextIndex_ = 0;
}

bool ServerList::namedEverywhere() const {
  return std::all_of(known_.begin(), known_.end(),
                     [](const Known& server) { return server.named; });
}

bool ServerList::fits(const Known& server, const Server& selector) {
  switch (selector.kind()) {
    case Server::Kind::All:
      return true;
    case Server::Kind::Index:
      return server.index == selector.number();
    case Server::Kind::Id:
      return server.id == selector.number();
    case Server::Kind::Url:
      return server.url == selector.text();
    case Server::Kind::Host:
      break;
  }
  const std::string wanted = lower(selector.text());
  const bool ipv6 = server.host.find(':') != std::string::npos;
  const std::string host = ipv6 ? '[' + server.host + ']' : server.host;
  return wanted == server.host || wanted == host ||
         wanted == host + ':' + std::to_string(server.port);
}

Result<std::vector<ServerId>> ServerList::resolve(const Server& selector) const {
  std::vector<ServerId> ids;
  for (const Known& server : known_) {
    if (fits(server, selector)) ids.push_back(server.id);
  }
  if (ids.empty()) return invalid(shown(selector) + ": the array holds no such server");
  if (ids.size() > 1 && selector.kind() != Server::Kind::All) {
    return invalid(shown(selector) + " fits " + std::to_string(ids.size()) +
                   " servers; an index or id is unique");
  }
  return ids;
}

}  // namespace multiconnection::client
