#include "node/object_service.hpp"

#include <utility>

#include "node/client.hpp"
#include "rtmp/chunk/chunk_writer.hpp"
#include "rtmp/chunk_streams.hpp"

namespace multiconnection::node {
namespace {

/// Every client has been told the same chunk size when it may use objects.
SharedBytes chunked(const rtmp::Message& message) {
  constexpr rtmp::MessageHeader kNoHeader;
  const rtmp::MessageHeader header{message.type, kNoHeader.timestamp, kNoHeader.streamId};
  const std::uint32_t chunkSize = ClientSettings().chunkSize;
  Bytes bytes;
  bytes.reserve(
      rtmp::chunkedSize(header, message.body.size(), rtmp::kCommandChunkStream, chunkSize));
  rtmp::appendChunks(bytes, header, message.body, rtmp::kCommandChunkStream, chunkSize);
  return std::make_shared<const Bytes>(std::move(bytes));
}

}  // namespace

ObjectService::ObjectService(reactor::Loop& loop, const NodeOptions& options,
                             std::optional<util::ConfinedFolder> root, Owner owner)
    : loop_(loop),
      owner_(std::move(owner)),
      maxWaitingBytes_(options.maxDiskQueueBytes),
      maxObjectBytes_(options.sharedObjects.maxObjectBytes),
      objects_(SharedObjects::Settings{options.sharedObjects, root.has_value()}) {
  if (!root) return;
  const ObjectFiles::Settings settings{options.sharedObjects.syncWrites,
                                       options.sharedObjects.maxFiles};
  store_ = std::make_unique<ObjectStore>(loop_, *std::move(root), settings, storeHandlers());
}

ObjectStore::Handlers ObjectService::storeHandlers() {
  ObjectStore::Handlers handlers;
  handlers.onLoaded = [this](const ObjectKey& key, Result<StoredObject> content) {
    if (!content) reportFailure(key, content.error());
    act([&](SharedObjects& objects, ObjectActions& out) {
      objects.loaded(key, std::move(content), out);
    });
  };
  handlers.onStored = [this](ObjectAction&& action) { tell(action); };
  handlers.onLost = [this](const ObjectKey& key, const Result<StoredObject>& content,
                           const std::vector<ObjectAction>& lost,
                           const Error& why) { onLost(key, content, lost, why); };
  return handlers;
}

ObjectService::Cost ObjectService::onMessage(const ObjectClient& client,
                                             const std::shared_ptr<const ObjectRequest>& request) {
  if (store_) objects_.setDiskBusy(store_->waitingBytes() > maxWaitingBytes_);
  ObjectActions actions;
  objects_.onMessage(client, request, actions);
  Cost cost{request->message.events.size()};
  bool answered = false;
  for (const ObjectAction& action : actions) {
    for (const ObjectDelivery& delivery : action.step.deliveries) {
      if (delivery.to != std::vector{client.id}) continue;
      answered = true;
      cost.answerBytes += delivery.message.body.size();
    }
  }
  if (!answered && request->has(rtmp::SharedObjectEventType::Use)) {
    cost.answerBytes = maxObjectBytes_;
  }
  perform(std::move(actions));
  return cost;
}

void ObjectService::onEnd(UserId client) {
  ObjectActions actions;
  objects_.onEnd(client, actions);
  perform(std::move(actions));
}

void ObjectService::act(const std::function<void(SharedObjects&, ObjectActions&)>& step) {
  ObjectActions actions;
  step(objects_, actions);
  perform(std::move(actions));
}

void ObjectService::drain() {
  if (store_) store_->drain();
}

void ObjectService::perform(ObjectActions&& actions) {
  for (ObjectAction& action : actions) {
    switch (action.kind) {
      case ObjectAction::Kind::Tell:
        tell(action);
        break;
      case ObjectAction::Kind::Store:
      case ObjectAction::Kind::Load:
      case ObjectAction::Kind::Forget:
        store_->add(std::move(action));
        break;
      case ObjectAction::Kind::Used:
      case ObjectAction::Kind::Released:
        reportUse(action);
        break;
    }
  }
}

void ObjectService::tell(const ObjectAction& action) {
  for (const ObjectDelivery& delivery : action.step.deliveries) {
    const SharedBytes bytes = chunked(delivery.message);
    for (const UserId user : delivery.to) {
      Client* client = owner_.clientOf(user);
      if (client != nullptr && client->queueObject(bytes)) flushSoon(user);
    }
  }
  for (const ObjectDone& done : action.done) done({});
}

void ObjectService::reportUse(const ObjectAction& action) {
  const Client* client = owner_.clientOf(action.user);
  if (client == nullptr) return;
  client->reportObject(action.kind == ObjectAction::Kind::Used
                           ? NodeEvent::Kind::SharedObjectUsed
                           : NodeEvent::Kind::SharedObjectReleased,
                       action.key.second);
}

void ObjectService::reportFailure(const ObjectKey& key, const Error& why) {
  owner_.report(
      {NodeEvent::Kind::SharedObjectFailed, 0, "", key.first, key.second, why.message, ""});
}

void ObjectService::onLost(const ObjectKey& key, const Result<StoredObject>& content,
                           const std::vector<ObjectAction>& lost, const Error& why) {
  reportFailure(key, why);
  act([&](SharedObjects& objects, ObjectActions& out) {
    objects.notStored(key, content, lost, why, out);
  });
}

void ObjectService::flushSoon(UserId client) {
  unflushed_.push_back(client);
  if (unflushed_.size() != 1) return;
  // What came in with one read leaves together.
  loop_.post([weak = std::weak_ptr(self_)] {
    const auto self = weak.lock();
    if (!self) return;
    ObjectService& service = **self;
    for (const UserId user : std::exchange(service.unflushed_, {})) {
      if (Client* known = service.owner_.clientOf(user)) known->flushObjects();
    }
  });
}

}  // namespace multiconnection::node
