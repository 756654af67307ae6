#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "multiconnection/error.hpp"
#include "multiconnection/node.hpp"
#include "node/broadcast.hpp"
#include "node/call_book.hpp"
#include "node/client_fsm.hpp"
#include "node/fault_plan.hpp"
#include "node/recordings.hpp"
#include "node/server_handshake.hpp"
#include "reactor/loop.hpp"
#include "reactor/rtmp_link.hpp"
#include "transport/connection.hpp"

namespace multiconnection::node {

class ObjectService;

/// What all clients of a node share. Loop's thread only.
struct ClientHost {
  reactor::Loop& loop;
  const NodeOptions& options;
  Broadcasts broadcasts;
  std::unique_ptr<Recordings> recordings;  ///< Null: none are kept.
  std::function<void(const NodeEvent&)> report;
  /// The client has ended; may be released, but not inside the call.
  std::function<void(std::uint64_t client)> onEnded;
  /// The handler of a registered method; empty when there is none.
  std::function<Node::MethodHandler(const std::string& method)> methodOf;
  std::unique_ptr<FaultPlan> faults{};       ///< Null: none.
  std::unique_ptr<ObjectService> objects{};  ///< Never null.
};

/// One client from the handshake to its end: runs its state machine over its socket and takes part
/// in broadcasts for it. Loop's thread only.
class Client : public std::enable_shared_from_this<Client>, private reactor::RtmpLink::Observer {
 public:
  Client(ClientHost& host, std::uint64_t id, std::unique_ptr<transport::Connection> connection,
         const ServerHandshake::Noise& noise);
  ~Client() override;

  void start();
  /// Ends at once: leaves its broadcasts, reports, closes.
  void end(const std::string& reason);
  /// Tells the client that the server stops, then ends.
  void shutDown();
  void call(const std::string& method, std::vector<AmfValue> arguments, Node::ReplyHandler onReply,
            std::chrono::milliseconds deadline);
  /// @return whether flushObjects() must follow, which it need not for what is queued before.
  bool queueObject(const SharedBytes& bytes);
  void flushObjects();
  void reportObject(NodeEvent::Kind kind, const std::string& name) const;

 private:
  class Faults;
  class StreamPlayer;
  class LivePlayer;
  class RecordedPlayer;
  /// What a stream of the client takes part in.
  struct Part {
    Broadcasts::Key key;
    std::string query{};
    Broadcast* broadcast = nullptr;          ///< Null where a recording is played.
    std::unique_ptr<StreamPlayer> player{};  ///< Null for the publisher.
    std::unique_ptr<Recorder> recorder{};    ///< The publisher's.
    std::uint64_t serial = 0;  ///< Never reused: tells apart what a stream does in turn.
    PlayRequest request{};
    bool switching = false;  ///< Begun by play2.
    bool begun = false;      ///< PublishStarted or PlayStarted was reported.
  };

  void onHandshakeReadable();
  void writeHandshake();
  void beginSession();
  void handle(rtmp::Message&& message);
  void perform(ClientActions&& actions);
  void onEvent(ClientEvent&& event);
  void onPlayerEvent(const ClientEvent& event);
  void publish(ClientEvent&& event);
  void startRecorder(Part& part, std::uint32_t streamId, const std::string& path, RecordMode mode);
  void onRecorderOpened(std::uint32_t streamId, std::uint64_t serial, const Result<void>& opened);
  void onRecorderFailed(std::uint32_t streamId, std::uint64_t serial, const Error& why);
  void confirmPublish(std::uint32_t streamId);
  void refusePublish(std::uint32_t streamId, const char* code, const std::string& why);
  void play(ClientEvent&& event, bool switching);
  void switchStream(ClientEvent&& event);
  void playLive(std::uint32_t streamId);
  void onRecordingMissing(std::uint32_t streamId, const Error& why);
  void confirmPlay(std::uint32_t streamId, bool recorded);
  void endPlay(std::uint32_t streamId, const Error& why);
  void refusePlay(std::uint32_t streamId, const char* code, const std::string& why);
  void tellLength(ClientEvent&& event);
  void leave(std::uint32_t streamId, const std::string& reason = "");
  void onCall(ClientEvent&& event);
  void onObject(ClientEvent&& event);
  void serveObjects();
  void measureBandwidth();
  void limitCommands(const rtmp::Message& message);
  void spend(std::size_t& spent, std::size_t cost, std::size_t limit);
  void setReading();
  NodeEvent eventOf(NodeEvent::Kind kind, const std::string& streamName = "",
                    const std::string& reason = "", const std::string& query = "") const;

  // RtmpLink::Observer
  void onMessage(rtmp::Message&& message) override;
  void onReceived(std::uint64_t total) override;
  void onDrained() override;
  void onEnded(const Error& why) override;

  ClientHost& host_;
  const std::uint64_t id_;
  const std::string peer_;
  std::unique_ptr<Faults> faults_;                     ///< Null: none.
  std::unique_ptr<transport::Connection> connection_;  ///< Until the handshake is done.
  ServerHandshake handshake_;
  Bytes handshakeOut_;  ///< Not written yet.
  std::shared_ptr<reactor::RtmpLink> link_;
  reactor::Timer setupTimer_;
  ClientFsm fsm_;
  std::map<std::uint32_t, Part> parts_;  ///< By message stream id.
  std::uint64_t lastSerial_ = 0;
  CallBook calls_;
  bool measuring_ = false;
  bool objectsWait_ = false;  ///< For flushObjects().
  /// What it asks of shared objects while it has not read what it was answered.
  std::deque<std::shared_ptr<const ObjectRequest>> objectRequests_;
  std::size_t objectAnswers_ = 0;  ///< Bytes, since it had read everything.
  reactor::Timer objectTimer_;
  reactor::Timer rateTimer_;
  bool reading_ = true;
  bool tooFast_ = false;                            ///< Until the second is over.
  std::chrono::steady_clock::time_point second_{};  ///< When counting began.
  std::size_t commands_ = 0;
  std::size_t objectCost_ = 0;
  bool ended_ = false;
};

}  // namespace multiconnection::node
