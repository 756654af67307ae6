#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/shared_objects.hpp"
#include "support/hex.hpp"

namespace multiconnection::node {

/// Shared objects of the app "live" without a network, and what their users were told.
class ObjectTable {
 public:
  explicit ObjectTable(SharedObjects::Settings settings = {}) : objects(std::move(settings)) {}

  static rtmp::Message messageOf(const Bytes& body, rtmp::Encoding encoding) {
    const auto type = encoding == rtmp::Encoding::Amf3 ? rtmp::MessageType::SharedObjectAmf3
                                                       : rtmp::MessageType::SharedObjectAmf0;
    return {type, 0, 0, body};
  }

  /// The client sends that body.
  void send(UserId client, const Bytes& body, rtmp::Encoding encoding = rtmp::Encoding::Amf0) {
    const auto message = rtmp::parseSharedObject(messageOf(body, encoding));
    ASSERT_TRUE(message) << message.error();
    ObjectActions actions;
    objects.onMessage({client, "", "live", encoding},
                      std::make_shared<const ObjectRequest>(ObjectRequest{*message, body.size()}),
                      actions);
    carryOut(actions);
  }
  void end(UserId client) {
    ObjectActions actions;
    objects.onEnd(client, actions);
    carryOut(actions);
  }
  void carryOut(const ObjectActions& actions) {
    for (const ObjectAction& action : actions) {
      done.push_back(action.kind);
      for (const ObjectDelivery& delivery : action.step.deliveries) {
        for (const UserId user : delivery.to) told_[user].push_back(delivery.message.body);
      }
      for (const ObjectDone& finished : action.done) finished({});
    }
  }

  /// The bodies that the user was told since the last time.
  std::vector<Bytes> told(UserId user) { return std::exchange(told_[user], {}); }

  SharedObjects objects;
  std::vector<ObjectAction::Kind> done;

 private:
  std::map<UserId, std::vector<Bytes>> told_;
};

/// A body: the object's name "info_so", its version, its flags (2: persistent), the events.
inline Bytes infoSo(std::uint8_t version, std::string_view events, std::uint8_t flags = 0) {
  Bytes body = test::hex("0007696e666f5f736f 000000");
  body.push_back(version);
  const Bytes head{0, 0, 0, flags, 0, 0, 0, 0};
  body.insert(body.end(), head.begin(), head.end());
  const Bytes rest = test::hex(events);
  body.insert(body.end(), rest.begin(), rest.end());
  return body;
}

// Events as they travel.
inline constexpr char kUse[] = "01 00000000 ";
inline constexpr char kReleaseEvent[] = "02 00000000 ";
inline constexpr char kUsed[] = "0b 00000000 08 00000000 ";
inline constexpr char kSetUserName[] = "03 00000010 0008757365724e616d65 020003466f6f ";
inline constexpr char kUserNameIsFoo[] = "04 00000010 0008757365724e616d65 020003466f6f ";
inline constexpr char kUserNameAccepted[] = "05 0000000a 0008757365724e616d65 ";
inline constexpr char kSetX[] = "03 0000000c 000178 004010000000000000 ";
inline constexpr char kXIs4[] = "04 0000000c 000178 004010000000000000 ";
inline constexpr char kXAccepted[] = "05 00000003 000178 ";
inline constexpr char kRemoveX[] = "0a 00000003 000178 ";
inline constexpr char kXRemoved[] = "09 00000003 000178 ";
inline constexpr char kNoWrite[] =
    "07 00000023 001a 5368617265644f626a6563742e4e6f5772697465416363657373 0005 6572726f72 ";
inline constexpr char kNoCreation[] =
    "07 0000002a 0021 5368617265644f626a6563742e4f626a6563744372656174696f6e4661696c6564"
    "0005 6572726f72 ";

}  // namespace multiconnection::node
