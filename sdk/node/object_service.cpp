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

ObjectService::ObjectService(reactor::Loop& loop, const NodeOptions& options, ClientOf clientOf)
    : loop_(loop),
      clientOf_(std::move(clientOf)),
      objects_(SharedObjects::Settings{options.sharedObjects, false}) {}

void ObjectService::onMessage(const ObjectClient& client,
                              std::shared_ptr<const ObjectRequest> request) {
  ObjectActions actions;
  objects_.onMessage(client, std::move(request), actions);
  perform(std::move(actions));
}

void ObjectService::onEnd(UserId client) {
  ObjectActions actions;
  objects_.onEnd(client, actions);
  perform(std::move(actions));
}

void ObjectService::perform(ObjectActions&& actions) {
  for (ObjectAction& action : actions) {
    switch (action.kind) {
      case ObjectAction::Kind::Tell:
      case ObjectAction::Kind::Store:
        tell(action.step);
        for (const ObjectDone& done : action.done) done({});
        break;
      case ObjectAction::Kind::Used:
      case ObjectAction::Kind::Released:
        if (Client* client = clientOf_(action.user)) {
          client->reportObject(action.kind == ObjectAction::Kind::Used
                                   ? NodeEvent::Kind::SharedObjectUsed
                                   : NodeEvent::Kind::SharedObjectReleased,
                               action.key.second);
        }
        break;
      case ObjectAction::Kind::Load:
      case ObjectAction::Kind::Forget:
        break;
    }
  }
}

void ObjectService::tell(const ObjectStep& step) {
  for (const ObjectDelivery& delivery : step.deliveries) {
    const SharedBytes bytes = chunked(delivery.message);
    for (const UserId user : delivery.to) {
      Client* client = clientOf_(user);
      if (client != nullptr && client->queueObject(bytes)) flushSoon(user);
    }
  }
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
      if (Client* known = service.clientOf_(user)) known->flushObjects();
    }
  });
}

}  // namespace multiconnection::node
