#include "rtmp/message/shared_object.hpp"

#include <string_view>
#include <utility>

#include "rtmp/message/amf_body.hpp"
#include "util/byte_reader.hpp"
#include "util/byte_writer.hpp"

namespace multiconnection::rtmp {
namespace {

/// Other bits occur between servers; they do not concern us.
constexpr std::uint32_t kPersistentFlag = 2;

void appendText(Bytes& out, std::string_view text) {
  const auto part = text.substr(0, 0xFFFF);
  util::ByteWriter writer(out);
  writer.u16(static_cast<std::uint16_t>(part.size()));
  writer.text(part);
}

Bytes eventData(const SharedObjectEvent& event, Encoding encoding) {
  Bytes data;
  switch (event.type) {
    case SharedObjectEventType::Use:
    case SharedObjectEventType::Release:
    case SharedObjectEventType::Clear:
    case SharedObjectEventType::UseSuccess:
      break;
    case SharedObjectEventType::RequestChange:
    case SharedObjectEventType::Change:
      appendText(data, event.name);
      appendValue(data, event.value, encoding);
      break;
    case SharedObjectEventType::Success:
    case SharedObjectEventType::Remove:
    case SharedObjectEventType::RequestRemove:
      appendText(data, event.name);
      break;
    case SharedObjectEventType::SendMessage:
      amf::encodeAmf0(data, event.name);
      for (const auto& argument : event.arguments) appendValue(data, argument, encoding);
      break;
    case SharedObjectEventType::Status:
      appendText(data, event.name);
      appendText(data, event.level);
      break;
  }
  return data;
}

/// Reads one message; its events share the limits.
class Parser {
 public:
  Parser(util::ByteReader body, const amf::Limits& limits) : body_(body), budget_{limits, 0, 0} {}

  Result<SharedObjectMessage> parse() {
    object_.name = text(body_);
    object_.version = body_.u32();
    object_.persistent = (body_.u32() & kPersistentFlag) != 0;
    body_.skip(4);
    while (body_.ok() && body_.remaining() != 0) {
      const std::uint8_t type = body_.u8();
      const std::uint32_t length = body_.u32();
      util::ByteReader data(body_.take(length));
      if (!body_.ok()) break;
      if (auto result = event(static_cast<SharedObjectEventType>(type), data); !result) {
        return result.error();
      }
    }
    if (!body_.ok()) {
      return Error{Errc::CorruptData, "a shared object message ends in the middle of a field"};
    }
    return std::move(object_);
  }

 private:
  static std::string text(util::ByteReader& in) {
    const auto bytes = in.take(in.u16());
    return {bytes.begin(), bytes.end()};
  }

  Result<void> event(SharedObjectEventType type, util::ByteReader& data) {
    switch (type) {
      case SharedObjectEventType::Use:
      case SharedObjectEventType::Release:
      case SharedObjectEventType::Clear:
      case SharedObjectEventType::UseSuccess:
        return add({type, {}, {}, {}, {}});
      case SharedObjectEventType::RequestChange:
      case SharedObjectEventType::Change:
        return slots(type, data);
      case SharedObjectEventType::Success:
      case SharedObjectEventType::Remove:
      case SharedObjectEventType::RequestRemove:
        return names(type, data);
      case SharedObjectEventType::SendMessage:
        return sendMessage(data);
      case SharedObjectEventType::Status:
        return status(data);
    }
    return {};
  }

  Result<void> add(SharedObjectEvent event) {
    if (budget_.values == budget_.limits.maxValues) {
      return Error{Errc::LimitExceeded, "a shared object message holds too many events and values"};
    }
    ++budget_.values;
    object_.events.push_back(std::move(event));
    return {};
  }

  Result<void> slots(SharedObjectEventType type, util::ByteReader& data) {
    do {
      std::string name = text(data);
      if (!data.ok()) return tooShort(type);
      auto value = amf::Amf0Decoder(data, budget_).next();
      if (!value) return value.error();
      if (auto result = add({type, std::move(name), *std::move(value), {}, {}}); !result) {
        return result;
      }
    } while (data.remaining() != 0);
    return {};
  }

  Result<void> names(SharedObjectEventType type, util::ByteReader& data) {
    do {
      std::string name = text(data);
      if (!data.ok()) return tooShort(type);
      if (auto result = add({type, std::move(name), {}, {}, {}}); !result) return result;
    } while (data.remaining() != 0);
    return {};
  }

  Result<void> sendMessage(util::ByteReader& data) {
    amf::Amf0Decoder decoder(data, budget_);
    auto handler = nextName(decoder, "handler name of a shared object message");
    if (!handler) return handler.error();
    std::vector<AmfValue> arguments;
    while (!decoder.atEnd()) {
      decoder.forgetAmf3References();
      auto argument = decoder.next();
      if (!argument) return argument.error();
      arguments.push_back(*std::move(argument));
    }
    return add(
        {SharedObjectEventType::SendMessage, *std::move(handler), {}, std::move(arguments), {}});
  }

  Result<void> status(util::ByteReader& data) {
    std::string code = text(data);
    std::string level = text(data);
    if (!data.ok()) return tooShort(SharedObjectEventType::Status);
    return add({SharedObjectEventType::Status, std::move(code), {}, {}, std::move(level)});
  }

  static Error tooShort(SharedObjectEventType type) {
    return {Errc::CorruptData, "shared object event " + std::to_string(static_cast<int>(type)) +
                                   " is too short for its text"};
  }

  util::ByteReader body_;
  amf::Budget budget_;
  SharedObjectMessage object_;
};

}  // namespace

Message makeSharedObject(const SharedObjectMessage& object, Encoding encoding) {
  Message message{MessageType::SharedObjectAmf0, 0, 0, {}};
  if (encoding == Encoding::Amf3) {
    message.type = MessageType::SharedObjectAmf3;
    message.body.push_back(0);
  }
  appendText(message.body, object.name);
  util::ByteWriter writer(message.body);
  writer.u32(object.version);
  writer.u32(object.persistent ? kPersistentFlag : 0);
  writer.u32(0);
  for (const auto& event : object.events) {
    const Bytes data = eventData(event, encoding);
    writer.u8(static_cast<std::uint8_t>(event.type));
    writer.u32(static_cast<std::uint32_t>(data.size()));
    writer.bytes(data);
  }
  return message;
}

Result<SharedObjectMessage> parseSharedObject(const Message& message, const amf::Limits& limits) {
  const auto body = amf0Body(message, MessageType::SharedObjectAmf0, MessageType::SharedObjectAmf3);
  if (!body) return body.error();
  return Parser(*body, limits).parse();
}

}  // namespace multiconnection::rtmp
