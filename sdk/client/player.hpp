#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "client/media_inbox.hpp"
#include "client/server_slot.hpp"
#include "multiconnection/multi_stream.hpp"
#include "reactor/loop.hpp"
#include "session/stream_requests.hpp"

namespace multiconnection::client {

/// What play() asked for, checked.
struct PlayJob {
  session::PlayRequest request;
  std::chrono::milliseconds timeout{5000};
  std::optional<ServerId> only;  ///< The application named the server: no failover.
  std::unique_ptr<MediaInbox> inbox;
};

/// What to ask the next server for, once `position` has been played: a recording goes on there.
session::PlayRequest resumed(session::PlayRequest request, std::chrono::milliseconds position);

/// Plays a stream from one server at a time: the first that is ready, and when that is lost,
/// refuses or does not answer, the next. When there is none, those that were lost are waited for as
/// long as they are tried again. Loop's thread only.
///
///   Idle --start--> asking one --Play.Start--> playing --end of a recording--> done
///     ^                |  ^                      |
///     |<-none is left--|  |<--lost, refused------|          stop(): Idle, from anywhere
class Player {
 public:
  /// The stream that plays.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// The first server ready to be played from that fits; null when there is none now.
    virtual ServerSlot* findReady(const std::function<bool(const ServerSlot&)>& fits) = 0;
    /// Whether one that fits is ready, or is tried again, so that onReady() may follow.
    virtual bool isExpected(const std::function<bool(const ServerSlot&)>& fits) const = 0;
    /// Opens the slot's connection, unless it is open; onReady() follows.
    virtual void openFor(ServerSlot& slot) = 0;
    virtual void tell(StatusCode code, StatusLevel level, std::string reason) = 0;
  };

  Player(reactor::Loop& loop, Owner& owner) : owner_(owner), timer_(loop) {}

  void start(PlayJob job);
  /// The caller ends the streams at the servers.
  void stop();
  bool isActive() const { return active_; }
  /// Whether it plays from the slot, or will when that is back.
  bool needs(const ServerSlot& slot) const;

  // What the application asks of the stream; kept for a server that takes over.
  void pause(bool paused);
  void seek(std::chrono::milliseconds to);
  void receiveAudio(bool wanted);
  void receiveVideo(bool wanted);
  void switchTo(const std::string& name, session::Transition transition);
  void setBufferTime(std::chrono::milliseconds length);
  /// The inbox has room again.
  void resume();

  // What the servers do.
  /// It is connected, or may be asked for a connection again.
  void onReady(ServerId server);
  /// The chances of a server to come back are not what they were.
  void reconsider() { playNext(); }
  void onAnswered(ServerSlot& slot);
  void onRefused(ServerSlot& slot);
  void onStreamEnded(ServerSlot& slot);
  void onRecorded(ServerSlot& slot);
  void onMedia(ServerSlot& slot, MediaMessage&& message);
  void onLost(ServerSlot& slot, const std::string& why);

 private:
  void playNext();
  void ask();
  void onOverdue();
  void leave(const std::string& why);
  void applyVerbs();
  /// Runs a verb of the stream, if it plays; else it is applied when it does.
  template <class Verb>
  void now(Verb verb);

  Owner& owner_;
  reactor::Timer timer_;
  bool active_ = false;
  session::PlayRequest request_;
  std::chrono::milliseconds timeout_{0};
  std::optional<ServerId> only_;
  std::unique_ptr<MediaInbox> inbox_;

  ServerSlot* slot_ = nullptr;
  bool asked_ = false;
  bool started_ = false;        ///< Play.Start came from the slot.
  std::set<ServerId> refused_;  ///< Since media came last: not to be asked again.
  std::set<ServerId> lost_;     ///< Not to be asked before they are ready again.
  std::string leftWhy_;         ///< Why the last server was left; empty: none was.

  std::chrono::milliseconds position_{0};
  bool recorded_ = false;
  bool finished_ = false;  ///< A recording was played to its end.
  bool switched_ = false;  ///< The name is the application's, not the entry's.
  bool paused_ = false;
  bool audio_ = true;
  bool video_ = true;
};

}  // namespace multiconnection::client
