#pragma once

#include <sys/time.h>

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rtmp/chunk/chunk_reader.hpp"
#include "rtmp/chunk/chunk_writer.hpp"
#include "rtmp/message/command.hpp"
#include "unit/transport/sockets.hpp"

namespace multiconnection::reactor {

/// A server's end of one connection, on a blocking socket; every call has a limit.
class ServerPeer {
 public:
  explicit ServerPeer(transport::Fd socket) : socket_(std::move(socket)) {
    const timeval limit{20, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  int socket() const { return socket_.get(); }

  bool write(const Bytes& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto count =
          ::send(socket_.get(), bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      if (count <= 0) return false;
      done += static_cast<std::size_t>(count);
    }
    return true;
  }
  /// Takes C0 C1, sends S0 S1 S2, takes C2.
  bool shakeHands() {
    Bytes hello(1537);
    if (!readAll(hello)) return false;
    Bytes answer(1537, 0x22);
    answer[0] = 3;
    answer.insert(answer.end(), hello.begin() + 1, hello.end());
    Bytes echo(1536);
    return write(answer) && readAll(echo);
  }
  bool send(const rtmp::Command& command, std::uint32_t streamId = 0) {
    const rtmp::Message message = rtmp::makeCommand(command, streamId);
    Bytes bytes;
    rtmp::appendChunks(bytes, {message.type, 0, message.streamId}, message.body, 3, 128);
    return write(bytes);
  }
  bool sendStatus(const std::string& code, const std::string& level = "status") {
    return send({"onStatus", 0, nullptr, {AmfObject{{"level", level}, {"code", code}}}}, 1);
  }
  /// The next message; nothing at the end of the connection.
  std::optional<rtmp::Message> next() {
    std::array<std::uint8_t, 65536> buffer;
    while (messages_.empty()) {
      const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (count <= 0) return std::nullopt;
      const auto fed = reader_.feed(
          std::span(buffer).first(static_cast<std::size_t>(count)),
          [this](rtmp::Message&& message) { messages_.push_back(std::move(message)); });
      if (!fed) return std::nullopt;
    }
    rtmp::Message message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }
  /// The next command of that name; others are kept in `seen`, with the media as "audio".
  std::optional<rtmp::Command> await(const std::string& name) {
    while (auto message = next()) {
      if (message->type == rtmp::MessageType::Audio) seen.push_back("audio");
      if (message->type != rtmp::MessageType::CommandAmf0) continue;
      auto command = rtmp::parseCommand(*message);
      if (!command) return std::nullopt;
      seen.push_back(command->name);
      if (command->name == name) return std::move(command).value();
    }
    return std::nullopt;
  }
  bool acceptConnect() {
    const auto connect = await("connect");
    return connect &&
           send({"_result",
                 connect->transactionId,
                 nullptr,
                 {AmfObject{{"level", "status"}, {"code", "NetConnection.Connect.Success"}}}});
  }
  bool acceptPublish() {
    const auto create = await("createStream");
    return create && send({"_result", create->transactionId, nullptr, {1}}) &&
           await("publish").has_value() && sendStatus("NetStream.Publish.Start");
  }
  /// Reads until the client's end of the connection comes.
  void awaitEnd() {
    while (await("")) {
    }
  }

  /// The same before the handshake.
  void swallow() {
    std::array<std::uint8_t, 4096> buffer;
    while (::recv(socket_.get(), buffer.data(), buffer.size(), 0) > 0) {
    }
  }

  std::vector<std::string> seen;

 private:
  bool readAll(Bytes& into) {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto count = ::recv(socket_.get(), into.data() + done, into.size() - done, 0);
      if (count <= 0) return false;
      done += static_cast<std::size_t>(count);
    }
    return true;
  }

  transport::Fd socket_;
  rtmp::ChunkReader reader_;
  std::deque<rtmp::Message> messages_;
};

/// Runs a script for each client, one after another, on a thread of its own.
class ScriptedServer {
 public:
  using Script = std::function<void(ServerPeer& peer, int number)>;

  explicit ScriptedServer(Script script)
      : listener_(transport::listeningSocket(AF_INET)), script_(std::move(script)) {
    thread_ = std::thread([this] { run(); });
  }
  ~ScriptedServer() {
    ended_ = true;
    ::shutdown(listener_.get(), SHUT_RDWR);
    ::shutdown(current_, SHUT_RDWR);
    thread_.join();
  }
  std::uint16_t port() const { return transport::portOf(listener_); }
  int clients() const { return clients_; }
  /// Clients whose connection is closed on this side, too.
  int served() const { return served_; }

 private:
  void run() {
    while (!ended_) {
      transport::Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (socket.get() < 0) return;
      current_ = socket.get();
      if (ended_) return;
      {
        ServerPeer peer(std::move(socket));
        script_(peer, ++clients_);
        current_ = -1;
      }
      ++served_;
    }
  }

  transport::Fd listener_;
  Script script_;
  std::atomic<int> current_{-1};
  std::atomic<int> clients_{0};
  std::atomic<int> served_{0};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace multiconnection::reactor
