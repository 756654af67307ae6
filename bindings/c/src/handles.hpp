#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <multiconnection/multi_connection.hpp>
#include <mutex>
#include <vector>

#include "boundary.hpp"
#include "multiconnection_c/array.h"

/// What stands behind the opaque handles.

struct mc_packet_source {
  std::shared_ptr<multiconnection::PacketSource> source;
};

struct mc_stream {
  multiconnection::MultiStream& stream;
};

struct mc_task {
  std::function<void()> run;
};

namespace multiconnection::c {

/// One registered handler. After stop() it does not start again.
class Listener {
 public:
  Listener(mc_event_handler handler, SharedUser user) noexcept
      : handler_(handler), user_(std::move(user)) {}
  void tell(const StatusEvent& event);
  void stop() noexcept;

 private:
  mc_event_handler handler_;
  std::mutex mutex_;
  SharedUser user_;  ///< Empty once stopped.
};

struct Registration {
  std::shared_ptr<Listener> listener;
  boost::signals2::connection connection;
};

}  // namespace multiconnection::c

struct mc_array {
  explicit mc_array(multiconnection::MultiConnectionOptions options)
      : array(std::move(options)), stream{array.stream()} {}

  std::mutex mutex;  ///< Guards the next two.
  std::map<mc_listener, multiconnection::c::Registration> listeners;
  mc_listener lastListener = 0;
  // Behind the listeners: it ends first, and with it every use of them.
  multiconnection::MultiConnection array;
  mc_stream stream;
};

struct mc_statistics {
  std::vector<multiconnection::ServerStatistics> servers;
  std::vector<mc_server_statistics> views;
  std::vector<std::vector<mc_codec>> codecs;  ///< What the views point to.
};
