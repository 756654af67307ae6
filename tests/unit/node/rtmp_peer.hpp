#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rtmp/chunk/chunk_reader.hpp"
#include "rtmp/chunk/chunk_writer.hpp"
#include "rtmp/message/command.hpp"

namespace multiconnection::node {

/// A client with a blocking socket; every read has a limit.
class RtmpPeer {
 public:
  explicit RtmpPeer(std::uint16_t port, int receiveBuffer = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval limit{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (receiveBuffer != 0) {
      setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~RtmpPeer() { ::close(socket_); }
  RtmpPeer(const RtmpPeer&) = delete;
  RtmpPeer& operator=(const RtmpPeer&) = delete;

  bool connected() const { return connected_; }

  bool write(const Bytes& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto count = ::send(socket_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      if (count <= 0) return false;
      done += static_cast<std::size_t>(count);
    }
    return true;
  }

  /// C0 C1 C2 at once, together with `behind`; then reads the answer.
  bool shakeHands(const Bytes& behind = {}) {
    Bytes hello(1 + 2 * 1536, 0x11);
    hello[0] = 3;
    hello.insert(hello.end(), behind.begin(), behind.end());
    if (!write(hello)) return false;
    Bytes answer(3073);
    std::size_t done = 0;
    while (done < answer.size()) {
      const auto count = ::recv(socket_, answer.data() + done, answer.size() - done, 0);
      if (count <= 0) return false;
      done += static_cast<std::size_t>(count);
    }
    return answer[0] == 3;
  }

  static Bytes chunked(const rtmp::Message& message) {
    Bytes bytes;
    rtmp::appendChunks(bytes, {message.type, message.timestamp, message.streamId}, message.body, 3,
                       128);
    return bytes;
  }
  bool send(const rtmp::Message& message) { return write(chunked(message)); }
  bool send(const rtmp::Command& command, std::uint32_t streamId = 0) {
    return send(rtmp::makeCommand(command, streamId));
  }
  static rtmp::Command connectTo(const std::string& app) {
    return {"connect", 1, AmfObject{{"app", app}}, {}};
  }
  bool publish(const std::string& name) {
    return send({"createStream", 2, nullptr, {}}) &&
           send({"publish", 3, nullptr, {name, "live"}}, 1) &&
           waitStatus("NetStream.Publish.Start");
  }
  bool play(const std::string& name) {
    return send({"createStream", 2, nullptr, {}}) && send({"play", 3, nullptr, {name}}, 1) &&
           waitStatus("NetStream.Play.Start");
  }

  /// The next message; nothing at the end of the connection, or after the limit.
  std::optional<rtmp::Message> next() {
    std::array<std::uint8_t, 65536> buffer;
    while (messages_.empty()) {
      const auto count = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (count <= 0) return std::nullopt;
      const auto fed =
          reader_.feed(std::span(buffer).first(static_cast<std::size_t>(count)),
                       [this](rtmp::Message&& message) { messages_.push_back(message); });
      if (!fed) return std::nullopt;
    }
    rtmp::Message message = std::move(messages_.front());
    messages_.erase(messages_.begin());
    return message;
  }
  /// The first message for which `fits` holds; others are passed over.
  std::optional<rtmp::Message> waitFor(const std::function<bool(const rtmp::Message&)>& fits) {
    while (auto message = next()) {
      if (fits(*message)) return message;
    }
    return std::nullopt;
  }
  /// Until an onStatus or a _result with that code.
  bool waitStatus(const std::string& code) {
    return waitFor([&](const rtmp::Message& message) {
             const auto command = parseCommand(message);
             return command && !command->arguments.empty() &&
                    command->arguments[0]["code"] == AmfValue(code);
           })
        .has_value();
  }
  std::optional<rtmp::Message> nextOf(rtmp::MessageType type) {
    return waitFor([&](const rtmp::Message& message) { return message.type == type; });
  }
  /// Whether a write is taken within the limit; what is written does not matter.
  bool takes(std::chrono::milliseconds limit) {
    pollfd room{socket_, POLLOUT, 0};
    if (::poll(&room, 1, static_cast<int>(limit.count())) != 1) return false;
    const Bytes bytes(16384);
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
  }
  void shutdownWrite() { ::shutdown(socket_, SHUT_WR); }
  /// How the connection ends: 0 in order, else the system's error.
  int endError() {
    std::array<std::uint8_t, 65536> buffer;
    ssize_t count = 0;
    while ((count = ::recv(socket_, buffer.data(), buffer.size(), 0)) > 0) {
    }
    return count == 0 ? 0 : errno;
  }
  bool waitEnd() {
    while (next()) {
    }
    std::uint8_t byte = 0;
    const auto count = ::recv(socket_, &byte, 1, 0);
    return count == 0 || (count < 0 && errno == ECONNRESET);
  }

 private:
  int socket_;
  bool connected_ = false;
  rtmp::ChunkReader reader_;
  std::vector<rtmp::Message> messages_;
};

}  // namespace multiconnection::node
