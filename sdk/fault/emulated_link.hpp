#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>

#include "fault/link_queue.hpp"
#include "reactor/loop.hpp"
#include "transport/connection.hpp"
#include "transport/operation.hpp"

namespace multiconnection::fault {

/// One connection through the emulator: two ends and a queue each way. Loop's thread only.
class EmulatedLink : public std::enable_shared_from_this<EmulatedLink> {
 public:
  enum Direction : std::size_t { Up, Down };

  /// What the links of an emulator share.
  struct Host {
    reactor::Loop& loop;
    LinkEmulatorOptions& options;
    LinkCounters& counters;
    /// The link is over; may be released, but not inside the call.
    std::function<void(std::uint64_t link)> onEnded;
  };

  EmulatedLink(Host& host, std::uint64_t id, std::unique_ptr<transport::Connection> near);

  /// Connects to the target.
  void start();
  void set(Direction direction, const LinkConditions& conditions);
  /// Ends it; the ends that are open get a reset.
  void reset();
  /// Forgets the near end; the far one stays, and is read no more.
  void vanish();

 private:
  struct Way {
    LinkQueue queue;
    reactor::Timer timer;
    transport::Connection* from = nullptr;
    transport::Connection* to = nullptr;
    Bytes arrived{};      ///< Not taken by `to` yet.
    bool ended = false;   ///< `from` said that nothing more comes.
    bool closed = false;  ///< `to` was told.
  };

  void open(std::unique_ptr<transport::Connection> far);
  void run(Direction direction);
  bool readInto(Way& way);
  bool writeOut(Way& way, std::uint64_t& count);
  void waitFor(Direction direction);
  void end();

  Host& host_;
  const std::uint64_t id_;
  std::unique_ptr<transport::Operation> connecting_;
  std::unique_ptr<transport::Connection> near_;
  std::unique_ptr<transport::Connection> far_;
  std::array<Way, 2> ways_;
  bool ended_ = false;
};

}  // namespace multiconnection::fault
