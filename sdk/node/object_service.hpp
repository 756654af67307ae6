#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "multiconnection/node.hpp"
#include "node/shared_objects.hpp"
#include "reactor/loop.hpp"

namespace multiconnection::node {

class Client;

/// Carries out what a node's shared objects decide: writes each message once and hands it to its
/// receivers. Loop's thread only.
class ObjectService {
 public:
  /// Where the clients are; null for one that is gone.
  using ClientOf = std::function<Client*(UserId)>;

  ObjectService(reactor::Loop& loop, const NodeOptions& options, ClientOf clientOf);

  void onMessage(const ObjectClient& client, std::shared_ptr<const ObjectRequest> request);
  void onEnd(UserId client);

 private:
  void perform(ObjectActions&& actions);
  void tell(const ObjectStep& step);
  void flushSoon(UserId client);

  reactor::Loop& loop_;
  const ClientOf clientOf_;
  SharedObjects objects_;
  std::vector<UserId> unflushed_;
  /// What is posted does nothing once this is gone.
  const std::shared_ptr<ObjectService*> self_ = std::make_shared<ObjectService*>(this);
};

}  // namespace multiconnection::node
