#include "rtmp/message/command.hpp"

#include <utility>

#include "rtmp/message/amf_body.hpp"

namespace multiconnection::rtmp {

Message makeCommand(const Command& command, std::uint32_t streamId, Encoding encoding) {
  const bool amf0 = encoding == Encoding::Amf0;
  Message message{amf0 ? MessageType::CommandAmf0 : MessageType::CommandAmf3, 0, streamId, {}};
  ValueWriter out(message.body, encoding);
  out.value(command.name);
  out.value(command.transactionId);
  out.value(command.object);
  for (const auto& argument : command.arguments) out.value(argument);
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
