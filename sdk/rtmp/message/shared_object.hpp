#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "amf/amf0.hpp"
#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "rtmp/message/encoding.hpp"
#include "rtmp/message/message.hpp"

namespace multiconnection::rtmp {

/// c->s is written by clients, s->c by servers.
enum class SharedObjectEventType : std::uint8_t {
  Use = 1,             ///< c->s: subscribe.
  Release = 2,         ///< c->s: unsubscribe.
  RequestChange = 3,   ///< c->s: set `name` to `value`.
  Change = 4,          ///< s->c: `name` is `value` now.
  Success = 5,         ///< s->c: the requested change of `name` was accepted.
  SendMessage = 6,     ///< Both: call handler `name` with `arguments`.
  Status = 7,          ///< s->c: code `name`, level `level`.
  Clear = 8,           ///< s->c: every slot is gone.
  Remove = 9,          ///< s->c: slot `name` is gone.
  RequestRemove = 10,  ///< c->s: delete slot `name`.
  UseSuccess = 11,     ///< s->c: the subscription is active.
};

struct SharedObjectEvent {
  SharedObjectEventType type = SharedObjectEventType::Use;
  std::string name;                 ///< Slot, handler or status code.
  AmfValue value;                   ///< RequestChange and Change only.
  std::vector<AmfValue> arguments;  ///< SendMessage only.
  std::string level;                ///< Status only.
};

struct SharedObjectMessage {
  std::string name;
  std::uint32_t version = 0;  ///< The sender's; 0: it has nothing yet.
  bool persistent = false;
  std::vector<SharedObjectEvent> events;
};

inline bool isSharedObject(const Message& message) {
  return message.type == MessageType::SharedObjectAmf0 ||
         message.type == MessageType::SharedObjectAmf3;
}

/// A shared object message of type 19, or 16 for AMF3. Names beyond 65,535 bytes are cut.
Message makeSharedObject(const SharedObjectMessage& object, Encoding encoding = Encoding::Amf0);
/// Reads types 19 and 16, in which AMF0 and AMF3 values may alternate; each AMF3 value has tables
/// of its own, as Red5 has it. Unknown event types are left out; a Change or Success with several
/// slots becomes one event for each.
/// @return Errc::CorruptData, Errc::LimitExceeded or Errc::Unsupported, as Amf0Decoder::next().
Result<SharedObjectMessage> parseSharedObject(const Message& message,
                                              const amf::Limits& limits = {});

}  // namespace multiconnection::rtmp
