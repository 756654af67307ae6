#include "rtmp/message/command.hpp"

#include <utility>

#include "rtmp/message/amf_body.hpp"

namespace multiconnection::rtmp {

Message makeCommand(const Command& command, std::uint32_t streamId, Encoding encoding) {
  Message message{MessageType::CommandAmf0, 0, streamId, {}};
  if (encoding == Encoding::Amf3) {
    message.type = MessageType::CommandAmf3;
    message.body.push_back(0);
  }
  amf::encodeAmf0(message.body, command.name);
  amf::encodeAmf0(message.body, command.transactionId);
  amf::encodeAmf0(message.body, command.object);
  for (const auto& argument : command.arguments) amf::encodeAmf0(message.body, argument);
  return message;
}

Result<Command> parseCommand(const Message& message, const amf::Limits& limits) {
  auto body = amf0Body(message, MessageType::CommandAmf0, MessageType::CommandAmf3);
  if (!body) return body.error();
  amf::Amf0Decoder decoder(*body, limits);
  auto name = nextName(decoder, "command name");
  if (!name) return name.error();
  Command command;
  command.name = *std::move(name);
  // ffmpeg -listen announces onFCPublish by its name alone.
  if (decoder.atEnd()) return command;
  const auto id = decoder.next();
  if (!id) return id.error();
  if (!id->isNumber()) {
    return Error{Errc::CorruptData, "the transaction id of a command is no number"};
  }
  command.transactionId = id->as<double>();
  if (decoder.atEnd()) return command;
  auto object = decoder.next();
  if (!object) return object.error();
  command.object = *std::move(object);
  auto arguments = decoder.rest();
  if (!arguments) return arguments.error();
  command.arguments = *std::move(arguments);
  return command;
}

}  // namespace multiconnection::rtmp
