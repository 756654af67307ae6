#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "multiconnection/node.hpp"
#include "node/object_store.hpp"
#include "node/shared_objects.hpp"
#include "reactor/loop.hpp"

namespace multiconnection::node {

class Client;

/// Carries out what a node's shared objects decide: writes each message once and hands it to its
/// receivers, changes of persistent ones when they are on disk. Loop's thread only.
class ObjectService {
 public:
  struct Owner {
    /// Where the clients are; null for one that is gone.
    std::function<Client*(UserId)> clientOf;
    std::function<void(const NodeEvent&)> report;
  };

  /// @param root  of the files; nothing: persistent objects are kept in memory.
  ObjectService(reactor::Loop& loop, const NodeOptions& options,
                std::optional<util::ConfinedFolder> root, Owner owner);

  /// What a message cost.
  struct Cost {
    std::size_t events = 0;
    std::size_t answerBytes = 0;  ///< To its author; the most that it can be where it is to come.
  };
  Cost onMessage(const ObjectClient& client, const std::shared_ptr<const ObjectRequest>& request);
  void onEnd(UserId client);
  /// Has the objects do something for the program.
  void act(const std::function<void(SharedObjects&, ObjectActions&)>& step);
  /// Waits until all changes are on disk. From any thread but the loop's.
  void drain();

 private:
  void perform(ObjectActions&& actions);
  void tell(const ObjectAction& action);
  void reportUse(const ObjectAction& action);
  void reportFailure(const ObjectKey& key, const Error& why);
  void onLost(const ObjectKey& key, const Result<StoredObject>& content,
              const std::vector<ObjectAction>& lost, const Error& why);
  ObjectStore::Handlers storeHandlers();
  void flushSoon(UserId client);

  reactor::Loop& loop_;
  const Owner owner_;
  const std::size_t maxWaitingBytes_;
  const std::size_t maxObjectBytes_;
  SharedObjects objects_;
  std::vector<UserId> unflushed_;
  /// What is posted does nothing once this is gone.
  const std::shared_ptr<ObjectService*> self_ = std::make_shared<ObjectService*>(this);
  std::unique_ptr<ObjectStore> store_;  ///< Null: persistent objects are not stored.
};

}  // namespace multiconnection::node
